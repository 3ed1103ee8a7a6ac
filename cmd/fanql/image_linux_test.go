// The program in the root of its container, without any file of the host.

package main

import (
	"crypto/tls"
	"database/sql"
	"debug/elf"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

func TestTheProgramNeedsNoLibrary(t *testing.T) {
	t.Parallel()
	f, err := elf.Open(plainProgram(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if needed, err := f.ImportedLibraries(); err != nil || len(needed) > 0 {
		t.Errorf("it needs %v, %v", needed, err)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("it needs a dynamic loader")
		}
	}
	if f.Type != elf.ET_DYN {
		t.Errorf("it is of type %v, so its addresses cannot be randomised", f.Type)
	}
}

// containerRoot makes the root of the container, with these certificates if certificates is not
// empty. run executes the program in it, as the container's user and with only the environment env.
func containerRoot(t *testing.T, certificates string) (root string, run func(env []string, args ...string) (stdout, stderr string, status int)) {
	t.Helper()
	root = t.TempDir()
	var more []string
	if certificates != "" {
		more = []string{"CERTIFICATES=" + certificates}
	}
	if out := makeTarget(t, "image", append(more, "DESTDIR="+root)...); out != "" {
		t.Errorf("make image printed %q", out)
	}
	if err := os.Chmod(root, 0o755); err != nil { //nolint:gosec // the container's user must get in
		t.Fatal(err)
	}
	isolation := &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
	if uid := os.Getuid(); uid != 0 { // without root, the current user is mapped to that user
		isolation = &syscall.SysProcAttr{
			Chroot: root, Cloneflags: syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 65532, HostID: uid, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 65532, HostID: os.Getgid(), Size: 1}},
		}
	}
	return root, func(env []string, args ...string) (string, string, int) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "/fanql", args...)
		cmd.Err = nil // the path is below that root, and LookPath did not search there
		var stdout, stderr strings.Builder
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = "/data", append([]string{"HOME=/home/fanql"}, env...), &stdout, &stderr, isolation
		err := cmd.Run()
		return stdout.String(), stderr.String(), exitStatus(t, err)
	}
}

func TestItRunsInAnEmptyRoot(t *testing.T) {
	t.Parallel()
	root, run := containerRoot(t, "")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil { //nolint:gosec // readable, as in a volume
			t.Fatal(err)
		}
	}
	if out, stderr, status := run(nil, "version"); status != 0 || !strings.HasPrefix(out, "fanql ") || stderr != "" {
		t.Errorf("version: exit status %d\n%s%s", status, out, stderr)
	}
	db, err := sql.Open("sqlite3", filepath.Join(root, "data/shop.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `create table t as
		with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000)
		select i, 'a text that takes some room in memory, number ' || i as text, '2026-07-01 12:00:00' as at from n`); err != nil {
		t.Fatal(err)
	}
	write("data/fanql.yaml", "sources:\n  shop: {url: 'sqlite:~/../../data/shop.db', timestamps_in: Europe/Berlin}\n")
	for _, x := range []struct {
		name           string
		env, args      []string
		status         int
		stdout, stderr string
	}{
		{"a config in the working folder, a home folder", nil, []string{"query", "select count(*) as n from t", "--csv"}, 0, "^source,n\nshop,200000\n$", "complete: 1 of 1 source"},
		{"rows on disk", nil, []string{"query", "select * from t", "--memory", "4MiB", "--reduce", "select count(distinct text) as n, max(exp(i / 200000)) as e from rows", "--csv"}, 0, "^n,e\n200000,2.718281828459045\n$", ""},
		{"no folder for rows", []string{"TMPDIR=/no"}, []string{"query", "select * from t", "--memory", "4MiB", "--reduce", "select count(distinct text) as n from rows"}, 1, "^$", "/no"},
		{"zones", nil, []string{"query", "select :since as one", "-p", "since:timestamp=today", "--time-zone", "America/New_York", "--csv"}, 0, "^source,one\nshop,20", ""},
		{"an unknown host name", nil, []string{"query", "select 1", "-s", "postgres://nowhere.invalid/d", "--timeout", "2s"}, 1, "^$", "nowhere.invalid"},
	} {
		stdout, stderr, status := run(x.env, x.args...)
		if status != x.status || !regexp.MustCompile(x.stdout).MatchString(stdout) || !strings.Contains(stderr, x.stderr) {
			t.Errorf("%s: exit status %d\n%s%s", x.name, status, stdout, stderr)
		}
	}
}

// TestRootCertificates connects to a server. The authority that signed its certificate is in the
// root's file.
func TestRootCertificates(t *testing.T) {
	t.Parallel()
	ours := testkit.NewAuthority(t)
	for file, want := range map[string]string{ours.File: "this is the server", testkit.NewAuthority(t).File: "signed by an unknown authority"} {
		_, run := containerRoot(t, file)
		_, stderr, status := run(nil, "query", "select 1", "-s", "eu=postgres://u:p@"+encrypted(t, ours)+"/d?sslmode=verify-full&sslrootcert=system")
		if status != 1 || !strings.Contains(stderr, want) {
			t.Errorf("exit status %d\n%s\nwant %s", status, stderr, want)
		}
	}
}

// encrypted returns the address of a PostgreSQL server that speaks TLS and rejects every login.
func encrypted(t *testing.T, authority testkit.Authority) string {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(authority.Certify(t, "server"))
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, func(conn net.Conn) { refuse(conn, pair) })
}

// refuse handles one connection up to the login. A client that closes the connection before that
// does not trust the certificate.
func refuse(conn net.Conn, pair tls.Certificate) {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return
	}
	if _, err := pgproto3.NewBackend(conn, conn).ReceiveStartupMessage(); err != nil { // the client asks for TLS
		return
	}
	if _, err := conn.Write([]byte{'S'}); err != nil {
		return
	}
	secret := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12})
	b := pgproto3.NewBackend(secret, secret)
	if _, err := b.ReceiveStartupMessage(); err != nil {
		return
	}
	b.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28000", Message: "this is the server"})
	_ = b.Flush()
}

// TestHomeAndNames logs in with the password files of the home folder, to servers that
// only /etc/hosts knows.
func TestHomeAndNames(t *testing.T) {
	root, run := containerRoot(t, "")
	keep := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if os.Getuid() == 0 {
			if err := os.Chown(path, 65532, 65532); err != nil {
				t.Fatal(err)
			}
		}
	}
	keep("etc/hosts", "127.0.0.1 localhost db\n")
	postgres, mysql := parsedURL(t, testdb.Postgres(t).URL), parsedURL(t, testdb.MySQL(t).URL)
	secret, _ := postgres.User.Password()
	keep("home/fanql/.pgpass", "db:*:*:*:"+secret+"\n")
	secret, _ = mysql.User.Password()
	keep("home/fanql/.my.cnf", "[client]\nuser="+mysql.User.Username()+"\npassword="+secret+"\n")
	stdout, stderr, status := run(nil, "query", "select 1 as one", "--csv", "--order", "source",
		"-s", "p=postgres://"+postgres.User.Username()+"@db:"+postgres.Port()+postgres.Path,
		"-s", "m=mysql://localhost:"+mysql.Port()+mysql.Path)
	if want := "source,one\np,1\nm,1\n"; status != 0 || stdout != want {
		t.Errorf("exit status %d\n%s%s\nwant %s", status, stdout, stderr, want)
	}
}

func parsedURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
