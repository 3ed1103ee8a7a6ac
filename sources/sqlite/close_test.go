// An error that only a close tells.

package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/sources/row"
	"github.com/mattn/go-sqlite3"
)

// Of the driver's closes only that of a statement can be made to fail, by taking
// its connection away: those of rows repeat the error of the last step, and that
// of a connection has none (sqlite3_close_v2).
func TestAnErrorOfTheCloseIsAnError(t *testing.T) {
	for _, early := range []bool{false, true} {
		c, err := new(sqlite3.SQLiteDriver).Open(filepath.Join(t.TempDir(), "new.db"))
		if err != nil {
			t.Fatal(err)
		}
		conn := c.(*sqlite3.SQLiteConn)
		rows := 0
		r := reading{q: ask.Question{SQL: "select 1"}, p: new(ask.Progress), emit: func(b *row.Batch) error {
			rows += b.Rows()
			b.Release()
			if early {
				return conn.Close()
			}
			return nil
		}}
		if err := r.ask(t.Context(), conn); (err != nil) != early || rows != 1 {
			t.Errorf("with the connection gone early (%v): %d rows and error %v", early, rows, err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}
