// Listings of catalogues: one line for a table, column or index of several sources.

package run

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/row"
)

// A lister makes the lines.
type lister struct {
	all []catalog.Database
	cut func(names []string) string // lists names of sources
}

// tables returns a line for each table: which sources have it, and about how many rows
// it has.
func (l *lister) tables(entries []catalog.Entry) *sheet {
	s := newSheet("table", "kind", "sources", "rows", "?counted", "?comment")
	for _, e := range entries {
		rows, known, has := int64(0), 0, 0
		for _, t := range e.Tables {
			if t == nil {
				continue
			}
			has++
			if t.Rows >= 0 {
				rows, known = rows+t.Rows, known+1
			}
		}
		var about, counted any
		if known > 0 {
			about = rows
		}
		if known > 0 && known < has {
			counted = fmt.Sprintf("in %d of %d", known, has)
		}
		kind := grouped(l, e.Tables, func(t *catalog.Table) string { return string(t.Kind) })
		comment := grouped(l, e.Tables, func(t *catalog.Table) string { return t.Comment })
		s.add(e.Called, kind, l.having(there(e.Tables)), about, counted, comment)
	}
	return s
}

// columns returns a line for each column of a table.
func (l *lister) columns(e catalog.Entry) *sheet {
	s := newSheet(append([]string{"column"}, columnFields...)...)
	for _, c := range e.Columns() {
		s.add(append([]any{c.Name}, l.column(e, c)...)...)
	}
	return s
}

// schema returns a line for each table, each of its columns and each of its indexes.
func (l *lister) schema(entries []catalog.Entry) *sheet {
	s := newSheet(append([]string{"table", "part", "?name"}, columnFields...)...)
	for _, e := range entries {
		kind := grouped(l, e.Tables, func(t *catalog.Table) string { return string(t.Kind) })
		comment := grouped(l, e.Tables, func(t *catalog.Table) string { return t.Comment })
		s.add(e.Called, "table", nil, kind, nil, nil, nil, nil, comment, l.having(there(e.Tables)), l.lacking(there(e.Tables), nil))
		for _, c := range e.Columns() {
			s.add(append([]any{e.Called, "column", c.Name}, l.column(e, c)...)...)
		}
		for _, x := range e.Indexes() {
			name := grouped(l, x.Indexes, func(x *catalog.Index) string { return x.Name })
			has := there(x.Indexes)
			s.add(e.Called, "index", name, x.What, nil, nil, nil, nil, nil, l.having(has), l.lacking(has, there(e.Tables)))
		}
	}
	return s
}

// columnFields are the fields of a line about a column, after its name.
var columnFields = []string{"type", "?nullable", "?key", "?default", "?extra", "?comment", "sources", "?differs"}

// column returns the line of a column of a table. Differences are relative to the first
// source that has it.
func (l *lister) column(e catalog.Entry, c catalog.ColumnEntry) []any {
	has := there(c.Columns)
	key := func(c *catalog.Column) string {
		if c.Key == 0 {
			return ""
		}
		return strconv.Itoa(c.Key)
	}
	return []any{
		groupedBy(l, c.Columns, func(c *catalog.Column) string { return c.Type }, strings.ToLower),
		grouped(l, c.Columns, func(c *catalog.Column) string { return map[bool]string{true: "yes", false: "no"}[c.Nullable] }),
		grouped(l, c.Columns, key),
		grouped(l, c.Columns, func(c *catalog.Column) string { return c.Default }),
		grouped(l, c.Columns, func(c *catalog.Column) string { return c.Extra }),
		grouped(l, c.Columns, func(c *catalog.Column) string { return c.Comment }),
		l.having(has),
		l.differs(e, c),
	}
}

// differs returns which properties of a column differ, and where it is missing although
// the table exists.
func (l *lister) differs(e catalog.Entry, c catalog.ColumnEntry) any {
	first := slices.IndexFunc(c.Columns, func(c *catalog.Column) bool { return c != nil })
	place := func(i int) catalog.Place {
		return catalog.Place{Dialect: l.all[i].Dialect, Table: e.Tables[i], Column: c.Columns[i]}
	}
	var parts []string
	for i, other := range c.Columns {
		if other == nil {
			continue
		}
		for _, what := range catalog.Differ(place(first), place(i)) {
			if !slices.Contains(parts, string(what)) {
				parts = append(parts, string(what))
			}
		}
	}
	if lacking, ok := l.lacking(there(c.Columns), there(e.Tables)).(string); ok {
		parts = append(parts, lacking)
	}
	return orNil(strings.Join(parts, ", "))
}

