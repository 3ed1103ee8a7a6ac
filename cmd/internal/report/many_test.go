// The summaries of many sources, and of a single one.

package report

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/merge/compare"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
)

// fleet returns n sources that ended well, each with 6,000 rows. Their times repeat after
// 50 sources.
func fleet(n int) (all []query.Outcome) {
	for i := range n {
		all = append(all, query.Outcome{
			Index: i, Source: fmt.Sprintf("t%03d", i), State: query.OK, Attempts: 1, Rows: 6000, Total: time.Duration(i%50) * 62 * time.Millisecond,
		})
	}
	return all
}

// ends replaces the outcomes of the sources from..to of a fleet. The sources keep their names.
func ends(all []query.Outcome, from, to int, o query.Outcome) {
	for i := from; i < to; i++ {
		o.Index, o.Source = i, all[i].Source
		all[i] = o
	}
}

func summary(t *testing.T, v Verdict, s Style) string {
	t.Helper()
	var b strings.Builder
	if err := Summary(&b, v, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestManySourcesAreSummedUp(t *testing.T) {
	all := fleet(200)
	drift := query.Outcome{State: query.Failed, Phase: driver.Query, Attempts: 1, Err: &driver.Error{Phase: driver.Query, Code: "42703", Err: errors.New("column placed_at does not exist")}}
	ends(all, 20, 23, drift)
	ends(all, 30, 31, query.Outcome{State: query.Timeout, Phase: driver.Connect, Err: &query.TimeoutError{What: "connect timeout", After: 5 * time.Second}, Attempts: 1})
	ends(all, 40, 60, query.Outcome{State: query.Canceled, Phase: driver.Stream, Err: query.ErrRequirement, Attempts: 1, Discarded: 3, Cancel: driver.Confirmed})
	all[99].Attempts = 3
	drift.Source = "t150"
	ends(all, 150, 151, drift)
	want := `175 ok, 1.1M rows, slowest: t049 3.0s, t099 3.0s, t149 3.0s; 1 tried more than once
4 sources: failed: query: column placed_at does not exist [42703] (t020, t021, t022, t150)
t030: timeout: connect: timed out after 5s (connect timeout)
20 sources: canceled: stream: the requirement cannot be met any more; 60 rows discarded; query cancelled (t040, t041, t042, t043, t044, t045, t046, t047, t048, t049, and 10 more)
`
	all[49] = fleet(50)[49] // t049 also ended well
	want = strings.Replace(want, "20 sources: canceled", "19 sources: canceled", 1)
	want = strings.Replace(want, "60 rows discarded", "57 rows discarded", 1)
	want = strings.Replace(want, "t048, t049, and 10 more", "t048, t050, and 9 more", 1)
	want = strings.Replace(want, "175 ok", "176 ok", 1)
	got := summary(t, verdict(nil, all...), Style{})
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if lines := strings.Count(got, "\n"); lines != 5 {
		t.Errorf("%d lines:\n%s", lines, got)
	}
	if got := summary(t, verdict(nil, all...), Style{Verbose: true}); strings.Count(got, "\n") != 202 {
		t.Errorf("verbose has %d lines, want one for each of 200 sources and two more", strings.Count(got, "\n"))
	}
	quiet := summary(t, verdict(nil, all...), Style{Quiet: true})
	if strings.Count(quiet, "column placed_at") != 1 || strings.Count(quiet, "\n") != 1 {
		t.Errorf("-q prints a reason more than once:\n%s", quiet)
	}
}

func TestReasonsThatDifferInTheNameAloneAreOne(t *testing.T) {
	all := fleet(20)
	for i := range 15 {
		err := &driver.Error{Phase: driver.Auth, Code: "3D000", Err: fmt.Errorf("database %q does not exist", all[i].Source)}
		ends(all, i, i+1, query.Outcome{State: query.Failed, Phase: driver.Auth, Err: err, Attempts: 1})
	}
	got := summary(t, verdict(nil, all...), Style{})
	if want := "15 sources: failed: auth: database \"…\" does not exist [3D000] (t000, t001, "; !strings.Contains(got, want) || strings.Count(got, "\n") != 3 {
		t.Errorf("got\n%s", got)
	}
	if got := summary(t, verdict(nil, all[:13]...), Style{}); !strings.Contains(got, "13 sources: ") {
		t.Errorf("got\n%s", got)
	}
	all[20-6] = fleet(20)[14]
	if got := summary(t, verdict(nil, all[13:]...), Style{Verbose: true}); !strings.Contains(got, `database "t013" does not exist`) {
		t.Errorf("got\n%s", got)
	}
}

func TestTwelveSourcesHaveALineEach(t *testing.T) {
	if got := summary(t, verdict(nil, fleet(12)...), Style{}); strings.Count(got, "\n") != 14 {
		t.Errorf("got\n%s", got)
	}
	if got := summary(t, verdict(nil, fleet(13)...), Style{}); strings.Count(got, "\n") != 2 {
		t.Errorf("got\n%s", got)
	}
}

func TestNoneOfManyEndedWell(t *testing.T) {
	all := fleet(13)
	ends(all, 0, 13, query.Outcome{State: query.Skipped, Phase: driver.Waiting, Err: errors.New("its turn did not come"), Attempts: 0})
	got := summary(t, verdict(nil, all...), Style{})
	want := "13 sources: skipped: waiting: its turn did not come (t000, t001, t002, t003, t004, t005, t006, t007, t008, t009, and 3 more)\nno answer: 0 of 13 sources"
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s", got)
	}
}

func TestOneSourceAloneHasTheLastLineOnly(t *testing.T) {
	for want, v := range map[string]Verdict{
		"complete: 1 of 1 source, 1,200 rows in 2.000s\n": verdict(nil, ok),
		"us: warning: slow\nno answer: 0 of 1 source in 2.000s; missing: us (timeout: stream: timed out after 2s; 7 rows discarded; 2 attempts; query cancelled)\n": verdict(nil, late),
	} {
		if got := summary(t, v, Style{}); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		if got := summary(t, v, Style{Verbose: true}); !strings.HasPrefix(got, "source  state") {
			t.Errorf("verbose has no table:\n%s", got)
		}
	}
	repeated := ok
	repeated.Attempts, repeated.FirstErr = 2, refused
	if got := summary(t, verdict(nil, repeated), Style{}); got != "complete: 1 of 1 source, 1,200 rows in 2.000s; 2 attempts, the first: connect: connection refused\n" {
		t.Errorf("got %s", got)
	}
}

func TestManyThatAreTheSameAreOneLine(t *testing.T) {
	all := fleet(20)
	compared := make([]compare.Comparison, 19)
	for i := range compared {
		compared[i] = same
	}
	compared[4] = other
	got := summary(t, found(verdict(nil, all...), compared...), Style{})
	for _, want := range []string{
		"t005: different: 2 added",
		"18 of 19 sources the same as t000: t001, t002, t003, t004, t006, t007, t008, t009, t010, t011, and 8 more\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "t001: same") {
		t.Errorf("equal sources must share one line:\n%s", got)
	}
}

func TestAMissingDiscoveryHoldsForAnyAlone(t *testing.T) {
	missing := query.Outcome{Source: "shops", State: query.Timeout, Phase: driver.Connect, Err: &query.TimeoutError{After: time.Second}}
	for text, exit := range map[string]int{"any": 3, "1": 1, "2": 1, "1%": 1, "all": 1} {
		v := verdict(nil, ok, ok, missing)
		v.Unfound = 1
		var err error
		if v.Require, err = query.ParseRequire(text); err != nil {
			t.Fatal(err)
		}
		if v.Exit() != exit || v.Hopeless() != (exit == 1) {
			t.Errorf("%s: exit status %d, hopeless %v", text, v.Exit(), v.Hopeless())
		}
		if got := last(v, false); (exit == 1) != strings.Contains(got, "only --require any can be met ("+text+")") {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestTheLiveLineOfManySources(t *testing.T) {
	var all []query.Status
	for i := range 200 {
		s := query.Status{Source: fmt.Sprintf("t%03d", i), State: query.OK, Rows: 10_000}
		switch {
		case i >= 140:
			s.State, s.Phase, s.Rows = query.Running, driver.Waiting, 0
		case i >= 100:
			s.State, s.Phase, s.Turn, s.Rows = query.Running, driver.Query, time.Duration(300-i)*time.Millisecond, 0
		}
		all = append(all, s)
	}
	all[139].Phase, all[139].Rows = driver.Stream, 500_000
	want := "4.0s: 100 of 200 ended, 60 not begun, 1.5M rows, 375,000 rows/s, about 4s left; waiting for t139 (stream, 500,000 rows), t138 (query), t137 (query), and 37 more"
	if got := Line(all, 4*time.Second, nil); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for i := range all { // all sources have started, so the duration of the last ones is unknown
		if all[i].State == query.Running && all[i].Phase == driver.Waiting {
			all[i].Phase = driver.Query
		}
	}
	if got := Line(all, 4*time.Second, nil); strings.Contains(got, "left") {
		t.Errorf("an estimate without a finished source: %s", got)
	}
	few := all[95:110]
	few[14].Phase = driver.Waiting
	if got := Line(few, 4*time.Second, nil); strings.Contains(got, "left") {
		t.Errorf("an estimate of 15 sources: %s", got)
	}
}

func TestAReasonOfSeveralOfAFewSourcesIsPrintedOnce(t *testing.T) {
	all := fleet(6)
	lost := func(name string) query.Outcome {
		return query.Outcome{State: query.Failed, Phase: driver.Query, Attempts: 1, Total: time.Second, Err: &driver.Error{Phase: driver.Query, Code: "42P01", Err: fmt.Errorf("relation %q does not exist", name)}}
	}
	for _, i := range []int{1, 3, 4} {
		ends(all, i, i+1, lost(all[i].Source)) // they differ only in the name
	}
	ends(all, 5, 6, lost("another"))
	want := `source  state    rows  first row   total  detail
t000    ok      6,000
t001    failed      0             1.000s  as below
t002    ok      6,000             0.124s
t003    failed      0             1.000s  as below
t004    failed      0             1.000s  as below
t005    failed      0             1.000s  query: relation "another" does not exist [42P01]
3 sources: failed: query: relation "…" does not exist [42P01] (t001, t003, t004)
partial: 2 of 6 sources, 12,000 rows in 2.000s; missing: t001 (failed), t003 (failed), t004 (failed), t005 (failed)
`
	if got := summary(t, verdict(nil, all...), Style{}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	want = `partial: 2 of 6 sources, 12,000 rows in 2.000s; missing: 3 sources: failed: query: relation "…" does not exist [42P01] (t001, t003, t004); ` +
		`t005: failed: query: relation "another" does not exist [42P01]` + "\n"
	if got := summary(t, verdict(nil, all...), Style{Quiet: true}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := summary(t, verdict(nil, all...), Style{Verbose: true}); strings.Count(got, "does not exist [42P01]") != 4 {
		t.Errorf("verbose must print the reason of each source:\n%s", got)
	}
	all[3].Discarded = 7 // now their ends differ
	if got := summary(t, verdict(nil, all...), Style{}); !strings.Contains(got, `t003    failed      0             1.000s  query: relation "t003" does not exist [42P01]; 7 rows discarded`) || !strings.Contains(got, "2 sources: failed: ") {
		t.Errorf("got\n%s", got)
	}
}
