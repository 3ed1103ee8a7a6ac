// Locks: --lock, by which one run is at work at a time, and those on files that are changed.

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

// changeTime is how long a change of a file waits for others that change it.
const changeTime = 30 * time.Second

// lockChange holds the lock of those who read a file and then replace it, until unlock is
// called: else one of two would undo what the other has done.
func lockChange(ctx context.Context, path string) (unlock func() error, _ error) {
	path = output.Resolve(path)
	return process.LockNamed(ctx, filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock"), changeTime)
}
