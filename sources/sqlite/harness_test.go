// Shared by the tests: database files, runs that keep their rows, and the check that no
// goroutine is left.

package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite"
	_ "github.com/fanql/fanql/sources/sqlite/sqlite3" // database/sql's "sqlite3", to write with
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// file creates a database, runs the statements in it, and returns its path.
func file(t testing.TB, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	write(t, path, statements...)
	return path
}

// write runs the statements on one connection, and creates the file if needed.
func write(t testing.TB, path string, statements ...string) {
	t.Helper()
	db, conn := writer(t, path)
	for _, s := range statements {
		exec(t, conn, s)
	}
	if err := errors.Join(conn.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func writer(t testing.TB, path string) (*sql.DB, *sql.Conn) {
	t.Helper()
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	db, err := sql.Open("sqlite3", "file:"+escaped+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return db, conn
}

func exec(t testing.TB, conn *sql.Conn, statement string) {
	t.Helper()
	if _, err := conn.ExecContext(context.Background(), statement); err != nil {
		t.Fatalf("%.200s: %v", statement, err)
	}
}

// A result is what a run has returned.
type result struct {
	columns []row.Column
	rows    [][]string // each cell as its kind and text, such as "integer 1", or "null"
	batches int
	answer  driver.Answer
	phases  []driver.Phase
	server  string
	err     error
}

func run(ctx context.Context, path string, q driver.Request) *result {
	r := new(result)
	p := &driver.Progress{Entered: func(p driver.Phase) { r.phases = append(r.phases, p) }}
	r.answer, r.err = sqlite.New("test", path).Run(ctx, q, p, r.keep)
	r.server = p.Server()
	return r
}

func (r *result) keep(b *row.Batch) error {
	defer b.Release()
	r.batches++
	r.columns = b.Schema.Columns
	for i := range b.Rows() {
		var cells []string
		for _, c := range b.Row(i) {
			cell := c.Kind.String()
			if c.Kind != row.Null {
				cell += " " + string(b.AppendText(nil, c))
			}
			if c.Flags&row.Escaped != 0 {
				cell += " (escaped)"
			}
			cells = append(cells, cell)
		}
		r.rows = append(r.rows, cells)
	}
	return nil
}

// query runs a statement that must succeed.
func query(t testing.TB, path, statement string, args ...driver.Arg) *result {
	t.Helper()
	r := run(context.Background(), path, driver.Request{SQL: statement, Args: args})
	if r.err != nil {
		t.Fatalf("%.200s: %v", statement, r.err)
	}
	return r
}

// want compares the rows with these, which have | between their cells.
func (r *result) want(t testing.TB, rows ...string) {
	t.Helper()
	var got []string
	for _, cells := range r.rows {
		got = append(got, strings.Join(cells, "|"))
	}
	if !slices.Equal(got, rows) {
		t.Errorf("rows:\n got %q\nwant %q", got, rows)
	}
}

// fails checks that the run failed in the phase and with the code, and that the message
// is one line that contains the words.
func (r *result) fails(t testing.TB, phase driver.Phase, code, words string) {
	t.Helper()
	var e *driver.Error
	if !errors.As(r.err, &e) {
		t.Fatalf("error is %v, want an *driver.Error", r.err)
	}
	if e.Phase != phase || e.Code != code || !strings.Contains(e.Error(), words) || strings.Contains(e.Error(), "\n") {
		t.Errorf("%v, %s: %s\nwant %v, %s: …%s…", e.Phase, e.Code, e, phase, code, words)
	}
}

// within returns a context that ends after d, with a cause.
func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeoutCause(context.Background(), d, errors.New("timed out after "+d.String()))
	t.Cleanup(cancel)
	return ctx
}

func names(t testing.TB, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
