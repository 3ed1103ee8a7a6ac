// Aggregates over the rows of one source.

package dialect

import (
	"fmt"
	"strings"
)

// aggregate prints an aggregate. A filter becomes a CASE around its argument, since not all
// servers have FILTER.
func (p *printer) aggregate(e *Aggregate) string {
	defer func(inside bool) { p.inside = inside }(p.inside)
	p.inside = true
	if e.Name == "count_star" {
		if e.Filter == nil {
			return "count(*)"
		}
		return "count(case when " + p.condition(e.Filter) + " then 1 end)"
	}
	if e.Arg == nil {
		return p.refuse(e.At, "%s of nothing", e.Name)
	}
	of := e.Arg.Of().class()
	if e.Name == "count" {
		return "count(" + p.filtered(e, p.known(e.Arg)) + ")"
	}
	value := func() string { return p.filtered(e, p.value(e.Arg)) }
	if kind := p.checksItself(e); kind != "" {
		return cells("fanql_"+e.Name, []string{kind}, []string{p.raw(e.Arg.(*Column))})
	}
	switch {
	case e.Name == "avg" && e.Whole:
		return p.average(e, of)
	case e.Name == "count_distinct" && e.Whole && of.in(anything):
		return "count(distinct " + p.filtered(e, p.comparable(e.Arg)) + ")"
	case e.Name == "sum" && of.in(integer|decimal) && p.product == SQLite && !e.Whole:
		return p.exactSum(e)
	case e.Name == "sum" && of == integer && p.product == PostgreSQL:
		return "sum(" + p.filtered(e, p.value(e.Arg)+"::bigint") + ")"
	case e.Name == "sum" && of == decimal && p.product == SQLite:
		return p.refuse(e.At, "decimals are floats there")
	case e.Name == "sum" && of.in(number):
		return "sum(" + value() + ")"
	case (e.Name == "min" || e.Name == "max") && of == text:
		return p.unbinary(e.Name + "(" + p.filtered(e, p.comparable(e.Arg)) + ")")
	case (e.Name == "min" || e.Name == "max") && of == timestamp && p.product == SQLite && e.Whole:
		return p.refuse(e.At, "timestamps are texts of several forms there")
	case (e.Name == "min" || e.Name == "max") && of == timestamp && p.product == SQLite: // the cells may have fractions or not, so they are compared as texts
		return e.Name + "(" + p.bytes(value()) + ")"
	case (e.Name == "min" || e.Name == "max") && of.in(integer|huge|decimal|double|date|timestamp|instant):
		return e.Name + "(" + value() + ")"
	case (e.Name == "bool_and" || e.Name == "bool_or") && of == boolean:
		name := e.Name
		if p.product != PostgreSQL {
			name = map[string]string{"bool_and": "min", "bool_or": "max"}[name]
		}
		return name + "(" + value() + ")"
	case (e.Name == "mean" || e.Name == "squares") && of == double && p.product != SQLite:
		if e.Name == "mean" {
			return "avg(" + value() + ")"
		}
		return "(var_pop(" + value() + ") * count(" + value() + "))"
	case e.Name == "mean" && of == double:
		return "avg(" + value() + ")"
	case e.Name == "squares":
		return p.refuse(e.At, "there is no variance there")
	}
	return p.refuse(e.At, "%s(%s) is not computed in parts", e.Name, e.Arg.Of())
}

// average prints a sum divided by a count, which is a double as in DuckDB. The servers' own
// averages of exact numbers are decimals with few digits. As in DuckDB, only the quotient
// is rounded: sum and count are multiplied so that they are in units of the decimal's last
// digit.
func (p *printer) average(e *Aggregate, of class) string {
	if !of.in(number) {
		return p.refuse(e.At, "avg(%s) is not known to mean the same", e.Arg.Of())
	}
	value, units := p.filtered(e, p.value(e.Arg)), ""
	if of == decimal && e.Arg.Of().Scale > 0 {
		units = "1" + strings.Repeat("0", e.Arg.Of().Scale)
	}
	switch {
	case p.product == SQLite:
		return "avg(" + value + ")"
	case p.product == PostgreSQL && units != "":
		return "((sum(" + value + ") * " + units + ")::float8 / nullif(count(" + value + ") * " + units + "::float8, 0))"
	case p.product == PostgreSQL:
		return "(sum(" + value + ")::float8 / nullif(count(" + value + "), 0))"
	case units != "":
		return "((sum(" + value + ") * " + units + " + 0e0) / (count(" + value + ") * " + units + "e0))"
	}
	return "((sum(" + value + ") + 0e0) / count(" + value + "))"
}

// filtered puts the filter around the argument.
func (p *printer) filtered(e *Aggregate, value string) string {
	if e.Filter == nil {
		return value
	}
	defer func(inside bool) { p.inside = inside }(p.inside)
	p.inside = true
	return "case when " + p.condition(e.Filter) + " then " + value + " end"
}

// mostScale is the largest scale of decimals that our own sum in SQLite accepts.
const mostScale = 15

// exactSum prints a call of our own function in SQLite. SQLite's sum fails beyond 64 bits,
// and adds decimals as floats.
func (p *printer) exactSum(e *Aggregate) string {
	scale := 0
	if of := e.Arg.Of(); of.class() == decimal {
		scale = of.Scale
	}
	if scale > mostScale {
		return p.refuse(e.At, "decimals are floats there, which do not have %d digits after the point", scale)
	}
	return fmt.Sprintf("fanql_sum(%s, %d)", p.filtered(e, p.value(e.Arg)), scale)
}

// unbinary converts a value that was compared by its bytes back to a text.
func (p *printer) unbinary(value string) string {
	if p.product == MySQL || p.product == MariaDB {
		return "convert(" + value + " using utf8mb4)"
	}
	return value
}
