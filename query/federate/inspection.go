// Inspections: a column whose declaration does not say enough is inspected once, as a
// whole. So its type does not depend on the rows that a statement selects.

package federate

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// unknown returns the indexes of a member's own columns that are needed and have to be
// inspected.
func (p *Plan) unknown(r *relation, at int) (own []int) {
	for _, c := range r.columns {
		if from := c.own[at]; c.needed && from >= 0 && (!r.members[at].columns[from].known || r.members[at].columns[from].uncollated && !p.o.Gather) {
			own = append(own, from)
		}
	}
	return own
}

// Match determines the columns that the statement needs. It is called after the look-up in
// all sources. It returns an error for tables that no source has.
func (p *Plan) Match() error {
	for _, r := range p.relations {
		p.match(r)
	}
	return p.unfound()
}

// An Inspection is a query about a table's columns.
type Inspection struct {
	SQL     string // in the source's dialect
	Logical string // the name of the logical table that it is about, or empty
}

// Inspections returns queries about columns whose declarations do not say enough. For most
// sources there are none. Each query returns a single row, which [Plan.Inspected] takes.
func (p *Plan) Inspections(source int) (all []Inspection) {
	for _, r := range p.relations {
		for i, m := range r.members {
			if m.source != source {
				continue
			}
			var asked []string
			rows := ""
			for _, from := range p.unknown(r, i) {
				text, ofRows := p.inspectionOf(m, from)
				if asked = append(asked, text); ofRows {
					rows = " from " + p.quoteTable(m)
				}
			}
			if len(asked) > 0 {
				all = append(all, Inspection{"select " + strings.Join(asked, ", ") + rows, r.logical()})
			}
		}
	}
	return all
}

// inspectionOf returns the expression that inspects one column. It is for the collation,
// the digits of PostgreSQL's numeric, the base type of a domain, or the classes of the
// values in SQLite. rows means that it has to read the table.
func (p *Plan) inspectionOf(m *member, at int) (text string, rows bool) {
	name := p.quote(m.source, m.columns[at].name)
	switch {
	case m.columns[at].uncollated:
		return fmt.Sprintf(collationOf, name, p.quoteTable(m), at), false
	case p.o.Sources[m.source].Dialect.Name != "postgres":
		return fmt.Sprintf("group_concat(distinct typeof(%s)) as c%d", name, at), true
	case m.columns[at].kind.Kind == row.Decimal:
		return fmt.Sprintf("max(length(rtrim(split_part((%s)::text, '.', 2), '0'))) as c%d", name, at), true // servers before PostgreSQL 13 lack trim_scale
	}
	return fmt.Sprintf("(select pg_catalog.format_type(typbasetype, typtypmod) from pg_catalog.pg_type where typbasetype <> 0 and oid = '%s'::pg_catalog.regtype) as c%d",
		strings.ReplaceAll(m.columns[at].declared, "'", "''"), at), false
}

// collationOf queries the collation of a column of a subquery. A row of NULLs has the
// collation, too, so the table is not read. The query uses to_jsonb, since servers before
// PostgreSQL 12 have no column collisdeterministic.
const collationOf = `(select n.name || case when exists (
  select 1 from pg_catalog.pg_collation c join pg_catalog.pg_namespace s on s.oid = c.collnamespace
  where n.name collate "C" in (pg_catalog.quote_ident(c.collname), pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(c.collname))
    and pg_catalog.to_jsonb(c) ->> 'collisdeterministic' = 'false') then ' (nondeterministic)' else '' end
from (select pg_catalog.pg_collation_for(t.%s) as name from (select 1) as one left join (select * from %s limit 0) as t on true) as n) as c%d`

// Inspected takes the results of a source's inspections, in their order: a list of texts
// for each, where NULL is empty.
func (p *Plan) Inspected(source int, answers [][]string) error {
	for _, r := range p.relations {
		for i, m := range r.members {
			own := p.unknown(r, i)
			if m.source != source || len(own) == 0 {
				continue
			}
			if len(answers) == 0 || len(answers[0]) != len(own) {
				return fmt.Errorf("the columns of %s were asked about, and the answer has another form", r)
			}
			for n, from := range own {
				c := &m.columns[from]
				if c.uncollated {
					c.collated(answers[0][n])
					continue
				}
				if c.kind.Kind == row.Text { // a domain, or a type that a user has defined
					if over, known := ownType(p.o.Sources[source], answers[0][n]); known {
						c.kind, c.declared = over, answers[0][n]
					}
					continue
				}
				c.kind = inspectedKind(c.kind, answers[0][n])
			}
			answers = answers[1:]
		}
	}
	return nil
}

// collated takes the result of collationOf, which is empty if the column has no collation.
func (c *ownColumn) collated(answer string) {
	name, nondeterministic := strings.CutSuffix(answer, " (nondeterministic)")
	c.uncollated, c.collation, c.nondeterministic = false, strings.Trim(name, `"`), nondeterministic || name == ""
}

// inspectedKind returns the type of a column. Seen is what the inspection has found: the
// largest scale, or the classes of the values in SQLite.
func inspectedKind(k kind, seen string) kind {
	if k.Kind == row.Decimal {
		if n, err := strconv.Atoi(seen); err == nil {
			k.scale = min(n, 38)
			return k
		}
		if !strings.ContainsAny(seen, "abcdefghijklmnopqrstuvwxyz") {
			return k // there are no values
		}
	}
	has := func(class string) bool { return strings.Contains(seen, class) }
	switch {
	case has("text"):
		return of(row.Text)
	case has("blob"):
		return of(row.Bytes)
	case has("real"):
		return of(row.Float)
	case has("integer"):
		return of(row.Int)
	}
	return of(row.Null)
}
