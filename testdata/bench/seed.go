// Filling the three databases.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/fanql/fanql/sources/sqlite/sqlite3" // database/sql's "sqlite3"
	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
)

// database is the name of the benchmark's database on the servers.
const database = "fanql_bench"

// databases are the URLs and paths of the rows, as fanql's -s accepts them.
type databases struct {
	postgres, mariadb, mysql *url.URL
	sqlite                   string // the path
	rows                     int    // of each database
}

// needs are the data that contests need.
type needs uint8

const (
	onPostgres needs = 1 << iota
	onMariaDB
	onSQLite
	onMany  // the rows of the SQLite file in 100 files
	onSmall // 10,000 files of 100 rows
	onTenants
	onHundred // 100 databases without a table on PostgreSQL
	onMySQL
	onThree = onPostgres | onMariaDB | onSQLite
)

// locate sets the URLs and paths.
func (d *databases) locate(dir string) (err error) {
	d.sqlite = filepath.Join(dir, "bench.db")
	if d.postgres, err = server("FANQL_TEST_POSTGRES"); err != nil {
		return err
	}
	if d.mariadb, err = server("FANQL_TEST_MARIADB"); err != nil {
		return err
	}
	if d.mysql, err = server("FANQL_TEST_MYSQL"); err != nil {
		return err
	}
	d.postgres.Path, d.mariadb.Path, d.mysql.Path = "/"+database, "/"+database, "/"+database
	return nil
}

// seed creates the needed data, once for all contests. drop removes the data from the servers. It
// must be called even after an error.
func (d *databases) seed(ctx context.Context, dir string, needed needs) (drop func(context.Context) error, _ error) {
	pg, my, mysql := *d.postgres, *d.mariadb, *d.mysql // with the administrator's account
	pg.Path, my.Path, mysql.Path = "/postgres", "/", "/"
	pgTenants, myTenants := dropTenants()
	drop = func(ctx context.Context) error {
		var ofPostgres []string
		for _, name := range databaseNames(needed) {
			ofPostgres = append(ofPostgres, "drop database if exists "+name+" with (force)")
		}
		return errors.Join(
			postgresExec(ctx, &pg, append(pgTenants, ofPostgres...)...),
			mysqlExec(ctx, &my, append(myTenants, "drop database if exists "+database)...),
			mysqlExec(ctx, &mysql, "drop database if exists "+database),
		)
	}
	if err := drop(ctx); err != nil {
		return drop, err
	}
	for _, f := range []struct {
		need needs
		name string
		fill func() error
	}{
		{onPostgres, "PostgreSQL", func() error { return fillPostgres(ctx, &pg, d.postgres, d.rows) }},
		{onHundred, "100 databases of PostgreSQL", func() error {
			var all []string
			for _, name := range hundred() {
				all = append(all, "create database "+name)
			}
			return postgresExec(ctx, &pg, all...)
		}},
		{onMariaDB, "MariaDB", func() error { return fillMySQL(ctx, &my, d.rows) }},
		{onMySQL, "MySQL", func() error { return fillMySQL(ctx, &mysql, d.rows) }},
		{onSQLite | onMany, "SQLite", func() error { return fillSQLite(ctx, d.sqlite, d.rows) }},
		{onMany, "100 SQLite files", func() error { return split(ctx, d.sqlite, filepath.Join(dir, "many")) }},
		{onSmall, "10,000 SQLite files", func() error { return fillSmall(ctx, filepath.Join(dir, "small")) }},
		{onTenants, "tenants", func() error { return fillTenants(ctx, *d, &pg, &my, dir) }},
	} {
		if needed&f.need == 0 {
			continue
		}
		begun := time.Now()
		if err := f.fill(); err != nil {
			return drop, fmt.Errorf("filling %s: %w", f.name, err)
		}
		fmt.Fprintf(os.Stderr, "bench: %s filled in %.1f s\n", f.name, time.Since(begun).Seconds())
	}
	return drop, nil
}

func server(env string) (*url.URL, error) {
	text := os.Getenv(env)
	if text == "" {
		return nil, fmt.Errorf("%s names no server: run make bench", env)
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s is not a URL", env)
	}
	return u, nil
}

// hundred returns the names of the databases without a table.
func hundred() []string {
	names := make([]string, 100)
	for i := range names {
		names[i] = fmt.Sprintf("%s_%02d", database, i)
	}
	return names
}

