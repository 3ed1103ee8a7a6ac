// Subqueries in expressions, and set operations.

package dialect

import (
	"slices"
	"strings"
)

// A Subquery is a subquery in an expression: EXISTS, IN, or a single value.
type Subquery struct {
	Kind   string // exists, in or value
	Arg    Expr   // the left side of in
	Select Select
	// One means that the subquery returns one row at most.
	One  bool
	Type Type
	At   Place
}

func (e *Subquery) Of() Type      { return e.Type }
func (e *Subquery) Begins() Place { return e.At }

// exists prints a semi or an anti join.
func (p *printer) exists(e *Exists) string {
	if p.product == MariaDB && outerText(e.Where, e.From) {
		return p.refuse(e.At, "it takes what a subquery gave for a text for that of another one that differs in case or blanks alone")
	}
	not := ""
	if e.Not {
		not = "not "
	}
	return "(" + not + "exists (select 1 from " + e.From.relation(p) + " where " + p.condition(e.Where) + "))"
}

// outerText reports whether an expression in a subquery refers to a text column of the query
// around it. MariaDB caches the results of such a subquery by the values of these columns
// (optimizer_switch subquery_cache). It compares them in their collations, and not as the
// subquery does.
func outerText(e Expr, inside ...Relation) (found bool) {
	either := func(all ...Expr) bool {
		return slices.ContainsFunc(all, func(e Expr) bool { return e != nil && outerText(e, inside...) })
	}
	switch e := e.(type) {
	case *Column:
		return e.Type.class() == text && !slices.ContainsFunc(inside, func(r Relation) bool { return r != nil && named(r, e.Table) != nil })
	case *Call:
		return either(e.Args...)
	case *Cast:
		return either(e.Arg)
	case *Case:
		return either(e.Else) || slices.ContainsFunc(e.Whens, func(w When) bool { return either(w.If, w.Then) })
	case *In:
		return either(e.Arg) || either(e.List...)
	case *Keys:
		return either(e.Arg)
	case *Aggregate:
		return either(e.Arg, e.Filter)
	case *Exists:
		return outerText(e.Where, append(slices.Clip(inside), e.From)...)
	case *Subquery:
		return either(e.Arg) || outerTextIn(e.Select, inside...)
	case *Window:
		return either(e.Args...) || either(e.Partition...) || slices.ContainsFunc(e.Order, func(o Order) bool { return either(o.Expr) })
	}
	return false
}

// outerTextIn is outerText for a whole subquery.
func outerTextIn(s Select, inside ...Relation) bool {
	inside = append(slices.Clip(inside), s.From)
	all := append([]Expr{s.Where, s.Having}, s.Group...)
	for _, item := range s.List {
		all = append(all, item.Expr)
	}
	for _, o := range s.Order {
		all = append(all, o.Expr)
	}
	return slices.ContainsFunc(all, func(e Expr) bool { return e != nil && outerText(e, inside...) })
}

func (p *printer) subquery(e *Subquery) string {
	s := e.Select
	s.uncached = p.product == MariaDB && outerTextIn(s)
	switch e.Kind {
	case "exists":
		return "(exists (" + p.statement(s) + "))"
	case "value":
		if s.Values = true; p.product == SQLite && !e.One {
			return p.refuse(e.At, "of several rows of a subquery it takes the first, which is an error in DuckDB")
		}
		return "(" + p.statement(s) + ")"
	}
	if s.Limit != nil && p.product == MySQL {
		return p.refuse(e.At, "it has no LIMIT in the subquery of IN")
	}
	if !p.meet(e.At, e.Arg, s.List[0].Expr) {
		return ""
	}
	s.compared = true
	return "(" + p.comparable(e.Arg) + " in (" + p.statement(s) + "))"
}

// A Set is a set operation on the rows of two Selects. Its columns have the names of the first
// Select's columns. Its texts are in a form that is compared by bytes: see [SetColumn].
type Set struct {
	Kind        string // union all, union, intersect or except
	Left, Right Select
	As          string
	At          Place
}

// SetColumn returns a column of the Set with this alias.
func SetColumn(alias, name string, t Type) *Column {
	return &Column{Table: alias, Name: name, Type: t, Own: binaryText, Strict: true}
}

// binaryText is the own type of a Set's columns.
const binaryText = "fanql set"

func (s Set) relation(p *printer) string {
	side := func(q Select, as string) string {
		q.Values, q.compared = true, true
		text := p.statement(q)
		if q.Order != nil || q.Limit != nil || q.Offset != nil {
			return "select * from (" + text + ") as " + p.quoted(s.At, as)
		}
		return text
	}
	return "(" + strings.Join([]string{side(s.Left, "left"), side(s.Right, "right")}, " "+s.Kind+" ") + ") as " + p.quoted(s.At, s.As)
}

// ofSet prints a column of a Set as its logical type.
func (p *printer) ofSet(c *Column) string {
	if c.Type.class() == text {
		return p.unbinary(p.raw(c))
	}
	return p.raw(c)
}
