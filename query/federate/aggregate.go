// Aggregates: which partial aggregates the sources compute, and how the result is
// computed from them.

package federate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// whole maps an aggregate to the expression over its partial aggregates. In it, {sum} and
// the like stand for their columns. If there are no rows, or no values that are not NULL,
// the result is the same as in a single database: 0 for a count, and NULL for the others.
var whole = map[string]struct {
	parts []string
	sql   string
}{
	"count_star": {[]string{"count_star"}, "coalesce(sum({count_star}), 0)::bigint"},
	"count":      {[]string{"count"}, "coalesce(sum({count}), 0)::bigint"},
	"sum":        {[]string{"sum"}, "sum({sum})::{type}"},
	"avg":        {[]string{"sum", "count"}, "{average}"},
	"mean":       {[]string{"sum", "count"}, "{average}"},
	"min":        {[]string{"min"}, "min({min})"},
	"max":        {[]string{"max"}, "max({max})"},
	"bool_and":   {[]string{"bool_and"}, "bool_and({bool_and})"},
	"bool_or":    {[]string{"bool_or"}, "bool_or({bool_or})"},
}

// average returns the expression for an average from a sum of the type and a count. It rounds
// once, as DuckDB does: for decimals it divides two integers, the sum and the count in units of
// the last digit. If the sum were rounded first, the last digit of the quotient could differ,
// and the average could be greater than all of the values.
func average(sum, count string, of dialect.Type) string {
	if of.ID != dialect.Decimal || of.Scale == 0 {
		return fmt.Sprintf("(%s::double / %s::double)", sum, count)
	}
	units := "1" + strings.Repeat("0", of.Scale) + "::double"
	return fmt.Sprintf("(round(%s::double * %s) / (%s::double * %s))", sum, units, count, units)
}

// distinctly maps an aggregate of distinct values to the expression over these values.
var distinctly = map[string]string{
	"count": "count(distinct {value})", "sum": "sum(distinct {value})", "avg": "{average}",
	"min": "min({value})", "max": "max({value})",
}

// aggregate returns the expression that computes an aggregate from its partial
// aggregates.
func (g *grouping) aggregate(name string, n engine.Node) (engine.Node, error) {
	args := children(n, "children")
	filter := child(n, "filter")
	if q, ok := g.quantileOf(name, n); ok {
		return g.quantile(q)
	}
	if len(children(child(n, "order_bys"), "orders")) > 0 || len(args) > 1 {
		return nil, fmt.Errorf("%s is made here of the rows", name)
	}
	if name == "count" && len(args) == 0 {
		name = "count_star"
	}
	var arg engine.Node
	if len(args) == 1 {
		arg = args[0]
		if text(arg, "class") == "STAR" {
			return nil, errUnsplit
		}
	}
	for _, e := range []engine.Node{arg, filter} {
		if e != nil && has(e, isColumn) && g.plan.about(g.block, e) != g.use {
			return nil, fmt.Errorf("%s is of more than one table's columns", name)
		}
	}
	if distinct, _ := n["distinct"].(bool); distinct {
		return g.distinct(name, arg, filter)
	}
	made, ok := whole[name]
	if spreads[name] != "" && arg != nil {
		made.parts, made.sql, ok = []string{"count", "mean", "squares"}, spread(name), true
		var err error
		if arg, err = g.plan.filled("cast("+engine.Quote(theArgument)+" as double)", map[string]engine.Node{theArgument: arg}); err != nil {
			return nil, err
		}
	}
	if !ok {
		return nil, fmt.Errorf("%s is made here of the rows", name)
	}
	sql, t := made.sql, "DECIMAL(38,0)"
	for _, part := range made.parts {
		s := sent{aggregate: part, node: arg, filter: filter}
		at, err := g.send(s)
		if err != nil {
			return nil, err
		}
		if s := g.sends[at]; part == "sum" {
			t = s.of.String()
			sql = strings.ReplaceAll(sql, "{average}", average("sum({sum})", "sum({count})", s.of))
			if s.of.ID == dialect.Decimal && s.typed.typeOf(s.node).ID != dialect.Decimal {
				t = "HUGEINT"
			}
		}
		sql = strings.ReplaceAll(sql, "{"+part+"}", engine.Quote(g.alias)+"."+engine.Quote(g.name(at)))
	}
	return g.plan.expression(strings.ReplaceAll(sql, "{type}", t))
}

// distinct returns the expression for an aggregate of distinct values. The sources group by
// the value, too.
func (g *grouping) distinct(name string, arg, filter engine.Node) (engine.Node, error) {
	sql, ok := distinctly[name]
	if !ok || filter != nil || arg == nil {
		return nil, fmt.Errorf("%s of distinct values is made here of the rows", name)
	}
	at, err := g.send(sent{node: arg})
	if err != nil {
		return nil, err
	}
	of := g.sends[at].of
	if name != "count" && name != "min" && name != "max" && of.ID == dialect.Double {
		return nil, fmt.Errorf("%s of distinct floats is made here", name)
	}
	sql = strings.ReplaceAll(sql, "{average}", average("sum(distinct {value})", "count(distinct {value})", of))
	return g.plan.expression(strings.ReplaceAll(sql, "{value}", engine.Quote(g.alias)+"."+engine.Quote(g.name(at))))
}

