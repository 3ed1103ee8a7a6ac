// Saved queries as fanql.yaml has them.

package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/nearest"
)

var (
	queryKeys = []string{"sql", "file", "variants", "params", "portable", "queries", "reduce", "describe", "sources", "order_by", "format"}
	paramKeys = []string{"type", "default", "value"}
)

func (d *document) queries(n ast.Node, dir string) (list []Query) {
	for _, e := range d.named(d.entries(n, "queries"), "query") {
		if q, ok := d.query(e, dir); ok {
			list = append(list, q)
		}
	}
	return list
}

// query reads a saved query. ok is false if its text is invalid.
func (d *document) query(e entry, dir string) (q Query, ok bool) {
	what := "query " + e.key
	q = Query{Name: e.key, Pos: e.at, values: map[string]Pos{}}
	if _, fields := e.value.(ast.MapNode); !fields {
		q.values["sql"] = e.place()
		q.SQL, ok = d.sql(e, what)
		return q, ok
	}
	var sql, file, several bool
	ok = true
	for _, f := range d.known(d.entries(e.value, what), what, queryKeys) {
		q.values[f.key] = f.place()
		good := true
		switch f.key {
		case "sql", "file", "variants", "queries", "reduce":
			several = several || f.key == "queries"
			sql, file = sql || f.key == "sql", file || f.key == "file"
			good = d.readStatement(f, what, dir, &q)
		case "params":
			q.Params = d.params(f.value, what, q.values)
		case "portable":
			q.Portable = d.yes(f, what)
		case "describe":
			q.Describe, good = d.scalar(f, what+": describe")
		case "sources":
			q.Sources, _ = d.scalars(f, what+": sources")
		case "order_by":
			q.OrderBy, good = d.scalar(f, what+": order_by")
		case "format":
			q.Format, good = d.scalar(f, what+": format")
		}
		ok = ok && good
	}
	if sql && file {
		d.add(e.at, "%s: it has both sql and file: leave one of them out", what)
		ok = false
	}
	if q.Portable && len(q.Variants) > 0 {
		d.add(q.Where("variants"), "%s: a portable query is one text for all dialects: it has no variants", what)
		ok = false
	}
	wrong := len(d.list)
	d.oneOrSeveral(q, what)
	ok = ok && len(d.list) == wrong
	if !sql && !file && !several && len(q.Variants) == 0 && ok {
		d.add(e.at, "%s: it has no sql", what)
		ok = false
	}
	return q, ok
}

// yes reads true or false.
func (d *document) yes(e entry, what string) bool {
	text, ok := d.scalar(e, what+": "+e.key)
	if ok && text != "true" && text != "false" {
		d.add(e.place(), "%s: %s: %s is neither true nor false", what, e.key, shown(text))
	}
	return text == "true"
}

// sql reads the text of a query, which must not be empty.
func (d *document) sql(e entry, what string) (string, bool) {
	text, ok := d.scalar(e, what)
	if ok && strings.TrimSpace(text) == "" {
		d.add(e.place(), "%s: its sql is empty", what)
		return "", false
	}
	return text, ok
}

// variants reads the variants, and records in values the places of the names and the
// texts.
func (d *document) variants(n ast.Node, what string, values map[string]Pos) (list map[string]string, ok bool) {
	list, ok = map[string]string{}, true
	for _, e := range d.named(d.entries(n, what+": variants"), what+": variant") {
		text, good := d.sql(e, what+": variant "+e.key)
		if good {
			list[e.key] = text
			values["variants "+e.key], values["variants "+e.key+" sql"] = e.at, e.place()
		}
		ok = ok && good
	}
	return list, ok
}

// params reads the declarations, and records in values the places of the declarations
// and their values.
func (d *document) params(n ast.Node, what string, values map[string]Pos) map[string]Param {
	list := map[string]Param{}
	for _, e := range d.named(d.entries(n, what+": params"), what+": param") {
		values["params "+e.key] = e.at
		list[e.key] = d.param(e, what+": param "+e.key, values)
	}
	return list
}

