// What a statement may do: the authorizer that SQLite asks while it compiles.

package sqlite

import (
	"strings"

	"github.com/fanql/fanql/sources/sqlite/sqlite3"
)

// recursive is SQLITE_RECURSIVE, which go-sqlite3 leaves out.
const recursive = 33

// A guard allows what reads and nothing else, and remembers what it refused
// first. It stands beside mode=ro and query_only, not instead of them.
type guard struct {
	refused string
	// plans lets a statement that changes rows be compiled. It must not be run unless it
	// is an EXPLAIN.
	plans bool
}

// authorize answers for one action of a statement; a and b depend on it.
func (g *guard) authorize(action int, a, b string) int {
	switch action {
	case sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, recursive:
		return sqlite3.SQLITE_OK
	case sqlite3.SQLITE_FUNCTION:
		if !unsafeFunctions[strings.ToLower(b)] {
			return sqlite3.SQLITE_OK
		}
		g.refuse(b + "()")
	case sqlite3.SQLITE_PRAGMA:
		argument, known := pragmas[strings.ToLower(a)]
		if known && (argument || b == "") {
			return sqlite3.SQLITE_OK
		}
		g.refuse("pragma " + a)
	case sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE:
		// To open an R*Tree for reading, SQLite compiles the statements that
		// would write its tables, and runs none. A statement of the user's
		// that does the same is not read-only, which prepare refuses.
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
			what = "a statement that is no query"
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

// actions are the words for refused actions that no case of authorize names.
// What else creates and drops is refused before, as a change of the schema.
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

// unsafeFunctions do more than give a value: they load code or write an index.
var unsafeFunctions = map[string]bool{
	"load_extension": true,
	"fts3_tokenizer": true,
	"optimize":       true,
}

// pragmas only look. True: an argument says at what. False: an argument would
// change something, and is refused; but ” passes for none, so no pragma may
// stand here that ” would switch.
var pragmas = map[string]bool{
	"foreign_key_check": true,
	"foreign_key_list":  true,
	"index_info":        true,
	"index_list":        true,
	"index_xinfo":       true,
	"integrity_check":   true,
	"quick_check":       true,
	"table_info":        true,
	"table_list":        true,
	"table_xinfo":       true,

	"application_id":  false,
	"collation_list":  false,
	"compile_options": false,
	"data_version":    false,
	"database_list":   false,
	"encoding":        false,
	"freelist_count":  false,
	"function_list":   false,
	"module_list":     false,
	"page_count":      false,
	"page_size":       false,
	"pragma_list":     false,
	"schema_version":  false,
	"user_version":    false,
}
