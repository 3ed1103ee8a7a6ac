// --profile: a CPU profile of a run, so that a user's slow case can be sent in.

package main

import (
	"errors"
	"os"
	"runtime/pprof"
)

// profile writes a CPU profile to a file until stop is called; an empty path is
// no profile.
func profile(path string) (stop func() error, _ error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}
