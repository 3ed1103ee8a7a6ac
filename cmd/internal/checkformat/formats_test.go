// The output of each format for a report that has each kind of result.

package checkformat

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fanql/fanql/cmd/internal/checks"
)

func given(s string) *string { return &s }

// fullReport returns a report with each verdict, each kind of finding, and texts that
// some format has to escape.
func fullReport() *checks.Report {
	snoozed := time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC)
	r := &checks.Report{
		Version: checks.Version, Fanql: "v1.2.3", Run: "shop", Started: time.Date(2026, 1, 31, 8, 30, 0, 0, time.UTC), ElapsedSeconds: 2.125, Queries: 6,
		Disabled: []string{"resting"},
		Checks: []checks.Check{
			{
				Name: "orders-fresh", Describe: "every region has orders from the last two hours", Tags: []string{"hourly"},
				Owner: "Data Team <data@shop.example>", Link: "https://wiki.example/orders?a=b&c", SnoozedUntil: &snoozed,
				Asked:    []checks.Text{{SQL: "select max(placed_at) as newest\nfrom orders"}, {Title: "for mysql", SQL: "select max(`placed_at`) as newest from orders"}},
				Severity: checks.SeverityError, Verdict: checks.Failed, Expected: []string{`newest > now() - duration("2h")`}, Require: "all",
				Message: "1 of 2 sources failed: us", Findings: []checks.Finding{}, StartSeconds: 0.001, DurationSeconds: 0.25,
				Sources: []checks.Source{
					{
						Source: "eu", Verdict: checks.Passed, State: "ok", Findings: []checks.Finding{}, Rows: 1, StartSeconds: 0.001,
						DurationSeconds: 0.125, Attempts: 1, Server: given("PostgreSQL 15.18"), Warnings: []string{},
					},
					{
						Source: "us", Verdict: checks.Failed, State: "ok", Rows: 1, StartSeconds: 0.001, DurationSeconds: 0.25, Attempts: 2,
						Shared: true, Server: given("MariaDB 10.11.19"), Warnings: []string{},
						Findings: []checks.Finding{{
							Expected: `newest > now() - duration("2h")`, Message: "it is false", Rows: 1,
							Samples: &checks.Samples{Columns: []string{"newest"}, Rows: [][]*string{{given("2026-01-30T08:30:00")}}},
						}},
					},
				},
			},
			{
				Name: "no-orphans", Tags: []string{}, Severity: checks.SeverityError, Verdict: checks.Error, Expected: []string{"no rows"}, Require: "all",
				Message: "1 of 2 sources could not be evaluated: us", Findings: []checks.Finding{}, StartSeconds: 0.125, DurationSeconds: 2,
				Sources: []checks.Source{
					{Source: "eu", Verdict: checks.Passed, State: "ok", Findings: []checks.Finding{}, StartSeconds: 0.125, DurationSeconds: 0.5, Attempts: 1, Warnings: []string{}},
					{
						Source: "us", Verdict: checks.Error, State: "timeout", Phase: given("query"), Error: &checks.Failure{Code: given("57014"), Text: "timed out after 2s"},
						Findings: []checks.Finding{}, StartSeconds: 0.125, DurationSeconds: 2, Attempts: 1, ServerCancel: given("confirmed"), Warnings: []string{"a warning"},
					},
				},
			},
			{
				Name: "sane", Describe: `amounts & "notes" <are> sane`, Tags: []string{}, Severity: checks.SeverityWarn, Verdict: checks.Warned,
				Expected: []string{"rows >= 1", "each row: amount >= 0 && note != \"<b>\""}, Require: "all", Message: "1 of 1 source warned: eu",
				Findings: []checks.Finding{}, StartSeconds: 0.25, DurationSeconds: 0.0625,
				Sources: []checks.Source{{
					Source: "eu", Verdict: checks.Warned, State: "ok", Rows: 1200, StartSeconds: 0.25, DurationSeconds: 0.0625, Attempts: 1, Warnings: []string{},
					Findings: []checks.Finding{{
						Expected: "each row: amount >= 0 && note != \"<b>\"", Message: "it is not true of 7 of 1,200 rows", Rows: 7,
						Samples: &checks.Samples{Columns: []string{"id", "amount", "note"}, Rows: [][]*string{
							{given("1"), given("-10.50"), given("a|b <i>&amp;</i>\n\x1b[31m")},
							{given("2"), nil, given("")},
						}},
					}},
				}},
			},
			{
				Name: "totals", Tags: []string{}, Severity: checks.SeverityError, Verdict: checks.Failed, Expected: []string{"all rows: sum(n) == 3"}, Require: "all",
				Message: "the rows of all sources failed", StartSeconds: 0.5, DurationSeconds: 0.125,
				Findings: []checks.Finding{{Expected: "all rows: sum(n) == 3", Message: "it is false: sum(n) is 4"}},
				Sources:  []checks.Source{{Source: "eu", Verdict: checks.Failed, State: "ok", Findings: []checks.Finding{}, Rows: 2, StartSeconds: 0.5, DurationSeconds: 0.125, Attempts: 1, Warnings: []string{}}},
			},
			{
				Name: "good", Tags: []string{}, Severity: checks.SeverityError, Verdict: checks.Passed, Expected: []string{"no rows"}, Require: "any",
				Findings: []checks.Finding{}, StartSeconds: 0.5, DurationSeconds: 0.125,
				Sources: []checks.Source{{Source: "eu", Verdict: checks.Passed, State: "ok", Findings: []checks.Finding{}, StartSeconds: 0.5, DurationSeconds: 0.125, Attempts: 1, Warnings: []string{}}},
			},
		},
	}
	for i := range r.Checks {
		c := &r.Checks[i]
		c.Numbers = []checks.Number{}
		for n := range c.Findings {
			c.Findings[n].Verdict = c.Verdict
		}
		for n := range c.Sources {
			s := &c.Sources[n]
			s.Numbers = []checks.Number{}
			for i := range s.Findings {
				s.Findings[i].Verdict = s.Verdict
			}
		}
	}
	r.Checks[0].Sources[0].Numbers = []checks.Number{{Column: "n", Type: "integer", Value: given("41")}, {Column: "total", Type: "decimal"}}
	r.Conclude(0)
	return r
}

