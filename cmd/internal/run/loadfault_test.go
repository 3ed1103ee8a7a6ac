// Loads that fail: none of their rows is in the table.

package run_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// loaderOf opens a loader as a run does.
func loaderOf(t *testing.T, to string) load.Loader {
	t.Helper()
	c := &config.Config{Dialects: sources.Dialects}
	list, err := c.Resolve([]string{"to=" + to})
	if err != nil {
		t.Fatal(err)
	}
	l, err := sources.OpenLoader(list[0], os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// countUp emits batches of rows with increasing numbers, until it has emitted many rows. After each
// batch it calls at with the number of rows so far.
func countUp(emit row.Emit, many int, at func(n int)) error {
	schema := &row.Schema{Columns: []row.Column{{Name: "k", Type: row.Int}}}
	for n := 0; n < many; {
		b := row.NewBatch(schema)
		for full := false; !full; n++ {
			b.Int(int64(n))
			full = b.EndRow()
		}
		if err := emit(b); err != nil {
			return err
		}
		if at != nil {
			at(n)
		}
	}
	return nil
}

// loadModes are the modes of a load. Each test starts with a table that has one row.
var loadModes = []load.Mode{load.Append, load.Create, load.Replace, load.Upsert}

// loadRequest returns a request for a table that suits the mode.
func loadRequest(m load.Mode) load.Request {
	table := "old"
	if m == load.Create {
		table = "made"
	}
	q := load.Request{Table: table, Mode: m, Columns: []load.Column{{Name: "k", Type: "bigint", Kind: row.Int, Code: 20}}, Grace: time.Second}
	if m == load.Upsert {
		q.Key = []string{"k"}
	}
	return q
}

// TestNothingOfALoadThatDiesIsThere kills the session on the server in the middle of the rows.
func TestNothingOfALoadThatDiesIsThere(t *testing.T) {
	for _, db := range []testdb.DB{testdb.Postgres(t), testdb.MySQL(t), testdb.MariaDB(t)} {
		for _, m := range loadModes {
			t.Run(db.Server+" "+m.String(), func(t *testing.T) {
				prepareOld(t, db)
				q := loadRequest(m)
				killed := false
				_, err := loaderOf(t, db.URL).Load(t.Context(), q, new(driver.Progress), func(emit row.Emit) error {
					return countUp(emit, 60_000, func(n int) {
						if n > 20_000 && !killed {
							killed = true
							killSessions(t, db)
						}
					})
				})
				if err == nil || strings.Contains(err.Error(), db.URL) {
					t.Fatalf("the error is %v", err)
				}
				onlyOld(t, db)
			})
		}
	}
}

// TestALoadThatIsEndedLeavesNothing cancels the context, and then makes the rows fail.
func TestALoadThatIsEndedLeavesNothing(t *testing.T) {
	for _, db := range []testdb.DB{testdb.Postgres(t), testdb.MySQL(t), testdb.MariaDB(t)} {
		for _, m := range loadModes {
			t.Run(db.Server+" "+m.String(), func(t *testing.T) {
				prepareOld(t, db)
				q := loadRequest(m)
				ctx, cancel := context.WithCancelCause(t.Context())
				begun := time.Now()
				_, err := loaderOf(t, db.URL).Load(ctx, q, new(driver.Progress), func(emit row.Emit) error {
					return countUp(emit, 3_000_000, func(n int) {
						if n > 20_000 {
							cancel(stopped{})
						}
					})
				})
				if err == nil || !strings.Contains(err.Error(), "stopped") {
					t.Errorf("the error is %v", err)
				}
				if took := time.Since(begun); took > 5*time.Second {
					t.Errorf("it took %v", took)
				}
				onlyOld(t, db)
				refused := errors.New("the rows end here")
				_, err = loaderOf(t, db.URL).Load(t.Context(), q, new(driver.Progress), func(emit row.Emit) error {
					if err := countUp(emit, 20_000, nil); err != nil {
						return err
					}
					return refused
				})
				if err != refused { //nolint:errorlint // it must be this very error
					t.Errorf("the error is %v", err)
				}
				onlyOld(t, db)
			})
		}
	}
}

func prepareOld(t *testing.T, db testdb.DB) {
	t.Helper()
	mustExec(t, db.SQL, "drop table if exists old")
	mustExec(t, db.SQL, "create table old (k bigint primary key)")
	mustExec(t, db.SQL, "insert into old values (-1)")
}

// onlyOld checks that the database has the old table with its row, and nothing else.
func onlyOld(t *testing.T, db testdb.DB) {
	t.Helper()
	if n := db.Count(t, "select count(*) from old"); n != 1 {
		t.Errorf("the table has %d rows", n)
	}
	schema := map[string]string{"PostgreSQL": "current_schema()"}[db.Server]
	if schema == "" {
		schema = "database()"
	}
	if n := db.Count(t, "select count(*) from information_schema.tables where table_schema = "+schema); n != 1 && db.Server == "PostgreSQL" {
		t.Errorf("%d tables are there", n)
	}
	if n := db.Count(t, "select count(*) from information_schema.tables where table_schema = "+schema+" and table_name = 'made'"); n != 0 {
		t.Error("the new table was not removed")
	}
}

// killSessions ends all sessions of fanql in the database.
func killSessions(t *testing.T, db testdb.DB) {
	if db.Server == "PostgreSQL" {
		mustExec(t, db.SQL, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'fanql'")
		return
	}
	rows, err := db.SQL.QueryContext(t.Context(), "select id from information_schema.processlist where db = database() and id <> connection_id()")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		_, _ = db.SQL.ExecContext(t.Context(), fmt.Sprintf("kill %d", id)) // the session may have ended by itself
	}
}

// A load that was killed while it created a table leaves that table under a temporary name. The
// next load of that table drops it. It does not drop the table of a load that still runs.
func TestTheNextLoadDropsWhatAKilledOneLeft(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		q := loadRequest(load.Create)
		left := func() int {
			return db.Count(t, "select count(*) from information_schema.tables where table_schema = database() and table_name like 'fanql%'")
		}
		_, err := loaderOf(t, db.URL).Load(t.Context(), q, new(driver.Progress), func(emit row.Emit) error {
			if err := countUp(emit, 1000, nil); err != nil {
				return err
			}
			if n := left(); n != 1 {
				t.Errorf("%d temporary tables exist, want 1", n)
			}
			_, err := loaderOf(t, db.URL).Load(t.Context(), q, new(driver.Progress), func(row.Emit) error { return nil })
			if err == nil || !strings.Contains(err.Error(), "another load makes this table") {
				t.Errorf("the second load: %v", err)
			}
			killSessions(t, db)
			return countUp(emit, 200_000, nil)
		})
		if err == nil || left() != 1 {
			t.Fatalf("the killed load: %v, %d tables are left", err, left())
		}
		_, err = loaderOf(t, db.URL).Load(t.Context(), q, new(driver.Progress), func(emit row.Emit) error { return countUp(emit, 1000, nil) })
		if err != nil || left() != 0 {
			t.Errorf("the next load: %v, %d tables are left", err, left())
		}
	})
}

