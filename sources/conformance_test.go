// The contract of every driver, on real databases. Each driver runs the same scenarios,
// through a dispatch. After each scenario no connection, statement or goroutine is left.

package sources_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A conforming entry has the rig for the tests of a driver.
type conforming struct {
	name string
	open func(testing.TB) *rig
}

// rigs are named by product, as in [driver.Dialect].
var rigs = []conforming{
	{"PostgreSQL", openPostgres},
	{"MySQL", openMySQL},
	{"MariaDB", openMariaDB},
	{"SQLite", openSQLite},
}

func TestConformance(t *testing.T) {
	for _, database := range rigs {
		t.Run(database.name, func(t *testing.T) {
			r := database.open(t)
			t.Run("values", r.values)
			t.Run("parameters", r.parameters)
			t.Run("row sets", r.rowSets)
			t.Run("errors", r.errors)
			t.Run("writes", r.writes)
			t.Run("ends", r.ends)
			t.Run("prepares", r.prepares)
			t.Run("awaits the end", r.awaitsPeerClose)
		})
	}
}

func (r *rig) rowSets(t *testing.T) {
	r.test(t, "NULL stands in every column", func(t *testing.T) {
		e := r.mustAnswer(t, "select * from samples where s is null")
		if want := slices.Repeat([]string{"null"}, len(e.columns)); len(e.rows) != 1 || !slices.Equal(e.rows[0], want) {
			t.Errorf("got %q in %d columns, want one row of nulls", e.rows, len(e.columns))
		}
	})
	r.test(t, "no rows have the columns that rows have", func(t *testing.T) {
		some := r.mustAnswer(t, "select * from samples")
		none := r.mustAnswer(t, "select * from samples where s = 'nowhere'")
		if len(none.rows) != 0 || len(none.columns) < 5 || !slices.Equal(none.columns, some.columns) {
			t.Errorf("got %d rows in columns %v, want none in %v", len(none.rows), none.columns, some.columns)
		}
	})
	r.test(t, "names that stand twice come as they are", func(t *testing.T) {
		e := r.mustAnswer(t, "select 1 as a, 2 as b, 3 as a")
		e.want(t, "integer 1|integer 2|integer 3")
		if got := e.names(); !slices.Equal(got, []string{"a", "b", "a"}) {
			t.Errorf("the columns are %q", got)
		}
	})
	if r.none != "" {
		r.test(t, "rows without a column are counted", func(t *testing.T) {
			if e := r.mustAnswer(t, r.none); len(e.columns) != 0 || e.Rows != 5000 {
				t.Errorf("got %d columns, %d rows, want 0 and 5000", len(e.columns), e.Rows)
			}
		})
	}
	r.test(t, "5,000 rows arrive in their order, in batches", func(t *testing.T) {
		e := r.mustAnswer(t, "select i from n order by i")
		if len(e.rows) != 5000 || e.batches < 5000/row.MaxRows {
			t.Fatalf("got %d rows in %d batches", len(e.rows), e.batches)
		}
		for i, cells := range e.rows {
			if cells[0] != "integer "+strconv.Itoa(i+1) {
				t.Fatalf("row %d is %q", i+1, cells)
			}
		}
	})
	r.test(t, "200 columns arrive in their places", func(t *testing.T) {
		var columns, names []string
		for c := range 200 {
			names = append(names, "c"+strconv.Itoa(c))
			columns = append(columns, fmt.Sprintf("i * 1000 + %d as c%d", c, c))
		}
		e := r.mustAnswer(t, "select "+strings.Join(columns, ", ")+" from n where i <= 1000 order by i")
		if len(e.rows) != 1000 || !slices.Equal(e.names(), names) {
			t.Fatalf("got %d rows in columns %q", len(e.rows), e.names())
		}
		for i, cells := range e.rows {
			for c, cell := range cells {
				if want := fmt.Sprint("integer ", (i+1)*1000+c); cell != want {
					t.Fatalf("row %d, column %d: got %q, want %q", i+1, c, cell, want)
				}
			}
		}
	})
	r.test(t, "a value of 5 MB arrives whole", func(t *testing.T) {
		want := []byte("text ")
		for i := range 5000 {
			want = fmt.Appendf(want, "%1000d", i+1)
		}
		e := r.mustAnswer(t, r.of(each{
			"select string_agg(lpad(i::text, 1000), '' order by i) from n",
			"select group_concat(lpad(i, 1000, ' ') order by i separator '') from n",
			"select group_concat(printf('%1000d', i), '') from (select i from n order by i)",
		}))
		if len(e.rows) != 1 || e.rows[0][0] != string(want) {
			t.Errorf("got %d rows, or another value", len(e.rows))
		}
	})
}

