// Subqueries in expressions, and window functions, of portable text.

package federate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

// eachAround is each, except that it skips what is inside subqueries.
func eachAround(n engine.Node, visit func(engine.Node) (deeper bool)) {
	each(n, func(n engine.Node) bool {
		deeper := visit(n)
		if text(n, "class") != "SUBQUERY" {
			return deeper
		}
		if of := child(n, "child"); deeper && of != nil {
			eachAround(of, visit)
		}
		return false
	})
}

// hasAround is has, except that it skips what is inside subqueries.
func hasAround(n engine.Node, is func(engine.Node) bool) (found bool) {
	eachAround(n, func(n engine.Node) bool {
		found = found || is(n)
		return !found
	})
	return found
}

// isGrouped reports whether the SELECT has groups or aggregates.
func (b *wholeBlock) isGrouped() bool {
	if len(b.keys) > 0 || b.having != nil {
		return true
	}
	for _, item := range b.items {
		if b.aggregates(item) {
			return true
		}
	}
	return false
}

// outside finds a column of the SELECTs around a subquery. It returns an error if the
// column's table has the name of a table inside, since the server would take the name for
// that one.
func (b *wholeBlock) outside(n engine.Node) (dialect.Expr, error) {
	hidden := map[string]bool{}
	for f := b.f; f.outer != nil; f = f.outer {
		for _, alias := range f.aliases {
			hidden[strings.ToLower(alias)] = true
		}
		e := f.outer.resolve(n)
		if e == nil {
			continue
		}
		if c, ok := e.(*dialect.Column); ok && hidden[strings.ToLower(c.Table)] {
			return nil, fmt.Errorf("the column %s is of a table outside, which has the name of one inside: give that another", strings.Join(names(n), "."))
		}
		b.w.correlated++
		return e, nil
	}
	return nil, fmt.Errorf("the column %s is not that of one table", strings.Join(names(n), "."))
}

// subquery converts a subquery in an expression.
func (b *wholeBlock) subquery(n engine.Node, at dialect.Place) (dialect.Expr, error) {
	before := b.w.correlated
	inner := child(child(n, "subquery"), "node")
	s, columns, err := b.w.node(inner, b.f.with, b.f)
	if err != nil {
		return nil, err
	}
	if b.w.correlated > before && b.isGrouped() && !b.filtering {
		return nil, b.w.refuse(n, "a subquery of groups that names their columns: put the groups into a subquery")
	}
	e := &dialect.Subquery{Select: s, Type: dialect.Type{ID: dialect.Boolean}, At: at}
	switch kind := text(n, "subquery_type"); {
	case kind == "EXISTS":
		e.Kind = "exists"
		return e, nil
	case kind == "NOT_EXISTS":
		e.Kind = "exists"
		return &dialect.Call{Name: "not", Args: []dialect.Expr{e}, Type: e.Type, At: at}, nil
	case len(columns) != 1:
		return nil, errors.New("a subquery of several columns")
	case kind == "SCALAR":
		e.Kind, e.Type = "value", columns[0].expr.Of()
		e.One = s.From == nil || s.Limit != nil && *s.Limit <= 1 || len(s.Group) == 0 && hasAggregates(inner)
		return e, nil
	case kind == "ANY" && text(n, "comparison_type") == "COMPARE_EQUAL":
		e.Kind = "in"
		e.Arg, err = b.t.expr(child(n, "child"), 0)
		return e, err
	}
	return nil, errors.New("a subquery with ANY or ALL")
}

// hasAggregates reports whether the list of a SELECT has aggregates. Without groups, the
// SELECT then returns one row.
func hasAggregates(n engine.Node) bool {
	for _, item := range children(n, "select_list") {
		if hasAround(item, isAggregation) {
			return true
		}
	}
	return false
}

// nested wraps each expression of a SELECT into a subquery, so that DuckDB can bind it
// together with the SELECTs around it.
func (w *wholly) nested(parts []engine.Node, f *from, groups []engine.Node) ([]engine.Node, error) {
	template, err := w.plan.db.Parse("select (select 1 from a)")
	if err != nil {
		return nil, err
	}
	value := children(child(template.Statements[0], "node"), "select_list")[0]
	var all []engine.Node
	for _, e := range parts {
		made := clone(value).(engine.Node)
		f.fill(child(child(made, "subquery"), "node"), []engine.Node{e}, groups)
		all = append(all, made)
	}
	return all, nil
}

// fill makes a SELECT read this FROM and return the expressions of the list, for the groups
// if there are any.
func (f *from) fill(node engine.Node, list, groups []engine.Node) {
	node["select_list"], node["from_table"] = numbered(list), f.node
	if f.node == nil {
		node["from_table"] = engine.Node{"type": "EMPTY", "alias": "", "sample": nil, "query_location": noPlace}
	}
	var entries []any
	for _, e := range f.with {
		entries = append(entries, e)
	}
	node["cte_map"] = engine.Node{"map": entries}
	if len(groups) > 0 {
		var all, set []any
		for i, g := range groups {
			all, set = append(all, g), append(set, i)
		}
		node["group_expressions"], node["group_sets"] = all, []any{set}
	}
}

