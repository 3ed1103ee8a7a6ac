// A query means the same as in other clients. A value prints the same, whatever the role's
// settings are.

package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
)

// strange has settings of a role or a database that change how values print, and the
// results of casts in a query.
var strange = [][]string{
	{"datestyle = 'German'", "intervalstyle = 'sql_standard'", "extra_float_digits = -5", "bytea_output = 'escape'", "timezone = 'Asia/Kolkata'", "lc_monetary = 'POSIX'"},
	{"datestyle = 'SQL, DMY'", "intervalstyle = 'postgres_verbose'", "extra_float_digits = 0"},
	{"datestyle = 'Postgres, YMD'", "intervalstyle = 'iso_8601'", "bytea_output = 'escape'"},
	{"extra_float_digits = -15"},
	{"bytea_output = 'escape'"},
	{"datestyle = 'ISO, YMD'", "standard_conforming_strings = on"},
	{"default_transaction_isolation = 'serializable'", "default_transaction_deferrable = on"},
}

const manyValues = `select date '2024-02-03', timestamp '2024-02-03 04:05:06.5', timestamptz '2024-02-03 04:05:06+05:30',
	interval '1 year -2 mons 3 days -04:05:06.7', interval '-1 day +1 h', interval '0', pi(), 0.1::float4 + 0.2::float4, '\x00ff'::bytea,
	array[date '2024-02-03', 'infinity', null], array[timestamp '0044-03-15 BC', '-infinity'], array[timestamptz '2024-02-03 04:05:06+05:30'],
	array[interval '1 day', null, '-1 mons'], '[2:3]={1 day,2 h}'::interval[], array[array[pi(), 1e300], array['NaN', '-0']::float8[]], array[0.1::float4, 1e-30],
	array['\x00ff'::bytea, '', null], '{}'::date[], point(pi(), 1e-5), box(point(1.5, 2), point(pi(), 4)), array[box(point(1, 2), point(3, pi()))],
	path '((1.1,2),(3,4))', path '[(1,2.2),(3,4)]', polygon '((1,2.1),(3,4))', circle(point(1, 2), pi()), line(point(0, 0), point(1, pi())), lseg(point(0.1, 0), point(1, 2)),
	daterange('2024-02-03', null), daterange('2024-02-03', '2024-02-03'), tsrange('2024-02-03', 'infinity', '[]'), tstzrange('2024-02-03 04:05:06+05:30', null, '()'),
	array[daterange('2024-02-03', '2024-03-01')], array[tsrange('2024-02-03', '2024-03-01 01:00')]`

func TestValuesPrintTheSameWhateverTheRoleSets(t *testing.T) {
	t.Parallel()
	want := get(t, testdb.Postgres(t).URL, manyValues)
	if want.err != nil {
		t.Fatal(want.err)
	}
	t.Log(want.rows[0])
	for _, settings := range strange {
		t.Run(strings.Join(settings, ", "), func(t *testing.T) {
			t.Parallel()
			db := testdb.Postgres(t)
			for _, s := range settings {
				db.Exec(t, "alter database "+open(t, db.URL).target.config.Database+" set "+s)
			}
			for _, near := range []time.Duration{0, time.Hour} {
				s := open(t, db.URL)
				s.near = near
				o := runOn(t.Context(), s, request(manyValues))
				if o.err != nil {
					t.Fatal(o.err)
				}
				for i := range want.rows[0] {
					if o.rows[0][i] != want.rows[0][i] {
						t.Errorf("near %v, column %d: got %s, want %s", near, i+1, o.rows[0][i], want.rows[0][i])
					}
				}
			}
		})
	}
}

// Casts, filters and groups have the same results as in another client.
func TestCastsAreThoseOfTheServersOwnClient(t *testing.T) {
	t.Parallel()
	const text = `select pi()::text, (interval '1 year 2 days 3 h')::text, '\x00ff'::bytea::text, ('12.35'::money)::text, date '2024-02-03'::text,
		'03/02/2024'::date - date '2024-01-01', (row(pi(), interval '1 day', date '2024-02-03'))::text, array[interval '1 day']::text, '12.5'::money::numeric,
		to_char(interval '1 day 2 h', 'DD HH24'), (pi() * 1000)::text = '3141.59', current_setting('datestyle'), current_setting('intervalstyle'),
		current_setting('extra_float_digits'), current_setting('bytea_output'), current_setting('lc_monetary')`
	for _, settings := range append(strange, nil) {
		t.Run(strings.Join(settings, ", "), func(t *testing.T) {
			t.Parallel()
			db := testdb.Postgres(t)
			for _, s := range settings {
				if !strings.Contains(s, "YMD") { // with YMD, 03/02/2024 is not a valid date
					db.Exec(t, "alter database "+open(t, db.URL).target.config.Database+" set "+s)
				}
			}
			want := rowOfOtherClient(t, db, text)
			for _, near := range []time.Duration{0, time.Hour} {
				s := open(t, db.URL)
				s.near = near
				o := runOn(t.Context(), s, request(text))
				if o.err != nil {
					t.Fatal(o.err)
				}
				if !slices.Equal(o.rows[0], want) {
					t.Errorf("near %v: got %q, want %q", near, o.rows[0], want)
				}
			}
		})
	}
}

