// Parameters, read-only access, and the proof that the rows are complete.

package mysql_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testdb"
)

func TestParametersOfEachTypeAreBound(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		db.Exec(t, "create table p (d decimal(40,10), day date, at datetime(6), instant timestamp(6) null, s varchar(20), u bigint unsigned, b boolean) character set utf8mb4",
			"set names utf8mb4; set time_zone = '+00:00'; insert into p values (12345678901234567890.1234567891, '2026-01-31', '2026-01-31 08:30:00.25', '2026-01-31 08:30:00.25', 'it''s 😀 ?', 18446744073709551615, true)")
		for _, c := range []struct {
			name, sql string
			arg       driver.Arg
			want      string
		}{
			{"text, with a quote and a question mark", "select count(*) from p where s = ?", driver.Arg{Type: driver.Text, Value: "it's 😀 ?"}, "1"},
			{"text stays text", "select ?", driver.Arg{Type: driver.Text, Value: "007"}, "007"},
			{"int", "select ? + 1", driver.Arg{Type: driver.Int, Value: "-41"}, "-40"},
			{"int beyond 2^63", "select count(*) from p where u = ?", driver.Arg{Type: driver.Int, Value: "18446744073709551615"}, "1"},
			{"decimal, cast, every digit", "select count(*) from p where d = cast(? as decimal(40,10))", driver.Arg{Type: driver.Decimal, Value: "12345678901234567890.1234567891"}, "1"},
			{"decimal, cast, one off", "select count(*) from p where d in (cast(? as decimal(40,10)), 1)", driver.Arg{Type: driver.Decimal, Value: "12345678901234567890.1234567892"}, "0"},
			{"true", "select count(*) from p where b = ?", driver.Arg{Type: driver.Bool, Value: "true"}, "1"},
			{"false", "select count(*) from p where b = ?", driver.Arg{Type: driver.Bool, Value: "false"}, "0"},
			{"date", "select count(*) from p where day = ?", driver.Arg{Type: driver.Date, Value: "2026-01-31"}, "1"},
			{"timestamp without zone", "select count(*) from p where at = ?", driver.Arg{Type: driver.Timestamp, Value: "2026-01-31 08:30:00.25"}, "1"},
			{"timestamp in UTC", "select count(*) from p where instant = ?", driver.Arg{Type: driver.Timestamp, Value: "2026-01-31 08:30:00.25+00:00"}, "1"},
			{"auto as a number", "select count(*) from p where u = ?", driver.Arg{Value: "18446744073709551615"}, "1"},
			{"auto as a date", "select count(*) from p where day between ? and '2026-02-01'", driver.Arg{Value: "2026-01-01"}, "1"},
			{"null", "select ? is null", driver.Arg{Type: driver.Int, Null: true}, "1"},
			{"null as a column", "select ?", driver.Arg{Type: driver.Text, Null: true}, "NULL"},
		} {
			t.Run(c.name, func(t *testing.T) {
				wantRows(t, mustRun(t, db, c.sql, c.arg), c.want)
			})
		}
	})
}

func TestAnIntegerOf65BitsIsRefused(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		r := run(t, source(t, db.URL), driver.Request{SQL: "select ?", Args: []driver.Arg{{Name: "n", Type: driver.Int, Value: "18446744073709551616"}}})
		if e := r.failure(t); !strings.Contains(e.Error(), "parameter :n:") {
			t.Errorf("got %v", e)
		}
	})
}

func TestNothingWritesAnywhere(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		db.Exec(t, "create table w (id int)",
			`create function writes() returns int deterministic modifies sql data begin insert into w values (1); return 1; end`,
			`create function frees() returns int deterministic modifies sql data begin
			set session transaction read write; insert into w values (1); return 1; end`)
		statements := []string{
			"insert into w values (1)", "delete from w", "update w set id = 1", "truncate w", "drop table w",
			"create table x (id int)", "create temporary table x (id int)", "alter table w add c int",
			"create view x as select 1", "select writes()", "select frees()", "create table x as select 1",
		}
		if db.Server == "MariaDB" {
			db.Exec(t, "create sequence s")
			statements = append(statements, "select nextval(s)", "select setval(s, 5)")
		}
		for _, sql := range statements {
			t.Run(sql, func(t *testing.T) {
				r := run(t, source(t, db.URL), driver.Request{SQL: sql, Grace: time.Second})
				if r.err == nil {
					t.Fatal("the statement was executed")
				}
				if code := r.failure(t).Code; code != "1792" {
					t.Errorf("got code %s, %v", code, r.err)
				}
			})
		}
		if n := db.Count(t, "select count(*) from w"); n != 0 {
			t.Errorf("%d rows were written", n)
		}
		if n := db.Count(t, "select count(*) from information_schema.tables where table_schema = database() and table_name = 'x'"); n != 0 {
			t.Error("a table was created")
		}
	})
}

