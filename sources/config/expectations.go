// What a check expects: conditions, comparisons with files, and schemas.

package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/separated"
)

// An Expectation is one entry of expect: no rows, row, rows, each or all.
type Expectation struct {
	Kind   string // "no rows", or the key
	Text   Text
	Mostly Text   // for each: the share of the rows for which it must hold; empty is all
	Level  string // warn or fail, for a condition that must not be true; empty for an expectation
}

// A Comparison is the value of agree or unchanged_from.
type Comparison struct {
	File       Text // for unchanged_from: the path, which can be opened directly
	Baseline   Text // for agree: the source that others are compared with
	Key        Text // columns with commas between; empty compares whole rows
	Tolerances []Text
	Exact      bool
	Style      separated.Style // of File, if it is CSV
	Pos        Pos
}

// A SchemaCheck is the value of schema: the sources' tables must match those of a
// baseline.
type SchemaCheck struct {
	// Baseline is a source to read from, or else a file; empty is the first source.
	// File is the path of that file.
	Baseline Text
	File     string
	Tables   []Text // patterns; empty means all
	Pos      Pos
}

// expect reads an expression, the words no rows, or a mapping.
func (d *document) expect(e entry, what string, keys []string) (list []Expectation) {
	if _, fields := e.value.(ast.MapNode); !fields {
		t, ok := d.text(e, what)
		switch {
		case !ok:
		case strings.Join(strings.Fields(strings.ToLower(t.Value)), " ") == "no rows":
			if !slices.Contains(keys, "each") {
				d.add(e.place(), `%s: no rows is for expect: write {rows: "> 0"} for what must not be`, what)
				return nil
			}
			list = append(list, Expectation{Kind: "no rows", Text: t})
		default:
			list = append(list, Expectation{Kind: "row", Text: t})
		}
		return list
	}
	var mostly Text
	for _, f := range d.known(d.entries(e.value, what), what, keys) {
		t, ok := d.text(f, what+": "+f.key)
		switch {
		case !ok:
		case f.key == "mostly":
			mostly = t
		default:
			list = append(list, Expectation{Kind: f.key, Text: t})
		}
	}
	if mostly.Pos != (Pos{}) {
		at := slices.IndexFunc(list, func(x Expectation) bool { return x.Kind == "each" })
		if at < 0 {
			d.add(mostly.Pos, "%s: mostly goes with each, whose share of rows it is", what)
			return nil
		}
		list[at].Mostly = mostly
	}
	if len(list) == 0 && len(d.list) == 0 {
		d.add(e.place(), "%s: it is empty", what)
	}
	return list
}

// comparison reads agree, or unchanged_from, whose value may be just a file.
func (d *document) comparison(e entry, what, dir string, keys []string) *Comparison {
	c := &Comparison{Pos: e.place()}
	var words separated.Words
	file := func(f entry) {
		if path, ok := d.setting(f, what); ok {
			c.File = Text{Value: rooted(dir, path), Pos: f.place()}
		}
	}
	if _, fields := e.value.(ast.MapNode); !fields && slices.Contains(keys, "file") {
		file(e)
		return c
	}
	for _, f := range d.known(d.entries(e.value, what), what, keys) {
		switch f.key {
		case "file":
			file(f)
		case "baseline":
			c.Baseline, _ = d.text(f, what+": baseline")
		case "key":
			columns, at := d.scalars(f, what+": key")
			if len(columns) > 0 {
				c.Key = Text{Value: strings.Join(columns, ","), Pos: at[0]}
			}
		case "tolerance":
			for _, t := range d.entries(f.value, what+": tolerance") {
				if by, ok := d.scalar(t, what+": tolerance of "+t.key); ok {
					c.Tolerances = append(c.Tolerances, Text{Value: t.key + "=" + by, Pos: t.place()})
				}
			}
		case "exact":
			c.Exact = d.yes(f, what)
		case "csv_for":
			words.For = d.word(f, what, func(text string) separated.Words { return separated.Words{For: text} })
		case "delimiter":
			words.Delimiter = d.word(f, what, func(text string) separated.Words { return separated.Words{Delimiter: text} })
		case "decimal":
			words.Decimal = d.word(f, what, func(text string) separated.Words { return separated.Words{Decimal: text} })
		case "bool":
			words.Bool = d.word(f, what, func(text string) separated.Words { return separated.Words{Bool: text} })
		case "guard_formulas":
			words.Formulas = d.yes(f, what)
		}
	}
	c.Style, _ = words.Style() // each word is valid by itself
	if slices.Contains(keys, "file") && c.File.Value == "" {
		d.add(e.place(), "%s: it names no file", what)
	}
	return c
}

// word reads a word for the style of a CSV file.
func (d *document) word(f entry, what string, words func(text string) separated.Words) string {
	text, ok := d.scalar(f, what+": "+f.key)
	if !ok {
		return ""
	}
	if _, err := words(text).Style(); err != nil || text == "" {
		if err == nil {
			err = fmt.Errorf("%s: it is empty", f.key)
		}
		d.add(f.place(), "%s: %s", what, option.Text(err, Key))
		return ""
	}
	return text
}

// Key spells an option as a key of the config file.
func Key(o option.Option) string { return strings.ReplaceAll(string(o), "-", "_") }

// schemaCheck reads schema, whose value may be just the baseline.
func (d *document) schemaCheck(e entry, what, dir string) *SchemaCheck {
	c := &SchemaCheck{Pos: e.place()}
	baseline := func(f entry) {
		if name, ok := d.setting(f, what); ok {
			c.Baseline, c.File = Text{Value: name, Pos: f.place()}, rooted(dir, name)
		}
	}
	if _, fields := e.value.(ast.MapNode); !fields {
		baseline(e)
		return c
	}
	for _, f := range d.known(d.entries(e.value, what), what, schemaKeys) {
		switch f.key {
		case "baseline":
			baseline(f)
		case "tables":
			patterns, at := d.scalars(f, what+": tables")
			for i, p := range patterns {
				c.Tables = append(c.Tables, Text{Value: p, Pos: at[i]})
			}
		}
	}
	return c
}
