// The session's time zone decides what the query means, but not how instants are printed.

package mysql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
)

// zoneWithRepeatedHour creates a time zone on the server in which 2026-10-25 02:30 occurs twice, at
// 00:30 and at 01:30 UTC, and returns its name.
func zoneWithRepeatedHour(t *testing.T, db testdb.DB) string {
	t.Helper()
	name := "fanql/" + strings.TrimPrefix(parsed(t, db.URL).Path, "/fanql_")
	const change = 1792890000 // 2026-10-25 01:00:00 UTC
	db.SQL.SetMaxOpenConns(1)
	db.Exec(t, "insert into mysql.time_zone (use_leap_seconds) values ('N')", "set @zone = last_insert_id()",
		"insert into mysql.time_zone_name (name, time_zone_id) values ('"+name+"', @zone)",
		"insert into mysql.time_zone_transition_type (time_zone_id, transition_type_id, `offset`, is_dst, abbreviation) values (@zone, 0, 7200, 1, 'CEST'), (@zone, 1, 3600, 0, 'CET')",
		fmt.Sprintf("insert into mysql.time_zone_transition (time_zone_id, transition_time, transition_type_id) values (@zone, -2147483648, 0), (@zone, %d, 1)", change))
	t.Cleanup(func() {
		for _, table := range []string{"time_zone_transition", "time_zone_transition_type", "time_zone"} {
			db.Exec(t, "delete from mysql."+table+" where time_zone_id = @zone")
		}
		db.Exec(t, "delete from mysql.time_zone_name where name = '"+name+"'")
	})
	return name
}

func TestInstantsPrintInUTCWhateverTheZoneIs(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		name := zoneWithRepeatedHour(t, db)
		db.Exec(t, "set time_zone = '+00:00'", "create table i (id int, at timestamp(3) null, d datetime)",
			`insert into i values (1, '2026-10-25 00:30:00.250', '2026-10-25 02:30:00'), (2, '2026-10-25 01:30:00.250', '2026-10-25 02:30:00'),
				(3, '2026-01-31 23:30:00', '2026-01-31 23:30:00'), (4, null, null)`)
		want := []string{
			"1 | 2026-10-25T00:30:00.25Z | 2026-10-25T02:30:00", "2 | 2026-10-25T01:30:00.25Z | 2026-10-25T02:30:00",
			"3 | 2026-01-31T23:30:00Z | 2026-01-31T23:30:00", "4 | NULL | NULL",
		}
		for _, c := range []struct{ zone, date string }{
			{"", "2026-01-31"}, {"+00:00", "2026-01-31"}, {"+09:00", "2026-02-01"}, {"-03:30", "2026-01-31"}, {name, "2026-02-01"},
		} {
			t.Run("zone "+c.zone, func(t *testing.T) {
				l := relayed(t, nil, db)
				l.before = "set sql_mode = 'STRICT_TRANS_TABLES'"
				urls := []string{l.url, db.URL, db.URL + "?tls=skip-verify"}
				switch {
				case c.zone == name:
					urls = urls[:1] // the next test is about the others
				case db.Server == "MariaDB":
					urls = urls[:2] // on MariaDB this account has no certificate
				}
				for _, u := range urls {
					r := run(t, source(t, u), driver.Request{SQL: "select id, at, d from i where id < ? order by id", TimeZone: c.zone, Args: []driver.Arg{{Type: driver.Int, Value: "9"}}})
					if r.err != nil {
						t.Fatal(r.err)
					}
					wantRows(t, r, want...)
				}
				// The date of an instant is its date in the session's zone.
				r := run(t, source(t, db.URL), driver.Request{SQL: "select cast(at as date), max(at) from i where id = 3 group by 1", TimeZone: c.zone})
				if r.err != nil {
					t.Fatal(r.err)
				}
				wantRows(t, r, c.date+" | 2026-01-31T23:30:00Z")
				r = run(t, source(t, db.URL), driver.Request{SQL: "select at from i where id > 9", TimeZone: c.zone})
				if r.err != nil || r.batches != 1 || len(r.rows) != 0 {
					t.Errorf("no rows: %v, %d batches", r.err, r.batches)
				}
			})
		}
	})
}

func TestAnInstantWhoseLocalTimeIsTwiceIsRefusedWhereItIsNotKept(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		name := zoneWithRepeatedHour(t, db)
		db.Exec(t, "set time_zone = '+00:00'", "create table i (at timestamp(3) null)", `insert into i values
			('2026-10-24 23:59:59.999'), ('2026-10-25 00:00:00'), ('2026-10-25 00:30:00'), ('2026-10-25 01:59:59.999'), ('2026-10-25 02:00:00'), (null)`)
		l := relayed(t, nil, db)
		l.before = "set sql_mode = 'NO_ZERO_DATE'"
		s := source(t, l.url)
		r := run(t, s, driver.Request{SQL: "select at from i where at is null or at < '2026-10-25 02:00:00' or at >= '2026-10-25 03:00:00' order by at", TimeZone: name})
		if r.err != nil {
			t.Fatal(r.err)
		}
		wantRows(t, r, "NULL", "2026-10-24T23:59:59.999Z", "2026-10-25T02:00:00Z")
		for _, second := range []string{"2026-10-25 00:00:00", "2026-10-25 00:30:00", "2026-10-25 01:59:59.999"} {
			// In the query, an instant is a local time that occurs twice. So the query
			// finds the row by its Unix time.
			q := driver.Request{SQL: "select 'x' as first, at as second from i where abs(unix_timestamp(at) - ?) < 0.0005", TimeZone: name}
			var at string
			if err := db.SQL.QueryRowContext(t.Context(), "select unix_timestamp(?)", second).Scan(&at); err != nil {
				t.Fatal(err)
			}
			q.Args = []driver.Arg{{Value: at}}
			e := run(t, s, q).failure(t)
			if !strings.Contains(e.Error(), `column "second", row 1`) || !strings.Contains(e.Error(), name) {
				t.Errorf("%s: got %v", second, e)
			}
		}
	})
}