// A file of SQLite is locked by another process, or is the source, too.
func TestALoadIntoAFileThatIsInUse(t *testing.T) {
	folder := t.TempDir()
	from, path := filepath.Join(folder, "from.db"), filepath.Join(folder, "to.db")
	source, db := openSQLite(t, from), openSQLite(t, path)
	mustExec(t, source, "create table t as with recursive c(k) as (select 1 union all select k + 1 from c where k < 5000) select k, hex(randomblob(100)) as s from c")
	mustExec(t, db, "create table t (k integer, s text)")
	mustExec(t, db, "insert into t values (0, 'old')")
	into := run.Load{To: "sqlite:" + path, Table: "t", Mode: load.Replace}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "begin exclusive"); err != nil {
		t.Fatal(err)
	}
	v, text := loadOf(t, "sqlite:"+from, "select k, s from t", into, func(r *run.Request) { r.Limits.Timeout = time.Second })
	if v.Failure == nil || !strings.Contains(text, "database is locked") {
		t.Errorf("locked: %v: %s", v.Failure, text)
	}
	if _, err := conn.ExecContext(t.Context(), "rollback"); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	rig := loadRig{"SQLite", "sqlite:" + path, db}
	if got := valuesOf(t, rig, "select k, s from t"); got != "0,old" {
		t.Errorf("the table has %.100s", got)
	}
	if v, text := loadOf(t, "sqlite:"+from, "select k, s from t", into); v.Exit() != 0 {
		t.Error(text)
	}
	// The source and the target may be the same file.
	if v, text := loadOf(t, "sqlite:"+path, "select k + 10000 as k, s from t", run.Load{To: "sqlite:" + path, Table: "t"}); v.Exit() != 0 {
		t.Error(text)
	}
	if got := valuesOf(t, rig, "select count(*), max(k) from t"); got != "10000,15000" {
		t.Errorf("loaded into itself: %s", got)
	}
}

// A server stops to make progress, for example because of a full disk or a lock. The deadline ends
// the load. Nothing of it is in the table when the server continues.
func TestALoadEndsAtTheDeadlineIfTheServerDoesNotGoOn(t *testing.T) {
	for _, db := range []testdb.DB{testdb.Postgres(t), testdb.MySQL(t), testdb.MariaDB(t)} {
		t.Run(db.Server, func(t *testing.T) {
			prepareOld(t, db)
			conn, err := db.SQL.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			held := func(statements ...string) {
				for _, sql := range statements {
					if _, err := conn.ExecContext(t.Context(), sql); err != nil {
						t.Fatal(err)
					}
				}
			}
			lock, unlock := []string{"lock tables old write"}, "unlock tables"
			if db.Server == "PostgreSQL" {
				lock, unlock = []string{"begin", "lock table old in access exclusive mode"}, "rollback"
			}
			var loads sync.WaitGroup // all loads wait at the same time
			held(lock...)
			for _, m := range []load.Mode{load.Append, load.Replace, load.Upsert} {
				loads.Go(func() {
					ctx, cancel := context.WithTimeoutCause(t.Context(), 500*time.Millisecond, errors.New("time is over"))
					defer cancel()
					begun := time.Now()
					_, err := loaderOf(t, db.URL).Load(ctx, loadRequest(m), new(driver.Progress), func(emit row.Emit) error {
						return countUp(emit, 100_000, nil)
					})
					if err == nil || !strings.Contains(err.Error(), "time is over") {
						t.Errorf("%s: the error is %v", m, err)
					}
					if took := time.Since(begun); took > 5*time.Second {
						t.Errorf("%s: it took %v", m, took)
					}
				})
			}
			loads.Wait()
			held(unlock)
			testkit.Eventually(t, 10*time.Second, "the sessions end", func() bool { return sessionsOf(t, db) == 0 })
			onlyOld(t, db)
		})
	}
}

// sessionsOf counts the sessions of fanql in the database that execute something.
func sessionsOf(t *testing.T, db testdb.DB) int {
	if db.Server == "PostgreSQL" {
		return db.Count(t, "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'fanql'")
	}
	return db.Count(t, "select count(*) from information_schema.processlist where db = database() and id <> connection_id() and command <> 'Sleep'")
}
