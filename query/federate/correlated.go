// Correlated subqueries: fanql evaluates a condition between a subquery's table and the
// rows around the subquery. For that, the sources also group by the condition's columns, or
// send the rows that have keys of the rows around.

package federate

import (
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/duckdb/engine"
)

// An outerMatch is a condition in a subquery's WHERE: an expression of its table equals an
// expression of the rows around the subquery.
type outerMatch struct {
	condition engine.Node
	own       string      // "left" or "right": the side with the table's expression
	sent      engine.Node // a copy of this side
}

// outerMatches returns the conditions of a block with one table that also depend on rows
// around it. ok is false if any other condition does not depend on this table alone.
func (p *Plan) outerMatches(b *block) (all []outerMatch, ok bool) {
	for _, c := range conjuncts(child(b.node, "where_clause")) {
		if p.about(b, c) == b.uses[0] {
			continue
		}
		m, ok := p.outerMatch(b, c)
		if !ok {
			return nil, false
		}
		all = append(all, m)
	}
	return all, true
}

func (p *Plan) outerMatch(b *block, c engine.Node) (outerMatch, bool) {
	if text(c, "type") != "COMPARE_EQUAL" {
		return outerMatch{}, false
	}
	for own, other := range map[string]string{"left": "right", "right": "left"} {
		if e := child(c, own); p.about(b, e) == b.uses[0] && p.isAround(b, child(c, other)) {
			return outerMatch{c, own, clone(e).(engine.Node)}, true
		}
	}
	return outerMatch{}, false
}

// isAround reports whether an expression in a block depends on columns, and only on columns
// of the rows around the block.
func (p *Plan) isAround(b *block, e engine.Node) bool {
	if b.top || b.closed || !has(e, isColumn) {
		return false
	}
	return !has(e, func(n engine.Node) bool {
		switch text(n, "class") {
		case "SUBQUERY", "STAR", "WINDOW", "LAMBDA", "POSITIONAL_REFERENCE":
			return true
		case "FUNCTION":
			name := strings.ToLower(text(n, "function_name"))
			return volatile[name] || isAggregate(name)
		}
		return isColumn(n) && p.mayMean(b, n)
	})
}

// mayMean reports whether a name may mean a column of the block's tables, a field of such a
// column, or an alias of the block's list.
func (p *Plan) mayMean(b *block, n engine.Node) bool {
	parts := names(n)
	if len(parts) == 1 && b.merged[strings.ToLower(parts[0])] {
		return true
	}
	for _, u := range b.uses {
		r := u.reference.relation
		if _, is := p.columnOf(r, parts[0]); is {
			return true
		}
		if len(parts) > 1 && slices.ContainsFunc([]string{u.alias, r.name, r.schema, r.catalog}, func(name string) bool { return strings.EqualFold(name, parts[0]) }) {
			return true
		}
	}
	return len(parts) == 1 && slices.ContainsFunc(children(b.node, "select_list"), func(item engine.Node) bool {
		return strings.EqualFold(text(item, "alias"), parts[0])
	})
}

// outerLinks lets the table of a subquery wait for the rows around the subquery, if few of
// these are needed. Only the table's rows that have the same value as one of these matter.
func (p *Plan) outerLinks(blocks []*block) {
	for _, b := range blocks {
		for _, c := range conjuncts(child(b.node, "where_clause")) {
			if text(c, "type") != "COMPARE_EQUAL" {
				continue
			}
			for own, other := range map[string]string{"left": "right", "right": "left"} {
				if l, ok := p.outerLink(b, child(c, own), child(c, other)); ok {
					l.order(p)
				}
			}
		}
	}
}

func (p *Plan) outerLink(b *block, own, other engine.Node) (l *link, ok bool) {
	if !isColumn(own) || !isColumn(other) || !p.isAround(b, other) {
		return nil, false
	}
	l = &link{}
	l.many, l.manyAt = p.resolve(b, own)
	if l.many == nil || !l.many.inner || l.manyAt == sourceColumn {
		return nil, false
	}
	for a := b.around; a != nil; a = a.around {
		if l.few, l.fewAt = p.resolve(a, other); l.few != nil {
			break
		}
		if a.closed || p.mayMean(a, other) {
			return nil, false
		}
	}
	return l, l.few != nil && l.fewAt != sourceColumn && p.keyable(l.few, l.fewAt, l.many, l.manyAt)
}

// nest sets around and nameless of the blocks that are subqueries in an expression.
func nest(blocks []*block) {
	of := map[uintptr]*block{}
	for _, b := range blocks {
		of[identity(b.node)] = b
	}
	for _, b := range blocks {
		for key, part := range b.node {
			if key == "from_table" || key == "cte_map" {
				continue
			}
			each(part, func(n engine.Node) bool {
				below := of[identity(n)]
				if below != nil {
					below.around = b
				}
				return below == nil
			})
		}
		each(b.node, func(n engine.Node) bool {
			if text(n, "class") == "SUBQUERY" {
				if below := of[identity(child(child(n, "subquery"), "node"))]; below != nil {
					below.nameless = true
				}
			}
			return true
		})
	}
}

// outerWhere handles the conditions that depend on rows around the block. It sends the
// table's side of each as a group, and returns the condition over these groups.
func (g *grouping) outerWhere() (any, error) {
	var all []engine.Node
	for _, m := range g.outer {
		at, err := g.send(sent{node: m.sent})
		if err != nil {
			return nil, err
		}
		c := clone(m.condition).(engine.Node)
		c[m.own] = g.column(at)
		all = append(all, c)
	}
	return allNodes(all), nil
}
