// The statements for sources that execute a join.

package federate

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

// markerName is the name of the column with the source's name, in a table whose rows an
// outer join may replace by NULLs.
const markerName = "fanql source"

// inside makes a block read its join as one table, if every row of the join consists of
// rows of one source, and some source can join its own tables. It returns the new block, or
// nil.
func (p *Plan) inside(b *block) *block {
	j, err := p.joinOf(b)
	if j == nil && err == nil {
		return nil
	}
	var made *block
	if err == nil {
		made, err = j.stay(b)
	}
	if err != nil {
		if j != nil {
			j.takeBack()
		}
		p.reasons = append(p.reasons, fmt.Sprintf("the join of %s is made here: %s", tablesOf(b), reason(err)))
		return nil
	}
	return made
}

// tablesOf lists the tables of a block, for the reasons of a plan.
func tablesOf(b *block) string {
	text := ""
	for i, u := range b.uses {
		switch {
		case i == 0:
		case i == len(b.uses)-1:
			text += " and "
		default:
			text += ", "
		}
		text += u.reference.relation.String()
	}
	return text
}

func (j *joined) stay(b *block) (*block, error) {
	p := j.plan
	p.joins++
	j.alias = fmt.Sprintf("fanql join %d", p.joins)
	j.relation = &relation{name: fmt.Sprintf("j%d", p.joins), joined: j}
	if err := j.root.findTypes(j); err != nil {
		return nil, err
	}
	j.copyConditions(b)
	node, err := j.rewrite(b)
	if err != nil {
		return nil, err
	}
	j.makeMembers()
	if !slices.ContainsFunc(j.relation.members, func(m *member) bool { return m.cannot == nil }) {
		if len(j.relation.members) == 0 {
			return nil, errors.New("no source has the tables")
		}
		return nil, j.relation.members[0].cannot
	}
	if err := p.sameColumns(); err != nil {
		return nil, err
	}
	made := &block{node: b.node, alone: true, top: b.top, merged: map[string]bool{}, around: b.around, nameless: b.nameless}
	made.uses = []*use{{block: made, reference: reference{node, j.relation}, alias: j.alias, inner: true, plain: true}}
	p.divide(made)
	return made, nil
}

// copyConditions assigns copies of the conditions to the parts, as they are before the
// rewrite.
func (j *joined) copyConditions(b *block) {
	where, _ := clone(b.node["where_clause"]).(engine.Node)
	was := &block{node: engine.Node{"where_clause": where}, uses: b.uses, merged: b.merged, filters: b.filters}
	for _, u := range b.uses {
		u.block, u.conditions = was, nil
	}
	j.plan.divide(was)
	j.plan.divideFilters(was)
}

// sameColumns returns an error unless the rewritten statement has columns of the same types
// as before.
func (p *Plan) sameColumns() error {
	sql, err := p.db.Print(p.tree)
	if err != nil {
		return err
	}
	columns, err := p.db.Columns(sql)
	if err != nil || len(columns) != len(p.types) {
		return errNames
	}
	for i, c := range columns {
		c.Name = p.types[i].Name
		if c != p.types[i] {
			return errNames
		}
	}
	return nil
}

// findTypes determines the types in the conditions of the joins.
func (t *joint) findTypes(j *joined) error {
	if t.part != nil {
		return nil
	}
	if err := errors.Join(t.left.findTypes(j), t.right.findTypes(j)); err != nil {
		return err
	}
	from := clone(t.node).(engine.Node) // a cross join, since a semi join has no columns of its right side
	from["ref_type"], from["join_type"], from["condition"], from["using_columns"] = "CROSS", "INNER", nil, []any{}
	for _, c := range t.on {
		of, err := j.plan.findTypesIn(from, c)
		if err != nil {
			return err
		}
		of.hook = j.hook
		t.typed = append(t.typed, of)
		each(c, func(n engine.Node) bool {
			if isColumn(n) {
				if p, at := j.qualified(n); at == sourceColumn && p.nullable {
					p.marked = true
				}
			}
			return true
		})
	}
	return nil
}

// hook converts the columns in the conditions of joins. It is a hook of typed.
func (j *joined) hook(n engine.Node, member int, at dialect.Place) (dialect.Expr, bool, error) {
	if !isColumn(n) {
		return nil, false, nil
	}
	p, place := j.qualified(n)
	return j.value(partColumn{p, place}, j.relation.members[member], at), true, nil
}

// value returns a part's column for a member. It returns NULL if the member has no rows of
// the part.
func (j *joined) value(c partColumn, m *member, at dialect.Place) dialect.Expr {
	r := c.part.reference.relation
	name := &dialect.Constant{Type: dialect.Type{ID: dialect.Varchar}, Value: j.plan.name(m), At: at}
	own := c.part.at(m.source)
	switch {
	case c.at == sourceColumn && !m.has[c.part]:
		return &dialect.Constant{Type: name.Type, Null: true, At: at}
	case c.at == sourceColumn && c.part.nullable:
		return &dialect.Column{Table: c.part.table, Name: markerName, Type: name.Type, Strict: true, At: at}
	case c.at == sourceColumn:
		return name
	case !m.has[c.part]:
		return &dialect.Constant{Type: typeOf(r.columns[c.at].kind.sql()), Null: true, At: at}
	}
	e := j.plan.columnAt(r, c.at, own, at)
	if column, ok := e.(*dialect.Column); ok {
		column.Table = c.part.table
	}
	return e
}

