// The program without the race detector, built once for all tests of a process.

package main

import (
	"sync"

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
