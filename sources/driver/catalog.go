// The catalogues of a dialect's databases: the SQL that lists tables and columns, the
// quoting of names, and the meaning of each type in other dialects.

package driver

import (
	"slices"
	"strconv"
	"strings"
)

// A Catalog describes how the tables of a dialect's databases are listed.
type Catalog struct {
	// Text returns the SQL that reads the part of the catalogue in scope. Its columns
	// are those that package catalog reads. It has no parameters, and means the same in
	// all [Modes].
	Text func(CatalogScope) string
	// Fallback returns the SQL for a database that lacks a table which Text reads; see
	// [Request.Fallback]. It is nil if every database has all of them.
	Fallback func(CatalogScope) string
	// Fingerprint is SQL that returns one text, which is the same for databases with the same
	// tables, views and columns. It is empty if no cheap statement can determine that.
	Fingerprint string
	// Quote returns a name as an identifier in SQL. It works for all characters and all
	// modes of servers.
	Quote func(name string) string
	// Type returns what a type, as the server spells it, means in other dialects.
	Type func(spelled string) ColumnType
}

// A CatalogScope selects the part of a catalogue that is read.
type CatalogScope struct {
	// Names choose tables. With none, all tables are read that can be named without a
	// schema.
	Names []CatalogName
	// System includes system schemas and tables.
	System bool
	// Rows includes the approximate number of rows of each table, Columns the columns
	// of the tables with their places in the primary key, and Indexes their other
	// indexes.
	Rows, Columns, Indexes bool
}

// A CatalogName chooses tables by name. Both parts are LIKE patterns for names in lower
// case. They have the letters a to z, digits, _ and % only, so that they mean the same
// in all modes. They may match more than is wanted: the reader of the rows filters them
// again.
type CatalogName struct {
	// Schema is empty for tables that can be named without one.
	Schema string
	Name   string
	// Named says that Schema is the name of one schema, which is read even if it is a
	// system schema.
	Named bool
	// Whole says that Name is the name of one table, which is found even if it is a
	// partition of another.
	Whole bool
}

// CatalogTerms are the conditions and expressions with which a text selects tables.
type CatalogTerms struct {
	Visible string // the table can be named without its schema
	System  string // it is one of the system's
	Schema  string // its schema's name, in lower case
	Name    string // its name, in lower case
}

// Where returns the condition for the tables in scope.
func (s CatalogScope) Where(t CatalogTerms) string {
	visible := "(" + t.Visible + ") and not (" + t.System + ")"
	if s.System {
		visible = "((" + t.Visible + ") or (" + t.System + "))"
	}
	if len(s.Names) == 0 {
		return visible
	}
	var any []string
	for _, n := range s.Names {
		named := t.Name + " like '" + n.Name + "'"
		switch {
		case n.Schema == "":
			any = append(any, visible+" and "+named)
		case s.System || n.Named:
			any = append(any, t.Schema+" like '"+n.Schema+"' and "+named)
		default:
			any = append(any, t.Schema+" like '"+n.Schema+"' and "+named+" and not ("+t.System+")")
		}
	}
	return "(" + strings.Join(any, " or ") + ")"
}

// Wholes returns the names that mean one table each.
func (s CatalogScope) Wholes() (names []string) {
	for _, n := range s.Names {
		if n.Whole && !slices.Contains(names, n.Name) {
			names = append(names, n.Name)
		}
	}
	return names
}

// A ColumnType is what the type of a column means in other dialects. Types of one
// dialect are compared as they are spelled.
type ColumnType struct {
	Class TypeClass
	// Size is the bits of integers and floats, the characters of text, or the digits of
	// decimals and of fractions of seconds; 0 is no limit. Scale is the scale of
	// decimals.
	Size, Scale int
	// Holds are the classes of values that a column of this type can hold, whatever their
	// sizes, in a dialect that knows few types. It is nil if each class has its own type.
	Holds []TypeClass
}

// A TypeClass is a kind of type that several dialects have. It is empty for a type that
// no other dialect has.
type TypeClass string

// The type classes.
const (
	ClassBoolean     TypeClass = "boolean"
	ClassInteger     TypeClass = "integer"
	ClassUnsigned    TypeClass = "unsigned"
	ClassDecimal     TypeClass = "decimal"
	ClassFloat       TypeClass = "float"
	ClassChar        TypeClass = "char" // of a fixed length
	ClassText        TypeClass = "text"
	ClassBytes       TypeClass = "bytes"
	ClassDate        TypeClass = "date"
	ClassTime        TypeClass = "time"
	ClassTimestamp   TypeClass = "timestamp"
	ClassTimestampTZ TypeClass = "timestamp with time zone"
	ClassJSON        TypeClass = "json"
	ClassUUID        TypeClass = "uuid"
	ClassOther       TypeClass = "" // compared by its spelling
)

// A Spelling is a server's spelling of a type, split into its parts.
type Spelling struct {
	// Words are the words before and after the parentheses, in lower case, with single
	// spaces between them.
	Words string
	// Numbers are the numbers in the parentheses.
	Numbers []int
}

// ParseType splits the spelling of a type: "timestamp(3) with time zone" has the words
// timestamp with time zone and the number 3. Parentheses that hold no list of numbers,
// as in enum('a','b'), are left out.
func ParseType(spelled string) Spelling {
	before, rest, _ := strings.Cut(strings.ToLower(spelled), "(")
	inside, behind, closed := rest, "", false
	if end := strings.LastIndexByte(rest, ')'); end >= 0 {
		inside, behind, closed = rest[:end], rest[end+1:], true
	}
	s := Spelling{Words: strings.Join(strings.Fields(before+" "+behind), " ")}
	if !closed {
		return s
	}
	for part := range strings.SplitSeq(inside, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			return Spelling{Words: s.Words}
		}
		s.Numbers = append(s.Numbers, n)
	}
	return s
}

// Number returns number i in the parentheses, from 0, or otherwise if there are fewer.
func (s Spelling) Number(i, otherwise int) int {
	if i < len(s.Numbers) {
		return s.Numbers[i]
	}
	return otherwise
}
