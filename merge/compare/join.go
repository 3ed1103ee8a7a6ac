// The merge join of a source with its baseline, both in the order of the key.

package compare

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/fanql/fanql/merge/sorted"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// compare compares source i with the baseline. If that cannot be done, it says
// through whose fault.
func (d *diffing) compare(i int, out *differences) (c Comparison, atFault int, _ error) {
	base, a := d.came[d.Baseline], d.came[i]
	p, err := d.pair(i, base.Schema, a.Schema, a.Rows.Rows())
	if err != nil {
		return c, i, err
	}
	left := sorted.NewSorter(base.Rows.Staging(), p.sortKey(inBaseline), nil)
	defer left.Close()
	right := sorted.NewSorter(a.Rows.Staging(), p.sortKey(inSource), nil)
	defer right.Close()
	j := &join{columnMap: p, out: out, cells: make([]int64, len(p.columns)), stopped: d.stopped}
	if err := j.feed(right, inSource, a.Rows.Each); err != nil {
		return c, i, err
	}
	if err := right.Yield(); err != nil {
		return c, i, err
	}
	if err := j.feed(left, inBaseline, d.again(i)); err != nil {
		return c, d.Baseline, err
	}
	if j.sides[inBaseline].Cursor, err = left.Sorted(); err != nil {
		return c, d.Baseline, err
	}
	if j.sides[inSource].Cursor, err = right.Sorted(); err != nil {
		return c, i, err
	}
	if p.whole {
		err = j.byRow()
	} else {
		err = j.byKey()
	}
	for side, fault := range [2]int{inBaseline: d.Baseline, inSource: i} {
		s := &j.sides[side]
		if err := s.Err(); err != nil {
			return c, fault, err
		}
		if len(s.twice) > 0 {
			return c, fault, option.Errorf("{key} %s: several rows have the same key: %s", strings.Join(d.key, ","), strings.Join(s.twice, ", "))
		}
	}
	if err == nil {
		err = d.tolerated(p)
	}
	return j.comparison(), i, err
}

// tolerated says of a column without a type that it holds nothing that its tolerance is
// for, which is known only when its cells have been seen.
func (d *diffing) tolerated(p *columnMap) error {
	for _, m := range p.columns {
		if m.tolerance != nil && m.valued && !m.fitting {
			what := "number"
			if m.tolerance.timed {
				what = "date or time"
			}
			return option.Errorf("{tolerance} %s: column %q holds no %s", m.tolerance.text, m.name, what)
		}
	}
	return nil
}

// again gives the rows of the baseline: themselves, if no source after i wants
// them, or copies.
func (d *diffing) again(i int) func(row.Emit) error {
	rows := d.came[d.Baseline].Rows
	if !d.more(i) {
		return rows.Each
	}
	return func(emit row.Emit) error {
		return rows.Scan(func(b *row.Batch) error {
			twin := row.NewBatch(b.Schema)
			twin.Append(b)
			return emit(twin)
		})
	}
}

// A join is one comparison while it runs.
type join struct {
	*columnMap
	comparer
	sides   [2]side
	out     *differences
	changed int64
	added   int64
	removed int64
	cells   []int64 // changed, by column
	stopped func() bool
	steps   int
}

// feed sorts the rows of a side.
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

// order compares the current rows of the sides: below 0 where the baseline's
// comes first, or is the only one.
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

// going reports whether the join goes on.
func (j *join) going() bool {
	if j.steps++; j.steps%1024 == 0 && j.stopped() {
		return false
	}
	return j.sides[inBaseline].more || j.sides[inSource].more
}

// byKey finds rows again by their keys, which stand once on each side.
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

// row compares two rows of the same key.
func (j *join) row() error {
	l, r := &j.sides[inBaseline], &j.sides[inSource]
	x, y := l.Batch.Row(l.Row), r.Batch.Row(r.Row)
	differs := false
	for _, at := range j.rest {
		m := &j.columns[at]
		a, b := x[m.at[inBaseline]], y[m.at[inSource]]
		if m.tolerance != nil && !m.fitting {
			m.valued = m.valued || a.Kind != row.Null || b.Kind != row.Null
			m.fitting = m.tolerance.fits(l.Batch, a) || m.tolerance.fits(r.Batch, b)
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

// byRow counts how often each row is on either side.
func (j *join) byRow() error {
	l, r := &j.sides[inBaseline], &j.sides[inSource]
	counted := j.out.count
	if len(j.rest) > 0 { // in the form of rows that have a key, of no columns
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

// comparison sums up.
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
