// What fanql knows of PostgreSQL before it connects.

package postgres

import (
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/ask"
)

// Dialect is PostgreSQL's.
var Dialect = &ask.Dialect{
	Name:     "postgres",
	Words:    []string{"postgresql", "pg"},
	Products: []string{"PostgreSQL"},
	Location: ask.Location{
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
	Lexis: ask.Lexis{
		EStrings: true, Subscripts: true, ReturnEnds: true, Nested: true,
		DollarQuotes: true, OperatorMark: true, Casts: true,
	},
	Grammar: ask.Grammar{
		Verbs:      []string{"SELECT", "WITH", "VALUES", "TABLE", "SHOW", "EXPLAIN"},
		Explain:    ask.ExplainOptions,
		Plans:      []string{"INSERT", "UPDATE", "DELETE", "MERGE"},
		WithWrites: true,
	},
	Modes: func(l ask.Lexis, m ask.Modes) ask.Lexis {
		l.Backslash = m.BackslashEscapes
		return l
	},
	Zone:            posixZone,
	Placeholder:     func(n int, _ ask.Arg) string { return "$" + strconv.Itoa(n) },
	MaxPlaceholders: 65535,
}

// posixZone spells an offset, which PostgreSQL reads as POSIX does if it has minutes:
// there + is west.
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
