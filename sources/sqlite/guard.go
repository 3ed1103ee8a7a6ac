// What a statement may do: the authorizer that SQLite calls while it compiles.

package sqlite

import (
	"strings"

	"github.com/fanql/fanql/sources/sqlite/sqlite3"
)

// recursive is SQLITE_RECURSIVE, which go-sqlite3 lacks.
const recursive = 33

// A guard allows only actions that read, and remembers the first one that it refused.
// It complements mode=ro and query_only, and does not replace them.
type guard struct {
	refused string
	// plans allows a statement that changes rows to be compiled. It must not be run
	// unless it is an EXPLAIN.
	plans bool
	first int  // the first requested action; 0 is none
	looks bool // it is a pragma that reads
}

// authorize decides on one action of a statement; a and b are its arguments, and valued
// says whether it has b.
func (g *guard) authorize(action int, a, b string, valued bool) int {
	if g.first == 0 {
		g.first = action
	}
	switch action {
	case sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, recursive:
		return sqlite3.SQLITE_OK
	case sqlite3.SQLITE_FUNCTION:
		if !unsafeFunctions[strings.ToLower(b)] {
			return sqlite3.SQLITE_OK
		}
		g.refuse(b + "()")
	case sqlite3.SQLITE_PRAGMA:
		argument, reads := pragmaReads(a)
		if reads && (argument || !valued) {
			g.looks = g.first == sqlite3.SQLITE_PRAGMA
			return sqlite3.SQLITE_OK
		}
		g.refuse("pragma " + a)
	case sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE:
		// To open an R*Tree for reading, SQLite compiles the statements that would
		// write its tables, and runs none. If a user's statement does the same it is
		// not read-only, and prepare refuses it.
		for _, suffix := range []string{"_node", "_parent", "_rowid"} {
			if strings.HasSuffix(a, suffix) {
				return sqlite3.SQLITE_OK
			}
		}
		if g.plans && !strings.HasPrefix(a, "sqlite_") {
			return sqlite3.SQLITE_OK
		}
		if strings.HasPrefix(a, "sqlite_") {
			g.refuse("a change of the schema")
		} else {
			g.refuse(actions[action] + " " + a)
		}
	case sqlite3.SQLITE_TRANSACTION:
		g.refuse(strings.ToLower(a))
	default:
		what := actions[action]
		if what == "" {
			what = "a statement that is not a query"
		}
		g.refuse(what)
	}
	return sqlite3.SQLITE_DENY
}

func (g *guard) refuse(what string) {
	if g.refused == "" {
		g.refused = what
	}
}

// actions describe refused actions that no case of authorize names. Other actions that
// create and drop are refused earlier, as a change of the schema.
var actions = map[int]string{
	sqlite3.SQLITE_INSERT:      "insert into",
	sqlite3.SQLITE_UPDATE:      "update",
	sqlite3.SQLITE_DELETE:      "delete from",
	sqlite3.SQLITE_ATTACH:      "attach",
	sqlite3.SQLITE_DETACH:      "detach",
	sqlite3.SQLITE_ALTER_TABLE: "alter table",
	sqlite3.SQLITE_REINDEX:     "reindex",
	sqlite3.SQLITE_ANALYZE:     "analyze",
	sqlite3.SQLITE_SAVEPOINT:   "savepoint",

	sqlite3.SQLITE_CREATE_TRIGGER:      "create trigger",
	sqlite3.SQLITE_CREATE_TEMP_TRIGGER: "create trigger",
}

// unsafeFunctions do more than compute a value: they load code or write an index.
var unsafeFunctions = map[string]bool{
	"load_extension": true,
	"fts3_tokenizer": true,
	"optimize":       true,
}
