// The columns of a source and of the baseline, and how they are compared.

package compare

import (
	"fmt"
	"slices"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/merge/sorted"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// A columnMap is two schemas and the columns that both have, in the baseline's order.
type columnMap struct {
	columns        []match
	place          []int // of the baseline's columns in columns; below 0 for one that is missing
	sorted         []int // places in columns by which rows are found again
	key, rest      []int // those that are shown as the key, and that are compared
	whole          bool  // rows are the same or not, and counted
	saved          bool  // the baseline is text that was saved
	missing, extra []string
	read           [2][]reading // by side and column
}

// A match is a column that both sides have.
type match struct {
	name      string
	at        [2]int // its places: in the baseline, in the source
	how       equality
	kind      row.Kind // of both; Null where each cell stands for itself
	weak      row.Kind // then, what the columns were declared to hold
	saved     bool     // the baseline's text is to be read as the kind of the other cell
	tolerance *Tolerance
	valued    bool // values were seen
	fitting   bool // and one that the tolerance is for
}

// The sides of a columnMap.
const (
	inBaseline = iota
	inSource
)

// pair matches the columns of source i, which has so many rows, or says why they cannot
// be compared.
func (d *diffing) pair(i int, baseline, source *row.Schema, rows int64) (*columnMap, error) {
	p := &columnMap{saved: d.Untyped, read: [2][]reading{make([]reading, baseline.Width()), make([]reading, source.Width())}}
	ours, theirs := columns.UniqueNames(baseline), columns.UniqueNames(source)
	places, note := columns.Match(ours, theirs)
	if note != "" {
		d.run.Notes.Note(i, note)
	}
	for j, c := range ours {
		k := slices.Index(places, j)
		if k < 0 {
			p.missing, p.place = append(p.missing, c.Name), append(p.place, -1)
			continue
		}
		m := match{name: c.Name, at: [2]int{j, k}}
		if err := d.meet(p, &m, i, c, theirs[k]); err != nil {
			return nil, err
		}
		p.place = append(p.place, len(p.columns))
		p.columns = append(p.columns, m)
	}
	for k, c := range theirs {
		if places[k] < 0 {
			p.extra = append(p.extra, c.Name)
		}
	}
	if len(p.columns) == 0 {
		return nil, fmt.Errorf("it has no column of %s: nothing can be compared", d.run.Sources[d.Baseline])
	}
	return p, d.assign(p, ours, theirs, rows)
}

// A reading is what the cells of a column are read as, Null for nothing, and the zone
// of timestamps that have none.
type reading struct {
	to   row.Kind
	zone *row.Zone
}

// meet finds how the cells of a column are compared, and what has to be read
// first.
func (d *diffing) meet(p *columnMap, m *match, i int, baseline, source row.Column) error {
	if d.Untyped {
		baseline.Type = row.Any
	}
	both := columns.Meet(baseline, source)
	switch {
	case d.Exact && d.Untyped:
		m.how = byText
		return nil
	case d.Exact:
		m.how = exactly
		return nil
	case both.Free:
		m.how, m.saved, m.weak = loosely, d.Untyped, both.Weak
		return nil
	}
	if !both.Compatible {
		return columns.Incompatible(m.name, columns.KindOf(source), d.run.Sources[i], columns.KindOf(baseline), d.run.Sources[d.Baseline])
	}
	if m.kind = both.Kind; m.kind == row.Text {
		m.how = byText
		if both.Warning != "" {
			d.run.Notes.Note(i, fmt.Sprintf("column %q %s", m.name, both.Warning))
		}
		return nil
	}
	m.kind = both.Reads
	for side, c := range [2]row.Column{baseline, source} {
		if c.Type != row.Any {
			continue
		}
		r := reading{to: m.kind}
		if c.Zone != nil {
			r.zone = c.Zone.Clone()
		}
		p.read[side][m.at[side]] = r
	}
	return nil
}

// assign tells the key's columns, in its order, from all others.
func (d *diffing) assign(p *columnMap, baseline, source []row.Column, rows int64) error {
	for _, name := range d.key {
		at := slices.IndexFunc(p.columns, func(m match) bool { return m.name == name })
		if at < 0 {
			if _, err := (columns.Term{Name: name}).Find(&row.Schema{Columns: source}); err != nil {
				return option.Errorf("{key}: %w", err)
			}
			return option.Errorf("{key}: no column is left for %q: its names differ in case only", name)
		}
		p.key = append(p.key, at)
	}
	p.whole = len(d.key) == 0 && (!d.single || rows != 1)
	for at := range p.columns {
		if p.whole && !d.single {
			p.key = append(p.key, at)
		} else if !slices.Contains(p.key, at) {
			p.rest = append(p.rest, at)
		}
		if p.whole {
			p.sorted = append(p.sorted, at)
		}
	}
	if !p.whole {
		p.sorted = p.key
	}
	return d.tolerate(p, baseline)
}

// tolerate finds the columns of which values may differ.
func (d *diffing) tolerate(p *columnMap, baseline []row.Column) error {
	if p.whole && len(d.Tolerances) > 0 {
		return d.several()
	}
	for i := range d.Tolerances {
		t := &d.Tolerances[i]
		at, err := (columns.Term{Name: t.Column}).Find(&row.Schema{Columns: baseline})
		if err != nil {
			return err // which has been seen
		}
		if p.place[at] < 0 {
			continue
		}
		m := &p.columns[p.place[at]]
		m.tolerance = t
		if m.how == byText {
			err = t.misfit(row.Text)
		} else {
			err = t.misfit(m.kind)
		}
		if err != nil {
			return option.Errorf("{tolerance} %w", err)
		}
	}
	return nil
}

// several says that whole rows have no tolerance.
func (d *diffing) several() error {
	return option.Errorf("{tolerance} goes with {key} where one side has more or less than one row: whole rows are the same or not")
}

// named finds the columns that the options name among the baseline's.
func (d *diffing) named(s *row.Schema) error {
	s = &row.Schema{Columns: columns.UniqueNames(s)}
	for _, t := range d.Key {
		at, err := t.Find(s)
		if err != nil {
			return option.Errorf("{key}: %w", err)
		}
		name := s.Columns[at].Name
		if slices.Contains(d.key, name) {
			return option.Errorf("{key}: %q is named twice", name)
		}
		d.key = append(d.key, name)
	}
	given := map[string]bool{}
	for _, t := range d.Tolerances {
		at, err := (columns.Term{Name: t.Column}).Find(s)
		if err != nil {
			return option.Errorf("{tolerance}: %w", err)
		}
		switch name := s.Columns[at].Name; {
		case slices.Contains(d.key, name):
			return option.Errorf("{tolerance}: %s is in the key, by which rows are found again", t.Column)
		case given[name]:
			return option.Errorf("{tolerance}: %s is given twice", t.Column)
		default:
			given[name] = true
		}
		if kind := columns.KindOf(s.Columns[at]); !d.Untyped {
			if err := t.misfit(kind); err != nil {
				return option.Errorf("{tolerance} %w", err)
			}
		}
	}
	if len(d.Tolerances) > 0 && len(d.Key) == 0 && !d.single {
		return d.several()
	}
	return nil
}

// sortKey gives the key of a side's rows.
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

// converts reports whether cells of a side are read.
func (p *columnMap) converts(side int) bool {
	return slices.ContainsFunc(p.read[side], func(r reading) bool { return r.to != row.Null })
}

// convert reads the cells of a side's batch, in place; those that cannot be read stay
// as they are, and are different from all that are of the type.
func (p *columnMap) convert(side int, b *row.Batch) {
	for i := range b.Rows() {
		cells := b.Row(i)
		for at, r := range p.read[side] {
			if r.to != row.Null && !columns.Passes(r.to, cells[at].Kind) {
				read, ok, _ := columns.Read(b, cells[at], r.to, r.zone)
				if moment := r.to >= row.Date && r.to <= row.TimestampTZ; !ok && moment && p.saved && side == inBaseline && read.Kind == row.Text {
					read.Kind = r.to // such as 2026-02-30 of MySQL's: the same if it has the same text
				}
				cells[at] = read
			}
		}
	}
}
