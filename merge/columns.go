// Which columns the result has, and how each source's rows fit into them.

package merge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// Columns gathers the columns of several sources into the columns of the result:
// matched by name without regard to case, in the order in which schemas are
// admitted, types meeting in the lattice. A name that stands twice in one source
// gets a suffix: id, id_2. It is for one goroutine at a time.
type Columns struct {
	o        Options
	schema   *row.Schema    // of the result; replaced, never changed
	index    map[string]int // folded name to place in schema
	admitted []int          // sources
	types    [][]seen       // by place: the sources' own types, each once
	has      [][]bool       // by source, by place: does it have the column
	out      bool           // rows have been projected: names and order stand
}

// A seen type of a column, and the first source that has it.
type seen struct {
	kind   row.Kind
	source int
}

// NewColumns gives the columns of no source yet.
func NewColumns(o Options) *Columns {
	c := &Columns{o: o, schema: &row.Schema{}, index: map[string]int{}, has: make([][]bool, len(o.Sources))}
	if o.SourceColumn != "" {
		c.schema.Columns = []row.Column{{Name: o.SourceColumn, Type: row.Text}}
		c.index[fold(o.SourceColumn)] = 0
		c.types = [][]seen{nil}
	}
	return c
}

// Schema is that of the result so far. It is shared, and not to be changed.
func (c *Columns) Schema() *row.Schema { return c.schema }

// Admit takes the columns of a source into the result, or says why they do not
// fit; nothing has changed then.
func (c *Columns) Admit(source int, s *row.Schema) error {
	cols := slices.Clone(c.schema.Columns)
	has := make([]bool, len(cols), len(cols)+s.Width())
	index := map[string]int{} // of new columns
	own := map[int]row.Kind{} // the source's types by place
	var warnings []string
	for _, col := range c.unique(s) {
		at, ok := c.index[fold(col.Name)]
		if !ok {
			own[len(cols)] = col.Type
			if c.out && c.o.Fixed {
				return fmt.Errorf("column %s is not among those already printed: use --order source, or -o", quote(col.Name))
			}
			index[fold(col.Name)] = len(cols)
			cols, has = append(cols, col), append(has, true)
			continue
		}
		has[at], own[at] = true, col.Type
		warning, err := c.fits(at, col)
		if err != nil {
			return err
		}
		if warning != "" {
			warnings = append(warnings, fmt.Sprintf("column %s %s", quote(col.Name), warning))
		}
		cols[at].Type, _, _ = meet(cols[at].Type, col.Type)
	}
	if c.o.Strict && len(c.admitted) > 0 {
		if err := c.lacks(cols, has); err != nil {
			return err
		}
	}
	for _, w := range warnings {
		c.o.Notes.Note(source, w)
	}
	for name, at := range index {
		c.index[name] = at
	}
	for at := c.first(); at < len(cols); at++ {
		if at == len(c.types) {
			c.types = append(c.types, nil)
		}
		if has[at] {
			c.saw(at, source, own[at])
		}
	}
	c.schema = &row.Schema{Columns: cols}
	c.has[source] = has
	c.admitted = append(c.admitted, source)
	return nil
}

// fits says whether a column meets every type that sources have for it: so it
// does not matter who comes first, nor whether a third one, such as text, would
// hold two that do not meet.
func (c *Columns) fits(at int, col row.Column) (warning string, _ error) {
	for _, other := range c.types[at] {
		_, w, ok := meet(other.kind, col.Type)
		if !ok {
			return "", apart(col.Name, col.Type, other.kind, c.o.Sources[other.source])
		}
		if warning == "" {
			warning = w
		}
	}
	return warning, nil
}

// saw remembers a source's own type of a column.
func (c *Columns) saw(at, source int, k row.Kind) {
	for _, other := range c.types[at] {
		if other.kind == k {
			return
		}
	}
	c.types[at] = append(c.types[at], seen{k, source})
}

