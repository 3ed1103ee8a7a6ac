// --lock: one run at a time.

package main

import (
	"errors"
	"fmt"

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
