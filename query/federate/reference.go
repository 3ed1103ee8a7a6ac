// References: the tables that the text names, and the sources that have them.

package federate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/row"
)

// A reference is a place in the text that names a table.
type reference struct {
	node     engine.Node // the BASE_TABLE
	relation *relation
}

// A relation is a table of the logical database: the union of tables of some sources.
type relation struct {
	catalog, schema, name string // as in the text
	at                    engine.Node
	// scope is the source, the entry or the tag that qualifies the table. It is empty for
	// all sources.
	scope string
	// own is the schema in the sources. Empty is the default schema of each source.
	own string
	// texts are the texts of a logical table, one for each source; nil for other tables.
	texts     []driver.Request
	described map[int][]row.Column // the columns of the texts, as the sources report them
	sources   []int                // the sources that may have the table
	members   []*member
	columns   []column
	joined    *joined // the join whose rows the relation has; nil for a table
}

// String returns the relation's name as in the text.
func (r *relation) String() string {
	if r.joined != nil {
		return r.joined.String()
	}
	parts := []string{r.name}
	for _, part := range []string{r.schema, r.catalog} {
		if part != "" {
			parts = slices.Insert(parts, 0, part)
		}
	}
	return strings.Join(parts, ".")
}

// key returns a text that identifies a relation as DuckDB does, regardless of case.
func (r *relation) key() string {
	return strings.ToLower(r.catalog + "\x00" + r.schema + "\x00" + r.name)
}

// readReferences finds the tables that the text names.
func (p *Plan) readReferences() error {
	w := walker{plan: p, known: map[string]*relation{}}
	w.walk(p.tree.Statements[0], nil)
	return w.err
}

// A walker finds tables. Names from a WITH are not tables.
type walker struct {
	plan  *Plan
	known map[string]*relation
	err   error
}

// walk visits a node and those below it. with are the names of WITH in scope, in lower
// case.
func (w *walker) walk(node any, with []string) {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			w.walk(child, with)
		}
	case engine.Node:
		with = w.common(node, with)
		if node["type"] == "BASE_TABLE" {
			w.table(node, with)
		}
		for key, child := range node {
			if key != "cte_map" {
				w.walk(child, with)
			}
		}
	}
}

// common visits the queries of a node's WITH, each of which sees those before it. It
// returns the names that are in scope for the rest of the node.
func (w *walker) common(node engine.Node, with []string) []string {
	ctes, _ := node["cte_map"].(engine.Node)
	list, _ := ctes["map"].([]any)
	for _, entry := range list {
		entry, _ := entry.(engine.Node)
		name, _ := entry["key"].(string)
		name = strings.ToLower(name)
		body := with
		if recursive(entry) {
			body = append(slices.Clip(with), name)
		}
		w.walk(entry["value"], body)
		with = append(slices.Clip(with), name)
	}
	return with
}

// recursive reports whether a query of WITH refers to itself.
func recursive(entry engine.Node) (is bool) {
	(&engine.Tree{Statements: []engine.Node{entry}}).Walk(func(n engine.Node) {
		is = is || n["type"] == "RECURSIVE_CTE_NODE"
	})
	return is
}

func (w *walker) table(node engine.Node, with []string) {
	text := func(key string) string { s, _ := node[key].(string); return s }
	r := &relation{catalog: text("catalog_name"), schema: text("schema_name"), name: text("table_name"), at: node}
	if r.catalog == "" && r.schema == "" && slices.Contains(with, strings.ToLower(r.name)) || w.err != nil {
		return
	}
	known, ok := w.known[r.key()]
	if !ok {
		if w.err = w.plan.scope(r); w.err != nil {
			return
		}
		known = r
		w.known[r.key()] = r
		w.plan.relations = append(w.plan.relations, r)
	}
	w.plan.names = append(w.plan.names, reference{node, known})
}

// catalogues are system schemas, whose content differs from source to source.
var catalogues = []string{"information_schema", "pg_catalog", "sys", "performance_schema", "mysql"}

// scope finds the sources that the qualifier of a relation means, and its schema.
func (p *Plan) scope(r *relation) error {
	first := r.catalog
	switch {
	case r.catalog != "":
		r.own = r.schema
	case r.schema != "":
		first = r.schema
	}
	if first != "" {
		r.sources = p.called(first)
	}
	switch {
	case p.o.Portable && r.catalog != "":
		return p.invalid(r.at, "%s: a table is called by its schema and its name", r)
	case p.o.Portable: // a portable text does not name sources
		r.own, r.sources, r.scope = r.schema, p.all(), ""
	case first == "":
		r.sources = p.all()
	case len(r.sources) > 0:
		r.scope = first
	case r.catalog != "" && len(p.o.Sources) > 0:
		return p.notAsked(r, first)
	case slices.ContainsFunc(p.o.Known, func(name string) bool { return strings.EqualFold(name, first) }):
		return p.notAsked(r, first)
	default:
		r.own, r.sources = r.schema, p.all()
	}
	if slices.Contains(catalogues, strings.ToLower(r.own)) {
		return p.invalid(r.at, "%s is a catalogue, of which every source has its own: ask one with fanql query", r)
	}
	return p.define(r)
}

func (p *Plan) all() (all []int) {
	for i := range p.o.Sources {
		all = append(all, i)
	}
	return all
}

// notAsked returns the error for a table of a source that is not queried.
func (p *Plan) notAsked(r *relation, scope string) error {
	var names []string
	for _, s := range p.o.Sources {
		names = append(names, s.Name)
	}
	if slices.ContainsFunc(p.o.Known, func(name string) bool { return strings.EqualFold(name, scope) }) {
		return p.invalid(r.at, "%s: source %s is not among those asked: add {source} %s", r, scope, scope)
	}
	hint := "asked are " + strings.Join(names, ", ")
	if near, ok := nearest.Name(scope, names); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return p.invalid(r.at, "%s: there is no source %q: %s", r, scope, hint)
}

// called returns the sources that a name means. It looks for a source, then for an entry of
// the config, and then for a tag. It matches each exactly first, and then regardless of
// case.
func (p *Plan) called(name string) (sources []int) {
	same := []func(string) bool{
		func(s string) bool { return s == name },
		func(s string) bool { return strings.EqualFold(s, name) },
	}
	names := []func(Source) []string{
		func(s Source) []string { return []string{s.Name} },
		func(s Source) []string { return []string{s.Entry} },
		func(s Source) []string { return s.Tags },
	}
	for _, of := range names {
		for _, is := range same {
			for i, s := range p.o.Sources {
				if slices.ContainsFunc(of(s), is) {
					sources = append(sources, i)
				}
			}
			if len(sources) > 0 {
				return sources
			}
		}
	}
	return nil
}
