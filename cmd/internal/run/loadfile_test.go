// MySQL and MariaDB take rows as a file or by INSERT, depending on the server's settings. The table
// gets the same rows in both ways, and the same rows are rejected.

package run_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/testdata/testdb"
)

// takesFiles sets whether the server accepts files, until the test ends.
func takesFiles(t *testing.T, db testdb.DB, on string) {
	t.Helper()
	global(t, db, "local_infile", on)
}

// global sets a variable of the server, until the test ends.
func global(t *testing.T, db testdb.DB, name, value string) {
	t.Helper()
	var old string
	if err := db.SQL.QueryRowContext(t.Context(), "select @@global."+name).Scan(&old); err != nil {
		t.Fatal(err)
	}
	mustExec(t, db.SQL, "set global "+name+" = "+value)
	t.Cleanup(func() { execLate(t, db.SQL, "set global "+name+" = "+old) })
}

// execLate runs a statement when the test has ended.
func execLate(t *testing.T, db *sql.DB, text string) {
	t.Helper()
	if _, err := db.ExecContext(context.Background(), text); err != nil {
		t.Errorf("%s: %v", text, err)
	}
}

// files returns the number of files that the server was told to load.
func files(t *testing.T, db testdb.DB) (n int) {
	t.Helper()
	var name string
	if err := db.SQL.QueryRowContext(t.Context(), "show global status like 'Com_load'").Scan(&name, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRowsAreTheSameAsAFileAndByInsert(t *testing.T) {
	file := t.TempDir() + "/lite.db"
	lite := openSQLite(t, file)
	mustExec(t, lite, common["SQLite"])
	mustExec(t, lite, "insert into t values "+strings.Join(rowsOf("SQLite", 100), ", "))
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for _, s := range []string{"", `\`, `\N`, "\\\n\t\r\b\x1a\x00N", "a\tb\nc", strings.Repeat("ä\\\t", 50_000)} {
		if _, err := lite.ExecContext(t.Context(), `insert into t (k, s, "by") select max(k) + 1, ?, ? from t`, s, every); err != nil {
			t.Fatal(err)
		}
	}
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		for _, on := range []string{"on", "off"} {
			takesFiles(t, db, on)
			before := files(t, db)
			if v, stderr := loadOf(t, "sqlite:"+file, "select * from t", run.Load{To: db.URL, Table: "made_" + on, Mode: load.Create}); v.Exit() != 0 {
				t.Fatal(stderr)
			}
			if on == "on" && files(t, db) == before {
				t.Error("the rows were not sent as a file")
			}
			if v, stderr := loadOf(t, "sqlite:"+file, "select '' as s union all select null union all select ''", run.Load{To: db.URL, Table: "one_" + on, Mode: load.Create}); v.Exit() != 0 {
				t.Fatal(stderr)
			}
		}
		for _, table := range []string{"made", "one"} {
			if sums := checksums(t, db, table+"_on", table+"_off"); sums[0] != sums[1] {
				t.Errorf("the tables %s differ: %v", table, sums)
			}
		}
		differs := "select count(*) from made_on where k is not null and hex(s) not in (select hex(s) from made_off where s is not null)"
		if n := db.Count(t, differs); n != 0 {
			t.Errorf("%d texts differ", n)
		}
	})
}

// For a file from a client, a server turns errors into warnings. fanql makes errors of them again.
func TestWhatAServerRefusesOfAFileIsRefused(t *testing.T) {
	lite := t.TempDir() + "/lite.db"
	mustExec(t, openSQLite(t, lite), "create table t (k integer)")
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		mustExec(t, db.SQL, "create table parent (k int primary key) engine=InnoDB")
		mustExec(t, db.SQL, "create table child (k int primary key, s varchar(5) character set latin1, e enum('a', 'b'), y year, p int, check (k < 100), foreign key (p) references parent (k)) engine=InnoDB")
		mustExec(t, db.SQL, "insert into child (k) values (0)")
		mustExec(t, db.SQL, "create trigger refused before insert on child for each row begin if new.k = 13 then signal sqlstate '45000' set message_text = 'no thirteen'; end if; end")
		for _, on := range []string{"on", "off"} {
			takesFiles(t, db, on)
			for sql, want := range map[string]string{
				"select 5 as k union all select 6 union all select 5": "Duplicate entry '5'",
				"select 1 as k union all select 0":                    "Duplicate entry '0'",
				"select 7 as k union all select 500":                  "onstraint",
				"select 1 as k, '漢' as s":                             "Incorrect string value",
				"select 1 as k, 'a' as e union all select 2, 'zz'":    "Data truncated for column 'e' at row 2",
				"select 1 as k, 9 as p":                               "foreign key constraint fails",
				"select 12 as k union all select 13":                  "no thirteen",
				"select 1 as k, 77 as y":                              "77 cannot be held",
			} {
				v, stderr := loadOf(t, "sqlite:"+lite, sql, run.Load{To: db.URL, Table: "child"})
				if v.Exit() != 1 || !strings.Contains(strings.ToLower(stderr), strings.ToLower(want)) || !strings.Contains(stderr, "is as it was") || strings.Count(strings.TrimSpace(stderr), "\nno answer") > 1 {
					t.Errorf("files %s: %s: exit %d: %s", on, sql, v.Exit(), stderr)
				}
				if n := db.Count(t, "select count(*) from child"); n != 1 {
					t.Errorf("files %s: %s: the table has %d rows", on, sql, n)
				}
			}
		}
	})
}

// A server that stores no warnings still returns their number. Only the server sees the values of a
// column that it computes from the rows.
func TestAComputedValueThatWouldBeChangedIsRefused(t *testing.T) {
	lite := t.TempDir() + "/lite.db"
	mustExec(t, openSQLite(t, lite), "create table t (k integer)")
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		mustExec(t, db.SQL, "create table computed (k int, w tinyint generated always as (k * 100) stored) engine=InnoDB")
		for _, on := range []string{"on", "off"} {
			takesFiles(t, db, on)
			for _, kept := range []string{"0", "64"} {
				global(t, db, "max_error_count", kept)
				v, stderr := loadOf(t, "sqlite:"+lite, "select 5 as k", run.Load{To: db.URL, Table: "computed"})
				if n := db.Count(t, "select count(*) from computed"); v.Exit() != 1 || n != 0 || !strings.Contains(stderr, "Out of range value for column 'w'") {
					t.Errorf("files %s, warnings %s: exit %d, %d rows: %s", on, kept, v.Exit(), n, stderr)
				}
			}
		}
	})
}

// checksums returns the server's checksums of two tables.
func checksums(t *testing.T, db testdb.DB, a, b string) (sums [2]string) {
	t.Helper()
	for i, table := range []string{a, b} {
		var name string
		if err := db.SQL.QueryRowContext(t.Context(), "checksum table "+table).Scan(&name, &sums[i]); err != nil {
			t.Fatal(err)
		}
	}
	return sums
}
