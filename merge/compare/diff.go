// Package compare finds the differences between the rows of sources and those of a
// baseline source.
//
// [Diff] is a [merge.Strategy] like those of package merge. It compares each source with
// the baseline, and emits rows for the added, removed and changed rows. It sorts in memory,
// and in temporary files if the rows do not fit. It calls Compared with a [Comparison] for
// each source, which counts all differences, including those that are not shown. Values are
// equal as everywhere else (see package columns), except that a [Tolerance] allows
// differences in the numbers and times of a column.
//
//	diff := compare.Diff{Key: key, Compared: func(source int, c compare.Comparison) { ... }}
//	err := diff.Merge(run, query.Dispatch(ctx, tasks, opts), out.Write)
package compare

import (
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/sources/separated"
)

// Diff emits the differences of each source, in source order and, for each source, in the
// order of the key. It emits those of a source as soon as the source and all earlier ones
// have ended. A source is compared completely or not at all: a source that cannot be
// compared is refused. Columns are matched by name, and types meet as in a union. Types
// that meet in text are compared as text, and all others by value.
//
// With a key, Diff emits a row for each changed cell, with the cells of both sides. It also
// emits a row for each row that is on one side only, as a JSON object on that side. It does
// the same without a key if the baseline and the source have a single row each: then these
// are compared cell by cell. Otherwise, without a key, it emits each distinct row that is
// on one side more often than on the other, and how much more often.
//
// Diff uses these fields of the run: Sources, ByPlace, Cast, Notes, Need and Stop. Need
// counts the baseline. Stop ends the comparison without an error: the sources that have
// been compared count.
type Diff struct {
	// Baseline is the index of the source that all others are compared with.
	Baseline int
	// Untyped means that the baseline is text without types, such as CSV. Its cells are
	// read as the type of the column on the other side.
	Untyped bool
	// Style is the style of an untyped baseline.
	Style separated.Style
	// Key names the columns of the baseline by which rows are matched. Without a key, Diff
	// compares how often each whole row occurs. A single row on each side needs no key.
	Key columns.Order
	// Exact compares the canonical text of values and the class of their kind, in addition
	// to the value. With an untyped baseline it compares the canonical text only.
	Exact bool
	// Tolerances allow the values of a column to differ. They need a key, or a single
	// row on each side.
	Tolerances []Tolerance
	// Limit is the largest number of differing rows that are emitted for each source, if
	// Limited is set. Counts include the others.
	Limit   int
	Limited bool
	// Compared is called for each source that was compared, before its rows are emitted. It
	// must be set.
	Compared func(source int, c Comparison)
}

// A Comparison holds the differences of one source from the baseline.
type Comparison struct {
	Rows, Baseline          int64 // rows of the source, and of the baseline
	Added, Removed, Changed int64 // rows
	Cells                   []Count
	Missing, Extra          []string // columns that the source lacks, and columns that only it has
}

// A Count is the number of rows in which a column has changed.
type Count struct {
	Column string
	Cells  int64
}

// Same reports whether there are no differences.
func (c Comparison) Same() bool {
	return c.Added+c.Removed+c.Changed == 0 && len(c.Missing)+len(c.Extra) == 0
}