// makeTable sets the columns of the table that holds the groups.
func (g *grouping) makeTable() {
	g.table.relation, g.table.partial = g.use.reference.relation, true
	for _, k := range g.keys {
		g.table.keys = append(g.table.keys, g.key[form(k)])
	}
	for _, m := range g.outer {
		g.table.keys = append(g.table.keys, g.key[form(m.sent)])
	}
	for at, s := range g.sends {
		k := kindOf(s.of)
		g.table.columns = append(g.table.columns, stored{Column: k.column(g.name(at)), kind: k, name: g.name(at), sql: sqlOf(s.of)})
	}
}

// kindOf returns the kind of a column with a type of DuckDB.
func kindOf(t dialect.Type) kind {
	switch t.ID {
	case dialect.Boolean:
		return of(row.Bool)
	case dialect.TinyInt, dialect.SmallInt, dialect.Integer, dialect.BigInt, dialect.UTinyInt, dialect.USmallInt, dialect.UInteger:
		return of(row.Int)
	case dialect.UBigInt:
		return of(row.Uint)
	case dialect.HugeInt:
		return of(row.Decimal)
	case dialect.Decimal:
		return kind{Kind: row.Decimal, scale: t.Scale}
	case dialect.Double, dialect.Float:
		return of(row.Float)
	case dialect.Date:
		return of(row.Date)
	case dialect.Time:
		return of(row.Time)
	case dialect.Timestamp:
		return of(row.Timestamp)
	case dialect.TimestampTZ:
		return of(row.TimestampTZ)
	case dialect.Blob:
		return of(row.Bytes)
	case dialect.JSON:
		return of(row.JSON)
	case dialect.SQLNull:
		return of(row.Null)
	}
	return of(row.Text)
}

// regroup makes the block group by the group columns of the table.
func (g *grouping) regroup(changed engine.Node) error {
	var groups []any
	var set []any
	for i, k := range g.keys {
		at, ok := g.key[form(k)]
		if !ok {
			return errUnsplit
		}
		groups = append(groups, g.column(at))
		set = append(set, itoaNumber(i))
	}
	changed["group_expressions"], changed["group_sets"] = groups, []any{set}
	if len(groups) == 0 {
		changed["group_expressions"], changed["group_sets"] = []any{}, []any{}
	}
	changed["aggregate_handling"] = "STANDARD_HANDLING"
	return nil
}

// fragment returns the statement for a member: groups and partial aggregates.
func (g *grouping) fragment(member int) (*Fragment, error) {
	p, r := g.plan, g.use.reference.relation
	m := r.members[member]
	product := p.product(m.source)
	var s dialect.Select
	var why []string
	if s.Where, why = p.where(g.use, member, product); len(why) > 0 {
		return nil, errors.New(why[0])
	}
	f := &Fragment{Source: m.source, table: g.table, Pushed: true}
	if m.cannot != nil {
		return nil, m.cannot
	}
	m.reads(&s)
	add := func(e dialect.Expr, as string, c fetched) {
		s.List = append(s.List, dialect.Item{Expr: e, As: as})
		f.columns = append(f.columns, c)
	}
	for at, sent := range g.sends {
		c := fetched{name: g.name(at), at: at, kind: g.table.columns[at].kind, zone: nil}
		e, err := g.sentExpr(sent, member)
		if err != nil {
			return nil, err
		}
		if sent.few && !isFew(e) {
			return nil, fmt.Errorf("of %s there is a quantile: %w", p.shown(sent.node), errMany)
		}
		if _, constant := e.(*dialect.Constant); sent.aggregate == "" && !constant {
			s.Group = append(s.Group, e)
		}
		add(e, g.name(at), c)
	}
	if len(s.List) == 0 {
		add(one.Expr, one.As, fetched{at: -1, kind: of(row.Any)})
	}
	s.NotEmpty = len(s.Group) == 0 && len(g.key) > 0 // otherwise a source without rows would give one group
	if g.use.waits != nil {
		f.keyed = &keyed{g.use.waits, member, func(keys dialect.Expr) (string, error) {
			s := s
			s.Where = both(s.Where, keys)
			s.Checked = p.checked(s)
			return s.SQL(product)
		}}
	}
	s.Checked = p.checked(s)
	var err error
	if f.SQL, err = s.SQL(product); err != nil {
		return nil, err
	}
	return f, nil
}

// sentExpr returns a group or a partial aggregate as an expression of a member.
func (g *grouping) sentExpr(s sent, member int) (e dialect.Expr, err error) {
	if s.node != nil {
		if e, err = s.typed.expr(s.node, member); err != nil {
			return nil, err
		}
	}
	if s.aggregate == "" {
		return e, nil
	}
	a := &dialect.Aggregate{Name: s.aggregate, Arg: e, Type: s.of}
	if s.filter != nil {
		a.Filter, err = s.filtered.expr(s.filter, member)
	}
	return a, err
}

// sqlOf returns a type's name in SQL. The type of a bare NULL is INTEGER, as in DuckDB.
func sqlOf(t dialect.Type) string {
	if t.ID == dialect.SQLNull {
		return "INTEGER"
	}
	return t.String()
}
