// The program without the race detector, built once for all tests of a process.

package main

import (
	"os/exec"
	"sync"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
)

// A plainBuild builds the program when it is first asked for.
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

// peakBy gives in KiB what a command took at most that has been waited for.
func peakBy(t testing.TB, g *testkit.Gauge, cmd *exec.Cmd) int64 {
	t.Helper()
	peak, err := g.Peak(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return peak >> 10
}
