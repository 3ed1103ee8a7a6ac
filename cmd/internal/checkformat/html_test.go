// The page without a browser: the earlier runs that it shows, and hostile data.

package checkformat

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/history"
)

// matrixOf returns a report with n checks over some sources. Each check has a number.
func matrixOf(n, sources int) *checks.Report {
	r := emptyReport()
	for i := range n {
		c := checks.Check{
			Name: fmt.Sprintf("%s-%d", []string{"orders-fresh", "no-orphans", "amounts", "turnover-of-each-region-and-currency"}[i%4], i+1), Describe: "what it is for", Tags: []string{"hourly"},
			Owner: "Data Team", Link: "https://wiki.example/checks/orders", Severity: checks.SeverityError, Verdict: checks.Passed, Expected: []string{"n > 40"}, Require: "all",
			Asked: []checks.Text{{SQL: "select count(*) as n\nfrom orders\nwhere placed_at > now() - interval '1 hour'"}}, StartSeconds: float64(i) / 10, DurationSeconds: 1.5, Findings: []checks.Finding{},
		}
		for k := range sources {
			value := fmt.Sprint(41 + (i*7+k*3)%50)
			s := checks.Source{
				Source: fmt.Sprintf("shop-%02d", k+1), Verdict: checks.Passed, State: "ok", Rows: 1, StartSeconds: float64(i)/10 + float64(k)/500, DurationSeconds: 1, Attempts: 1,
				Numbers: []checks.Number{{Column: "n", Type: "integer", Value: &value}},
			}
			switch (i*31 + k*17) % (11 + n/2) {
			case 1:
				s.Verdict, c.Verdict, c.Message = checks.Failed, checks.Failed, "sources failed"
				s.Findings = []checks.Finding{{Expected: "n > 40", Verdict: checks.Failed, Message: "n is 3, expected > 40: 37 less", Rows: 1, Samples: &checks.Samples{Columns: []string{"n"}, Rows: [][]*string{{&value}}}}}
			case 2:
				if c.Verdict == checks.Passed {
					s.Verdict, c.Verdict, c.Message = checks.Error, checks.Error, "1 of the sources could not be evaluated"
					s.State, s.Phase, s.Error, s.Numbers = "timeout", given("query"), &checks.Failure{Text: "timed out after 2s"}, nil
				}
			}
			c.Sources = append(c.Sources, s)
		}
		r.Checks = append(r.Checks, c)
	}
	r.Run, r.ElapsedSeconds, r.Queries = "shops", float64(n)/10+2, n*sources
	r.Conclude(0)
	return r
}

// pastOf returns runs, an hour apart, with the checks of a report. Some checks did not pass, and
// some have no number.
func pastOf(r *checks.Report, n int) []history.Run {
	list := []history.Run{}
	for at := range n {
		run := history.Run{ID: int64(at + 1), Started: r.Started.Add(time.Duration(at-n) * time.Hour)}
		for i, c := range r.Checks {
			one := history.Check{Name: c.Name, Verdict: "passed"}
			for k, s := range c.Sources {
				source := history.Source{Name: s.Source, Verdict: "passed"}
				switch (at*7 + i*5 + k*3) % 23 {
				case 1, 2:
					source.Verdict, one.Verdict = "failed", "failed"
				case 3:
					source.Verdict, one.Verdict = "error", "error"
				}
				for _, number := range s.Numbers {
					if source.Verdict != "error" {
						value := fmt.Sprint(50 + 10*math.Sin(float64(at)/3+float64(k)))
						source.Numbers = append(source.Numbers, history.Number{Column: number.Column, Value: &value})
					}
				}
				one.Sources = append(one.Sources, source)
			}
			run.Checks = append(run.Checks, one)
		}
		list = append(list, run)
	}
	return list
}

// hostilePast returns runs with the checks of hostileReport. Every text is s, or ends with s.
func hostilePast(s string) []history.Run {
	var list []history.Run
	for at, value := range []string{"1", s, "NaN", "Infinity", "-Infinity", "1e400", "-1.7976931348623157e308", "1.7976931348623157e308", "", strings.Repeat("9", 300)} {
		list = append(list, history.Run{ID: int64(at), Started: time.Unix(int64(at), 0), Checks: []history.Check{{Name: "1" + s, Verdict: s, Sources: []history.Source{
			{Name: "a" + s, Verdict: s, Numbers: []history.Number{{Column: s, Value: &value}, {Column: s}}},
		}}}})
	}
	return list
}

func numbersOf(values ...string) []history.Point {
	var list []history.Point
	for i, v := range values {
		p := history.Point{Started: time.Date(2026, 1, 1, i, 0, 0, 0, time.UTC), Source: history.Source{Verdict: "passed"}}
		if v != "" {
			p.Numbers = []history.Number{{Column: "n", Value: &v}}
		}
		list = append(list, p)
	}
	return list
}

