// The settings of a session, and those that a server may refuse.

package mysql_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
)

// The native client needs two round trips after its login, one of them for the version. The
// target is one more.
func TestAQueryTakesThreeRoundTrips(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		for _, c := range []struct {
			name, sql string
			trips     int64
		}{
			{"without warnings", "select i from n where i < ?", 3},
			{"with some", "select cast(concat(i, 'x') as signed) from n where i < ?", 4},
		} {
			t.Run(c.name, func(t *testing.T) {
				l := relayed(t, nil, db)
				q := driver.Request{SQL: c.sql, Args: []driver.Arg{{Name: "i", Type: driver.Int, Value: "3"}}, Grace: time.Hour} // so long that no standby connection is opened
				r := run(t, source(t, l.url), q)
				if r.err != nil || len(r.rows) != 2 {
					t.Fatalf("%v, %d rows", r.err, len(r.rows))
				}
				if trips := l.trips.Load(); trips != c.trips || len(r.answer.Warnings) != 2*int(c.trips-3) {
					t.Errorf("%d round trips after the login, want %d: %q, warnings %q", trips, c.trips, l.sent(""), r.answer.Warnings)
				}
			})
		}
	})
}

func TestWhatMayChangeAMeaningIsTheServersOwn(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		const variables = "@@sql_mode, @@collation_database, @@div_precision_increment, @@default_week_format, @@lc_time_names, @@sql_auto_is_null, @@character_set_database, @@block_encryption_mode"
		query := "select concat_ws('/', " + variables + ")"
		if db.Server == "MariaDB" {
			query = strings.Replace(query, "@@block_encryption_mode", "@@old_mode", 1)
		}
		var want string
		if err := db.SQL.QueryRowContext(t.Context(), query).Scan(&want); err != nil {
			t.Fatal(err)
		}
		wantRows(t, mustRun(t, db, query), want)
	})
}

func TestTheTextIsReadByTheServersModes(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		cases := []struct {
			modes string
			want  driver.Modes
		}{
			{"ANSI_QUOTES", driver.Modes{AnsiQuotes: true}},
			{"NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES", driver.Modes{NoBackslashEscapes: true}},
			{"ANSI,NO_BACKSLASH_ESCAPES", driver.Modes{AnsiQuotes: true, NoBackslashEscapes: true}},
			{"STRICT_ALL_TABLES,PIPES_AS_CONCAT", driver.Modes{}},
		}
		if db.Server == "MariaDB" {
			cases = append(cases, struct {
				modes string
				want  driver.Modes
			}{"MSSQL", driver.Modes{AnsiQuotes: true, BracketQuotes: true}})
		}
		for _, c := range cases {
			t.Run(c.modes, func(t *testing.T) {
				l := relayed(t, nil, db)
				l.before = "set sql_mode = '" + c.modes + "'"
				q := driver.Request{SQL: "select @@sql_mode, ?", Args: []driver.Arg{{Type: driver.Int, Value: "1"}}}
				q.Reread = func(m driver.Modes) (driver.Request, error) {
					if m != c.want || m == (driver.Modes{}) {
						t.Errorf("read again for %+v, want %+v", m, c.want)
					}
					return driver.Request{SQL: "select @@sql_mode, ?, 'again'", Args: []driver.Arg{{Type: driver.Int, Value: "2"}}}, nil
				}
				r := run(t, source(t, l.url), q)
				if r.err != nil {
					t.Fatal(r.err)
				}
				got := strings.Join(r.rows[0][1:], " ")
				if want := map[bool]string{true: "1", false: "2 again"}[c.want == driver.Modes{}]; got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				for mode := range strings.SplitSeq(c.modes, ",") {
					if !strings.Contains(r.rows[0][0], mode) {
						t.Errorf("the modes are %s, want %s", r.rows[0][0], c.modes)
					}
				}
				if c.want == (driver.Modes{}) {
					return
				}
				q.Reread = nil
				if e := run(t, source(t, l.url), q).failure(t); !strings.Contains(e.Error(), "mode") {
					t.Errorf("got %v", e)
				}
				why := errors.New("the text cannot be read so")
				q.Reread = func(driver.Modes) (driver.Request, error) { return driver.Request{}, why }
				if e := run(t, source(t, l.url), q).failure(t); !errors.Is(e, why) || e.Phase != driver.Query {
					t.Errorf("got %v", e)
				}
			})
		}
	})
}

