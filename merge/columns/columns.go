// Package columns combines the columns of several sources into those of one result.
//
// Names are matched exactly and then regardless of case, and types meet in a published
// lattice: see [Result]. A [Projection] then converts the rows of a source to rows of the
// result. To compare rows, [ParseOrder] and [Result.Ranks] find the columns of an [Order],
// and [KeyOf] returns a key of rows. [Result.Clashes] and [Result.Readable] return an error
// for columns or values that cannot be compared, which names the column, the value and
// where the others are from.
//
//	c := columns.New(columns.Options{Sources: names, SourceColumn: "source", Note: note})
//	for each source { err := c.Admit(source, schema) }
//	p := c.Projection(source, schema)
//	for each batch { b = p.Apply(b) }
//
// While sources still run, a [SchemaBarrier] waits until all have shown their columns.
// This package does not know where rows come from.
package columns

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// A Result combines the columns of several sources. They are matched by name, exactly
// and then regardless of case, in the order in which schemas are admitted, and their
// types meet in the lattice. A name that occurs twice in one source gets a suffix: id,
// id_2. A Result is for one goroutine at a time.
type Result struct {
	o        Options
	schema   *row.Schema // the result's; it is replaced, never changed
	index    index       // of its names
	admitted []int       // sources, in the order of their admission
	held     []held      // by place: the columns of the sources there
	from     [][]int     // by source, by place: the column of the source, or -1
	loose    [][]renamed // by source: names that were matched without regard to case
	out      bool        // rows have been projected: names and order are fixed
	compared []bool      // by place: values are compared with each other
	partly   bool        // cells without a type are read only in compared columns
}

// Options are the options of a result's columns.
type Options struct {
	// Sources are the names of the sources, in source order.
	Sources []string
	// SourceColumn is the name of the first column, which holds the source's name;
	// empty for no such column.
	SourceColumn string
	// Strict makes it an error if a source lacks a column.
	Strict bool
	// ByPlace matches columns by their places instead of their names. The names of the
	// result are then those of the first source. A source with another number of columns is
	// refused.
	ByPlace bool
	// Fixed means that no column can be added once rows have been projected. A source that
	// would add one is refused.
	Fixed bool
	// Note takes a warning about a source.
	Note func(source int, warning string)
	// Cast returns the expression that converts a column of a source to a kind, in the
	// dialect of that source, or an empty string. It may be nil.
	Cast func(source int, column string, to row.Kind) string
}

// New returns a result that has no sources yet.
func New(o Options) *Result {
	c := &Result{o: o, schema: &row.Schema{}, index: newIndex(), from: make([][]int, len(o.Sources)), loose: make([][]renamed, len(o.Sources))}
	if o.SourceColumn != "" {
		c.schema.Columns = []row.Column{{Name: o.SourceColumn, Type: row.Text}}
		c.index.add(o.SourceColumn, 0)
		c.held = []held{{}}
	}
	return c
}

// Schema returns the schema of the result so far. It is shared, and must not be
// changed.
func (c *Result) Schema() *row.Schema { return c.schema }

// Admit adds the columns of a source to the result. If they do not fit, it returns the
// reason and changes nothing. Types never exclude a source here: see [Result.Compare].
func (c *Result) Admit(source int, s *row.Schema) error {
	own := unique(s, c.o.SourceColumn)
	places, loose, err := c.match(own)
	if err != nil {
		return err
	}
	cols := slices.Clone(c.schema.Columns)
	from := make([]int, len(cols), len(cols)+len(own))
	for at := range from {
		from[at] = -1
	}
	for i, col := range own {
		if places[i] >= 0 {
			from[places[i]] = i
			continue
		}
		if c.out && c.o.Fixed {
			return option.Errorf("column %s is not among those already printed: use {order} source, or {output}", quote(col.Name))
		}
		col.Declared, col.Zone = row.Null, nil // the declaration and the zone hold for this source only
		places[i] = len(cols)
		cols, from = append(cols, col), append(from, i)
	}
	if c.o.Strict && len(c.admitted) > 0 {
		if err := c.lacks(cols, from); err != nil {
			return err
		}
	}
	for at := len(c.schema.Columns); at < len(cols); at++ {
		c.index.add(cols[at].Name, at)
		c.held = append(c.held, held{})
	}
	for i, at := range places {
		c.held[at].saw(source, own[i])
		before := cols[at]
		cols[at].Type = c.held[at].kind(c.compares(at))
		cols[at].Width, cols[at].Scale = meetDigits(before, own[i], cols[at].Type)
		if own[i].Database != before.Database {
			cols[at].Database = ""
		}
	}
	for _, i := range loose {
		c.loose[source] = append(c.loose[source], renamed{own[i].Name, cols[places[i]].Name})
	}
	c.schema = &row.Schema{Columns: cols}
	c.from[source] = from
	c.admitted = append(c.admitted, source)
	return nil
}

