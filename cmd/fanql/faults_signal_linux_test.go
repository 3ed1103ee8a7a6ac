// Signals in every phase of a run: what the run leaves on the servers and on the disk, how soon it
// ends, and its exit status.

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/leftover"
	"github.com/fanql/fanql/testdata/testkit"
)

// backstop is the time after a SIGKILL within which the servers must end the statement: its own
// limit on the server is one second longer than the deadline of the run.
const (
	deadline = 4 * time.Second
	backstop = 6 * time.Second
)

// A flight is a run that replaces an old file and has its own folder for temporary files.
type flight struct {
	cmd      *exec.Cmd
	stderr   bytes.Buffer
	tag      string // the name of a column of its query, which identifies the query on the servers
	out, tmp string
}

func TestSignalsInEveryPhase(t *testing.T) {
	dbs := seededDatabases(t)
	addDigits(t, dbs)
	for _, db := range dbs.all() {
		db.SQL.SetMaxOpenConns(1) // so that any second connection is fanql's
	}
	var mu sync.Mutex
	var left []leftBehind
	t.Cleanup(func() { awaitServersEnd(t, dbs, left) }) // this runs after all phases
	for i, p := range phases(t, dbs) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel() // a phase mostly waits
			if p.begin != nil {
				p.begin(t)
			}
			for n, c := range []struct {
				name    string
				signals []syscall.Signal
				status  int
			}{
				{"SIGKILL", []syscall.Signal{syscall.SIGKILL}, -1},
				{"SIGINT twice", []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, 130},
				{"SIGINT", []syscall.Signal{syscall.SIGINT}, 130},
				{"SIGTERM", []syscall.Signal{syscall.SIGTERM}, 143},
				{"SIGHUP", []syscall.Signal{syscall.SIGHUP}, 129},
			} {
				t.Run(c.name, func(t *testing.T) {
					orderly := c.signals[0] != syscall.SIGKILL // an orderly signal may be repeated at once, which counts as one signal
					f := startFlight(t, p, fmt.Sprintf("cell%dx%dx", i, n), orderly)
					began := time.Now()
					for _, s := range c.signals {
						if err := f.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
							t.Fatal(err)
						}
					}
					if status := exitStatus(t, f.cmd.Wait()); status != c.status {
						t.Errorf("exit status %d, want %d\n%s", status, c.status, &f.stderr)
					}
					if d := time.Since(began); d > promptExit {
						t.Errorf("it took %s to exit", d)
					}
					wantFiles(t, f.tmp)
					if !orderly {
						wantOldFile(t, f.out, filesAfterKill(t, f.out)...)
						mu.Lock()
						defer mu.Unlock()
						left = append(left, leftBehind{f.tag, time.Now()})
						return
					}
					wantOldFile(t, f.out)
					if !strings.Contains(f.stderr.String(), "interrupted; no answer: ") || !strings.Contains(f.stderr.String(), f.out+" is as it was") {
						t.Errorf("stderr:\n%s", &f.stderr)
					}
					// A statement that is reported as cancelled has ended. If its end is not
					// confirmed, it may run for a while, and its own limit is far away.
					if strings.Contains(f.stderr.String(), "not confirmed") {
						testkit.Eventually(t, eventual, "the query was gone", func() bool { return countTagged(t, dbs, f.tag) == 0 })
					}
					if still := countTagged(t, dbs, f.tag); still != 0 {
						t.Errorf("%d queries still run\n%s", still, &f.stderr)
					}
				})
			}
		})
	}
}

// startFlight starts a run and waits until it has reached its phase. A run that is not orderly will
// be killed, so it gets a short deadline: the servers know the deadline, and end its statements by
// themselves.
func startFlight(t *testing.T, p phase, tag string, orderly bool) *flight {
	t.Helper()
	dir := t.TempDir()
	f := &flight{tag: tag, out: writeOldFile(t, dir, "out.csv"), tmp: t.TempDir()}
	limit := deadline
	if orderly {
		limit = time.Minute
	}
	f.cmd = program(t, append([]string{"query", "--timeout", limit.String(), "--connect-timeout", "0", "-o", f.out}, p.args(t, tag)...)...)
	f.cmd.Env = append(f.cmd.Env, "TMPDIR="+f.tmp)
	f.cmd.Stderr = &f.stderr
	if p.wrap != nil {
		p.wrap(t, f.cmd)
	}
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, eventual, "the run was in its phase", func() bool { return p.reached(f) })
	return f
}

// filesAfterKill returns the files that a killed run may leave next to its result: none
// if the file system has files without a name.
func filesAfterKill(t testing.TB, out string) []string {
	t.Helper()
	f, ok := leftover.Nameless(filepath.Dir(out))
	if !ok {
		return tempFiles(t, out)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return nil
}

// tempFiles returns the temporary files next to a result.
func tempFiles(t testing.TB, out string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(filepath.Dir(out), "."+filepath.Base(out)+".*.tmp"))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range paths {
		paths[i] = filepath.Base(p)
	}
	return paths
}

// leftBehind is a run that was killed: the tag of the statements that it may have left on the
// servers, and the time of the kill.
type leftBehind struct {
	tag   string
	since time.Time
}

// awaitServersEnd checks that the servers end those statements within backstop, and that no
// connection of fanql's stays open.
func awaitServersEnd(t testing.TB, dbs databases, left []leftBehind) {
	t.Helper()
	for _, l := range left {
		for countTagged(t, dbs, l.tag) > 0 {
			if time.Since(l.since) > backstop {
				t.Errorf("%s still runs %s after it was left", l.tag, backstop)
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	testkit.Eventually(t, eventual, "no connection was left", func() bool {
		return noConnections(t, dbs)
	})
}
