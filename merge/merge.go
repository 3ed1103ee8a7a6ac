// Package merge turns what several sources gave into one result.
//
// A [Strategy] ranges over the arrivals of a dispatch and emits the rows of the
// result; it knows neither a driver nor a format. [Union] is the plain one: all
// rows of all sources that ended well.
//
//	s := merge.Union(merge.Options{SourceColumn: "source", Notes: summary})
//	err := s(query.Dispatch(ctx, asks, opts), out.Write)
//
// Columns are matched by name and their types meet in a lattice: see [Columns].
package merge

import (
	"iter"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// A Strategy makes one result of the arrivals. It owns their rows, and returns
// emit's first error as it is.
type Strategy func(arrivals iter.Seq[query.Arrival], emit row.Emit) error

// Notes takes what a merge has to say about a source, by its index.
// *query.Summary is one.
type Notes interface {
	// Note adds a warning to the source.
	Note(source int, warning string)
	// Refuse fails the source: its rows are not in the result.
	Refuse(source int, err error)
}

// Options of a merge.
type Options struct {
	// Sources are the names of the sources, in source order.
	Sources []string
	// SourceColumn is the name of the first column, which holds the source's
	// name; empty for no such column.
	SourceColumn string
	// Strict makes a column that some source lacks an error.
	Strict bool
	// Fixed says that columns cannot be added once rows have been emitted, as
	// in CSV: a source that would add one is refused.
	Fixed bool
	// Need is how many sources must be admitted before a row is emitted; if
	// fewer are, none is.
	Need int
	// Notes takes warnings and refusals.
	Notes Notes
}
