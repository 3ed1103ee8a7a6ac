// Every kind of expectation on every kind of database. Each passes, warns and fails, without a
// history and with one.

package checks

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	_ "github.com/fanql/fanql/sources/sqlite/sqlite3" // database/sql's "sqlite3"
	"github.com/fanql/fanql/testdata/testdb"
)

// sqliteFile returns a database for a test, as the functions of testdb do.
func sqliteFile(t testing.TB) testdb.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.db")
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return testdb.DB{Server: "SQLite", URL: "sqlite:" + path, SQL: db}
}

func TestEveryKindOfExpectationOnEveryKindOfDatabase(t *testing.T) {
	for _, kind := range append([]testdb.Kind{{Name: "SQLite", New: sqliteFile}, {Name: "PostgreSQL", New: testdb.Postgres}}, testdb.MySQLs...) {
		t.Run(kind.Name, func(t *testing.T) {
			k := newKinds(t, kind.New(t), kind.New(t))
			k.without(t)
			k.with(t)
			k.covers(t)
		})
	}
}

// kinds runs the cases with two databases of one kind.
type kinds struct {
	shop   testdb.DB
	config *config.Config
	cases  map[string]kindCase // by the name of the check
	wants  map[string]Verdict  // by the name of the check
	// seen has the verdicts of the checks that have a key. Each says whether there was a history.
	seen map[string][]string
}

