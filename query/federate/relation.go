// The columns of a relation: those of its members, matched by name, with merged types.

package federate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/row"
)

// A member is the table of a relation in one source.
type member struct {
	source       int
	schema, name string // as the source spells them
	text         string // the text of a logical table, instead of a name
	columns      []ownColumn

	// For a join: the relation that the source reads, the conditions on its rows, the parts
	// of which the source has rows, and why it cannot execute the join.
	joined dialect.Relation
	where  []dialect.Expr
	has    map[*part]bool
	cannot error
}

// An ownColumn is a column of a member.
type ownColumn struct {
	name                         string
	declared, collation, charset string // as the source spells them
	kind                         kind
	known                        bool // the declaration says enough for kind
	nondeterministic             bool // its collation may take different texts for equal
	uncollated                   bool // the collation has to be inspected
	strict                       bool // every cell has the declared type
	stored                       bool // the column is stored in a table, and not computed
}

// from returns the member's table, with an alias, for the FROM of a fragment.
func (m *member) from(alias string) dialect.Relation {
	if m.text != "" {
		return dialect.Text{SQL: m.text, As: alias}
	}
	return dialect.Table{Schema: m.schema, Name: m.name, As: alias}
}

// reads sets the FROM of a statement to the member's table or join, and adds the join's
// conditions.
func (m *member) reads(s *dialect.Select) {
	if m.joined == nil {
		s.From = m.from(tableAlias)
		return
	}
	s.From = m.joined
	if all := slices.Clone(m.where); s.Where != nil {
		s.Where = allOf(append(all, s.Where))
	} else if len(all) > 0 {
		s.Where = allOf(all)
	}
}

// A column is a column of a relation.
type column struct {
	name   string // the name in the statement, distinct regardless of case
	kind   kind
	needed bool
	clash  error // why the types of the sources cannot be merged
	own    []int // by member: the index of its column, or -1
}

// sourceColumn is the index of the column of source names, which comes before a
// relation's columns.
const sourceColumn = -1

// match determines the columns of the relation from the names of its members' columns.
// Their types are not known yet.
func (p *Plan) match(r *relation) {
	merged := columns.New(p.columns())
	schemas := map[int]*row.Schema{}
	r.members = slices.DeleteFunc(r.members, func(m *member) bool {
		if p.refused[m.source] {
			return true
		}
		s := &row.Schema{}
		for _, c := range m.columns {
			s.Columns = append(s.Columns, row.Column{Name: c.name})
		}
		schemas[m.source] = s
		err := merged.Admit(m.source, s)
		if err != nil {
			p.refuse(m.source, fmt.Errorf("table %s: %w", r, err))
		}
		return err != nil
	})
	r.columns = nil
	taken := map[string]bool{}
	for _, c := range merged.Schema().Columns {
		taken[strings.ToLower(c.Name)] = true
	}
	used := map[string]bool{strings.ToLower(p.o.SourceColumn): true}
	for at := 1; at < merged.Schema().Width(); at++ {
		c := column{name: merged.Schema().Columns[at].Name}
		for n := 2; used[strings.ToLower(c.name)]; n++ {
			if name := fmt.Sprintf("%s_%d", merged.Schema().Columns[at].Name, n); !taken[strings.ToLower(name)] {
				c.name = name
			}
		}
		used[strings.ToLower(c.name)], taken[strings.ToLower(c.name)] = true, true
		c.needed = p.needs.Has(c.name)
		for _, m := range r.members {
			from := merged.Projection(m.source, schemas[m.source]).From(at)
			c.own = append(c.own, max(from, -1))
		}
		r.columns = append(r.columns, c)
	}
	p.noteLacking(r)
}

// columns returns the options for combining columns of the plan's sources.
func (p *Plan) columns() columns.Options {
	names := make([]string, len(p.o.Sources))
	for i, s := range p.o.Sources {
		names[i] = s.Name
	}
	return columns.Options{
		Sources: names, SourceColumn: p.o.SourceColumn, Strict: p.o.Strict, Note: p.o.Note,
		Cast: func(source int, column string, to row.Kind) string {
			return p.o.Sources[source].Dialect.Cast(column, to.String())
		},
	}
}

// noteLacking warns of needed columns that a member lacks.
func (p *Plan) noteLacking(r *relation) {
	for i, m := range r.members {
		var lacks []string
		for _, c := range r.columns {
			if c.needed && c.own[i] < 0 {
				lacks = append(lacks, fmt.Sprintf("%q", c.name))
			}
		}
		if len(lacks) > 0 {
			p.o.Note(m.source, fmt.Sprintf("table %s has no column %s: NULL in its rows", r, strings.Join(lacks, ", ")))
		}
	}
}

// meet determines the types of the relation's columns. If no type can hold all values of a
// column, it sets clash to the reason. That matters only if the statement needs the column.
func (p *Plan) meet(r *relation) {
	for at := range r.columns {
		c := &r.columns[at]
		first := -1
		c.kind, c.clash = kind{}, nil
		for i, m := range r.members {
			if c.own[i] < 0 {
				continue
			}
			k := m.columns[c.own[i]].kind
			if first < 0 {
				first, c.kind = i, k
				continue
			}
			met, warning, ok := meetKinds(c.kind, k)
			if !ok {
				c.clash = p.columns().Incompatible(c.name, k.Kind, m.source, c.kind.Kind, r.members[first].source)
				break
			}
			if warning != "" && c.needed {
				p.o.Note(m.source, fmt.Sprintf("column %q %s", c.name, warning))
			}
			c.kind = met
		}
	}
}

func (p *Plan) name(m *member) string { return p.o.Sources[m.source].Name }

// meetKinds returns the kind that can hold the values of both kinds, and a warning if they
// meet only loosely. ok is false if there is no such kind.
func meetKinds(a, b kind) (k kind, warning string, ok bool) {
	if a == b {
		return a, "", true
	}
	switch {
	case a.Kind == row.Time && b.Kind == row.Time:
		return kind{}, "", false // one of them has a zone
	case a.Kind == row.Bool && isInteger(b.Kind):
		return b, "is boolean in one source and " + b.Kind.String() + " in another: booleans are taken as 0 and 1", true
	case b.Kind == row.Bool && isInteger(a.Kind):
		return meetKinds(b, a)
	}
	m := columns.Meet(row.Column{Type: a.Kind}, row.Column{Type: b.Kind})
	k = kind{Kind: m.Kind, zoned: a.zoned || b.zoned}
	if m.Kind == row.Decimal {
		k.scale = max(a.scale, b.scale)
	}
	return k, m.Warning, m.Compatible
}

func isInteger(k row.Kind) bool { return k == row.Int || k == row.Uint }
