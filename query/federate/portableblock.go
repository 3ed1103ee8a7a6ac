// One SELECT of a portable text: resolution of its names, and the types of its expressions.

package federate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

// A wholeBlock is a SELECT that is printed as a whole.
type wholeBlock struct {
	w *wholly
	n engine.Node
	f *from
	t *typed
	// filtering means that WHERE is being converted, where columns are those of rows and
	// not of groups.
	filtering bool

	items         []engine.Node // the list, with stars expanded
	names         []string
	where, having engine.Node
	keys          []engine.Node // the expressions of GROUP BY
	orders        []order       // the terms of ORDER BY
}

// An order is a term of ORDER BY: the expression, and the node with its direction.
type order struct{ by, term engine.Node }

// wrong adds the position of an expression to an error about it, unless the error has a
// position.
func (b *wholeBlock) wrong(n engine.Node, err error) error {
	if _, ok := errors.AsType[*Invalid](err); ok {
		return err
	}
	if r, ok := errors.AsType[*dialect.Refusal](err); ok {
		return b.w.located(r)
	}
	return b.w.refuse(n, "%v", err)
}

// expand reads the list, and the clauses that can refer to names of the list.
func (b *wholeBlock) expand() error {
	aliases := map[string]engine.Node{}
	for _, item := range children(b.n, "select_list") {
		if text(item, "class") == "STAR" {
			if err := b.star(item); err != nil {
				return err
			}
			continue
		}
		name := text(item, "alias")
		if name == "" && isColumn(item) {
			all := names(item)
			name = all[len(all)-1]
		}
		item = b.named(item, aliases, false) // later items of the list may use an alias
		if name != "" {
			aliases[strings.ToLower(name)] = item
		} else {
			name = fmt.Sprintf("column %d", len(b.items)+1)
		}
		b.items, b.names = append(b.items, item), append(b.names, name)
	}
	b.where = b.named(child(b.n, "where_clause"), aliases, false)
	b.having = b.named(child(b.n, "having"), aliases, true)
	if text(b.n, "aggregate_handling") == "FORCE_AGGREGATES" { // GROUP BY ALL
		for _, item := range b.items {
			if !b.aggregates(item) {
				b.keys = append(b.keys, item)
			}
		}
	}
	for _, k := range children(b.n, "group_expressions") {
		meant, err := b.meant(k, aliases, false)
		if err != nil {
			return err
		}
		b.keys = append(b.keys, meant)
	}
	for _, m := range children(b.n, "modifiers") {
		for _, o := range children(m, "orders") {
			if text(child(o, "expression"), "class") == "STAR" { // ORDER BY ALL
				for _, item := range b.items {
					b.orders = append(b.orders, order{item, o})
				}
				continue
			}
			meant, err := b.meant(child(o, "expression"), aliases, true)
			if err != nil {
				return err
			}
			b.orders = append(b.orders, order{meant, o})
		}
	}
	return nil
}

// star expands a star to the columns that it stands for.
func (b *wholeBlock) star(n engine.Node) error {
	for _, key := range []string{"exclude_list", "replace_list", "rename_list", "qualified_exclude_list"} {
		if len(list(n, key)) > 0 {
			return b.w.refuse(n, "a star with EXCLUDE, REPLACE or RENAME: write the columns")
		}
	}
	if n["columns"] == true || n["expr"] != nil {
		return b.w.refuse(n, "COLUMNS(...): write the columns")
	}
	merged := map[string]bool{}
	for i, alias := range b.f.aliases {
		if of := text(n, "relation_name"); of != "" && !strings.EqualFold(of, alias) {
			continue
		}
		for _, c := range b.f.columns[i] {
			if low := strings.ToLower(c.name); b.f.merged[low] && text(n, "relation_name") == "" {
				if merged[low] {
					continue
				}
				merged[low] = true
			}
			b.items, b.names = append(b.items, columnNode(alias, c.name)), append(b.names, c.name)
		}
	}
	return nil
}

