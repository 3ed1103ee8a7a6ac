// Which columns of a source and of the baseline are compared, and how.

package compare

import (
	"fmt"
	"slices"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// A columnMapper maps the columns of a source to the baseline's.
type columnMapper struct {
	Diff
	run    merge.Run
	key    []string // names of the baseline's columns
	single bool     // there is no key, and the baseline has one row
}

// pair matches the columns of source i with the baseline's, or returns why they cannot be
// compared. Rows is the source's number of rows.
func (d *columnMapper) pair(i int, baseline, source *row.Schema, rows int64) (*columnMap, error) {
	p := &columnMap{saved: d.Untyped, read: [2][]coercion{make([]coercion, baseline.Width()), make([]coercion, source.Width())}}
	ours, theirs := columns.UniqueNames(baseline), columns.UniqueNames(source)
	places, note := columns.Match(ours, theirs)
	if d.run.ByPlace {
		if note = ""; len(ours) != len(theirs) {
			return nil, option.Errorf("it has %d columns, and %s has %d, which are matched by their places ({match} position)", len(theirs), d.run.Sources[d.Baseline], len(ours))
		}
		for k := range places {
			places[k] = k
		}
	}
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

// meet decides how the cells of a column are compared, and which have to be converted
// first.
func (d *columnMapper) meet(p *columnMap, m *match, i int, baseline, source row.Column) error {
	if d.Untyped {
		baseline.Type = row.Any
	}
	both := columns.Meet(baseline, source)
	d.spell(p, m, source)
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
		return d.run.Columns().Incompatible(m.name, columns.KindOf(source), i, columns.KindOf(baseline), d.Baseline)
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
		r := p.read[side][m.at[side]]
		r.to = m.kind
		if c.Zone != nil {
			r.zone = c.Zone.Clone()
		}
		p.read[side][m.at[side]] = r
	}
	return nil
}

// spell arranges that texts of a saved file in a style of its own become the canonical
// spelling of the source's values. If the source's column has no type either, the texts of
// both sides do.
func (d *columnMapper) spell(p *columnMap, m *match, source row.Column) {
	if !d.Untyped || d.Style.Plain() {
		return
	}
	kind := columns.KindOf(source)
	loosely := !d.Exact && !d.Style.Numerals() // otherwise a number could be a word for a boolean
	r := coercion{style: &d.Style, numbers: kind.Numeric() || kind == row.Any, bools: kind == row.Bool || kind.Numeric() && loosely}
	if r.numbers || r.bools {
		p.read[inBaseline][m.at[inBaseline]] = r
	}
	if kind == row.Any {
		p.read[inSource][m.at[inSource]] = r
		m.spelling = r
		m.spelling.bools = loosely
	}
}

// assign separates the columns of the key, in the key's order, from all others.
func (d *columnMapper) assign(p *columnMap, baseline, source []row.Column, rows int64) error {
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

// tolerate finds the columns of the tolerances. It returns an error for one that cannot
// apply.
func (d *columnMapper) tolerate(p *columnMap, baseline []row.Column) error {
	if p.whole && len(d.Tolerances) > 0 {
		return d.several()
	}
	for i := range d.Tolerances {
		t := &d.Tolerances[i]
		at, err := (columns.Term{Name: t.Column}).Find(&row.Schema{Columns: baseline})
		if err != nil {
			return err // it cannot happen: named has found the column
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

// several returns the error for a tolerance where whole rows are compared.
func (d *columnMapper) several() error {
	return option.Errorf("{tolerance} goes with {key} where one side has more or less than one row: whole rows are the same or not")
}

// named finds the columns that the options name in the baseline.
func (d *columnMapper) named(s *row.Schema) error {
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
