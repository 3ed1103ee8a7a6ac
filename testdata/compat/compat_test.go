package main

import (
	"errors"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// withKnown replaces the table of known limits by a single limit.
func withKnown(t *testing.T, servers, check, reason string) {
	t.Helper()
	before := known
	t.Cleanup(func() { known = before })
	known = append(known[:len(known):len(known)], limit{regexp.MustCompile(servers), check, "x", reason})
}

func TestTheTableShowsWhatWorkedAndWhy(t *testing.T) {
	withKnown(t, "^Old", "types", "it is old")
	m := matrix{made: time.Date(2026, 11, 29, 1, 2, 3, 0, time.UTC), version: "1.2", rows: []row{
		{server: "Old 1", version: "Old | 1.0\nsecond", cells: map[string]cell{
			"ping": {}, "types": {err: errors.New("x")}, "export": {absent: true}, "logins": {detail: "1"},
		}},
		{server: "Old 2", cells: map[string]cell{"types": {err: errors.New("x")}, "ping": {err: errors.New("no answer")}}},
		{server: "Old 3", cells: map[string]cell{"types": {err: errors.New("something else")}}},
		{server: "New", cells: map[string]cell{"types": {err: errors.New("x")}}},
		{server: "Gone", err: errors.New("not on this machine")},
	}}
	got := m.markdown()
	if !strings.HasPrefix(got, "Tried on 2026-11-29 with fanql 1.2:\n\n| server | version ") {
		t.Errorf("it begins otherwise:\n%s", got)
	}
	for _, want := range []string{
		`| Old 1  | Old \| 1.0 second | ok         | no (1)     | -       |`,
		"| Old 2  |                   | **failed** | no (1)     | -       |",
		"| Old 3  |                   | -          | **failed** |",
		"| New    |                   | -          | **failed** |",
		"| Gone   |                   | not had    | not had    | not had |",
		"\n\n1. it is old\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if strings.Count(got, "it is old") != 1 {
		t.Errorf("a reason is printed more than once:\n%s", got)
	}
	failure := m.failure()
	if failure == nil {
		t.Fatal("an unexplained error must be a failure")
	}
	for _, want := range []string{"Old 2: ping: no answer", "New: types: x", "Old 3: types: something else", "Gone: not on this machine"} {
		if !strings.Contains(failure.Error(), want) {
			t.Errorf("%q is not in %v", want, failure)
		}
	}
	if strings.Contains(failure.Error(), "Old 1") {
		t.Errorf("a known limit must not be a failure: %v", failure)
	}
	m.rows = m.rows[:1]
	if err := m.failure(); err != nil {
		t.Errorf("with known limits only: %v", err)
	}
}

func TestTheTableIsBetweenThePagesMarks(t *testing.T) {
	got, err := quoted("# a\n<!-- servers -->\nold\n<!-- /servers -->\nb\n", "new\n")
	if want := "# a\n<!-- servers -->\nnew\n<!-- /servers -->\nb\n"; got != want || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	for _, page := range []string{"# a\n", "<!-- servers -->\n", "<!-- /servers -->\n<!-- servers -->\n"} {
		if _, err := quoted(page, "new\n"); err == nil {
			t.Errorf("%q takes the table", page)
		}
	}
}

func TestACrowdIsHonestOnlyIfAllAddsUp(t *testing.T) {
	rows := func(n int) string { return strings.Repeat("s001,10\n", n) }
	counts := func(ok, failed int) report {
		return report{Counts: map[string]int{"ok": ok, "failed": failed, "skipped": 0}}
	}
	for _, c := range []struct {
		name   string
		r      outcome
		rep    report
		detail string
		fails  bool
	}{
		{"all answered", outcome{status: 0, stdout: rows(200)}, counts(200, 0), "", false},
		{"some are reported", outcome{status: 3, stdout: rows(150)}, counts(150, 50), "150, rest reported", false},
		{"none answered", outcome{status: 1}, counts(0, 200), "0, rest reported", false},
		{"a row is missing in silence", outcome{status: 3, stdout: rows(149)}, counts(150, 50), "", true},
		{"one row too many", outcome{status: 0, stdout: rows(201)}, counts(200, 0), "", true},
		{"the status says complete", outcome{status: 0, stdout: rows(150)}, counts(150, 50), "", true},
		{"the states do not add up", outcome{status: 3, stdout: rows(150)}, counts(150, 49), "", true},
		{"a wrong value", outcome{status: 0, stdout: rows(199) + "s001,9\n"}, counts(200, 0), "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			detail, err := crowded(c.r, c.rep)
			if (err != nil) != c.fails || !strings.HasPrefix(detail, c.detail) {
				t.Errorf("got %q, %v", detail, err)
			}
		})
	}
}

