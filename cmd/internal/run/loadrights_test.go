// Rows cannot be loaded into some tables. One line gives the reason, and no row is in the table
// afterwards.

package run_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/testdata/testdb"
)

// asPoor returns the URL of a database for a role. The role may only read the table f and insert
// into the table g.
func asPoor(t *testing.T, db testdb.DB) string {
	t.Helper()
	u, err := url.Parse(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("poor%s", strings.Trim(u.Path, "/"))
	name = name[:min(len(name), 28)]
	statements := []string{"create user " + name + " identified by 'p'", "grant select on f to " + name, "grant insert on g to " + name}
	if db.Server == "PostgreSQL" {
		statements = []string{"create role " + name + " login password 'p'", "revoke create on schema public from public", "grant select on f to " + name, "grant insert on g to " + name}
	}
	for _, s := range statements {
		mustExec(t, db.SQL, s)
	}
	t.Cleanup(func() {
		for _, s := range []string{"revoke all on f from " + name, "revoke all on g from " + name, "drop user " + name} {
			execLate(t, db.SQL, s)
		}
	})
	u.User = url.UserPassword(name, "p")
	return u.String()
}

func TestALoadIntoWhatCannotTakeItSaysWhy(t *testing.T) {
	lite := t.TempDir() + "/lite.db"
	mustExec(t, openSQLite(t, lite), "create table t (k integer)")
	computed := map[string]string{"PostgreSQL": "g int generated always as (k + 1) stored"}
	for _, db := range []testdb.DB{testdb.Postgres(t), testdb.MySQL(t), testdb.MariaDB(t)} {
		t.Run(db.Server, func(t *testing.T) {
			generated := computed[db.Server]
			if generated == "" {
				generated = "g int generated always as (k + 1) virtual"
			}
			for _, s := range []string{"create table f (k int primary key, s varchar(3))", "create table g (k int, " + generated + ")", "create view v as select * from f"} {
				mustExec(t, db.SQL, s)
			}
			poor := asPoor(t, db)
			before := db.Count(t, "select count(*) from information_schema.tables")
			for _, c := range []struct {
				to, table string
				mode      load.Mode
				sql, want string
			}{
				{poor, "f", load.Append, "select 1 as k", "no right|denied"},
				{poor, "g", load.Replace, "select 1 as k", "no right|denied"},
				{poor, "made", load.Create, "select 1 as k", "no right|denied"},
				{db.URL, "v", load.Append, "select 1 as k", "it is a view: rows are loaded into tables"},
				{db.URL, "g", load.Append, "select 1 as k, 2 as g", `its column "g" is computed by the database: leave it out of the query`},
				{db.URL, "f", load.Append, "select 1 as k, 2 as nix", `it has no column "nix"`},
				{db.URL, "f", load.Append, "select 1 as k, 'long' as s", "it is too long"},
				{db.URL, "f", load.Append, "select 'x' as s", `it needs a value for "k", which the rows lack`},
				{db.URL, "nix", load.Append, "select 1 as k", "there is no such table"},
				{db.URL, "f", load.Create, "select 1 as k", "there is such a table already"},
			} {
				v, text := loadOf(t, "sqlite:"+lite, c.sql, run.Load{To: c.to, Table: c.table, Mode: c.mode})
				one, other, _ := strings.Cut(c.want, "|")
				if v.Failure == nil || !strings.Contains(text, one) && (other == "" || !strings.Contains(text, other)) || strings.Contains(strings.TrimSpace(text), "\n") {
					t.Errorf("%s into %s (%s): %v: %s", c.sql, c.table, c.mode, v.Failure, text)
				}
				if strings.Contains(text, "fanql_load") || strings.Contains(text, "://") {
					t.Errorf("the line has a name that the user does not know: %s", text)
				}
			}
			if n := db.Count(t, "select (select count(*) from f) + (select count(*) from g)"); n != 0 {
				t.Errorf("%d rows are there", n)
			}
			if n := db.Count(t, "select count(*) from information_schema.tables"); n != before {
				t.Errorf("there are %d tables, want %d as before", n, before)
			}
		})
	}
}

// An identity column of PostgreSQL takes the values of the rows, as with COPY. An upsert does the
// same.
func TestAnIdentityColumnTakesTheRowsOwnValues(t *testing.T) {
	lite := t.TempDir() + "/lite.db"
	mustExec(t, openSQLite(t, lite), "create table t (k integer)")
	db := testdb.Postgres(t)
	mustExec(t, db.SQL, "create table numbered (k int generated always as identity primary key, s text)")
	for _, m := range []load.Mode{load.Append, load.Upsert} {
		into := run.Load{To: db.URL, Table: "numbered", Mode: m}
		sql := "select 7 as k, 'seven' as s"
		if m == load.Upsert {
			into.Key, sql = []string{"k"}, "select 7 as k, 'SEVEN' as s union all select 9, 'nine'"
		}
		if v, text := loadOf(t, "sqlite:"+lite, sql, into); v.Exit() != 0 {
			t.Fatal(text)
		}
	}
	if n := db.Count(t, "select count(*) from numbered where (k, s) in ((7, 'SEVEN'), (9, 'nine'))"); n != 2 {
		t.Errorf("only %d rows have the values that were read", n)
	}
}
