// What is known about a kind of database without querying one: how users name and locate
// its databases, and how it reads SQL.

package driver

import (
	"slices"
	"strings"
)

// A Dialect describes a kind of database. The folder of each driver has one in its
// variable Dialect, and the table of package sources lists them. The rest of the
// program takes everything that differs between kinds of databases from here. Dialects
// are compared by their addresses, and never change.
type Dialect struct {
	// Name is the dialect's name in reports and in variants of a query: postgres.
	Name string
	// Words are its other names in variants, in lower case.
	Words []string
	// Products are the databases that the driver can query, spelled as their makers do.
	// The first is the one that the protocol or format belongs to.
	Products []string

	Location
	Lexis
	Grammar

	// Discovery describes how its servers list their databases; it is nil if a source is
	// always one database.
	Discovery *Discovery

	// Modes returns the lexis of a server in the given modes. It is nil if its servers have
	// no modes. The modes of other dialects' servers change nothing.
	Modes func(Lexis, Modes) Lexis
	// Zone spells a time zone, as config.ParseZone returns it, for [Request.TimeZone]. Nil
	// leaves it unchanged.
	Zone func(zone string) string

	// Placeholder returns the placeholder for value number n, counted from 1.
	Placeholder func(n int, arg Arg) string
	// Positional says that placeholders have no numbers: the value of a parameter that
	// occurs twice is sent twice.
	Positional bool
	// MaxPlaceholders is how many a statement can have.
	MaxPlaceholders int
	// StandsBy says that a standby connection may be open while a statement runs, to cancel
	// it.
	StandsBy bool

	// Catalog describes how tables are listed; nil means that they cannot be.
	Catalog *Catalog

	// CastForms are expressions that convert a value to a kind, by the name that the kind has
	// in messages, for advice to users; {} is the place of the value.
	CastForms map[string]string
}

// Cast returns the expression that converts a column to a kind, as a user would write it,
// or an empty string if there is none. The name is quoted if it has to be.
func (d *Dialect) Cast(column, to string) string {
	if d == nil || d.CastForms[to] == "" {
		return ""
	}
	return strings.ReplaceAll(d.CastForms[to], "{}", d.Quoted(column))
}

// CastAdvice returns the advice to cast a column to a kind in the query, with the
// expression of Cast if there is one.
func (d *Dialect) CastAdvice(column, to string) string {
	advice := "cast it to " + to + " in the query"
	if cast := d.Cast(column, to); cast != "" {
		advice += ", as in " + cast
	}
	return advice
}

// Quoted returns the name of a column as a user would write it, in quotes if necessary.
func (d *Dialect) Quoted(column string) string {
	if isPlainName(column) {
		return column
	}
	quote := `"`
	if d.Backtick && d.DoubleString {
		quote = "`"
	}
	return quote + strings.ReplaceAll(column, quote, quote+quote) + quote
}

// isPlainName reports whether a name needs no quotes in any dialect, unless it is a
// reserved word.
func isPlainName(name string) bool {
	for i, c := range name {
		if c != '_' && (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// Location describes how users say where a database is, and which files belong to it.
type Location struct {
	// Schemes begin its URLs, in lower case. The first is the one that the driver gets
	// and that messages show.
	Schemes []string
	// Alike are schemes that other programs use for databases of the same protocol.
	// They are refused with the advice to write the first of Schemes.
	Alike []string
	// ConnectionStrings says that libpq's form, host=db user=reader, is accepted as
	// well.
	ConnectionStrings bool
	// File says that a database is a file, and that the path follows the scheme.
	File bool
	// Suffixes, with their dots, let a path without a scheme name a source.
	Suffixes []string
	// Sidecars are the suffixes of the files that may exist next to a database file.
	Sidecars []string
	// Meaningless are the keys of a source in the config that have no effect for this
	// dialect, each with the reason.
	Meaningless map[string]string
	// SecretVariables are variables that its clients read passwords from. They are
	// withheld from programs that a config names.
	SecretVariables []string
	// FileVariables are variables that name files which its clients read, and HomeFiles
	// are such files in the user's home. No output replaces them.
	FileVariables, HomeFiles []string
}

// Discovery describes how a server lists databases or schemas that can be sources. The
// caller matches the names.
type Discovery struct {
	// Databases lists the databases of a server that the account may connect to, and
	// Schemas the schemas of a database that it may use. The server's own are left out.
	Databases, Schemas Listing
	// Schema is a schema that always exists, to connect with; empty if there are no
	// schemas.
	Schema string
}

// A Listing is SQL whose rows have one column: names.
type Listing struct {
	SQL string // empty if there is no such listing
	// From are the databases of the server to connect to, in the order of trial; an
	// empty name means no database.
	From []string
	// Next are the error codes after which the next of From is tried.
	Next []string
}

// SchemaParameter is the URL parameter that names the schema of a source.
const SchemaParameter = "schema"

// Lexis describes how servers in their usual modes separate words, strings and
// comments.
type Lexis struct {
	Backslash    bool // '...' knows backslash escapes
	EStrings     bool // E'...' knows backslash escapes
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
	Casts        bool // :: and := are valid in statements that read
	AtVariables  bool // @name and @@name are variables
	NamedMarks   bool // @name, $name and #name are placeholders
}

// Grammar says which statements are sent, and which of their parts do more than read.
type Grammar struct {
	// Verbs are the first words, in upper case, of statements that may be sent.
	Verbs []string
	// Queries are those verbs that can begin a query, also in parentheses, besides
	// SELECT, WITH, VALUES and TABLE.
	Queries []string
	// Explain is the form of EXPLAIN, if it is one of the verbs; DESCRIBE and DESC have the
	// same form.
	Explain ExplainForm
	// Plans are the verbs of writing statements that EXPLAIN can plan in a read-only
	// session.
	Plans []string
	// WithWrites says that a WITH can contain statements that write, also in a subquery.
	WithWrites bool
	// Refused are phrases that do more than read, wherever they occur in a query.
	Refused []Phrase
	// Pragma reports whether a pragma, in lower case, only reads when it has no value, and
	// whether it also only reads with an argument in parentheses. It is needed if PRAGMA is
	// one of the verbs.
	Pragma func(name string) (argument, reads bool)
}

// A Phrase is a series of words, in upper case, with the reason why a query that
// contains it is not sent.
type Phrase struct {
	Words []string
	Why   string
}

// An ExplainForm is the syntax between EXPLAIN and the statement.
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

// String returns the name. It is empty for nil, which stands for a dialect that is not
// known yet.
func (d *Dialect) String() string {
	if d == nil {
		return ""
	}
	return d.Name
}

// OfFiles reports whether the databases are files. It is false for nil, a dialect that
// is not known yet.
func (d *Dialect) OfFiles() bool { return d != nil && d.File }

// Is reports whether the word, in any case, is the dialect's name or one of its words.
// It is false for nil, a dialect that is not known yet.
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

// LexisIn returns the lexis of a server in the given modes.
func (d *Dialect) LexisIn(m Modes) Lexis {
	if d.Modes == nil {
		return d.Lexis
	}
	return d.Modes(d.Lexis, m)
}

// Dialects are the dialects that a program knows.
type Dialects []*Dialect

// Named returns the dialect with the given name or word, in any case, or nil.
func (all Dialects) Named(word string) *Dialect {
	for _, d := range all {
		if d.Is(word) {
			return d
		}
	}
	return nil
}
