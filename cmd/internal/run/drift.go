// Drift: the differences between the schemas of sources and a baseline.

package run

import (
	"slices"

	"github.com/fanql/fanql/merge/compare"
	"github.com/fanql/fanql/sources/catalog"
)

// differences compares all sources with the baseline.
func (c *cataloguing) differences(x *execution, read []*catalog.Database) *sheet {
	s := newSheet("source", "table", "what", "name", "baseline", "value")
	for i, here := range read {
		if here == nil || i == c.base {
			continue
		}
		base, err := c.baseline(read, here.Source)
		if err != nil {
			x.run.Notes.Refuse(i, err)
			continue
		}
		if base == nil { // without the baseline nothing can be compared
			continue
		}
		found := catalog.Compare(*base, *here)
		x.verdict.Diff.Add(i, tally(found, *base, *here))
		for _, d := range found {
			s.add(here.Source, d.Table, string(d.What), orNil(d.Name), orNil(d.Base), orNil(d.Here))
		}
	}
	return s
}

// tally counts differences: things that one side lacks, and differences in things that
// both have, by kind.
func tally(found []catalog.Difference, base, here catalog.Database) compare.Comparison {
	c := compare.Comparison{Rows: int64(len(here.Tables)), Baseline: int64(len(base.Tables))}
	for _, d := range found {
		switch {
		case d.Base == "":
			c.Added++
		case d.Here == "":
			c.Removed++
		default:
			c.Changed++
			at := slices.IndexFunc(c.Cells, func(n compare.Count) bool { return n.Column == string(d.What) })
			if at < 0 {
				at, c.Cells = len(c.Cells), append(c.Cells, compare.Count{Column: string(d.What)})
			}
			c.Cells[at].Cells++
		}
	}
	return c
}

// baseline returns the catalogue to compare a source with; nil if it did not arrive.
func (c *cataloguing) baseline(read []*catalog.Database, source string) (*catalog.Database, error) {
	if c.file == nil {
		return read[c.base], nil
	}
	d, err := c.file.Of(source, c.Scope)
	return &d, err
}
