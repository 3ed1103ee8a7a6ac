// Checks that the file has not been cut.

package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/fanql/fanql/sources/sqlite/engine"
)

// whole checks that the file still has all the pages of the transaction that the rows
// were read in. SQLite takes a missing part of the last page for zeros, and returns
// values of zeros without an error. For 3,000 small files the check costs no measurable
// time.
//
// It cannot find a cut if another file has replaced this one, or if there is a -wal file
// that is not empty, because that file may contain pages.
func (r *execution) whole(conn *engine.Conn, path string) error {
	pages, err := number(conn, "pragma page_count")
	if err != nil {
		return err
	}
	size, err := number(conn, "pragma page_size")
	if err != nil {
		return err
	}
	path, err = filepath.EvalSymlinks(path) // SQLite's -wal is next to the file itself
	if err != nil {
		return nil //nolint:nilerr // it was removed, which does not affect an open file
	}
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
		return nil
	}
	now, err := os.Stat(path)
	if err != nil || !os.SameFile(now, r.file) {
		return nil //nolint:nilerr // as above
	}
	if now.Size() < pages*size {
		return &damage{fmt.Sprintf("its file was cut, to %d bytes of %d", now.Size(), pages*size)}
	}
	return nil
}

func number(conn *engine.Conn, pragma string) (int64, error) {
	text, err := pragmaText(conn, pragma)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}
