// Package testdb gives each test its own database on the servers that `make test` starts, or on
// those that FANQL_TEST_POSTGRES, FANQL_TEST_MYSQL and FANQL_TEST_MARIADB name. Without a server
// the test is skipped, with a line that says how to get one. With FANQL_REQUIRE_SERVERS=1 it fails
// instead.
//
// Properties of both MySQL and MariaDB are tested on both, with [Each].
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

// The environment variables of the servers. Each has the URL of a role that may create databases,
// such as postgres://fanql:pw@127.0.0.1:5432/postgres and mysql://fanql:pw@127.0.0.1:3306/.
const (
	EnvPostgres = "FANQL_TEST_POSTGRES"
	EnvMySQL    = "FANQL_TEST_MYSQL"
	EnvMariaDB  = "FANQL_TEST_MARIADB"
)

// EnvRequire, set to 1, makes a missing server a failure.
const EnvRequire = "FANQL_REQUIRE_SERVERS"

// A DB is a fresh database. It is dropped when the test ends.
type DB struct {
	Server string // PostgreSQL, MySQL or MariaDB
	URL    string // as a user would write it after -s
	// SQL is a connection to the database with all rights. Tests use it to fill the database, and
	// to inspect the server.
	SQL *sql.DB
}

// Postgres creates a database on the PostgreSQL test server.
func Postgres(t testing.TB) DB {
	t.Helper()
	const product = "PostgreSQL"
	u := server(t, EnvPostgres, product)
	admin := open(t, "pgx", u.String())
	version, how := DB{SQL: admin}.Count(t, "select current_setting('server_version_num')::int"), ""
	if version >= 150000 {
		how = " strategy file_copy" // this is a third less work than by the log, which is the default
	}
	name := create(t, admin, `"`, how)
	u.Path = "/" + name
	db := DB{Server: product, URL: u.String(), SQL: open(t, "pgx", u.String())}
	if version >= 130000 {
		drop(t, db, admin, `drop database if exists "`+name+`" with (force)`)
		return db
	}
	drop(t, db, admin, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '`+name+`'`, `drop database if exists "`+name+`"`)
	return db
}

// MySQL creates a database on the MySQL test server, which must not be a MariaDB.
func MySQL(t testing.TB) DB {
	t.Helper()
	return mysqlOn(t, EnvMySQL, "MySQL")
}

// MariaDB creates a database on the MariaDB test server.
func MariaDB(t testing.TB) DB {
	t.Helper()
	return mysqlOn(t, EnvMariaDB, "MariaDB")
}

// A Kind is a kind of server, with a function that creates a database on it.
type Kind struct {
	Name string
	New  func(testing.TB) DB
}

// MySQLs are the kinds that speak MySQL's protocol.
var MySQLs = []Kind{{"MySQL", MySQL}, {"MariaDB", MariaDB}}

// Each runs a test on each of MySQLs, as a subtest with the kind's name. The subtests run at the
// same time, after the calling test has returned.
func Each(t *testing.T, test func(t *testing.T, db DB)) {
	t.Helper()
	for _, k := range MySQLs {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			test(t, k.New(t))
		})
	}
}

// InTurn is [Each] for tests that change the process. They run one after the other.
func InTurn(t *testing.T, test func(t *testing.T, db DB)) {
	t.Helper()
	for _, k := range MySQLs {
		t.Run(k.Name, func(t *testing.T) { test(t, k.New(t)) })
	}
}

// mysqlOn creates a database on the server that env names. If the server is another product, the
// test fails, because the results would be attributed to the wrong product.
func mysqlOn(t testing.TB, env, product string) DB {
	t.Helper()
	u := server(t, env, product)
	admin := open(t, "mysql", DSN(u))
	var version string
	if err := admin.QueryRowContext(context.Background(), "select version()").Scan(&version); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(version, "MariaDB") != (product == "MariaDB") {
		t.Fatalf("%s names a server of version %s, which is not a %s", env, version, product)
	}
	name := create(t, admin, "`", "")
	u.Path = "/" + name
	db := DB{Server: product, URL: u.String(), SQL: open(t, "mysql", DSN(u))}
	drop(t, db, admin, "drop database if exists `"+name+"`")
	return db
}

// DSN returns the form of a mysql:// URL that the driver needs.
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

func create(t testing.TB, admin *sql.DB, quote, how string) string {
	t.Helper()
	name := "fanql_" + strings.ToLower(rand.Text()[:12])
	if _, err := admin.ExecContext(context.Background(), "create database "+quote+name+quote+how); err != nil {
		t.Fatal(err)
	}
	return name
}

// drop executes statements that remove the database when the test ends.
func drop(t testing.TB, db DB, admin *sql.DB, statements ...string) {
	t.Cleanup(func() {
		if err := db.SQL.Close(); err != nil {
			t.Error(err)
		}
		for _, s := range statements {
			if _, err := admin.ExecContext(context.Background(), s); err != nil {
				t.Error(err)
			}
		}
		if err := admin.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Exec executes each of the statements separately.
func (db DB) Exec(t testing.TB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.SQL.ExecContext(context.Background(), s); err != nil {
			t.Fatalf("%.200s: %v", s, err)
		}
	}
}

// Count returns the single integer of a query.
func (db DB) Count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.SQL.QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%.200s: %v", query, err)
	}
	return n
}
