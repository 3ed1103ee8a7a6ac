// --verify: is the file what SQLite once wrote?

package sqlite

import "github.com/fanql/fanql/sources/sqlite/engine"

// A damage is what quick_check found.
type damage struct{ found string }

func (d *damage) Error() string { return "the database is damaged: " + d.found }

// verify reads the whole file once, in the transaction that the question will be
// pragmaText in. A damaged count of cells in a page loses rows without an error; this
// finds that, and what else does not fit together, but no value that was changed
// into another.
func verify(conn *engine.Conn) error {
	found, err := pragmaText(conn, "pragma quick_check(1)")
	if err == nil && found != "ok" {
		return &damage{line(found)}
	}
	return err
}

// pragmaText is the answer of a pragma that gives one.
func pragmaText(conn *engine.Conn, pragma string) (string, error) {
	stmt, err := conn.Prepare(pragma)
	if err != nil {
		return "", err
	}
	answer, err := stmt.Only()
	if closing := stmt.Close(); err == nil {
		err = closing
	}
	return answer, err
}
