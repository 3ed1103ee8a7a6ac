// Runs in virtual time: when each check is evaluated, and that no check passes wrongly.

package checks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scripted is a source that waits, sends numbers in a column n, and then ends with err.
type scripted struct {
	name  string
	after time.Duration
	rows  []int64
	err   error
	runs  *int
}

func (s scripted) Name() string { return s.name }

func (s scripted) Run(ctx context.Context, _ driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	if s.runs != nil {
		*s.runs++
	}
	p.Enter(driver.Query)
	select {
	case <-time.After(s.after):
	case <-ctx.Done():
		return driver.Answer{Cancel: driver.Confirmed}, ctx.Err()
	}
	p.Enter(driver.Stream)
	b := row.NewBatch(&row.Schema{Columns: []row.Column{{Name: "n", Type: row.Int}}})
	for _, n := range s.rows {
		b.Int(n)
		b.EndRow()
	}
	if err := emit(b); err != nil {
		return driver.Answer{}, err
	}
	if s.err != nil {
		return driver.Answer{}, &driver.Error{Phase: driver.Stream, Code: "57P01", Err: s.err}
	}
	return driver.Answer{}, nil
}

// one returns a spec over the sources with these indexes.
func one(name string, e Expectation, tasks ...int) Spec {
	s := Spec{Name: name, Severity: SeverityError, Require: query.RequireAll, Samples: 5, Expectations: []Expectation{e}}
	for _, i := range tasks {
		s.Sources = append(s.Sources, Member{fmt.Sprintf("s%d", i), i})
	}
	return s
}

func must(e Expectation, err error) Expectation {
	if err != nil {
		panic(err)
	}
	return e
}

func positive() Expectation { return must(Each("n > 0", time.Now())) }

// ran executes a plan. It returns a line for each check and each of its sources.
func ran(ctx context.Context, p *Plan) (*Report, []string) {
	r := Run(ctx, p)
	r.Conclude(0)
	var lines []string
	for _, c := range r.Checks {
		line := fmt.Sprintf("%s %s:", c.Name, c.Verdict)
		for _, s := range c.Sources {
			line += fmt.Sprintf(" %s %s", s.Source, s.Verdict)
			if s.Error != nil {
				line += " (" + s.State + ": " + s.Error.Text + ")"
			}
		}
		lines = append(lines, line)
	}
	return r, append(lines, fmt.Sprint("exit ", r.ExitStatus))
}

func targets(sources ...scripted) (all run.Targets) {
	for i, s := range sources {
		s.name = fmt.Sprintf("s%d", i)
		all = append(all, run.Target{Task: query.Task{Source: s}})
	}
	return all
}

