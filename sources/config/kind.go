// The kinds of databases and the URL schemes that name them.

package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/nearest"
)

// kinds are the dialects that sources can be of.
type kinds driver.Dialects

func (k kinds) dialects() driver.Dialects { return driver.Dialects(k) }

// first returns the first dialect that satisfies the function, or nil.
func (k kinds) first(wanted func(*driver.Dialect) bool) *driver.Dialect {
	if i := slices.IndexFunc(k, wanted); i >= 0 {
		return k[i]
	}
	return nil
}

// withScheme returns the dialect of a scheme in lower case.
func (k kinds) withScheme(scheme string) *driver.Dialect {
	return k.first(func(d *driver.Dialect) bool { return slices.Contains(d.Schemes, scheme) })
}

// withSuffix returns the dialect whose files have the suffix of the path.
func (k kinds) withSuffix(path string) *driver.Dialect {
	return k.first(func(d *driver.Dialect) bool { return slices.Contains(d.Suffixes, filepath.Ext(path)) })
}

// ofFile returns the dialect of a path: by its suffix, else the first dialect of files.
func (k kinds) ofFile(path string) *driver.Dialect {
	if d := k.withSuffix(path); d != nil {
		return d
	}
	return k.first((*driver.Dialect).OfFiles)
}

// isSuffixed reports whether a text ends in a suffix of a kind of files.
func (k kinds) isSuffixed(text string) bool {
	return k.first(func(d *driver.Dialect) bool {
		return slices.ContainsFunc(d.Suffixes, func(s string) bool { return strings.HasSuffix(text, s) })
	}) != nil
}

// forms returns how a source of each kind is written: as a URL with the given rest
// after its //, or as a file.
func (k kinds) forms(rest string) (all []string) {
	for _, d := range k {
		form := d.Schemes[0] + "://" + rest
		if d.File {
			form = d.Schemes[0] + ":FILE"
		}
		all = append(all, form)
	}
	return all
}

// listed joins words with commas, and puts the given word before the last.
func listed(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}

// foreign are the schemes of other programs for databases that are not supported. They
// are not misspelt schemes of ours.
var foreign = map[string]bool{
	"mssql": true, "sqlserver": true, "azuresql": true, "oracle": true, "ora": true, "oci8": true, "db2": true, "sybase": true, "hana": true,
	"mongodb": true, "redis": true, "rediss": true, "valkey": true, "memcached": true, "cassandra": true, "scylla": true, "cql": true,
	"clickhouse": true, "ch": true, "snowflake": true, "bigquery": true, "databricks": true, "trino": true, "presto": true, "athena": true,
	"hive": true, "impala": true, "spark": true, "vertica": true, "teradata": true, "exasol": true, "firebird": true, "duckdb": true,
	"motherduck": true, "libsql": true, "elasticsearch": true, "opensearch": true, "neo4j": true, "influxdb": true, "couchbase": true,
	"dynamodb": true, "spanner": true, "odbc": true, "ado": true, "mem": true, "http": true, "https": true, "s3": true, "ftp": true,
}

// supported lists the databases that can be queried.
func (k kinds) supported() string {
	var all []string
	for i, form := range k.forms("") {
		all = append(all, listed(k[i].Products, "and")+" ("+form+")")
	}
	return "fanql asks " + listed(all, "and")
}

// unknown returns the error for an unknown scheme, given in lower case.
func (k kinds) unknown(scheme string) error {
	product, _, _ := strings.Cut(scheme, "+") // as in mongodb+srv
	if scheme == "jdbc" {
		return fmt.Errorf("%q is the prefix of another program's URLs: leave it out, and write %s", scheme, listed(k.forms("host/database"), "or"))
	}
	if d := k.first(func(d *driver.Dialect) bool { return slices.Contains(d.Alike, product) }); d != nil {
		return fmt.Errorf("%q speaks the protocol of %s: write %s://", product, d.Products[0], d.Schemes[0])
	}
	if k.withScheme(product) != nil && product != scheme { // postgresql+psycopg2
		return fmt.Errorf("unknown kind of database %s: did you mean %q?", shown(product), product)
	}
	if foreign[product] {
		return fmt.Errorf("%q is not supported: %s", product, k.supported())
	}
	var schemes []string
	for _, d := range k {
		schemes = append(schemes, d.Schemes...)
	}
	slices.Sort(schemes)
	if near, ok := nearest.Name(scheme, schemes); ok {
		return fmt.Errorf("unknown kind of database %s: did you mean %q?", shown(scheme), near)
	}
	return fmt.Errorf("unknown kind of database %s: %s", shown(scheme), k.supported())
}

// A noLocation is the error for a text that is neither a URL nor a file.
type noLocation struct{ kinds }

func (e noLocation) Error() string {
	var files []string
	for _, d := range e.kinds {
		if d.File {
			files = append(files, d.Products[0])
		}
	}
	return fmt.Sprintf("neither a database URL nor a %s file: write %s", listed(files, "or"), listed(e.forms("host/database"), "or"))
}
