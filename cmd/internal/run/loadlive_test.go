// Loads that begin while their sources run, in virtual time. The load commits the rows of all
// sources, or nothing.

package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
)

// A testTarget is a server that takes rows. Those of a load become visible at its end.
type testTarget struct {
	load.Loader
	fail    func(attempt, rows int) error // called after each batch; if it is nil, no batch fails
	begun   []time.Duration
	start   time.Time
	visible []string
}

func (l *testTarget) Name() string  { return "to" }
func (l *testTarget) Place() string { return "to.example" }

func (l *testTarget) Load(ctx context.Context, q load.Request, _ *driver.Progress, rows func(row.Emit) error) (a load.Answer, err error) {
	l.begun = append(l.begun, time.Since(l.start))
	var got []string
	err = rows(func(b *row.Batch) error {
		defer b.Release()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for i := range b.Rows() {
			var texts []string
			for _, c := range b.Row(i)[:2] {
				texts = append(texts, string(b.AppendText(nil, c)))
			}
			got = append(got, strings.Join(texts, " "))
		}
		a.Rows = int64(len(got))
		if l.fail != nil {
			return l.fail(len(l.begun), len(got))
		}
		return nil
	})
	if err == nil {
		l.visible = append(l.visible, got...)
	}
	return a, err
}

// A batchStep is a pause of a source, followed by rows or by an error.
type batchStep struct {
	pause time.Duration
	rows  int
	err   error
	text  string // replaces the padding
}

// A stepping source performs the steps of each of its attempts. Each row has about 1 KiB.
type stepping struct {
	name     string
	attempts [][]batchStep
	attempt  int
}

func (s *stepping) Name() string { return s.name }

var steppingSchema = &row.Schema{Columns: []row.Column{{Name: "k", Type: row.Int}, {Name: "pad", Type: row.Text}}}

func (s *stepping) Run(ctx context.Context, _ driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	steps := s.attempts[min(s.attempt, len(s.attempts)-1)]
	s.attempt++
	p.Enter(driver.Stream)
	for k := 0; ; steps = steps[1:] {
		b := row.NewBatch(steppingSchema)
		if len(steps) == 0 {
			return driver.Answer{}, emit(b)
		}
		do := steps[0]
		select {
		case <-time.After(do.pause):
		case <-ctx.Done():
			return driver.Answer{}, context.Cause(ctx)
		}
		if do.err != nil {
			return driver.Answer{}, do.err
		}
		for range do.rows {
			b.Int(int64(k))
			if k++; do.text != "" {
				b.TextString(do.text)
			} else {
				b.TextString(strings.Repeat("x", 1000))
			}
			if b.EndRow() {
				if err := emit(b); err != nil {
					return driver.Answer{}, err
				}
				b = row.NewBatch(steppingSchema)
			}
		}
		if err := emit(b); err != nil {
			return driver.Answer{}, err
		}
	}
}

// liveLoadOf loads the sources. It returns the verdict and the duration of the load.
func liveLoadOf(t *testing.T, to *testTarget, timeout time.Duration, sources ...*stepping) (report.Verdict, time.Duration) {
	t.Helper()
	columns := []load.Column{{Name: "source", Kind: row.Text}, {Name: "k", Kind: row.Int}, {Name: "pad", Kind: row.Text, Length: 1000}}
	to.start = time.Now()
	p := &Plan{load: &loadPlan{Load: Load{Table: "t"}, loader: to, target: config.Source{Kind: &driver.Dialect{Name: "postgres"}}, table: load.Table{Name: "t", Columns: columns}}}
	x := &execution{plan: p}
	var names []string
	for _, s := range sources {
		x.tasks, names = append(x.tasks, query.Task{Source: s}), append(names, s.name)
		p.Targets = append(p.Targets, Target{Task: query.Task{Source: s}})
	}
	p.Progress, p.require, p.options = query.NewProgress(x.tasks), query.RequireAll, query.Options{Timeout: timeout}
	v := report.Verdict{Summary: query.NewSummary(x.tasks), Require: query.RequireAll}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	x.verdict, x.cancel = &v, cancel
	ends := &deciding{Summary: v.Summary, decided: func() {
		if v.Hopeless() {
			cancel(query.ErrRequirement)
		}
	}}
	p.options.Ended, p.options.Progress = ends.Ended, p.Progress
	x.options = p.options
	x.run = merge.Run{Sources: names, SourceColumn: "source", Notes: ends, Need: len(sources)}
	v.Failure = loaded(ctx, x)
	return v, time.Since(to.start)
}

// rowsOf returns the rows that a target has after a source has sent that number of rows.
func rowsOf(name string, rows int) (all []string) {
	for k := range rows {
		all = append(all, fmt.Sprint(name, " ", k))
	}
	return all
}

