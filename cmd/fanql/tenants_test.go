// Many small databases on few servers: one run lists their tables and compares them.

package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testdb"
)

// tenantsOfEach returns the number of files, of schemas in PostgreSQL and of databases in
// MariaDB: FANQL_TEST_TENANTS, or few by default.
func tenantsOfEach(t *testing.T) int {
	t.Helper()
	text := os.Getenv("FANQL_TEST_TENANTS")
	if text == "" {
		return 12
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 2 {
		t.Fatalf("FANQL_TEST_TENANTS=%s is not a number of tenants", text)
	}
	return n
}

func TestTheTablesOfManyTenants(t *testing.T) {
	n := tenantsOfEach(t)
	pg, ma := testdb.Postgres(t), testdb.MariaDB(t)
	const orders, notes = "create table orders (id integer primary key, total numeric(12,2) not null)", "create table notes (note varchar(20))"
	dir := t.TempDir()
	config := &strings.Builder{}
	fmt.Fprintf(config, "defaults: {per_server: 3}\nsources:\n  files: {url: %q}\n", "sqlite:"+filepath.Join(dir, "*.db"))
	own, err := url.Parse(ma.URL)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		sqliteExec(t, filepath.Join(dir, fmt.Sprintf("t%03d.db", i)), orders+";"+notes)
		schema := fmt.Sprintf("t%03d", i)
		pg.Exec(t, "create schema "+schema+"; set search_path = "+schema+"; "+orders+"; "+notes)
		name := strings.TrimPrefix(own.Path, "/") + "_" + schema
		ma.Exec(t, "create database "+name)
		t.Cleanup(func() { ma.Exec(t, "drop database "+name) })
		second := notes
		if i == 1 { // the schema of this tenant differs
			second = "create table notes (note int)"
		}
		ma.Exec(t, "use "+name+"; "+orders+"; "+second)
		other := *own
		other.Path = "/" + name
		fmt.Fprintf(config, "  ma%03d: {url: %q}\n", i, other.String())
	}
	fmt.Fprintf(config, "  pg: {url: %q}\n", pg.URL+"?schema=t*")
	path := filepath.Join(dir, "fanql.yaml")
	if err := os.WriteFile(path, []byte(config.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	fanql := func(args ...string) (stdout, stderr string, status int) {
		cmd := program(t, append(args, "--config", path)...)
		var out, problems strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &problems
		status = exitStatus(t, cmd.Run())
		return out.String(), problems.String(), status
	}
	all := 3 * n
	stdout, stderr, status := fanql("tables", "--csv")
	if want := fmt.Sprintf("complete: %d of %d sources, 2 tables in ", all, all); status != 0 || !strings.Contains(stderr, want) {
		t.Errorf("status %d\n%s\nwant %q", status, stderr, want)
	}
	for _, table := range []string{"notes", "orders"} {
		if want := fmt.Sprintf("\n%s,table,%d of %d,", table, all, all); !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	stdout, stderr, status = fanql("schema", "--diff", "--csv", "--baseline", "files/t000")
	want := "source,table,what,name,baseline,value\nma001,notes,type,note,varchar(20),int(11)\n"
	if status != 4 || stdout != want {
		t.Errorf("status %d\n%s\n%s\nwant %s", status, stdout, stderr, want)
	}
}
