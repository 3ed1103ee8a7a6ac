// Offset and limit: which rows of a merged result are wanted.

package merge

import "github.com/fanql/fanql/sources/row"

// A Slice is a part of the result's rows: the rows after the first Offset rows, and at most
// Limit rows if Limited is set. The zero value is all rows.
type Slice struct {
	Offset, Limit int64
	Limited       bool
}

// A slicer counts all rows, and the rows of each source that are in the slice.
type slicer struct {
	Slice
	notes Notes
	seen  int64 // all rows so far
	out   int64 // the rows in the slice
	kept  []int64
	drops bool // the strategy leaves out rows before they reach the slicer
}

func newSlicer(s Slice, run Run) *slicer {
	return &slicer{Slice: s, notes: run.Notes, kept: make([]int64, len(run.Sources))}
}

// counts reports whether to count the rows of each source: some may be left out.
func (w *slicer) counts() bool { return w.drops || w.Slice != Slice{} }

// full reports whether no more rows are wanted.
func (w *slicer) full() bool { return w.Limited && w.out >= w.Limit }

// take counts a row of a source and reports whether it is wanted.
func (w *slicer) take(source int) bool {
	w.seen++
	if w.seen <= w.Offset || w.full() {
		return false
	}
	w.out++
	w.kept[source]++
	return true
}

// cut counts the rows of a batch and drops those that are not wanted.
func (w *slicer) cut(source int, b *row.Batch) {
	n := int64(b.Rows())
	from := min(max(w.Offset-w.seen, 0), n)
	to := n
	if w.Limited {
		to = from + min(n-from, w.Limit-w.out)
	}
	w.seen += n
	w.out += to - from
	w.kept[source] += to - from
	if to-from < n {
		b.Cut(int(from), int(to))
	}
}

// tell reports how many rows of each source were kept.
func (w *slicer) tell() {
	if w.counts() {
		w.notes.Kept(w.kept, w.full())
	}
}
