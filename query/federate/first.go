// The first rows of an order, and distinct rows: no source sends more than the block can
// need.

package federate

import (
	"strings"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

// modifier returns a block's modifier of a kind, or nil.
func (b *block) modifier(kind string) engine.Node {
	for _, m := range children(b.node, "modifiers") {
		if text(m, "type") == kind {
			return m
		}
	}
	return nil
}

// rowByRow reports whether a block returns exactly one row for each row that meets its
// conditions.
func (p *Plan) rowByRow(b *block) bool {
	if len(children(b.node, "group_expressions")) > 0 || len(list(b.node, "group_sets")) > 0 || b.node["having"] != nil || b.node["qualify"] != nil ||
		b.node["sample"] != nil || text(b.node, "aggregate_handling") == "FORCE_AGGREGATES" {
		return false
	}
	multiplies := func(n engine.Node) bool {
		if text(n, "class") == "WINDOW" {
			return true
		}
		name := strings.ToLower(text(n, "function_name"))
		return name == "unnest" || name == "generate_subscripts" || isAggregate(name)
	}
	return !p.hasOwn(b.node["select_list"], multiplies) && !p.hasOwn(b.node["modifiers"], multiplies)
}

// hasOwn reports whether is returns true for a node in a part of a block. Of the nodes in
// subqueries, it checks only those that may belong to the block nevertheless, such as an
// aggregate of columns that no table of the subquery has.
func (p *Plan) hasOwn(part any, is func(engine.Node) bool) (found bool) {
	each(part, func(n engine.Node) bool {
		if text(n, "class") == "SUBQUERY" {
			found = found || p.hasOutward(n, is)
			return false
		}
		found = found || is(n)
		return !found
	})
	return found
}

// hasOutward reports whether is returns true for a part of a subquery whose columns may all be
// those of the block around it. If the subquery reads anything other than tables, its columns
// are not known, so any part with columns counts.
func (p *Plan) hasOutward(subquery engine.Node, is func(engine.Node) bool) bool {
	known := map[uintptr]reference{}
	for _, r := range p.names {
		known[identity(r.node)] = r
	}
	inner := &block{merged: map[string]bool{}}
	each(subquery, func(n engine.Node) bool {
		if text(n, "type") == "SELECT_NODE" {
			inner.from(child(n, "from_table"), known, true)
		}
		return true
	})
	return has(subquery, func(n engine.Node) bool {
		if !is(n) || !has(n, isColumn) {
			return false
		}
		return inner.closed || !has(n, func(n engine.Node) bool { return isColumn(n) && p.mayMean(inner, n) })
	})
}

// first adds ORDER BY and LIMIT to a source's statement, if the block needs only the first
// rows of an order, or any few rows.
func (p *Plan) first(u *use, member int, product dialect.Product, exact bool, s *dialect.Select) {
	b := u.block
	limit := b.modifier("LIMIT_MODIFIER")
	if !exact || limit == nil || b.modifier("DISTINCT_MODIFIER") != nil || !p.rowByRow(b) {
		return
	}
	most, ok := integer(child(limit, "limit"))
	if !ok || most < 0 {
		return
	}
	if offset := child(limit, "offset"); offset != nil {
		n, ok := integer(offset)
		if !ok || n < 0 || n > 1<<40 {
			return
		}
		most += n
	}
	var order []dialect.Order
	if by := b.modifier("ORDER_MODIFIER"); by != nil {
		for _, term := range children(by, "orders") {
			o, ok := p.orderTerm(u, term, member, product)
			if !ok {
				return
			}
			order = append(order, o)
		}
	}
	s.Order, s.Limit = order, &most
}

func (p *Plan) orderTerm(u *use, term engine.Node, member int, product dialect.Product) (o dialect.Order, ok bool) {
	e := u.block.meant(child(term, "expression"))
	if e == nil || p.about(u.block, e) != u {
		return o, false
	}
	made, err := p.sendable(u, e, member, product)
	if err != nil {
		return o, false
	}
	return dialect.Order{Expr: made, Desc: text(term, "type") == "DESCENDING", NullsFirst: text(term, "null_order") == "NULLS FIRST"}, true
}

// meant returns the expression that a term of ORDER BY or GROUP BY stands for. A position
// or an alias stands for an item of the list. It returns nil for a position that is not
// certain to be one item.
func (b *block) meant(e engine.Node) engine.Node {
	selected := children(b.node, "select_list")
	if n, ok := integer(e); ok {
		if n < 1 || int(n) > len(selected) || has(b.node["select_list"], func(n engine.Node) bool { return text(n, "class") == "STAR" }) {
			return nil
		}
		return selected[n-1]
	}
	if parts := names(e); isColumn(e) && len(parts) == 1 {
		for _, s := range selected {
			if strings.EqualFold(text(s, "alias"), parts[0]) {
				return s
			}
		}
	}
	return e
}

// distinctRows adds DISTINCT to a source's statement, over the needed columns, if the
// block removes duplicates.
func (p *Plan) distinctRows(u *use, member int, product dialect.Product, s *dialect.Select) {
	d := u.block.modifier("DISTINCT_MODIFIER")
	if d == nil || len(list(d, "distinct_on_targets")) > 0 || s.Limit != nil || !p.rowByRow(u.block) {
		return
	}
	r := u.reference.relation
	for at, c := range r.columns {
		if !c.needed {
			continue
		}
		if _, err := dialect.Print(product, p.columnAt(r, at, member, 0)); err != nil {
			return
		}
	}
	s.Distinct = true
}
