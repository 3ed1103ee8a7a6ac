// Medians and quantiles: a source with few different values sends these values, and how
// often each occurs.

package federate

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

// A quantile is an aggregate that returns the value at a position in the order of the
// values.
type quantile struct {
	arg      engine.Node
	at       dialect.Constant // the fraction of the values that come before it
	discrete bool             // the result is one of the values, not a value between two
}

// quantileOf reads an aggregate that is a quantile. ok is false for any other aggregate.
func (g *grouping) quantileOf(name string, n engine.Node) (q quantile, ok bool) {
	args, orders := children(n, "children"), children(child(n, "order_bys"), "orders")
	q.discrete = name == "quantile_disc" || name == "quantile"
	if n["distinct"] == true || n["filter"] != nil {
		return q, false
	}
	var at engine.Node
	switch {
	case name == "median" && len(args) == 1 && len(orders) == 0:
		q.arg, q.at = args[0], dialect.Constant{Type: dialect.Type{ID: dialect.Decimal, Width: 2, Scale: 1}, Value: "0.5"}
		return q, true
	case name != "quantile_cont" && !q.discrete:
		return q, false
	case len(args) == 2 && len(orders) == 0:
		q.arg, at = args[0], args[1]
	case len(args) == 1 && len(orders) == 1 && text(orders[0], "type") != "DESCENDING": // WITHIN GROUP
		q.arg, at = child(orders[0], "expression"), args[0]
	default:
		return q, false
	}
	if has(at, isColumn) {
		return q, false
	}
	c, err := g.plan.constant(at)
	if err != nil || c.Null {
		return q, false
	}
	q.at = *c
	v, err := strconv.ParseFloat(c.Value, 64)
	return q, err == nil && len(c.Value) <= len("0.123456") && v >= 0 && v <= 1 && (c.Type.ID == dialect.Decimal || c.Type.ID == dialect.Integer)
}

// quantile returns the expression over the values and their counts. In the view of the
// groups, each value has the number of values up to it in its group, and the number of all
// values in its group.
func (g *grouping) quantile(q quantile) (engine.Node, error) {
	at, err := g.send(sent{node: q.arg, few: true})
	if err != nil {
		return nil, err
	}
	of := g.sends[at].of
	switch half, _ := strconv.ParseFloat(q.at.Value, 64); {
	case of.ID != dialect.Date && of.ID != dialect.Decimal && !isExact(of):
		return nil, fmt.Errorf("a quantile of %s is made here", of)
	case !q.discrete && half != 0.5 && (of.ID == dialect.Date || of.ID == dialect.Decimal):
		return nil, fmt.Errorf("a quantile of %s between its values is made here", of)
	}
	g.sends[at].few = true
	count, err := g.send(sent{aggregate: "count_star"})
	if err != nil {
		return nil, err
	}
	g.table.rank(at, count)
	column := func(name string) string { return engine.Quote(g.alias) + "." + engine.Quote(name) }
	value, upTo, all := column(g.name(at)), column(upToName(at)), column(allName(at))
	ranked := func(place string) string {
		return fmt.Sprintf("max(%s) filter (where %s is not null and %s - %s <= %s and %s > %s)", value, value, upTo, column(g.name(count)), place, upTo, place)
	}
	if q.discrete {
		whole, fraction, _ := strings.Cut(q.at.Value, ".")
		part, scale := "0"+strings.TrimLeft(whole+fraction, "0"), "1"+strings.Repeat("0", len(fraction))
		return g.plan.expression(ranked(fmt.Sprintf("(greatest(1, %s - (%s * %s - %s * %s) // %s) - 1)", all, all, scale, all, part, scale)))
	}
	place := fmt.Sprintf("((%s - 1)::double * %s::double)", all, q.at.Value)
	low, high := ranked("floor("+place+")"), ranked("ceil("+place+")")
	if half, _ := strconv.ParseFloat(q.at.Value, 64); half == 0.5 {
		return g.plan.expression(fmt.Sprintf("list_aggregate(case when %s is null then null else [%s, %s] end, 'median')", low, low, high))
	}
	between := fmt.Sprintf("(max(%s) - floor(max(%s)))", place, place)
	return g.plan.expression(fmt.Sprintf("(%s::double * (1 - %s) + %s::double * %s)", low, between, high, between))
}

