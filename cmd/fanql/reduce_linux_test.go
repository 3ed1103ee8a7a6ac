// A reduce that a signal ends.

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testkit"
)

func TestASignalEndsTheReduceAndLeavesNothing(t *testing.T) {
	for _, s := range []struct {
		signal syscall.Signal
		status int
	}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 143}} {
		cmd := program(t, "query", "-s", "eu.db", "--timeout", "0", "-o", "out.csv", "select 1 as one",
			"--reduce", "select count(*) from range(100000000000) a, rows")
		temp := filepath.Join(cmd.Dir, "tmp")
		if err := os.Mkdir(temp, 0o700); err != nil {
			t.Fatal(err)
		}
		cmd.Env = append(cmd.Env, "TMPDIR="+temp)
		sqliteExec(t, filepath.Join(cmd.Dir, "eu.db"), "create table o (id)")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// The source has one row, so the processor time is the SQL's.
		testkit.Eventually(t, eventual, "the SQL ran", func() bool { return processorTime(cmd.Process.Pid) > 2*time.Second })
		if left, err := os.ReadDir(temp); err != nil || len(left) != 1 {
			t.Errorf("while it runs the folder of temporary files holds %v (%v)", left, err)
		}
		sent := time.Now()
		if err := cmd.Process.Signal(s.signal); err != nil {
			t.Fatal(err)
		}
		if status := exitStatus(t, cmd.Wait()); status != s.status {
			t.Errorf("exit status %d, want %d", status, s.status)
		}
		if took := time.Since(sent); took > exitTimeout {
			t.Errorf("it took %s to exit", took)
		}
		if !strings.Contains(stderr.String(), "interrupted; no answer: the reduce was stopped") || !strings.Contains(stderr.String(), "out.csv was not written") {
			t.Errorf("stderr:\n%s", &stderr)
		}
		if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
			t.Errorf("%s has left %v (%v)", s.signal, left, err)
		}
	}
}
