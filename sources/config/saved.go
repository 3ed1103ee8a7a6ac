// Saved queries as fanql.yaml has them.

package config

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
)

var (
	queryKeys = []string{"sql", "file", "variants", "params"}
	paramKeys = []string{"type", "default"}
)

func (d *document) queries(n ast.Node, dir string) (list []Query) {
	for _, e := range d.named(d.entries(n, "queries"), "query") {
		if q, ok := d.query(e, dir); ok {
			list = append(list, q)
		}
	}
	return list
}

// query reads a saved query; ok is false where its text is wrong.
func (d *document) query(e entry, dir string) (q Query, ok bool) {
	what := "query " + e.key
	q = Query{Name: e.key, Pos: e.at, values: map[string]Pos{}}
	if _, fields := e.value.(ast.MapNode); !fields {
		q.values["sql"] = e.place()
		q.SQL, ok = d.sql(e, what)
		return q, ok
	}
	var sql, file bool
	ok = true
	for _, f := range d.known(d.entries(e.value, what), what, queryKeys) {
		q.values[f.key] = f.place()
		good := true
		switch f.key {
		case "sql", "file", "variants":
			sql, file = sql || f.key == "sql", file || f.key == "file"
			good = d.asks(f, what, dir, &q)
		case "params":
			q.Params = d.params(f.value, what, q.values)
		}
		ok = ok && good
	}
	if sql && file {
		d.add(e.at, "%s: it has both sql and file", what)
		ok = false
	}
	if !sql && !file && len(q.Variants) == 0 && ok {
		d.add(e.at, "%s: it has no sql", what)
		ok = false
	}
	return q, ok
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

// variants notes in values where the names and the texts stand.
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

// params notes in values where the declarations stand, and what they say.
func (d *document) params(n ast.Node, what string, values map[string]Pos) map[string]Param {
	list := map[string]Param{}
	for _, e := range d.named(d.entries(n, what+": params"), what+": param") {
		values["params "+e.key] = e.at
		list[e.key] = d.param(e, what+": param "+e.key, values)
	}
	return list
}

// param reads a parameter's declaration: its type, or type and default.
func (d *document) param(e entry, what string, values map[string]Pos) Param {
	p := Param{Pos: e.at}
	if e.value == nil {
		return p
	}
	if _, ok := e.value.(ast.MapNode); !ok {
		values["params "+e.key+" type"] = e.place()
		p.Type, _ = d.scalar(e, what)
		return p
	}
	for _, f := range d.known(d.entries(e.value, what), what, paramKeys) {
		values["params "+e.key+" "+f.key] = f.place()
		switch {
		case f.key == "type":
			p.Type, _ = d.scalar(f, what+": type")
		case f.value == nil:
			p.Null = true
		default:
			if text, ok := d.scalar(f, what+": default"); ok {
				p.Default = &text
			}
		}
	}
	return p
}

// asks reads what a query, saved or of a check, asks: its sql, file or variants.
func (d *document) asks(f entry, what, dir string, q *Query) (ok bool) {
	switch f.key {
	case "sql":
		q.SQL, ok = d.sql(f, what)
	case "file":
		var path string
		if path, ok = d.scalar(f, what+": file"); ok {
			q.File = rooted(dir, path)
		}
	case "variants":
		q.Variants, ok = d.variants(f.value, what, q.values)
	}
	return ok
}