// rowOfOtherClient returns a row as another client gets it over its own connection, with
// all cells as text.
func rowOfOtherClient(t *testing.T, db testdb.DB, query string) []string {
	t.Helper()
	conn, err := sql.Open("pgx", with(db.URL, "default_query_exec_mode", "simple_protocol"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "set timezone = 'UTC'"); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil || !rows.Next() {
		t.Fatal(err, rows.Err())
	}
	values, into := make([]string, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		t.Fatal(err)
	}
	return values
}

// Containers, such as arrays, in binary and as the text of an ordinary session are compared
// with the server's canonical text.
func TestContainersAreThoseOfTheServersText(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	if db.Count(t, "select current_setting('server_version_num')::int / 10000") < 12 {
		t.Skip("before PostgreSQL 12 the server's text has not the fewest digits")
	}
	name := open(t, db.URL).target.config.Database
	const number = "((hashint8(n * 64 + %d)::int8 + 2147483648) / 4294967296.0::float8)"
	k := 0
	random := func() string { k++; return fmt.Sprintf(number, k) }
	day := func() string { return "(date '0050-01-01 BC' + (" + random() + " * 4000000)::int)" }
	ts := func() string { return "(timestamp '0050-01-01 BC' + " + random() + " * interval '11000 years')" }
	tz := func() string { return "(timestamptz '0050-01-01 BC' + " + random() + " * interval '11000 years')" }
	interval := func() string {
		return "(((" + random() + " - 0.5) * 400)::int * interval '1 mon' + ((" + random() + " - 0.5) * 1000)::int * interval '1 day' + (" + random() + " - 0.5) * interval '100 h')"
	}
	float := func() string { return "((" + random() + " - 0.5) * 10 ^ (" + random() + " * 600 - 300))" }
	maybe := func(what string) string { return "case when " + random() + " < 0.8 then " + what + " end" }
	of := func(a, b string) string { return "least(" + a + "), greatest(" + b + ")" }
	pair := func(x string, y string) string { return of(x+", "+y, x+", "+y) }
	columns := []string{
		interval(), "array[" + maybe(interval()) + ", " + interval() + "]", "array[" + maybe(day()) + "]", "array[" + maybe(ts()) + "]", "array[" + tz() + "]",
		"array[" + float() + ", " + float() + "]", "array[" + "(" + random() + "*1e6)::float4]", "array[decode(md5(n::text), 'hex'), '']",
		"point(" + float() + ", " + float() + ")", "circle(point(" + float() + ", 1), abs(" + float() + "))",
		"daterange(" + pair(day(), day()) + ")", "tsrange(" + pair(ts(), ts()) + ", '(]')", "tstzrange(" + pair(tz(), tz()) + ")",
		"array[tsrange(" + pair(ts(), ts()) + "), 'empty', null]",
		"(array[" + interval() + ", " + interval() + "])[" + "1:2]",
	}
	if db.Count(t, "select current_setting('server_version_num')::int / 10000") >= 14 {
		columns = append(columns, "tsmultirange(tsrange("+pair(ts(), ts())+"))", "'{}'::datemultirange",
			"array[datemultirange(daterange(null, "+day()+"), daterange(date '2030-01-01', null))]")
	}
	from := " from generate_series(1, 3000) n order by n"
	var texts []string
	for _, c := range columns {
		texts = append(texts, "("+c+")::text")
	}
	distant := open(t, db.URL)
	distant.near = 0
	near, far := runOn(t.Context(), open(t, db.URL), request("select "+strings.Join(columns, ", ")+from)), runOn(t.Context(), distant, request("select "+strings.Join(columns, ", ")+from))
	db.Exec(t, "alter database "+name+" set intervalstyle = 'iso_8601'")
	want := get(t, db.URL, "select "+strings.Join(texts, ", ")+from)
	if err := errors.Join(near.err, far.err, want.err); err != nil {
		t.Fatal(err)
	}
	for i := range want.rows {
		for j := range want.rows[i] {
			if n, f, w := near.rows[i][j], far.rows[i][j], want.rows[i][j]; n != w || f != w {
				t.Fatalf("row %d, %s:\n%s in binary,\n%s as text,\n%s at the server", i, columns[j], n, f, w)
			}
		}
	}
	if len(near.rows) != 3000 || len(far.rows) != 3000 || len(want.rows) != 3000 {
		t.Errorf("%d, %d and %d rows", len(near.rows), len(far.rows), len(want.rows))
	}
}

func TestTheZoneOfASession(t *testing.T) {
	db := testdb.Postgres(t)
	name := open(t, db.URL).target.config.Database
	db.Exec(t, "alter database "+name+" set timezone = 'America/New_York'")
	// At that time the date in Tokyo is the same as in UTC, and in New York it is the day
	// before.
	const text = "select timestamptz '2024-01-31 02:00:00+00', date '2024-01-31' - (timestamptz '2024-01-31 02:00:00+00')::date, current_setting('timezone'), array[timestamptz '2024-01-31 20:00:00+00']"
	for what, c := range map[string]struct {
		url, zone, env, pgoptions, want string
		back                            string
	}{
		"UTC by default":                {url: db.URL, want: "UTC", back: "0"},
		"the URL's":                     {url: with(db.URL, "timezone", "Asia/Tokyo"), want: "Asia/Tokyo", back: "0"},
		"the URL's in another case":     {url: with(db.URL, "TimeZone", "America/Denver"), want: "America/Denver", back: "1"},
		"of the URL's options":          {url: with(db.URL, "options", "-c TimeZone=America/Denver"), want: "America/Denver", back: "1"},
		"of PGTZ":                       {url: db.URL, env: "America/Denver", want: "America/Denver", back: "1"},
		"of PGOPTIONS":                  {url: db.URL, pgoptions: "--timezone=America/Denver", want: "America/Denver", back: "1"},
		"the server's":                  {url: db.URL, zone: driver.ServerZone, want: "America/New_York", back: "1"},
		"the server's, but the URL's":   {url: with(db.URL, "timezone", "Asia/Tokyo"), zone: driver.ServerZone, want: "Asia/Tokyo", back: "0"},
		"requested":                     {url: db.URL, zone: "America/Denver", want: "America/Denver", back: "1"},
		"requested, over the URL's":     {url: with(db.URL, "timezone", "Asia/Tokyo"), zone: "America/Denver", want: "America/Denver", back: "1"},
		"requested, over PGOPTIONS":     {url: db.URL, pgoptions: "-ctimezone=Asia/Tokyo", zone: "America/Denver", want: "America/Denver", back: "1"},
		"UTC requested, over the URL's": {url: with(db.URL, "timezone", "America/Denver"), zone: "UTC", want: "UTC", back: "0"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Setenv("PGTZ", c.env)
			t.Setenv("PGOPTIONS", c.pgoptions)
			for _, near := range []time.Duration{0, time.Hour} {
				s := open(t, c.url)
				s.near = near
				q := request(text)
				q.TimeZone = c.zone
				o := runOn(t.Context(), s, q)
				if o.err != nil {
					t.Fatal(o.err)
				}
				if want := []string{"2024-01-31T02:00:00Z", c.back, c.want, `{"2024-01-31 20:00:00+00"}`}; !slices.Equal(o.rows[0], want) {
					t.Errorf("near %v: got %q, want %q", near, o.rows[0], want)
				}
			}
		})
	}
	q := request("select 1")
	q.TimeZone = "Nowhere/AtAll"
	if e := failed(t, runOn(t.Context(), open(t, db.URL), q)); !strings.HasSuffix(e.Error(), `invalid value for parameter "TimeZone": "Nowhere/AtAll"`) {
		t.Errorf("a zone that the server does not know: %v", e)
	}
}