func TestCasesAreCountedByWhatGoTestPrinted(t *testing.T) {
	const (
		started = "=== RUN   TestCases\n=== RUN   TestCases/values/a_b\n"
		passed  = "    --- PASS: TestCases/values/a_b (0.1s)\n        --- PASS: TestCases/values/a_b/postgres (0.1s)\n    --- PASS: TestCases/values/d (0.0s)\n"
		skipped = "    --- SKIP: TestCases/values/c (0.0s)\n"
		failed  = "    --- FAIL: TestCases/values/money_(its)_digits (0.1s)\n        --- FAIL: TestCases/values/money_(its)_digits/mysql (0.1s)\n        --- SKIP: TestCases/values/money_(its)_digits/mariadb (0.1s)\n"
	)
	ended := errors.New("exit status 1")
	for _, c := range []struct {
		name, out    string
		failure      error
		detail, want string // the error must contain want
	}{
		{"some are skipped", started + passed + skipped, nil, "2", ""},
		{"one failed", started + passed + failed, ended, "", "1 of 3 cases failed: values/money_(its)_digits/mysql"},
		{"all are skipped", started + skipped, nil, "", "no case ran"},
		{"nothing ran", "", nil, "", "no case ran"},
		{"it crashed", started + passed, ended, "", "exit status 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			detail, err := judgeCases(c.out, c.failure)
			if detail != c.detail || (err != nil) != (c.want != "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %q, %v", detail, err)
			}
		})
	}
}

func TestTheFirstDifferenceIsShown(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"x\ny\n", "x\nz\n", `line 2: "y" and "z"`},
		{"x\n", "x\ny\n", `line 2: "" and "y"`},
		{"x", "x\ny", "their length: 1 and 2 lines"},
	} {
		if got := firstDifference(c.a, c.b); got != c.want {
			t.Errorf("of %q and %q: %s", c.a, c.b, got)
		}
	}
}

func TestCasesThatAServerCannotHaveAreLeftOut(t *testing.T) {
	pattern := leftOut("PostgreSQL 12")
	if !strings.HasPrefix(pattern, "^TestCases$/^statement$/^EXPLAIN_of_INSERT") || strings.Contains(pattern, "|") {
		t.Errorf("of PostgreSQL 12: %s", pattern)
	}
	for _, server := range []string{"PostgreSQL, installed", "PostgreSQL 18", "MySQL 9.7"} {
		if got := leftOut(server); got != "" {
			t.Errorf("of %s: %s", server, got)
		}
	}
}

// Every known limit names a server and a check that exist.
func TestKnownLimitsAreAboutWhatIsTried(t *testing.T) {
	for _, k := range known {
		var isServer, isCheck bool
		for _, s := range subjects {
			isServer = isServer || k.servers.MatchString(s.name)
		}
		for _, c := range checks {
			isCheck = isCheck || c.name == k.check
		}
		if !isServer || !isCheck || k.reason == "" {
			t.Errorf("%v, %s: server %v, check %v, reason %q", k.servers, k.check, isServer, isCheck, k.reason)
		}
	}
}