func TestCharts(t *testing.T) {
	for name, c := range map[string]struct {
		values      []string
		path, says  string
		dots, marks int
	}{
		"a line":          {[]string{"1", "3", "2"}, "M8.0 80.0L160.0 18.0L312.0 49.0", "n at eu over 3 runs, now 2; least 1, greatest 3, from 1 Jan 2026 00:00 to 1 Jan 2026 02:00", 3, 0},
		"one point":       {[]string{"5"}, "M160.0 49.0", "n at eu over 1 run, now 5; least 5, greatest 5, from 1 Jan 2026 00:00 to 1 Jan 2026 00:00", 1, 0},
		"a gap":           {[]string{"1", "", "2"}, "M8.0 80.0M312.0 18.0", "n at eu over 3 runs, now 2; least 1, greatest 2, from 1 Jan 2026 00:00 to 1 Jan 2026 02:00; 1 run without a finite number", 2, 0},
		"no number":       {[]string{"", ""}, "", "n at eu over 2 runs, now no number; from 1 Jan 2026 00:00 to 1 Jan 2026 01:00; 2 runs without a finite number", 0, 0},
		"all the same":    {[]string{"7", "7"}, "M8.0 49.0L312.0 49.0", "n at eu over 2 runs, now 7; least 7, greatest 7, from 1 Jan 2026 00:00 to 1 Jan 2026 01:00", 2, 0},
		"not finite":      {[]string{"1", "NaN", "Infinity", "-Infinity", "1e999", "2"}, "M8.0 80.0M312.0 18.0", "n at eu over 6 runs, now 2; least 1, greatest 2, from 1 Jan 2026 00:00 to 1 Jan 2026 05:00; 4 runs without a finite number", 2, 4},
		"the whole range": {[]string{"-1.7976931348623157e308", "1.7976931348623157e308"}, "M8.0 80.0L312.0 18.0", "n at eu over 2 runs, now 1.7976931348623157e308; least -1.7976931348623157e308, greatest 1.7976931348623157e308, from 1 Jan 2026 00:00 to 1 Jan 2026 01:00", 2, 0},
		"no digits":       {[]string{"x", "2"}, "M312.0 49.0", "n at eu over 2 runs, now 2; least 2, greatest 2, from 1 Jan 2026 00:00 to 1 Jan 2026 01:00; 1 run without a finite number", 1, 1},
	} {
		got := chartOf("eu", "n", numbersOf(c.values...))
		if got.Path != c.path || got.Says != c.says || len(got.Dots) != c.dots || len(got.Marks) != c.marks {
			t.Errorf("%s: %q, %q, %d dots, marks %v", name, got.Path, got.Says, len(got.Dots), got.Marks)
		}
	}
	points := numbersOf("1", "2")
	points[1].Numbers[0].Value = nil
	if got := chartOf("", "n", points); got.Now != "NULL" || len(got.Dots) != 1 || len(got.Marks) != 0 {
		t.Errorf("NULL is %q, with %d dots and marks %v", got.Now, len(got.Dots), got.Marks)
	}
	points = numbersOf("1", "2")
	points[0].Verdict = "failed"
	if got := chartOf("", "n", points); len(got.Marks) != 1 || got.Marks[0] != (chartMark{"failed", "F", "8.0", "93.0"}) {
		t.Errorf("the marks of a failure are %v", got.Marks)
	}
}

func TestAPageHasTheLastRunsWithThisOne(t *testing.T) {
	r := matrixOf(1, 1)
	runs := pastOf(r, 40)
	p := remembered(r, runs)
	strip := p.source(&r.Checks[0], &r.Checks[0].Sources[0])
	letters := ""
	for _, part := range strip.Parts {
		letters += part.Letters
	}
	if len(letters) != PastRuns || !strings.HasPrefix(strip.Says, "30 runs, oldest first: ") {
		t.Errorf("%q, %q", letters, strip.Says)
	}
	want := ""
	for _, run := range runs[len(runs)-PastRuns+1:] {
		want += verdictLetters[checks.Verdict(run.Checks[0].Sources[0].Verdict)]
	}
	if want += verdictLetters[r.Checks[0].Sources[0].Verdict]; letters != want {
		t.Errorf("%q, want %q", letters, want)
	}
	gone := matrixOf(1, 1)
	gone.Checks[0].Sources[0].Numbers = nil
	if charts := remembered(gone, runs).charts(&gone.Checks[0], []*checks.Source{&gone.Checks[0].Sources[0]}); len(charts) != 1 || charts[0].Now != "no number" || charts[0].Path == "" {
		t.Errorf("a source that has no number now has the charts %v", charts)
	}
	first := shown(t, "html", r, Options{Past: []history.Run{}})
	if !strings.Contains(first, `aria-label="1 run, oldest first: 1 passed"`) || strings.Count(first, "<circle") != 1 {
		t.Error("the first run of a history has no strip and no point")
	}
}