func TestRefusedSettingsAreWarnings(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		limit := "max_execution_time"
		if db.Server == "MariaDB" {
			limit = "max_statement_time"
		}
		for _, c := range []struct {
			name    string
			refused map[string]uint16
			q       driver.Request
			warning string // a part of the only warning, or empty
			code    string // of the error, or empty
			text    string
		}{
			{name: "several statements at once", refused: map[string]uint16{"; ": 1064}},
			{name: "a time limit", refused: map[string]uint16{limit: 1193}, warning: "time limit"},
			{name: "group_concat_max_len", refused: map[string]uint16{"group_concat_max_len": 1227}, warning: "GROUP_CONCAT may be cut"},
			{name: "the larger sql_select_limit", refused: map[string]uint16{"9223372036854775807": 1231}},
			{name: "sql_select_limit, which is not known", refused: map[string]uint16{"sql_select_limit": 1193}, warning: "sql_select_limit"},
			{name: "sql_select_limit, which has no bound", refused: map[string]uint16{"sql_select_limit=": 1227}},
			{name: "utf8mb4", refused: map[string]uint16{"utf8mb4": 1115}, code: "1115", text: "utf8mb4"},
			{name: "UTC", refused: map[string]uint16{"time_zone=": 1298}, code: "1298", text: "time-zone server"},
			{name: "a zone", refused: map[string]uint16{"time_zone='+03:00'": 1298}, q: driver.Request{TimeZone: "+03:00"}, code: "1298", text: `"+03:00"`},
			{name: "the session's mode", refused: map[string]uint16{"SESSION TRANSACTION": 1235}},
			{name: "the session's mode, by any name", refused: map[string]uint16{"SESSION TRANSACTION": 1235, "_read_only=1": 1193}, warning: "only the transaction is read-only"},
			{name: "the transaction", refused: map[string]uint16{"START TRANSACTION READ ONLY": 1235}, warning: "the session is read-only"},
			{
				name: "read-only", refused: map[string]uint16{"TRANSACTION READ ONLY": 1235, "_read_only=1": 1193},
				code: "1235", text: "read_only: best_effort",
			},
			{
				name: "read-only, by the best effort", refused: map[string]uint16{"TRANSACTION READ ONLY": 1235, "_read_only=1": 1193},
				q: driver.Request{BestEffort: true}, warning: "NOT READ-ONLY",
			},
			{name: "the identity", refused: map[string]uint16{"@@server_id": 1193}, warning: "may run on"},
			{name: "the modes", refused: map[string]uint16{"@@sql_mode": 1142}, code: "1142", text: "sql_mode"},
			{name: "the modes, which are not known", refused: map[string]uint16{"@@sql_mode": 1193}},
		} {
			t.Run(c.name, func(t *testing.T) {
				c.q.SQL = "select 'ok' as a"
				r := run(t, source(t, relayed(t, c.refused, db).url), c.q)
				if c.code != "" {
					if e := r.failure(t); e.Code != c.code || e.Phase != driver.Auth || !strings.Contains(e.Error(), c.text) {
						t.Errorf("got %s in %s: %v", e.Code, e.Phase, e)
					}
					return
				}
				if r.err != nil {
					t.Fatal(r.err)
				}
				wantRows(t, r, "ok")
				if c.warning == "" && r.answer.Warnings != nil || c.warning != "" && (len(r.answer.Warnings) != 1 || !strings.Contains(r.answer.Warnings[0], c.warning)) {
					t.Errorf("warnings %q, want one with %q", r.answer.Warnings, c.warning)
				}
			})
		}
	})
}

func TestBestEffortDropsOnlyWhatCannotBeEnforced(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		db.Exec(t, "create table w (id int)")
		e := run(t, source(t, db.URL), driver.Request{SQL: "insert into w values (1)", BestEffort: true}).failure(t)
		if e.Code != "1792" {
			t.Errorf("got %s: %v", e.Code, e)
		}
	})
}

