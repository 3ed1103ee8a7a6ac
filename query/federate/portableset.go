// UNION, INTERSECT and EXCEPT in portable text.

package federate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

// set converts a set operation to a SELECT of its columns, with the order and the limit.
func (w *wholly) set(n engine.Node, with []engine.Node, outer *from) (s dialect.Select, columns []namedColumn, err error) {
	kind := map[string]string{"UNION": "union", "INTERSECT": "intersect", "EXCEPT": "except"}[text(n, "setop_type")]
	switch all := n["setop_all"] == true; {
	case kind == "":
		return s, nil, w.refuse(n, "%s is DuckDB's own", strings.ReplaceAll(text(n, "setop_type"), "_", " "))
	case all && kind != "union":
		return s, nil, w.refuse(n, "%s ALL is not said in all dialects alike", strings.ToUpper(kind))
	case all:
		kind = "union all"
	}
	with = append(slices.Clip(with), children(child(n, "cte_map"), "map")...)
	left, columns, err := w.node(child(n, "left"), with, outer)
	if err != nil {
		return s, nil, err
	}
	right, others, err := w.node(child(n, "right"), with, outer)
	if err != nil {
		return s, nil, err
	}
	if len(columns) != len(others) {
		return s, nil, w.refuse(n, "its sides have %d and %d columns", len(columns), len(others))
	}
	w.number++
	alias := fmt.Sprintf("set %d", w.number)
	used := map[string]bool{}
	for i, c := range columns {
		low := strings.ToLower(c.name)
		if used[low] {
			return s, nil, w.refuse(n, "two of its columns are called %q", c.name)
		}
		used[low] = true
		a, b := c.expr.Of(), others[i].expr.Of()
		t, ok := commonType(a, b)
		if !ok {
			return s, nil, w.refuse(n, "its column %s is %s on one side and %s on the other: cast one", c.name, a, b)
		}
		typedNull(&left.List[i], t)
		typedNull(&right.List[i], t)
		left.List[i].As, right.List[i].As = c.name, c.name
		columns[i].expr = dialect.SetColumn(alias, c.name, t)
		s.List = append(s.List, dialect.Item{Expr: columns[i].expr, As: c.name})
	}
	s.From = dialect.Set{Kind: kind, Left: left, Right: right, As: alias, At: placeOf(n)}
	return s, columns, w.modifySet(n, columns, &s)
}

// commonType returns the type of a column of a set operation from the types on its sides. ok
// is false if DuckDB and the servers may not agree on it.
func commonType(a, b dialect.Type) (dialect.Type, bool) {
	integers := []dialect.TypeID{dialect.TinyInt, dialect.SmallInt, dialect.Integer, dialect.BigInt}
	switch {
	case a == b:
		return a, true
	case a.ID == dialect.SQLNull:
		return b, true
	case b.ID == dialect.SQLNull:
		return a, true
	case slices.Contains(integers, a.ID) && slices.Contains(integers, b.ID):
		return dialect.Type{ID: dialect.BigInt}, true
	}
	return a, false
}

// typedNull gives a bare NULL the type of its column.
func typedNull(item *dialect.Item, t dialect.Type) {
	if c, ok := item.Expr.(*dialect.Constant); ok && c.Null {
		item.Expr = &dialect.Constant{Type: t, Null: true, At: c.At}
	}
}

// modifySet reads ORDER BY, LIMIT and OFFSET after a set operation. The terms of this ORDER BY
// are columns, by name or position.
func (w *wholly) modifySet(n engine.Node, columns []namedColumn, s *dialect.Select) error {
	for _, m := range children(n, "modifiers") {
		switch text(m, "type") {
		case "ORDER_MODIFIER":
			for _, o := range children(m, "orders") {
				by := child(o, "expression")
				wanted := columns
				if text(by, "class") != "STAR" { // ORDER BY ALL
					at := slices.IndexFunc(columns, func(c namedColumn) bool {
						return isColumn(by) && len(names(by)) == 1 && strings.EqualFold(c.name, names(by)[0])
					})
					if place, ok := integer(by); ok {
						at = int(place) - 1
					}
					if at < 0 || at >= len(columns) {
						return w.refuse(by, "behind a set operation ORDER BY takes columns by name or position")
					}
					wanted = columns[at : at+1]
				}
				for _, c := range wanted {
					s.Order = append(s.Order, dialect.Order{Expr: c.expr, Desc: text(o, "type") == "DESCENDING", NullsFirst: text(o, "null_order") == "NULLS FIRST"})
				}
			}
		case "LIMIT_MODIFIER":
			if err := w.slice(m, s); err != nil {
				return err
			}
		default:
			return w.refuse(n, "%s is DuckDB's own", strings.ToLower(text(m, "type")))
		}
	}
	return nil
}

// slice reads LIMIT and OFFSET, which must be constants.
func (w *wholly) slice(m engine.Node, s *dialect.Select) error {
	for key, to := range map[string]**int64{"limit": &s.Limit, "offset": &s.Offset} {
		n := child(m, key)
		if n == nil {
			continue
		}
		v, ok := integer(n)
		if !ok || v < 0 {
			return w.refuse(n, "a %s that is no whole number", key)
		}
		*to = &v
	}
	return nil
}
