// The dialect: what fanql knows about SQLite before it opens a file.

package sqlite

import (
	"strconv"

	"github.com/fanql/fanql/sources/driver"
)

// Dialect is the dialect of SQLite.
var Dialect = &driver.Dialect{
	Name:     "sqlite",
	Words:    []string{"sqlite3"},
	Products: []string{"SQLite"},
	Location: driver.Location{
		Schemes:  []string{"sqlite", "sqlite3", "sq", "file"},
		File:     true,
		Suffixes: []string{".db", ".sqlite", ".sqlite3"},
		Sidecars: []string{"-wal", "-shm", "-journal"},
		Meaningless: map[string]string{
			"per_server":       "a SQLite file has no server",
			"time_zone":        "a SQLite file has no time zone: its own functions work in UTC",
			"read_only":        "a SQLite file is never written to, whatever this says",
			"password_command": "a SQLite file has no password",
			"tunnel":           "a SQLite file is not reached through a port",
		},
	},
	Lexis: driver.Lexis{Backtick: true, Bracket: true, NamedMarks: true},
	Grammar: driver.Grammar{
		Verbs:   []string{"SELECT", "WITH", "VALUES", "EXPLAIN", "PRAGMA"},
		Explain: driver.ExplainQueryPlan,
		Plans:   []string{"INSERT", "UPDATE", "DELETE", "REPLACE"},
		Pragma:  pragmaReads,
	},
	Placeholder:     func(n int, _ driver.Arg) string { return "?" + strconv.Itoa(n) },
	MaxPlaceholders: 32766,
	Catalog:         catalog,
	CastForms: map[string]string{
		"text": "cast({} as text)", "integer": "cast({} as integer)", "decimal": "cast({} as numeric)", "float": "cast({} as real)",
		"date": "date({})", "timestamp": "datetime({})",
	},
}
