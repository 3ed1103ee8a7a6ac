// The tables that the SQL sees: each has the rows of several sources, and may have a view
// for each source.

package reduce

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// A Table holds the rows of some of the tasks, with the columns of their union.
type Table struct {
	Name string
	// Tasks are the indexes of the table's tasks in the dispatch, in order.
	Tasks []int
	// Sources are the names of Tasks.
	Sources []string
	// SourceColumn is the name of the first column, which holds the source's name;
	// empty for no such column.
	SourceColumn string
	// Views adds a view for each source, under the source's name. It has the source's rows,
	// without the columns that the source lacks.
	Views bool
}

// A table is a Table that is being loaded into the engine.
type table struct {
	Table
	run      merge.Run
	called   string // the name of the SQL in warnings
	needs    engine.Needs
	physical string // the name of the table that holds the rows
	parts    []*part
	merged   *columns.Result
	columns  []column
}

// A part is the rows of one task in a table.
type part struct {
	at      int // index in Tasks
	arrival query.Arrival
	pruner  *pruner
	fit     *columns.Projection
	stats   []*stats       // by the source's column; nil if it was not inspected
	read    map[int]*stats // by the merged column, if its cells are converted first
}

// held keeps the warnings of a merge until it is certain that they apply.
type held struct {
	table *table
	notes []func()
}

// eachKept is the end of package columns' warning about booleans that meet integers. That
// warning would be wrong here: the inferred type decides what becomes of the booleans.
const eachKept = "each value is kept as its source has it"

func (h *held) Note(at int, warning string) {
	if strings.HasSuffix(warning, eachKept) {
		return
	}
	h.notes = append(h.notes, func() { h.table.run.Notes.Note(h.table.Tasks[at], warning) })
}

// inferColumns finds the columns of the table and their types. A source that does not
// fit is refused, and has no influence on the columns.
func (t *table) inferColumns() error {
	for {
		bad, err := t.try()
		if err != nil || bad == nil {
			return err
		}
		t.refuse(bad)
	}
}

func (t *table) refuse(bad *misfit) {
	err := bad.err
	if cast := t.cast(bad.part.at, bad.column, row.Text); bad.column != "" && cast != "" {
		err = fmt.Errorf("%w (%s)", err, cast)
	}
	t.run.Notes.Refuse(t.Tasks[bad.part.at], err)
	bad.part.arrival.Rows.Discard()
	for i, p := range t.parts {
		if p == bad.part {
			t.parts = append(t.parts[:i:i], t.parts[i+1:]...)
			return
		}
	}
}

// cast calls the run's Cast for a source of the table.
func (t *table) cast(at int, column string, to row.Kind) string {
	if t.run.Cast == nil {
		return ""
	}
	return t.run.Cast(t.Tasks[at], column, to)
}

// try finds the columns and types for the current parts, or returns a part that does not
// fit.
func (t *table) try() (*misfit, error) {
	notes := &held{table: t}
	t.merged = columns.New(columns.Options{Sources: t.Sources, SourceColumn: t.SourceColumn, Strict: t.run.Strict, ByPlace: t.run.ByPlace, Note: notes.Note, Cast: t.cast})
	schemas := map[int]*row.Schema{}
	for _, p := range t.parts {
		schemas[p.at] = p.arrival.Schema
		if err := t.merged.Admit(p.at, p.arrival.Schema); err != nil {
			return &misfit{part: p, err: err}, nil
		}
	}
	var needed []int
	for at := t.first(); at < t.merged.Schema().Width(); at++ {
		if t.needed(t.merged.Schema().Columns[at].Name) {
			needed = append(needed, at)
		}
	}
	t.merged.Compare(needed, true)
	if refused, why := t.merged.Clashes(func(at int) *row.Schema { return schemas[at] }); len(refused) > 0 {
		for _, p := range t.parts {
			if p.at == refused[0] {
				return &misfit{part: p, err: why[0]}, nil
			}
		}
	}
	for _, p := range t.parts {
		p.fit = t.merged.Projection(p.at, p.arrival.Schema)
		if err := t.look(p); err != nil {
			return &misfit{part: p, err: err}, nil
		}
	}
	bad, err := t.types(notes)
	if bad != nil || err != nil {
		return bad, err
	}
	t.merged.Note()
	for _, say := range notes.notes {
		say()
	}
	return nil, nil
}

// needed reports whether the SQL may refer to a column.
func (t *table) needed(name string) bool { return name == "" || t.needs.Has(name) }

// first returns the place of the first merged column that comes from the sources.
func (t *table) first() int {
	if t.SourceColumn != "" {
		return 1
	}
	return 0
}

