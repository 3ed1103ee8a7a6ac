// A panic in one check fails only that check.

package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/query"
)

// faulty is an expectation that panics.
type faulty struct{ Expectation }

func (faulty) String() string { return "each row: n > 0" }

func (faulty) judge(_ context.Context, j *judging) {
	none := make([]int, 0, 1)
	none[len(j.arrivals)]++
}

func TestAPanicFailsOnlyItsCheck(t *testing.T) {
	good := scripted{rows: []int64{1}}
	lenient := one("lenient", faulty{}, 0, 1)
	lenient.Require = query.Require{}
	for _, prepared := range []bool{false, true} {
		p := &Plan{Targets: targets(good, good), Checks: []Spec{one("before", positive(), 0, 1), one("faulty", faulty{}, 0, 1), lenient, one("after", positive(), 1)}}
		r, got := ran(t.Context(), p)
		if prepared { // Prepare does not evaluate expectations
			r, got = Prepare(t.Context(), p), nil
		}
		var verdicts []Verdict
		for _, c := range r.Checks {
			verdicts = append(verdicts, c.Verdict)
		}
		want := []Verdict{Passed, Error, Error, Passed}
		if prepared {
			want = []Verdict{Passed, Passed, Passed, Passed}
		}
		if !slices.Equal(verdicts, want) {
			t.Fatalf("%q, want %q: %q", verdicts, want, got)
		}
		if prepared {
			continue
		}
		for _, s := range r.Checks[1].Sources {
			for _, part := range []string{"a fault of fanql", "https://github.com/fanql/fanql/issues", "each row: n > 0", "index out of range", "(contained_test.go:"} {
				if s.Error == nil || !strings.Contains(s.Error.Text, part) || strings.Contains(s.Error.Text, "\n") {
					t.Errorf("%s lacks %q: %v", s.Source, part, s.Error)
				}
			}
		}
		if r.ExitStatus != 3 {
			t.Errorf("exit status %d", r.ExitStatus)
		}
	}
}

// A failure that was found before the panic is still reported.
func TestAFailureBeforeAPanicIsReported(t *testing.T) {
	c := one("both", positive(), 0)
	c.Expectations = append(c.Expectations, faulty{})
	r, _ := ran(t.Context(), &Plan{Targets: targets(scripted{rows: []int64{-1}}), Checks: []Spec{c}})
	s := r.Checks[0].Sources[0]
	if r.Checks[0].Verdict != Failed || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "a fault of fanql") {
		t.Error(fmt.Sprint(r.Checks[0].Verdict, s.Warnings))
	}
}

func TestDistanceBy(t *testing.T) {
	text := func(s string) *string { return &s }
	columns := []string{"change", "id", "column", "baseline", "value"}
	for want, rows := range map[string][][]*string{
		"; amount of id 1: 0.25 less": {{text("added"), text("2"), nil, nil, text("x")}, {text("changed"), text("1"), text("amount"), text("10.5"), text("10.25")}},
		"; at of id NULL: 1 h later":  {{text("changed"), nil, text("at"), text("2026-01-01 01:00:00"), text("2026-01-01 02:00:00")}},
		"":                            {{text("changed"), text("1"), text("note"), text("a"), text("b")}, {text("changed"), text("1"), text("n"), nil, text("1")}},
	} {
		if got := distanceBy(&Samples{Columns: columns, Rows: rows}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := distanceBy(&Samples{Columns: []string{"change", "id", "amount"}, Rows: [][]*string{{text("added"), text("1"), text("2")}}}); got != "" {
		t.Errorf("of whole rows: %q", got)
	}
}
