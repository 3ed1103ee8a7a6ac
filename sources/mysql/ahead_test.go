// MariaDB prepares and executes a statement in one round trip.

package mysql_test

import (
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
)

// The native client needs one round trip after its login. The target is one more.
func TestWithoutParametersMariaDBTakesTwoRoundTrips(t *testing.T) {
	db := testdb.MariaDB(t)
	numbers(t, db)
	for _, c := range []struct {
		name, sql string
		rows      int
		trips     int64
	}{
		{"a value", "select 1", 1, 2},
		{"a thousand rows", "select i, repeat('x', 1000) from n", 1000, 2},
		{"no row", "select i from n where i < 0", 0, 2},
		{"warnings", "select cast(concat(i, 'x') as signed) from n where i < 3", 2, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := relayed(t, nil, db)
			r := run(t, source(t, l.url), driver.Request{SQL: c.sql, Grace: time.Hour})
			if r.err != nil || len(r.rows) != c.rows {
				t.Fatalf("%v, %d rows", r.err, len(r.rows))
			}
			if trips, ahead := l.trips.Load(), l.ahead.Load(); trips != c.trips || ahead != 1 || len(r.answer.Warnings) != 2*int(c.trips-2) {
				t.Errorf("%d round trips after the login, %d statements ahead, want %d and 1: %q", trips, ahead, c.trips, l.sent(""))
			}
		})
	}
}

// If a server does not accept "the statement prepared last", the driver executes the
// statement by its id. If the statement cannot be prepared, the driver reports that error,
// and does not mix up the answers to the following commands.
func TestWhatCannotBeExecutedAhead(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		db.Exec(t, "create table orders (amount int)")
		for _, forgetful := range []bool{false, true} {
			l := relayed(t, nil, db)
			l.forgetful = forgetful
			ask1 := func(sql string, args ...driver.Arg) reply {
				return run(t, source(t, l.url), driver.Request{SQL: sql, Args: args})
			}
			wantRows(t, ask1("select i, i + 1 from n where i < 4 order by i"), "1 | 2", "2 | 3", "3 | 4")
			for sql, want := range map[string]string{
				"select i from m":                  "m' doesn't exist",
				"select amuont from orders":        "did you mean amount?",
				"selec i from n":                   "You have an error in your SQL syntax",
				"select (select i from n)":         "more than 1 row",
				"select i from n where i = ?":      "",
				"select 1; select 2":               "You have an error in your SQL syntax",
				"select exp(1e300 * i) + i from n": "out of range",
			} {
				if e := ask1(sql).failure(t); !strings.Contains(e.Error(), want) || strings.Contains(e.Error(), "1243") || e.Code == "1243" {
					t.Errorf("forgetful %v: %s: %v [%s], want %q", forgetful, sql, e, e.Code, want)
				}
			}
			wantRows(t, ask1("select i from n where i = ?", driver.Arg{Name: "i", Type: driver.Int, Value: "7"}), "7")
		}
	})
}

// With a time zone for the session, a cursor may be needed. A dry run must not execute the
// statement.
func TestWhatIsNotExecutedAhead(t *testing.T) {
	db := testdb.MariaDB(t)
	numbers(t, db)
	for name, q := range map[string]driver.Request{
		"a zone":      {SQL: "select i from n", TimeZone: "+02:00"},
		"a dry run":   {SQL: "select i from n", Prepare: true},
		"a parameter": {SQL: "select i from n where i < ?", Args: []driver.Arg{{Name: "i", Type: driver.Int, Value: "3"}}},
	} {
		l := relayed(t, nil, db)
		if r := run(t, source(t, l.url), q); r.err != nil || l.ahead.Load() != 0 {
			t.Errorf("%s: %v, %d statements ahead", name, r.err, l.ahead.Load())
		}
	}
}
