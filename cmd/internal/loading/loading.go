// Package loading converts merged rows for a table of a database. It finds their columns in
// the table by name, or chooses the columns of a new table. It refuses every value that its
// column cannot hold without a change.
//
//	o := loading.NewObserver()                        // types for a new table, by the values
//	for each batch { o.Look(b) }
//	columns := loader.Columns(o.Columns(schema, alone))
//	f, notes, err := loading.Match(table, schema, loading.Options{...})
//	for each batch { b, err = f.Fit(b) }
//
// It knows no database: see package [github.com/fanql/fanql/sources/load].
package loading

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// Options are the options of [Match].
type Options struct {
	Key []string // the key columns of an upsert
	// SourceColumn is the name of the first column, which holds the sources' names; empty
	// for none.
	SourceColumn string
	// Hidden says that the first column holds the sources' names for messages only.
	Hidden bool
	// Zones are the zones of sources whose timestamps are text without a zone, by the
	// source's name. If it is set, the rows must have a column of sources' names.
	Zones map[string]*row.Zone
}

// Match finds the columns of rows among those of a table, by name. It returns the Fitter
// for the rows, and notes about the columns for the user.
func Match(t load.Table, merged *row.Schema, o Options) (f *Fitter, notes []string, err error) {
	f = &Fitter{table: t.Name, source: -1, merged: merged, schema: &row.Schema{}}
	if o.Hidden || o.SourceColumn != "" {
		f.source = 0
		f.zones = o.Zones
	}
	first := 0
	if o.Hidden {
		first = 1
	}
	ours := make([]row.Column, len(t.Columns))
	for i, c := range t.Columns {
		ours[i].Name = c.Name
	}
	places, note := columns.Match(ours, merged.Columns[first:])
	if note != "" {
		notes = append(notes, note)
	}
	if err := lacking(t, merged.Columns[first:], places, o); err != nil {
		return nil, nil, err
	}
	found := map[int]bool{}
	for i, at := range places {
		c := t.Columns[at]
		if c.Computed {
			return nil, nil, fmt.Errorf("its column %q is computed by the database: leave it out of the query", c.Name)
		}
		found[at] = true
		f.columns = append(f.columns, c)
		f.from = append(f.from, first+i)
		f.key = append(f.key, slices.Contains(o.Key, c.Name))
		f.schema.Columns = append(f.schema.Columns, row.Column{Name: c.Name, Type: c.Kind})
	}
	var required, absent []string
	for at, c := range t.Columns {
		switch {
		case found[at] || c.Computed:
		case slices.Contains(o.Key, c.Name):
			return nil, nil, fmt.Errorf("column %q of the key is not in the rows, which have %s", c.Name, listOf(merged.Columns[first:]))
		case c.Required:
			required = append(required, fmt.Sprintf("%q", c.Name))
		default:
			absent = append(absent, fmt.Sprintf("%q", c.Name))
		}
	}
	if len(required) > 0 {
		return nil, nil, fmt.Errorf("it needs a value for %s, which the rows lack", nearest.List(required))
	}
	if len(absent) > 0 {
		notes = append(notes, fmt.Sprintf("the rows have no %s: the table's default is used", nearest.List(absent)))
	}
	if len(f.columns) == 0 {
		return nil, nil, fmt.Errorf("the rows have no column")
	}
	return f, notes, nil
}

// lacking returns an error for columns of the rows that the table lacks.
func lacking(t load.Table, merged []row.Column, places []int, o Options) error {
	var missing, known []string
	for _, c := range t.Columns {
		known = append(known, c.Name)
	}
	hint := ""
	for i, at := range places {
		if at >= 0 {
			continue
		}
		name := merged[i].Name
		missing = append(missing, fmt.Sprintf("%q", name))
		if near, ok := nearest.Name(name, known); ok && hint == "" {
			hint = fmt.Sprintf(" (did you mean %q?)", near)
		}
		if name == o.SourceColumn && i == 0 {
			return option.Errorf("it has no column %q for the source's name: {source-column} names another, {no-source-column} leaves it out", name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	word := "column"
	if len(missing) > 1 {
		word = "columns"
	}
	return fmt.Errorf("it has no %s %s%s", word, nearest.List(missing), hint)
}

func listOf(all []row.Column) string {
	var names []string
	for _, c := range all {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

// Columns returns the table's columns that the rows have, in the rows' order.
func (f *Fitter) Columns() []load.Column { return f.columns }

// Schema returns the schema of the rows that Fit returns.
func (f *Fitter) Schema() *row.Schema { return f.schema }

// Mapping describes where the columns come from, a line for each.
func (f *Fitter) Mapping() (lines []string) {
	for i, c := range f.columns {
		from := f.merged.Columns[f.from[i]]
		what := from.Type.String()
		if from.Database != "" {
			what = strings.ToLower(from.Database)
		}
		lines = append(lines, fmt.Sprintf("%s (%s) <- %s (%s)", c.Name, c.Type, from.Name, what))
	}
	return lines
}
