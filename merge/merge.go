// Package merge turns what several sources gave into one result.
//
// A [Strategy] ranges over the arrivals of a dispatch and emits the rows of the
// result; it knows neither a driver nor a format. [Union] is the plain one: all
// rows of all sources that ended well. [InSourceOrder], [Ordered] and [Distinct]
// wait for all of them first.
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
	// Kept says how many rows of each source are in the result, where some
	// were left out, and whether that is all that was wanted, so that sources
	// which have not ended are not missing. It is called once, at the end.
	Kept(rows []int64, enough bool)
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
	// Stop, where set, is asked now and then while rows are sorted whether to
	// give up: its error, which then ends the merge, says why.
	Stop func() error
	// Slice is the part of the result's rows that is wanted.
	Slice Slice
	// Order is that of the rows; empty is the sources' order, and within each
	// its own. Sorted says that each source gives its rows in that order: one
	// that does not is refused. See [Ordered].
	Order  Order
	Sorted bool
	// Compared are columns of [InSourceOrder] whose values are compared afterwards, if
	// they exist: a source is refused whose values there cannot be.
	Compared []string
	// Unique says which rows are the same. See [Distinct].
	Unique Unique
	// Differ says how sources are compared. See [Diff].
	Differ Differ
}
