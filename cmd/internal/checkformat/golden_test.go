// The output of each format: golden files in testdata. They are updated with go test
// ./cmd/internal/checkformat -run Golden -update.

package checkformat

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/history"
)

var update = flag.Bool("update", false, "write the golden files anew")

// policyHash matches the hash of the style sheet, which is a separate file. Each change of that
// file changes the hash.
var policyHash = regexp.MustCompile(`sha256-.*?&#39;`)

// nasty has the special characters of every format.
const nasty = "a|b `c` [d](e) <img src=http://outside.test/f onerror=g()> ]]> &amp; # todo \\# {h=\"i\"} 'j'=1;\n...\nBail out!\x00\x1b[31m\u202e\ufffe\xff"

// emptyReport returns a report without checks.
func emptyReport() *checks.Report {
	r := &checks.Report{Version: checks.Version, Fanql: "v1.2.3", Disabled: []string{}, Started: time.Date(2026, 1, 31, 8, 30, 0, 0, time.UTC), Checks: []checks.Check{}}
	r.Conclude(0)
	return r
}

// hostileReport returns a report in which every text from outside is s. If the texts must be
// unique, they end with s.
func hostileReport(s string) *checks.Report {
	source := func(name string, verdict checks.Verdict) checks.Source {
		return checks.Source{Source: name + s, Verdict: verdict, State: "ok", Findings: []checks.Finding{}, Rows: 1, DurationSeconds: 0.5, Attempts: 1, Server: &s, Warnings: []string{s}}
	}
	finding := checks.Finding{Expected: s, Message: s, Rows: 2, Samples: &checks.Samples{Columns: []string{s, s}, Rows: [][]*string{{&s, nil}, {nil, &s}}}}
	check := func(name string, verdict checks.Verdict, sources ...checks.Source) checks.Check {
		return checks.Check{
			Name: name + s, Describe: s, Owner: s, Link: "https://wiki.example/" + s, Tags: []string{s}, Severity: checks.SeverityError, Verdict: verdict, Expected: []string{s}, Require: "any",
			Message: s, Findings: []checks.Finding{}, DurationSeconds: 1, Sources: sources,
		}
	}
	failed, missing := source("b", checks.Failed), source("c", checks.Error)
	failed.Findings = []checks.Finding{finding}
	missing.State, missing.Phase, missing.Error = "failed", given("query"), &checks.Failure{Code: &s, Text: s}
	warned := source("d", checks.Warned)
	warned.Findings = []checks.Finding{finding}
	report := check("5", checks.Failed, source("f", checks.Failed))
	report.Findings = []checks.Finding{finding}
	r := emptyReport()
	r.Fanql, r.Run, r.Error = s, s, &s
	r.Checks = []checks.Check{
		check("1", checks.Failed, source("a", checks.Passed), failed, missing),
		check("2", checks.Error, missing),
		check("3", checks.Warned, warned),
		check("4", checks.Passed, source("e", checks.Passed), missing),
		report,
		check("6", checks.Error),
	}
	r.Disabled = []string{"7" + s}
	r.Conclude(130)
	return r
}

// manyChecks returns a report of n checks over three sources.
func manyChecks(n int) *checks.Report {
	r := emptyReport()
	verdicts := []checks.Verdict{checks.Passed, checks.Passed, checks.Failed, checks.Passed, checks.Warned, checks.Passed, checks.Error}
	for i := range n {
		c := checks.Check{Name: fmt.Sprintf("check-%03d", i), Severity: checks.SeverityError, Verdict: verdicts[i%len(verdicts)], Expected: []string{"no rows"}, Require: "all", StartSeconds: float64(i) / 10, DurationSeconds: 1.5}
		for k, name := range []string{"eu", "us", "ap"} {
			s := checks.Source{Source: name, Verdict: checks.Passed, State: "ok", Rows: int64(i), StartSeconds: float64(i)/10 + float64(k)/20, DurationSeconds: 1.2, Attempts: 1}
			if k == 1 {
				s.Verdict = c.Verdict
			}
			switch s.Verdict {
			case checks.Failed, checks.Warned:
				id := fmt.Sprint(i)
				c.Message = "1 of 3 sources " + string(s.Verdict) + ": us"
				s.Findings = []checks.Finding{{Expected: "no rows", Message: "there are 3 rows", Rows: 3, Samples: &checks.Samples{Columns: []string{"id"}, Rows: [][]*string{{&id}}}}}
			case checks.Error:
				c.Message = "1 of 3 sources could not be evaluated: us"
				s.State, s.Phase, s.Error = "timeout", given("query"), &checks.Failure{Text: "timed out after 2s"}
			}
			c.Sources = append(c.Sources, s)
		}
		r.Checks = append(r.Checks, c)
	}
	r.ElapsedSeconds, r.Queries = float64(n)/10+2, 3*n
	r.Conclude(0)
	return r
}

func TestGolden(t *testing.T) {
	for _, f := range Formats {
		if f.Name == "text" || f.Name == "json" {
			continue // tested in formats_test.go
		}
		for name, r := range map[string]*checks.Report{"everything": fullReport(), "empty": emptyReport(), "hostile": hostileReport(nasty)} {
			path := filepath.Join("testdata", name+"."+f.Name)
			got := shown(t, f.Name, r, Options{Past: map[string][]history.Run{"everything": pastOf(r, 3)}[name]})
			got = strings.ReplaceAll(got, pageStyle, "/* page.css */\n")
			got = policyHash.ReplaceAllString(got, "sha256-OF-THE-STYLE&#39;")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("%s: %s", path, d)
			}
		}
	}
}
