// Poolers, proxies and servers that refuse or ignore fanql's settings.

package postgres

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
)

// settingsOf returns the settings that a statement sees, by name.
func settingsOf(t *testing.T, rawURL string, names ...string) map[string]string {
	t.Helper()
	sql := "select name, setting from pg_settings where name in ('" + strings.Join(names, "', '") + "')"
	o := get(t, rawURL, sql)
	if o.err != nil {
		t.Fatal(o.err)
	}
	got := map[string]string{}
	for _, r := range o.rows {
		got[r[0]] = r[1]
	}
	return got
}

// tracked are the parameters that PgBouncer tracks and accepts in the startup packet.
var tracked = []string{"user", "database", "client_encoding", "datestyle", "timezone", "standard_conforming_strings", "application_name"}

func TestAPoolerIsLoggedInToOnce(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	g := gate{pooler: tracked}
	g.open(t, db.URL)
	want := map[string]string{
		"client_encoding": "UTF8", "TimeZone": "UTC", "transaction_read_only": "on",
		"default_transaction_read_only": "on", "application_name": "fanql",
	}
	for name, value := range settingsOf(t, g.url, "client_encoding", "TimeZone", "transaction_read_only", "default_transaction_read_only", "application_name") {
		if value != want[name] {
			t.Errorf("%s is %q, want %q", name, value, want[name])
		}
	}
	if n := g.starts.Load(); n != 1 {
		t.Errorf("%d logins, want one", n)
	}
	if got := one(t, g.url, "select setting::int > 9000 from pg_settings where name = 'statement_timeout'"); got != "true" {
		t.Error("no statement_timeout")
	}
	if e := failed(t, get(t, g.url, "select * from nowhere")); e.Error() != `relation "nowhere" does not exist at character 15` {
		t.Errorf("got %v", e)
	}
	if o := runAndCancel(t, open(t, g.url), request("select pg_sleep(60)"), "the query runs", func() bool { return countSurvivors(t, db) == 1 }); !errors.Is(o.err, errStop) || o.answer.Cancel != driver.Confirmed {
		t.Errorf("got %v, cancel %q", o.err, o.answer.Cancel)
	}
	if n := countSurvivors(t, db); n != 0 {
		t.Errorf("%d queries survive", n)
	}
}

// A pooler may refuse a parameter that only the user sets. The driver then sets it in the
// same message as the query, and does so at once for later sources of the run.
func TestAPoolersRefusalIsRememberedForTheRun(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	db.Exec(t, "create schema depot", "create table depot.t as select 7 as n")
	g := gate{pooler: tracked}
	g.open(t, db.URL)
	servers := new(Servers)
	for name, param := range map[string][2]string{"a parameter": {"search_path", "depot"}, "options": {"options", `-c search_path=nowhere,depot --work\_mem=1MB`}} {
		for range 2 {
			s, err := servers.New("test", with(g.url, param[0], param[1]), nil)
			if err != nil {
				t.Fatal(err)
			}
			if o := runOn(t.Context(), s, request("select n from t")); o.err != nil || o.rows[0][0] != "7" || o.answer.Warnings != nil {
				t.Errorf("%s: got %v, %v, warnings %q", name, o.rows, o.err, o.answer.Warnings)
			}
		}
	}
	if n := g.starts.Load(); n != 5 {
		t.Errorf("%d logins for four sources, want one more than sources", n)
	}
}

func TestAWrongPasswordIsTriedOnce(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	g := gate{refuses: "28P01"}
	g.open(t, db.URL)
	if e := failed(t, get(t, with(g.url, "search_path", "public"), "select 1")); e.Code != "28P01" {
		t.Errorf("got %v", e)
	}
	if n := g.starts.Load(); n != 1 {
		t.Errorf("%d logins, want one", n)
	}
}

// Odyssey and PGlite accept the parameters of the startup packet and ignore them.
func TestDroppedParametersAreSetInTheSession(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	db.Exec(t, "create schema depot", "create table depot.t as select 7 as n",
		"alter database "+open(t, db.URL).target.config.Database+" set timezone = 'Asia/Tokyo'",
		"alter database "+open(t, db.URL).target.config.Database+" set client_encoding = 'LATIN1'")
	g := gate{drops: true}
	g.open(t, db.URL)
	for _, step := range []time.Duration{0, time.Hour} {
		s := open(t, with(g.url, "search_path", "depot"))
		s.near = step
		o := runOn(t.Context(), s, request("select n, timestamptz '2024-01-31 08:30:00', '€', interval '1 day 2 h', pi()::text from t"))
		if o.err != nil {
			t.Fatal(o.err)
		}
		if want := []string{"7", "2024-01-31T08:30:00Z", "€", "P1DT2H", "3.141592653589793"}; !slices.Equal(o.rows[0], want) {
			t.Errorf("got %q, want %q", o.rows[0], want)
		}
	}
	if got := one(t, with(g.url, "timezone", "Europe/Berlin"), "select current_setting('timezone')"); got != "Europe/Berlin" {
		t.Errorf("the zone is %s, want the URL's", got)
	}
}

