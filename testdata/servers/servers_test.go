// The program as its own process, with its own servers.
package main

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/fanql/fanql/testdata/servers/private"
)

// TestMain makes the test binary the program itself.
func TestMain(m *testing.M) {
	if os.Getenv("FANQL_SERVERS_TEST") != "" {
		os.Exit(run(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// A subject is the running program.
type subject struct {
	cmd    *exec.Cmd
	tmp    string // its TMPDIR
	out    *bufio.Reader
	log    *bytes.Buffer
	stdin  interface{ Close() error }
	values map[string]string // the variables FANQL_TEST_* of its command
}

// subjectOf starts the program with a shell script as its command. The script first prints its
// variables, and subjectOf waits for them.
func subjectOf(t *testing.T, script string, env ...string) *subject {
	t.Helper()
	tmp, err := os.MkdirTemp("", "fs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	if err := os.Chmod(tmp, 0o755); err != nil {
		t.Fatal(err)
	}
	script = `echo "$FANQL_TEST_POSTGRES"; echo "$FANQL_TEST_MYSQL"; echo "$FANQL_TEST_MARIADB"; echo "$FANQL_REQUIRE_SERVERS"; ` + script
	s := &subject{cmd: exec.Command(os.Args[0], "sh", "-c", script), tmp: tmp, log: new(bytes.Buffer)}
	s.cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "FANQL_") })
	s.cmd.Env = append(s.cmd.Env, append(env, "FANQL_SERVERS_TEST=1", "TMPDIR="+tmp)...)
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	s.out, s.values = bufio.NewReader(out), map[string]string{}
	for _, p := range private.Products {
		s.values[p.Env] = s.line(t)
	}
	s.values["FANQL_REQUIRE_SERVERS"] = s.line(t)
	return s
}

func (s *subject) line(t *testing.T) string {
	t.Helper()
	line, err := s.out.ReadString('\n')
	if err != nil {
		t.Fatalf("%v; stderr:\n%s", err, s.log)
	}
	return strings.TrimSuffix(line, "\n")
}

// status waits until the program ends and returns its exit status.
func (s *subject) status(t *testing.T) int {
	t.Helper()
	_ = s.cmd.Wait() // s.cmd.ProcessState has the exit status
	return s.cmd.ProcessState.ExitCode()
}

// address returns the address of one of the servers.
func (s *subject) address(t *testing.T, env string) string {
	t.Helper()
	u, err := url.Parse(s.values[env])
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// nothingLeft checks that no server listens and no folder is left.
func (s *subject) nothingLeft(t *testing.T) {
	t.Helper()
	for _, p := range private.Products {
		if conn, err := net.Dial("tcp", s.address(t, p.Env)); err == nil {
			conn.Close()
			t.Errorf("the server of %s still listens", p.Env)
		}
	}
	if left, err := os.ReadDir(s.tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestCommandGetsServersAndGivesTheStatus(t *testing.T) {
	t.Parallel()
	s := subjectOf(t, "read -r _; exit 7")
	if got := s.values["FANQL_REQUIRE_SERVERS"]; got != "1" {
		t.Errorf("FANQL_REQUIRE_SERVERS is %q", got)
	}
	for _, p := range private.Products {
		right := s.values[p.Env]
		secret, _ := url.Parse(right)
		password, _ := secret.User.Password()
		for _, c := range []struct {
			name, url string
			welcome   bool
		}{
			{"the role", right, true},
			{"a wrong password", strings.Replace(right, password, "wrong", 1), false},
			{"no password", strings.Replace(right, ":"+password, ":", 1), false},
			{"an unknown name", strings.Replace(right, private.Role+":"+password, "nobody:", 1), false},
			{"root without a password", strings.Replace(right, private.Role+":"+password, "root:", 1), false},
		} {
			t.Run(p.Name+"/"+c.name, func(t *testing.T) {
				db, err := p.Open(c.url)
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				_, err = db.ExecContext(context.Background(), "create database fanql_"+p.Folder)
				if (err == nil) != c.welcome {
					t.Errorf("create database: %v", err)
				}
			})
		}
	}
	s.stdin.Close()
	if got := s.status(t); got != 7 {
		t.Errorf("status %d, want the command's 7", got)
	}
	s.nothingLeft(t)
}

func TestSignalIsPassedOnAndNothingStays(t *testing.T) {
	t.Parallel()
	s := subjectOf(t, `trap 'echo told; exit 9' TERM; echo ready; while :; do sleep 0.05; done`)
	s.line(t)
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := s.line(t); got != "told" {
		t.Errorf("the command printed %q", got)
	}
	if got := s.status(t); got != 9 {
		t.Errorf("status %d, want the command's 9", got)
	}
	s.nothingLeft(t)
}

func TestInterruptedCommandGives130(t *testing.T) {
	t.Parallel()
	s := subjectOf(t, `echo ready; exec sleep 60`)
	s.line(t)
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if got := s.status(t); got != 130 {
		t.Errorf("status %d, want 130", got)
	}
	s.nothingLeft(t)
}

func TestServersOfTheUsersOwnAreTaken(t *testing.T) {
	t.Parallel()
	var mine []string
	for _, p := range private.Products {
		mine = append(mine, p.Env+"=mine://"+p.Folder)
	}
	s := subjectOf(t, "exit 0", mine...)
	for _, p := range private.Products {
		if got := s.values[p.Env]; got != "mine://"+p.Folder {
			t.Errorf("the command got %s in %s", got, p.Env)
		}
	}
	if got := s.status(t); got != 0 || s.log.Len() > 0 {
		t.Errorf("status %d, stderr %q", got, s.log)
	}
}

func TestCommandIsMissing(t *testing.T) {
	t.Parallel()
	if got := run(nil); got != exitUsage {
		t.Errorf("status %d", got)
	}
}
