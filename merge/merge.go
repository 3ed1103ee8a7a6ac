// Package merge turns the rows of several sources into one result.
//
// A [Strategy] ranges over the arrivals of a dispatch ([query.Dispatch]) and emits the rows
// of the result. It is a value with its own options, and depends neither on a driver nor on
// a format. All strategies get a [Run], with the sources' names and a receiver for warnings
// and refusals, such as a *[query.Summary].
//
//	run := merge.Run{Sources: names, SourceColumn: "source", Notes: summary}
//	err := merge.Union{}.Merge(run, query.Dispatch(ctx, tasks, opts), out.Write)
//
// [Union] is the simplest: all rows of all sources that ended well, in the order in which
// the sources ended. [InSourceOrder], [Ordered] and [Distinct] wait for all sources first.
// [Live] and [LiveOrdered] merge rows of [query.Stream] and [query.Pull] while their
// sources still run. Package compare has a strategy that compares sources, and package
// reduce one that runs SQL over all rows.
//
// Columns are matched by name and their types meet in a lattice: see package columns.
// Package sorted sorts rows, and merges rows that are sorted.
package merge

import (
	"iter"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// A Strategy makes one result of the arrivals of a run. It is a value whose fields are
// its options. It may be used more than once, and concurrently.
type Strategy interface {
	// Merge takes ownership of the arrivals' rows, and emits the rows of the result. Emit
	// takes ownership of each batch. Merge returns emit's first error as it is.
	Merge(run Run, arrivals iter.Seq[query.Arrival], emit row.Emit) error
}

// A Func is a function as a strategy.
type Func func(run Run, arrivals iter.Seq[query.Arrival], emit row.Emit) error

// Merge calls the function.
func (f Func) Merge(run Run, arrivals iter.Seq[query.Arrival], emit row.Emit) error {
	return f(run, arrivals, emit)
}

// A Run is what every strategy knows about the run whose rows it merges.
type Run struct {
	// Sources are the names of the sources, in source order.
	Sources []string
	// SourceColumn is the name of the first column, which holds the source's name;
	// empty for no such column.
	SourceColumn string
	// Strict makes it an error if a source lacks a column.
	Strict bool
	// ByPlace matches columns by their places instead of their names.
	ByPlace bool
	// Cast returns the expression that converts a column of a source to a kind, in the
	// dialect of that source, or an empty string. It is for advice in errors, and may be
	// nil.
	Cast func(source int, column string, to row.Kind) string
	// Need is the number of sources that must be admitted before a row is emitted. If fewer
	// are admitted, no row is emitted.
	Need int
	// Notes takes warnings and refusals.
	Notes Notes
	// Stop, if set, is called from time to time while rows are sorted or compared. Its
	// error, if any, ends the merge and is the reason.
	Stop func() error
}

// Columns returns the options for the run's columns.
func (r Run) Columns() columns.Options {
	o := columns.Options{Sources: r.Sources, SourceColumn: r.SourceColumn, Strict: r.Strict, ByPlace: r.ByPlace, Cast: r.Cast}
	if r.Notes != nil {
		o.Note = r.Notes.Note
	}
	return o
}

// Notes receives a merge's warnings about a source, by its index. *query.Summary implements
// it.
type Notes interface {
	// Note adds a warning to the source.
	Note(source int, warning string)
	// Refuse fails the source: its rows are not in the result.
	Refuse(source int, err error)
	// Kept reports how many rows of each source are in the result, if rows may have been
	// left out. If enough is set, the result needs no more rows, so that sources which have
	// not ended are not missing. Kept is called once at most, at the end.
	Kept(rows []int64, enough bool)
}
