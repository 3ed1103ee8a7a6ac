// Compiling the request, which must be one statement that reads.

package sqlite

import (
	"errors"
	"strings"

	"github.com/fanql/fanql/sources/sqlite/engine"
)

var (
	errWrites  = errors.New("not allowed: a statement that writes (fanql only reads)")
	errSeveral = errors.New("more than one statement, and fanql sends one: run them one after the other")
)

// prepare compiles the statement and runs nothing. The result reads, or explains
// without running what it explains.
func (r *execution) prepare(conn *engine.Conn, sql string) (*engine.Stmt, error) {
	if blank(sql) {
		return nil, errors.New("the statement is empty")
	}
	if strings.ContainsRune(sql, 0) { // SQLite would stop reading there
		return nil, errors.New("the statement holds a NUL byte")
	}
	r.guard.first, r.guard.looks = 0, false // verify has set them
	stmt, err := conn.Prepare(sql)
	if err != nil {
		return nil, err
	}
	switch {
	case !blank(stmt.Tail()):
		err = errSeveral
	// SQLite takes every pragma journal_mode for a change.
	case !stmt.Readonly() && !stmt.Explains() && !r.guard.looks:
		err = errWrites
	}
	if err != nil {
		_ = stmt.Close() // never run; err has the reason
		return nil, err
	}
	return stmt, nil
}

// blank reports whether the text, which begins between two tokens, holds only spaces,
// semicolons and comments.
func blank(sql string) bool {
	for {
		sql = strings.TrimLeft(sql, " \t\n\f\r;")
		end := ""
		switch {
		case sql == "":
			return true
		case strings.HasPrefix(sql, "--"):
			end = "\n"
		case strings.HasPrefix(sql, "/*"):
			end = "*/"
		default:
			return false
		}
		// A comment without an end reaches to the end of the text, as in SQLite.
		_, sql, _ = strings.Cut(sql[2:], end)
	}
}