func TestALoadBeginsWhileSourcesRun(t *testing.T) {
	broken := &driver.Error{Phase: driver.Stream, Retry: driver.Once, Err: errors.New("connection reset")}
	full := &driver.Error{Phase: driver.Stream, Code: "53100", Err: errors.New("disk full")}
	const big = 6000 // these rows have more bytes than enoughToBegin
	for name, c := range map[string]struct {
		a, b    [][]batchStep
		fail    func(attempt, rows int) error
		timeout time.Duration
		rowsOfA int // the rows of a that are visible at the end, in addition to 3 rows of b; -1 means no rows at all
		begun   []time.Duration
		failure string
		exit    int
	}{
		"many rows are sent while a source is slow": {
			a: [][]batchStep{{{rows: big}, {pause: 10 * time.Second, rows: 5}}}, rowsOfA: big + 5, begun: []time.Duration{0},
		},
		"few rows wait": {
			a: [][]batchStep{{{rows: 5}, {pause: 10 * time.Second, rows: 5}}}, rowsOfA: 10, begun: []time.Duration{10 * time.Second},
		},
		"rows wait for the columns of all sources": {
			a: [][]batchStep{{{rows: big}}}, b: [][]batchStep{{{pause: 3 * time.Second, rows: 3}}}, rowsOfA: big, begun: []time.Duration{3 * time.Second},
		},
		"a source that fails late": {
			a: [][]batchStep{{{rows: big}, {pause: time.Second, err: errors.New("bad block")}}}, rowsOfA: -1, begun: []time.Duration{0}, exit: 1,
		},
		"another source fails late": {
			a: [][]batchStep{{{rows: big}, {pause: time.Hour, rows: 1}}}, b: [][]batchStep{{{rows: 3}, {pause: time.Second, err: errors.New("bad block")}}},
			rowsOfA: -1, begun: []time.Duration{0}, exit: 1,
		},
		"a source that is queried once more": {
			a:       [][]batchStep{{{rows: big}, {pause: time.Second, err: broken}}, {{rows: big + 1}, {pause: time.Second, rows: 1}}},
			rowsOfA: big + 2, begun: []time.Duration{0, 0},
		},
		"the target is lost during the pause": {
			a: [][]batchStep{{{rows: big}, {pause: 10 * time.Second, rows: 5}}}, rowsOfA: big + 5, begun: []time.Duration{0, 10 * time.Second},
			fail: func(attempt, rows int) error {
				if attempt == 1 && rows > 1000 {
					return broken
				}
				return nil
			},
		},
		"the target is lost during the pause, and the next rows show it": {
			a: [][]batchStep{{{rows: big}, {pause: 10 * time.Second, rows: 5}}}, rowsOfA: big + 5, begun: []time.Duration{0, 10 * time.Second},
			fail: func(attempt, rows int) error {
				if attempt == 1 && rows > big+5 { // these are the rows of b, which are sent after both sources have ended
					return broken
				}
				return nil
			},
		},
		"the target is lost again": {
			a: [][]batchStep{{{rows: big}, {pause: 10 * time.Second, rows: 5}}}, rowsOfA: -1, begun: []time.Duration{0, 10 * time.Second},
			fail: func(int, int) error { return broken }, failure: "table t at to: connection reset", exit: 1,
		},
		"the target refuses the rows": {
			a: [][]batchStep{{{rows: big}, {pause: 10 * time.Second, rows: 5}}}, rowsOfA: -1, begun: []time.Duration{0},
			fail: func(int, int) error { return full }, failure: "table t at to: disk full [53100]", exit: 1,
		},
		"a value does not fit": {
			a: [][]batchStep{{{rows: big}, {rows: 1, text: strings.Repeat("y", 1001)}, {pause: time.Hour, rows: 5}}}, rowsOfA: -1, begun: []time.Duration{0},
			failure: "source a: column \"pad\": ", exit: 1,
		},
		"the deadline is before the last row": {
			a: [][]batchStep{{{rows: big}, {pause: time.Hour, rows: 5}}}, rowsOfA: -1, begun: []time.Duration{0}, timeout: 5 * time.Second, exit: 1,
		},
		"the deadline is in the load": {
			a: [][]batchStep{{{rows: big}}}, rowsOfA: -1, begun: []time.Duration{0}, timeout: 5 * time.Second, exit: 1,
			fail: func(int, int) error { time.Sleep(2 * time.Second); return nil }, failure: "table t at to: timed out after 5s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if c.b == nil {
					c.b = [][]batchStep{{{rows: 3}}}
				}
				to := &testTarget{fail: c.fail}
				v, took := liveLoadOf(t, to, c.timeout, &stepping{name: "a", attempts: c.a}, &stepping{name: "b", attempts: c.b})
				var want []string
				if c.rowsOfA >= 0 {
					want = append(rowsOf("a", c.rowsOfA), rowsOf("b", 3)...)
				}
				if !slices.Equal(to.visible, want) {
					t.Errorf("%d rows are visible, want %d", len(to.visible), len(want))
				}
				if v.Exit() != c.exit || v.Load.Done != (c.exit == 0) || c.exit == 0 && v.Load.Rows != int64(len(want)) {
					t.Errorf("exit status %d, %+v, %v", v.Exit(), v.Load, v.Failure)
				}
				switch {
				case c.failure == "" && v.Failure != nil:
					t.Errorf("the failure is %v", v.Failure)
				case c.failure != "" && (v.Failure == nil || !strings.HasPrefix(v.Failure.Error(), c.failure)):
					t.Errorf("the failure is %v", v.Failure)
				}
				if c.failure != "" && len(v.Missing()) > 0 {
					t.Errorf("the load failed, but %v are reported as missing", v.Missing())
				}
				for i := range to.begun { // the pause before a retry is not checked
					to.begun[i] = to.begun[i].Truncate(time.Second)
				}
				if name == "a source that is queried once more" && len(to.begun) == 2 {
					to.begun[1] = 0
				}
				if !slices.Equal(to.begun, c.begun) {
					t.Errorf("the load began at %v, want %v", to.begun, c.begun)
				}
				if took > 15*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}
