// The kinds of databases and the URL schemes that name them.

package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/nearest"
)

// A Kind is a kind of database: which driver asks it, in which dialect.
type Kind string

// The kinds there are.
const (
	Postgres Kind = "postgres"
	MySQL    Kind = "mysql" // and MariaDB
	SQLite   Kind = "sqlite"
)

var schemes = map[string]Kind{
	"postgres":   Postgres,
	"postgresql": Postgres,
	"pg":         Postgres,
	"mysql":      MySQL,
	"mariadb":    MySQL,
	"my":         MySQL,
	"sqlite":     SQLite,
	"sqlite3":    SQLite,
	"sq":         SQLite,
	"file":       SQLite,
}

// Schemes that other programs know: of servers that speak the protocol of a kind,
// and of databases that are not supported, which are no slips of ours.
var (
	alike = map[string]Kind{
		"redshift": Postgres, "cockroachdb": Postgres, "cockroach": Postgres, "crdb": Postgres, "yugabyte": Postgres, "yugabytedb": Postgres,
		"timescaledb": Postgres, "greenplum": Postgres, "materialize": Postgres, "risingwave": Postgres, "questdb": Postgres, "alloydb": Postgres,
		"tidb": MySQL, "aurora": MySQL, "singlestore": MySQL, "memsql": MySQL, "percona": MySQL, "vitess": MySQL, "planetscale": MySQL, "dolt": MySQL,
	}
	foreign = map[string]bool{
		"mssql": true, "sqlserver": true, "azuresql": true, "oracle": true, "ora": true, "oci8": true, "db2": true, "sybase": true, "hana": true,
		"mongodb": true, "redis": true, "rediss": true, "valkey": true, "memcached": true, "cassandra": true, "scylla": true, "cql": true,
		"clickhouse": true, "ch": true, "snowflake": true, "bigquery": true, "databricks": true, "trino": true, "presto": true, "athena": true,
		"hive": true, "impala": true, "spark": true, "vertica": true, "teradata": true, "exasol": true, "firebird": true, "duckdb": true,
		"motherduck": true, "libsql": true, "elasticsearch": true, "opensearch": true, "neo4j": true, "influxdb": true, "couchbase": true,
		"dynamodb": true, "spanner": true, "odbc": true, "ado": true, "mem": true, "http": true, "https": true, "s3": true, "ftp": true,
	}
)

// supported says what can be asked.
const supported = "fanql asks PostgreSQL (postgres://), MySQL and MariaDB (mysql://) and SQLite (sqlite:FILE)"

// unknownKind is the error for a scheme, in lower case, that is none of ours.
func unknownKind(scheme string) error {
	product, _, _ := strings.Cut(scheme, "+") // as in mongodb+srv
	switch kind := alike[product]; {
	case scheme == "jdbc":
		return fmt.Errorf("%q is the prefix of another program's URLs: leave it out, and write postgres://host/database, mysql://host/database or sqlite:FILE", scheme)
	case kind == Postgres:
		return fmt.Errorf("%q speaks the protocol of PostgreSQL: write postgres://", product)
	case kind == MySQL:
		return fmt.Errorf("%q speaks the protocol of MySQL: write mysql://", product)
	case foreign[product]:
		return fmt.Errorf("%q is not supported: %s", product, supported)
	}
	if kind := schemes[product]; kind != "" && product != scheme { // postgresql+psycopg2
		return fmt.Errorf("unknown kind of database %s: did you mean %q?", shown(product), product)
	}
	if near, ok := nearest.Name(scheme, slices.Sorted(maps.Keys(schemes))); ok {
		return fmt.Errorf("unknown kind of database %s: did you mean %q?", shown(scheme), near)
	}
	return fmt.Errorf("unknown kind of database %s: %s", shown(scheme), supported)
}

// sqliteSuffixes make a SQLite source of a path without a scheme.
var sqliteSuffixes = []string{".db", ".sqlite", ".sqlite3"}