// at returns the index of a source among the members of a part's relation, or -1.
func (p *part) at(source int) int {
	return slices.IndexFunc(p.reference.relation.members, func(m *member) bool { return m.source == source })
}

// makeMembers determines the members of the join: the sources that can have rows of the
// join, and what each reads for these rows.
func (j *joined) makeMembers() {
	sources := map[int]bool{}
	for _, p := range j.parts {
		for _, m := range p.reference.relation.members {
			sources[m.source] = true
		}
	}
	for _, source := range slices.Sorted(maps.Keys(sources)) {
		if !j.root.alive(source) {
			continue
		}
		m := &member{source: source, has: map[*part]bool{}}
		j.root.tell(m)
		j.relation.members = append(j.relation.members, m)
		m.joined, m.where, m.cannot = j.send(j.root, len(j.relation.members)-1)
		if m.cannot == nil {
			s := dialect.Select{List: []dialect.Item{one}}
			m.reads(&s)
			_, m.cannot = s.SQL(j.plan.product(source))
		}
	}
}

// alive reports whether a source can have rows of a joint.
func (t *joint) alive(source int) bool {
	switch t.kind {
	case "":
		return t.part.at(source) >= 0
	case "left", "anti":
		return t.left.alive(source)
	case "right":
		return t.right.alive(source)
	case "full":
		return t.left.alive(source) || t.right.alive(source)
	}
	return t.left.alive(source) && t.right.alive(source)
}

// tell records the parts of which a member has rows.
func (t *joint) tell(m *member) {
	switch {
	case !t.alive(m.source):
	case t.part != nil:
		m.has[t.part] = true
	default:
		t.left.tell(m)
		t.right.tell(m)
	}
}

// send returns the relation that a member reads for a joint, and conditions on its rows,
// which express semi and anti joins. If a member has no rows of one side, it reads only the
// other side.
func (j *joined) send(t *joint, member int) (dialect.Relation, []dialect.Expr, error) {
	m := j.relation.members[member]
	if t.part != nil {
		return j.table(t.part, m), nil, nil
	}
	left, right := t.left.alive(m.source), t.right.alive(m.source)
	switch {
	case !right:
		return j.send(t.left, member)
	case !left:
		return j.send(t.right, member)
	}
	a, where, err := j.send(t.left, member)
	if err != nil {
		return nil, nil, err
	}
	b, more, err := j.send(t.right, member)
	if err != nil {
		return nil, nil, err
	}
	var on []dialect.Expr
	for i, c := range t.on {
		e, err := t.typed[i].expr(c, member)
		if err != nil {
			return nil, nil, err
		}
		on = append(on, e)
	}
	switch {
	case t.kind == "semi" || t.kind == "anti":
		exists := &dialect.Exists{From: b, Where: allOf(append(on, more...)), Not: t.kind == "anti"}
		return a, append(where, exists), nil
	case len(where) > 0 && t.kind != "inner" && t.kind != "cross" && t.kind != "left", len(more) > 0 && t.kind != "inner" && t.kind != "cross" && t.kind != "right":
		return nil, nil, errors.New("a semi join stands below an outer join")
	case t.kind == "full" && j.plan.product(m.source) == dialect.PostgreSQL && slices.ContainsFunc(on, notEqual):
		return nil, nil, errors.New("PostgreSQL has no FULL JOIN by other conditions than =")
	case t.kind == "inner" && len(on) == 0:
		return dialect.Join{Kind: "cross", Left: a, Right: b}, append(where, more...), nil
	}
	join := dialect.Join{Kind: t.kind, Left: a, Right: b, At: placeOf(t.node)}
	if t.kind != "cross" {
		join.On = allOf(on)
	}
	return join, append(where, more...), nil
}

// notEqual reports whether a condition is anything but an equality.
func notEqual(e dialect.Expr) bool {
	c, ok := e.(*dialect.Call)
	return !ok || c.Name != "="
}

// allOf returns the condition that all of these conditions hold. It is true if there are
// none.
func allOf(all []dialect.Expr) dialect.Expr {
	switch len(all) {
	case 0:
		return &dialect.Constant{Type: dialect.Type{ID: dialect.Boolean}, Value: "true"}
	case 1:
		return all[0]
	}
	return &dialect.Call{Name: "and", Args: all, Type: dialect.Type{ID: dialect.Boolean}}
}

// table returns the relation that a member reads for a part. A marked part gets the
// source's name as an additional column.
func (j *joined) table(p *part, m *member) dialect.Relation {
	r := p.reference.relation
	at := p.at(m.source)
	if !p.marked {
		return r.members[at].from(p.table)
	}
	s := dialect.Select{From: r.members[at].from(tableAlias), List: []dialect.Item{{
		Expr: &dialect.Constant{Type: dialect.Type{ID: dialect.Varchar}, Value: j.plan.name(m)}, As: markerName,
	}}}
	for i, c := range r.columns {
		if column, ok := j.plan.columnAt(r, i, at, 0).(*dialect.Column); ok && c.needed {
			s.List = append(s.List, dialect.Item{Expr: column, As: column.Name})
		}
	}
	return dialect.Sub{Select: s, As: p.table}
}
