// Statements on a real server: their results, and what is refused.

package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// An outcome is everything that a run has returned.
type outcome struct {
	answer  driver.Answer
	err     error
	schema  *row.Schema
	rows    [][]string
	cells   []row.Cell
	batches int
	phases  []driver.Phase
	server  string
	took    time.Duration
}

// grace is the grace period of a cancel. A confirmed cancel takes some milliseconds, or
// seconds on a busy machine, but always less than soon.
const (
	grace = 10 * time.Second
	soon  = grace / 2
)

func request(sql string, args ...driver.Arg) driver.Request {
	return driver.Request{SQL: sql, Args: args, Tag: "fanql:test", Grace: grace}
}

// runAndCancel runs a statement that does not end by itself, and cancels it once come
// returns true. The duration in the outcome counts from the cancel.
func runAndCancel(t testing.TB, s *Source, q driver.Request, what string, come func() bool) (o outcome) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	done := make(chan outcome, 1)
	go func() { done <- runOn(ctx, s, q) }()
	testkit.Eventually(t, mostWait, what, come)
	begun := time.Now()
	cancel(errStop)
	o = <-done
	o.took = time.Since(begun)
	return o
}

func open(t testing.TB, rawURL string) *Source {
	t.Helper()
	s, err := New("test", rawURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// runOn collects what a source sends. A NULL is ∅.
func runOn(ctx context.Context, s *Source, q driver.Request) (o outcome) {
	p := &driver.Progress{Entered: func(phase driver.Phase) { o.phases = append(o.phases, phase) }}
	begun := time.Now()
	o.answer, o.err = s.Run(ctx, q, p, func(b *row.Batch) error {
		defer b.Release()
		o.schema = b.Schema
		o.batches++
		for i := range b.Rows() {
			var texts []string
			for _, c := range b.Row(i) {
				if c.Kind == row.Null {
					texts = append(texts, "∅")
				} else {
					texts = append(texts, string(b.AppendText(nil, c)))
				}
				o.cells = append(o.cells, c)
			}
			o.rows = append(o.rows, texts)
		}
		return nil
	})
	o.took, o.server = time.Since(begun), p.Server()
	return o
}

func get(t *testing.T, rawURL, sql string, args ...driver.Arg) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return runOn(ctx, open(t, rawURL), request(sql, args...))
}

// one returns the only value of the statement's result.
func one(t *testing.T, rawURL, sql string) string {
	t.Helper()
	o := get(t, rawURL, sql)
	if o.err != nil {
		t.Fatalf("%s: %v", sql, o.err)
	}
	if len(o.rows) != 1 || len(o.rows[0]) != 1 {
		t.Fatalf("%s: got %v, want one value", sql, o.rows)
	}
	return o.rows[0][0]
}

func failed(t *testing.T, o outcome) *driver.Error {
	t.Helper()
	e := new(driver.Error)
	if !errors.As(o.err, &e) {
		t.Fatalf("the error is %v (%T), want an *driver.Error", o.err, o.err)
	}
	return e
}

func with(rawURL, name, value string) string {
	u, _ := url.Parse(rawURL)
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // libpq does not read + as a blank
	return u.String()
}

func TestARunGoesThroughItsPhases(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	o := get(t, db.URL, "select 1")
	if o.err != nil {
		t.Fatal(o.err)
	}
	want := []driver.Phase{driver.Resolve, driver.Connect, driver.Auth, driver.Query, driver.Stream, driver.Verify}
	if !slices.Equal(o.phases, want) {
		t.Errorf("phases %v, want %v", o.phases, want)
	}
	if name, version, _ := strings.Cut(o.server, " "); name != "PostgreSQL" || version == "" || strings.Contains(version, " ") {
		t.Errorf("the server is %q, want PostgreSQL and a version", o.server)
	}
	if o.answer.Cancel != driver.NotNeeded || o.answer.Warnings != nil {
		t.Errorf("answer %+v, want none", o.answer)
	}
}

func TestRowSetsOfEveryShape(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	db.Exec(t, "create table orders (id int, note text)", "insert into orders values (1, null), (2, '')")
	for name, c := range map[string]struct {
		sql     string
		columns string
		rows    string
	}{
		"rows":                        {"select * from orders order by id", "id note", "[[1 ∅] [2 ]]"},
		"no rows have columns":        {"select * from orders where id > 2", "id note", "[]"},
		"no columns have rows":        {"select from orders", "", "[[] []]"},
		"no columns, no rows":         {"select from orders where false", "", "[]"},
		"a name that stands twice":    {"select 1 as a, 2 as a", "a a", "[[1 2]]"},
		"a name that nobody gave":     {"select 1, 'x'", "?column? ?column?", "[[1 x]]"},
		"values":                      {"values (1), (2)", "column1", "[[1] [2]]"},
		"table":                       {"table orders", "id note", "[[1 ∅] [2 ]]"},
		"with":                        {"with x as (select 7) select * from x", "?column?", "[[7]]"},
		"show":                        {"show server_encoding", "server_encoding", "[[UTF8]]"},
		"explain":                     {"explain (costs off) select 1", "QUERY PLAN", "[[Result]]"},
		"a comment and a semicolon":   {"-- all\nselect 1;", "?column?", "[[1]]"},
		"a full batch and no more":    {"select 1 where (select count(*) from orders) = 2", "?column?", "[[1]]"},
		"a void function":             {"select pg_sleep(0)", "pg_sleep", "[[]]"},
		"a null of unknown type":      {"select null as n", "n", "[[∅]]"},
		"a name in another alphabet":  {`select 1 as "größe ≤"`, "größe ≤", "[[1]]"},
		"a transaction's own reading": {"select current_setting('transaction_isolation')", "current_setting", "[[repeatable read]]"},
	} {
		t.Run(name, func(t *testing.T) {
			o := get(t, db.URL, c.sql)
			if o.err != nil {
				t.Fatal(o.err)
			}
			var names []string
			for _, column := range o.schema.Columns {
				names = append(names, column.Name)
			}
			if got := strings.Join(names, " "); got != c.columns {
				t.Errorf("columns %q, want %q", got, c.columns)
			}
			if got := fmt.Sprint(o.rows); got != c.rows {
				t.Errorf("rows %s, want %s", got, c.rows)
			}
		})
	}
}

func TestFullBatchesAreNotFollowedByAnEmptyOne(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	for rows, batches := range map[int]int{0: 1, 1: 1, row.MaxRows: 1, row.MaxRows + 1: 2, 10 * row.MaxRows: 10} {
		o := get(t, db.URL, "select n from generate_series(1, "+strconv.Itoa(rows)+") n")
		if o.err != nil || len(o.rows) != rows || o.batches != batches {
			t.Errorf("%d rows: got %d in %d batches, want %d (%v)", rows, len(o.rows), o.batches, batches, o.err)
		}
		for i, r := range o.rows {
			if r[0] != strconv.Itoa(i+1) {
				t.Fatalf("row %d is %v", i, r)
			}
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	db.Exec(t, "create table t (n int)", "insert into t values (1)", "create sequence s",
		"create function put() returns int language sql as 'insert into t values (2) returning n'",
		"create procedure act() language plpgsql as 'begin rollback; insert into t values (3); commit; end'")
	for name, c := range map[string]struct{ sql, code, text string }{
		"two statements":                {"select 1; select 2", "42601", "cannot insert multiple commands into a prepared statement"},
		"a second one that writes":      {"select 1; insert into t values (2)", "42601", "cannot insert multiple commands into a prepared statement"},
		"an empty statement":            {"", "", "the statement is empty"},
		"a comment alone":               {"-- nothing", "", "the statement is empty"},
		"an insert":                     {"insert into t values (2)", "25006", "cannot execute INSERT in a read-only transaction"},
		"an insert that returns":        {"insert into t values (2) returning n", "25006", "cannot execute INSERT in a read-only transaction"},
		"an insert in a with":           {"with x as (insert into t values (2) returning n) select * from x", "25006", "cannot execute SELECT in a read-only transaction"},
		"a function that inserts":       {"select put()", "25006", "cannot execute INSERT in a read-only transaction"},
		"a procedure that commits":      {"call act()", "2D000", "invalid transaction termination"},
		"a sequence":                    {"select nextval('s')", "25006", "cannot execute nextval() in a read-only transaction"},
		"a table":                       {"create table u (n int)", "25006", "cannot execute CREATE TABLE in a read-only transaction"},
		"explain analyze of an insert":  {"explain analyze insert into t values (2)", "25006", "cannot execute INSERT in a read-only transaction"},
		"select into":                   {"select 1 as n into u", "25006", "cannot execute SELECT INTO in a read-only transaction"},
		"a lock":                        {"select n from t for update", "25006", "cannot execute SELECT FOR UPDATE in a read-only transaction"},
		"leaving the read-only mode":    {"select set_config('transaction_read_only', 'off', false)", "25001", "transaction read-write mode must be set before any query"},
		"copy to":                       {"copy t to stdout", "", "only queries can be asked: the server did not answer with rows"},
		"set":                           {"set search_path = public", "", "SET gives no rows: only queries can be asked"},
		"do":                            {"do 'begin null; end'", "", "DO gives no rows: only queries can be asked"},
		"a commit":                      {"commit", "", "COMMIT gives no rows: only queries can be asked"},
		"a missing table":               {"select * from nowhere", "42P01", `relation "nowhere" does not exist at character 15`},
		"a missing column, with a hint": {"select m from t", "42703", `column "m" does not exist at character 8`},
		"a syntax error":                {"select *\nfrm t", "42601", `syntax error at or near "frm" at character 10`},
		"too few parameters":            {"select $1::int + $2::int", "08P01", "bind message supplies 0 parameters, but prepared statement \"\" requires 2"},
	} {
		t.Run(name, func(t *testing.T) {
			o := get(t, db.URL, c.sql)
			e := failed(t, o)
			if e.Code != c.code || !strings.HasPrefix(e.Error(), c.text) {
				t.Errorf("got %s %q, want %s %q", e.Code, e, c.code, c.text)
			}
			if e.Phase != driver.Query || o.batches != 0 {
				t.Errorf("phase %s, %d batches, want query and none", e.Phase, o.batches)
			}
		})
	}
	if n := db.Count(t, "select count(*) from t"); n != 1 {
		t.Errorf("%d rows in the table, want the one it had", n)
	}
	if n := db.Count(t, "select count(*) from pg_class where relname = 'u'"); n != 0 {
		t.Error("a table was created")
	}
}

func TestAnErrorAmongTheRows(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	o := get(t, db.URL, "select 1/(n-5000) from generate_series(1, 10000) n")
	if e := failed(t, o); e.Code != "22012" || e.Error() != "division by zero" || e.Phase != driver.Stream {
		t.Errorf("got %s %q in %s, want 22012 in stream", e.Code, e, e.Phase)
	}
	if len(o.rows) == 0 || len(o.rows) >= 5000 {
		t.Errorf("%d rows came before the error, want some of 4999", len(o.rows))
	}
}

func TestWarningsOfTheServer(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	db.Exec(t, `create function warn(n int) returns int language plpgsql as
		'begin raise warning E''row %\nis old'', n; raise notice ''not for the report''; return n; end'`)
	o := get(t, db.URL, "select warn(n) from generate_series(1, 25) n")
	if o.err != nil || len(o.rows) != 25 {
		t.Fatalf("%d rows, %v", len(o.rows), o.err)
	}
	if w := o.answer.Warnings; len(w) != 20 || w[0] != "row 1 is old" || w[19] != "row 20 is old" {
		t.Errorf("%d warnings: %q", len(w), w)
	}
}

func TestParametersOfEveryType(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	for _, c := range []struct {
		arg      driver.Arg
		sql      string
		typ, val string
	}{
		{driver.Arg{Type: driver.Text, Value: "it's $1 -- ü"}, "$1", "text", "it's $1 -- ü"},
		{driver.Arg{Type: driver.Text, Value: ""}, "$1", "text", ""},
		{driver.Arg{Type: driver.Int, Value: "-9223372036854775808"}, "$1", "bigint", "-9223372036854775808"},
		{driver.Arg{Type: driver.Decimal, Value: "12345678901234567890.1200"}, "$1", "numeric", "12345678901234567890.1200"},
		{driver.Arg{Type: driver.Bool, Value: "true"}, "$1", "boolean", "true"},
		{driver.Arg{Type: driver.Date, Value: "2026-01-31"}, "$1", "date", "2026-01-31"},
		{driver.Arg{Type: driver.Timestamp, Value: "2026-01-31 08:30:00.25"}, "$1", "timestamp without time zone", "2026-01-31T08:30:00.25"},
		{driver.Arg{Type: driver.Timestamp, Value: "2026-01-31 08:30:00+00:00"}, "$1", "timestamp with time zone", "2026-01-31T08:30:00Z"},
		{driver.Arg{Type: driver.Auto, Value: "2026-01-31"}, "date '2026-01-01' + ($1 - date '2026-01-01')", "date", "2026-01-31"},
		{driver.Arg{Type: driver.Auto, Value: "alone"}, "coalesce($1, '')", "text", "alone"},
		{driver.Arg{Type: driver.Auto, Value: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}, "coalesce($1, gen_random_uuid())", "uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		{driver.Arg{Type: driver.Int, Null: true}, "$1", "bigint", "∅"},
		{driver.Arg{Type: driver.Auto, Null: true}, "$1::int", "integer", "∅"},
	} {
		o := get(t, db.URL, "select "+c.sql+", pg_typeof("+c.sql+")::text", c.arg)
		if o.err != nil {
			t.Errorf("%+v: %v", c.arg, o.err)
		} else if got := o.rows[0]; got[0] != c.val || got[1] != c.typ {
			t.Errorf("%+v arrived as %q of type %s, want %q of %s", c.arg, got[0], got[1], c.val, c.typ)
		}
	}
	o := get(t, db.URL, "select $2::int - $1::int", driver.Arg{Type: driver.Int, Value: "1"}, driver.Arg{Type: driver.Int, Value: "3"})
	if o.err != nil || o.rows[0][0] != "2" {
		t.Errorf("two parameters gave %v, %v, want 2", o.rows, o.err)
	}
	if e := failed(t, get(t, db.URL, "select $1", driver.Arg{Type: driver.Int, Value: "x"})); e.Code != "22P02" {
		t.Errorf("a parameter that does not fit gave %s %v, want 22P02", e.Code, e)
	}
}

func TestTheLimitOfACell(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	s := open(t, db.URL)
	for name, c := range map[string]struct{ sql, want string }{
		"at the limit":              {"select repeat('x', 1000)", ""},
		"bytes at the limit":        {"select convert_to(repeat('x', 1000), 'UTF8')", ""},
		"many cells at the limit":   {"select repeat('x', 1000), repeat('y', 1000), repeat('z', 1000)", ""},
		"past the limit":            {"select repeat('x', n) as note from generate_series(999, 1001) n", `row 3: the value in column "note" is over the limit of 1000 bytes`},
		"bytes past the limit":      {"select convert_to(repeat('x', 1001), 'UTF8')", `row 1: the value in column "convert_to" is over the limit of 1000 bytes`},
		"far past, never in memory": {"select repeat('x', 50000000)", "a row of 50000006 bytes: its largest value is over the limit of 1000 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			q := request(c.sql)
			q.MaxCell = 1000
			o := runOn(t.Context(), s, q)
			if c.want == "" {
				if o.err != nil {
					t.Error(o.err)
				}
				return
			}
			if e := failed(t, o); e.Error() != c.want {
				t.Errorf("got %q, want %q", e, c.want)
			}
			awaitNoConnections(t, db)
		})
	}
}

// A hundred thousand rows of the common types need a constant number of allocations.
func TestARowCostsNoAllocation(t *testing.T) {
	db := testdb.Postgres(t)
	s := open(t, db.URL)
	const rows = 100_000
	const sql = `select n, (n % 1000)::smallint, n::bigint, n::oid, n % 2 = 0, n / 7.0::float8, n::float4, n::numeric / 100, 'row ' || n,
		date '2024-01-01' + n % 1000, timestamp '2024-01-01' + n * interval '1 s', timestamptz '2024-01-01' + n * interval '1 s',
		time '08:30', '{"n": 1}'::jsonb, decode('00ff', 'hex'), null::int from generate_series(1, $1) n`
	sum := 0
	count := func(n int) float64 {
		q := request(sql, driver.Arg{Type: driver.Auto, Value: strconv.Itoa(n)})
		return testing.AllocsPerRun(1, func() {
			sum = 0
			_, err := s.Run(context.Background(), q, new(driver.Progress), func(b *row.Batch) error {
				sum += b.Rows()
				b.Release()
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
	few, many := count(1000), count(rows)
	if sum != rows {
		t.Fatalf("%d rows, want %d", sum, rows)
	}
	// Batches are recycled, but the race detector makes their pool drop some.
	if perRow := (many - few) / rows; perRow > 0.05 {
		t.Errorf("%.3f allocations a row, want none (%v for 1000 rows, %v for %d)", perRow, few, many, rows)
	}
}
