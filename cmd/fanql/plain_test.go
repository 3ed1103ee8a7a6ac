// The program without the race detector. It is built once for all tests of a process.

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
)

// A plainBuild builds the program when it is first needed.
type plainBuild struct {
	once sync.Once
	path string
	done func()
	err  error
}

var built plainBuild

func (p *plainBuild) program() (string, error) {
	p.once.Do(func() { p.path, p.done, p.err = testkit.Program() })
	return p.path, p.err
}

func (p *plainBuild) remove() {
	if p.done != nil {
		p.done()
	}
}

// plainProgram returns the path of the program as it is released. The race detector would add its
// own memory to the measured memory. It would also take two to eight times the processor time if
// much data moves, or if the program starts often.
func plainProgram(t testing.TB) string {
	t.Helper()
	path, err := built.program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// plainPath returns a PATH on which fanql is this program.
func plainPath(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(plainProgram(t), filepath.Join(dir, "fanql")); err != nil {
		t.Fatal(err)
	}
	return dir + string(os.PathListSeparator) + os.Getenv("PATH")
}

// peakBy returns the peak memory, in KiB, of a command that has been waited for.
func peakBy(t testing.TB, g *testkit.Gauge, cmd *exec.Cmd) int64 {
	t.Helper()
	peak, err := g.Peak(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return peak >> 10
}
