// Types and names: bound by DuckDB, on views that have the columns of the relations and
// no rows.

package federate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fanql/fanql/sources/duckdb/engine"
)

// internal is the schema of our own tables, beside those of the user's names.
const internal = `memory."fanql internal"`

// Bind finds the types of all columns and what is wrong with the statement. It is called
// when the inspections have been answered. The error is an [Invalid] one.
func (p *Plan) Bind() error {
	for _, r := range p.relations {
		p.meet(r)
		for _, c := range r.columns {
			if c.needed && c.clash != nil {
				return p.invalid(r.at, "table %s: %v", r, c.clash)
			}
		}
	}
	if err := p.db.Exec("create schema " + internal); err != nil {
		return err
	}
	views := map[string]*relation{}
	for _, r := range p.relations {
		name := strings.ToLower(r.qualified())
		if other := views[name]; other != nil {
			here, _ := engine.Location(r.at)
			if before, _ := engine.Location(other.at); here < before { // their order is that of no text
				r, other = other, r
			}
			return p.invalid(r.at, "%s and %s cannot be read in one statement: DuckDB takes them for the same table", other, r)
		}
		views[name] = r
		if err := p.makePlace(r); err != nil {
			return err
		}
		if err := p.makeView(r.qualified(), r, nil); err != nil {
			return err
		}
	}
	if err := p.columnsOfPresent(); err != nil {
		return err
	}
	columns, err := p.db.Columns(p.text)
	if err != nil {
		return p.unbound(err)
	}
	if p.asked != "" { // its headings are the user's
		if columns, err = p.db.Columns(p.asked); err != nil {
			return err
		}
	}
	p.types = columns
	for _, c := range columns {
		p.headings = append(p.headings, c.Name)
	}
	return nil
}

// makePlace makes the database and the schema that the relation's name is qualified by.
func (p *Plan) makePlace(r *relation) error {
	catalog, schema := r.place()
	if catalog != "memory" {
		switch strings.ToLower(catalog) {
		case "memory", "system", "temp", "main":
			return p.invalid(r.at, "a table cannot be qualified by the name %s, which means something else to DuckDB: give the source another, as in {name} NAME=URL", catalog)
		}
		if err := p.db.Exec("attach if not exists ':memory:' as " + engine.Quote(catalog)); err != nil {
			return err
		}
	}
	if schema == "main" {
		return nil
	}
	return p.db.Exec("create schema if not exists " + engine.Quote(catalog) + "." + engine.Quote(schema))
}

// place is where the relation's name leads in DuckDB.
func (r *relation) place() (catalog, schema string) {
	catalog, schema = "memory", "main"
	if r.scope != "" {
		catalog = r.scope
	}
	if r.own != "" {
		schema = r.own
	}
	return catalog, schema
}

// qualified is the name that the user's text has for the relation, in full.
func (r *relation) qualified() string {
	catalog, schema := r.place()
	return engine.Quote(catalog) + "." + engine.Quote(schema) + "." + engine.Quote(r.name)
}

// makeView makes a view of the table that holds a relation's rows or groups of them; of
// no rows, where t is nil.
func (p *Plan) makeView(name string, r *relation, t *table) error {
	shown := []string{"cast(null as varchar) as " + engine.Quote(p.o.SourceColumn)}
	if p.o.Portable {
		shown = nil
	}
	if t != nil {
		shown[0] = "s::varchar as " + engine.Quote(p.o.SourceColumn)
	}
	from := " where false"
	if t != nil {
		from = " from " + t.physical()
	}
	switch {
	case t != nil && t.partial:
		for i, c := range t.columns {
			shown = append(shown, fmt.Sprintf("cast(c%d as %s) as %s", i, c.sql, engine.Quote(c.name)))
		}
	default:
		for at, c := range r.columns {
			shown = append(shown, t.value(at, c)+" as "+engine.Quote(c.name))
		}
	}
	sql := "select " + strings.Join(shown, ", ") + from
	if t != nil {
		for _, more := range t.here {
			sql += " union all (" + more + ")"
		}
	}
	if t != nil {
		sql = t.ranked(sql)
	}
	return p.db.Exec("create or replace view " + name + " as " + sql)
}

// value is what a view shows of the relation's column.
func (t *table) value(at int, c column) string {
	if t == nil {
		return "cast(null as " + c.kind.sql() + ")"
	}
	for i, s := range t.columns {
		if s.at == at {
			return fmt.Sprintf("c%d", i)
		}
	}
	// Should anything read it after all, that is an error and not an answer.
	return "cast(error('the rows were fetched without this column') as " + c.kind.sql() + ")"
}

// unbound makes the error of binding one for the user.
func (p *Plan) unbound(err error) error {
	refused, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	return p.located(refused)
}
