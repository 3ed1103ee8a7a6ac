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
		list = append(list, d.query(e, dir))
	}
	return list
}

func (d *document) query(e entry, dir string) Query {
	what := "query " + e.key
	q := Query{Name: e.key, Pos: e.at}
	if _, ok := e.value.(ast.MapNode); !ok {
		q.SQL, _ = d.sql(e, what)
		return q
	}
	var sql, file bool
	for _, f := range d.known(d.entries(e.value, what), what, queryKeys) {
		switch f.key {
		case "sql":
			sql = true
			q.SQL, _ = d.sql(f, what)
		case "file":
			file = true
			if path, ok := d.scalar(f, what+": file"); ok {
				q.File = rooted(dir, path)
			}
		case "variants":
			q.Variants = d.variants(f.value, what)
		case "params":
			q.Params = d.params(f.value, what)
		}
	}
	if sql && file {
		d.add(e.at, "%s: it has both sql and file", what)
	}
	if !sql && !file && len(q.Variants) == 0 {
		d.add(e.at, "%s: it has no sql", what)
	}
	return q
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

func (d *document) variants(n ast.Node, what string) map[string]string {
	list := map[string]string{}
	for _, e := range d.named(d.entries(n, what+": variants"), what+": variant") {
		if text, ok := d.sql(e, what+": variant "+e.key); ok {
			list[e.key] = text
		}
	}
	return list
}

func (d *document) params(n ast.Node, what string) map[string]Param {
	list := map[string]Param{}
	for _, e := range d.named(d.entries(n, what+": params"), what+": param") {
		list[e.key] = d.param(e, what+": param "+e.key)
	}
	return list
}

// param reads a parameter's declaration: its type, or type and default.
func (d *document) param(e entry, what string) Param {
	p := Param{Pos: e.at}
	if e.value == nil {
		return p
	}
	if _, ok := e.value.(ast.MapNode); !ok {
		p.Type, _ = d.scalar(e, what)
		return p
	}
	for _, f := range d.known(d.entries(e.value, what), what, paramKeys) {
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
