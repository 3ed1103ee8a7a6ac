// The columns of a source and of the baseline, and how they are compared.

package merge

import (
	"fmt"
	"slices"

	"github.com/fanql/fanql/sources/row"
)

// A pairing is two schemas and the columns that both have, in the baseline's order.
type pairing struct {
	columns        []match
	place          []int // of the baseline's columns in columns; below 0 for one that is missing
	key, rest      []int // places in columns
	missing, extra []string
	read           [2][]row.Kind // by side and column: what text is read as; Null is text
}

// A match is a column that both sides have.
type match struct {
	name      string
	at        [2]int // its places: in the baseline, in the source
	how       equality
	saved     bool // the baseline's text is to be read as the kind of the other cell
	tolerance *Tolerance
}

// The sides of a pairing.
const (
	inBaseline = iota
	inSource
)

// pair matches the columns of source i, or says why they cannot be compared.
func (d *diffing) pair(i int, baseline, source *row.Schema) (*pairing, error) {
	p := &pairing{read: [2][]row.Kind{make([]row.Kind, baseline.Width()), make([]row.Kind, source.Width())}}
	theirs := new(Columns).unique(source)
	at := map[string]int{}
	for j, c := range theirs {
		at[fold(c.Name)] = j
	}
	taken := make([]bool, len(theirs))
	for j, c := range new(Columns).unique(baseline) {
		k, ok := at[fold(c.Name)]
		if !ok {
			p.missing, p.place = append(p.missing, c.Name), append(p.place, -1)
			continue
		}
		taken[k] = true
		m := match{name: c.Name, at: [2]int{j, k}}
		if err := d.meet(p, &m, i, c.Type, theirs[k].Type); err != nil {
			return nil, err
		}
		p.place = append(p.place, len(p.columns))
		p.columns = append(p.columns, m)
	}
	for k, c := range theirs {
		if !taken[k] {
			p.extra = append(p.extra, c.Name)
		}
	}
	if len(p.columns) == 0 {
		return nil, fmt.Errorf("it has no column of %s: nothing can be compared", d.Sources[d.Baseline])
	}
	return p, d.assign(p, theirs)
}

// meet finds how the cells of a column are compared, and what has to be read
// first.
func (d *diffing) meet(p *pairing, m *match, i int, baseline, source row.Kind) error {
	if d.Untyped {
		baseline = row.Any
	}
	switch {
	case d.Exact && d.Untyped:
		m.how = byText
		return nil
	case d.Exact:
		m.how = exactly
		return nil
	case baseline == row.Any && source == row.Any:
		m.how, m.saved = loosely, d.Untyped
		return nil
	}
	kind, warning, ok := meet(baseline, source)
	if !ok {
		return apart(m.name, source, baseline, d.Sources[d.Baseline])
	}
	if kind == row.Text {
		m.how = byText
		if warning != "" {
			d.Notes.Note(i, fmt.Sprintf("column %s %s", quote(m.name), warning))
		}
		return nil
	}
	if baseline == row.Any {
		p.read[inBaseline][m.at[inBaseline]] = source
	}
	if source == row.Any {
		p.read[inSource][m.at[inSource]] = baseline
	}
	return nil
}

// assign tells the key's columns, in its order, from all others.
func (d *diffing) assign(p *pairing, source []row.Column) error {
	for _, name := range d.key {
		at := slices.IndexFunc(p.columns, func(m match) bool { return m.name == name })
		if at < 0 {
			_, err := Term{Name: name}.find(&row.Schema{Columns: source})
			return fmt.Errorf("%s: %w", d.option("key"), err)
		}
		p.key = append(p.key, at)
	}
	for at := range p.columns {
		if len(d.key) == 0 {
			p.key = append(p.key, at)
		} else if !slices.Contains(p.key, at) {
			p.rest = append(p.rest, at)
		}
		for t := range d.Tolerances {
			if fold(d.Tolerances[t].Column) == fold(p.columns[at].name) {
				p.columns[at].tolerance = &d.Tolerances[t]
			}
		}
	}
	return nil
}

// named finds the columns that the options name among the baseline's.
func (d *diffing) named(s *row.Schema) error {
	s = &row.Schema{Columns: new(Columns).unique(s)}
	for _, t := range d.Key {
		at, err := t.find(s)
		if err != nil {
			return fmt.Errorf("%s: %w", d.option("key"), err)
		}
		d.key = append(d.key, s.Columns[at].Name)
	}
	for _, t := range d.Tolerances {
		if _, err := (Term{Name: t.Column}).find(s); err != nil {
			return fmt.Errorf("%s: %w", d.option("tolerance"), err)
		}
	}
	return nil
}

// sortKey gives the key of a side's rows.
func (p *pairing) sortKey(side int) KeyFunc {
	var text []byte
	return func(dst []byte, b *row.Batch, i int) []byte {
		cells := b.Row(i)
		for _, k := range p.key {
			dst, text = p.columns[k].how.append(dst, text, b, cells[p.columns[k].at[side]])
		}
		return dst
	}
}

// converts reports whether text cells of a side are read.
func (p *pairing) converts(side int) bool {
	return slices.ContainsFunc(p.read[side], func(k row.Kind) bool { return k != row.Null })
}

// convert reads the text cells of a side's batch, in place.
func (p *pairing) convert(side int, b *row.Batch) {
	for i := range b.Rows() {
		cells := b.Row(i)
		for at, to := range p.read[side] {
			if to != row.Null && cells[at].Kind == row.Text {
				cells[at] = readAs(b, cells[at], to)
			}
		}
	}
}
