// A database on each server with the orders of one region, and queries that show what
// fanql runs there.

package main

import (
	"context"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// databases has one database on PostgreSQL, one on MySQL and one on MariaDB.
type databases struct{ pg, my, ma testdb.DB }

// all returns the databases in the order of their sources.
func (d databases) all() []testdb.DB { return []testdb.DB{d.pg, d.my, d.ma} }

// flags returns the arguments that make them the sources pg, my and ma.
func (d databases) flags() []string {
	return []string{"-s", "pg=" + d.pg.URL, "-s", "my=" + d.my.URL, "-s", "ma=" + d.ma.URL}
}

// rows returns the number of orders in each database.
func (databases) rows() []int { return []int{3, 2, 2} }

// seededDatabases creates a database on each server with the orders of one region. MySQL
// and MariaDB get the same orders.
func seededDatabases(t testing.TB) databases {
	d := databases{testdb.Postgres(t), testdb.MySQL(t), testdb.MariaDB(t)}
	d.pg.Exec(t, `create table orders (id bigint primary key, placed_at timestamp(3), region text, amount numeric(12,2), note text, paid boolean, score double precision)`,
		`insert into orders values (1, '2026-01-31 08:30:00.250', 'eu', 10.50, 'a, "b"', true, 0.1), (2, '2026-02-01 00:00:00', 'eu', 1.10, null, false, null), (3, null, 'eu', null, '', null, 1e20)`)
	for _, db := range []testdb.DB{d.my, d.ma} {
		db.Exec(t, `create table orders (id bigint primary key, placed_at datetime(3), region varchar(20), amount decimal(12,2), note text, paid boolean, score double)`,
			`insert into orders values (1, '2026-01-31 08:30:00.250', 'us', 20.50, 'c', true, 0.2), (2, null, 'us', 2.20, null, false, null)`,
			"create table zero (d date)", "set sql_mode = ''; insert into zero values ('0000-00-00')")
	}
	return d
}

// addDigits adds a table of the digits 0 to 9 to each database. Joins of it return rows at once,
// while MySQL computes all rows of a recursive query before it sends the first.
func addDigits(t testing.TB, dbs databases) {
	t.Helper()
	for _, db := range dbs.all() {
		db.Exec(t, "create table digits (d int)", "insert into digits values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)")
	}
}

// serverLag is the time within which a server must show that a cancelled query has ended: a kill is
// asynchronous, and the machine may be busy.
const serverLag = 500 * time.Millisecond

// otherConnections returns two FROM clauses and an expression. The first clause selects the
// connections to a database, without the one that runs the query. The second selects those of them
// that execute a statement. The expression is the text of the statement. PostgreSQL still shows the
// last statement of a connection that is idle.
func otherConnections(db testdb.DB) (connections, running, text string) {
	if db.Server == "PostgreSQL" {
		connections = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
		return connections, connections + " and state = 'active' and query like ", "coalesce(string_agg(query, '; '), '') "
	}
	connections = "from information_schema.processlist where db = database() and id <> connection_id()"
	return connections, connections + " and info like ", "coalesce(group_concat(info separator '; '), '') "
}

// queriesLeft waits up to the timeout until the servers run no statement of fanql's, and
// returns those that they still run.
func queriesLeft(dbs databases, timeout time.Duration) (left string) {
	testkit.Within(timeout, func() bool {
		left = ""
		for _, db := range dbs.all() {
			_, running, text := otherConnections(db)
			var s string
			if err := db.SQL.QueryRowContext(context.Background(), "select "+text+running+"'%fanql:%'").Scan(&s); err != nil {
				s = err.Error()
			}
			left += s
		}
		return left == ""
	})
	return left
}

// survivors is a command of scripts: "! survivors" fails if a server still runs a query of fanql's.
func survivors(ts *testscript.TestScript, dbs databases, neg bool) {
	if !neg {
		ts.Fatalf("write ! survivors")
	}
	if left := queriesLeft(dbs, 2*time.Second); left != "" {
		ts.Fatalf("still there: %s", left)
	}
}

// awaitQueries waits until each server runs a query of fanql's.
func awaitQueries(t testing.TB, dbs databases) {
	t.Helper()
	testkit.Eventually(t, eventual, "each server runs a query of fanql's", func() bool {
		for _, db := range dbs.all() {
			_, running, _ := otherConnections(db)
			if db.Count(t, "select count(*) "+running+"'%fanql:%'") == 0 {
				return false
			}
		}
		return true
	})
}

// countTagged counts the running queries of a run on all servers.
func countTagged(t testing.TB, dbs databases, tag string) (n int) {
	t.Helper()
	for _, db := range dbs.all() {
		_, running, _ := otherConnections(db)
		n += db.Count(t, "select count(*) "+running+"'%"+tag+"%'")
	}
	return n
}

// noConnections reports whether no connection to any of the databases is left.
func noConnections(t testing.TB, dbs databases) bool {
	t.Helper()
	n := 0
	for _, db := range dbs.all() {
		connections, _, _ := otherConnections(db)
		n += db.Count(t, "select count(*) "+connections)
	}
	return n == 0
}