// The connection allows several statements in one text. A prepared text can have only one,
// so the driver prepares the user's text. It sends a text that cannot be prepared over
// another connection.
func TestASecondStatementIsRefusedByTheServer(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		for _, sql := range []string{"select 1; select 2", "select 1; drop table n", "select 1;select 2;", "/* ; */ select 1;\n-- x\nselect 2"} {
			if e := run(t, source(t, db.URL), driver.Request{SQL: sql, Tag: "fanql:two", Grace: time.Second}).failure(t); e.Code != "1064" {
				t.Errorf("%s: got %s, %v", sql, e.Code, e)
			}
		}
	})
}

func TestWhatCannotBePreparedGoesOverAConnectionForOneStatement(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		for _, c := range []struct{ sql, code string }{
			{"select 'one' as a", ""},
			{"select 1; select 2", "1064"},
			{"select 1; drop table nothing", "1064"},
		} {
			// The relay refuses to prepare a text that the server could prepare.
			l := relayed(t, map[string]uint16{"PREPARE ": 1295}, db)
			r := run(t, source(t, l.url), driver.Request{SQL: c.sql, Tag: "fanql:text-1", Grace: time.Second, AwaitPeerClose: true})
			if n := l.connections.Load(); n != 2 {
				t.Errorf("%s: %d connections were made, want 2", c.sql, n)
			}
			if c.code == "" {
				wantRows(t, r, "one")
			} else if e := r.failure(t); e.Code != c.code || e.Phase != driver.Query {
				t.Errorf("%s: got %s in %s, %v", c.sql, e.Code, e.Phase, e)
			}
			if sent := l.sent("; START"); len(sent) != 1 {
				t.Errorf("%d of fanql's settings were sent as several statements, want those of the first connection: %q", len(sent), sent)
			}
		}
		wantOnlyConnection(t, db)
	})
}

// If MySQL's own time limit ends a SLEEP, MySQL returns a row and no error.
func TestTheServersOwnTimeLimitIsAnError(t *testing.T) {
	db := testdb.MySQL(t)
	l := relayed(t, nil, db)
	l.before = "set max_execution_time = 150"
	e := run(t, source(t, l.url), driver.Request{SQL: "select sleep(5)"}).failure(t)
	if e.Code != "3024" || !strings.Contains(e.Error(), "150 ms") {
		t.Errorf("got %s: %v", e.Code, e)
	}
	// The result of a statement that ends by itself is valid, even if it took longer than
	// the limit.
	l = relayed(t, nil, db)
	l.before = "set max_execution_time = 1"
	late := driver.Request{SQL: "show tables like 'no such'"} // the limit applies to SELECT only
	if r := run(t, source(t, l.url), late); r.err != nil {
		t.Error(r.err)
	}
	// The server's limit is lowered to that of the run, but not raised.
	l = relayed(t, nil, db)
	l.before = "set max_execution_time = 7000"
	wantRows(t, run(t, source(t, l.url), driver.Request{SQL: "select cast(@@max_execution_time as signed)"}), "7000")
}

// MariaDB's limit is for each statement, so it must be long enough for those before the query
// on a busy machine.
func TestMariaDBsOwnTimeLimitIsNotRaised(t *testing.T) {
	t.Parallel()
	db := testdb.MariaDB(t)
	l := relayed(t, nil, db)
	l.before = "set max_statement_time = 2"
	if e := run(t, source(t, l.url), driver.Request{SQL: "select sleep(60)"}).failure(t); e.Code != "1969" {
		t.Errorf("got %s: %v", e.Code, e)
	}
}

func TestNotesAreNotWarnings(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		// EXPLAIN adds a note with the rewritten statement.
		r := mustRun(t, db, "explain select 1 from dual where 1 = 2")
		if slices.ContainsFunc(r.answer.Warnings, func(w string) bool { return strings.HasPrefix(w, "1003:") }) {
			t.Errorf("warnings %q", r.answer.Warnings)
		}
	})
}
