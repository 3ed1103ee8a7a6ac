// The dialect: what fanql knows about PostgreSQL before it connects.

package postgres

import (
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

// Dialect is the dialect of PostgreSQL.
var Dialect = &driver.Dialect{
	Name:     "postgres",
	Words:    []string{"postgresql", "pg"},
	Products: []string{"PostgreSQL"},
	Location: driver.Location{
		Schemes: []string{"postgres", "postgresql", "pg"},
		Alike: []string{
			"redshift", "cockroachdb", "cockroach", "crdb", "yugabyte", "yugabytedb",
			"timescaledb", "greenplum", "materialize", "risingwave", "questdb", "alloydb",
		},
		ConnectionStrings: true,
		SecretVariables:   []string{"PGPASSWORD", "PGSSLPASSWORD"},
		FileVariables:     []string{"PGPASSFILE", "PGSERVICEFILE", "PGSSLKEY", "PGSSLCERT", "PGSSLROOTCERT"},
		HomeFiles:         []string{".pgpass", ".pg_service.conf"},
	},
	Lexis: driver.Lexis{
		EStrings: true, Subscripts: true, ReturnEnds: true, Nested: true,
		DollarQuotes: true, OperatorMark: true, Casts: true,
	},
	Grammar: driver.Grammar{
		Verbs:      []string{"SELECT", "WITH", "VALUES", "TABLE", "SHOW", "EXPLAIN"},
		Explain:    driver.ExplainOptions,
		Plans:      []string{"INSERT", "UPDATE", "DELETE", "MERGE"},
		WithWrites: true,
	},
	Discovery: &driver.Discovery{
		Schema: "pg_catalog",
		Databases: driver.Listing{
			SQL: `select datname from pg_catalog.pg_database
where datallowconn and not datistemplate and pg_catalog.has_database_privilege(oid, 'CONNECT')`,
			From: []string{"postgres", "template1"},
			Next: []string{"3D000", "42501", "28000"}, // it does not exist; no CONNECT privilege; refused by pg_hba.conf
		},
		Schemas: driver.Listing{SQL: `select nspname from pg_catalog.pg_namespace
where nspname !~ '^pg_' and nspname <> 'information_schema' and pg_catalog.has_schema_privilege(oid, 'USAGE')`},
	},
	Modes: func(l driver.Lexis, m driver.Modes) driver.Lexis {
		l.Backslash = m.BackslashEscapes
		return l
	},
	Zone:            posixZone,
	Placeholder:     func(n int, _ driver.Arg) string { return "$" + strconv.Itoa(n) },
	MaxPlaceholders: 65535,
	Catalog:         catalog,
	CastForms: map[string]string{
		"text": "{}::text", "integer": "{}::bigint", "decimal": "{}::numeric", "float": "{}::float8",
		"date": "{}::date", "timestamp": "{}::timestamp",
	},
}

// posixZone spells an offset. PostgreSQL reads an offset with minutes by the rules of
// POSIX, where + is west.
func posixZone(zone string) string {
	if !strings.HasPrefix(zone, "+") && !strings.HasPrefix(zone, "-") {
		return zone
	}
	west := "-"
	if zone[0] == '-' {
		west = "+"
	}
	return "<" + zone + ">" + west + zone[1:]
}