func TestAStatementTimeoutIsOnlyLowered(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	name := open(t, db.URL).target.config.Database
	const text = "select setting from pg_settings where name = 'statement_timeout'"
	for limit, want := range map[string]string{"300ms": "300", "7s": "7000", "'0'": "", "1h": "", "2d": "", "17999": "17999", "1min": ""} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		db.Exec(t, "alter database "+name+" set statement_timeout = '"+strings.Trim(limit, "'")+"'")
		o := runOn(ctx, open(t, db.URL), request(text))
		cancel()
		if o.err != nil {
			t.Fatal(o.err)
		}
		got := o.rows[0][0]
		if want != "" && got != want || want == "" && (got < "18000" || got > "21000") {
			t.Errorf("%s became %s, want %s", limit, got, want)
		}
	}
	db.Exec(t, "alter database "+name+" set statement_timeout = '1200ms'")
	for _, near := range []time.Duration{0, time.Hour} {
		s := open(t, db.URL)
		s.near = near
		e := failed(t, runOn(t.Context(), s, request("select pg_sleep(60)")))
		if e.Code != "57014" || e.Error() != "canceling statement due to statement timeout: the server's own limit (statement_timeout) is 1.2s" {
			t.Errorf("the error of the server's own timeout is %s %v", e.Code, e)
		}
	}
	db.Exec(t, "alter database "+name+" reset statement_timeout")
	e := failed(t, get(t, with(db.URL, "statement_timeout", "700"), "select pg_sleep(60)"))
	if e.Error() != "canceling statement due to statement timeout: the server's own limit (statement_timeout) is 700ms" {
		t.Errorf("the error of the URL's own timeout is %v", e)
	}
}