// aggregates reports whether an expression contains an aggregate.
func (b *wholeBlock) aggregates(n engine.Node) bool {
	return hasAround(n, isAggregation)
}

// varies reports whether an expression depends on the rows even if it has no columns.
func (b *wholeBlock) varies(n engine.Node) bool {
	return b.aggregates(n) || hasAround(n, func(n engine.Node) bool { return text(n, "class") == "WINDOW" })
}

// meant returns the expression that a term of GROUP BY or ORDER BY stands for: an item of
// the list by position or alias, or the term itself. In ORDER BY an alias takes precedence
// over a column. In GROUP BY a column takes precedence over an alias.
func (b *wholeBlock) meant(n engine.Node, aliases map[string]engine.Node, order bool) (engine.Node, error) {
	if at, ok := integer(n); ok {
		if at < 1 || int(at) > len(b.items) {
			return nil, b.w.refuse(n, "there is no column %d", at)
		}
		return b.items[at-1], nil
	}
	if isColumn(n) && len(names(n)) == 1 {
		if item, ok := aliases[strings.ToLower(names(n)[0])]; ok && (order || b.f.resolve(n) == nil) {
			return item, nil
		}
		return n, nil
	}
	return b.named(n, aliases, false), nil
}

// named returns an expression in which aliases are replaced by what they stand for. It
// replaces all aliases, or only those that are not columns.
func (b *wholeBlock) named(n engine.Node, aliases map[string]engine.Node, all bool) engine.Node {
	if n == nil || text(n, "class") == "SUBQUERY" {
		return n
	}
	if isColumn(n) && len(names(n)) == 1 {
		if item, ok := aliases[strings.ToLower(names(n)[0])]; ok && (all || b.f.resolve(n) == nil) {
			return item
		}
		return n
	}
	changed := make(engine.Node, len(n))
	for key, c := range n {
		switch c := c.(type) {
		case engine.Node:
			changed[key] = b.named(c, aliases, all)
		case []any:
			list := make([]any, len(c))
			for i, e := range c {
				if e, ok := e.(engine.Node); ok {
					list[i] = b.named(e, aliases, all)
					continue
				}
				list[i] = e
			}
			changed[key] = list
		default:
			changed[key] = c
		}
	}
	return changed
}

// types lets DuckDB determine the types of all expressions. Expressions with aggregates are
// typed over the groups, and the others over the rows.
func (b *wholeBlock) types() error {
	p := b.w.plan
	b.t = &typed{plan: p, types: map[uintptr]dialect.Type{}, constants: map[uintptr]*dialect.Constant{}, hook: b.hook, keep: b.varies}
	var ofRows, ofGroups []engine.Node
	all := append(append([]engine.Node{b.where, b.having}, b.items...), b.keys...)
	for _, o := range b.orders {
		all = append(all, o.by)
	}
	for _, e := range all {
		if e == nil {
			continue
		}
		var wrong error
		eachAround(e, func(n engine.Node) bool {
			switch class := text(n, "class"); {
			case class == "WINDOW" && b.isGrouped():
				wrong = b.w.refuse(n, "a window over groups: put the groups into a subquery")
			case class == "LAMBDA" || class == "POSITIONAL_REFERENCE":
				wrong = b.w.refuse(n, "a %s in an expression is not said in all dialects alike", strings.ToLower(class))
			case class == "PARAMETER":
				wrong = b.w.refuse(n, "a parameter without a value")
			case volatile[strings.ToLower(text(n, "function_name"))]:
				wrong = b.w.refuse(n, "%s: %v", text(n, "function_name"), errVolatile)
			}
			return wrong == nil
		})
		if wrong != nil {
			return wrong
		}
		if err := b.t.fold(e); err != nil {
			return b.wrong(e, err)
		}
		eachAround(e, func(n engine.Node) bool {
			if b.t.constants[identity(n)] != nil {
				return false
			}
			if class := text(n, "class"); class != "" && class != "STAR" {
				if b.aggregates(n) {
					ofGroups = append(ofGroups, n)
				} else {
					ofRows = append(ofRows, n)
				}
			}
			return true
		})
	}
	if err := b.describe(ofRows, nil); err != nil {
		return err
	}
	return b.describe(ofGroups, b.keys)
}

