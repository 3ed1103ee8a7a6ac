// Comparisons with the single value of a correlated subquery, such as more than the average
// of the same region. If both tables are of one source, that source evaluates the
// comparison.

package federate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

// A scalar is such a comparison. The source computes the subquery once for all rows around
// it, as groups, since most servers would otherwise compute it for each of these rows:
//
//	exists (select 1 from (select key, max(x) as value from inner group by key) as s
//		where s.key = outer.key and outer.y > s.value)
type scalar struct {
	plan      *Plan
	condition engine.Node
	subquery  engine.Node
	outer     *use
	inner     *use
	block     *block       // the SELECT of the subquery
	matches   []outerMatch // the outer matches, except the one that the sources are the same
	alias     string       // the alias of the groups
	keys      []*typed
	where     []*typed // the conditions on the inner table alone
	value     *typed
	compared  *typed // all conditions between the groups and the rows around
	in        []bool // by member of the inner table: whether its conditions choose it
}

// Names of the columns of the groups.
const (
	valueName = "fanql value"
	keyPrefix = "fanql key "
)

// isMade reports whether a column is one that the planner adds to a source's statement.
func isMade(name string) bool {
	return name == markerName || name == valueName || strings.HasPrefix(name, keyPrefix)
}

// scalars lets the sources evaluate those comparisons that all of them can evaluate. It
// returns the blocks without those of the subqueries, and marks the tables of these as used.
func (p *Plan) scalars(blocks []*block, used map[uintptr]bool) []*block {
	of, gone := map[uintptr]*block{}, map[*block]bool{}
	for _, b := range blocks {
		of[identity(b.node)] = b
	}
	for _, b := range blocks {
		if gone[b] || !b.alone || len(b.uses) != 1 || !b.uses[0].plain {
			continue
		}
		u := b.uses[0]
		var rest []engine.Node
		all := conjuncts(child(b.node, "where_clause"))
		for _, c := range all {
			s := p.scalarOf(b, c, of)
			if s == nil {
				rest = append(rest, c)
				continue
			}
			if err := s.check(); err != nil {
				p.reasons = append(p.reasons, fmt.Sprintf("the condition %s is looked at here: %s", p.shown(c), reason(err)))
				delete(p.typings, identity(c))
				rest = append(rest, c)
				continue
			}
			u.conditions, u.required = append(u.conditions, c), append(u.required, c)
			gone[s.block], used[identity(s.inner.reference.node)] = true, true
		}
		if len(rest) == len(all) {
			continue
		}
		b.node["where_clause"] = allNodes(rest)
		u.exact = !slices.ContainsFunc(rest, func(c engine.Node) bool { return p.about(b, c) != u })
	}
	return slices.DeleteFunc(blocks, func(b *block) bool { return gone[b] })
}

// scalarOf returns a condition of a block's WHERE as a scalar, or nil if it is none of
// these comparisons.
func (p *Plan) scalarOf(b *block, c engine.Node, of map[uintptr]*block) *scalar {
	s := &scalar{plan: p, condition: c, outer: b.uses[0]}
	if !strict[text(c, "type")] || !s.isStrict(child(c, "left")) || !s.isStrict(child(c, "right")) || s.subquery == nil {
		return nil
	}
	s.block = of[identity(child(child(s.subquery, "subquery"), "node"))]
	if s.block == nil || s.block.around == nil || identity(s.block.around.node) != identity(b.node) || !s.isPlain() {
		return nil
	}
	if all, ok := p.outerMatches(s.block); !ok || !s.link(b, all) {
		return nil
	}
	return s
}

// strict lists the comparisons that are not true if one side is NULL.
var strict = map[string]bool{
	"COMPARE_EQUAL": true, "COMPARE_NOTEQUAL": true, "COMPARE_LESSTHAN": true, "COMPARE_LESSTHANOREQUALTO": true,
	"COMPARE_GREATERTHAN": true, "COMPARE_GREATERTHANOREQUALTO": true,
}

// isStrict reports whether a side of the comparison is NULL if any part of it is NULL. It
// finds the subquery, and returns false for a second one.
func (s *scalar) isStrict(e engine.Node) bool {
	good := true
	each(e, func(n engine.Node) bool {
		switch text(n, "class") {
		case "SUBQUERY":
			good = good && s.subquery == nil && text(n, "subquery_type") == "SCALAR"
			s.subquery = n
			return false
		case "COLUMN_REF":
			u, _ := s.plan.resolve(s.outer.block, n)
			good = good && u == s.outer
		case "FUNCTION":
			good = good && strings.Contains("+-*/", text(n, "function_name"))
		case "", "CONSTANT", "CAST":
		default:
			good = false
		}
		return good
	})
	return good
}

