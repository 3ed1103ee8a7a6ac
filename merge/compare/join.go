// The merge join of a source with the baseline, both sorted by the key.

package compare

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/fanql/fanql/merge/sorted"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// A join is one comparison in progress.
type join struct {
	*columnMap
	comparer
	sides   [2]side
	out     *differences
	changed int64
	added   int64
	removed int64
	cells   []int64 // changed cells, by column
	stopped func() bool
	steps   int
}

// feed converts the rows of a side and adds them to its sorter.
func (j *join) feed(s *sorted.Sorter, side int, rows func(row.Emit) error) error {
	converts := j.converts(side)
	return rows(func(b *row.Batch) error {
		if j.stopped() {
			b.Release()
			return query.ErrUnwanted
		}
		j.sides[side].rows += int64(b.Rows())
		if converts {
			j.convert(side, b)
		}
		return s.Add(b)
	})
}

// order compares the current rows of the sides. It is below 0 if the baseline's row comes
// first, or if only the baseline has a row left.
func (j *join) order() int {
	l, r := &j.sides[inBaseline], &j.sides[inSource]
	switch {
	case !l.more:
		return 1
	case !r.more:
		return -1
	}
	return bytes.Compare(l.Key, r.Key)
}

// going reports whether the join continues.
func (j *join) going() bool {
	if j.steps++; j.steps%1024 == 0 && j.stopped() {
		return false
	}
	return j.sides[inBaseline].more || j.sides[inSource].more
}

// byKey matches rows by their keys, which are unique on each side.
func (j *join) byKey() error {
	l, r := &j.sides[inBaseline], &j.sides[inSource]
	j.unique(inBaseline)
	j.unique(inSource)
	for j.going() && len(l.twice) < duplicates && len(r.twice) < duplicates {
		var err error
		order := j.order()
		switch {
		case order < 0:
			j.removed++
			err = j.out.whole(j.columnMap, inBaseline, l.Batch, l.Row)
		case order > 0:
			j.added++
			err = j.out.whole(j.columnMap, inSource, r.Batch, r.Row)
		default:
			err = j.row()
		}
		if err != nil {
			return err
		}
		if order <= 0 {
			j.unique(inBaseline)
		}
		if order >= 0 {
			j.unique(inSource)
		}
	}
	return nil
}

// row compares two rows with the same key.
func (j *join) row() error {
	l, r := &j.sides[inBaseline], &j.sides[inSource]
	x, y := l.Batch.Row(l.Row), r.Batch.Row(r.Row)
	differs := false
	for _, at := range j.rest {
		m := &j.columns[at]
		a, b := x[m.at[inBaseline]], y[m.at[inSource]]
		if m.tolerance != nil && !m.tolerated {
			m.valued = m.valued || a.Kind != row.Null || b.Kind != row.Null
			m.tolerated = m.tolerance.fits(l.Batch, a) || m.tolerance.fits(r.Batch, b)
		}
		if j.equal(m, l.Batch, a, r.Batch, b) {
			continue
		}
		if !differs {
			differs = true
			j.changed++
			j.out.begin()
		}
		j.cells[at]++
		if err := j.out.cell(j.columnMap, at, l, r); err != nil {
			return err
		}
	}
	return nil
}

// byRow counts how often each row occurs on either side.
func (j *join) byRow() error {
	l, r := &j.sides[inBaseline], &j.sides[inSource]
	counted := j.out.count
	if len(j.rest) > 0 { // the other cells are treated as rows with a key of no columns
		counted = func(p *columnMap, side int, b *row.Batch, i int, _ []byte) error { return j.out.whole(p, side, b, i) }
	}
	j.step(inBaseline)
	j.step(inSource)
	for j.going() {
		var err error
		order := j.order()
		switch {
		case order < 0:
			j.removed++
			err = counted(j.columnMap, inBaseline, l.Batch, l.Row, l.Key)
		case order > 0:
			j.added++
			err = counted(j.columnMap, inSource, r.Batch, r.Row, r.Key)
		}
		if err != nil {
			return err
		}
		if order <= 0 {
			j.step(inBaseline)
		}
		if order >= 0 {
			j.step(inSource)
		}
	}
	return nil
}

func (j *join) step(at int) {
	s := &j.sides[at]
	s.more = s.Next()
}

// comparison returns the totals.
func (j *join) comparison() Comparison {
	c := Comparison{
		Rows: j.sides[inSource].rows, Baseline: j.sides[inBaseline].rows,
		Added: j.added, Removed: j.removed, Changed: j.changed, Missing: j.missing, Extra: j.extra,
	}
	for at, n := range j.cells {
		if n > 0 {
			c.Cells = append(c.Cells, Count{j.columns[at].name, n})
		}
	}
	slices.SortStableFunc(c.Cells, func(a, b Count) int { return cmp.Compare(b.Cells, a.Cells) })
	return c
}

// unique advances a side to the next row, past rows with the key of the previous row. It
// records such keys.
func (j *join) unique(at int) {
	s := &j.sides[at]
	for named := false; ; {
		first := s.last == nil
		if s.more = s.Next(); !s.more {
			return
		}
		if first || !bytes.Equal(s.last, s.Key) {
			s.last = append(s.last[:0], s.Key...)
			return
		}
		if !named && len(s.twice) < duplicates {
			named = true
			s.twice = append(s.twice, j.named(at, s.Batch, s.Row))
		}
	}
}

// named returns the key of a row as an error shows it.
func (j *join) named(side int, b *row.Batch, i int) string {
	var parts []string
	for _, k := range j.key {
		c := b.Row(i)[j.columns[k].at[side]]
		text := "NULL"
		if c.Kind != row.Null {
			text = string(b.AppendText(nil, c))
		}
		parts = append(parts, text)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
