// The map of columns between a source and the baseline, and how they are compared.

package compare

import (
	"slices"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/merge/sorted"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/separated"
)

// A columnMap is two schemas and the columns that both have, in the baseline's order.
type columnMap struct {
	columns        []match
	place          []int // by the baseline's columns: the index in columns, or -1 if the source lacks it
	sorted         []int // the columns by which rows are matched
	key, rest      []int // the columns that are shown as the key, and those that are compared
	whole          bool  // whole rows are compared and counted
	saved          bool  // the baseline is text that was saved
	missing, extra []string
	read           [2][]coercion // by side and column
}

// A match is a column that both sides have.
type match struct {
	name      string
	at        [2]int // the places of the column: in the baseline, in the source
	how       equality
	kind      row.Kind // of both; Null if each cell is compared by its own kind
	weak      row.Kind // the declared kind of these columns
	saved     bool     // the baseline's text is read as the kind of the other cell
	spelling  coercion // how that text is spelled
	tolerance *Tolerance
	valued    bool // a value other than NULL has been seen
	tolerated bool // a value to which the tolerance applies has been seen
}

// The sides of a columnMap.
const (
	inBaseline = iota
	inSource
)

// A coercion says how the cells of a column are read: as which kind, or Null if they are
// not, and in which zone timestamps without one are. With a style, texts that are numbers
// or booleans in that style first become their canonical spelling.
type coercion struct {
	to             row.Kind
	zone           *row.Zone
	style          *separated.Style
	numbers, bools bool // whether texts that are numbers, or booleans, are respelled
}

// spell returns a text in its canonical spelling.
func (r *coercion) spell(b *row.Batch, c row.Cell) row.Cell {
	if c.Kind != row.Text {
		return c
	}
	v := b.Bytes(c)
	if r.bools {
		if text, ok := r.style.Bool(v); ok {
			return b.Keep(row.Text, text)
		}
	}
	if r.numbers {
		if text, ok := r.style.Number(v); ok {
			return b.Keep(row.Text, string(text))
		}
	}
	return c
}

// sortKey returns the function that appends the key by which a side's rows are sorted and
// matched.
func (p *columnMap) sortKey(side int) sorted.KeyFunc {
	var text []byte
	return func(dst []byte, b *row.Batch, i int) []byte {
		cells := b.Row(i)
		for _, k := range p.sorted {
			dst, text = p.columns[k].how.append(dst, text, b, cells[p.columns[k].at[side]], p.columns[k].weak)
		}
		return dst
	}
}

// converts reports whether any cells of a side must be converted.
func (p *columnMap) converts(side int) bool {
	return slices.ContainsFunc(p.read[side], func(r coercion) bool { return r.to != row.Null || r.style != nil })
}

// convert converts the cells of a side's batch, in place. Cells that cannot be read as the
// type stay as they are, and differ from all values of the type.
func (p *columnMap) convert(side int, b *row.Batch) {
	for i := range b.Rows() {
		cells := b.Row(i)
		for at := range p.read[side] {
			r := &p.read[side][at]
			if r.style != nil {
				cells[at] = r.spell(b, cells[at])
			}
			if r.to != row.Null && !columns.Passes(r.to, cells[at].Kind) {
				read, ok, _ := columns.Read(b, cells[at], r.to, r.zone)
				if moment := r.to >= row.Date && r.to <= row.TimestampTZ; !ok && moment && p.saved && side == inBaseline && read.Kind == row.Text {
					read.Kind = r.to // a date such as MySQL's 2026-02-30 equals one with the same text
				}
				cells[at] = read
			}
		}
	}
}
