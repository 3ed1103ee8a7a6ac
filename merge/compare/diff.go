// Package compare tells how the rows of sources differ from those of one of them.
//
// [Diff] is a [merge.Strategy] beside those of package merge: it compares each source
// with the baseline, in memory and beyond that in files, and emits rows that say what
// was added, removed and changed. Its Compared is called with a [Comparison] of each
// source, which counts all differences, also those that are not shown. What counts as
// equal is what it is everywhere else: see package columns; a [Tolerance] lets numbers
// and times of a column be apart.
//
//	diff := compare.Diff{Key: key, Compared: func(source int, c compare.Comparison) { ... }}
//	err := diff.Merge(run, query.Dispatch(ctx, asks, opts), out.Write)
package compare

import (
	"github.com/fanql/fanql/merge/columns"
)

// Diff emits how each source differs from the baseline, source by source in
// source order, each as soon as those before it have ended, in the order of the
// key. A source is compared whole or not at all: one that cannot be compared is
// refused. Columns are matched by name, and types meet as in a union; what meets
// in text is compared as text, all else by value.
//
// With a key there is a row for each changed cell, with the cells of both sides,
// and one for each row that is on one side only, which stands as a JSON object on
// that side. So it is without a key if the baseline has a single row, and then a source
// of one row is compared with it cell by cell. Else without a key there is a row for each different row that is on one
// side more often than on the other, and how much more often.
//
// Of the run it heeds Sources, Need, of which the baseline is one, Notes, and Stop,
// which ends the comparing without an error: what was compared before counts.
type Diff struct {
	// Baseline is the place of the source that all others are compared with.
	Baseline int
	// Untyped says that the baseline is text without types of its own, as CSV
	// is: its cells are read as the type that the column has on the other side.
	Untyped bool
	// Key are the columns, of the baseline, by which rows are found again;
	// without a key whole rows are compared, and how often each is there. A single
	// row on each side needs no key.
	Key columns.Order
	// Exact compares canonical text and the class of the kind, not the value.
	Exact bool
	// Tolerances let the values of a column differ. They need a key, or a single row
	// on each side.
	Tolerances []Tolerance
	// Limit is how many rows that differ are emitted of each source, where it is
	// Limited; all are counted.
	Limit   int
	Limited bool
	// Compared is called for each source that was compared.
	Compared func(source int, c Comparison)
}

// A Comparison is how one source differs from the baseline.
type Comparison struct {
	Rows, Baseline          int64 // rows of the source, and of the baseline
	Added, Removed, Changed int64 // rows
	Cells                   []Count
	Missing, Extra          []string // columns that it lacks, and that only it has
}

// A Count is in how many rows a column has changed.
type Count struct {
	Column string
	Cells  int64
}

// Same reports whether there is no difference.
func (c Comparison) Same() bool {
	return c.Added+c.Removed+c.Changed == 0 && len(c.Missing)+len(c.Extra) == 0
}
