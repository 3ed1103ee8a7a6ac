// A source that is queried in two rounds sees the same snapshot in both.

package run_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// The test holds back the first round of one source until all other sources have finished theirs
// and wait. Rows that are inserted in that time must not be in the second round.
func TestBothRoundsOfASourceSeeOneSnapshot(t *testing.T) {
	tables := []string{"create table customers (id int, name varchar(20))", "create table orders (id int, customer int)", "insert into customers values (1, 'x'), (2, 'y')", "insert into orders values (10, 1), (11, 2)"}
	pg, my, ma, gate := testdb.Postgres(t), testdb.MySQL(t), testdb.MariaDB(t), testdb.Postgres(t)
	path := filepath.Join(t.TempDir(), "lite.db")
	lite := openSQLite(t, path)
	mustExec(t, lite, "pragma journal_mode = wal")
	writers := map[string]*sql.DB{"pg": pg.SQL, "my": my.SQL, "ma": ma.SQL, "lite": lite}
	for _, db := range writers {
		for _, text := range tables {
			mustExec(t, db, text)
		}
	}
	mustExec(t, gate.SQL, tables[0])
	mustExec(t, gate.SQL, tables[2])
	const key = 20260131
	file := filepath.Join(t.TempDir(), "fanql.yaml")
	text := fmt.Sprintf("sources: {pg: %q, my: %q, ma: %q, lite: %q, gate: %q}\ntables: {customers: {sql: 'select id, name from customers', variants: {gate: 'select id, name from customers, (select pg_advisory_xact_lock_shared(%d)) as l'}}}\n", pg.URL, my.URL, ma.URL, "sqlite:"+path, gate.URL, key)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file, sources.Dialects, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	held, err := gate.SQL.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }()
	exec := func(text string) {
		if _, err := held.ExecContext(context.Background(), text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	exec(fmt.Sprintf("select pg_advisory_lock(%d)", key))
	type answer struct {
		sent texts
		rows [][]string
		err  error
	}
	ended := make(chan answer, 1)
	go func() {
		sent, _, rows, err := (&fleet{config: c}).answer("select o.source, count(*) from customers c join orders o on o.customer = c.id where c.name = 'x' group by o.source order by o.source", false)
		ended <- answer{sent, rows, err}
	}()
	one := func(db *sql.DB, text string) func() bool {
		return func() bool {
			n := 0
			return db.QueryRowContext(t.Context(), text).Scan(&n) == nil && n > 0
		}
	}
	const idle = "select count(*) from information_schema.innodb_trx x join information_schema.processlist p on p.id = x.trx_mysql_thread_id where p.db = database() and p.command = 'Sleep' and p.id <> connection_id()"
	waits := func(db *sql.DB) func() bool { // InnoDB caches this list, and refreshes it only if nobody has read it for 0.1 s
		return func() bool {
			mustExec(t, db, "do sleep(0.15)")
			return one(db, idle)()
		}
	}
	testkit.Eventually(t, 10*time.Second, "PostgreSQL's transaction waits", one(pg.SQL, "select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'"))
	testkit.Eventually(t, 10*time.Second, "MySQL's transaction waits", waits(my.SQL))
	testkit.Eventually(t, 10*time.Second, "MariaDB's transaction waits", waits(ma.SQL))
	for _, db := range writers {
		mustExec(t, db, "insert into orders values (12, 1)")
	}
	exec(fmt.Sprintf("select pg_advisory_unlock(%d)", key))
	a := <-ended
	want := [][]string{{"lite", "5"}, {"ma", "5"}, {"my", "5"}, {"pg", "5"}}
	if a.err != nil || !slices.EqualFunc(a.rows, want, slices.Equal[[]string]) {
		t.Errorf("%v, %v, want %v", a.rows, a.err, want)
	}
	if !a.sent.has(`any('{"1"}'`) || !a.sent.has("in (1)") || !a.sent.has("json_each") {
		t.Errorf("the second round was not restricted to keys: %v", a.sent)
	}
}