func TestWhatIsNotOneRowSetIsRefused(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		db.Exec(t, "create procedure two() begin select 1; select 2; end", "create procedure one() select 1")
		for _, c := range []struct{ sql, code, text string }{
			{"select 1; select 2", "1064", "select 2"},
			{"do 1", "", "no row set"},
			{"set @a = 1", "", "no row set"},
			{"call two()", "", "more than one row set"},
			{"call one()", "", "more than one row set"}, // the status of the CALL is a second result set
		} {
			t.Run(c.sql, func(t *testing.T) {
				e := run(t, source(t, db.URL), driver.Request{SQL: c.sql, Grace: time.Second}).failure(t)
				if e.Code != c.code || !strings.Contains(e.Error(), c.text) {
					t.Errorf("got %s %v", e.Code, e)
				}
			})
		}
		wantOnlyConnection(t, db)
	})
}

func TestAServersErrorHasItsNumberAndPhase(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		e := run(t, source(t, db.URL), driver.Request{SQL: "select nothing from n"}).failure(t)
		if e.Code != "1054" || e.Phase != driver.Query || !strings.Contains(e.Error(), "nothing") || strings.Contains(e.Error(), "Error 1054") {
			t.Errorf("got %s in %v: %v", e.Code, e.Phase, e)
		}
	})
}

func TestAnErrorInTheMiddleOfTheRowsIsAnError(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		r := run(t, source(t, db.URL), driver.Request{SQL: "select b.i, (select s.i from n s where b.i = 500 and s.i < 3) from n b order by b.i", Grace: time.Second})
		e := r.failure(t)
		if e.Code != "1242" || e.Phase != driver.Stream {
			t.Errorf("got %s in %v: %v", e.Code, e.Phase, e)
		}
		if len(r.rows) != row.MaxRows { // the full batch before the error; the unfinished batch is dropped
			t.Errorf("%d rows were emitted", len(r.rows))
		}
		wantOnlyConnection(t, db)
	})
}

func TestAValueOverTheLimitNamesItsPlace(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		q := driver.Request{SQL: "select 'x' as small, repeat('x', 1000) as big union all select 'y', repeat('y', 1001)", MaxCell: 1000, Grace: time.Second}
		e := run(t, source(t, db.URL), q).failure(t)
		for _, want := range []string{`"big"`, "row 2", "1001", "1000"} {
			if !strings.Contains(e.Error(), want) {
				t.Errorf("%q is not in %v", want, e)
			}
		}
		q.MaxCell = 1001
		if r := run(t, source(t, db.URL), q); r.err != nil {
			t.Error(r.err)
		}
		wantOnlyConnection(t, db)
	})
}

func TestACellOfManyPacketsIsWhole(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		// The cell is larger than a packet of 16 MiB, if the server's limit allows that.
		limit := db.Count(t, "select @@max_allowed_packet")
		size := min(limit-1024, 20<<20)
		db.Exec(t, "create table b (v longblob)")
		db.Exec(t, "insert into b values (repeat('ab', 1000000))")
		for n := 2000000; n*2 <= size; n *= 2 {
			db.Exec(t, "update b set v = concat(v, v)")
		}
		want := db.Count(t, "select length(v) from b")
		sum := 0
		r := runWith(t.Context(), source(t, db.URL), driver.Request{SQL: "select v from b"}, func(b *row.Batch) error {
			sum += len(b.Bytes(b.Row(0)[0]))
			return errors.New("seen")
		})
		if sum != want || r.err == nil {
			t.Errorf("got %d bytes of %d, %v", sum, want, r.err)
		}
	})
}

func TestLimitRowsExaminedIsIncompleteNotOK(t *testing.T) {
	db := testdb.MariaDB(t) // MySQL has no such clause
	numbers(t, db)
	db.Exec(t, "create table m as select a.i from n a, n b where b.i <= 5")
	for _, sql := range []string{
		"select i from n limit rows examined 10",
		// The warning comes after a thousand others, more than the server keeps.
		"select cast(concat('x', i) as int) from m limit rows examined 3000",
	} {
		e := run(t, source(t, db.URL), driver.Request{SQL: sql, Grace: time.Second}).failure(t)
		if e.Code != "1931" || e.Phase != driver.Verify || !strings.HasPrefix(e.Error(), "incomplete: ") {
			t.Errorf("%s: got %s in %v: %v", sql, e.Code, e.Phase, e)
		}
	}
}

