// What fanql knows of SQLite before it opens a file.

package sqlite

import (
	"strconv"

	"github.com/fanql/fanql/sources/ask"
)

// Dialect is SQLite's.
var Dialect = &ask.Dialect{
	Name:     "sqlite",
	Words:    []string{"sqlite3"},
	Products: []string{"SQLite"},
	Location: ask.Location{
		Schemes:  []string{"sqlite", "sqlite3", "sq", "file"},
		File:     true,
		Suffixes: []string{".db", ".sqlite", ".sqlite3"},
		Beside:   []string{"-wal", "-shm", "-journal"},
		Meaningless: map[string]string{
			"per_server":       "a SQLite file has no server",
			"time_zone":        "a SQLite file has no time zone: its own functions work in UTC",
			"read_only":        "a SQLite file is never written to, whatever this says",
			"password_command": "a SQLite file has no password",
		},
	},
	Lexis: ask.Lexis{Backtick: true, Bracket: true, NamedMarks: true},
	Grammar: ask.Grammar{
		Verbs:   []string{"SELECT", "WITH", "VALUES", "EXPLAIN", "PRAGMA"},
		Explain: ask.ExplainQueryPlan,
		Plans:   []string{"INSERT", "UPDATE", "DELETE", "REPLACE"},
		Pragma:  pragmaReads,
	},
	Placeholder:     func(n int, _ ask.Arg) string { return "?" + strconv.Itoa(n) },
	MaxPlaceholders: 32766,
}
