// Window functions.

package dialect

import (
	"fmt"
	"strings"
)

// A Window is a window function over the rows of a [Select] without groups: row_number, rank,
// dense_rank, lag and lead with a constant offset, first_value, last_value, count_star, count,
// sum, avg, min and max.
type Window struct {
	Name      string
	Args      []Expr
	Partition []Expr
	Order     []Order
	// Frame is the clause in SQL, such as rows between 1 preceding and current row. Empty is
	// the default frame.
	Frame string
	Type  Type
	At    Place
}

func (e *Window) Of() Type      { return e.Type }
func (e *Window) Begins() Place { return e.At }

func (p *printer) window(e *Window) string {
	over := p.over(e)
	var of class
	if len(e.Args) > 0 {
		of = e.Args[0].Of().class()
	}
	value := func() string { return p.value(e.Args[0]) }
	mysql := p.product == MySQL || p.product == MariaDB
	switch e.Name {
	case "row_number", "rank", "dense_rank":
		if mysql { // its own type is unsigned
			return "cast(" + e.Name + "()" + over + " as signed)"
		}
		return e.Name + "()" + over
	case "lag", "lead":
		offset, ok := e.Args[1].(*Constant)
		if !ok || offset.Null || offset.Type.class() != integer || len(offset.Value) > 6 || strings.HasPrefix(offset.Value, "-") {
			return p.refuse(e.At, "the offset of %s is no constant from 0 to 999999", e.Name)
		}
		return fmt.Sprintf("%s(%s, %s)%s", e.Name, value(), offset.Value, over)
	case "first_value", "last_value":
		return e.Name + "(" + value() + ")" + over
	case "count_star":
		return "count(*)" + over
	case "count":
		return "count(" + p.known(e.Args[0]) + ")" + over
	}
	switch {
	case p.product == SQLite && of == decimal && (e.Name == "sum" || e.Name == "avg"):
		return p.refuse(e.At, "decimals are floats there")
	case p.product == SQLite && of == timestamp:
		return p.refuse(e.At, "timestamps are texts of several forms there")
	case e.Name == "sum" && of == integer && p.product == PostgreSQL:
		return "sum(" + value() + "::bigint)" + over
	case e.Name == "sum" && of.in(number):
		return "sum(" + value() + ")" + over
	case e.Name == "avg" && of.in(number) && p.product == PostgreSQL:
		return "(sum(" + value() + ")" + over + "::float8 / nullif(count(" + value() + ")" + over + ", 0))"
	case e.Name == "avg" && of.in(number) && mysql:
		return "((sum(" + value() + ")" + over + " + 0e0) / count(" + value() + ")" + over + ")"
	case e.Name == "avg" && of.in(number):
		return "avg(" + value() + ")" + over
	case (e.Name == "min" || e.Name == "max") && of == text:
		return p.unbinary(e.Name + "(" + p.comparable(e.Args[0]) + ")" + over)
	case (e.Name == "min" || e.Name == "max") && of.in(integer|huge|decimal|double|date|timestamp|instant):
		return e.Name + "(" + value() + ")" + over
	}
	return p.refuse(e.At, "%s(...) over a window is not known to mean the same", e.Name)
}

// over prints the OVER clause.
func (p *printer) over(e *Window) string {
	var parts []string
	if len(e.Partition) > 0 {
		list := make([]string, len(e.Partition))
		for i, by := range e.Partition {
			list[i] = p.comparable(by)
		}
		parts = append(parts, "partition by "+strings.Join(list, ", "))
	}
	if len(e.Order) > 0 {
		list := make([]string, len(e.Order))
		for i, o := range e.Order {
			list[i] = p.order(o)
		}
		parts = append(parts, "order by "+strings.Join(list, ", "))
	}
	if e.Frame != "" {
		parts = append(parts, e.Frame)
	}
	return " over (" + strings.Join(parts, " ") + ")"
}
