// The description of MySQL and MariaDB that needs no connection.

package mysql

import (
	"fmt"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

// Dialect is the dialect of MySQL and MariaDB.
var Dialect = &driver.Dialect{
	Name:     "mysql",
	Words:    []string{"mariadb"},
	Products: []string{"MySQL", "MariaDB"},
	Location: driver.Location{
		Schemes:         []string{"mysql", "mariadb", "my"},
		Alike:           []string{"tidb", "aurora", "singlestore", "memsql", "percona", "vitess", "planetscale", "dolt"},
		SecretVariables: []string{"MYSQL_PWD"},
		HomeFiles:       []string{".my.cnf"},
	},
	Lexis: driver.Lexis{
		Backslash: true, DoubleString: true, Backtick: true, Hash: true, DashSpace: true,
		Executable: true, DollarVaries: true, AtVariables: true,
	},
	Grammar: driver.Grammar{
		Verbs:   []string{"SELECT", "WITH", "VALUES", "TABLE", "SHOW", "EXPLAIN", "DESCRIBE", "DESC"},
		Explain: driver.ExplainTables,
		Refused: []driver.Phrase{
			{Words: []string{"LOCK", "IN", "SHARE", "MODE"}, Why: "LOCK IN SHARE MODE locks rows, and a query only reads: leave it out"},
			{Words: []string{"PROCEDURE"}, Why: "a query only reads: SELECT ... PROCEDURE is not sent"},
			{Words: []string{"NEXT", "VALUE", "FOR"}, Why: "NEXT VALUE FOR advances a sequence, and a query only reads"},
		},
	},
	Discovery: &driver.Discovery{Databases: driver.Listing{
		SQL: `select schema_name from information_schema.schemata
where lower(schema_name) not in ('information_schema', 'performance_schema', 'mysql', 'sys')`,
		From: []string{""},
	}},
	Modes: func(l driver.Lexis, m driver.Modes) driver.Lexis {
		l.DoubleString = !m.AnsiQuotes
		l.Backslash = !m.NoBackslashEscapes
		l.Bracket = m.BracketQuotes
		return l
	},
	Zone: func(zone string) string {
		if zone == "UTC" {
			return "+00:00" // servers know the name only if their zone tables are loaded
		}
		return zone
	},
	Placeholder:     placeholder,
	Positional:      true,
	MaxPlaceholders: 65535,
	Catalog:         catalog,
	CastForms: map[string]string{
		"text": "cast({} as char)", "integer": "cast({} as signed)", "unsigned integer": "cast({} as unsigned)",
		"decimal": "cast({} as decimal(30, 10))", "float": "cast({} as double)",
		"date": "cast({} as date)", "timestamp": "cast({} as datetime(6))",
	},
	StandsBy: true,
}

// placeholder declares the type of a value. All values except integers are sent as
// text, which the server does not compare exactly with a decimal or a time: a
// DECIMAL(40,10) between ? and ? was one off in the last digit.
func placeholder(_ int, arg driver.Arg) string {
	switch arg.Type {
	case driver.Decimal:
		whole, fraction, _ := strings.Cut(strings.TrimPrefix(arg.Value, "-"), ".")
		if digits := max(len(whole)+len(fraction), 1); digits <= 65 && len(fraction) <= 30 { // MariaDB's 38 is more than MySQL's 30
			return fmt.Sprintf("CAST(? AS DECIMAL(%d,%d))", digits, len(fraction))
		}
	case driver.Date:
		return "CAST(? AS DATE)"
	case driver.Timestamp:
		return "CAST(? AS DATETIME(6))"
	}
	return "?"
}