func TestVerdicts(t *testing.T) {
	good, bad, broken := scripted{rows: []int64{1, 2}}, scripted{rows: []int64{1, -2}}, scripted{rows: []int64{1, 2}, err: errors.New("connection reset")}
	warn := func(s Spec) Spec { s.Severity = SeverityWarn; return s }
	anyOf := func(s Spec) Spec { s.Require = query.Require{}; return s }
	sum := func(text string) Expectation { return must(All(text, time.Now())) }
	and := func(s Spec, e Expectation) Spec { s.Expectations = append(s.Expectations, e); return s }
	only := must(Row("n > 0", time.Now()))
	for name, c := range map[string]struct {
		targets run.Targets
		check   Spec
		want    []string
	}{
		"all is well":                               {targets(good, good), one("c", positive(), 0, 1), []string{"c passed: s0 passed s1 passed", "exit 0"}},
		"one fails":                                 {targets(good, bad), one("c", positive(), 0, 1), []string{"c failed: s0 passed s1 failed", "exit 4"}},
		"one fails, as a warning":                   {targets(good, bad), warn(one("c", positive(), 0, 1)), []string{"c warned: s0 passed s1 warned", "exit 0"}},
		"one breaks midway":                         {targets(good, broken), one("c", positive(), 0, 1), []string{"c error: s0 passed s1 error (failed: connection reset)", "exit 3"}},
		"a broken source is not a warning":          {targets(good, broken), warn(one("c", positive(), 0, 1)), []string{"c error: s0 passed s1 error (failed: connection reset)", "exit 3"}},
		"and counts if it is required only":         {targets(good, broken), anyOf(one("c", positive(), 0, 1)), []string{"c passed: s0 passed s1 error (failed: connection reset)", "exit 0"}},
		"a failure counts if another source breaks": {targets(bad, broken), one("c", positive(), 0, 1), []string{"c failed: s0 failed s1 error (failed: connection reset)", "exit 4"}},
		"a row that offends stays found":            {targets(bad, scripted{rows: []int64{3}}), anyOf(and(one("c", positive(), 0, 1), only)), []string{"c failed: s0 failed s1 passed", "exit 4"}},
		"so does a sum":                             {targets(good, bad), anyOf(and(one("c", sum("sum(n) == 3"), 0, 1), only)), []string{"c failed: s0 error (ok: there are 2 rows, and the expression is over exactly one: each: is for every row) s1 error (ok: there are 2 rows, and the expression is over exactly one: each: is for every row)", "exit 4"}},
		"all break":                                 {targets(broken, broken), anyOf(one("c", positive(), 0, 1)), []string{"c error: s0 error (failed: connection reset) s1 error (failed: connection reset)", "exit 1"}},
		"a sum over all":                            {targets(good, bad), one("c", sum("sum(n) == 2"), 0, 1), []string{"c passed: s0 passed s1 passed", "exit 0"}},
		"a sum that is another":                     {targets(good, bad), one("c", sum("sum(n) == 3"), 0, 1), []string{"c failed: s0 failed s1 failed", "exit 4"}},
		"a sum without all sources is an error":     {targets(good, broken), one("c", sum("sum(n) == 3"), 0, 1), []string{"c error: s0 passed s1 error (failed: connection reset)", "exit 3"}},
		"unless a part is enough":                   {targets(good, broken), anyOf(one("c", sum("sum(n) == 3"), 0, 1)), []string{"c passed: s0 passed s1 error (failed: connection reset)", "exit 0"}},
		"no row passes for each":                    {targets(scripted{}), one("c", positive(), 0), []string{"c passed: s0 passed", "exit 0"}},
		"and fails for a number of them":            {targets(scripted{}), one("c", must(Rows(">= 1")), 0), []string{"c failed: s0 failed", "exit 4"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := ran(t.Context(), &Plan{Targets: c.targets, Checks: []Spec{c.check}})
			if !slices.Equal(got, c.want) {
				t.Errorf("%q\nwant %q", got, c.want)
			}
		})
	}
}

func TestAnAnswerIsSharedAndEachCheckHasItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs := 0
		p := &Plan{Targets: targets(scripted{after: 3 * time.Second, rows: []int64{1}, runs: &runs}), Options: query.Options{Timeout: time.Minute}}
		hasty, patient := one("hasty", positive(), 0), one("patient", positive(), 0)
		hasty.Timeout, patient.Timeout = 2*time.Second, 5*time.Second
		p.Targets[0].Task.Timeout = 5 * time.Second
		p.Checks = []Spec{hasty, patient, one("sum", must(All("sum(n) == 1", time.Now())), 0), one("sum2", must(All("sum(n) == 1", time.Now())), 0)}
		r, got := ran(t.Context(), p)
		want := []string{"hasty error: s0 error (timeout: timed out after 2s (the check's own timeout))", "patient passed: s0 passed", "sum passed: s0 passed", "sum2 passed: s0 passed", "exit 3"}
		if !slices.Equal(got, want) || runs != 1 || r.Queries != 1 || !r.Checks[1].Sources[0].Shared {
			t.Errorf("%q, executed %d times, %d queries", got, runs, r.Queries)
		}
	})
}

func TestACheckIsJudgedAsSoonAsItsSourcesHaveEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Plan{
			Spelling: func(o option.Option) string { return "--" + string(o) },
			Targets:  targets(scripted{after: time.Second, rows: []int64{-1}}, scripted{after: time.Hour}),
			Checks:   []Spec{one("slow", positive(), 1), one("bad", positive(), 0), one("both", positive(), 0, 1)}, FailFast: true,
		}
		start := time.Now()
		r, got := ran(t.Context(), p)
		want := []string{
			"slow error: s1 error (canceled: not evaluated: bad failed (--fail-fast))", "bad failed: s0 failed",
			"both failed: s0 failed s1 error (canceled: not evaluated: bad failed (--fail-fast))", "exit 4",
		}
		if !slices.Equal(got, want) || time.Since(start) != time.Second || *r.Error != "ended early: bad failed (--fail-fast)" {
			t.Errorf("%q after %s: %v", got, time.Since(start), *r.Error)
		}
	})
}

func TestTheDeadlineInTheMiddleOfManyTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Plan{Options: query.Options{Timeout: 5 * time.Second}}
		turn := &query.Limit{What: "at most 1 at once on a", Most: 1}
		for i := range 4 {
			p.Targets = append(p.Targets, targets(scripted{after: 2 * time.Second, rows: []int64{1}})...)
			p.Targets[i].Task.Limits = []*query.Limit{turn}
			p.Checks = append(p.Checks, one(fmt.Sprint("c", i), positive(), i))
		}
		start := time.Now()
		r, got := ran(t.Context(), p)
		if r.Counts != (Counts{Passed: 2, Error: 2}) || time.Since(start) != 5*time.Second || r.Queries != 3 {
			t.Errorf("%q after %s, %d queries", got, time.Since(start), r.Queries)
		}
		all := strings.Join(got, "\n")
		if strings.Count(all, "timed out after 5s: its turn had not come (at most 1 at once on a))") != 1 || strings.Count(all, "timed out after 5s)") != 1 {
			t.Errorf("%s", all)
		}
	})
}

func TestARunThatIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(2*time.Second, func() { cancel(errors.New("interrupted")) })
		_, got := ran(ctx, &Plan{
			Targets: targets(scripted{after: time.Second, rows: []int64{1}}, scripted{after: time.Hour, rows: []int64{1}}),
			Checks:  []Spec{one("quick", positive(), 0), one("slow", positive(), 1)},
		})
		if want := []string{"quick passed: s0 passed", "slow error: s1 error (canceled: interrupted)", "exit 3"}; !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	})
}

// Whatever rows the sources send, and however they end, a check passes only if enough sources ended
// well, and none of these has a row that violates it.
func TestNothingPassesThatShouldNot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "sources")
		var sources []scripted
		whole, offending, sum := 0, 0, int64(0)
		for range n {
			s := scripted{rows: rapid.SliceOfN(rapid.Int64Range(-1, 3), 0, 4).Draw(t, "rows")}
			if rapid.Bool().Draw(t, "breaks") {
				s.err = errors.New("broken")
			} else {
				whole++
				if slices.ContainsFunc(s.rows, func(n int64) bool { return n <= 0 }) {
					offending++
				}
				for _, n := range s.rows {
					sum += n
				}
			}
			sources = append(sources, s)
		}
		require := rapid.IntRange(1, n).Draw(t, "require")
		var places []int
		for i := range n {
			places = append(places, i)
		}
		each, total := one("each", positive(), places...), one("total", must(All(fmt.Sprintf("(sum(n) ?? 0) == %d", sum), time.Now())), places...)
		var err error
		if each.Require, err = query.ParseRequire(fmt.Sprint(require)); err != nil {
			t.Fatal(err)
		}
		total.Require = each.Require
		// extra is each with a second expectation, which can be evaluated only on sources with
		// rows. Violations of the first one are still reported.
		extra := each
		extra.Expectations = append(extra.Expectations[:1:1], must(Row("n == n", time.Now())))
		r, _ := ran(t.Context(), &Plan{Targets: targets(sources...), Checks: []Spec{each, total, extra}})
		want := Passed
		switch {
		case offending > 0:
			want = Failed
		case whole < require:
			want = Error
		}
		if got := r.Checks[0].Verdict; got != want {
			t.Errorf("each: %s, want %s", got, want)
		}
		if got := r.Checks[2].Verdict; offending > 0 && got != Failed || got == Passed && want != Passed {
			t.Errorf("with the second expectation the verdict is %s, and without it %s", got, want)
		}
		want = Passed
		if whole < require {
			want = Error
		}
		if got := r.Checks[1].Verdict; got != want {
			t.Errorf("total: %s, want %s", got, want)
		}
	})
}
