// Engines for the tests, and results as text.

package engine

import (
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// opened returns an engine. At the end of the test it checks that the engine has left no
// files.
func opened(t testing.TB, o Options) *DB {
	t.Helper()
	o.TempDir = t.TempDir()
	db, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		left, err := os.ReadDir(o.TempDir)
		if err != nil || len(left) > 0 {
			t.Errorf("left in the folder of temporary files: %v (%v)", left, err)
		}
	})
	return db
}

// checked parses the SQL and checks its functions.
func checked(db *DB, sql string) error {
	tree, err := db.Parse(sql)
	if err != nil {
		return err
	}
	return db.CheckFunctions(sql, tree)
}

// answered returns the rows of a statement, and its columns as name and kind.
func answered(t testing.TB, c *Conn, sql string) (lines, columns []string, _ error) {
	t.Helper()
	err := c.Query(t.Context(), sql, func(b *row.Batch) error {
		defer b.Release()
		columns = nil
		for _, c := range b.Schema.Columns {
			columns = append(columns, c.Name+" "+c.Type.String())
		}
		lines = append(lines, testrow.Lines(b)...)
		return nil
	})
	return lines, columns, err
}

func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("the error is %v, want %q in it", err, text)
	}
}
