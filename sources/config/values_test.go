// The settings of a source's session, and references in values.

package config

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/postgres"
)

func TestZonesAndReadOnly(t *testing.T) {
	t.Setenv("FANQL_ZONE", "America/New_York")
	c := mustLoad(t, `sources:
  a: {url: pg://h/d, time_zone: Asia/Tokyo}
  b: {url: my://h/d, time_zone: "+5:30", read_only: best_effort}
  c: {url: my://h/d, time_zone: "${env:FANQL_ZONE}"}
  d: pg://h/d
defaults: {time_zone: server}
`)
	for i, want := range []string{"Asia/Tokyo", "+05:30", "America/New_York", ""} {
		if got := c.Sources[i].TimeZone; got != want {
			t.Errorf("source %s is in %q, want %q", c.Sources[i].Name, got, want)
		}
	}
	if c.Defaults.TimeZone != "server" || !c.Sources[1].BestEffort || c.Sources[0].BestEffort {
		t.Errorf("%+v", c)
	}
}

func TestParseZone(t *testing.T) {
	for text, want := range map[string]string{
		"UTC": "UTC", "utc": "UTC", "Z": "UTC", "GMT": "UTC", "+00:00": "UTC", "-0": "UTC", "Etc/UTC": "UTC",
		"server": "server", "Server": "server",
		"+2": "+02:00", "-0330": "-03:30", "+14:00": "+14:00", "+5:45": "+05:45",
		"Europe/Berlin": "Europe/Berlin", "EST5EDT": "EST5EDT", "<+03>-3": "<+03>-3", "America/Port-au-Prince": "America/Port-au-Prince", "SYSTEM": "SYSTEM",
		// Zones that no server can have.
		"": "", "+25": "", "+14:30": "", "-02:60": "", "2": "", "Europe/Berlin'; drop table t": "", "Europe Berlin": "", "+2h": "", "Zürich": "",
	} {
		got, err := ParseZone(text)
		if (err == nil) != (want != "") || got != want {
			t.Errorf("ParseZone(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestAZoneIsWrittenAsItsServerTakesIt(t *testing.T) {
	for _, x := range []struct {
		kind       *driver.Dialect
		zone, want string
	}{
		{mysql.Dialect, "UTC", "+00:00"},
		{postgres.Dialect, "UTC", "UTC"},
		{mysql.Dialect, "+02:00", "+02:00"},
		{postgres.Dialect, "+02:00", "<+02:00>-02:00"},
		{postgres.Dialect, "-03:30", "<-03:30>+03:30"},
		{postgres.Dialect, "Asia/Tokyo", "Asia/Tokyo"},
		{mysql.Dialect, "server", "server"},
		{postgres.Dialect, "server", "server"},
		{postgres.Dialect, "", ""},
	} {
		if got := x.kind.ZoneOf(x.zone); got != x.want {
			t.Errorf("%s: %q is written as %q, want %q", x.kind, x.zone, got, x.want)
		}
	}
}

func TestReferencesInValues(t *testing.T) {
	for name, value := range map[string]string{"LIMIT": "90s", "N": "3", "DAY": "2026-02-01", "FOLDER": "sql", "EMPTY": ""} {
		t.Setenv("FANQL_"+name, value)
	}
	write(t, map[string]string{"conf/region.txt": "eu\n", "conf/fanql.yaml": `sources:
  a: {url: pg://h/d, timeout: "${env:FANQL_LIMIT}", per_server: "${env:FANQL_N}"}
defaults: {samples: "1${env:FANQL_N}"}
queries:
  q:
    file: ${env:FANQL_FOLDER}/q.sql
    params: {day: {type: date, default: "${env:FANQL_DAY}"}, region: {default: "${file:region.txt}"}, cost: {default: "$${env:X} $5"}, none: "${env:FANQL_EMPTY}"}
checks:
  c:
    sql: select '${env:FANQL_DAY}' as d, :day, :other, :typed
    expect: d == "${env:FANQL_DAY}"
    timeout: ${env:FANQL_LIMIT}
    params: {day: "${env:FANQL_DAY}", other: {type: int, value: "${env:FANQL_UNSET}"}, typed: date, plain: 2026-01-01, nothing: }
`})
	c, err := Load("conf/fanql.yaml", known, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	s, q, check := c.Sources[0], c.Queries[0], c.Checks[0]
	if *s.Timeout != 90*time.Second || *s.PerServer != 3 || *c.Defaults.Samples != 13 || *check.Timeout != 90*time.Second {
		t.Errorf("limits: %+v %+v", s, c.Defaults)
	}
	if q.File != "conf/sql/q.sql" || *q.Params["day"].Default != "2026-02-01" || *q.Params["region"].Default != "eu" || *q.Params["cost"].Default != "${env:X} $5" {
		t.Errorf("query: %+v", q)
	}
	if p := q.Params["none"]; p.Default != nil || p.Missing == nil || p.Missing.Error() != "${env:FANQL_EMPTY}: the variable is not set, or empty" {
		t.Errorf("an unset variable: %+v", p)
	}
	if got, want := strings.Join(check.Params, " "), "day=2026-02-01 plain=2026-01-01 nothing:null"; got != want {
		t.Errorf("check: %s, want %s", got, want)
	}
	if p := check.Query.Params; len(p) != 2 || p["other"].Missing == nil || p["other"].Type != "int" || p["typed"].Type != "date" {
		t.Errorf("check declares %+v", p)
	}
	if !strings.Contains(check.Query.SQL, "${env:FANQL_DAY}") || !strings.Contains(check.Expect[0].Text.Value, "${env:FANQL_DAY}") {
		t.Errorf("SQL and expressions do not stay as they are: %+v", check)
	}
}

func TestErrorsInValues(t *testing.T) {
	t.Setenv("FANQL_SECRET", "pass:word@")
	for yaml, want := range map[string]string{
		"sources:\n  a: {url: pg://h/d, time_zone: +25}\n":                    `2:33: source a: time_zone: "+25" is beyond all time zones, which are from -14:00 to +14:00`,
		"sources:\n  a: {url: pg://h/d, time_zone: Europe Berlin}\n":          `2:33: source a: time_zone: "Europe Berlin" is no time zone: give a name such as Europe/Berlin, an offset such as +02:00, or server for that of each server`,
		"defaults: {time_zone: [a]}\n":                                        `1:23: defaults: time_zone: not a single value: write one text or number, in quotes if need be`,
		"sources:\n  a: {url: pg://h/d, timezone: UTC}\n":                     `2:22: source a: unknown key "timezone": did you mean "time_zone"?`,
		"sources:\n  a: {url: x.db, time_zone: UTC}\n":                        `2:18: source a: time_zone: a SQLite file has no time zone: its own functions work in UTC`,
		"sources:\n  a: {url: x.db, read_only: best_effort}\n":                `2:18: source a: read_only: a SQLite file is never written to, whatever this says`,
		"sources:\n  a: {url: pg://h/d, read_only: false}\n":                  `2:33: source a: read_only: "false": the one value is best_effort, which asks a server that cannot be held to reading only; without it such a source fails`,
		"sources:\n  a: {url: pg://h/d, timeout: \"${env:FANQL_UNSET}\"}\n":   `2:31: source a: timeout: ${env:FANQL_UNSET}: the variable is not set, or empty`,
		"sources:\n  a: {url: pg://h/d, timeout: \"${env:FANQL_SECRET}\"}\n":  `2:31: source a: timeout: (not shown: it may hold a password) is not a duration such as 500ms, 30s or 2m`,
		"sources:\n  a: {url: pg://h/d, timeout: \"${FANQL_UNSET}\"}\n":       `2:31: source a: timeout: ${ begins a reference, ${env:NAME}, ${file:PATH} or ${keyring:NAME}: write $${ where the value has these characters`,
		"sources:\n  a: {url: pg://h/d, timeout: \"${env:FANQL_UNSET\"}\n":    `2:31: source a: timeout: a ${ without its }: write $${ where the value has these characters`,
		"queries:\n  q: {sql: 'select :n', params: {n: itn}}\n":               `2:37: query q: param n: unknown type "itn": did you mean "int"? (a value that looks like a type is written as value: in a mapping)`,
		"sources:\n  a: mssql://sa:pw@h/d\n":                                  `2:6: source a: "mssql" is not supported: fanql asks PostgreSQL (postgres://), MySQL and MariaDB (mysql://) and SQLite (sqlite:FILE)`,
		"sources:\n  a: {url: 'mongodb+srv://u:pw@h/d'}\n":                    `2:12: source a: "mongodb" is not supported: fanql asks PostgreSQL (postgres://), MySQL and MariaDB (mysql://) and SQLite (sqlite:FILE)`,
		"sources:\n  a: redshift://u:pw@h/d\n":                                `2:6: source a: "redshift" speaks the protocol of PostgreSQL: write postgres://`,
		"sources:\n  a: tidb://u:pw@h/d\n":                                    `2:6: source a: "tidb" speaks the protocol of MySQL: write mysql://`,
		"sources:\n  a: jdbc:postgresql://u:pw@h/d\n":                         `2:6: source a: "jdbc" is the prefix of another program's URLs: leave it out, and write postgres://host/database, mysql://host/database or sqlite:FILE`,
		"sources:\n  a: zzz://u:pw@h/d\n":                                     `2:6: source a: unknown kind of database "zzz": fanql asks PostgreSQL (postgres://), MySQL and MariaDB (mysql://) and SQLite (sqlite:FILE)`,
		"sources:\n  a: {url: pg://h/d, timeout: \"${file:no/such/file}\"}\n": `2:31: source a: timeout: ${file:no/such/file}: no such file or directory`,
	} {
		_, err := load(t, yaml)
		if err == nil || err.Error() != "conf/fanql.yaml:"+want {
			t.Errorf("%s\ngot  %v\nwant %s", yaml, err, want)
		}
	}
}