// describe lets DuckDB determine the types of expressions.
func (b *wholeBlock) describe(parts, groups []engine.Node) error {
	if len(parts) == 0 {
		return nil
	}
	p := b.w.plan
	tree, err := p.selectOne()
	if err != nil {
		return err
	}
	list, f := parts, b.f
	for ; f.outer != nil; f = f.outer {
		if list, err = b.w.nested(list, f, groups); err != nil {
			return err
		}
		groups = nil
	}
	f.fill(child(tree.Statements[0], "node"), list, groups)
	sql, err := p.db.Print(tree)
	if err != nil {
		return err
	}
	rows, err := p.rows("describe " + sql)
	if err != nil {
		return p.unbound(err)
	}
	if len(rows) != len(parts) {
		return fmt.Errorf("%d parts have %d types", len(parts), len(rows))
	}
	for i, n := range parts {
		b.t.types[identity(n)] = typeOf(rows[i][1])
	}
	return nil
}

// hook converts the columns and the aggregates of an expression.
func (b *wholeBlock) hook(n engine.Node, _ int, at dialect.Place) (dialect.Expr, bool, error) {
	if isColumn(n) {
		e := b.f.resolve(n)
		if e == nil {
			var err error
			if e, err = b.outside(n); err != nil {
				return nil, true, err
			}
		}
		switch e := e.(type) {
		case *dialect.Column:
			c := *e
			c.At = at
			return &c, true, nil
		case *dialect.Constant:
			c := *e
			c.At = at
			return &c, true, nil
		}
		return e, true, nil
	}
	switch text(n, "class") {
	case "SUBQUERY":
		e, err := b.subquery(n, at)
		return e, true, err
	case "WINDOW":
		e, err := b.window(n, at)
		return e, true, err
	}
	if !isAggregation(n) {
		return nil, false, nil
	}
	a, err := b.t.aggregate(n, 0, at)
	return a, true, err
}

// modify reads DISTINCT, ORDER BY, LIMIT and OFFSET.
func (b *wholeBlock) modify(s *dialect.Select) error {
	for _, m := range children(b.n, "modifiers") {
		switch text(m, "type") {
		case "ORDER_MODIFIER":
			for _, o := range b.orders {
				e, err := b.t.expr(o.by, 0)
				if err != nil {
					return b.wrong(o.by, err)
				}
				s.Order = append(s.Order, dialect.Order{Expr: e, Desc: text(o.term, "type") == "DESCENDING", NullsFirst: text(o.term, "null_order") == "NULLS FIRST"})
			}
		case "LIMIT_MODIFIER":
			if err := b.w.slice(m, s); err != nil {
				return err
			}
		case "DISTINCT_MODIFIER":
			if len(list(m, "distinct_on_targets")) > 0 {
				return b.w.refuse(b.n, "DISTINCT ON is not said in all dialects alike")
			}
			if len(s.Group) > 0 || s.Having != nil {
				return b.w.refuse(b.n, "DISTINCT of groups: leave it out, or put the groups into a subquery")
			}
			if slices.ContainsFunc(b.items, func(item engine.Node) bool {
				return hasAround(item, func(n engine.Node) bool { return text(n, "class") == "WINDOW" })
			}) {
				return b.w.refuse(b.n, "DISTINCT of window functions: put them into a subquery")
			}
			s.Distinct = true
		default:
			return b.w.refuse(b.n, "%s is DuckDB's own", strings.ToLower(text(m, "type")))
		}
	}
	return nil
}
