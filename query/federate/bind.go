// Names and types. DuckDB binds the statement to views that have the columns of the
// relations, and no rows.

package federate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fanql/fanql/sources/duckdb/engine"
)

// internal is the schema of the planner's own tables, separate from the user's names.
const internal = `memory."fanql internal"`

// Bind determines the types of all columns, and finds the errors in the statement. It is
// called after [Plan.Inspected] has taken the results of all inspections. Its error for a
// wrong statement is an *[Invalid].
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
			if before, _ := engine.Location(other.at); here < before { // report the later one in the text
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
	if err := p.compared(); err != nil {
		return err
	}
	if p.asked != "" { // the user's text names the columns of the result
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

// makePlace creates in DuckDB the database and the schema that qualify the relation's name.
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

// place returns the database and the schema that qualify the relation's name in DuckDB.
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

// qualified returns the full name under which the user's text finds the relation.
func (r *relation) qualified() string {
	catalog, schema := r.place()
	return engine.Quote(catalog) + "." + engine.Quote(schema) + "." + engine.Quote(r.name)
}

// makeView creates a view of the table that holds a relation's rows, or groups of them.
// If t is nil, the view has no rows.
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

// value returns the expression with which a view shows a column of the relation.
func (t *table) value(at int, c column) string {
	if t == nil {
		return "cast(null as " + c.kind.sql() + ")"
	}
	for i, s := range t.columns {
		if s.at == at {
			return fmt.Sprintf("c%d", i)
		}
	}
	// If the statement reads the column after all, this is an error and not a wrong
	// result.
	return "cast(error('the rows were fetched without this column') as " + c.kind.sql() + ")"
}

// unbound converts an error of DuckDB's binder to one for the user.
func (p *Plan) unbound(err error) error {
	refused, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	return p.located(refused)
}
