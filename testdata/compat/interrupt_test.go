// The program as its own process, with its own PostgreSQL.
package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fanql/fanql/testdata/servers/private"
)

// TestMain makes the test binary the program itself.
func TestMain(m *testing.M) {
	if os.Getenv("COMPAT_TEST") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestAnInterruptEndsTheServersAndLeavesNothing(t *testing.T) {
	if _, ok := private.Postgres.Find(); !ok {
		t.Skip("needs the programs of PostgreSQL: run make test")
	}
	tmp, err := os.MkdirTemp("", "fc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	if err := os.Chmod(tmp, 0o755); err != nil {
		t.Fatal(err)
	}
	// The script replaces fanql, and hangs.
	fanql := filepath.Join(tmp, "fanql")
	if err := os.WriteFile(fanql, []byte("#!/bin/sh\ncase $1 in version) echo fanql 0 ;; *) exec sleep 60 ;; esac\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-bin", fanql, "-cases=false", "-only", "^PostgreSQL, installed$")
	cmd.Env = append(os.Environ(), "COMPAT_TEST=1", "TMPDIR="+tmp)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(stderr)
	for lines.Scan() && !strings.Contains(lines.Text(), "is there") {
	}
	pids, err := filepath.Glob(filepath.Join(tmp, "fanql-servers-*", "*", "*", "data", "postmaster.pid"))
	if err != nil || len(pids) != 1 {
		t.Fatalf("no server was found: %v %v", pids, err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	_ = cmd.Wait() // its status is checked below
	if got := cmd.ProcessState.ExitCode(); got != 130 {
		t.Errorf("exit status %d, want 130", got)
	}
	left, err := filepath.Glob(filepath.Join(tmp, "*"))
	if err != nil || len(left) != 1 || left[0] != fanql {
		t.Errorf("left behind: %v %v", left, err)
	}
}
