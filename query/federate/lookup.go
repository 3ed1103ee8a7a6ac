// The look-up: the queries for the sources' catalogs, and the use of their results.

package federate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/driver"
)

// LookUp returns the query for the statement's tables in a source's catalog. ok is false if
// the statement names no table of the source. See [Plan.Definitions] for logical tables.
func (p *Plan) LookUp(source int) (q driver.Request, ok bool, err error) {
	var tables []catalog.Pattern
	for _, r := range p.relations {
		if r.texts == nil && slices.Contains(r.sources, source) {
			tables = append(tables, catalog.Exactly(r.own, r.name))
			if r.also() {
				tables = append(tables, catalog.Exactly(r.schema, r.name))
			}
		}
	}
	if len(tables) == 0 {
		return q, false, nil
	}
	q, err = catalog.Request(p.o.Sources[source].Dialect, catalog.Scope{Tables: tables, Columns: true})
	return q, true, err
}

// also reports whether the qualifier of the table, which is taken as the name of a source,
// could be a schema, too.
func (r *relation) also() bool { return r.catalog == "" && r.schema != "" && r.scope != "" }

// noteSchema warns which table is read, if the source also has such a table in a schema
// with the qualifier's name.
func (p *Plan) noteSchema(r *relation, source int, taken catalog.Table, tables []catalog.Table) {
	if !r.also() {
		return
	}
	for _, t := range tables {
		if strings.EqualFold(t.Schema, r.schema) && strings.EqualFold(t.Name, r.name) && (t.Schema != taken.Schema || t.Name != taken.Name) {
			p.o.Note(source, fmt.Sprintf("%s is its table %s.%s, since %s is the name of sources here; that in its schema %s is %s.%s.%s",
				r, taken.Schema, taken.Name, r.schema, r.schema, p.o.Sources[source].Name, r.schema, r.name))
			return
		}
	}
}

// Elsewhere returns the query for those tables in a source's catalog that the statement
// qualifies by another source. ok is false if there are none.
func (p *Plan) Elsewhere(source int) (q driver.Request, ok bool, err error) {
	var tables []catalog.Pattern
	for _, r := range p.relations {
		if r.texts == nil && !slices.Contains(r.sources, source) {
			tables = append(tables, catalog.Exactly(r.own, r.name))
		}
	}
	if len(tables) == 0 {
		return q, false, nil
	}
	q, err = catalog.Request(p.o.Sources[source].Dialect, catalog.Scope{Tables: tables, Columns: true})
	return q, true, err
}

// Names returns the query for the names of all tables of a source.
func (p *Plan) Names(source int) (driver.Request, error) {
	return catalog.Request(p.o.Sources[source].Dialect, catalog.Scope{})
}

// find returns the table that a relation means. An exact match of the name takes
// precedence over one without regard to case.
func find(tables []catalog.Table, r *relation) (catalog.Table, bool) {
	same := []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold}
	for _, schema := range same {
		for _, name := range same {
			for _, t := range tables {
				if name(t.Name, r.name) && (r.own == "" && t.Visible || r.own != "" && schema(t.Schema, r.own)) {
					return t, true
				}
			}
		}
	}
	return catalog.Table{}, false
}

// Found takes the tables of a source's catalog, which are the results of [Plan.LookUp]. It
// is called in source order, after [Plan.Described] has taken the columns of the source's
// logical tables.
func (p *Plan) Found(source int, tables []catalog.Table) {
	p.found[source] = true
	var missing, undefined []string
	for _, r := range p.relations {
		if !slices.Contains(r.sources, source) {
			continue
		}
		if r.texts != nil {
			if m := p.defined(r, source); m != nil {
				r.members = append(r.members, m)
			} else {
				undefined = append(undefined, r.String())
			}
			continue
		}
		t, ok := find(tables, r)
		if !ok {
			missing = append(missing, r.String())
			continue
		}
		p.noteSchema(r, source, t, tables)
		m := &member{source: source, schema: t.Schema, name: t.Name}
		for _, c := range t.Columns {
			kind, known := ownType(p.o.Sources[source], c.Type)
			m.columns = append(m.columns, ownColumn{
				name: c.Name, declared: c.Type, collation: c.Collation, charset: c.Charset, nondeterministic: c.Nondeterministic, kind: kind, known: known,
				strict: c.Strict || p.o.Sources[source].Dialect.Name != "sqlite", stored: t.Kind == catalog.Plain && c.Extra == "",
			})
		}
		r.members = append(r.members, m)
	}
	var lacks []string
	if len(missing) > 0 {
		lacks = append(lacks, "has no table "+strings.Join(missing, ", "))
	}
	if len(undefined) > 0 {
		lacks = append(lacks, "has no text for the logical table "+strings.Join(undefined, ", "))
	}
	switch what := strings.Join(lacks, ", and "); {
	case what == "" || p.refused[source]:
	case p.o.Strict:
		p.refuse(source, errStrict(what))
	default:
		p.o.Note(source, what)
	}
}
