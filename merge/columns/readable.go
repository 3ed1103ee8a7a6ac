// Whether the values of a source without types can be compared with those of the other
// sources.

package columns

import (
	"slices"

	"github.com/fanql/fanql/sources/row"
)

// Readable checks the values of an admitted source in the columns at these places. It
// returns an error for a value that cannot be read as the others' type, or that has no
// place in the order. Otherwise it returns the classes in met, with those of the source
// added. If the source has types for all of these columns, it reads no rows. Scan must not
// use up the rows.
func (c *Result) Readable(source int, s *row.Schema, scan func(func(*row.Batch) error) error, places []int, met Classes) (Classes, error) {
	p := c.Projection(source, s)
	p.note = func(string, string) {} // the projection that makes the rows gives the warnings
	reads := slices.DeleteFunc(slices.Clone(places), func(at int) bool { return !p.Reads(at) || p.moves[at].to == row.Text })
	slices.Sort(reads)
	reads = slices.Compact(reads)
	frees := slices.DeleteFunc(slices.Clone(met.free), func(r Rank) bool { return !c.Owns(source, r.at) })
	if len(reads)+len(frees) == 0 {
		return met, nil
	}
	now := met.clone()
	err := scan(func(b *row.Batch) error {
		for _, at := range reads {
			m := &p.moves[at]
			for i := m.from; i < len(b.Cells); i += b.Schema.Width() {
				if !m.pass.has(b.Cells[i].Kind) {
					if p.look(b, b.Cells[i], at); p.fault != nil {
						return p.fault
					}
				}
			}
		}
		for n := range frees {
			r := &frees[n]
			for i := p.moves[r.at].from; i < len(b.Cells); i += b.Schema.Width() {
				if err := now.add(source, r, b, b.Cells[i]); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return met, err
	}
	return now, nil
}
