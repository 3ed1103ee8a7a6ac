// Signals while the result is flushed to the disk. At that time the file is written, but does not
// have its name yet. The disk is a real one, and /proc shows that the run waits for it.

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// heavyCount is the number of rows of a result. A row has 10 kB, so a disk needs some time to flush
// them.
const heavyCount = 4000

func heavyRows() []byte {
	var b bytes.Buffer
	b.WriteString("source,i,pad\n")
	for i := range heavyCount {
		fmt.Fprintf(&b, "lite,%d,%010000d\n", i+1, i+1)
	}
	return b.Bytes()
}

// inFsync reports whether a thread of a process is in fsync.
func inFsync(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
	for _, path := range threads {
		text, _ := os.ReadFile(path)
		if number, _, _ := strings.Cut(string(text), " "); number == strconv.Itoa(syscall.SYS_FSYNC) {
			return true
		}
	}
	return false
}

// startCommit starts a run and waits until it flushes its result. seen is false if the run
// ended before the flush was observed. ended receives the error of the process.
func startCommit(t *testing.T, lite string) (f *flight, ended <-chan error, seen bool) {
	t.Helper()
	f = &flight{out: writeOldFile(t, t.TempDir(), "out.csv"), tmp: t.TempDir()}
	f.cmd = exec.CommandContext(t.Context(), plainProgram(t), "query", "-s", "lite="+lite, "-o", f.out,
		fmt.Sprintf("with recursive c(i) as (select 1 union all select i + 1 from c limit %d) select i, printf('%%010000d', i) as pad from c", heavyCount))
	f.cmd.Dir = filepath.Dir(f.out)
	f.cmd.Env = append(os.Environ(), "HOME="+f.tmp, "XDG_CONFIG_HOME="+f.tmp, "TMPDIR="+f.tmp)
	f.cmd.Stderr = &f.stderr
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- f.cmd.Wait() }()
	for len(done) == 0 {
		if inFsync(f.cmd.Process.Pid) {
			return f, done, true
		}
		time.Sleep(200 * time.Microsecond) // /proc does not notify, so it is polled
	}
	return f, done, false
}

// filesAfterKillInRename returns the temporary files that may be left next to a result
// when the run is killed while it renames the file. Replacing a file needs a temporary
// name for a moment. Such a file must be complete.
func filesAfterKillInRename(t *testing.T, out string, complete []byte) []string {
	t.Helper()
	if len(filesAfterKill(t, out)) > 0 {
		return tempFiles(t, out)
	}
	for _, name := range tempFiles(t, out) {
		if text, err := os.ReadFile(filepath.Join(filepath.Dir(out), name)); err != nil || !bytes.Equal(text, complete) {
			t.Errorf("%s has %d bytes of %d (%v)", name, len(text), len(complete), err)
		}
	}
	return tempFiles(t, out)
}

func TestSignalsWhileTheResultGoesToTheDisk(t *testing.T) {
	lite := filepath.Join(t.TempDir(), "lite.db")
	sqliteExec(t, lite, "create table t (i int)")
	complete := heavyRows()
	for _, c := range []struct {
		name    string
		signals []syscall.Signal
		status  []int
		// If replaced is set, the new file may be there afterwards. If kept is set, the old file
		// may be.
		replaced, kept bool
	}{
		// The result is complete by then, so its file gets its name a moment later.
		{"SIGINT", []syscall.Signal{syscall.SIGINT}, []int{0}, true, false},
		{"SIGTERM", []syscall.Signal{syscall.SIGTERM}, []int{0}, true, false},
		{"SIGINT twice", []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, []int{130, 0}, true, true},
		// On a busy machine the process may end before the signal arrives.
		{"SIGKILL", []syscall.Signal{syscall.SIGKILL}, []int{-1, 0}, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			olds := 0
			for range 5 {
				f, ended, seen := startCommit(t, lite)
				if !seen {
					if status := exitStatus(t, <-ended); status != 0 {
						t.Fatalf("exit status %d without a signal\n%s", status, &f.stderr)
					}
					continue
				}
				began := time.Now()
				for _, s := range c.signals {
					if err := f.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
						t.Fatal(err)
					}
				}
				status := exitStatus(t, <-ended)
				if d := time.Since(began); d > promptExit {
					t.Errorf("it took %s to exit", d)
				}
				wantFiles(t, f.tmp)
				siblings := []string{"out.csv"}
				if c.signals[0] == syscall.SIGKILL {
					siblings = append(siblings, filesAfterKillInRename(t, f.out, complete)...)
				}
				wantFiles(t, filepath.Dir(f.out), siblings...)
				text, err := os.ReadFile(f.out)
				isOld, isNew := string(text) == "old\n", bytes.Equal(text, complete)
				if err != nil || (!isOld || !c.kept) && (!isNew || !c.replaced) {
					t.Errorf("the file has %d bytes of %d (%v)\n%s", len(text), len(complete), err, &f.stderr)
				}
				if isOld {
					olds++
				}
				if !slices.Contains(c.status, status) || (status == 0 && !isNew) {
					t.Errorf("exit status %d, want one of %v\n%s", status, c.status, &f.stderr)
				}
			}
			if c.kept && olds == 0 {
				t.Log("the disk was too quick for the old file to be kept: TestAFileIsDiscardedWhileItIsFlushed makes sure of that")
			}
		})
	}
}
