// Some loads must not wait for rows after they have begun: others who insert would have to wait, or
// the server would end the load.

package run_test

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/testdata/testdb"
)

// prompt returns whether a load into a table must not wait for rows.
func prompt(t *testing.T, target, table string, mode load.Mode) bool {
	t.Helper()
	list, err := (&config.Config{Dialects: sources.Dialects}).Resolve([]string{target})
	if err != nil {
		t.Fatal(err)
	}
	l, err := sources.OpenLoader(list[0], os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	got, err := l.Look(t.Context(), load.Request{Table: table, Mode: mode, Key: []string{"k"}}, new(driver.Progress))
	if err != nil {
		t.Fatal(err)
	}
	return got.Prompt
}

func TestALoadDoesNotWaitWhereOthersWaitForIt(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		mustExec(t, db.SQL, "create table plain (k int primary key)")
		mustExec(t, db.SQL, "create table numbered (k int auto_increment primary key, n int)")
		held := db.Count(t, "select @@innodb_autoinc_lock_mode") != 2
		for _, c := range []struct {
			table string
			mode  load.Mode
			want  bool
		}{{"plain", load.Append, false}, {"numbered", load.Append, held}, {"numbered", load.Upsert, false}} {
			if got := prompt(t, db.URL, c.table, c.mode); got != c.want {
				t.Errorf("%s (%s): %v", c.table, c.mode, got)
			}
		}
	})
}

func TestALoadDoesNotWaitWhereTheServerLimitsIt(t *testing.T) {
	for _, db := range []testdb.DB{testdb.Postgres(t), testdb.MariaDB(t)} {
		mustExec(t, db.SQL, "create table plain (k int primary key)")
		if prompt(t, db.URL, "plain", load.Append) {
			t.Errorf("%s without a limit", db.Server)
		}
		u, err := url.Parse(db.URL)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.Trim(u.Path, "/")
		if db.Server == "PostgreSQL" {
			mustExec(t, db.SQL, fmt.Sprintf("alter database %q set statement_timeout = '30s'", name))
		} else {
			user := "limited" + name
			user = user[:min(len(user), 28)]
			mustExec(t, db.SQL, "create user "+user+" identified by 'p' with max_statement_time 30")
			t.Cleanup(func() { execLate(t, db.SQL, "drop user "+user) })
			mustExec(t, db.SQL, "grant all on plain to "+user)
			u.User = url.UserPassword(user, "p")
		}
		for _, mode := range []load.Mode{load.Append, load.Upsert} {
			if !prompt(t, u.String(), "plain", mode) {
				t.Errorf("%s with a limit (%s)", db.Server, mode)
			}
		}
	}
}