// Without a history the page has no strips, and does not mention them.
func TestAPageWithoutAHistory(t *testing.T) {
	page := shown(t, "html", fullReport(), Options{})
	_, body, _ := strings.Cut(page, "</style>")
	for _, word := range []string{"strip", "History", "history", "<figure"} {
		if strings.Contains(body, word) {
			t.Errorf("it has %q", word)
		}
	}
	if !strings.Contains(body, "n is 41, total is NULL") {
		t.Error("it lacks the numbers of this run")
	}
}

// If there are more sources than checks, a matrix has a row for each source. Rows with a failure
// come first.
func TestTheMatrixIsAsHighAsThereIsMore(t *testing.T) {
	rows := func(m pageMatrix) (n int) {
		for _, g := range m.Groups {
			n += len(g.Rows)
		}
		return n
	}
	for _, c := range []struct{ checks, sources, matrices, rows, columns int }{{11, 8, 1, 11, 8}, {11, 200, 2, 200, 11}, {200, 8, 1, 200, 8}, {200, 200, 1, 200, 200}, {1, 1, 1, 1, 1}} {
		r := matrixOf(c.checks, c.sources)
		all := matrices(r, nil)
		if len(all) != c.matrices || rows(all[0]) != c.checks || rows(all[len(all)-1]) != c.rows || len(all[len(all)-1].Columns) != c.columns {
			t.Errorf("%d by %d: %d matrices", c.checks, c.sources, len(all))
		}
		for _, m := range all {
			if !slices.IsSortedFunc(m.Groups, func(a, b matrixGroup) int { return place(a.Class) - place(b.Class) }) {
				t.Errorf("%d by %d: rows that passed come before rows that did not", c.checks, c.sources)
			}
			for _, g := range m.Groups {
				for _, row := range g.Rows {
					worst := place(checks.Passed)
					for _, cell := range row.Cells {
						if cell.Letter != "" {
							worst = min(worst, place(cell.Class))
						}
					}
					if len(row.Cells) != len(m.Columns) || len(m.Columns) > 0 && m.Corner == "Source" && worst != place(g.Class) {
						t.Errorf("%d by %d: %s is among %s", c.checks, c.sources, row.Name, g.Title)
					}
				}
			}
		}
	}
	if got := matrices(emptyReport(), nil); got != nil {
		t.Errorf("no checks have %v", got)
	}
}

// Long texts, and texts of several lines, are shown whole or are cut, and the SVG is well-formed.
func TestAPageOfBadData(t *testing.T) {
	r := hostileReport(nasty)
	long := "select '" + strings.Repeat("x", 10_000) + "'\r\n\tfrom t\n-- \u202e\x1b[31m</code></pre>"
	for i := range r.Checks {
		c := &r.Checks[i]
		c.Asked = []checks.Text{{SQL: long}, {Title: "for <mysql>", SQL: nasty}}
		c.Numbers = []checks.Number{{Column: nasty, Value: given("Infinity")}}
		for k := range c.Sources {
			c.Sources[k].Numbers = []checks.Number{{Column: nasty, Value: given(strings.Repeat("9", 5000))}, {Column: nasty}}
		}
	}
	r.Checks[0].Name = strings.Repeat("long-name-", 1000)
	r.Checks[1].Link = "javascript:alert(1)"
	page := shown(t, "html", r, Options{Past: hostilePast(nasty)})
	_, body, _ := strings.Cut(page, "</style>")
	for _, text := range []string{"javascript:", "<img", "\u202e", "\x1b", "<mysql>", strings.Repeat("long-name-", 30)} {
		if strings.Contains(body, text) {
			t.Errorf("it has %q", text)
		}
	}
	if !strings.Contains(body, strings.Repeat("x", 10_000)+"&#39;\n    from t\n-- \\u202e\\x1b[31m&lt;/code&gt;&lt;/pre&gt;</code>") {
		t.Error("the SQL differs from what was written")
	}
	for rest := body; ; {
		_, after, found := strings.Cut(rest, "<svg")
		if !found {
			break
		}
		svg, left, _ := strings.Cut(after, "</svg>")
		rest = left
		d := xml.NewDecoder(strings.NewReader(xmlLines("<svg" + svg + "</svg>")))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v: <svg%s</svg>", err, svg)
			}
		}
		if strings.Contains(svg, `"NaN"`) || strings.Contains(svg, "Inf,") || strings.Contains(svg, "L NaN") {
			t.Errorf("a coordinate is not a number: <svg%s", svg)
		}
	}
}
