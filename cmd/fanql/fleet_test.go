// Fleets of tenants on real servers are found, queried and aggregated. A server never gets more
// connections than its limit.

package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// tenants is the number of tenants of each kind: databases and schemas on PostgreSQL,
// databases on MariaDB, and files.
type tenants struct{ databases, schemas, maria, files int }

// all returns the number of all tenants.
func (n tenants) all() int { return n.databases + n.schemas + n.maria + n.files }

// makeFleet creates the tenants and returns the folder of a config that finds them. Each
// tenant has a table o with two rows.
func makeFleet(t *testing.T, n tenants) (folder string, pg, ma testdb.DB) {
	t.Helper()
	folder, pg, ma = t.TempDir(), testdb.Postgres(t), testdb.MariaDB(t)
	prefix := "s" + strings.TrimPrefix(nameOf(pg), "fanql_")
	pg.Exec(t, "create table o (id int); insert into o values (1), (2)")
	var schemas strings.Builder
	for i := range n.schemas {
		fmt.Fprintf(&schemas, "create schema t_%03d; create table t_%03d.o as select * from public.o;", i, i)
	}
	pg.Exec(t, schemas.String())
	template := prefix + "_x"
	createDatabase(t, pg, template, "")
	empty := testdb.DB{SQL: openOn(t, pg, template)}
	empty.Exec(t, "create table o (id int); insert into o values (1), (2)")
	if err := empty.SQL.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range n.databases {
		createDatabase(t, pg, fmt.Sprintf("%s_d%03d", prefix, i), template)
	}
	for i := range n.maria {
		name := fmt.Sprintf("%s_m%03d", prefix, i)
		ma.Exec(t, "create database "+name, "create table "+name+".o (id int) engine memory", "insert into "+name+".o values (1), (2)")
		t.Cleanup(func() { ma.Exec(t, "drop database if exists "+name) })
	}
	one := filepath.Join(folder, "one.db")
	sqliteExec(t, one, "create table o (id int); insert into o values (1), (2)")
	text, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "files"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range n.files {
		if err := os.WriteFile(filepath.Join(folder, "files", fmt.Sprintf("f%03d.db", i)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := fmt.Sprintf("sources:\n  db: %q\n  schema: %q\n  maria: %q\n  file: files/*.db\n",
		withDatabase(pg, prefix+"_d*"), pg.URL+"?schema=t_*", withDatabase(ma, prefix+"_m*"))
	if err := os.WriteFile(filepath.Join(folder, "fanql.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder, pg, ma
}

// createDatabase creates a database on PostgreSQL, as a copy of the template if one is
// given.
func createDatabase(t testing.TB, db testdb.DB, name, template string) {
	t.Helper()
	how := ""
	if template != "" {
		how = ` template "` + template + `" strategy file_copy`
	}
	db.Exec(t, `create database "`+name+`"`+how)
	t.Cleanup(func() { db.Exec(t, `drop database if exists "`+name+`" with (force)`) })
}

// openOn connects to another database of the same server.
func openOn(t testing.TB, db testdb.DB, name string) *sql.DB {
	t.Helper()
	other, err := sql.Open("pgx", withDatabase(db, name))
	if err != nil {
		t.Fatal(err)
	}
	return other
}

// locked returns a SQLite file that another connection keeps locked while the test runs.
func locked(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "locked.db")
	sqliteExec(t, path, "create table o (id integer, amount integer)")
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "begin exclusive"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return path
}

// nameOf returns the name of a database.
func nameOf(db testdb.DB) string { return db.URL[strings.LastIndexByte(db.URL, '/')+1:] }

// withDatabase returns the URL of another database on the same server; name may also be a
// pattern.
func withDatabase(db testdb.DB, name string) string {
	return db.URL[:strings.LastIndexByte(db.URL, '/')+1] + name
}

func TestAFleetOfTenantsIsFoundQueriedAndAggregated(t *testing.T) {
	n := tenants{databases: 8, schemas: 112, maria: 60, files: 120}
	folder, pg, ma := makeFleet(t, n)
	found := program(t, "sources", "--discover", "--csv")
	found.Dir = folder
	list, err := found.Output()
	if err != nil || strings.Count(string(list), "\n") != n.all()+1 {
		t.Fatalf("%d lines, want %d: %v\n%s", strings.Count(string(list), "\n"), n.all()+1, err, list)
	}
	for _, want := range []string{"\nschema/t_000,postgres,", "\nfile/f119,sqlite,"} {
		if !strings.Contains(string(list), want) {
			t.Errorf("no %q", want)
		}
	}

	// Each query takes a moment, so that the limit is reached.
	most := map[string]*atomic.Int64{"pg": {}, "ma": {}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	mark := "4" + fmt.Sprint(time.Now().UnixNano())
	for name, look := range map[string]func() int{
		"pg": func() int {
			return pg.Count(t, "select count(*) from pg_stat_activity where pid <> pg_backend_pid() and state = 'active' and query like '%"+mark+"%'")
		},
		"ma": func() int {
			return ma.Count(t, "select count(*) from information_schema.processlist where id <> connection_id() and info like '%"+mark+"%'")
		},
	} {
		go func() {
			for ctx.Err() == nil {
				most[name].Store(max(most[name].Load(), int64(look())))
				time.Sleep(2 * time.Millisecond)
			}
		}()
	}
	query := filepath.Join(folder, "q.sql")
	text := "select count(*) as n from o\n-- fanql: postgres\nselect count(*) as n from o, pg_sleep(0.05) where " + mark + " > 0\n-- fanql: mysql\nselect count(*) as n from o where " + mark + " > 0 and sleep(0.025) = 0\n"
	if err := os.WriteFile(query, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	asked := program(t, "query", "-f", query, "-o", "out.csv", "--no-source-column")
	asked.Dir = folder
	said, err := asked.CombinedOutput()
	stop()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	rows, err := os.ReadFile(filepath.Join(folder, "out.csv"))
	if want := "n\n" + strings.Repeat("2\n", n.all()); err != nil || string(rows) != want {
		t.Errorf("%v\n%s", err, rows)
	}
	if want := fmt.Sprintf("%d ok, %d rows, slowest: ", n.all(), n.all()); !strings.HasPrefix(string(said), want) || strings.Count(string(said), "\n") != 2 {
		t.Errorf("got\n%s", said)
	}
	for name, m := range most {
		if got := m.Load(); got > 16 || got < 6 {
			t.Errorf("%s: the server had %d connections at the same time, want up to 16", name, got)
		}
	}
}

// The first signal ends the search for sources, as it ends a run. No query has been sent by then.
func TestASignalEndsTheSearchForSources(t *testing.T) {
	t.Parallel() // it waits
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cmd := program(t, "query", "-s", "shops=postgres://u@"+l.Addr().String()+"/shop_*", "--connect-timeout", "0", "--timeout", "60s", "select 1 as n")
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept() // the search has connected and gets no answer
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	began := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	status := exitStatus(t, cmd.Wait())
	if took := time.Since(began); status != 130 || took > 5*time.Second || said.String() != "fanql: interrupted while sources were being found: no query was sent\n" {
		t.Errorf("exit status %d after %s:\n%s", status, took, &said)
	}
}

// A script with eight databases on each of two servers, found by patterns.
func TestDiscoveryScripts(t *testing.T) {
	t.Parallel()
	pg, ma := testdb.Postgres(t), testdb.MariaDB(t)
	prefix := "s" + strings.TrimPrefix(nameOf(pg), "fanql_")
	for _, name := range []string{"a", "b", "c_test"} {
		name := prefix + "_" + name
		createDatabase(t, pg, name, "")
		db := testdb.DB{SQL: openOn(t, pg, name)}
		db.Exec(t, "create table o (id int, total int); insert into o values (1, 10)", "create schema t_1; create table t_1.o (id int, total int); insert into t_1.o values (11, 110)")
		if err := db.SQL.Close(); err != nil {
			t.Fatal(err)
		}
		ma.Exec(t, "create database "+name, "create table "+name+".o (id int, amount int)", "insert into "+name+".o values (2, 20)")
		t.Cleanup(func() { ma.Exec(t, "drop database if exists "+name) })
	}
	createDatabase(t, pg, prefix+"_template", "")
	pg.Exec(t, "alter database \""+prefix+"_template\" is_template true")
	t.Cleanup(func() { pg.Exec(t, "alter database \""+prefix+"_template\" is_template false") })
	createDatabase(t, pg, prefix+"_closed", "")
	reader := prefix + "_reader"
	pg.Exec(t, "create role \""+reader+"\" login password 'reader'", "revoke connect on database \""+prefix+"_closed\" from public")
	t.Cleanup(func() { pg.Exec(t, "drop role \""+reader+"\"") })
	as, err := url.Parse(pg.URL)
	if err != nil {
		t.Fatal(err)
	}
	as.User, as.Path = url.UserPassword(reader, "reader"), ""
	locked := locked(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script/discovery",
		Cmds:                scriptCommands(t),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			for name, value := range map[string]string{
				"PG": strings.TrimSuffix(withDatabase(pg, ""), "/"), "MY": strings.TrimSuffix(withDatabase(ma, ""), "/"),
				"READER": as.String(), "P": prefix, "REFUSED": testkit.Refusing(t), "SILENT": testkit.Silent(t), "LOCKED": locked,
			} {
				env.Setenv(name, value)
			}
			return prepare(t, env)
		},
	})
}