// databaseNames returns the names of the databases needed on PostgreSQL.
func databaseNames(needed needs) []string {
	names := []string{database}
	if needed&onHundred != 0 {
		names = append(names, hundred()...)
	}
	return names
}

func postgresExec(ctx context.Context, u *url.URL, statements ...string) error {
	conn, err := pgx.Connect(ctx, u.String())
	if err != nil {
		return err
	}
	for _, s := range statements {
		if _, err = conn.Exec(ctx, s); err != nil {
			break
		}
	}
	return errors.Join(err, conn.Close(ctx))
}

func fillPostgres(ctx context.Context, admin, u *url.URL, rows int) error {
	if err := postgresExec(ctx, admin, "create database "+database); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, u.String())
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "create table orders ("+postgresColumns+")")
	if err == nil {
		_, err = conn.PgConn().CopyFrom(ctx, written(rows), "copy orders from stdin")
	}
	if err == nil {
		_, err = conn.Exec(ctx, "alter table orders add primary key (id)")
	}
	if err == nil {
		_, err = conn.Exec(ctx, "vacuum (freeze, analyze) orders")
	}
	return errors.Join(err, conn.Close(ctx))
}

func mysqlExec(ctx context.Context, u *url.URL, statements ...string) error {
	c := mysql.NewConfig()
	c.Net, c.Addr, c.User = "tcp", u.Host, u.User.Username()
	c.Passwd, _ = u.User.Password()
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1) // the statements need the same session
	for _, s := range statements {
		if _, err = db.ExecContext(ctx, s); err != nil {
			break
		}
	}
	return errors.Join(err, db.Close())
}

// MariaDB and MySQL keep data in memory only if it fits into their buffer pool, which has 128 MiB
// by default. The tables should fit, since the benchmark does not measure the reading of files, and
// the tables of PostgreSQL and SQLite are in the page cache. A row needs about 130 bytes.
const (
	pool   = 128 << 20
	perRow = 256
)

func fillMySQL(ctx context.Context, u *url.URL, rows int) error {
	mysql.RegisterReaderHandler("rows", func() io.Reader { return written(rows) })
	defer mysql.DeregisterReaderHandler("rows")
	return mysqlExec(ctx, u,
		fmt.Sprintf("set global innodb_buffer_pool_size = %d", int64(rows)*perRow+pool),
		"create database "+database+" character set utf8mb4",
		"use "+database,
		"create table orders ("+mysqlColumns+")",
		"load data local infile 'Reader::rows' into table orders character set utf8mb4",
	)
}

func fillSQLite(ctx context.Context, path string, rows int) (err error) {
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=off&_synchronous=off")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it has no effect after Commit
	if _, err := tx.ExecContext(ctx, "create table orders ("+sqliteColumns+")"); err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, "insert into orders values (?"+strings.Repeat(", ?", width-1)+")")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	args := make([]any, width)
	for i := range rows {
		for c, value := range recordAt(i) {
			if args[c] = nil; value != nil {
				args[c] = *value // the column's affinity converts it to a number
			}
		}
		if _, err := insert.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// files is the number of files into which the rows are split.
const files = 100

// split copies the rows of a SQLite file into many files in turn.
func split(ctx context.Context, path, dir string) (err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // the statements need the same session
	for i := range files {
		for _, statement := range []string{
			fmt.Sprintf("attach '%s' as part", filepath.Join(dir, fmt.Sprintf("%02d.db", i))),
			"pragma part.journal_mode = off",
			"create table part.orders (" + sqliteColumns + ")",
			fmt.Sprintf("insert into part.orders select * from main.orders where id %% %d = %d", files, i),
			"detach part",
		} {
			if _, err := db.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
	}
	return nil
}

// small is the number of small files, and rowsOfSmall the number of rows in each.
const (
	small       = 10_000
	rowsOfSmall = 100
)

// fillSmall creates the small files. All of them have the same rows.
func fillSmall(ctx context.Context, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	first := filepath.Join(dir, "00000.db")
	if err := fillSQLite(ctx, first, rowsOfSmall); err != nil {
		return err
	}
	content, err := os.ReadFile(first)
	if err != nil {
		return err
	}
	for i := 1; i < small && err == nil; i++ {
		err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%05d.db", i)), content, 0o644)
	}
	return err
}

// written returns a reader of the rows, as writeRows writes them.
func written(rows int) io.Reader {
	r, w := io.Pipe()
	go func() { w.CloseWithError(writeRows(w, rows)) }()
	return r
}
