// --verify: whether the file is intact.

package sqlite

import "github.com/fanql/fanql/sources/sqlite/engine"

// A damage is a finding of quick_check.
type damage struct{ found string }

func (d *damage) Error() string { return "the database is damaged: " + d.found }

// verify reads the whole file once, in the transaction of the statement. A wrong count
// of cells in a page loses rows without an error. The check finds that and other
// inconsistencies, but not a value that was changed into another.
func verify(conn *engine.Conn) error {
	found, err := pragmaText(conn, "pragma quick_check(1)")
	if err == nil && found != "ok" {
		return &damage{line(found)}
	}
	return err
}

// pragmaText returns the value of a pragma that returns one.
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
