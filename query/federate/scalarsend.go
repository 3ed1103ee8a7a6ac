// The statements for sources that evaluate comparisons with the single value of a subquery.

package federate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

// findTypes determines the types in the keys and the value of the groups, and in the
// conditions over the groups.
func (s *scalar) findTypes() error {
	p := s.plan
	own := func(t *typed, err error) (*typed, error) {
		if err != nil {
			return nil, err
		}
		copied := *t // the block may still be planned in another way
		copied.hook = s.ofInner
		return &copied, nil
	}
	for _, c := range s.inner.conditions {
		if p.onlySource(s.inner, c) {
			continue
		}
		t, err := own(p.typed(s.inner, c))
		if err != nil {
			return err
		}
		s.where = append(s.where, t)
	}
	columns, whole := []string{}, []engine.Node{}
	for i, m := range s.matches {
		t, err := own(p.typed(s.inner, m.sent))
		if err != nil {
			return err
		}
		s.keys = append(s.keys, t)
		name := keyPrefix + itoa(i)
		columns = append(columns, fmt.Sprintf("cast(null as %s) as %s", sqlOf(t.typeOf(m.sent)), engine.Quote(name)))
		c := clone(m.condition).(engine.Node)
		c[m.own] = columnNode(s.alias, name)
		whole = append(whole, c)
	}
	item := children(s.block.node, "select_list")[0]
	if err := s.valueTypes(item); err != nil {
		return err
	}
	columns = append(columns, fmt.Sprintf("cast(null as %s) as %s", sqlOf(s.value.typeOf(item)), engine.Quote(valueName)))
	whole = append(whole, replaced(s.condition, s.subquery, columnNode(s.alias, valueName)))
	tree, err := p.db.Parse(fmt.Sprintf("select 1 from a cross join (select %s) as %s", strings.Join(columns, ", "), engine.Quote(s.alias)))
	if err != nil {
		return err
	}
	from := child(child(tree.Statements[0], "node"), "from_table")
	from["left"] = s.outer.reference.node
	if s.compared, err = p.findTypesIn(from, allNodes(whole).(engine.Node)); err != nil {
		return err
	}
	s.compared.use, s.compared.hook = s.outer, s.ofGroups
	return nil
}

// valueTypes determines the types in the value. Aggregates and what is around them are typed
// over the groups, and the arguments of aggregates over the rows.
func (s *scalar) valueTypes(item engine.Node) error {
	t := &typed{plan: s.plan, use: s.inner, node: item, types: map[uintptr]dialect.Type{}, constants: map[uintptr]*dialect.Constant{}}
	t.hook, t.keep = s.ofInner, func(n engine.Node) bool { return has(n, isAggregation) }
	if err := t.fold(item); err != nil {
		return err
	}
	var ofRows, ofGroups []engine.Node
	each(item, func(n engine.Node) bool {
		switch {
		case t.constants[identity(n)] != nil:
			return false
		case text(n, "class") == "":
		case has(n, isAggregation):
			ofGroups = append(ofGroups, n)
		default:
			ofRows = append(ofRows, n)
		}
		return true
	})
	s.value = t
	return errors.Join(t.describe(ofRows, s.inner.reference.node), t.describe(ofGroups, s.inner.reference.node))
}

// ofInner converts the columns and the aggregates of the inner table.
func (s *scalar) ofInner(n engine.Node, member int, at dialect.Place) (dialect.Expr, bool, error) {
	if isColumn(n) {
		_, place := s.plan.resolve(s.block, n)
		e := s.plan.columnAt(s.inner.reference.relation, place, member, at)
		if c, ok := e.(*dialect.Column); ok {
			c.Table = s.alias + " rows"
		}
		return e, true, nil
	}
	if !isAggregation(n) {
		return nil, false, nil
	}
	a, err := s.value.aggregate(n, member, at)
	if err != nil {
		return nil, true, err
	}
	if a.Name == "sum" || a.Name == "avg" {
		of := a.Arg.Of()
		product := s.plan.product(s.inner.reference.relation.members[member].source)
		switch {
		case !slices.Contains(exact, of.ID):
			return nil, true, fmt.Errorf("%s of %s depends on the order of the rows", a.Name, of)
		case product == dialect.SQLite && of.ID == dialect.Decimal:
			return nil, true, errors.New("decimals are floats there")
		}
	}
	return a, true, nil
}

// ofGroups converts the columns of the groups.
func (s *scalar) ofGroups(n engine.Node, _ int, at dialect.Place) (dialect.Expr, bool, error) {
	if all := names(n); !isColumn(n) || len(all) != 2 || all[0] != s.alias {
		return nil, false, nil
	}
	return &dialect.Column{Table: s.alias, Name: names(n)[1], Type: s.compared.types[identity(n)], Strict: true, At: at}, true, nil
}

// exists converts the whole condition for a member of the outer table. The condition is
// false if the member's source has no rows for the subquery.
func (s *scalar) exists(n engine.Node, around int, _ dialect.Place) (dialect.Expr, bool, error) {
	if identity(n) != identity(s.condition) {
		return nil, false, nil
	}
	source := s.outer.reference.relation.members[around].source
	r := s.inner.reference.relation
	at := slices.IndexFunc(r.members, func(m *member) bool { return m.source == source })
	if at < 0 || !s.in[at] {
		return &dialect.Constant{Type: dialect.Type{ID: dialect.Boolean}, Value: "false"}, true, nil
	}
	groups := dialect.Select{Values: true, From: r.members[at].from(s.alias + " rows")}
	var where []dialect.Expr
	for _, t := range s.where {
		e, err := t.expr(t.node, at)
		if err != nil {
			return nil, true, err
		}
		where = append(where, e)
	}
	if len(where) > 0 {
		groups.Where = allOf(where)
	}
	for i, t := range s.keys {
		e, err := t.expr(t.node, at)
		if err != nil {
			return nil, true, err
		}
		if _, constant := e.(*dialect.Constant); !constant {
			groups.Group = append(groups.Group, e)
		}
		groups.List = append(groups.List, dialect.Item{Expr: e, As: keyPrefix + itoa(i)})
	}
	value, err := s.value.expr(s.value.node, at)
	if err != nil {
		return nil, true, err
	}
	groups.List = append(groups.List, dialect.Item{Expr: value, As: valueName})
	compared, err := s.compared.expr(s.compared.node, around)
	return &dialect.Exists{From: dialect.Sub{Select: groups, As: s.alias}, Where: compared}, true, err
}