// look inspects the cells of a part, if one of its columns requires it.
func (t *table) look(p *part) error {
	merged := t.merged.Schema().Columns
	var columns []int
	for at := t.first(); at < len(merged); at++ {
		from := p.fit.From(at)
		if from < 0 || !t.needed(merged[at].Name) {
			continue
		}
		if p.pruner.place(from) < 0 {
			return option.Errorf("column %q was left out, and {reduce} needs it", merged[at].Name)
		}
		if p.stats != nil && p.stats[from] != nil {
			continue
		}
		if mustInspect(p.arrival.Schema.Columns[from].Type, t.merged.Kind(at)) || p.fit.Reads(at) {
			columns = append(columns, from)
		}
	}
	if len(columns) > 0 {
		if err := p.inspect(columns, false); err != nil {
			return err
		}
	}
	return t.checkCoercions(p, false)
}

// checkCoercions inspects the converted cells of a part, in columns that have no type in
// this part but have one in others. It returns an error for a cell that cannot be
// converted.
func (t *table) checkCoercions(p *part, floats bool) error {
	var places []int
	for at := t.first(); at < t.merged.Schema().Width(); at++ {
		if from := p.fit.From(at); from >= 0 && p.fit.Reads(at) && !p.fit.SkipReads(at, uint16(p.stats[from].kinds)) {
			places = append(places, at)
		}
	}
	if p.read = nil; len(places) == 0 {
		return nil
	}
	p.read = map[int]*stats{}
	for _, at := range places {
		p.read[at] = &stats{floats: floats}
	}
	return p.arrival.Rows.Scan(func(b *row.Batch) error {
		for _, at := range places {
			one := row.NewBatch(oneColumn)
			p.fit.Look(b, p.pruner.place(p.fit.From(at)), at, one)
			p.read[at].look(one, 0)
			one.Release()
		}
		return p.fit.Fault()
	})
}

var oneColumn = &row.Schema{Columns: []row.Column{{Type: row.Any}}}

// inspect makes the statistics of some of a part's own columns.
func (p *part) inspect(columns []int, floats bool) error {
	if p.stats == nil {
		p.stats = make([]*stats, p.arrival.Schema.Width())
	}
	for _, at := range columns {
		p.stats[at] = &stats{floats: floats}
	}
	return p.arrival.Rows.Scan(func(b *row.Batch) error {
		for _, at := range columns {
			p.stats[at].look(b, p.pruner.place(at))
		}
		return nil
	})
}

// types sets the name and type of each column of the table.
func (t *table) types(notes *held) (*misfit, error) {
	t.columns = nil
	taken := map[string]bool{}
	merged := t.merged.Schema().Columns
	for _, col := range merged {
		taken[strings.ToLower(col.Name)] = true
	}
	used := map[string]bool{}
	for at := t.first(); at < len(merged); at++ {
		c := column{Column: engine.Column{Name: merged[at].Name}}
		for n := at - t.first() + 1; c.Name == ""; n++ { // DuckDB does not accept an empty name
			if name := fmt.Sprintf("column_%d", n); !taken[name] {
				c.Name, taken[name] = name, true
			}
		}
		for n := 2; used[strings.ToLower(c.Name)]; n++ { // DuckDB ignores the case of names
			if name := fmt.Sprintf("%s_%d", merged[at].Name, n); !taken[strings.ToLower(name)] {
				c.Name, taken[strings.ToLower(name)] = name, true
			}
		}
		used[strings.ToLower(c.Name)] = true
		if !t.needed(merged[at].Name) {
			c.pruned = true
			t.columns = append(t.columns, c)
			continue
		}
		shares, kind := t.shares(at), t.merged.Kind(at)
		if wide(kind, shares) {
			for _, s := range shares {
				from := s.part.fit.From(at)
				if err := s.part.inspect([]int{from}, true); err != nil {
					return &misfit{part: s.part, err: err}, nil
				}
				if s.part.read[at] != nil {
					if err := t.checkCoercions(s.part, true); err != nil {
						return &misfit{part: s.part, err: err}, nil
					}
				}
			}
			shares = t.shares(at)
		}
		warning, bad := c.inferType(kind, shares)
		if bad != nil {
			return bad, nil
		}
		if c.Name != merged[at].Name && merged[at].Name != "" {
			notes.Note(shares[0].part.at, fmt.Sprintf("column %q is called %q in %s, where names do not differ in case", merged[at].Name, c.Name, t.called))
		}
		if warning != "" {
			notes.Note(shares[0].part.at, warning+" in "+t.called)
		}
		t.columns = append(t.columns, c)
	}
	if len(t.parts) > 0 && len(t.columns) == 0 && t.SourceColumn == "" {
		return nil, errors.New("the rows have no columns")
	}
	return nil, nil
}

// shares returns each source's share of a column, for the sources that have the column.
func (t *table) shares(at int) (all []share) {
	for _, p := range t.parts {
		if from := p.fit.From(at); from >= 0 {
			s := share{part: p, own: p.arrival.Schema.Columns[from].Type}
			if p.stats != nil {
				s.stats = p.stats[from]
			}
			if read := p.read[at]; read != nil {
				s.stats = read
			}
			all = append(all, s)
		}
	}
	return all
}
