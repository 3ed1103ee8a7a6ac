// The progress of a comparison: each source is compared as soon as it can be.

package compare

import (
	"iter"
	"strings"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/sorted"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// Merge compares the arrivals. See [Strategy].
func (d Diff) Merge(run merge.Run, arrivals iter.Seq[query.Arrival], emit row.Emit) error {
	all := &diffing{columnMapper: columnMapper{Diff: d, run: run}, came: make([]*query.Arrival, len(run.Sources)), emit: emit}
	defer all.close()
	for a := range arrivals {
		if err := all.arrived(a); err != nil {
			return err
		}
	}
	return nil
}

// diffing is the state of one Diff.
type diffing struct {
	columnMapper
	came     []*query.Arrival // by source; nil until it arrives
	next     int              // the first source that has not been handled
	schema   *row.Schema      // the result's; nil until the baseline has arrived
	over     bool             // the baseline cannot be used, or the run has stopped
	held     []*query.Stage   // the differences, until as many sources are compared as needed
	compared int
	emit     row.Emit
}

// arrived compares all sources that can be compared now.
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

// source compares one source with the baseline, and emits the differences once enough
// sources have been compared. It returns emit's error.
func (d *diffing) source(i int) error {
	base, a := d.came[d.Baseline], d.came[i]
	out := &differences{schema: d.schema, source: d.run.Sources[i], limited: d.Limited, limit: d.Limit, stage: a.Rows.Budget().Stage()}
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
	case d.compared == need: // so that the result has columns, even without any difference
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

// refused refuses a source if there is an error, and reports whether there was one.
func (d *diffing) refused(source int, err error) bool {
	if err != nil {
		d.run.Notes.Refuse(source, err)
	}
	return err != nil
}

// more reports whether the baseline may be needed again after source i.
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

// compare compares source i with the baseline. With an error it returns which of the two is
// at fault.
func (d *diffing) compare(i int, out *differences) (c Comparison, atFault int, _ error) {
	base, a := d.came[d.Baseline], d.came[i]
	p, err := d.pair(i, base.Schema, a.Schema, a.Rows.Rows())
	if err != nil {
		return c, i, err
	}
	left := sorted.NewSorter(base.Rows.Budget(), p.sortKey(inBaseline), nil)
	defer left.Close()
	right := sorted.NewSorter(a.Rows.Budget(), p.sortKey(inSource), nil)
	defer right.Close()
	j := &join{columnMap: p, out: out, cells: make([]int64, len(p.columns)), stopped: d.stopped}
	if err := j.feed(right, inSource, a.Rows.Each); err != nil {
		return c, i, err
	}
	if err := right.Yield(); err != nil {
		return c, i, err
	}
	if err := j.feed(left, inBaseline, d.replay(i)); err != nil {
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

// tolerated returns an error for a column that has values, but none to which its tolerance
// applies. For a column without a type this is known only when its cells have been seen.
func (d *diffing) tolerated(p *columnMap) error {
	for _, m := range p.columns {
		if m.tolerance != nil && m.valued && !m.tolerated {
			what := "number"
			if m.tolerance.timed {
				what = "date or time"
			}
			return option.Errorf("{tolerance} %s: column %q holds no %s", m.tolerance.text, m.name, what)
		}
	}
	return nil
}

// replay returns a function that passes on the rows of the baseline: the rows themselves if
// no source after i needs them, and otherwise copies.
func (d *diffing) replay(i int) func(row.Emit) error {
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