// match returns the place in the result of each of a source's columns, or -1. Loose are the
// indexes of the columns whose names differ in case.
func (c *Result) match(own []row.Column) (places, loose []int, err error) {
	if !c.o.ByPlace || len(c.admitted) == 0 {
		places, loose = c.index.match(own, c.First())
		return places, loose, nil
	}
	if n := c.schema.Width() - c.First(); len(own) != n {
		return nil, nil, option.Errorf("it has %d columns, and %s has %d, which are matched by their places ({match} position)", len(own), c.o.Sources[c.admitted[0]], n)
	}
	for i := range own {
		places = append(places, c.First()+i)
	}
	return places, nil, nil
}

// Compare declares that the values in these columns of the result are compared with each
// other. If partly is true, cells without a type are not read in the other columns.
// [Result.Clashes] then finds sources whose types do not meet those of earlier sources, and
// [Result.Readable] finds values that cannot be read as the others' type.
func (c *Result) Compare(places []int, partly bool) {
	c.compared, c.partly = make([]bool, c.schema.Width()), partly
	cols := slices.Clone(c.schema.Columns)
	for _, at := range places {
		if at >= c.First() {
			c.compared[at] = true
			cols[at].Type = c.held[at].kind(true)
		}
	}
	c.schema = &row.Schema{Columns: cols}
}

func (c *Result) compares(at int) bool { return at < len(c.compared) && c.compared[at] }

// Kind returns the type in which the values of a column are compared. It is Any if no
// source has a type for the column or if the types do not meet, and Null if the column
// holds nothing but NULLs.
func (c *Result) Kind(at int) row.Kind {
	if k, _ := c.held[at].meeting(); !c.held[at].free() {
		return k
	} else if c.held[at].untyped {
		return row.Any
	}
	return row.Null
}

// Clashes returns the sources whose type of a compared column does not meet that of an
// earlier source, and the reasons, in source order.
func (c *Result) Clashes(schemas func(source int) *row.Schema) (refused []int, why []error) {
	met := make([][]seen, len(c.compared))
	for _, source := range slices.Sorted(slices.Values(c.admitted)) {
		err := c.clash(met, source, schemas(source))
		if err != nil {
			refused, why = append(refused, source), append(why, err)
		}
	}
	return refused, why
}

// clash returns why a source's types do not meet the earlier ones. If they do meet, it adds
// them.
func (c *Result) clash(met [][]seen, source int, s *row.Schema) error {
	for at := range met {
		if !c.compared[at] || !c.Owns(source, at) {
			continue
		}
		k := KindOf(s.Columns[c.from[source][at]])
		for _, other := range met[at] {
			if _, _, ok := meet(other.kind, k); !ok {
				return c.o.Incompatible(c.schema.Columns[at].Name, k, source, other.kind, other.source)
			}
		}
	}
	for at := range met {
		if c.compared[at] && c.Owns(source, at) {
			k := KindOf(s.Columns[c.from[source][at]])
			if !slices.ContainsFunc(met[at], func(other seen) bool { return other.kind == k }) {
				met[at] = append(met[at], seen{k, source})
			}
		}
	}
	return nil
}

// lacks returns an error, for Strict, if the columns differ from those admitted before.
func (c *Result) lacks(cols []row.Column, from []int) error {
	for at := c.First(); at < len(cols); at++ {
		if from[at] < 0 {
			return option.Errorf("column %s of %s is missing here ({strict})", quote(cols[at].Name), c.holder(at))
		}
		if at >= len(c.schema.Columns) {
			return option.Errorf("column %s is not in %s ({strict})", quote(cols[at].Name), c.o.Sources[c.admitted[0]])
		}
	}
	return nil
}

// First returns the place of the first column that comes from the sources.
func (c *Result) First() int {
	if c.o.SourceColumn != "" {
		return 1
	}
	return 0
}

