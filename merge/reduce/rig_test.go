// Sources with fixed rows, and the results of a reduce over them.

package reduce

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// given is a source with fixed rows.
type given struct {
	name string
	cols []row.Column
	rows [][]fill
	err  error // after the rows
}

type fill = testrow.Fill

func (g given) Name() string { return g.name }

func (g given) Run(_ context.Context, _ driver.Request, _ *driver.Progress, emit row.Emit) (driver.Answer, error) {
	if err := testrow.Emit(g.cols, g.rows, 3, emit); err != nil {
		return driver.Answer{}, err
	}
	return driver.Answer{}, g.err
}

// Short names, since these tests write many rows.
var (
	null, integer, unsigned, flt, single = testrow.Null, testrow.Int, testrow.Uint, testrow.Float, testrow.Float32
	truth, txt, jsn, bin, dec            = testrow.Bool, testrow.Text, testrow.JSON, testrow.Blob, testrow.Decimal
	day, clock, stamp, stampTZ, cols     = testrow.Date, testrow.Time, testrow.Timestamp, testrow.TimestampTZ, testrow.Columns
)

// one returns a source with one column, x.
func one(name string, kind row.Kind, cells ...fill) given {
	g := given{name: name, cols: cols("x", kind)}
	for _, f := range cells {
		g.rows = append(g.rows, []fill{f})
	}
	return g
}

type result struct {
	lines   []string // the header, then the rows; | separates cells
	kinds   []row.Kind
	summary *query.Summary
	err     error
}

// warnings returns the warnings of all sources.
func (r result) warnings() string {
	var all []string
	for _, o := range r.summary.Outcomes {
		for _, w := range o.Warnings {
			all = append(all, o.Source+": "+w)
		}
	}
	return strings.Join(all, "\n")
}

// opened returns an engine. At the end of the test it checks that the engine has left no
// files.
func opened(t testing.TB, o Options) *Engine {
	t.Helper()
	o.TempDir = t.TempDir()
	e, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		left, err := os.ReadDir(o.TempDir)
		if err != nil || len(left) > 0 {
			t.Errorf("left in the folder of temporary files: %v (%v)", left, err)
		}
	})
	return e
}

// reduced runs the SQL over the sources as one table. need is the number of sources that
// the result requires.
func reduced(t testing.TB, sql string, need int, sources ...given) result {
	t.Helper()
	e := opened(t, Options{})
	table := Table{Name: "rows", Views: true, SourceColumn: "source"}
	for i, s := range sources {
		table.Tasks, table.Sources = append(table.Tasks, i), append(table.Sources, s.name)
	}
	return taskList(t, e, sql, need, []Table{table}, sources...)
}

func taskList(t testing.TB, e *Engine, sql string, need int, tables []Table, sources ...given) result {
	t.Helper()
	if err := e.Check(sql); err != nil {
		return result{err: err}
	}
	return checked(t, e, sql, need, tables, sources...)
}

// misjudged runs the SQL as if it needed only the column region.
func misjudged(t testing.TB, e *Engine, sql string, table Table, source given) result {
	t.Helper()
	e.needs = engine.Needs{"region": true}
	return checked(t, e, sql, 1, []Table{table}, source)
}

func checked(t testing.TB, e *Engine, sql string, need int, tables []Table, sources ...given) result {
	t.Helper()
	var tasks []query.Task
	for _, s := range sources {
		tasks = append(tasks, query.Task{Source: s})
	}
	r := result{summary: query.NewSummary(tasks)}
	dispatched := query.Dispatch(t.Context(), tasks, query.Options{Ended: r.summary.Ended, Shape: e.Shape})
	r.err = e.Strategy(t.Context(), sql, tables...).Merge(merge.Run{Need: need, Notes: r.summary}, dispatched, func(b *row.Batch) error {
		if r.lines == nil {
			var names []string
			for _, c := range b.Schema.Columns {
				names, r.kinds = append(names, c.Name), append(r.kinds, c.Type)
			}
			r.lines = append(r.lines, strings.Join(names, "|"))
		}
		for i := range b.Rows() {
			for at, c := range b.Row(i) {
				if c.Kind != row.Null && c.Kind != b.Schema.Columns[at].Type {
					t.Errorf("a %s in a column of %s", c.Kind, b.Schema.Columns[at].Type)
				}
			}
		}
		r.lines = append(r.lines, testrow.Lines(b)...)
		b.Release()
		return nil
	})
	return r
}

func want(t *testing.T, r result, lines ...string) {
	t.Helper()
	if r.err != nil {
		t.Fatal(r.err)
	}
	if got := strings.Join(r.lines, "\n  "); got != strings.Join(lines, "\n  ") {
		t.Errorf("got\n  %s\nwant\n  %s", got, strings.Join(lines, "\n  "))
	}
}

func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("the error is %v, want %q in it", err, text)
	}
}

var errCut = errors.New("cut")
