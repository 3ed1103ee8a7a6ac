// Distinct: one row of each set of equal rows.

package merge

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/merge/sorted"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// Distinct waits for all arrivals and emits one row of each set of equal rows. It keeps the
// first row of the preferred source, or of the first source in source order. Rows are equal
// if their values are equal in all columns, or in those of Key, regardless of types. NULL
// is equal to NULL. A warning says how many rows of each source were dropped, and of which
// source's rows they were duplicates.
//
// The rows are sorted twice: first to bring equal rows together, and then into the order of
// the result.
type Distinct struct {
	// Key names the columns that are compared. If it is empty, all columns except the
	// source column are.
	Key columns.Order
	// BySource makes rows of different sources different.
	BySource bool
	// Prefer lists sources, by index, whose rows are kept in preference to those of the
	// others. The first of them takes precedence over the next.
	Prefer []int
	// Order is the order of the remaining rows. Rows that are equal in it are in source
	// order, and so are all rows if it is empty. Sorted and Slice are as for [Ordered].
	Order  columns.Order
	Sorted bool
	Slice  Slice
}

// Merge emits the distinct rows of the arrivals. See [Strategy].
func (u Distinct) Merge(run Run, arrivals iter.Seq[query.Arrival], emit row.Emit) error {
	r := newResult(run, false)
	defer r.Note()
	w := newSlicer(u.Slice, run)
	w.drops = true
	defer w.tell()
	all, ranks, same, err := r.inOrder(Ordered{Order: u.Order, Sorted: u.Sorted}, arrivals, func() ([]columns.Rank, error) { return u.ranks(r) })
	defer func() { discard(all) }()
	if err != nil || len(all) == 0 {
		return err
	}
	schema, budget := r.Schema(), all[0].Rows.Budget()
	if all = u.withKey(r, all); len(all) < max(run.Need, 1) {
		return nil
	}
	grouped := sorted.NewSorter(budget, u.key(r, same), run.Stop)
	defer grouped.Close()
	c, err := r.sort(grouped, w, &all)
	if err != nil {
		return err
	}
	back := sorted.NewSorter(budget, backTo(ranks, schema), run.Stop)
	defer back.Close()
	d := drops{sources: run.Sources, of: make([]map[int]int64, len(run.Sources))}
	if err := d.first(c, schema, back); err != nil {
		return err
	}
	grouped.Close()
	if c, err = back.Sorted(); err != nil {
		return err
	}
	d.note(run.Notes)
	return w.emit(c, schema, emit)
}

// withKey refuses the arrivals that lack a column of the key, since their rows would all be
// equal there. It returns the others.
func (u Distinct) withKey(r *result, all []query.Arrival) (good []query.Arrival) {
	ranks, _ := r.Ranks(u.Key) // there is no error: compare has found these ranks before
	for _, a := range all {
		source := a.Outcome.Index
		i := slices.IndexFunc(ranks, func(rank columns.Rank) bool { return !r.Owns(source, rank.At()) })
		if i < 0 {
			good = append(good, a)
			continue
		}
		r.refuse(a, option.Errorf("it has no column %q, which {key} compares", r.Schema().Columns[ranks[i].At()].Name))
	}
	return good
}

// ranks returns the columns that decide whether rows are equal.
func (u Distinct) ranks(r *result) ([]columns.Rank, error) {
	ranks, err := r.Ranks(u.Key)
	if err != nil {
		return nil, option.Errorf("{key}: %w", err)
	}
	if len(u.Key) == 0 {
		for at := r.First(); at < r.Schema().Width(); at++ {
			ranks = append(ranks, r.Rank(at))
		}
	}
	for i := range ranks {
		ranks[i].Equality()
	}
	return ranks, nil
}

// key returns the function that appends a row's key. Keys of equal rows differ only in
// their last bytes, of the length behind, which sort the row to keep before the others.
func (u Distinct) key(r *result, ranks []columns.Rank) sorted.KeyFunc {
	preference := make([]uint32, len(r.run.Sources))
	for i := range preference {
		preference[i] = math.MaxUint32
	}
	for i, source := range u.Prefer {
		preference[source] = uint32(i)
	}
	cells, schema := columns.KeyOf(ranks), r.Schema()
	return func(dst []byte, b *row.Batch, i int) []byte {
		dst = cells(dst, b, i)
		source := sourceOf(b, i, schema)
		if u.BySource {
			dst = binary.BigEndian.AppendUint32(dst, uint32(source))
		}
		return binary.BigEndian.AppendUint32(dst, preference[source])
	}
}

const behind = 4

// backTo returns the function that appends the key of the result's order. In it, rows that
// are equal in the ranks are in source order, and rows of one source are in their own
// order.
func backTo(ranks []columns.Rank, s *row.Schema) sorted.KeyFunc {
	cells := columns.KeyOf(ranks)
	return func(dst []byte, b *row.Batch, i int) []byte {
		dst = cells(dst, b, i)
		marks := b.Row(i)[s.Width():]
		dst = binary.BigEndian.AppendUint32(dst, uint32(marks[0].Bits))
		return binary.BigEndian.AppendUint64(dst, marks[1].Bits)
	}
}

// drops counts the dropped rows, by their source and by the source of the row that was kept
// instead.
type drops struct {
	sources []string
	of      []map[int]int64
}

// first adds the first row of each set of a cursor to a sorter.
func (d *drops) first(c *sorted.Cursor, s *row.Schema, to *sorted.Sorter) error {
	var last []byte
	var out *row.Batch
	for winner := -1; c.Next(); {
		set, source := c.Key[:len(c.Key)-behind], sourceOf(c.Batch, c.Row, s)
		if winner >= 0 && bytes.Equal(set, last) {
			d.add(source, winner)
			continue
		}
		last, winner = append(last[:0], set...), source
		if out == nil {
			out = row.NewBatch(c.Batch.Schema)
		}
		if out.AppendRow(c.Batch, c.Row) {
			if err := to.Add(out); err != nil {
				return err
			}
			out = nil
		}
	}
	if out == nil || c.Err() != nil {
		return c.Err()
	}
	return to.Add(out)
}

// most is the largest number of sources that a note names. The rows of further sources are
// counted as one.
const most = 5

func (d *drops) add(source, winner int) {
	if d.of[source] == nil {
		d.of[source] = map[int]int64{}
	}
	if _, ok := d.of[source][winner]; !ok && len(d.of[source]) >= most {
		winner = len(d.sources)
	}
	d.of[source][winner]++
}

// note reports how many rows of each source were dropped, and as duplicates of which
// sources.
func (d *drops) note(notes Notes) {
	for source, of := range d.of {
		var winners []int
		total := int64(0)
		for winner, n := range of {
			winners, total = append(winners, winner), total+n
		}
		if total == 0 {
			continue
		}
		slices.Sort(winners)
		text := fmt.Sprintf("%s dropped as duplicates", rows(total))
		for i, winner := range winners {
			name := "other sources"
			switch {
			case winner == source:
				name = "its own rows"
			case winner < len(d.sources):
				name = d.sources[winner]
			}
			switch {
			case len(winners) == 1:
				text += " of " + name
			case i == 0:
				text += fmt.Sprintf(": %d of %s", of[winner], name)
			default:
				text += fmt.Sprintf(", %d of %s", of[winner], name)
			}
		}
		notes.Note(source, text)
	}
}

func rows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}
