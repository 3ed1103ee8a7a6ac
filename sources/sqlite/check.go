// Checks of a path without SQLite: common mistakes of users.

package sqlite

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// magic is the beginning of every database file that is not empty.
const magic = "SQLite format 3\x00"

// Check returns an error of one line, which names the path, if the file is missing, not a
// regular file, unreadable, or not a database. An empty file is an empty database. It
// changes nothing, and never opens a FIFO, which would block.
//
// It must be called before any [Source.Run] on the same file: it closes the file that
// it read, and a process that closes a file loses all its POSIX locks on it, including
// those of a running query.
func Check(path string) error {
	if _, err := regular(path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return unusable(path, err)
	}
	defer f.Close() // it was opened for reading only
	head := make([]byte, len(magic))
	n, err := io.ReadFull(f, head)
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return unusable(path, err)
	case string(head[:n]) != magic:
		return fmt.Errorf("%s: not an SQLite database", path)
	}
	return nil
}

// regular is the part of Check that opens nothing. Run uses only this part and leaves
// the header to SQLite: see Check on locks.
func regular(path string) (fs.FileInfo, error) {
	if path == "" {
		return nil, errors.New("the path of the database is empty")
	}
	if strings.ContainsRune(path, 0) {
		return nil, errors.New("the path of the database holds a NUL byte")
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, unusable(path, err)
	}
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return info, nil
	case mode.IsDir():
		return nil, fmt.Errorf("%s: a folder, not a database file", path)
	case mode&fs.ModeNamedPipe != 0:
		return nil, fmt.Errorf("%s: a FIFO, not a database file", path)
	case mode&fs.ModeSocket != 0:
		return nil, fmt.Errorf("%s: a socket, not a database file", path)
	default:
		return nil, fmt.Errorf("%s: a device, not a database file", path)
	}
}

func unusable(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: no such file (a database is never created)", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: no permission to read it", path)
	}
	if cause := (*fs.PathError)(nil); errors.As(err, &cause) {
		err = cause.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}
