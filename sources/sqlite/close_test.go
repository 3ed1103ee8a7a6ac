// Errors that only the close reports.

package sqlite

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite/engine"
)

// After correct rows, only the close of the connection can fail. It fails if a statement is
// still open.
func TestAnErrorOfTheCloseIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, busy := range []bool{false, true} {
		rows := 0
		r := execution{q: driver.Request{SQL: "select 1"}, p: new(driver.Progress), emit: func(b *row.Batch) error {
			rows += b.Rows()
			b.Release()
			return nil
		}}
		conn, err := r.open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		var left *engine.Stmt
		if busy {
			if left, err = conn.Prepare("select 2"); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.over(t.Context(), conn, path); (err != nil) != busy || rows != 1 {
			t.Errorf("with a statement left (%v): %d rows and error %v", busy, rows, err)
		}
		if busy {
			if err := left.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
