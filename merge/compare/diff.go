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
	"iter"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
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

// Merge compares the arrivals. See [Strategy].
func (d Diff) Merge(run merge.Run, arrivals iter.Seq[query.Arrival], emit row.Emit) error {
	all := &diffing{Diff: d, run: run, came: make([]*query.Arrival, len(run.Sources)), emit: emit}
	defer all.close()
	for a := range arrivals {
		if err := all.arrived(a); err != nil {
			return err
		}
	}
	return nil
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

// A diffing is the state of one Diff.
type diffing struct {
	Diff
	run      merge.Run
	key      []string         // names of the baseline's columns
	came     []*query.Arrival // by source; nil while it is out
	next     int              // the first source that is not dealt with
	schema   *row.Schema      // of the result; nil until the baseline has come
	single   bool             // there is no key, and the baseline has one row: no key is needed
	over     bool             // the baseline cannot be compared with
	held     []*query.Stage   // differences, while fewer are compared than needed
	compared int
	emit     row.Emit
}

// arrived compares all that can be compared by now.
func (d *diffing) arrived(a query.Arrival) error {
	d.came[a.Outcome.Index] = &a
	base := d.came[d.Baseline]
	if base == nil || d.over {
		return nil
	}
	if base == d.came[a.Outcome.Index] {
		d.single = len(d.Diff.Key) == 0 && base.Rows != nil && base.Rows.Rows() == 1
		d.over = base.Rows == nil || d.refused(d.Baseline, d.named(base.Schema))
		if d.over {
			return nil
		}
		d.schema = d.result(base.Schema)
	}
	for ; d.next < len(d.came) && d.came[d.next] != nil && !d.over; d.next++ {
		if d.next == d.Baseline || d.came[d.next].Rows == nil {
			continue
		}
		if err := d.source(d.next); err != nil {
			return err
		}
	}
	return nil
}

// source compares one source with the baseline and emits how it differs, if that
// could be found out.
func (d *diffing) source(i int) error {
	base, a := d.came[d.Baseline], d.came[i]
	out := &differences{schema: d.schema, source: d.run.Sources[i], limited: d.Limited, limit: d.Limit, stage: a.Rows.Staging().Stage()}
	c, atFault, err := d.compare(i, out)
	if err == nil {
		atFault, err = i, out.end()
	}
	if stopped := d.stopped(); stopped || err != nil {
		out.stage.Discard()
		d.over = stopped || (d.refused(atFault, err) && atFault == d.Baseline)
		return nil
	}
	d.Diff.Compared(i, c)
	d.compared++
	d.held = append(d.held, out.stage)
	if !d.more(i) {
		base.Rows.Discard()
	}
	switch need := max(d.run.Need-1, 1); {
	case d.compared < need:
		return nil
	case d.compared == need: // the columns, if there is no difference at all
		if err := d.emit(row.NewBatch(d.schema)); err != nil {
			return err
		}
	}
	for len(d.held) > 0 {
		s := d.held[0]
		d.held = d.held[1:]
		if err := s.Each(d.emit); err != nil {
			return err
		}
	}
	return nil
}

func (d *diffing) stopped() bool { return d.run.Stop != nil && d.run.Stop() != nil }

// refused refuses a source if there is an error, and reports whether there was.
func (d *diffing) refused(source int, err error) bool {
	if err != nil {
		d.run.Notes.Refuse(source, err)
	}
	return err != nil
}

// more reports whether the baseline may be wanted once more after source i.
func (d *diffing) more(i int) bool {
	for j := i + 1; j < len(d.came); j++ {
		if j != d.Baseline && (d.came[j] == nil || d.came[j].Rows != nil) {
			return true
		}
	}
	return false
}

func (d *diffing) close() {
	for _, a := range d.came {
		if a != nil && a.Rows != nil {
			a.Rows.Discard()
		}
	}
	for _, s := range d.held {
		s.Discard()
	}
}
