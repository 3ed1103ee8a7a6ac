// Package catalog reads which tables databases have: tables and views, their columns
// with type, nullability and key, their indexes, and about how many rows they hold.
//
// A catalogue is read like any query: a dialect returns the SQL for a [Scope], the
// dispatch sends it, and [Read] converts the rows to tables:
//
//	q, err := catalog.Request(source.Kind, scope)        // a driver.Request
//	...                                                   // dispatched as usual
//	tables, err := catalog.Read(arrival.Rows.Each)
//
// So the deadlines, limits, cancellation and summary of queries apply to catalogues as
// well, and reading one costs as much as a query with the same text.
//
// [Overview] combines the catalogues of several databases: which tables there are and
// which databases lack them. [Compare] finds the differences between two catalogues,
// and a [Saved] is a file of schemas.
package catalog

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/fanql/fanql/sources/driver"
)

// A Table is a table, or a view that can be read like one.
type Table struct {
	// Schema is PostgreSQL's schema, MySQL's database, or main in SQLite.
	Schema string
	Name   string
	// Visible says that the unqualified name means this table: it is in the
	// search_path, or in the connection's database.
	Visible bool
	Kind    Kind
	// Rows is the approximate number of rows, as the server knows it without counting;
	// -1 is unknown.
	Rows    int64
	Comment string
	Columns []Column // in the order of the table
	Indexes []Index  // without the primary key's, by name
}

// A Kind is the kind of a table, in words.
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

// IsView reports whether a query defines the rows.
func (k Kind) IsView() bool { return k == View || k == Materialized || k == SystemView }

// A Column is a column of a table.
type Column struct {
	Name string
	Type string // as the server spells it, with length and precision
	// Nullable says that the column may contain NULL, as far as the server declares it.
	Nullable bool
	Key      int // its place in the primary key, from 1; 0 is not in it
	// Default is the expression as the server writes it; empty if there is none.
	Default string
	// Extra has the column's other properties, in lower case: identity, auto_increment,
	// generated stored, generated virtual, invisible.
	Extra     string
	Comment   string
	Collation string // empty if the type has none, and in SQLite
	Charset   string // of text, if the server reports it
	// Nondeterministic says that the collation may treat different texts as equal
	// (PostgreSQL).
	Nondeterministic bool
	// Strict says that no value can be of another type than the declared one. It is only
	// set for SQLite, where it is the exception.
	Strict bool
}

// An Index is an index of a table.
type Index struct {
	Name   string
	Unique bool
	// Partial says that it does not include all rows.
	Partial bool
	// Columns are names or expressions. "desc" follows one in descending order, and in
	// MySQL (n) follows a column that is indexed by a prefix.
	Columns []string
}

// Called returns the table's name among several databases: the unqualified name if that
// is enough, or else the schema and the name. A part that could be misread is in double
// quotes, as in [ParsePattern].
func (t Table) Called() string {
	if t.Visible {
		return quoted(t.Name)
	}
	return t.Qualified()
}

// Qualified returns the table's name with its schema, in the form of a pattern.
func (t Table) Qualified() string { return quoted(t.Schema) + "." + quoted(t.Name) }

// A Scope selects the part of a catalogue that is read.
type Scope struct {
	// Tables choose among the tables. With none, all tables are read that can be named
	// without a schema.
	Tables []Pattern
	System bool // system schemas and tables as well
	// Rows, Columns and Indexes include these; names, kinds and comments are always
	// included.
	Rows, Columns, Indexes bool
}

// Request returns the request that reads the catalogue of a database. It returns an
// error if the dialect has no catalogue.
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

// Fixed returns the request for a text of our own, which means the same in all modes.
func Fixed(sql string) driver.Request {
	q := driver.Request{SQL: sql}
	q.Reread = func(driver.Modes) (driver.Request, error) { return driver.Request{SQL: sql}, nil }
	return q
}

// Matching returns the tables in the scope; the SQL may have returned more.
func (s Scope) Matching(tables []Table) []Table {
	if len(s.Tables) == 0 {
		return tables
	}
	return slices.DeleteFunc(tables, func(t Table) bool {
		return !slices.ContainsFunc(s.Tables, func(p Pattern) bool { return p.Match(t) })
	})
}

// Sort orders tables: those that can be named without a schema first, then the others
// by schema.
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