// param reads the declaration of a parameter, of a query or of a check: a type, a value, or
// a mapping with type and default, which may also be called value. The value is used if
// none is given.
func (d *document) param(e entry, what string, values map[string]Pos) Param {
	p := Param{Pos: e.at}
	if e.value == nil {
		return p
	}
	key := "params " + e.key
	if _, ok := e.value.(*ast.SequenceNode); ok {
		d.add(e.place(), "%s: a list needs the type of its values: {type: \"int[]\", value: [1, 2]}", what)
		return p
	}
	if _, ok := e.value.(ast.MapNode); !ok {
		text, ok := d.scalar(e, what)
		word := strings.TrimSuffix(text, "[]")
		near, slip := nearest.Name(word, typeWords)
		switch {
		case !ok:
		case slices.Contains(typeWords, word):
			values[key+" type"] = e.place()
			p.Type = text
		case slip:
			d.add(e.place(), "%s: unknown type %s: did you mean %q? (a value that looks like a type is written as value: in a mapping)", what, shown(text), near)
		default:
			values[key+" default"] = e.place()
			d.paramValue(&p, e, what)
		}
		return p
	}
	var listed *entry
	for _, f := range d.known(d.entries(e.value, what), what, paramKeys) {
		as := f.key
		if as == "value" {
			as = "default"
		}
		if _, twice := values[key+" "+as]; twice {
			d.add(f.at, "%s: it has both default and value, which are the same", what)
			continue
		}
		values[key+" "+as] = f.place()
		switch {
		case as == "type":
			p.Type, _ = d.scalar(f, what+": type")
		case f.value == nil:
			p.Null = true
		case isList(f):
			listed = &f
		default:
			d.paramValue(&p, f, what+": "+f.key)
		}
	}
	switch many := strings.HasSuffix(p.Type, "[]"); {
	case listed != nil && !many:
		d.add(listed.place(), "%s: %s: a list needs a type for lists, such as type: \"int[]\"", what, listed.key)
	case listed != nil:
		d.paramList(&p, *listed, what+": "+listed.key)
	case many && p.Default != nil && strings.HasPrefix(*p.Default, "@"):
		file := "@" + rooted(d.dir, (*p.Default)[1:])
		p.Default = &file
	}
	return p
}

func isList(e entry) bool {
	_, ok := e.value.(*ast.SequenceNode)
	return ok
}

// paramList reads the values of a list into the form of -p: a CSV record, all in quotes
// so that no value looks like @FILE.
func (d *document) paramList(p *Param, e entry, what string) {
	texts, _ := d.scalars(e, what)
	for i, text := range texts {
		value, err := expanded(text, d.dir, d.getenv)
		if p.Missing = err; err != nil {
			return
		}
		p.Referred = p.Referred || value != text
		text = value
		texts[i] = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	record := strings.Join(texts, ",")
	p.Default = &record
}

// paramValue reads the value of a parameter. A reference that cannot be resolved is an
// error only if the value is needed.
func (d *document) paramValue(p *Param, e entry, what string) {
	text, ok := d.scalar(e, what)
	if !ok {
		return
	}
	value, err := expanded(text, d.dir, d.getenv)
	if p.Missing = err; err == nil {
		p.Default, p.Referred = &value, value != text
	}
}

// typeWords are the types that a declaration may consist of.
var typeWords = []string{
	driver.Text.String(), driver.Int.String(), driver.Decimal.String(), driver.Bool.String(), driver.Date.String(), driver.Timestamp.String(),
}

// readStatement reads the statement of a query, saved or of a check: its sql, file or
// variants, or its queries, and its reduce.
func (d *document) readStatement(f entry, what, dir string, q *Query) (ok bool) {
	switch f.key {
	case "sql":
		q.SQL, ok = d.sql(f, what)
	case "file":
		var path string
		if path, ok = d.setting(f, what+": file"); ok {
			q.File = rooted(dir, path)
		}
	case "variants":
		q.Variants, ok = d.variants(f.value, what, q.values)
	case "queries":
		wrong := len(d.list)
		q.Tables, ok = d.queryTables(f.value, what, dir)
		if len(d.list) == wrong && len(q.Tables) == 0 {
			d.add(f.place(), "%s: queries: there are none", what)
		}
		ok = ok && len(d.list) == wrong
	case "reduce":
		q.Reduce, ok = d.scalar(f, what+": reduce")
	}
	return ok
}
