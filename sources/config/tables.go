// Logical tables of fanql.yaml: names that stand, at each source, for the text that the
// config defines.

package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// A Table is a logical table: a name for the rows of a text at each source.
type Table struct {
	Name string
	// SQL is the text for the sources without a variant, which is sent unchanged. If it is
	// empty, those sources lack the table.
	SQL string
	// Variants are texts for some sources, in the dialects of these sources and in the
	// file's order.
	Variants []TableVariant
	Pos      Pos // where its name stands
	Text     Pos // the place of SQL
}

// A TableVariant is the text of a table for some sources.
type TableVariant struct {
	// For is the name of a source or of a pattern's sources, a pattern of names, tag:NAME
	// or a dialect. A dialect's name always means the dialect.
	For  string
	SQL  string
	Pos  Pos // the place of For
	Text Pos // the place of SQL
}

var tableKeys = []string{"sql", "variants"}

// Table finds a logical table by its exact name, or else regardless of case.
func (c *Config) Table(name string) (Table, bool) {
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, t := range c.Tables {
			if same(t.Name, name) {
				return t, true
			}
		}
	}
	return Table{}, false
}

// Of returns the text of a table for a source: the variant for its name, else for names
// that a pattern matches, or for the entry that found it, else for one of its tags, else
// for its dialect, else the table's own text, whose For is empty. An empty text means that
// the source lacks the table. It is an error if two variants with the same precedence match
// the source.
func (c *Config) Of(t Table, s Source) (TableVariant, error) {
	for _, is := range []func(v TableVariant) bool{
		func(v TableVariant) bool { return c.Dialects.Named(v.For) == nil && v.For == s.Name },
		func(v TableVariant) bool {
			return c.Dialects.Named(v.For) == nil && !strings.HasPrefix(v.For, "tag:") && s.matches(v.For)
		},
		func(v TableVariant) bool { return strings.HasPrefix(v.For, "tag:") && s.matches(v.For) },
		func(v TableVariant) bool { return s.Kind.Is(v.For) },
	} {
		var found []TableVariant
		for _, v := range t.Variants {
			if is(v) {
				found = append(found, v)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return TableVariant{}, &Error{Pos: found[1].Pos, Text: fmt.Sprintf("table %s: variants %s and %s are both for source %s: give it one by its name", t.Name, found[0].For, found[1].For, s.Name)}
		}
	}
	return TableVariant{SQL: t.SQL, Pos: t.Pos, Text: t.Text}, nil
}

// TableFaults returns [Error]s for variants of tables that match no source, and for sources
// that two variants match.
func (c *Config) TableFaults() (wrong []error) {
	for _, t := range c.Tables {
		for _, v := range t.Variants {
			if c.Dialects.Named(v.For) == nil && !slices.ContainsFunc(c.Sources, func(s Source) bool { return s.matches(v.For) || c.mayMean(v.For, s) }) && len(c.Unread) == 0 {
				r := resolver{config: c.Sources}
				wrong = append(wrong, &Error{Pos: v.Pos, Text: fmt.Sprintf("table %s: variant %s: %v", t.Name, v.For, r.unknown(v.For))})
			}
		}
		for _, s := range c.Sources {
			if _, err := c.Of(t, s); err != nil {
				wrong = append(wrong, err)
				break
			}
		}
	}
	return wrong
}

func (d *document) tables(n ast.Node) (list []Table) {
	named := map[string]Pos{}
	for _, e := range d.entries(n, "tables") {
		what := "table " + e.key
		switch {
		case e.torn && e.value == nil:
			d.add(e.at, "table: %s", errTorn)
			continue
		case !isTableName(e.key):
			d.add(e.at, "table %s: a name has letters, digits and _, and begins with a letter or _", shownName(e.key))
			continue
		case named[strings.ToLower(e.key)].Line > 0:
			d.add(e.at, "%s: the name is already on line %d, and case does not matter", what, named[strings.ToLower(e.key)].Line)
			continue
		}
		named[strings.ToLower(e.key)] = e.at
		if t, ok := d.table(e, what); ok {
			list = append(list, t)
		}
	}
	return list
}

// isTableName reports whether a table's name can be written without quotes.
func isTableName(s string) bool {
	return isName(s) && !strings.ContainsAny(s, "./-") && !strings.ContainsAny(s[:1], "0123456789")
}

// table reads a table. ok is false if it has no readable text.
func (d *document) table(e entry, what string) (t Table, ok bool) {
	t = Table{Name: e.key, Pos: e.at, Text: e.place()}
	if _, fields := e.value.(ast.MapNode); !fields {
		t.SQL, ok = d.sql(e, what)
		return t, ok
	}
	ok = true
	before := len(d.list)
	for _, f := range d.known(d.entries(e.value, what), what, tableKeys) {
		good := true
		switch f.key {
		case "sql":
			t.Text = f.place()
			t.SQL, good = d.sql(f, what)
		case "variants":
			t.Variants, good = d.tableVariants(f.value, what)
		}
		ok = ok && good
	}
	if t.SQL == "" && len(t.Variants) == 0 && len(d.list) == before {
		d.add(e.at, "%s: it has neither sql nor variants", what)
	}
	ok = ok && len(d.list) == before
	return t, ok
}

func (d *document) tableVariants(n ast.Node, what string) (list []TableVariant, ok bool) {
	ok = true
	for _, e := range d.entries(n, what+": variants") {
		name, _ := strings.CutPrefix(e.key, "tag:")
		if plain := strings.NewReplacer("*", "x", "?", "x", "[", "x", "]", "x").Replace(name); !isName(plain) {
			d.add(e.at, "%s: variant %s: it is for a source, a pattern of names, tag:NAME or a dialect", what, shownName(e.key))
			ok = false
			continue
		}
		text, good := d.sql(e, what+": variant "+e.key)
		list = append(list, TableVariant{For: e.key, SQL: text, Pos: e.at, Text: e.place()})
		ok = ok && good
	}
	return list, ok
}