func shown(t testing.TB, name string, r *checks.Report, o Options) string {
	t.Helper()
	f, ok := Formats.ByName(name)
	if !ok {
		t.Fatalf("no format %s", name)
	}
	var b strings.Builder
	if err := f.Write(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	const want = `failed  orders-fresh  1 of 2 sources failed: us (snoozed until 2026-02-01T08:00Z)
        every region has orders from the last two hours
        owner: Data Team <data@shop.example>
        link: https://wiki.example/orders?a=b&c
        expected newest > now() - duration("2h")
        us: it is false
         newest
        ---------------------
         2026-01-30T08:30:00
error   no-orphans    1 of 2 sources could not be evaluated: us
%s        us: timeout: query: timed out after 2s [57014]
warned  sane          1 of 1 source warned: eu
        amounts & "notes" <are> sane
        expected each row: amount >= 0 && note != "<b>"
        eu: it is not true of 7 of 1,200 rows
         id | amount | note
        ----+--------+----------------------------
         1  | -10.50 | a|b <i>&amp;</i>\n\x1b[31m
         2  | NULL   |
failed  totals        the rows of all sources failed
        expected all rows: sum(n) == 3
        all sources: it is false: sum(n) is 4
%sfailed: 5 checks, 1 passed, 1 warned, 2 failed, 1 error; 1 disabled; 6 queries in 2.125s
`
	warned, passed := "        us: warning: a warning\n", "passed  good          1 source\ndisabled  resting\n"
	if d := cmp.Diff(fmt.Sprintf(want, warned, passed), shown(t, "text", fullReport(), Options{})); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(fmt.Sprintf(want, "", ""), shown(t, "text", fullReport(), Options{Quiet: true})); d != "" {
		t.Error("quiet", d)
	}
	well := fullReport()
	well.Checks = well.Checks[4:]
	well.Conclude(0)
	if got := shown(t, "text", well, Options{Quiet: true}); got != "" {
		t.Errorf("with -q, a report without failures prints %q", got)
	}
}

func TestJSONIsTheReport(t *testing.T) {
	var back checks.Report
	if err := json.Unmarshal([]byte(shown(t, "json", fullReport(), Options{})), &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(*fullReport(), back, cmpopts.IgnoreUnexported(checks.Finding{}), cmpopts.IgnoreFields(checks.Check{}, "Asked")); d != "" {
		t.Error(d)
	}
}

func TestNamesAndSuffixes(t *testing.T) {
	for _, f := range Formats {
		if got, ok := Formats.ByName(f.Name); !ok || got.Name != f.Name {
			t.Errorf("%s is not found by its name", f.Name)
		}
		for _, suffix := range f.Suffixes {
			if got, ok := Formats.BySuffix("a" + strings.ToUpper(suffix)); !ok || got.Name != f.Name {
				t.Errorf("%s gives %s, want %s", suffix, got.Name, f.Name)
			}
		}
	}
	if _, ok := Formats.ByName("xml"); ok {
		t.Error("xml is a format")
	}
}

func TestTextMarksWhatHasChanged(t *testing.T) {
	r := &checks.Report{Verdict: checks.Passed, Checks: []checks.Check{
		{Name: "few", Verdict: checks.Passed, Sources: []checks.Source{{Source: "eu"}}},
		{Name: "many", Verdict: checks.Passed, Message: "us is missing"},
	}}
	text, _ := Formats.ByName("text")
	var b strings.Builder
	err := text.Write(&b, r, Options{Changed: func(check string) (verdict, message bool) { return check == "few", check == "many" }})
	if got := b.String(); err != nil || !strings.HasPrefix(got, "passed* few   1 source\npassed  many  us is missing *\n") {
		t.Errorf("%v:\n%s", err, got)
	}
}
