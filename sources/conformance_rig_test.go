// The rigs of the conformance tests. Each has a real database, the SQL in its dialect,
// and queries that show its connections.

package sources_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/postgres"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite"
	_ "github.com/fanql/fanql/sources/sqlite/sqlite3" // database/sql's "sqlite3", to write with
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// answerTimeout bounds runs that should end by themselves.
const answerTimeout = 30 * time.Second

// each has one text for each kind of database. A text is empty if the database has no such
// feature.
type each struct{ postgres, mysql, sqlite string }

// all returns the same text for all databases.
func all(text string) each { return each{text, text, text} }

// A rig is one database with the tables n (i from 1 to 5000), samples (a column of each
// type, with a row of values and a row of NULLs) and written (empty). If the database has
// functions, it also has writes(), which inserts into written.
type rig struct {
	kind   *driver.Dialect
	db     testdb.DB // with one connection
	source query.Source
	tag    string
	maria  bool
	// placeholder is the placeholder of the only parameter.
	placeholder string
	// none selects the rows of n without any column. It is empty if the dialect has no such
	// query.
	none string
	// connections and statements count the source's connections and statements, as the
	// server lists them.
	connections, statements func(testing.TB) int
}

func (r *rig) of(e each) string {
	switch r.kind {
	case postgres.Dialect:
		return e.postgres
	case mysql.Dialect:
		return e.mysql
	}
	return e.sqlite
}

// numbers returns a statement that fills n.
func numbers() string {
	var b strings.Builder
	b.WriteString("insert into n values (1)")
	for i := 2; i <= 5000; i++ {
		fmt.Fprintf(&b, ", (%d)", i)
	}
	return b.String()
}

func openPostgres(t testing.TB) *rig {
	r := newRig(t, testdb.Postgres(t), config.Source{Kind: postgres.Dialect})
	r.placeholder, r.none = "$1", "select from n"
	r.db.Exec(t, "create table n (i int primary key)", numbers(), "create table written (i int)",
		`create table samples (s text, i2 int2, i8 int8, d numeric(12,2), r float4, f float8, b bool, day date, clock time,
			at timestamp, instant timestamptz, x bytea, j jsonb, j0 json, u uuid, span interval, list int[])`,
		"insert into samples (s) values ('here'), (null)",
		"create function writes() returns int language sql as 'insert into written values (1) returning i'")
	const ours = "select count(*) from pg_stat_activity where pid <> pg_backend_pid() and "
	r.connections = func(t testing.TB) int { return r.db.Count(t, ours+"datname = current_database()") }
	r.statements = func(t testing.TB) int {
		return r.db.Count(t, ours+"state = 'active' and query like '/* "+r.tag+" */%'")
	}
	return r
}

func openMySQL(t testing.TB) *rig   { return openMySQLs(t, testdb.MySQL(t)) }
func openMariaDB(t testing.TB) *rig { return openMySQLs(t, testdb.MariaDB(t)) }

func openMySQLs(t testing.TB, db testdb.DB) *rig {
	r := newRig(t, db, config.Source{Kind: mysql.Dialect})
	r.placeholder = "?"
	r.maria = db.Server == "MariaDB"
	r.db.Exec(t, "create table n (i int primary key)", numbers(), "create table written (i int)",
		`create table samples (s varchar(20), i1 tinyint, i8 bigint, u8 bigint unsigned, d decimal(12,2), r float, f double, b boolean,
			day date, clock time(6), at datetime(6), instant timestamp(6) null, y year, x blob, bits bit(3), e enum('one', 'two'), j json)`,
		"set time_zone = '+01:00'",
		`insert into samples (s, r, instant, y, bits, e) values
			('here', 16777216, '2026-01-31 09:30:00.25', 2026, b'101', 'two'), (null, null, null, null, null, null)`,
		"create function writes() returns int deterministic modifies sql data begin insert into written values (1); return 1; end")
	list := "information_schema.processlist"
	if !r.maria { // MySQL's older process list fails on statements with an emoji
		list = "performance_schema.processlist"
	}
	ours := "select count(*) from " + list + " where id <> connection_id() and "
	r.connections = func(t testing.TB) int { return r.db.Count(t, ours+"db = database()") }
	r.statements = func(t testing.TB) int { return r.db.Count(t, ours+"info like '/* "+r.tag+" */%'") }
	return r
}

func openSQLite(t testing.TB) *rig {
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := sql.Open("sqlite3", "file:"+path+"?_sync=off")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // the folder is removed afterwards
	db.SetMaxIdleConns(0)                // each connection of the test is closed after its query
	file := testdb.DB{SQL: db}
	file.Exec(t, wal)
	r := newRig(t, file, config.Source{Kind: sqlite.Dialect, Path: path})
	r.placeholder = "?1"
	r.db.Exec(t, "create table n (i integer primary key)", numbers(), "create table written (i int)",
		"create table samples (s text, i integer, d decimal(12,2), f real, b boolean, day date, at datetime, x blob, j json, v)",
		"insert into samples (s, b, day, at) values ('here', 2, 20200101, 'not a date'), (null, null, null, null)")
	// Only the last connection to a file can leave WAL mode.
	r.connections = func(t testing.TB) int {
		var mode string
		err := db.QueryRowContext(context.Background(), "pragma journal_mode = delete").Scan(&mode)
		if err != nil || mode != "delete" {
			return 1
		}
		r.db.Exec(t, wal)
		return 0
	}
	r.statements = r.connections // a statement needs a connection
	return r
}

// wal is the mode in which SQLite knows all connections to a file.
const wal = "pragma journal_mode = wal"

