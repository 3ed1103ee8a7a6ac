// --profile: a CPU profile of a run, so that a user's slow case can be sent in.

package main

import (
	"errors"
	"runtime/pprof"

	"github.com/fanql/fanql/cmd/internal/output"
)

// profile writes a CPU profile into a file until stop is called, which puts it in
// its place; a nil file is no profile.
func profile(f *output.File) (stop func() error, _ error) {
	if f == nil {
		return func() error { return nil }, nil
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Discard())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Commit()
	}, nil
}