func newKinds(t *testing.T, shop, peer testdb.DB) *kinds {
	t.Helper()
	k := &kinds{shop: shop, cases: map[string]kindCase{}, wants: map[string]Verdict{}, seen: map[string][]string{}}
	shop.Exec(t, shopTables...)
	peer.Exec(t, append(slices.Clone(shopTables), peerTables...)...)
	folder := t.TempDir()
	for name, text := range kindFiles {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var text strings.Builder
	fmt.Fprintf(&text, "sources: {shop: %q, peer: %q, twin: %q}\nchecks:\n", shop.URL, peer.URL, shop.URL)
	for _, c := range kindCases {
		if c.composed() && shop.Server != "PostgreSQL" { // the kind of database matters little to these, and engines are slow to start
			continue
		}
		if !strings.Contains(c.text, "sources: ") {
			c.text += ", sources: shop"
		}
		for _, want := range []Verdict{Passed, Warned, Failed} {
			name := c.name + "." + string(want)
			k.cases[name], k.wants[name] = c, want
			fmt.Fprintf(&text, "  %s: %s\n", name, c.written(want))
		}
	}
	path := filepath.Join(folder, "fanql.yaml")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if k.config, err = config.Load(path, sources.Dialects, func(string) string { return "" }); err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	return k
}

// names returns the names of the checks that use earlier runs, or of the others.
func (k *kinds) names(past bool) (names []string) {
	for name, c := range k.cases {
		if c.past == past {
			names = append(names, name)
		}
	}
	return names
}

// plan plans a run at the time now.
func (k *kinds) plan(now time.Time, remembers bool, only ...string) (*Plan, error) {
	return New(Request{
		Config: k.config, Getenv: os.Getenv, Only: only, Now: now, History: remembers, Memory: 64 << 20, Version: "test",
		Limits: run.Limits{Timeout: time.Minute, UsualPerServer: 4},
	})
}

// run runs checks at the time now. It stores the results in the history, if there is one.
func (k *kinds) run(t *testing.T, now time.Time, h *history.Store, only ...string) *Report {
	t.Helper()
	p, err := k.plan(now, h != nil, only...)
	if err != nil {
		t.Fatal(err)
	}
	if h != nil {
		if err := p.Recall(t.Context(), h); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Translate(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := Run(t.Context(), p)
	r.Started = now
	r.Conclude(0)
	if h == nil {
		return r
	}
	id, err := h.Append(t.Context(), p.Remembered(r))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := h.Run(t.Context(), id)
	if err != nil || len(kept.Checks) != len(r.Checks) {
		t.Fatalf("the history has %d of %d checks: %v", len(kept.Checks), len(r.Checks), err)
	}
	for _, c := range kept.Checks {
		if i := slices.IndexFunc(r.Checks, func(o Check) bool { return o.Name == c.Name }); i < 0 || c.Verdict != string(r.Checks[i].Verdict) {
			t.Errorf("%s is kept as %s", c.Name, c.Verdict)
		}
	}
	return r
}

// judge compares the verdicts of a run with those that the test wants.
func (k *kinds) judge(t *testing.T, r *Report, how string) {
	t.Helper()
	for _, c := range r.Checks {
		want := k.wants[c.Name]
		findings := c.Findings
		for _, s := range c.Sources {
			findings = append(findings[:len(findings):len(findings)], s.Findings...)
			if s.Error != nil {
				t.Errorf("%s: %s at %s: %s", how, c.Name, s.Source, s.Error.Text)
			}
		}
		if c.Verdict != want || (want == Passed) != (len(findings) == 0) {
			t.Errorf("%s: %s %s: %s: %+v", how, c.Name, c.Verdict, c.Message, findings)
			continue
		}
		level := map[Verdict]string{Warned: " (warn)", Failed: " (fail)"}[want]
		for _, f := range findings {
			if f.Message == "" || f.Verdict != want || k.cases[c.Name].leveled() && !strings.HasSuffix(f.Expected, level) {
				t.Errorf("%s: %s: %+v", how, c.Name, f)
			}
		}
		for _, key := range keysIn(t, k.cases[c.Name].written(want)) {
			k.seen[key] = append(k.seen[key], string(want)+" "+how)
		}
	}
}

// without runs the checks without a history. Checks that use earlier runs are rejected, each with
// its position.
func (k *kinds) without(t *testing.T) {
	t.Helper()
	k.judge(t, k.run(t, time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC), nil, k.names(false)...), "without a history")
	for _, name := range k.names(true) {
		_, err := k.plan(time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC), false, name)
		if err == nil || !strings.Contains(err.Error(), "check "+name+": ") || !strings.Contains(err.Error(), "there is no history: write history: history.db in the config") {
			t.Errorf("%s without a history: %v", name, err)
		}
		for _, key := range keysIn(t, k.cases[name].written(k.wants[name])) {
			k.seen[key] = append(k.seen[key], "refused without a history")
		}
	}
}

// with runs the checks with a history. First it is empty. Then it has three runs without a failure.
func (k *kinds) with(t *testing.T) {
	t.Helper()
	h, err := history.Open(t.Context(), filepath.Join(t.TempDir(), "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	now, day := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC), 24*time.Hour
	for _, c := range k.run(t, now.Add(-7*day), h, k.names(true)...).Checks {
		switch s, lenient := c.Sources[0], k.cases[c.Name].first == Passed; {
		case lenient && c.Verdict == Passed && len(s.Warnings) == 1 && strings.HasPrefix(s.Warnings[0], "passed for want of history: "):
		case !lenient && c.Verdict == Error && strings.HasPrefix(s.Error.Text, "there is not enough history yet: "):
		default:
			t.Errorf("%s with an empty history: %s, %+v", c.Name, c.Verdict, s)
		}
	}
	for _, ago := range []time.Duration{3 * day, time.Hour} {
		k.run(t, now.Add(-ago), h, k.names(true)...)
	}
	k.shop.Exec(t, lastMoves...)
	k.judge(t, k.run(t, now, h), "with a history")
}

// covers reports the keys of expectations, and the rules of trends, for which no case has had each
// of the verdicts.
func (k *kinds) covers(t *testing.T) {
	t.Helper()
	if t.Failed() {
		return
	}
	keys := config.Expecting()
	for _, rule := range config.TrendRules {
		keys = append(keys, "trend.of: "+rule)
	}
	for _, key := range keys {
		for _, want := range []Verdict{Passed, Warned, Failed} {
			hows := []string{string(want) + " without a history", string(want) + " with a history"}
			if strings.HasPrefix(key, "trend") {
				hows[0] = "refused without a history"
			}
			for _, how := range hows {
				if !slices.Contains(k.seen[key], how) {
					t.Errorf("no check with %s has %s: add a case to kindCases", key, how)
				}
			}
		}
	}
}

// keysIn returns the keys of a check in YAML, as [config.Expecting] writes them.
func keysIn(t *testing.T, text string) (keys []string) {
	t.Helper()
	var check map[string]any
	if err := yaml.Unmarshal([]byte(text), &check); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	for key, value := range check {
		keys = append(keys, key)
		inner, _ := value.(map[string]any)
		if key != "trend" {
			inner = map[string]any{"": inner}
		}
		for _, values := range inner {
			fields, _ := values.(map[string]any)
			for name, v := range fields {
				keys = append(keys, key+"."+name)
				if key+"."+name == "trend.of" {
					keys = append(keys, fmt.Sprintf("trend.of: %v", v))
				}
			}
		}
	}
	return keys
}
