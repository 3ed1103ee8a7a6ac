// Locks: --lock, with which only one run is active at a time, and the locks on files that
// are changed.

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/process"
)

// lock holds the lock on a file until unlock is called; without a path there is no
// lock.
func lock(path string) (unlock func() error, _ error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	unlock, err := process.Lock(path)
	switch {
	case errors.Is(err, process.ErrHeld):
		return nil, &statusError{exitcode.None, fmt.Errorf("another run holds the lock %s: nothing was checked", output.Sanitize(path))}
	case err != nil:
		return nil, fmt.Errorf("--lock %s: %w", output.Sanitize(path), err)
	}
	return unlock, nil
}

// changeTime is how long a change of a file waits for other changes of it.
const changeTime = 30 * time.Second

// lockChange holds the lock for reading a file and then replacing it, until unlock is
// called. Without the lock, one of two changes at the same time could undo the other.
func lockChange(ctx context.Context, path string) (unlock func() error, _ error) {
	path = output.Resolve(path)
	return process.LockNamed(ctx, filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock"), changeTime)
}