func TestVersionsAreFoundInWhatProgramsSay(t *testing.T) {
	for text, want := range map[string]string{
		"PgBouncer 1.18.0\nlibevent 2.1.12-stable\n":              "1.18.0",
		"pgpool-II version 4.6.1 (chirikoboshi)":                  "4.6.1",
		"HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://x": "2.6.12",
		"odyssey 1.5.2 release +pam -ldap +systemd -prom":         "1.5.2",
		"no version": "",
	} {
		if got := versionIn(text); got != want {
			t.Errorf("in %q it is %q", text, got)
		}
	}
}

func TestNotesAreFolded(t *testing.T) {
	text := "1. " + strings.Repeat("word ", 40)
	got := folded(text)
	lines := strings.Split(got, "\n")
	if len(lines) != 3 || strings.Join(strings.Fields(got), " ") != strings.TrimSpace(text) {
		t.Errorf("got\n%s", got)
	}
	for i, line := range lines {
		if len(line) > 80 || (i > 0 && !strings.HasPrefix(line, "   word")) {
			t.Errorf("line %d is %q", i+1, line)
		}
	}
}

// The page may have results of several runs. Its table is still exactly what the program writes for
// these results: its columns and the numbered reasons.
func TestThePageHasTheTableAsItIsWritten(t *testing.T) {
	page, err := os.ReadFile("../../cmd/fanql/help/servers.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), quoteBegins)
	text, _, found := strings.Cut(rest, quoteEnds)
	_, table, begins := strings.Cut(text, "\n\n")
	if !found || !begins {
		t.Fatal("the page has no table")
	}
	m := matrix{rows: parseRows(table)}
	if _, want, _ := strings.Cut(m.markdown(), "\n\n"); len(m.rows) < 10 || table != want {
		t.Errorf("the page has\n%s\nwant\n%s", table, want)
	}
}

// A run without the cases keeps the cases of the page, with the day and the version of the run that
// they are from. It also does so if the page had kept them from an earlier run.
func TestThePageKeepsItsCases(t *testing.T) {
	withKnown(t, "^Odd", casesCheck, "it is odd")
	day := time.Date(2026, 11, 29, 1, 2, 3, 0, time.UTC)
	first := matrix{made: day, version: "1.1", rows: []row{
		{server: "A", cells: map[string]cell{"ping": {}, casesCheck: {detail: "186"}}},
		{server: "Odd", cells: map[string]cell{"ping": {}, casesCheck: {err: errors.New("x")}}},
		{server: "Gone", cells: map[string]cell{casesCheck: {detail: "5"}}},
		{server: "Pool", cells: map[string]cell{casesCheck: {absent: true}}},
	}}
	page := "# a\n" + quoteBegins + first.markdown() + quoteEnds
	for _, version := range []string{"1.2", "1.3"} {
		next := matrix{made: day.AddDate(0, 0, 1), version: version, rows: []row{
			{server: "A", cells: map[string]cell{"ping": {}, casesCheck: {absent: true}}},
			{server: "Odd", cells: map[string]cell{"ping": {}, casesCheck: {absent: true}}},
			{server: "Gone", err: errors.New("not on this machine")},
			{server: "Pool", cells: map[string]cell{casesCheck: {absent: true}}},
			{server: "New", cells: map[string]cell{"ping": {}}},
		}}
		next.keepCases(page)
		table := next.markdown()
		if want := "Tried on 2026-11-30 with fanql " + version + "\n(the cases on 2026-11-29 with 1.1):\n\n"; !strings.HasPrefix(table, want) {
			t.Errorf("the table does not begin with %q:\n%s", want, table)
		}
		got := map[string]string{}
		for _, r := range parseRows(table) {
			got[r.server], _ = r.text(casesCheck, nil)
		}
		want := map[string]string{"A": "186", "Odd": "no (1)", "Gone": "-", "Pool": "-", "New": "-"}
		if !maps.Equal(got, want) || !strings.Contains(table, "1. it is odd") {
			t.Errorf("the cases are %v, want %v:\n%s", got, want, table)
		}
		var err error
		if page, err = quoted(page, table); err != nil {
			t.Fatal(err)
		}
	}
}