func TestWarningsAreReported(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		r := mustRun(t, db, "select cast('abc' as signed)")
		if want := []string{"1292: Truncated incorrect INTEGER value: 'abc'"}; !slices.Equal(r.answer.Warnings, want) {
			t.Errorf("got %q", r.answer.Warnings)
		}
		if r := mustRun(t, db, "select 1"); r.answer.Warnings != nil {
			t.Errorf("got %q without a reason", r.answer.Warnings)
		}
		r = mustRun(t, db, "select cast(concat('x', i % 30) as signed) from n")
		if n := len(r.answer.Warnings); n != 20 || r.answer.Warnings[19] != "and 11 more" {
			t.Errorf("got %d lines: %q", n, r.answer.Warnings)
		}
	})
}

// An enum of the binary character set is the only text that the server does not convert
// to UTF-8.
func TestTextThatIsNotUTF8IsEscapedAndReported(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		db.Exec(t, "create table e (e enum(0xff, 'b') character set binary, f enum('c') character set latin1)",
			"insert into e values (1, 'c'), (1, 'c'), ('b', 'c')")
		r := mustRun(t, db, "select e, f from e order by e + 0")
		wantRows(t, r, `\xff | c`, `\xff | c`, "b | c")
		if want := []string{`column "e" holds text that is not UTF-8: such bytes are shown as \xNN`}; !slices.Equal(r.answer.Warnings, want) {
			t.Errorf("warnings %q, want %q", r.answer.Warnings, want)
		}
	})
}

func TestACutGroupConcatIsReported(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		// The result is longer than the default limit of any server.
		r := mustRun(t, db, "select length(group_concat(repeat('x', 2000))) from n")
		wantRows(t, r, "2000999")
		if db.Server != "MariaDB" {
			return
		}
		r = mustRun(t, db, "set statement group_concat_max_len = 4 for select group_concat(i) from n")
		if len(r.answer.Warnings) != 1 || !strings.HasPrefix(r.answer.Warnings[0], "1260: ") {
			t.Errorf("got %q", r.answer.Warnings)
		}
	})
}

func TestTheSessionIsSetAsPromised(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		r := mustRun(t, db, "select @@session.time_zone, @@character_set_client, @@character_set_results, @@sql_select_limit")
		wantRows(t, r, "+00:00 | utf8mb4 | utf8mb4 | 9223372036854775807")
		r = run(t, source(t, db.URL+"?collation=utf8mb4_bin"), driver.Request{SQL: "select @@collation_connection, 'a' = 'A'"})
		wantRows(t, r, "utf8mb4_bin | 0")
	})
}

func TestTheServersLimitIsABackstopLaterThanOurs(t *testing.T) {
	db := testdb.MariaDB(t) // only MariaDB has the variable
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	s := source(t, db.URL)
	r := runWith(ctx, s, driver.Request{SQL: "select @@max_statement_time between 10 and 11"}, nil)
	wantRows(t, r, "1")
	r = runWith(t.Context(), s, driver.Request{SQL: "select @@max_statement_time = @@global.max_statement_time"}, nil)
	wantRows(t, r, "1")
}

func TestADeadlineBeyondTheServersOwnLimitsIsKept(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		variable, most := "@@max_statement_time", "31536000"
		if db.Server != "MariaDB" {
			variable, most = "@@max_execution_time", "4294967295"
		}
		for _, left := range []time.Duration{999_999 * time.Hour, math.MaxInt64} {
			ctx, cancel := context.WithTimeout(t.Context(), left)
			r := runWith(ctx, source(t, db.URL), driver.Request{SQL: "select cast(" + variable + " as unsigned), @@warning_count"}, nil)
			cancel()
			if r.err != nil {
				t.Fatal(r.err)
			}
			wantRows(t, r, most+" | 0")
			if r.answer.Warnings != nil {
				t.Errorf("with %v left: warnings %q", left, r.answer.Warnings)
			}
		}
	})
}

func TestEmitsErrorIsReturnedAsItIs(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		mine := errors.New("the disk is full")
		r := runWith(t.Context(), source(t, db.URL), driver.Request{SQL: "select 1"}, func(*row.Batch) error { return mine })
		if r.err != mine { //nolint:errorlint // the same error, not wrapped
			t.Errorf("got %v", r.err)
		}
		wantOnlyConnection(t, db)
	})
}
