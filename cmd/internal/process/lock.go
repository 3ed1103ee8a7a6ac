// A lock on a file: one process at a time.

package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gofrs/flock"

	"github.com/fanql/fanql/sources/trust"
)

// ErrHeld is the error if another process holds the lock.
var ErrHeld = errors.New("another process holds the lock")

// Lock takes the lock on a file, which the system releases even if the process is
// killed. The file is created if it is missing, for the user only, and stays, because
// another process may be waiting to open it. Its errors do not name the file; one of
// them is ErrHeld.
func Lock(path string) (unlock func() error, _ error) {
	l, err := take(path)
	if err != nil {
		return nil, err
	}
	return l.Unlock, nil
}

// take takes the lock.
func take(path string) (*flock.Flock, error) {
	failed := func(err error) error {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			return e.Err
		}
		return err
	}
	if err := trust.Links(filepath.Dir(path)); err != nil {
		return nil, failed(err)
	}
	l := flock.New(path, flock.SetFlag(os.O_RDWR|os.O_CREATE|lockFlags), flock.SetPermissions(0o600))
	held, err := l.TryLock()
	for errors.Is(err, syscall.EINTR) {
		held, err = l.TryLock()
	}
	switch {
	case errors.Is(err, syscall.ELOOP):
		return nil, failed(errors.New("is a symbolic link: name the file itself"))
	case errors.Is(err, errors.ErrUnsupported):
		return nil, errors.New("not on this system")
	case err != nil:
		return nil, failed(err)
	}
	if err := lockable(path, l); err != nil {
		return nil, errors.Join(failed(err), l.Unlock())
	}
	if !held {
		return nil, errors.Join(ErrHeld, l.Close())
	}
	return l, nil
}

// lockable returns why a file must not be locked: in a folder that others may write to,
// another user could have put it there to make us wait.
func lockable(path string, l *flock.Flock) error {
	info, err := l.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("is not a regular file")
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	if !trust.Ours(info) && trust.OthersMayWrite(folder) {
		return fmt.Errorf("it belongs to another user (%s), in a folder that others may write to: remove it, or name a file elsewhere", trust.Owner(info))
	}
	return nil
}
