// What a dialect knows of its databases' own catalogues: the text that asks for tables
// and columns, how names are quoted, and what types mean to other dialects.

package driver

import (
	"slices"
	"strconv"
	"strings"
)

// A Catalog says how the databases of a dialect are asked for their tables.
type Catalog struct {
	// Text gives the SQL whose rows are the part of the catalogue in scope; its columns
	// are those that package catalog reads. It has no parameters, and reads the same in
	// all [Modes].
	Text func(CatalogScope) string
	// Fallback gives the SQL for a database that lacks a table which Text reads; see
	// [Request.Fallback]. Nil where every database has all.
	Fallback func(CatalogScope) string
	// Quote gives an identifier as it stands in SQL, whatever characters it has and
	// whatever modes the server is in.
	Quote func(name string) string
	// Type gives what a type, as the server spells it, means to other dialects.
	Type func(spelled string) ColumnType
}

// A CatalogScope is the part of a catalogue that is asked for.
type CatalogScope struct {
	// Names choose tables. None is all that can be named without a schema.
	Names []CatalogName
	// System says that system schemas and tables are asked for as well.
	System bool
	// Rows asks for the approximate number of rows of each table, Columns for the
	// columns of the tables with their places in the primary key, and Indexes for their
	// other indexes.
	Rows, Columns, Indexes bool
}

// A CatalogName chooses tables by name. Both parts are patterns for LIKE over names in
// lower case: letters a to z, digits, _ and %, and nothing else, so that they are the same
// in all modes. They let through at least what is wanted; who reads the rows looks again.
type CatalogName struct {
	// Schema is empty for tables that can be named without one.
	Schema string
	Name   string
	// Named says that Schema is the name of one: that is asked for if it is the system's
	// as well.
	Named bool
	// Whole says that Name is the name of one table: that is found if it is a partition
	// of another as well.
	Whole bool
}

// CatalogTerms are conditions and expressions by which a text tells tables apart.
type CatalogTerms struct {
	Visible string // the table can be named without its schema
	System  string // it is one of the system's
	Schema  string // its schema's name, in lower case
	Name    string // its name, in lower case
}

// Where gives the condition for the tables in scope.
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

// Wholes are the names that mean one table each.
func (s CatalogScope) Wholes() (names []string) {
	for _, n := range s.Names {
		if n.Whole && !slices.Contains(names, n.Name) {
			names = append(names, n.Name)
		}
	}
	return names
}

// A ColumnType is what the type of a column means to other dialects. Types of one
// dialect are compared as they are spelled.
type ColumnType struct {
	Class TypeClass
	// Size is bits of integers and floats, characters of text, digits of decimals and
	// of the fractions of seconds; 0 is no limit. Scale is that of decimals.
	Size, Scale int
	// Holds are the classes whose values can be in it, whatever their sizes, where the
	// dialect knows few types; nil where it has one for each class.
	Holds []TypeClass
}

// A TypeClass is the kind of a type that several dialects have; empty is one that no
// other has.
type TypeClass string

// The classes.
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
	ClassOther       TypeClass = "" // compared as it is spelled
)

// A Spelling is how a server spells a type, taken apart.
type Spelling struct {
	// Words are those before and behind the parentheses, in lower case, with single
	// spaces between them.
	Words string
	// Numbers are those in the parentheses.
	Numbers []int
}

// ParseType takes the spelling of a type apart: "timestamp(3) with time zone" has the
// words timestamp with time zone and the number 3. What is in parentheses and is no list
// of numbers, as in enum('a','b'), is left out.
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

// Number gives a number of those in the parentheses, or what it is where there are fewer.
func (s Spelling) Number(i, otherwise int) int {
	if i < len(s.Numbers) {
		return s.Numbers[i]
	}
	return otherwise
}
