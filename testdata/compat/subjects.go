// The servers that are tried, and how each is started.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"strconv"
	"strings"

	"github.com/fanql/fanql/testdata/servers/fetch"
	"github.com/fanql/fanql/testdata/servers/private"
)

// A subject is a server, or a proxy in front of servers.
type subject struct {
	name  string
	start func(context.Context, *bench) (*target, error)
}

// A target is a running subject with a filled database.
type target struct {
	*bench
	name    string // the name of the subject
	family  family
	address string // the address to which clients connect
	version string
	// admins are connections to the databases of all servers behind the address. Their role has all
	// rights.
	admins []*sql.DB
	logs   []string // the servers' logs
	// proxy is the proxy in front of the servers. It is nil if there is none.
	proxy *private.Instance
	// client is the server's own client. Its exports are compared with fanql's.
	client string
	// cases is the variable that names the server for testdata/cases. It is empty if the cases are
	// not run.
	cases string
}

// most is the number of connections that a server or a pool accepts. It is less than the 200
// sources of a check.
const most = 50

var postgresExtra = []string{"-c", "max_connections=" + strconv.Itoa(most), "-c", "log_connections=on", "-c", "max_wal_senders=2"}

var subjects = []subject{
	{"PostgreSQL 10", fetchedPostgres(10)},
	{"PostgreSQL 11", fetchedPostgres(11)},
	{"PostgreSQL 12", fetchedPostgres(12)},
	{"PostgreSQL 13", fetchedPostgres(13)},
	{"PostgreSQL 14", fetchedPostgres(14)},
	{"PostgreSQL, installed", installedPostgres},
	{"PostgreSQL 16", fetchedPostgres(16)},
	{"PostgreSQL 17", fetchedPostgres(17)},
	{"PostgreSQL 18", fetchedPostgres(18)},
	{"PostgreSQL, hot standby", standby},
	{"PgBouncer, session", behind(pgbouncer("session"))},
	{"PgBouncer, transaction", behind(pgbouncer("transaction"))},
	{"PgBouncer, statement", behind(pgbouncer("statement"))},
	{"PgBouncer, transaction, newer", behind(pgbouncer("transaction").fetched())},
	{"Pgpool", behind(pgpool)},
	{"Odyssey", behind(odyssey)},
	{"HAProxy, PostgreSQL and its standby", balancedPostgres},
	{"MariaDB, installed", installedMariaDB},
	{"MariaDB 11.8", fetchedMariaDB},
	{"MySQL 9.7", mysql},
	{"HAProxy, two MariaDB", balancedMariaDB},
}

// fetchedPostgres returns a function that starts a PostgreSQL of a major version.
func fetchedPostgres(major int) func(context.Context, *bench) (*target, error) {
	return func(ctx context.Context, b *bench) (*target, error) {
		dir, err := fetch.Postgres(major).Get(ctx)
		if err != nil {
			return nil, err
		}
		return b.direct(ctx, postgres, private.Postgres, private.PostgresIn(dir), "")
	}
}

func installedPostgres(ctx context.Context, b *bench) (*target, error) {
	found, err := installed(private.Postgres)
	if err != nil {
		return nil, err
	}
	return b.direct(ctx, postgres, private.Postgres, found, "")
}

func installedMariaDB(ctx context.Context, b *bench) (*target, error) {
	found, err := installed(private.MariaDB)
	if err != nil {
		return nil, err
	}
	return b.direct(ctx, mariadb, private.MariaDB, found, "")
}

func fetchedMariaDB(ctx context.Context, b *bench) (*target, error) {
	dir, err := fetch.MariaDB.Get(ctx)
	if err != nil {
		return nil, err
	}
	return b.direct(ctx, mariadb, private.MariaDB, private.MariaDBIn(dir), dir)
}

// mysql always uses the fetched MySQL, because the table has the results for its version.
func mysql(ctx context.Context, b *bench) (*target, error) {
	dir, err := fetch.MySQL.Get(ctx)
	if err != nil {
		return nil, err
	}
	return b.direct(ctx, mysqlFamily, private.MySQL, private.MySQLIn(dir), dir)
}

func installed(p private.Product) (private.Programs, error) {
	found, ok := p.Find()
	if !ok {
		return nil, errors.New("not on this machine")
	}
	return found, nil
}