func isExact(t dialect.Type) bool {
	for _, id := range exact {
		if t.ID == id && id != dialect.HugeInt && id != dialect.UBigInt {
			return true
		}
	}
	return false
}

// A rank says that the values of a column are ranked within their group. Another column has
// the number of times that each counts.
type rank struct{ value, count int }

// rank adds ranks of the values of a column to the table's view.
func (t *table) rank(value, count int) {
	for _, r := range t.ranks {
		if r.value == value {
			return
		}
	}
	t.ranks = append(t.ranks, rank{value, count})
}

func upToName(at int) string { return fmt.Sprintf("fanql %d up to", at) }
func allName(at int) string  { return fmt.Sprintf("fanql %d all", at) }

// ranked returns the SQL of a view of a table of groups, with the ranks of its values
// added.
func (t *table) ranked(sql string) string {
	if len(t.ranks) == 0 {
		return sql
	}
	var by []string
	for _, at := range t.keys {
		by = append(by, engine.Quote(t.columns[at].name))
	}
	within := ""
	if len(by) > 0 {
		within = "partition by " + strings.Join(by, ", ")
	}
	shown := "*"
	for _, r := range t.ranks {
		value, count := engine.Quote(t.columns[r.value].name), engine.Quote(t.columns[r.count].name)
		shown += fmt.Sprintf(", sum(%s) over (%s order by %s nulls last rows unbounded preceding) as %s", count, within, value, engine.Quote(upToName(r.value)))
		shown += fmt.Sprintf(", (sum(%s) filter (where %s is not null) over (%s))::bigint as %s", count, value, within, engine.Quote(allName(r.value)))
	}
	return "select " + shown + " from (" + sql + ")"
}

// errMany is the reason why a source does not send the different values of an expression
// with their counts.
var errMany = errors.New("it may have many different values, which a server groups more slowly than it gives the rows")

// declaredFew matches types that have at most some ten thousand values.
var declaredFew = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^\s*(tinyint|smallint|int2|year|date|bool|boolean|bit\(1\)|(decimal|numeric)\s*\(\s*[1-5]\s*(,.*)?\))`)
})

// fewCalls are functions with few different results.
var fewCalls = strings.Fields("year month day hour minute second quarter week weekofyear dayofweek isodow dayofyear dayofmonth length len char_length sign")

// isFew reports whether an expression has few different values, as far as declarations
// say. If it has as many values as the table has rows, MariaDB takes 29 s to group a
// million rows, and only 0.5 s to send them. So an expression without such a declaration
// does not count as few.
func isFew(e dialect.Expr) bool {
	switch e := e.(type) {
	case *dialect.Constant:
		return true
	case *dialect.Column:
		return declaredFew().MatchString(e.Own)
	case *dialect.Cast:
		return isFew(e.Arg)
	case *dialect.Call:
		if (e.Name == "%" || e.Name == "mod") && len(e.Args) == 2 {
			c, ok := e.Args[1].(*dialect.Constant)
			return ok && len(c.Value) <= 5
		}
		for _, name := range fewCalls {
			if e.Name == name {
				return true
			}
		}
		return (e.Name == "+" || e.Name == "-" || e.Name == "abs") && len(e.Args) > 0 && allFew(e.Args)
	}
	return false
}

// allFew reports whether one of the arguments has few values and the others are
// constants.
func allFew(args []dialect.Expr) bool {
	varying := 0
	for _, a := range args {
		if _, ok := a.(*dialect.Constant); !ok {
			varying++
		}
		if !isFew(a) {
			return false
		}
	}
	return varying <= 1
}