func TestTheZoneOfTheURLAndOfTheServer(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		var servers string
		if err := db.SQL.QueryRowContext(t.Context(), "select @@global.time_zone").Scan(&servers); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ parameter, zone, want string }{
			{"", "", "+00:00"},
			{"?time_zone=%2B09:00", "", "+09:00"},
			{"?time_zone='%2B09:00'", "", "+09:00"},
			{"?time_zone=%2B09:00", "-02:00", "-02:00"},
			{"?time_zone=server", "", servers},
			{"?time_zone=%2B09:00", driver.ServerZone, servers},
		} {
			r := run(t, source(t, db.URL+c.parameter), driver.Request{SQL: "select @@session.time_zone", TimeZone: c.zone})
			wantRows(t, r, c.want)
		}
		// The driver keeps a zone that init_connect or a login has set, and instants are
		// exact in it.
		l := relayed(t, nil, db)
		l.before = "set time_zone = '-05:00'"
		r := run(t, source(t, l.url), driver.Request{SQL: "select @@session.time_zone, cast(from_unixtime(86400) as datetime)", TimeZone: driver.ServerZone})
		wantRows(t, r, "-05:00 | 1970-01-01T19:00:00")

		e := run(t, source(t, db.URL), driver.Request{SQL: "select 1", TimeZone: "Nowhere/Land"}).failure(t)
		if e.Code != "1298" || !strings.Contains(e.Error(), `"Nowhere/Land"`) || !strings.Contains(e.Error(), "mysql_tzinfo_to_sql") {
			t.Errorf("got %s: %v", e.Code, e)
		}
	})
}

// The server keeps the rows of a cursor and sends them in several answers.
func TestManyInstantsInAZone(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		q := driver.Request{SQL: "select a.i, b.i, from_unixtime(0), timestamp '2026-01-01 00:00:00', t.at from n a, n b, (select cast('x' as char) s) x, t where b.i <= 10", TimeZone: "+02:00"}
		db.Exec(t, "create table t (at timestamp)", "set time_zone = '+00:00'", "insert into t values ('2026-01-31 08:30:00')")
		r := run(t, source(t, db.URL), q)
		if r.err != nil || len(r.rows) != 10000 {
			t.Fatalf("%v, %d rows", r.err, len(r.rows))
		}
		for _, cells := range r.rows {
			if cells[4] != "2026-01-31T08:30:00Z" || cells[3] != "2026-01-01T00:00:00" {
				t.Fatalf("got %q", cells)
			}
		}
		wantOnlyConnection(t, db)
	})
}

func TestWarningsBehindACursorAreNotLost(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		db.Exec(t, "create table t (at timestamp)", "insert into t values (now())")
		q := driver.Request{SQL: "select cast('12x' as signed), at from t", TimeZone: "+02:00"}
		r := run(t, source(t, db.URL), q)
		if r.err != nil || len(r.answer.Warnings) != 1 || !strings.HasPrefix(r.answer.Warnings[0], "1292: ") {
			t.Errorf("%v, warnings %q", r.err, r.answer.Warnings)
		}
		if db.Server == "MariaDB" {
			q.SQL = "select i, at from n, t limit rows examined 10"
			if e := run(t, source(t, db.URL), q).failure(t); e.Code != "1931" {
				t.Errorf("got %s: %v", e.Code, e)
			}
		}
	})
}

func TestInstantsOfAZoneAreRefusedWhereTheyWouldNotBeExact(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		db.Exec(t, "create table t (id int, at timestamp)", "insert into t values (1, now())")
		s := source(t, db.URL+"?compress=true")
		e := run(t, s, driver.Request{SQL: "select at from t", TimeZone: "+02:00"}).failure(t)
		if !strings.Contains(e.Error(), `column "at"`) || !strings.Contains(e.Error(), "compress") {
			t.Errorf("got %v", e)
		}
		if r := run(t, s, driver.Request{SQL: "select id from t", TimeZone: "+02:00"}); r.err != nil {
			t.Error(r.err)
		}
		if r := run(t, s, driver.Request{SQL: "select at from t"}); r.err != nil {
			t.Error(r.err)
		}
	})
}

func TestInstantsAsParametersInAZone(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		name := zoneWithRepeatedHour(t, db)
		db.Exec(t, "set time_zone = '+00:00'", "create table i (at timestamp(6))", "insert into i values ('2026-01-31 08:30:00.25')")
		instant := func(value string) []driver.Arg {
			return []driver.Arg{{Name: "at", Type: driver.Timestamp, Value: value}}
		}
		for _, zone := range []string{"", "+09:00", "-11:30", name} {
			r := run(t, source(t, db.URL), driver.Request{SQL: "select count(*) from i where at = ?", TimeZone: zone, Args: instant("2026-01-31 08:30:00.25+00:00")})
			if r.err != nil {
				t.Fatal(r.err)
			}
			wantRows(t, r, "1")
		}
		for _, value := range []string{"2026-10-25 01:30:00+00:00", "1969-01-01 00:00:00+00:00", "2039-01-01 00:00:00+00:00"} {
			e := run(t, source(t, db.URL), driver.Request{SQL: "select count(*) from i where at = ?", TimeZone: name, Args: instant(value)}).failure(t)
			if !strings.Contains(e.Error(), "parameter :at:") {
				t.Errorf("%s: got %v", value, e)
			}
		}
	})
}