// lacking names the sources that could have something but do not; could is nil for all.
func (l *lister) lacking(has, could []bool) any {
	var names []string
	for i := range l.all {
		if !has[i] && (could == nil || could[i]) {
			names = append(names, l.all[i].Source)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return "missing in " + l.cut(names)
}

// having says how many sources have something, and names those that do not, or those
// that do if these are fewer.
func (l *lister) having(has []bool) string {
	var with, without []string
	for i, d := range l.all {
		if has[i] {
			with = append(with, d.Source)
		} else {
			without = append(without, d.Source)
		}
	}
	text := fmt.Sprintf("%d of %d", len(with), len(l.all))
	switch {
	case len(without) == 0:
		return text
	case len(with) < len(without):
		return text + ": " + l.cut(with)
	}
	return text + ": not " + l.cut(without)
}

// there reports which of the things exist.
func there[T any](things []*T) []bool {
	has := make([]bool, len(things))
	for i, t := range things {
		has[i] = t != nil
	}
	return has
}

// grouped returns a property of a thing in several sources: its value if that is the
// same in all sources that have the thing, else each of its values with its sources. It
// is nil if the property is empty in all.
func grouped[T any](l *lister, things []*T, of func(*T) string) any {
	return groupedBy(l, things, of, func(value string) string { return value })
}

// groupedBy is grouped for values that are equal if their keys are; the first of them
// represents all.
func groupedBy[T any](l *lister, things []*T, of func(*T) string, key func(string) string) any {
	var values []string
	names := map[string][]string{}
	for i, t := range things {
		if t == nil {
			continue
		}
		v := of(t)
		k := key(v)
		if names[k] == nil {
			values = append(values, v)
		}
		names[k] = append(names[k], l.all[i].Source)
	}
	if len(values) == 1 {
		return orNil(values[0])
	}
	var parts []string
	for _, v := range values {
		shown := v
		if v == "" {
			shown = "none"
		}
		parts = append(parts, shown+": "+l.cut(names[key(v)]))
	}
	return strings.Join(parts, "; ")
}

// A sheet is a small table of our own: its cells are nil, text, or int64.
type sheet struct {
	names    []string
	optional []bool // left out for people if it is empty in all rows
	rows     [][]any
}

// newSheet returns a sheet without rows. A ? before a name makes the column optional.
func newSheet(names ...string) *sheet {
	s := &sheet{}
	for _, n := range names {
		name, optional := strings.CutPrefix(n, "?")
		s.names, s.optional = append(s.names, name), append(s.optional, optional)
	}
	return s
}

func (s *sheet) add(cells ...any) { s.rows = append(s.rows, cells) }

// emit emits the rows in batches, which then belong to the callee.
func (s *sheet) emit(people bool, emit row.Emit) error {
	schema := &row.Schema{}
	var kept []int
	for i, name := range s.names {
		number := false
		used := slices.ContainsFunc(s.rows, func(r []any) bool { return r[i] != nil })
		for _, r := range s.rows {
			_, is := r[i].(int64)
			number = number || is
		}
		if people && s.optional[i] && !used {
			continue
		}
		kind := row.Text
		if number {
			kind = row.Int
		}
		kept, schema.Columns = append(kept, i), append(schema.Columns, row.Column{Name: name, Type: kind})
	}
	b := row.NewBatch(schema)
	for _, r := range s.rows {
		for _, i := range kept {
			switch v := r[i].(type) {
			case string:
				b.TextString(v)
			case int64:
				b.Int(v)
			default:
				b.Null()
			}
		}
		if b.EndRow() {
			if err := emit(b); err != nil {
				return err
			}
			b = row.NewBatch(schema)
		}
	}
	return emit(b)
}

// orNil returns nil for an empty text.
func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// count returns a number of things in words.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return humanize.Comma(int64(n)) + " " + thing + "s"
}
