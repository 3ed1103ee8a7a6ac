// Several named queries instead of one, in a saved query or a check.

package config

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// A QueryTable is one of several queries that run at once. It is a table for the SQL that
// reduces their rows.
type QueryTable struct {
	Name string
	// Query is its text; it has no parameters, reduce or tables of its own.
	Query   Query
	Sources []string // selectors; none means all sources of the whole query
}

var tableQueryKeys = []string{"sql", "file", "variants", "sources"}

// queryTables reads the value of queries of a saved query or a check. What is its name in
// messages. Ok is false if there are errors.
func (d *document) queryTables(n ast.Node, what, dir string) (list []QueryTable, ok bool) {
	named := map[string]bool{}
	ok = true
	for _, e := range d.named(d.entries(n, what+": queries"), what+": query") {
		own := what + ": query " + e.key
		switch low := strings.ToLower(e.key); {
		case !isTableName(e.key):
			d.add(e.at, "%s: query %s: a name has letters, digits and _, and begins with a letter or _", what, shownName(e.key))
			ok = false
			continue
		case named[low]:
			d.add(e.at, "%s: another one has the name, and case does not matter", own)
			ok = false
			continue
		default:
			named[low] = true
		}
		t, good := d.queryTable(e, own, dir)
		list, ok = append(list, t), ok && good
	}
	return list, ok
}

// queryTable reads one entry of queries: its SQL, or a mapping.
func (d *document) queryTable(e entry, what, dir string) (t QueryTable, ok bool) {
	t = QueryTable{Name: e.key, Query: Query{Name: e.key, Pos: e.at, values: map[string]Pos{}}}
	if _, fields := e.value.(ast.MapNode); !fields {
		t.Query.values["sql"] = e.place()
		t.Query.SQL, ok = d.sql(e, what)
		return t, ok
	}
	wrong := len(d.list)
	for _, f := range d.known(d.entries(e.value, what), what, tableQueryKeys) {
		t.Query.values[f.key] = f.place()
		if f.key == "sources" {
			t.Sources, _ = d.scalars(f, what+": sources")
			continue
		}
		d.readStatement(f, what, dir, &t.Query)
	}
	if len(d.list) > wrong {
		return t, false
	}
	switch q := t.Query; {
	case q.SQL != "" && q.File != "":
		d.add(e.at, "%s: it has both sql and file: leave one of them out", what)
	case q.SQL == "" && q.File == "" && len(q.Variants) == 0:
		d.add(e.at, "%s: it has no sql", what)
	}
	return t, len(d.list) == wrong
}

// oneOrSeveral records an error for a query that has both a text of its own and several
// named ones.
func (d *document) oneOrSeveral(q Query, what string) {
	if _, several := q.values["queries"]; !several {
		return
	}
	for _, key := range []string{"sql", "file", "variants", "portable", "query"} {
		if at, ok := q.values[key]; ok {
			d.add(at, "%s: %s does not go with queries: give either one query or several named ones", what, key)
		}
	}
}