// windows maps the types of window functions in the tree to their names.
var windows = map[string]string{
	"WINDOW_ROW_NUMBER": "row_number", "WINDOW_RANK": "rank", "WINDOW_RANK_DENSE": "dense_rank", "WINDOW_LAG": "lag", "WINDOW_LEAD": "lead",
	"WINDOW_FIRST_VALUE": "first_value", "WINDOW_LAST_VALUE": "last_value",
}

// window converts a window function.
func (b *wholeBlock) window(n engine.Node, at dialect.Place) (dialect.Expr, error) {
	e := &dialect.Window{Name: windows[text(n, "type")], Type: b.t.types[identity(n)], At: at}
	name := strings.ToLower(text(n, "function_name"))
	if text(n, "type") == "WINDOW_AGGREGATE" {
		e.Name = map[string]string{"count_star": "count_star", "count": "count", "sum": "sum", "avg": "avg", "min": "min", "max": "max"}[name]
	}
	args := children(n, "children")
	if e.Name == "count" && len(args) == 0 {
		e.Name = "count_star"
	}
	ranks := e.Name == "row_number" || e.Name == "rank" || e.Name == "dense_rank" || e.Name == "count_star"
	switch {
	case e.Name == "" || len(args) != map[bool]int{true: 0, false: 1}[ranks] || len(list(n, "arg_orders")) > 0:
		return nil, fmt.Errorf("the window function %s is not known to mean the same", name)
	case n["ignore_nulls"] == true || n["distinct"] == true || n["filter_expr"] != nil || n["default_expr"] != nil:
		return nil, fmt.Errorf("%s with DISTINCT, FILTER, IGNORE NULLS or a default over a window is not said in all dialects alike", name)
	}
	nodes := args
	if e.Name == "lag" || e.Name == "lead" {
		offset := child(n, "offset_expr")
		if offset == nil {
			e.Args = []dialect.Expr{nil, &dialect.Constant{Type: dialect.Type{ID: dialect.Integer}, Value: "1", At: at}}
		} else {
			nodes = append(nodes[:1:1], offset)
		}
	}
	for i, arg := range nodes {
		made, err := b.t.expr(arg, 0)
		if err != nil {
			return nil, err
		}
		if i < len(e.Args) {
			e.Args[i] = made
			continue
		}
		e.Args = append(e.Args, made)
	}
	for _, by := range children(n, "partitions") {
		made, err := b.t.expr(by, 0)
		if err != nil {
			return nil, err
		}
		e.Partition = append(e.Partition, made)
	}
	for _, o := range children(n, "orders") {
		made, err := b.t.expr(child(o, "expression"), 0)
		if err != nil {
			return nil, err
		}
		e.Order = append(e.Order, dialect.Order{Expr: made, Desc: text(o, "type") == "DESCENDING", NullsFirst: text(o, "null_order") == "NULLS FIRST"})
	}
	var err error
	e.Frame, err = frameOf(n)
	return e, err
}

// frameOf prints the frame of a window. It returns an empty text for the default frame.
func frameOf(n engine.Node) (string, error) {
	begin, end := text(n, "start"), text(n, "end")
	if text(n, "exclude_clause") != "NO_OTHER" {
		return "", errors.New("a window with EXCLUDE is not said in all dialects alike")
	}
	if begin == "UNBOUNDED_PRECEDING" && end == "CURRENT_ROW_RANGE" {
		return "", nil
	}
	unit := "range"
	if strings.HasSuffix(begin, "_ROWS") || strings.HasSuffix(end, "_ROWS") {
		unit = "rows"
	}
	var bounds []string
	for _, side := range []struct{ bound, key string }{{begin, "start_expr"}, {end, "end_expr"}} {
		switch side.bound {
		case "UNBOUNDED_PRECEDING":
			bounds = append(bounds, "unbounded preceding")
		case "UNBOUNDED_FOLLOWING":
			bounds = append(bounds, "unbounded following")
		case "CURRENT_ROW_ROWS", "CURRENT_ROW_RANGE":
			bounds = append(bounds, "current row")
		case "EXPR_PRECEDING_ROWS", "EXPR_FOLLOWING_ROWS":
			v, ok := integer(child(n, side.key))
			if !ok || v < 0 || v > 1_000_000 {
				return "", errors.New("a window's frame begins and ends at constants of 1000000 rows at most")
			}
			bounds = append(bounds, fmt.Sprintf("%d %s", v, map[bool]string{true: "preceding", false: "following"}[side.bound == "EXPR_PRECEDING_ROWS"]))
		default:
			return "", errors.New("a window's frame by values or groups is not said in all dialects alike")
		}
	}
	return unit + " between " + bounds[0] + " and " + bounds[1], nil
}
