// --profile: a CPU profile of a run, so that users can send in slow cases.

package main

import (
	"context"
	"errors"
	"runtime/pprof"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
)

// profile writes a CPU profile into a file until stop is called, which moves it to its
// place; without a path there is no profile.
func (a *app) profile(ctx context.Context, path string) (stop func() error, _ error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := output.CreateFor(ctx, "--profile", path)
	if err != nil {
		return nil, err
	}
	a.warnOf(run.FileWarnings(f))
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Discard())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Commit()
	}, nil
}
