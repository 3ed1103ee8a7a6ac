// A lock whose file names its holder, and is removed with the lock.

package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/fanql/fanql/sources/trust"
)

// A HeldError is the error of [LockNamed] if another process holds the lock.
type HeldError struct {
	// Holder describes that process, such as "pid 12 on db1 since 2026-01-31T08:30:00Z". It
	// is empty if that is not known.
	Holder string
}

func (e *HeldError) Error() string {
	if e.Holder == "" {
		return ErrHeld.Error()
	}
	return e.Holder + " holds the lock"
}

// Unwrap returns ErrHeld.
func (e *HeldError) Unwrap() error { return ErrHeld }

const lockPoll = 50 * time.Millisecond

// LockNamed is like [Lock], but the holder writes its process into the file, and removes
// the file at the end. It waits for another holder up to the given time, or until ctx ends.
// It takes over a file that a killed process has left.
func LockNamed(ctx context.Context, path string, wait time.Duration) (unlock func() error, _ error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		l, err := take(path)
		switch {
		case err == nil && !removed(path, l):
			sign(path)
			return func() error { return errors.Join(os.Remove(path), l.Unlock()) }, nil
		case err == nil: // its holder removed the file while we opened it
			if err := l.Unlock(); err != nil {
				return nil, err
			}
			continue
		case errors.Is(err, fs.ErrNotExist) && exists(filepath.Dir(path)): // likewise
			continue
		case !errors.Is(err, ErrHeld):
			return nil, err
		}
		select {
		case <-time.After(lockPoll):
		case <-ctx.Done():
			return nil, &HeldError{holder(path)}
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// removed reports whether the path no longer leads to the locked file.
func removed(path string, l *flock.Flock) bool {
	locked, err := l.Stat()
	if err != nil {
		return true
	}
	there, err := os.Lstat(path)
	return err != nil || !os.SameFile(locked, there)
}

// sign writes the holder of the lock into the file. It ignores errors.
func sign(path string) {
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown host"
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC|lockFlags, 0)
	if err != nil {
		return
	}
	_, err = fmt.Fprintf(f, "pid %d on %s since %s\n", os.Getpid(), host, time.Now().UTC().Format(time.RFC3339))
	_ = errors.Join(err, f.Close()) // the text is for messages only
}

// holder reads the holder of a lock.
func holder(path string) string {
	f, err := os.OpenFile(path, os.O_RDONLY|lockFlags, 0)
	if err != nil {
		return ""
	}
	defer f.Close() // it was only read
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || !trust.Ours(info) {
		return ""
	}
	text, _ := io.ReadAll(io.LimitReader(f, 200))
	return strings.TrimSpace(string(text))
}
