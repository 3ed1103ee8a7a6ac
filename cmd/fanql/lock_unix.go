// --lock: one run at a time.

//go:build unix

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
)

// lock takes the lock, which the system gives back even if the process is killed. The
// file is created if it is missing, and stays, since another run may wait to open it.
func lock(path string) (unlock func() error, _ error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	failed := func(err error) error {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err
		}
		return fmt.Errorf("--lock %s: %w", output.Sanitize(path), err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NONBLOCK, 0o666)
	if err != nil {
		return nil, failed(err)
	}
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return nil, errors.Join(failed(errors.New("is no regular file")), f.Close())
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		_ = f.Close() // it was never locked
		return nil, &statusError{report.ExitNone, fmt.Errorf("another run holds the lock %s: nothing was checked", output.Sanitize(path))}
	case err != nil:
		return nil, errors.Join(failed(err), f.Close())
	}
	return f.Close, nil
}
