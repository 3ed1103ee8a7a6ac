// Runs of fanql check that are killed. The tests of histories and of alerts share this file.

package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A killer starts runs of fanql check in a folder, and kills some of them.
type killer struct {
	t       *testing.T
	kills   int // the number of runs to kill
	folder  string
	history string // the path of the history
	program string
	seed    uint64
	random  *rand.Rand
}

// newKiller makes a folder with a config whose history is history.db. The environment variable env
// can hold another number of kills than usual.
func newKiller(t *testing.T, env string, usual int, config string) *killer {
	t.Helper()
	k := &killer{t: t, kills: usual, folder: t.TempDir(), program: plainProgram(t), seed: rand.Uint64()}
	if n, err := strconv.Atoi(os.Getenv(env)); err == nil {
		k.kills = n
	}
	k.history = filepath.Join(k.folder, "history.db")
	k.random = rand.New(rand.NewPCG(k.seed, 1))
	if err := os.WriteFile(filepath.Join(k.folder, "fanql.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return k
}

// exec executes statements on a SQLite database of the folder.
func (k *killer) exec(name, statements string) {
	k.t.Helper()
	sqliteExec(k.t, filepath.Join(k.folder, name), statements)
}

// start starts a run. Its stderr is kept in a *strings.Builder.
func (k *killer) start() *exec.Cmd {
	k.t.Helper()
	cmd := exec.CommandContext(k.t.Context(), k.program, "check", "-q")
	cmd.Dir, cmd.Stderr = k.folder, &strings.Builder{}
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	return cmd
}

// kill kills a run, and waits for it. The run may have ended before.
func (k *killer) kill(run *exec.Cmd) (err error) {
	_ = run.Process.Kill()
	return run.Wait()
}

// sometime waits until a random moment of a run whose duration is took, or until shortly after its
// end.
func (k *killer) sometime(took time.Duration) {
	time.Sleep(time.Duration(k.random.Float64() * 1.2 * float64(took)))
}

// written waits until the history changes, but not longer than most. Then it waits until a random
// moment of the transaction that makes the change.
func (k *killer) written(most time.Duration) {
	untilChanged(k.history+"-wal", most)
	time.Sleep(time.Duration(k.random.IntN(3000)) * time.Microsecond)
}

// untilChanged waits until the size of a file changes.
func untilChanged(path string, most time.Duration) {
	size := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			return 0
		}
		return info.Size()
	}
	for began, before := time.Now(), size(); size() == before && time.Since(began) < most; {
		time.Sleep(200 * time.Microsecond) // a file does not notify, so it is polled
	}
}
