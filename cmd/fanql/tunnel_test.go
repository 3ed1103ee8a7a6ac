// Tunnels, and copies of sources. A small program forwards a port as ssh -L does.

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// forward PORT ADDRESS [BYTES] forwards a local port, appends its process id to the file
// forward.pid, and exits after BYTES bytes from the server.
func forwarder() {
	fail := func(err error) {
		fmt.Fprintln(os.Stderr, "a notice\nforward: "+err.Error())
		os.Exit(255)
	}
	pids, err := os.OpenFile("forward.pid", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		fail(err)
	}
	if _, err := fmt.Fprintln(pids, os.Getpid(), os.Getenv("SHOP_PW")); err != nil {
		fail(err)
	}
	if os.Args[2] == "nowhere" {
		fail(errors.New("no route to bastion"))
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		fail(err)
	}
	most := int64(1) << 62
	if len(os.Args) > 3 {
		most, _ = strconv.ParseInt(os.Args[3], 10, 64)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			fail(err)
		}
		go func() {
			server, err := net.Dial("tcp", os.Args[2])
			if err != nil {
				fail(err)
			}
			go func() {
				_, _ = io.Copy(server, conn)
				_ = server.Close()
			}()
			if n, _ := io.CopyN(conn, server, most); n == most {
				fail(errors.New("the line is lost"))
			}
			_ = conn.Close()
		}()
	}
}

// throughTunnel returns the URL with a tunnel's placeholder instead of its address, and the address
// of the server.
func throughTunnel(url string) (tunneled, address string) {
	from := strings.LastIndex(url, "@") + 1
	to := from + strings.IndexByte(url[from:], '/')
	return url[:from] + "127.0.0.1:{port}" + url[to:], url[from:to]
}

// gone FILE N checks that the file lists N process ids, and that none of these processes
// exists any more.
func scriptGone(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n")
	if strconv.Itoa(len(lines)) != args[1] {
		ts.Fatalf("%d processes: %q", len(lines), lines)
	}
	for _, line := range lines {
		if pid, secret, _ := strings.Cut(line, " "); secret != "" {
			ts.Fatalf("the program %s got the secret %q", pid, secret)
		} else if !processEnded(pid) {
			ts.Fatalf("process %s is still there", pid)
		}
	}
	ts.Check(os.Remove(ts.MkAbs(args[0])))
}

// processEnded waits for a process to end, and reports whether it did.
func processEnded(pid string) bool {
	n, err := strconv.Atoi(pid)
	return err == nil && testkit.Within(2*time.Second, func() bool {
		return errors.Is(syscall.Kill(n, 0), syscall.ESRCH)
	})
}

func TestATunnelEndsWithAKilledRun(t *testing.T) {
	dir := t.TempDir()
	url, address := throughTunnel(testdb.Postgres(t).URL)
	text := fmt.Sprintf("tunnels: {far: {command: [forward, \"{port}\", %q]}}\nsources: {shop: {url: %q, tunnel: far}}\n", address, url)
	if err := os.WriteFile(filepath.Join(dir, "fanql.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "fanql", "query", "select pg_sleep(20)")
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid string
	testkit.Eventually(t, 10*time.Second, "the tunnel runs", func() bool {
		said, _ := os.ReadFile(filepath.Join(dir, "forward.pid")) // the file exists by then
		pid = strings.TrimSpace(string(said))
		return pid != ""
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the error reports the kill
	if !processEnded(pid) {
		t.Errorf("the tunnel's process %s is still there", pid)
	}
}

// lossyProxy starts a proxy that closes each connection after that number of bytes.
func lossyProxy(t *testing.T, address string, after int64) string {
	t.Helper()
	return serve(t, func(conn net.Conn) {
		defer conn.Close()
		server, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		defer server.Close()
		go func() { _, _ = io.Copy(server, conn) }()
		_, _ = io.CopyN(conn, server, after)
	})
}

// serve returns the address of a server that calls the function for each connection,
// each on its own goroutine, until the test ends.
func serve(t *testing.T, handle func(net.Conn)) (address string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go handle(conn)
		}
	}()
	return l.Addr().String()
}

func TestTheFirstCopyThatEndsWellCounts(t *testing.T) {
	dbs := databases{testdb.Postgres(t), testdb.MySQL(t), testdb.MariaDB(t)}
	_, address := throughTunnel(dbs.pg.URL)
	at := func(other string) string { return strings.Replace(dbs.pg.URL, address, other, 1) }
	silent, refusing := testkit.Silent(t), testkit.Refusing(t)
	const rows = "select n, repeat('x', 100) as x from generate_series(1, 20000) n order by n"
	for what, c := range map[string]struct {
		urls   []string
		hedge  string
		flags  []string
		status int
		said   string
	}{
		"the first answers":        {urls: []string{dbs.pg.URL, at(refusing)}, said: "^complete: "},
		"the first is dead":        {urls: []string{at(refusing), dbs.pg.URL}, said: "answered by " + address + ".*refused"},
		"the first is cut":         {urls: []string{at(lossyProxy(t, address, 300_000)), dbs.pg.URL}, said: "answered by " + address},
		"the first is slow":        {urls: []string{at(silent), dbs.pg.URL}, hedge: "100ms", said: "answered by " + address},
		"the first never connects": {urls: []string{at(silent), dbs.pg.URL}, flags: []string{"--connect-timeout", "300ms"}, said: "answered by " + address},
		"with --stream":            {urls: []string{at(lossyProxy(t, address, 300_000)), dbs.pg.URL}, flags: []string{"--stream", "--stall-timeout", "5s"}, said: "answered by " + address},
		"all are dead":             {urls: []string{at(refusing), at(lossyProxy(t, address, 100_000))}, status: 1, said: "refused.*; "},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "fanql.yaml")
			text := "sources:\n  shop:\n    urls: [\"" + strings.Join(c.urls, `", "`) + "\"]\n"
			if c.hedge != "" {
				text += "    hedge: " + c.hedge + "\n"
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var stdout, stderr bytes.Buffer
			args := append([]string{"query", "--config", path, "--csv", "--timeout", "20s"}, c.flags...)
			status := command(t.Context(), append(args, rows), strings.NewReader(""), &stdout, &stderr)
			lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
			if status != c.status || !regexp.MustCompile(`(?m)`+c.said).MatchString(stderr.String()) {
				t.Fatalf("exit status %d\n%s", status, stderr.String())
			}
			if status == 1 {
				return
			}
			if len(lines) != 20001 || lines[1] != "shop,1,"+strings.Repeat("x", 100) || !strings.HasPrefix(lines[20000], "shop,20000,") {
				t.Errorf("%d lines, the last is %s", len(lines), lines[len(lines)-1])
			}
		})
	}
	t.Cleanup(func() {
		if left := queriesLeft(dbs, 2*time.Second); left != "" {
			t.Errorf("left on a server: %s", left)
		}
	})
}
