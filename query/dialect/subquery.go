// Subqueries in expressions, and set operations.

package dialect

import "strings"

// A Subquery is one in an expression: EXISTS, IN, or its one value.
type Subquery struct {
	Kind   string // exists, in or value
	Arg    Expr   // of in
	Select Select
	// One says that there is one row at most.
	One  bool
	Type Type
	At   Place
}

func (e *Subquery) Of() Type      { return e.Type }
func (e *Subquery) Begins() Place { return e.At }

func (p *printer) subquery(e *Subquery) string {
	s := e.Select
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

// A Set is a set operation: the rows of the first Select, with or without those of the second.
// Their columns have the names of As. Its texts come in a form that is compared by bytes:
// see [SetColumn].
type Set struct {
	Kind        string // union all, union, intersect or except
	Left, Right Select
	As          string
	At          Place
}

// SetColumn returns a column of a Set by its alias.
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