// Owns reports whether an admitted source has the column. Every source has the source
// column.
func (c *Result) Owns(source, at int) bool {
	return at < c.First() || (at < len(c.from[source]) && c.from[source][at] >= 0)
}

// holder returns the name of the first admitted source that has the column.
func (c *Result) holder(at int) string {
	for _, s := range c.admitted {
		if c.Owns(s, at) {
			return c.o.Sources[s]
		}
	}
	return "the result"
}

// Note warns of imperfections of the result. These are columns that an admitted source
// lacks, which are NULL in its rows; names that differ in case; and types that meet loosely
// or not at all. The caller calls it once, when all sources have been admitted. The
// warnings do not depend on the order of admission, except for the names and order of the
// columns.
func (c *Result) Note() {
	for at := c.First(); at < c.schema.Width(); at++ {
		c.noteTypes(at)
	}
	for _, s := range slices.Sorted(slices.Values(c.admitted)) {
		if len(c.loose[s]) > 0 {
			c.o.Note(s, noteCase(c.loose[s]))
		}
		var names []string
		for at := c.First(); at < c.schema.Width(); at++ {
			if !c.Owns(s, at) {
				names = append(names, quote(c.schema.Columns[at].Name))
			}
		}
		switch len(names) {
		case 0:
		case 1:
			c.o.Note(s, "has no column "+names[0]+": NULL in its rows")
		default:
			c.o.Note(s, "has no columns "+strings.Join(names, ", ")+": NULL in its rows")
		}
	}
}

// noteTypes warns of the types of a column. There is one warning for each type that meets
// the type of an earlier source only loosely or not at all. It goes to the first source
// that has the type.
func (c *Result) noteTypes(at int) {
	h := &c.held[at]
	if !h.typed && !c.compares(at) {
		return // a column that only SQLite sources have is printed as it is
	}
	name := quote(c.schema.Columns[at].Name)
	for i, s := range h.kinds {
		for _, other := range h.kinds[:i] {
			_, warning, ok := meet(other.kind, s.kind)
			if !ok {
				warning = fmt.Sprintf("is %s here and %s in %s, which do not meet: each value is printed as its source has it; to compare them, %s",
					s.kind, other.kind, c.o.Sources[other.source], c.o.cure(c.schema.Columns[at].Name, s, other))
			}
			if warning != "" {
				c.o.Note(s.source, "column "+name+" "+warning)
				break
			}
		}
	}
}

// Projection returns the projection of an admitted source's rows to the current result.
// From then on Admit does not change the names and order of the columns; it may still add
// some, unless Fixed is set.
func (c *Result) Projection(source int, s *row.Schema) *Projection {
	c.out = true
	p := &Projection{schema: c.schema, name: c.o.Sources[source]}
	for at := range c.schema.Columns {
		switch {
		case at < c.First():
			p.moves = append(p.moves, move{from: named})
		case !c.Owns(source, at):
			p.moves = append(p.moves, move{from: absent})
		default:
			from := c.from[source][at]
			p.moves = append(p.moves, c.move(at, from, s.Columns[from]))
		}
	}
	p.still = p.isStill(s.Width())
	p.noted = make([]bool, len(p.moves))
	p.note = func(column, what string) {
		c.o.Note(source, fmt.Sprintf("column %s: %s", quote(column), what))
	}
	return p
}

// move returns how the cells of a source's column become cells of the result.
func (c *Result) move(at, from int, col row.Column) move {
	h, m := &c.held[at], move{from: from, untyped: col.Type == row.Any, strict: c.compares(at)}
	to := c.schema.Columns[at].Type
	if m.strict {
		to = c.Kind(at)
	}
	switch {
	case m.untyped && (h.free() || !h.typed && !m.strict || c.partly && !m.strict):
		return m // the cells stay as they are
	case m.untyped:
		if m.to = h.reads(); m.to == row.Null {
			return m
		}
		m.as, m.holder = h.kinds[0].kind, c.o.Sources[h.kinds[0].source]
		m.cast = c.o.cast(h.kinds[0].source, c.schema.Columns[at].Name, row.Text)
		if col.Zone != nil {
			m.zone = col.Zone.Clone()
		}
	case to == row.Text && col.Type != row.Text:
		m.to = to
	case to == row.Timestamp && col.Type == row.Date:
		m.to = to
	default:
		return m
	}
	m.converts, m.pass = true, passing(m.to)
	return m
}
