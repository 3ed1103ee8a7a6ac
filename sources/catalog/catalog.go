// Package catalog knows what tables databases have: tables and views, their columns with
// type, nullability and key, their indexes, and about how many rows they hold.
//
// A catalogue is asked for like anything else: a dialect gives the text for a [Scope],
// the dispatch sends it, and [Read] makes tables of the rows:
//
//	q, err := catalog.Request(source.Kind, scope)        // a driver.Request
//	...                                                   // dispatched as ever
//	tables, err := catalog.Read(arrival.Rows.Each)
//
// So a catalogue keeps to deadlines and limits, is cancelled and summed up as a query is,
// and costs what a query with the same text costs.
//
// [Overview] puts the catalogues of several databases together: which tables there are
// and who lacks them. [Compare] finds how one differs from another, and a [Saved] is a
// file that has been made of some.
package catalog

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/fanql/fanql/sources/driver"
)

// A Table is a table, or what can be read like one.
type Table struct {
	// Schema is PostgreSQL's schema, MySQL's database, main of SQLite.
	Schema string
	Name   string
	// Visible says that the name alone means this table there: it is in the search_path,
	// or in the connection's database.
	Visible bool
	Kind    Kind
	// Rows is about how many there are, as the server knows without counting; -1 is
	// unknown.
	Rows    int64
	Comment string
	Columns []Column // in the order of the table
	Indexes []Index  // without the primary key's, by name
}

// A Kind is what a table is, in words.
type Kind string

// The kinds.
const (
	Plain        Kind = "table"
	Partitioned  Kind = "partitioned table"
	Foreign      Kind = "foreign table"
	Virtual      Kind = "virtual table"
	View         Kind = "view"
	Materialized Kind = "materialized view"
	SystemView   Kind = "system view"
)

// IsView reports whether the rows are those of a query.
func (k Kind) IsView() bool { return k == View || k == Materialized || k == SystemView }

// A Column is one of a table.
type Column struct {
	Name string
	Type string // as the server spells it, with length and precision
	// Nullable says that NULL may stand there, as far as the server declares it.
	Nullable bool
	Key      int // its place in the primary key, from 1; 0 is not in it
	// Default is the expression as the server writes it; empty where there is none.
	Default string
	// Extra has what else the server says, in lower case: identity, auto_increment,
	// generated stored, generated virtual, invisible.
	Extra     string
	Comment   string
	Collation string // empty where the type has none, and of SQLite
	Charset   string // of text, where the server says it
	// Nondeterministic says that the collation may call texts equal that differ
	// (PostgreSQL).
	Nondeterministic bool
}

// An Index is one of a table.
type Index struct {
	Name   string
	Unique bool
	// Partial says that it has not all rows.
	Partial bool
	// Columns are names or expressions; "desc" stands behind what is in descending order,
	// and in MySQL (n) behind a column of which only a prefix is in it.
	Columns []string
}

// Called is the name by which the table is known among several databases: its name
// alone where that is enough, and else with its schema before it. A part that could be
// taken for something else stands in double quotes, as in [ParsePattern].
func (t Table) Called() string {
	if t.Visible {
		return quoted(t.Name)
	}
	return t.Qualified()
}

// Qualified is the table's name with its schema before it, as a pattern has it.
func (t Table) Qualified() string { return quoted(t.Schema) + "." + quoted(t.Name) }

// A Scope is the part of a catalogue that is asked for.
type Scope struct {
	// Tables choose among the tables. None is all that can be named without a schema.
	Tables []Pattern
	System bool // system schemas and tables as well
	// Rows, Columns and Indexes ask for these; names, kinds and comments always come.
	Rows, Columns, Indexes bool
}

// Request returns what a database of the dialect is asked for its catalogue. It is an error
// if the dialect has none.
func Request(d *driver.Dialect, s Scope) (driver.Request, error) {
	if d == nil || d.Catalog == nil {
		return driver.Request{}, fmt.Errorf("%s has no catalogue that is known here", d)
	}
	scope := driver.CatalogScope{System: s.System, Rows: s.Rows, Columns: s.Columns, Indexes: s.Indexes}
	for _, p := range s.Tables {
		scope.Names = append(scope.Names, p.like())
	}
	q := Fixed(d.Catalog.Text(scope))
	q.Verbatim = true
	if d.Catalog.Fallback != nil {
		q.Fallback = d.Catalog.Fallback(scope)
	}
	return q, nil
}

// Fixed returns the request for a text of ours, which means the same in all modes.
func Fixed(sql string) driver.Request {
	q := driver.Request{SQL: sql}
	q.Reread = func(driver.Modes) (driver.Request, error) { return driver.Request{SQL: sql}, nil }
	return q
}

// Matching returns the tables that the scope is for; the text may have let through more.
func (s Scope) Matching(tables []Table) []Table {
	if len(s.Tables) == 0 {
		return tables
	}
	return slices.DeleteFunc(tables, func(t Table) bool {
		return !slices.ContainsFunc(s.Tables, func(p Pattern) bool { return p.Match(t) })
	})
}

// Sort orders tables: those that can be named without a schema come first, then the
// others by schema.
func Sort(tables []Table) { slices.SortFunc(tables, compareTables) }

func compareTables(a, b Table) int {
	switch {
	case a.Visible && b.Visible:
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Schema, b.Schema))
	case a.Visible:
		return -1
	case b.Visible:
		return 1
	}
	return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name))
}
