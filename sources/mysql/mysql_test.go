// Shared by the tests: running statements, and reading results as text.

package mysql_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A reply is everything that a Run has returned.
type reply struct {
	columns []row.Column
	rows    [][]string // a NULL is the text NULL
	batches int
	phases  []driver.Phase
	server  string
	answer  driver.Answer
	err     error
}

func (r reply) failure(t *testing.T) *driver.Error {
	t.Helper()
	e, ok := errors.AsType[*driver.Error](r.err)
	if !ok {
		t.Fatalf("got error %v (%T), want an *driver.Error", r.err, r.err)
	}
	return e
}

func source(t testing.TB, url string) *mysql.Source {
	t.Helper()
	s, err := mysql.New("test", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run executes a request with a generous deadline.
func run(t testing.TB, s *mysql.Source, q driver.Request) reply {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Second, errors.New("the test is over"))
	defer cancel()
	return runWith(ctx, s, q, nil)
}

// runWith calls seen with each batch before it is read. An error of seen is returned to
// the driver.
func runWith(ctx context.Context, s *mysql.Source, q driver.Request, seen func(*row.Batch) error) reply {
	var r reply
	var mu sync.Mutex
	var p driver.Progress
	p.Entered = func(phase driver.Phase) {
		mu.Lock()
		defer mu.Unlock()
		r.phases = append(r.phases, phase)
	}
	r.answer, r.err = s.Run(ctx, q, &p, func(b *row.Batch) error {
		defer b.Release()
		if seen != nil {
			if err := seen(b); err != nil {
				return err
			}
		}
		r.batches++
		r.columns = b.Schema.Columns
		for i := range b.Rows() {
			var cells []string
			for _, c := range b.Row(i) {
				if c.Kind == row.Null {
					cells = append(cells, "NULL")
				} else {
					cells = append(cells, string(b.AppendText(nil, c)))
				}
			}
			r.rows = append(r.rows, cells)
		}
		return nil
	})
	r.server = p.Server()
	return r
}

// mustRun runs a statement that must succeed.
func mustRun(t *testing.T, db testdb.DB, sql string, args ...driver.Arg) reply {
	t.Helper()
	r := run(t, source(t, db.URL), driver.Request{SQL: sql, Args: args})
	if r.err != nil {
		t.Fatalf("%s: %v", sql, r.err)
	}
	return r
}

func wantRows(t *testing.T, r reply, want ...string) {
	t.Helper()
	var got []string
	for _, cells := range r.rows {
		got = append(got, strings.Join(cells, " | "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got rows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// numbers creates a table n with i from 1 to 1000.
func numbers(t testing.TB, db testdb.DB) {
	db.Exec(t, "create table n (i int primary key)",
		"insert into n with recursive r as (select 1 i union all select i+1 from r where i < 1000) select i from r")
}

// closeTimeout is how long a server may still show a connection that has been closed.
const closeTimeout = 3 * time.Second

// wantOnlyConnection waits until this is the database's only connection, and fails if
// there are others. It limits the test's own pool to one.
func wantOnlyConnection(t testing.TB, db testdb.DB) {
	t.Helper()
	db.SQL.SetMaxOpenConns(1)
	testkit.Eventually(t, closeTimeout, "no connection is left on the server", func() bool {
		return db.Count(t, "select count(*) from information_schema.processlist where db = database() and id <> connection_id()") == 0
	})
}
