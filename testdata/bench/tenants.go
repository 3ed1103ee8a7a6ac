// Tenants are many small databases. The contests measure reading their catalogs.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/jackc/pgx/v5"
)

// tenants is the number of tenants of each kind: SQLite files, databases and schemas on
// PostgreSQL, and databases on MariaDB.
var tenants = struct{ files, databases, schemas, mariadb int }{100, 50, 50, 100}

func allTenants() int {
	return tenants.files + tenants.databases + tenants.schemas + tenants.mariadb
}

// tenantTables returns the statements that create the tables of a tenant.
func tenantTables() (statements []string) {
	for _, name := range []string{"customers", "orders", "items", "invoices", "payments", "notes"} {
		statements = append(statements, "create table "+name+" (id integer primary key, at timestamp null, amount numeric(12,2) not null, region varchar(20), note text, ref integer)")
	}
	return statements
}

// names returns names for n tenants.
func names(prefix string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s_%03d", prefix, i))
	}
	return all
}

// fillTenants creates the tenants, their config, and a file with the SQL that reads
// catalogs.
func fillTenants(ctx context.Context, r databases, pgAdmin, myAdmin *url.URL, dir string) error {
	var config strings.Builder
	config.WriteString("defaults: {per_server: 16}\nsources:\n")
	add := func(name, url string) { fmt.Fprintf(&config, "  %s: %q\n", name, url) }
	for _, fill := range []func() error{
		func() error { return fillTenantFiles(ctx, dir, add) },
		func() error { return fillTenantsOfPostgres(ctx, pgAdmin, r.postgres, add) },
		func() error { return fillTenantsOfMariaDB(ctx, myAdmin, add) },
		func() error { return writeCatalogText(filepath.Join(dir, "tables.sql")) },
	} {
		if err := fill(); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "tenants.yaml"), []byte(config.String()), 0o600)
}

func fillTenantFiles(ctx context.Context, dir string, add func(name, url string)) error {
	if err := os.Mkdir(filepath.Join(dir, "tenants"), 0o755); err != nil {
		return err
	}
	var content []byte
	for _, name := range names("file", tenants.files) {
		path := filepath.Join(dir, "tenants", name+".db")
		if content == nil {
			db, err := sql.Open("sqlite3", "file:"+path)
			if err != nil {
				return err
			}
			_, err = db.ExecContext(ctx, strings.Join(tenantTables(), ";"))
			if err = errors.Join(err, db.Close()); err != nil {
				return err
			}
			if content, err = os.ReadFile(path); err != nil {
				return err
			}
		} else if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
		add(name, "sqlite:"+path)
	}
	return nil
}

// fillTenantsOfPostgres creates databases, and one more database with schemas.
func fillTenantsOfPostgres(ctx context.Context, admin, u *url.URL, add func(name, url string)) error {
	at := func(database string) *url.URL {
		other := *u
		other.Path = "/" + database
		return &other
	}
	first := ""
	for _, name := range names(database+"_t", tenants.databases) {
		how := ""
		if first != "" {
			how = " template " + first
		}
		if err := postgresExec(ctx, admin, "create database "+name+how); err != nil {
			return err
		}
		if first == "" {
			first = name
			if err := postgresExec(ctx, at(name), strings.Join(tenantTables(), ";")); err != nil {
				return err
			}
		}
		add(name, at(name).String())
	}
	host := database + "_schemas"
	if err := postgresExec(ctx, admin, "create database "+host); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, at(host).String())
	if err != nil {
		return err
	}
	for _, name := range names("t", tenants.schemas) {
		if _, err = conn.Exec(ctx, "create schema "+name+"; set search_path = "+name+"; "+strings.Join(tenantTables(), ";")); err != nil {
			break
		}
		own := at(host)
		q := own.Query()
		q.Set("search_path", name)
		own.RawQuery = q.Encode()
		add("schema_"+name, own.String())
	}
	return errors.Join(err, conn.Close(ctx))
}

func fillTenantsOfMariaDB(ctx context.Context, admin *url.URL, add func(name, url string)) error {
	var statements []string
	for _, name := range names(database+"_m", tenants.mariadb) {
		statements = append(append(statements, "create database "+name, "use "+name), tenantTables()...)
		own := *admin
		own.Path = "/" + name
		add(name, own.String())
	}
	return mysqlExec(ctx, admin, statements...)
}

// dropTenants returns the statements that remove the tenants from the servers.
func dropTenants() (postgres, mariadb []string) {
	for _, name := range append(names(database+"_t", tenants.databases), database+"_schemas") {
		postgres = append(postgres, "drop database if exists "+name+" with (force)")
	}
	for _, name := range names(database+"_m", tenants.mariadb) {
		mariadb = append(mariadb, "drop database if exists "+name)
	}
	return postgres, mariadb
}

// writeCatalogText writes a file for fanql query with the SQL that fanql tables sends.
func writeCatalogText(path string) error {
	var text strings.Builder
	for _, d := range sources.Dialects {
		q, err := catalog.Request(d, catalog.Scope{Rows: true})
		if err != nil {
			return err
		}
		sql := q.SQL
		if q.Fallback != "" {
			sql = q.Fallback // SQLite files without statistics need this one
		}
		fmt.Fprintf(&text, "-- fanql: %s\n%s\n", d.Name, sql)
	}
	return os.WriteFile(path, []byte(text.String()), 0o600)
}

// catalogues returns the contests about catalogs.
func (r ring) catalogues() []contest {
	tables := len(tenantTables())
	run := func(records int, args ...string) runner {
		argv := append([]string{r.bin}, args...)
		return whole(append(argv, "--config", r.file("tenants.yaml"), "-q", "--csv", "--timeout", "10m", "-o", r.out()), nil, hasRecords(r.out(), records), r.out())
	}
	work := fmt.Sprintf("`fanql tables` over %d tenants", allTenants())
	asked := run(tables*allTenants(), "query", "-f", r.file("tables.sql"))
	return []contest{{work, "the same text by `fanql query`", limit{ratio: 1.10}, onTenants, true, run(tables, "tables"), asked}}
}
