// Databases in WAL mode in a folder where nothing can be created. SQLite can read such
// a database only with its -wal and -shm files, or as a file that nobody changes
// (immutable=1).

package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fanql/fanql/sources/sqlite/engine"
	"github.com/fanql/fanql/sources/sqlite/sqlite3"
)

// sealedWarning warns of the missing locks.
const sealedWarning = "it is in WAL mode where its -wal and -shm files cannot be created: it was read without locks, as a file that nobody changes"

// Errors of a database that cannot be read as an unchanging file either.
var (
	errUnread  = errors.New("it is in WAL mode, and its -wal file holds changes that cannot be read without a -shm file, which cannot be created in its folder: copy both files to a folder that can be written to, or end the program that writes to it")
	errChanged = errors.New("its file was changed while it was read without locks, since its -wal and -shm files cannot be created: try again when nobody writes to it")
)

// sealed reports whether a database that could not be opened may be read as an
// unchanging file: there must be no changes in a -wal file, which would silently be
// left out. Its error replaces err.
func sealed(path string, err error) (bool, error) {
	var raw *engine.Error
	if !errors.As(err, &raw) || raw.Code != sqlite3.ErrCantOpen && raw.Extended != readonlyDirectory && raw.Extended != sqlite3.ErrReadonlyCantLock {
		return false, err
	}
	real, evalErr := filepath.EvalSymlinks(path) // SQLite's files are next to the file itself
	if evalErr != nil {
		return false, err
	}
	if something(real + "-journal") {
		return false, err
	}
	if something(real + "-wal") {
		return false, errors.Join(errUnread, err)
	}
	return true, err
}

// readonlyDirectory is SQLITE_READONLY_DIRECTORY, which go-sqlite3 lacks.
const readonlyDirectory = sqlite3.ErrNoExtended(8 | 6<<8)

// something reports whether a file is not empty, or may not be.
func something(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	return info.Size() > 0
}

// unchanged returns an error if the file has been written to since it was opened.
func (r *execution) unchanged(path string) error {
	now, err := os.Stat(path)
	if err != nil || !os.SameFile(now, r.file) {
		return nil //nolint:nilerr // another file has replaced it: nobody writes to the one that was read
	}
	if now.Size() != r.file.Size() || !now.ModTime().Equal(r.file.ModTime()) {
		return errChanged
	}
	return nil
}
