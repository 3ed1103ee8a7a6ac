// Package testdb gives tests a database of their own on the servers that
// `make test` starts, or on those that FANQL_TEST_POSTGRES and FANQL_TEST_MYSQL
// name. Without a server the test is skipped with a line that says how to get
// one; with FANQL_REQUIRE_SERVERS=1 it fails instead.
package testdb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib" // database/sql's "pgx"
)

// Env names of the servers: URLs of a role that may create databases, such as
// postgres://fanql:pw@127.0.0.1:5432/postgres and
// mysql://fanql:pw@127.0.0.1:3306/.
const (
	EnvPostgres = "FANQL_TEST_POSTGRES"
	EnvMySQL    = "FANQL_TEST_MYSQL"
)

// EnvRequire, set to 1, makes a missing server a failure.
const EnvRequire = "FANQL_REQUIRE_SERVERS"

// A DB is a fresh database, dropped when the test ends.
type DB struct {
	URL string // as a user would write it after -s
	// SQL is open on the database with all rights, for seeding and for
	// looking at the server from beside.
	SQL *sql.DB
}

// Postgres creates a database on the PostgreSQL test server.
func Postgres(t testing.TB) DB {
	t.Helper()
	u := server(t, EnvPostgres, "PostgreSQL")
	admin := open(t, "pgx", u.String())
	name := create(t, admin, `"`)
	u.Path = "/" + name
	db := DB{URL: u.String(), SQL: open(t, "pgx", u.String())}
	drop(t, db, admin, `drop database if exists "`+name+`" with (force)`)
	return db
}

// MySQL creates a database on the MySQL or MariaDB test server.
func MySQL(t testing.TB) DB {
	t.Helper()
	u := server(t, EnvMySQL, "MySQL or MariaDB")
	admin := open(t, "mysql", DSN(u))
	name := create(t, admin, "`")
	u.Path = "/" + name
	db := DB{URL: u.String(), SQL: open(t, "mysql", DSN(u))}
	drop(t, db, admin, "drop database if exists `"+name+"`")
	return db
}

// DSN is the driver's own form of a mysql:// URL.
func DSN(u *url.URL) string {
	c := mysql.NewConfig()
	c.Net, c.Addr, c.User, c.DBName = "tcp", u.Host, u.User.Username(), strings.TrimPrefix(u.Path, "/")
	c.Passwd, _ = u.User.Password()
	c.MultiStatements = true
	return c.FormatDSN()
}

func server(t testing.TB, env, what string) *url.URL {
	t.Helper()
	v := os.Getenv(env)
	if v == "" {
		missing := t.Skipf
		if os.Getenv(EnvRequire) == "1" {
			missing = t.Fatalf
		}
		missing("needs a %s server: run make test, or set %s", what, env)
	}
	u, err := url.Parse(v)
	if err != nil {
		t.Fatalf("%s is not a URL", env)
	}
	return u
}

func open(t testing.TB, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func create(t testing.TB, admin *sql.DB, quote string) string {
	t.Helper()
	name := "fanql_" + strings.ToLower(rand.Text()[:12])
	if _, err := admin.ExecContext(context.Background(), "create database "+quote+name+quote); err != nil {
		t.Fatal(err)
	}
	return name
}

func drop(t testing.TB, db DB, admin *sql.DB, statement string) {
	t.Cleanup(func() {
		if err := db.SQL.Close(); err != nil {
			t.Error(err)
		}
		if _, err := admin.ExecContext(context.Background(), statement); err != nil {
			t.Error(err)
		}
		if err := admin.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Exec runs statements, each on its own.
func (db DB) Exec(t testing.TB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.SQL.ExecContext(context.Background(), s); err != nil {
			t.Fatalf("%.200s: %v", s, err)
		}
	}
}

// Count gives the single integer that a query answers.
func (db DB) Count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.SQL.QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%.200s: %v", query, err)
	}
	return n
}
