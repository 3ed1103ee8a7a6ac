//go:build controlgroup

// A small container: the kernel kills the process when its control group exceeds the memory limit.
// Only root can create such a group, and not on every machine. `make test-hostile` runs this test.

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testkit"
)

// controlGroup creates a control group with a limit of memory in bytes, and returns the
// file into which processes are written.
func controlGroup(t *testing.T, limit int) (processes string) {
	t.Helper()
	root, file := "/sys/fs/cgroup", "memory.max"
	if text, err := os.ReadFile("/sys/fs/cgroup/cgroup.controllers"); err != nil || !slices.Contains(strings.Fields(string(text)), "memory") {
		root, file = "/sys/fs/cgroup/memory", "memory.limit_in_bytes" // version 1
	}
	group := filepath.Join(root, fmt.Sprintf("fanql-test-%d", os.Getpid()))
	if err := os.Mkdir(group, 0o755); err != nil {
		t.Skipf("no control group can be created on this machine: %v", err)
	}
	t.Cleanup(func() {
		// A process that has exited leaves the group a moment later.
		testkit.Eventually(t, eventual, "the control group was removed", func() bool { return !errors.Is(syscall.Rmdir(group), syscall.EBUSY) })
	})
	if _, err := os.Stat(filepath.Join(group, file)); errors.Is(err, fs.ErrNotExist) {
		_ = os.WriteFile(filepath.Join(root, "cgroup.subtree_control"), []byte("+memory"), 0) // if this fails, the file below does not exist
	}
	if err := os.WriteFile(filepath.Join(group, file), fmt.Append(nil, limit), 0); err != nil {
		t.Skipf("no control group can be limited on this machine: %v", err)
	}
	return filepath.Join(group, "cgroup.procs")
}

func TestHostileAControlGroupOf150MiB(t *testing.T) {
	fanql, processes := plainProgram(t), controlGroup(t, 150<<20)
	many := manyOrders(t, 300_000)
	two := []string{"query", "-q", "--csv", "--timeout", "60s", "-s", "a=" + many, "-s", "b=" + many}
	with := func(more ...string) []string { return slices.Concat(two, more) }
	const rows = "select id, note from orders"
	for what, c := range map[string]struct {
		args   []string
		status int
	}{
		"rows":            {with(rows), 0},
		"ordered":         {with("--order-by", "note, id", rows), 0},
		"distinct":        {with("--distinct-source", rows), 0},
		"reduce":          {with("--reduce", "select count(*), count(distinct note) from rows", rows), 0},
		"reduce to disk":  {with("--reduce", "select count(*) from (select *, row_number() over (order by note desc, id) n from rows, range(2))", rows), 0},
		"diff":            {[]string{"diff", "-q", "--csv", "--timeout", "60s", "-s", "a=" + many, "-s", "b=" + many, "--key", "id", rows}, 0},
		"a greedy reduce": {with("--reduce", "select length(repeat('x', 2000000000)) as n from rows limit 1", rows), 1},
	} {
		t.Run(what, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", `echo $$ >` + processes + ` && exec "$0" "$@"`, fanql}, c.args...)...)
			cmd.Dir = t.TempDir()
			cmd.Env = append(os.Environ(), "TMPDIR="+cmd.Dir)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			began := time.Now()
			if status := exitStatus(t, cmd.Run()); status != c.status {
				t.Errorf("status %d, want %d, after %s\n%.2000s", status, c.status, time.Since(began), stderr.Bytes())
			}
			if c.status != 0 && !strings.Contains(strings.ToLower(stderr.String()), "memory") {
				t.Errorf("stderr:\n%.2000s", stderr.Bytes())
			}
			if left, err := os.ReadDir(cmd.Dir); err != nil || len(left) > 0 {
				t.Errorf("it has left %v (%v)", left, err)
			}
		})
	}
}
