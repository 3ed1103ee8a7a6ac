// What the SQL sees: tables of several sources, and views of one.

package reduce

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// A Table holds the rows of some of the asks, under the columns that a union of
// them would have.
type Table struct {
	Name string
	// Asks are the places of the table's asks in the dispatch, in order.
	Asks []int
	// Options are those of the union. Sources are the names of Asks; Notes
	// takes places in the dispatch.
	merge.Options
	// Views adds a view for each source, under its name: its rows, with the
	// columns that it has itself.
	Views bool
}

// A table is a Table on its way into the engine.
type table struct {
	Table
	needs    needs
	physical string // name of what holds the rows
	parts    []*part
	merged   *merge.Columns
	columns  []column
}

// A part is what one ask gave to a table.
type part struct {
	at       int // place in Asks
	arrival  query.Arrival
	fitting  *fitting
	fit      *merge.Projection
	profiles []*profile // by the source's own column; nil where nobody looked
}

// held keeps what a merge says until it is known that it is true.
type held struct {
	table *table
	notes []func()
}

// eachKept is the end of what columns say of booleans that meet integers: it is
// not so here, where settling says what becomes of them.
const eachKept = "each value is kept as its source has it"

func (h *held) Note(at int, warning string) {
	if strings.HasSuffix(warning, eachKept) {
		return
	}
	h.notes = append(h.notes, func() { h.table.Notes.Note(h.table.Asks[at], warning) })
}

// Refuse is not called by columns: they return their error.
func (h *held) Refuse(int, error) {}

// Kept is for merges that leave rows out.
func (h *held) Kept([]int64, bool) {}

// settle finds the columns of the table and their types. A source that cannot be
// in it is refused, and has no say in the columns.
func (t *table) settle() error {
	for {
		bad, err := t.try()
		if err != nil || bad == nil {
			return err
		}
		t.refuse(bad)
	}
}

func (t *table) refuse(bad *misfit) {
	t.Notes.Refuse(t.Asks[bad.part.at], bad.err)
	bad.part.arrival.Rows.Discard()
	for i, p := range t.parts {
		if p == bad.part {
			t.parts = append(t.parts[:i:i], t.parts[i+1:]...)
			return
		}
	}
}

// try settles the table with the parts that it has, or gives one that does not
// fit.
func (t *table) try() (*misfit, error) {
	notes := &held{table: t}
	o := t.Options
	o.Notes = notes
	t.merged = merge.NewColumns(o)
	for _, p := range t.parts {
		if err := t.merged.Admit(p.at, p.arrival.Schema); err != nil {
			return &misfit{p, err}, nil
		}
	}
	for _, p := range t.parts {
		p.fit = t.merged.Projection(p.at, p.arrival.Schema)
		if err := t.look(p); err != nil {
			return &misfit{p, err}, nil
		}
	}
	bad, err := t.types(notes)
	if bad != nil || err != nil {
		return bad, err
	}
	t.merged.NoteMissing()
	for _, say := range notes.notes {
		say()
	}
	return nil, nil
}

// needed reports whether the SQL may mean a column.
func (t *table) needed(name string) bool { return name == "" || t.needs.has(name) }

// first is the place of the first merged column that is a source's own.
func (t *table) first() int {
	if t.SourceColumn != "" {
		return 1
	}
	return 0
}

// look surveys a part, if one of its columns has to be looked at.
func (t *table) look(p *part) error {
	merged := t.merged.Schema().Columns
	var columns []int
	for at := t.first(); at < len(merged); at++ {
		from := p.fit.From(at)
		if from < 0 || !t.needed(merged[at].Name) {
			continue
		}
		if p.fitting.place(from) < 0 {
			return fmt.Errorf("column %q was left out, and --reduce needs it", merged[at].Name)
		}
		if p.profiles != nil && p.profiles[from] != nil {
			continue
		}
		if surveyed(p.arrival.Schema.Columns[from].Type, merged[at].Type) {
			columns = append(columns, from)
		}
	}
	if len(columns) == 0 {
		return nil
	}
	return p.survey(columns, false)
}

// survey looks at a part's own columns.
func (p *part) survey(columns []int, floats bool) error {
	if p.profiles == nil {
		p.profiles = make([]*profile, p.arrival.Schema.Width())
	}
	for _, at := range columns {
		p.profiles[at] = &profile{floats: floats}
	}
	return p.arrival.Rows.Scan(func(b *row.Batch) error {
		for _, at := range columns {
			p.profiles[at].look(b, p.fitting.place(at))
		}
		return nil
	})
}

// types gives each column its name and type.
func (t *table) types(notes *held) (*misfit, error) {
	t.columns = nil
	taken := map[string]bool{}
	merged := t.merged.Schema().Columns
	for _, col := range merged {
		taken[strings.ToLower(col.Name)] = true
	}
	for at := t.first(); at < len(merged); at++ {
		c := column{name: merged[at].Name}
		for n := at - t.first() + 1; c.name == ""; n++ { // which DuckDB does not take
			if name := fmt.Sprintf("column_%d", n); !taken[name] {
				c.name, taken[name] = name, true
			}
		}
		if !t.needed(merged[at].Name) {
			c.left = true
			t.columns = append(t.columns, c)
			continue
		}
		shares := t.shares(at)
		if wide(shares) {
			for i, s := range shares {
				from := s.part.fit.From(at)
				if err := s.part.survey([]int{from}, true); err != nil {
					return &misfit{s.part, err}, nil
				}
				shares[i].profile = s.part.profiles[from]
			}
		}
		warning, bad := c.settle(merged[at].Type, shares)
		if bad != nil {
			return bad, nil
		}
		if warning != "" {
			notes.Note(shares[0].part.at, warning)
		}
		t.columns = append(t.columns, c)
	}
	if len(t.parts) > 0 && len(t.columns) == 0 && t.SourceColumn == "" {
		return nil, errors.New("the rows have no columns")
	}
	return nil, nil
}

// shares are those of the sources that have a column.
func (t *table) shares(at int) (all []share) {
	for _, p := range t.parts {
		if from := p.fit.From(at); from >= 0 {
			s := share{part: p, own: p.arrival.Schema.Columns[from].Type}
			if p.profiles != nil {
				s.profile = p.profiles[from]
			}
			all = append(all, s)
		}
	}
	return all
}