// The gate refuses one of the driver's settings at a time. The source works without each of
// them.
func TestEveryStepOfTheLadder(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	// PostgreSQL before 14 has no such setting.
	interval := db.Count(t, "select current_setting('server_version_num')::int / 10000") >= 14
	const snapshot = "queries inside of its functions may see what is written meanwhile"
	for name, c := range map[string]struct {
		mangles  []string
		warnings []string
		best     bool
		readOnly string
		fails    string
	}{
		"no repeatable read": {
			mangles: []string{"repeatable read"}, readOnly: "on",
			warnings: []string{"the server does not take REPEATABLE READ: " + snapshot},
		},
		"no mode after begin": {
			mangles: []string{"repeatable read", "begin read only"}, readOnly: "on",
			warnings: []string{"the server does not take REPEATABLE READ: " + snapshot},
		},
		"no begin": {
			mangles: []string{"begin"}, readOnly: "on",
			warnings: []string{"the server does not take BEGIN: " + snapshot},
		},
		"no way to read only": {
			mangles: []string{"read only", "transaction_read_only'"},
			fails:   "the server cannot be held to reading only: say `read_only: best_effort`",
		},
		"no way to read only, best effort": {
			mangles: []string{"read only", "transaction_read_only'"}, best: true, readOnly: "off",
			warnings: []string{"the server does not take a read-only transaction: nothing keeps a query from writing there (read_only: best_effort)"},
		},
		"one unknown setting": {
			mangles: []string{"gin_fuzzy_search_limit"}, readOnly: "on",
			warnings: []string{"the server does not take these settings, and was asked without them: gin_fuzzy_search_limit"},
		},
		"two unknown settings": {
			mangles: []string{"gin_fuzzy_search_limit", "client_connection_check_interval"}, readOnly: "on",
			warnings: []string{"the server does not take these settings, and was asked without them: client_connection_check_interval, gin_fuzzy_search_limit"},
		},
		"no statement_timeout": {
			mangles: []string{"statement_timeout"}, readOnly: "on",
			warnings: []string{"the server does not take these settings, and was asked without them: statement_timeout"},
		},
		"no default_transaction_read_only": {
			mangles: []string{"default_transaction_read_only"}, readOnly: "on",
			warnings: []string{"the server does not take these settings, and was asked without them: default_transaction_read_only"},
		},
		"no set_config": {
			mangles: []string{"set_config"}, readOnly: "on",
			warnings: []string{"the server does not take these settings, and was asked without them: statement_timeout"},
		},
		"no current_setting": {
			mangles: []string{"current_setting("}, readOnly: "on",
			warnings: []string{"the server does not take these settings, and was asked without them: statement_timeout"},
		},
		"none of these settings": {
			mangles: []string{"set_config", "set local", "current_setting(", "repeatable read"}, readOnly: "on",
			warnings: []string{
				"the server does not take REPEATABLE READ: " + snapshot,
				"the server does not take these settings, and was asked without them: client_connection_check_interval, default_transaction_read_only, gin_fuzzy_search_limit, statement_timeout",
				"the server does not say whether its transaction is read-only",
			},
		},
	} {
		for i := range c.warnings {
			if !interval {
				c.warnings[i] = strings.Replace(c.warnings[i], "client_connection_check_interval, ", "", 1)
			}
		}
		for _, near := range []time.Duration{0, time.Hour} {
			t.Run(name+" "+near.String(), func(t *testing.T) {
				t.Parallel()
				g := gate{mangles: c.mangles}
				g.open(t, db.URL)
				servers := new(Servers)
				tried := int64(-1)
				for range 2 {
					s, err := servers.New("test", g.url, nil)
					if err != nil {
						t.Fatal(err)
					}
					s.near = near
					q := request("show transaction_read_only")
					q.BestEffort = c.best
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
					defer cancel()
					o := runOn(ctx, s, q)
					if c.fails != "" {
						if e := failed(t, o); !strings.HasPrefix(e.Error(), c.fails) || o.batches != 0 {
							t.Errorf("got %v, want %s", e, c.fails)
						}
						return
					}
					if o.err != nil {
						t.Fatal(o.err)
					}
					if o.rows[0][0] != c.readOnly {
						t.Errorf("transaction_read_only is %s, want %s", o.rows[0][0], c.readOnly)
					}
					if !slices.Equal(o.answer.Warnings, c.warnings) {
						t.Errorf("warnings %q, want %q", o.answer.Warnings, c.warnings)
					}
					if tried >= 0 && g.mangled.Load() > tried {
						t.Errorf("the second source was refused %d times, although the run knew of the refusal", g.mangled.Load()-tried)
					}
					tried = g.mangled.Load()
				}
				if o := runOn(t.Context(), open(t, g.url), driver.Request{SQL: "select * from nowhere", BestEffort: c.best, Grace: time.Second}); !strings.HasPrefix(failed(t, o).Error(), `relation "nowhere" does not exist`) {
					t.Errorf("the error of the statement is %v", o.err)
				}
			})
		}
	}
}

// A setting that the user has given is not dropped silently.
func TestWhatIsNeededIsNotLeftOut(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	g := gate{drops: true, mangles: []string{"search_path"}}
	g.open(t, db.URL)
	db.Exec(t, "alter database "+open(t, db.URL).target.config.Database+" set timezone = 'Asia/Tokyo'")
	e := failed(t, get(t, with(g.url, "search_path", "depot"), "select 1"))
	if !strings.HasPrefix(e.Error(), "search_path cannot be set: ") {
		t.Errorf("got %v", e)
	}
}