// The limit gin_fuzzy_search_limit cuts results silently, so the driver resets the role's
// setting. It keeps the limit if the user sets it in the URL.
func TestALimitThatCutsIsTheUsersAlone(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	const text = "select current_setting('gin_fuzzy_search_limit')"
	db.Exec(t, "alter database "+open(t, db.URL).target.config.Database+" set gin_fuzzy_search_limit = 5")
	for url, want := range map[string]string{db.URL: "0", with(db.URL, "gin_fuzzy_search_limit", "7"): "7", with(db.URL, "options", "-c gin_fuzzy_search_limit=8"): "8"} {
		if got := one(t, url, text); got != want {
			t.Errorf("it is %s, want %s", got, want)
		}
	}
}

// If a backslash is an escape in the session, the text is read in that way.
func TestATextIsReadAsTheServerReadsIt(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	db.Exec(t, "alter database "+open(t, db.URL).target.config.Database+" set standard_conforming_strings = off",
		"alter database "+open(t, db.URL).target.config.Database+" set escape_string_warning = off")
	q := request(`select 'a\\b'`)
	if e := failed(t, runOn(t.Context(), open(t, db.URL), q)); !strings.Contains(e.Error(), "standard_conforming_strings is off") {
		t.Errorf("without Reread: %v", e)
	}
	var modes driver.Modes
	q.Reread = func(m driver.Modes) (driver.Request, error) {
		modes = m
		second := q
		second.SQL = `select 'a\\b', $1`
		second.Args = []driver.Arg{{Type: driver.Text, Value: `c\\d`}}
		return second, nil
	}
	o := runOn(t.Context(), open(t, db.URL), q)
	if o.err != nil || !slices.Equal(o.rows[0], []string{`a\b`, `c\\d`}) || modes != (driver.Modes{BackslashEscapes: true}) {
		t.Errorf("got %q, %v, read again in the modes %+v", o.rows, o.err, modes)
	}
	q.Reread = func(driver.Modes) (driver.Request, error) { return driver.Request{}, errStop }
	if e := failed(t, runOn(t.Context(), open(t, db.URL), q)); !errors.Is(e, errStop) {
		t.Errorf("got %v", e)
	}
	q.Reread = nil
	if o := runOn(t.Context(), open(t, with(db.URL, "standard_conforming_strings", "on")), q); o.err != nil || o.rows[0][0] != `a\\b` {
		t.Errorf("with the URL's own setting: %q, %v", o.rows, o.err)
	}
}

func TestAPlaceIsThatOfTheUsersText(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	q := request("select 'ü', *\nfrm t")
	q.Locate = func(character int) (line, column int, ok bool) {
		return character / 10, character % 10, character < 100
	}
	if e := failed(t, runOn(t.Context(), open(t, db.URL), q)); e.Error() != `syntax error at or near "frm" (line 1, column 5)` {
		t.Errorf("got %v", e)
	}
	q.Locate = func(int) (line, column int, ok bool) { return 0, 0, false }
	if e := failed(t, runOn(t.Context(), open(t, db.URL), q)); e.Error() != `syntax error at or near "frm"` {
		t.Errorf("without a place in the user's text: %v", e)
	}
}