// errors checks that an error has the server's own code and the phase, and that no rows
// are returned.
func (r *rig) errors(t *testing.T) {
	// Rows are discarded in whole batches, so those of an unfinished batch do not count.
	const before1500 = 1499 / row.MaxRows * row.MaxRows
	// fails returns a statement that fails at the given row of n: the first or the 1,500th.
	fails := func(at int) each {
		return each{
			fmt.Sprintf("select i, 1 / (i - %d) from generate_series(1, 5000) i", at),
			fmt.Sprintf("select i, (select s.i from n s where s.i < 3 and o.i = %d) from n o order by i", at),
			fmt.Sprintf("select i, json(case i when %d then 'broken' else i end) from n order by i", at),
		}
	}
	for _, c := range []struct {
		name      string
		sql, code each
		phase     driver.Phase
		discarded int64
	}{
		{"a syntax error", all("select i frm n x"), each{"42601", "1064", "SQLITE_ERROR"}, driver.Query, 0},
		{"a table that is missing", all("select i from nowhere"), each{"42P01", "1146", "SQLITE_ERROR"}, driver.Query, 0},
		{"an error at the first row", fails(1), each{"22012", "1242", "SQLITE_ERROR"}, driver.Query, 0},
		{"an error after 1,499 rows", fails(1500), each{"22012", "1242", "SQLITE_ERROR"}, driver.Stream, before1500},
	} {
		r.test(t, c.name, func(t *testing.T) {
			e := r.dispatch(t.Context(), driver.Request{SQL: r.of(c.sql)}, query.Options{Timeout: answerTimeout})
			e.ended(t, query.Failed, c.phase)
			if e.Code() != r.of(c.code) || e.Discarded != c.discarded {
				t.Errorf("code %s, %d rows discarded, want %s, %d (%v)", e.Code(), e.Discarded, r.of(c.code), c.discarded, e.Err)
			}
		})
	}
}

func (r *rig) writes(t *testing.T) {
	forbidden := each{"25006", "1792", "SQLITE_AUTH"}
	for _, c := range []struct {
		name string
		sql  each
	}{
		{"a statement that writes", all("delete from n where i = 1")},
		{"one that makes a table", all("create table made (i int)")},
		{"one that drops a table", all("drop table n")},
		{"a function that writes", each{"select writes()", "select writes()", ""}},
	} {
		sql := r.of(c.sql)
		if sql == "" {
			continue // SQLite has no functions that could write
		}
		r.test(t, c.name+" is refused", func(t *testing.T) {
			before := r.content(t)
			e := r.dispatch(t.Context(), driver.Request{SQL: sql}, query.Options{Timeout: answerTimeout})
			e.ended(t, query.Failed, driver.Query)
			if e.Code() != r.of(forbidden) {
				t.Errorf("code %s, want %s (%v)", e.Code(), r.of(forbidden), e.Err)
			}
			if after := r.content(t); after != before {
				t.Errorf("the database was %v and is %v", before, after)
			}
		})
	}
}

const (
	// endless never ends and keeps sending rows.
	endless = "select a.i, b.i, c.i from n a, n b, n c, n d"
	// silent never ends and sends no rows. It has no count(*), which MySQL computes for
	// whole tables without reading them.
	silent = "select sum(a.i + b.i + c.i + d.i) from n a, n b, n c, n d"
	// grace is generous, since a slow end on a busy machine is not a fault.
	grace = 2 * time.Second
)

