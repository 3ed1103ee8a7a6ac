// What is known of a kind of database without asking one: how users name and locate
// its databases, and how it reads SQL.

package driver

import (
	"slices"
	"strings"
)

// A Dialect describes a kind of database. Each driver's folder has one in its variable
// Dialect, and the table of package sources lists them; all else takes what differs
// between kinds from here. Dialects are compared by their addresses, and never change.
type Dialect struct {
	// Name is what reports, and texts for this dialect, call it: postgres.
	Name string
	// Words are other names that a text for this dialect may go by, in lower case.
	Words []string
	// Products are those that the driver asks, as their makers write them. The first is
	// the one whose protocol or format it is.
	Products []string

	Location
	Lexis
	Grammar

	// Discovery is how servers list their databases; nil where a source is all there is.
	Discovery *Discovery

	// Modes gives the lexis of a server in the modes. It is nil where servers have none;
	// the modes of other dialects' servers change nothing.
	Modes func(Lexis, Modes) Lexis
	// Zone spells a time zone as config.ParseZone gives it for [Request.TimeZone]. Nil is as it is.
	Zone func(zone string) string

	// Placeholder gives what stands in the text for value number n, from 1.
	Placeholder func(n int, arg Arg) string
	// Positional: placeholders have no numbers, so that a parameter which stands twice
	// has its value sent twice.
	Positional bool
	// MaxPlaceholders is how many a statement can have.
	MaxPlaceholders int
	// StandsBy: while a question runs, a second connection may stand by to cancel it.
	StandsBy bool

	// Catalog says how its databases are asked for their tables; nil is not at all.
	Catalog *Catalog
}

// Location is how users say where a database of a kind is, and what belongs to it.
type Location struct {
	// Schemes begin its URLs, in lower case. The first is the one that the driver is
	// given and that messages show.
	Schemes []string
	// Alike are the schemes that other programs use for databases that speak its
	// protocol. They are refused with the advice to write the first of Schemes.
	Alike []string
	// ConnectionStrings: host=db user=reader, as libpq reads it, locates one as well.
	ConnectionStrings bool
	// File: a database is a file, and what follows the scheme is its path.
	File bool
	// Suffixes, with their dots, make a source of a path without a scheme.
	Suffixes []string
	// Pipe are the suffixes of the files that a database file may have beside it.
	Sidecars []string
	// Meaningless are the keys of a source in the config that do nothing here, each with
	// the reason.
	Meaningless map[string]string
	// SecretVariables are variables that its clients read passwords from. Programs that
	// a config names do not get them.
	SecretVariables []string
	// FileVariables are variables that name files which its clients read, and HomeFiles
	// are such files in the user's home. No output replaces them.
	FileVariables, HomeFiles []string
}

// Discovery is how a server lists what could be a source of its own. The names are
// matched by who asks.
type Discovery struct {
	// Databases are those of a server that an account may connect to, and Schemas those
	// of a database that it may use, without the server's own.
	Databases, Schemas Listing
	// Schema is one that is always there, for asking; empty where there are no schemas.
	Schema string
}

// A Listing is a text whose rows have one column, names.
type Listing struct {
	SQL string // empty: there is no such thing
	// From are the databases of the server that can be asked, in the order of trial; the
	// empty one is none.
	From []string
	// Next are codes of errors that say to try the next of From.
	Next []string
}

// SchemaParameter is the parameter of a URL that names the schema of a source.
const SchemaParameter = "schema"

// Lexis is how servers in their usual modes tell words, strings and comments apart.
type Lexis struct {
	Backslash    bool // '...' knows backslash escapes
	EStrings     bool // E'...' does
	DoubleString bool // "..." is a string, not an identifier
	Backtick     bool // `...` is an identifier
	Bracket      bool // [...] is an identifier
	Subscripts   bool // [...] is a subscript or an array
	Hash         bool // # begins a comment
	DashSpace    bool // -- begins a comment only before white space
	ReturnEnds   bool // a line comment ends at a carriage return as well
	Nested       bool // /* /* */ */ is one comment
	Executable   bool // /*! ... */ is code
	DollarQuotes bool // $tag$ ... $tag$ is a string
	DollarVaries bool // $ begins an identifier in some versions, and a string in others
	OperatorMark bool // ? is an operator, not a placeholder
	Casts        bool // :: and := mean something that reads
	AtVariables  bool // @name and @@name are variables
	NamedMarks   bool // @name, $name and #name are placeholders
}

// Grammar is which statements are sent, and what in them does more than read.
type Grammar struct {
	// Verbs are the first words, in upper case, of statements that are sent.
	Verbs []string
	// Queries are those of the verbs with which a query can begin, also in parentheses,
	// besides SELECT, WITH, VALUES and TABLE.
	Queries []string
	// Explain is the form of EXPLAIN, where it is one of the verbs; DESCRIBE and DESC are the same.
	Explain ExplainForm
	// Plans are the verbs of statements that write and that EXPLAIN plans in a session
	// which cannot write.
	Plans []string
	// WithWrites: the bodies of a WITH may write, in a subquery's as well.
	WithWrites bool
	// Refused are phrases that do more than read, wherever they stand in a query.
	Refused []Phrase
	// Pragma says of a pragma, in lower case, whether it reads without a value, and with
	// an argument in parentheses as well. It is needed where PRAGMA is one of the verbs.
	Pragma func(name string) (argument, reads bool)
}

// A Phrase is a series of words, in upper case, with the reason why a query that has it
// is not sent.
type Phrase struct {
	Words []string
	Why   string
}

// An ExplainForm is what may stand between EXPLAIN and the statement.
type ExplainForm uint8

const (
	// ExplainOptions is EXPLAIN [VERBOSE] or EXPLAIN (option [value], ...).
	ExplainOptions ExplainForm = iota + 1
	// ExplainTables is EXPLAIN [EXTENDED | PARTITIONS | FORMAT = x], EXPLAIN FOR
	// CONNECTION n, and EXPLAIN table [column].
	ExplainTables
	// ExplainQueryPlan is EXPLAIN [QUERY PLAN].
	ExplainQueryPlan
)

// String gives the name; it is empty for nil, a dialect that is not known yet.
func (d *Dialect) String() string {
	if d == nil {
		return ""
	}
	return d.Name
}

// OfFiles reports whether the databases are files. A dialect that is not known yet, nil,
// is none of files.
func (d *Dialect) OfFiles() bool { return d != nil && d.File }

// Is reports whether the word, in any case, is its name or one of its words. A dialect
// that is not known yet, nil, has none.
func (d *Dialect) Is(word string) bool {
	word = strings.ToLower(word)
	return d != nil && (d.Name == word || slices.Contains(d.Words, word))
}

// ZoneOf spells a time zone for [Request.TimeZone]; see [Dialect.Zone].
func (d *Dialect) ZoneOf(zone string) string {
	if d == nil || d.Zone == nil {
		return zone
	}
	return d.Zone(zone)
}

// LexisIn gives the rules of a server in the modes.
func (d *Dialect) LexisIn(m Modes) Lexis {
	if d.Modes == nil {
		return d.Lexis
	}
	return d.Modes(d.Lexis, m)
}

// Dialects are those that a program knows.
type Dialects []*Dialect

// Named gives the one with the name, or one of the words, in any case; nil if there is none.
func (all Dialects) Named(word string) *Dialect {
	for _, d := range all {
		if d.Is(word) {
			return d
		}
	}
	return nil
}