// newRig opens the source as the program does.
func newRig(t testing.TB, db testdb.DB, s config.Source) *rig {
	t.Helper()
	db.SQL.SetMaxOpenConns(1)
	s.Name, s.URL = "test", db.URL
	opened := sources.Open([]config.Source{s}, os.Getenv)
	if err := sources.NoneOpened(opened); err != nil {
		t.Fatal(err)
	}
	return &rig{kind: s.Kind, db: db, source: opened[0], tag: "fanql:" + strings.ToLower(rand.Text()[:16])}
}

// test runs a scenario. Afterwards no connection, no statement on the server and no
// goroutine may be left. It waits a moment, since a server's list may still show a
// connection that was closed.
func (r *rig) test(t *testing.T, name string, scenario func(*testing.T)) {
	t.Run(name, func(t *testing.T) {
		before := goleak.IgnoreCurrent()
		scenario(t)
		testkit.Eventually(t, 5*time.Second, "no connection and no statement is left", func() bool { return r.connections(t) == 0 && r.statements(t) == 0 })
		goleak.VerifyNone(t, before)
	})
}

// atWork reports whether the server executes the source's statement. SQLite has no list
// of statements: a source counts as at work once it has been in a phase for 100 ms.
func (r *rig) atWork(t *testing.T, progress *query.Progress) bool {
	t.Helper()
	if r.kind != sqlite.Dialect {
		return r.statements(t) == 1
	}
	phase := progress.Statuses()[0].Phase
	<-time.After(100 * time.Millisecond)
	return progress.Statuses()[0].Phase == phase
}

// content returns numbers that a write would change.
func (r *rig) content(t *testing.T) [3]int {
	t.Helper()
	return [3]int{
		r.db.Count(t, "select sum(i) from n"),
		r.db.Count(t, "select count(*) from written"),
		r.db.Count(t, r.of(each{
			"select count(*) from pg_class where relnamespace = 'public'::regnamespace",
			"select count(*) from information_schema.tables where table_schema = database()",
			"select count(*) from sqlite_schema",
		})),
	}
}

// An end is everything that a dispatch has returned for the source.
type end struct {
	query.Outcome
	columns []row.Column
	rows    [][]string // each cell as its kind and its canonical text
	batches int
	arrived bool // a result arrived, even if it has no rows
}

// dispatch runs a request on this source only.
func (r *rig) dispatch(ctx context.Context, q driver.Request, o query.Options) (e end) {
	q.Tag = r.tag
	for a := range query.Dispatch(ctx, []query.Task{{Source: r.source, Request: q}}, o) {
		e.Outcome = a.Outcome
		if a.Schema != nil {
			e.columns, e.arrived = a.Schema.Columns, true
		}
		if a.Rows == nil {
			continue
		}
		e.arrived = true
		if err := a.Rows.Each(e.take); err != nil {
			e.Err = err
		}
	}
	return e
}

// take collects the rows and checks that each value has the type of its column.
func (e *end) take(b *row.Batch) error {
	defer b.Release()
	e.batches++
	for i := range b.Rows() {
		cells := make([]string, 0, len(e.columns))
		for n, c := range b.Row(i) {
			cell, column := c.Kind.String(), e.columns[n]
			if c.Kind != row.Null {
				if column.Type != c.Kind && column.Type != row.Any {
					return fmt.Errorf("a value of type %s in column %q of type %s", c.Kind, column.Name, column.Type)
				}
				cell += " " + string(b.AppendText(nil, c))
			}
			cells = append(cells, cell)
		}
		e.rows = append(e.rows, cells)
	}
	return nil
}

// mustAnswer runs a statement that must succeed.
func (r *rig) mustAnswer(t testing.TB, sql string, args ...driver.Arg) end {
	t.Helper()
	e := r.dispatch(t.Context(), driver.Request{SQL: sql, Args: args}, query.Options{Timeout: answerTimeout})
	if e.State != query.OK || e.Err != nil || e.Rows != int64(len(e.rows)) {
		t.Fatalf("%.200s: %s in %s: %v; %d rows of %d", sql, e.State, e.Phase, e.Err, len(e.rows), e.Rows)
	}
	return e
}

// want compares the rows with these, which have | between their cells.
func (e end) want(t testing.TB, rows ...string) {
	t.Helper()
	var got []string
	for _, cells := range e.rows {
		got = append(got, strings.Join(cells, "|"))
	}
	if !slices.Equal(got, rows) {
		t.Errorf("got  %q\nwant %q", got, rows)
	}
}

func (e end) names() []string {
	var names []string
	for _, c := range e.columns {
		names = append(names, c.Name)
	}
	return names
}

// ended checks that the source did not end well, and that it returned no rows.
func (e end) ended(t *testing.T, state query.State, phase driver.Phase) {
	t.Helper()
	if e.State != state || e.Phase != phase || e.Err == nil || e.Abandoned {
		t.Errorf("%s in %s, %v, abandoned %v: want %s in %s", e.State, e.Phase, e.Err, e.Abandoned, state, phase)
	}
	if e.arrived || e.Outcome.Rows != 0 {
		t.Errorf("%d rows came with it, in columns %q", e.Outcome.Rows, e.names())
	}
}

// cancelled checks that the cancel was confirmed within the grace period and that the
// statement has ended. Later the server's own limits would have ended it.
func (r *rig) cancelled(t *testing.T, e end, took time.Duration) {
	t.Helper()
	if n := r.statements(t); n != 0 {
		t.Errorf("%d statements still run", n)
	}
	if e.Cancel != driver.Confirmed || took > grace {
		t.Errorf("cancel %q, %v after its time, want confirmed within %v", e.Cancel, took, grace)
	}
}
