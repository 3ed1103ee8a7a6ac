// The look-up: what each source's catalogue is asked, and what its answer says.

package federate

import (
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/driver"
)

// LookUp gives what a source is asked about its own tables; ok is false where the
// statement names none. See [Plan.Definitions] for the others.
func (p *Plan) LookUp(source int) (q driver.Request, ok bool, err error) {
	var tables []catalog.Pattern
	for _, r := range p.relations {
		if r.texts == nil && slices.Contains(r.sources, source) {
			tables = append(tables, catalog.Exactly(r.own, r.name))
		}
	}
	if len(tables) == 0 {
		return q, false, nil
	}
	q, err = catalog.Request(p.o.Sources[source].Dialect, catalog.Scope{Tables: tables, Columns: true})
	return q, true, err
}

// Names gives what a source is asked for the names of all its tables.
func (p *Plan) Names(source int) (driver.Request, error) {
	return catalog.Request(p.o.Sources[source].Dialect, catalog.Scope{})
}

// find gives the table that a relation means: by its exact name before without regard
// to case.
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

// Found takes what a source's catalogue answered, when [Plan.Described] has taken what it
// said of logical tables. It is called in source order.
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
		m := &member{source: source, schema: t.Schema, name: t.Name}
		for _, c := range t.Columns {
			kind, known := ownType(p.o.Sources[source], c.Type)
			m.columns = append(m.columns, ownColumn{
				name: c.Name, declared: c.Type, collation: c.Collation, charset: c.Charset, nondeterministic: c.Nondeterministic, kind: kind, known: known,
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
