// Compiling the question, which must be one statement that reads.

package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"reflect"
	"strings"

	"github.com/fanql/fanql/sources/row"
	"github.com/mattn/go-sqlite3"
)

var (
	errWrites  = errors.New("not allowed: a statement that writes (fanql only reads)")
	errSeveral = errors.New("more than one statement")
)

// prepare compiles the statement and runs nothing. The driver's own queries
// would run one statement after another and give the rows of the last.
func prepare(conn *sqlite3.SQLiteConn, sql string) (*sqlite3.SQLiteStmt, error) {
	if blank(sql) {
		return nil, errors.New("the statement is empty")
	}
	if strings.ContainsRune(sql, 0) { // where SQLite would stop to read
		return nil, errors.New("the statement holds a NUL byte")
	}
	s, err := conn.Prepare(sql)
	if err != nil {
		return nil, err
	}
	stmt := s.(*sqlite3.SQLiteStmt)
	rest, ok := tail(stmt)
	switch {
	case !ok:
		err = errors.New("cannot tell where the statement ends: the driver has changed")
	case !blank(rest):
		err = errSeveral
	case !stmt.Readonly():
		err = errWrites
	}
	if err != nil {
		_ = stmt.Close() // never run; err says why
		return nil, err
	}
	return stmt, nil
}

// columns gives those of the question without running it, none where that cannot be
// told: the driver tells them only with the first step, so a statement is asked that
// is over with it.
func (r *reading) columns(ctx context.Context, conn *sqlite3.SQLiteConn, args []driver.NamedValue) *row.Schema {
	none := &row.Schema{}
	stmt, err := prepare(conn, "select * from (\n"+strings.TrimRight(r.q.SQL, "; \t\r\n")+"\n) limit 0")
	if err != nil { // a pragma, or a comment at the end
		return none
	}
	defer func() { _ = stmt.Close() }() // it was only looked at
	rows, err := stmt.QueryContext(ctx, args)
	if err != nil {
		return none
	}
	defer func() { _ = rows.Close() }() // likewise
	return describe(rows.(*sqlite3.SQLiteRows))
}

// tail is what SQLite left over after the first statement. The driver keeps it
// in a field of its own; to ask for it beats a second opinion on where a
// statement ends.
func tail(stmt *sqlite3.SQLiteStmt) (rest string, ok bool) {
	t := reflect.ValueOf(stmt).Elem().FieldByName("t")
	if !t.IsValid() || t.Kind() != reflect.String {
		return "", false
	}
	return t.String(), true
}

// blank reports whether the text, which begins between two tokens, holds
// nothing but spaces, semicolons and comments.
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
		// A comment that is not ended reaches to the end, as for SQLite.
		_, sql, _ = strings.Cut(sql[2:], end)
	}
}
