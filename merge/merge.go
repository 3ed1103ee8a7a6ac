// Package merge turns what several sources gave into one result.
//
// A [Strategy] ranges over the arrivals of a dispatch ([query.Dispatch]) and emits the
// rows of the result. It is a value with options of its own, and knows neither a driver
// nor a format. What all strategies are told is a [Run]: the sources' names, and who
// takes the warnings and refusals, which a *[query.Summary] does.
//
//	run := merge.Run{Sources: names, SourceColumn: "source", Notes: summary}
//	err := merge.Union{}.Merge(run, query.Dispatch(ctx, asks, opts), out.Write)
//
// [Union] is the plain one: all rows of all sources that ended well, by end.
// [InSourceOrder], [Ordered] and [Distinct] wait for all of them first. [Live] and
// [LiveOrdered] merge rows while their sources still run, of [query.Stream] and
// [query.Pull]. Package compare has a strategy that compares sources, and package reduce
// one that runs SQL over all rows.
//
// Columns are matched by name and their types meet in a lattice: see package columns.
// Rows are sorted, and sorted ones merged, by package sorted.
package merge

import (
	"iter"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// A Strategy makes one result of the arrivals of a run. It is a value: its fields
// are its own options, and one may be used more than once, also at the same time.
type Strategy interface {
	// Merge owns the arrivals' rows and emits those of the result. It returns emit's
	// first error as it is.
	Merge(run Run, arrivals iter.Seq[query.Arrival], emit row.Emit) error
}

// A Func is a strategy that is a function.
type Func func(run Run, arrivals iter.Seq[query.Arrival], emit row.Emit) error

// Merge calls the function.
func (f Func) Merge(run Run, arrivals iter.Seq[query.Arrival], emit row.Emit) error {
	return f(run, arrivals, emit)
}

// A Run is what every strategy is told about the run whose rows it merges.
type Run struct {
	// Sources are the names of the sources, in source order.
	Sources []string
	// SourceColumn is the name of the first column, which holds the source's
	// name; empty for no such column.
	SourceColumn string
	// Strict makes a column that some source lacks an error.
	Strict bool
	// ByPlace matches columns by their places and not by their names.
	ByPlace bool
	// Need is how many sources must be admitted before a row is emitted; if
	// fewer are, none is.
	Need int
	// Notes takes warnings and refusals.
	Notes Notes
	// Stop, where set, is asked now and then, while rows are sorted or compared,
	// whether to give up. Its error says why, and ends the merge.
	Stop func() error
}

// Columns is what the run's columns are told.
func (r Run) Columns() columns.Options {
	o := columns.Options{Sources: r.Sources, SourceColumn: r.SourceColumn, Strict: r.Strict, ByPlace: r.ByPlace}
	if r.Notes != nil {
		o.Note = r.Notes.Note
	}
	return o
}

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
