// The dialects and how each of them reads text.

package statement

import (
	"strings"

	"github.com/fanql/fanql/sources/ask"
)

// A Dialect is the SQL that a source speaks.
type Dialect string

const (
	Postgres Dialect = "postgres"
	MySQL    Dialect = "mysql" // and MariaDB
	SQLite   Dialect = "sqlite"
)

var dialectWords = map[string]Dialect{
	"postgres": Postgres, "postgresql": Postgres, "pg": Postgres,
	"mysql": MySQL, "mariadb": MySQL,
	"sqlite": SQLite, "sqlite3": SQLite,
}

// ParseDialect knows the names that users give to dialects, in any case.
func ParseDialect(word string) (Dialect, bool) {
	d, ok := dialectWords[strings.ToLower(word)]
	return d, ok
}

// rules are what the tokenizer must know of a dialect.
type rules struct {
	backslash    bool // '...' knows backslash escapes
	eStrings     bool // E'...' does
	doubleString bool // "..." is a string, not an identifier
	backtick     bool // `...` is an identifier
	bracket      bool // [...] is an identifier
	subscripts   bool // [...] is a subscript or an array
	hash         bool // # begins a comment
	dashSpace    bool // -- begins a comment only before white space
	returnEnds   bool // a line comment ends at a carriage return as well
	nested       bool // /* /* */ */ is one comment
	executable   bool // /*! ... */ is code
	dollarQuotes bool // $tag$ ... $tag$ is a string
	operatorMark bool // ? is an operator, not a placeholder
	casts        bool // :: and := mean something that reads
}

// lexis has the rules of servers in their usual modes.
var lexis = map[Dialect]rules{
	Postgres: {
		eStrings: true, subscripts: true, returnEnds: true, nested: true,
		dollarQuotes: true, operatorMark: true, casts: true,
	},
	MySQL: {
		backslash: true, doubleString: true, backtick: true,
		hash: true, dashSpace: true, executable: true,
	},
	SQLite: {backtick: true, bracket: true},
}

// in gives the rules of a server in the modes; those of other dialects' servers
// change nothing.
func (r rules) in(d Dialect, m ask.Modes) rules {
	switch d {
	case MySQL:
		r.doubleString = !m.AnsiQuotes
		r.backslash = !m.NoBackslashEscapes
		r.bracket = m.BracketQuotes
	case Postgres:
		r.backslash = m.BackslashEscapes
	case SQLite: // has no modes
	}
	return r
}
