// A reduce whose engine ignores the deadline, signals and its memory limit.

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/testdata/testkit"
)

// greedyReduce returns a reduce that replaces an old file, in a folder of its own.
func greedyReduce(t *testing.T, sql string, args ...string) (cmd *exec.Cmd, temp string, stderr *bytes.Buffer) {
	t.Helper()
	cmd = program(t, append([]string{"query", "-s", "eu.db", "-o", "out.csv", "select 1 as one", "--reduce", sql}, args...)...)
	temp = filepath.Join(cmd.Dir, "tmp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cmd.Dir, "out.csv"), []byte("old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(cmd.Env, "TMPDIR="+temp)
	sqliteExec(t, filepath.Join(cmd.Dir, "eu.db"), "create table o (id)")
	stderr = new(bytes.Buffer)
	cmd.Stderr = stderr
	return cmd, temp, stderr
}

// wantUntouched checks that the reduce left no temporary files and the old file unchanged.
func wantUntouched(t *testing.T, cmd *exec.Cmd, temp string) {
	t.Helper()
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("it has left %v (%v)", left, err)
	}
	if text, err := os.ReadFile(filepath.Join(cmd.Dir, "out.csv")); err != nil || string(text) != "old\n" {
		t.Errorf("the old file is %q (%v)", text, err)
	}
}

// reduceAllowance is how many bytes a reduce may use in addition to --memory.
const reduceAllowance = 256 << 20

// leeway allows for a busy machine.
const leeway = 4 * time.Second

func TestHostileAReduceKeepsToItsMemory(t *testing.T) {
	bin := plainProgram(t)
	for _, sql := range []string{
		"select length(repeat('x', 2000000000)) as n from rows",
		"select max(len(l)) as n from (select range(1, 3000000000) as l), rows",
		"select max(len(l)) as n from (select range(one, 3000000000) as l from rows)",
		"select length(string_agg(repeat('x', 100000000), '')) as n from rows, range(30)",
		"select length(lpad('x', 2000000000, 'y')) as n from rows",
		"select length(list_transform(range(40), lambda i: repeat('x', 50000000 + i))::varchar) as n from rows",
	} {
		cmd, temp, stderr := greedyReduce(t, sql, "--memory", "64MiB", "--timeout", "20s")
		cmd.Path = bin
		began := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		g := testkit.Watch(cmd)
		status := exitStatus(t, cmd.Wait())
		most := peakBy(t, g, cmd) << 10
		t.Logf("%s: %d MiB at most, %s", sql, most>>20, time.Since(began))
		if status != 1 || most > 64<<20+reduceAllowance || time.Since(began) > 20*time.Second+query.DefaultGrace+leeway {
			t.Errorf("%s: exit status %d, %d MiB at most, %s", sql, status, most>>20, time.Since(began))
		}
		if !strings.Contains(stderr.String(), "no answer: ") || !strings.Contains(strings.ToLower(stderr.String()), "memory") {
			t.Errorf("%s: stderr:\n%s", sql, stderr)
		}
		wantUntouched(t, cmd, temp)
	}
}

// endless is SQL that DuckDB cannot interrupt: one call takes 10^11 steps.
const endless = "select levenshtein(repeat('x', 400000) || one, repeat('y', 300000) || one) as n from rows"

func TestHostileAReduceEndsWithTheDeadline(t *testing.T) {
	cmd, temp, stderr := greedyReduce(t, endless, "--timeout", "1s", "--report", "report.json")
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	status := exitStatus(t, cmd.Wait())
	if took := time.Since(began); status != 1 || took > time.Second+query.DefaultGrace+leeway {
		t.Errorf("exit status %d after %s", status, took)
	}
	if !strings.Contains(stderr.String(), "no answer: the reduce timed out after 1s; out.csv is as it was") {
		t.Errorf("stderr:\n%s", stderr)
	}
	if text, err := os.ReadFile(filepath.Join(cmd.Dir, "report.json")); err != nil || !strings.Contains(string(text), "timed out after 1s") {
		t.Errorf("the report is %s (%v)", text, err)
	}
	wantUntouched(t, cmd, temp)
}

func TestHostileTheFirstSignalEndsAReduce(t *testing.T) {
	cmd, temp, stderr := greedyReduce(t, endless, "--timeout", "0")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, eventual, "the SQL ran", func() bool { return processorTime(cmd.Process.Pid) > time.Second })
	sent := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	status := exitStatus(t, cmd.Wait())
	if took := time.Since(sent); status != 143 || took > query.DefaultGrace+leeway {
		t.Errorf("exit status %d after %s", status, took)
	}
	if !strings.Contains(stderr.String(), "interrupted; no answer: the reduce was stopped: terminated; out.csv is as it was") {
		t.Errorf("stderr:\n%s", stderr)
	}
	wantUntouched(t, cmd, temp)
}