// direct starts a server and fills it. The tree of the server may contain its client.
func (b *bench) direct(ctx context.Context, f family, p private.Product, found private.Programs, tree string) (*target, error) {
	if p.Name == private.Postgres.Name {
		p.Extra = postgresExtra
	}
	i, err := b.begin(ctx, p, found)
	if err != nil {
		return nil, err
	}
	t := &target{bench: b, family: f, address: i.Address(), cases: p.Env}
	if t.version, err = i.Version(ctx); err != nil {
		return nil, err
	}
	t.version = strings.TrimPrefix(t.version, p.Name+" ")
	if t.client, err = clientOf(f, tree); err != nil {
		return nil, err
	}
	return t, t.fill(ctx, i)
}

// clientOf returns a family's client from a tree, or else from PATH.
func clientOf(f family, tree string) (string, error) {
	for _, name := range f.clients {
		if path, ok := fetch.Program(tree, name); ok && tree != "" {
			return path, nil
		}
	}
	for _, name := range f.clients {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is none of the clients %q", f.clients)
}

// fill creates the database for the checks on a server.
func (t *target) fill(ctx context.Context, i *private.Instance) error {
	db, err := t.open(i.URL)
	if err != nil {
		return err
	}
	for _, s := range t.family.server(t.password) {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%.100s: %w", s, err)
		}
	}
	if db, err = t.join(i); err != nil {
		return err
	}
	for _, s := range t.family.database() {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%.100s: %w", s, err)
		}
	}
	// The account has the right to write: otherwise the check would prove nothing about fanql.
	asReader, err := t.open(t.family.url(reader, t.password, i.Address()))
	if err != nil {
		return err
	}
	var wrote int
	if err := asReader.QueryRowContext(ctx, "select writes()").Scan(&wrote); err != nil {
		return err
	}
	if _, err = db.ExecContext(ctx, "delete from written"); err != nil {
		return err
	}
	return asReader.Close()
}

// join opens the database of a server behind the target's address.
func (t *target) join(i *private.Instance) (*sql.DB, error) {
	u, err := url.Parse(i.URL)
	if err != nil {
		return nil, err
	}
	u.Path = "/" + database
	db, err := t.open(u.String())
	if err != nil {
		return nil, err
	}
	t.admins, t.logs = append(t.admins, db), append(t.logs, i.Log())
	return db, nil
}

// open returns a connection. It is closed when the bench stops.
func (t *target) open(url string) (*sql.DB, error) {
	db, err := t.family.open(url)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // the settings belong to the connection, and a server may have few of them
	t.opened = append(t.opened, db)
	return db, nil
}

// standby starts a hot standby of an installed PostgreSQL, since only an installed one has
// pg_basebackup.
func standby(ctx context.Context, b *bench) (*target, error) {
	t, i, err := b.pair(ctx)
	if err != nil {
		return nil, err
	}
	t.address, t.admins, t.logs = i.Address(), t.admins[1:], t.logs[1:]
	return t, nil
}

// pair starts a PostgreSQL and its standby. The standby is the second of the target's admins.
func (b *bench) pair(ctx context.Context) (*target, *private.Instance, error) {
	t, err := installedPostgres(ctx, b)
	if err != nil {
		return nil, nil, err
	}
	found, err := installed(private.Postgres)
	if err != nil {
		return nil, nil, err
	}
	p := private.Postgres
	p.Name, p.Extra = "standby", postgresExtra
	i, err := b.begin(ctx, p, private.StandbyOf(b.instances[0], found))
	if err != nil {
		return nil, nil, err
	}
	t.cases = ""
	_, err = t.join(i)
	return t, i, err
}

// behind returns a function that starts a proxy in front of an installed PostgreSQL.
func behind(k proxyKind) func(context.Context, *bench) (*target, error) {
	return func(ctx context.Context, b *bench) (*target, error) {
		t, err := installedPostgres(ctx, b)
		if err != nil {
			return nil, err
		}
		return t, t.putBehind(ctx, k, private.Postgres)
	}
}

// balancedPostgres returns a server and its standby behind a proxy, which connects to them in turns.
// Both have the same rows.
func balancedPostgres(ctx context.Context, b *bench) (*target, error) {
	t, _, err := b.pair(ctx)
	if err != nil {
		return nil, err
	}
	return t, t.putBehind(ctx, haproxy, private.Postgres)
}

// balancedMariaDB returns two servers with the same rows behind a proxy, which connects to them in
// turns.
func balancedMariaDB(ctx context.Context, b *bench) (*target, error) {
	t, err := installedMariaDB(ctx, b)
	if err != nil {
		return nil, err
	}
	found, err := installed(private.MariaDB)
	if err != nil {
		return nil, err
	}
	i, err := b.begin(ctx, private.MariaDB, found)
	if err != nil {
		return nil, err
	}
	if err := t.fill(ctx, i); err != nil {
		return nil, err
	}
	return t, t.putBehind(ctx, haproxy, private.MariaDB)
}