func (r *rig) ends(t *testing.T) {
	r.test(t, "its time is over before it is asked", func(t *testing.T) {
		e := r.dispatch(t.Context(), driver.Request{SQL: "select 1"}, query.Options{Timeout: 1, Grace: grace})
		if e.ended(t, query.Timeout, e.Phase); e.Phase >= driver.Query || e.Cancel != driver.NotNeeded {
			t.Errorf("it ended in phase %s, cancel %q, want before query, and nothing to cancel", e.Phase, e.Cancel)
		}
	})
	r.test(t, "its time is over while it gives no rows", func(t *testing.T) {
		const timeout = 800 * time.Millisecond
		e := r.dispatch(t.Context(), driver.Request{SQL: silent}, query.Options{Timeout: timeout, Grace: grace})
		e.ended(t, query.Timeout, driver.Query)
		r.cancelled(t, e, e.Total-timeout)
		if e.Err.Error() != "timed out after 800ms" || e.Total < timeout {
			t.Errorf("it ended with %q after %v", e.Err, e.Total)
		}
	})
	for _, c := range []struct {
		name, sql string
		phase     driver.Phase
		rows      int64 // rows that arrived before the cancel
	}{
		{"while it computes", silent, driver.Query, 0},
		{"while it sleeps", r.of(each{"select pg_sleep(600)", "select sleep(600)", ""}), driver.Query, 0},
		{"while rows come", endless, driver.Stream, 1000},
	} {
		if c.sql == "" {
			continue // SQLite has no sleep function
		}
		r.test(t, "a cancel "+c.name, func(t *testing.T) {
			e, took := r.cut(t, c.sql, func(s query.Status) bool { return s.Phase == c.phase && s.Rows >= c.rows })
			e.ended(t, query.Timeout, c.phase)
			r.cancelled(t, e, took)
			if e.Discarded < c.rows {
				t.Errorf("%d rows were discarded, want %d at least", e.Discarded, c.rows)
			}
		})
	}
	r.test(t, "nobody takes its rows any more", func(t *testing.T) {
		full := errors.New("the disk is full")
		batches := 0
		begun := time.Now()
		e := r.dispatch(t.Context(), driver.Request{SQL: endless}, query.Options{Timeout: answerTimeout, Grace: grace, Sink: func(int) row.Emit {
			return func(b *row.Batch) error {
				b.Release()
				if batches++; batches < 5 {
					return nil
				}
				return full
			}
		}})
		e.ended(t, query.Failed, driver.Stream)
		if e.Err != full || batches != 5 { //nolint:errorlint // the same error, not wrapped
			t.Errorf("it ended with %v after %d batches, want emit's own error after 5", e.Err, batches)
		}
		if took, n := time.Since(begun), r.statements(t); took > grace || n != 0 {
			t.Errorf("it took %v, and %d statements still run", took, n)
		}
	})
}

// cut runs a statement, waits until the server executes it and far returns true, and then
// cancels it. It returns the end, and the time from the cancel to the end.
func (r *rig) cut(t *testing.T, sql string, far func(query.Status) bool) (end, time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	progress := query.NewProgress([]query.Task{{Source: r.source}})
	ended := make(chan end, 1)
	go func() {
		ended <- r.dispatch(ctx, driver.Request{SQL: sql}, query.Options{Grace: grace, Progress: progress, Sink: func(int) row.Emit {
			return func(b *row.Batch) error { b.Release(); return nil }
		}})
	}()
	testkit.Eventually(t, 5*time.Second, "the query runs", func() bool { return far(progress.Statuses()[0]) && r.atWork(t, progress) })
	begun, over := time.Now(), &query.TimeoutError{What: "the test's own", After: time.Minute}
	cancel(over)
	e := <-ended
	if !errors.Is(e.Err, over) {
		t.Errorf("it ended with %v, want our own reason", e.Err)
	}
	return e, time.Since(begun)
}