// isPlain reports whether the subquery returns one row with aggregates of one table.
func (s *scalar) isPlain() bool {
	n := s.block.node
	items := children(n, "select_list")
	if !s.block.alone || len(items) != 1 || len(children(n, "modifiers")) > 0 || len(children(child(n, "cte_map"), "map")) > 0 ||
		len(children(n, "group_expressions")) > 0 || len(list(n, "group_sets")) > 0 || n["having"] != nil || n["qualify"] != nil || n["sample"] != nil ||
		has(n, func(n engine.Node) bool {
			return text(n, "class") == "SUBQUERY" || volatile[strings.ToLower(text(n, "function_name"))]
		}) {
		return false
	}
	s.inner = s.block.uses[0]
	if !s.inner.plain || s.inner.reference.relation.joined != nil {
		return false
	}
	good, aggregates := true, false
	each(items[0], func(n engine.Node) bool {
		switch class := text(n, "class"); {
		case isAggregation(n):
			aggregates = true
			good = good && (!has(n, isColumn) || s.plan.about(s.block, n) == s.inner)
			return false
		case class == "COLUMN_REF" || class == "STAR" || class == "WINDOW" || class == "LAMBDA":
			good = false
		}
		return good
	})
	return good && aggregates
}

// link reports whether the subquery only reads rows of the same source as the row around
// it. It keeps the other conditions between the subquery and that row.
func (s *scalar) link(b *block, all []outerMatch) bool {
	linked := s.ofOneSource()
	for _, m := range all {
		other := child(m.condition, map[string]string{"left": "right", "right": "left"}[m.own])
		if s.plan.about(b, other) != s.outer {
			return false
		}
		_, own := s.plan.resolve(s.block, m.sent)
		_, at := s.plan.resolve(b, other)
		if isColumn(m.sent) && isColumn(other) && own == sourceColumn && at == sourceColumn {
			linked = true
			continue
		}
		s.matches = append(s.matches, m)
	}
	return linked
}

// ofOneSource reports whether both tables are of one source alone.
func (s *scalar) ofOneSource() bool {
	outer, inner := s.outer.reference.relation.members, s.inner.reference.relation.members
	return len(outer) == 1 && len(inner) == 1 && outer[0].source == inner[0].source
}

// errNothing is the reason why fanql evaluates a comparison: it may be true where the
// subquery has no rows.
var errNothing = errors.New("it may hold where the subquery has no rows")

// check converts the comparison to a condition on the outer table. It returns an error if a
// source cannot evaluate it.
func (s *scalar) check() error {
	p, r := s.plan, s.outer.reference.relation
	p.scalar++
	s.alias = fmt.Sprintf("s%d", p.scalar)
	if err := s.findTypes(); err != nil {
		return err
	}
	if err := s.wantsRows(); err != nil {
		return err
	}
	s.in = p.chosen(s.inner)
	in := p.chosen(s.outer)
	if s.inner.unsure || s.outer.unsure {
		return errUnsplit
	}
	p.typings[identity(s.condition)] = typing{of: &typed{plan: p, use: s.outer, node: s.condition, hook: s.exists}}
	for i, m := range r.members {
		switch {
		case !in[i]:
			continue
		case m.cannot != nil:
			return m.cannot
		case r.joined != nil && !r.joined.isJoined(s.outer, i):
			return errPairs
		}
		e, err := p.condition(s.outer, s.condition, i, p.product(m.source))
		if err != nil {
			return err
		}
		whole := dialect.Select{List: []dialect.Item{one}, Where: e}
		m.reads(&whole)
		whole.Checked = p.checked(whole)
		if _, err := whole.SQL(p.product(m.source)); err != nil {
			return err
		}
	}
	return nil
}

// wantsRows returns an error if the comparison may be true for a row around for which the
// subquery reads no rows. A count is 0 then.
func (s *scalar) wantsRows() error {
	item := children(s.block.node, "select_list")[0]
	sql, err := s.plan.selecting([]engine.Node{item}, s.inner.reference.node)
	if err != nil {
		return err
	}
	none, err := s.plan.rows("select typeof(c0), c0::varchar, c0 is null from (" + sql + ")") // the planner's tables are empty, so this is the value without rows
	switch {
	case err != nil:
		return err
	case len(none) != 1:
		return errNothing
	case none[0][2] == "true":
		return nil
	}
	value, err := s.plan.expression(fmt.Sprintf("cast(%s as %s)", engine.Literal(none[0][1]), none[0][0]))
	if err != nil {
		return err
	}
	c := replaced(s.condition, s.subquery, value)
	if has(c, isColumn) {
		return errNothing
	}
	holds, err := s.plan.constant(c)
	if err == nil && holds.Value == "true" {
		err = errNothing
	}
	return err
}

// replaced returns a copy of a node in which the node by replaces the node was.
func replaced(n, was, by engine.Node) engine.Node {
	if identity(n) == identity(was) {
		return by
	}
	made := make(engine.Node, len(n))
	for key, v := range n {
		switch v := v.(type) {
		case engine.Node:
			made[key] = replaced(v, was, by)
		case []any:
			list := make([]any, len(v))
			for i, c := range v {
				if list[i] = c; nodesOf(c) != nil {
					list[i] = replaced(c.(engine.Node), was, by)
				}
			}
			made[key] = list
		default:
			made[key] = v
		}
	}
	return made
}
