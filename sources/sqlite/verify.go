// --verify: is the file what SQLite once wrote?

package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/mattn/go-sqlite3"
)

// A damage is what quick_check found.
type damage struct{ found string }

func (d *damage) Error() string { return "the database is damaged: " + d.found }

// verify reads the whole file once, in the transaction that the question will be
// asked in. A damaged count of cells in a page loses rows without an error; this
// finds that, and what else does not fit together, but no value that was changed
// into another.
func verify(ctx context.Context, conn *sqlite3.SQLiteConn) (err error) {
	rows, err := conn.QueryContext(ctx, "pragma quick_check(1)", nil)
	if err != nil {
		return err
	}
	defer func() {
		if closing := rows.Close(); err == nil {
			err = closing
		}
	}()
	var cell [1]driver.Value
	switch err := rows.Next(cell[:]); {
	case errors.Is(err, io.EOF):
		return errors.New("quick_check gave no answer")
	case err != nil:
		return err
	}
	if found := fmt.Sprint(cell[0]); found != "ok" {
		return &damage{line(found)}
	}
	return nil
}