// lacks says, for Strict, which columns differ from those admitted before.
func (c *Columns) lacks(cols []row.Column, has []bool) error {
	for at := c.first(); at < len(cols); at++ {
		if !has[at] {
			return fmt.Errorf("column %s of %s is missing here (--strict)", quote(cols[at].Name), c.holder(at))
		}
		if at >= len(c.schema.Columns) {
			return fmt.Errorf("column %s is not in %s (--strict)", quote(cols[at].Name), c.o.Sources[c.admitted[0]])
		}
	}
	return nil
}

// first is the place of the first column that is a source's own.
func (c *Columns) first() int {
	if c.o.SourceColumn != "" {
		return 1
	}
	return 0
}

// owns reports whether an admitted source has the column; all have that of the
// sources' names.
func (c *Columns) owns(source, at int) bool {
	return at < c.first() || (at < len(c.has[source]) && c.has[source][at])
}

// holder names the first source that has the column.
func (c *Columns) holder(at int) string {
	for _, s := range c.admitted {
		if c.owns(s, at) {
			return c.o.Sources[s]
		}
	}
	return "the result"
}

// NoteMissing warns of each column that an admitted source lacks, and so is NULL
// for its rows. It is called once, when all sources have been admitted.
func (c *Columns) NoteMissing() {
	for _, s := range c.admitted {
		var names []string
		for at := c.first(); at < c.schema.Width(); at++ {
			if !c.owns(s, at) {
				names = append(names, quote(c.schema.Columns[at].Name))
			}
		}
		switch len(names) {
		case 0:
		case 1:
			c.o.Notes.Note(s, "has no column "+names[0]+": NULL in its rows")
		default:
			c.o.Notes.Note(s, "has no columns "+strings.Join(names, ", ")+": NULL in its rows")
		}
	}
}

// UniqueNames gives the columns of s with names that differ, as Columns has them
// where there is no column for the source.
func UniqueNames(s *row.Schema) []row.Column { return new(Columns).unique(s) }

// unique gives the columns of s with names that differ, also from the source
// column's.
func (c *Columns) unique(s *row.Schema) []row.Column {
	taken := map[string]bool{}
	if c.o.SourceColumn != "" {
		taken[fold(c.o.SourceColumn)] = true
	}
	for _, col := range s.Columns { // a name as it is goes before one that we make
		taken[fold(col.Name)] = true
	}
	cols := slices.Clone(s.Columns)
	seen := map[string]bool{}
	if c.o.SourceColumn != "" {
		seen[fold(c.o.SourceColumn)] = true
	}
	for i := range cols {
		name := cols[i].Name
		for n := 2; seen[fold(name)]; n++ {
			if next := fmt.Sprintf("%s_%d", cols[i].Name, n); !taken[fold(next)] {
				name = next
				taken[fold(name)] = true
			}
		}
		seen[fold(name)] = true
		cols[i].Name = name
	}
	return cols
}

// Projection gives how rows of an admitted source become rows of the result as
// it is now. From then on Admit keeps the names and order of the columns.
func (c *Columns) Projection(source int, s *row.Schema) *Projection {
	c.out = true
	p := &Projection{schema: c.schema, name: c.o.Sources[source]}
	from := map[string]int{}
	for i, col := range c.unique(s) {
		from[fold(col.Name)] = i
	}
	for at, col := range c.schema.Columns {
		m := move{from: absent}
		if i, ok := from[fold(col.Name)]; ok && at >= c.first() {
			m = move{from: i, to: conversion(s.Columns[i].Type, col.Type), any: s.Columns[i].Type == row.Any}
		} else if at < c.first() {
			m.from = named
		}
		p.moves = append(p.moves, m)
	}
	p.still = p.isStill(s.Width())
	if p.converts() {
		p.note = func(column, what string) {
			c.o.Notes.Note(source, fmt.Sprintf("column %s: %s", quote(column), what))
		}
	}
	return p
}

func fold(name string) string { return strings.ToLower(name) }

func quote(name string) string { return fmt.Sprintf("%q", name) }
