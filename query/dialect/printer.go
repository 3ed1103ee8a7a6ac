// Printing expressions for one product.

package dialect

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A printer prints for one product, and keeps the first refusal. After a refusal its output
// has no meaning.
type printer struct {
	product Product
	spoken
	refusal *Refusal
	// groups are the printed expressions by which the statement groups. inside means that
	// the printer is within an aggregate, within WHERE, or within an expression of GROUP BY
	// itself.
	groups []string
	inside bool
	// scanned means that ORDER BY is printed so that no index can provide the order.
	scanned bool
	// ownChecks are the columns whose cells the statement's own aggregates may check.
	ownChecks []*Column
}

func newPrinter(p Product) *printer { return &printer{product: p, spoken: speakers[p]} }

// Print returns the text of an expression's value. The error is a [*Refusal].
func Print(p Product, e Expr) (string, error) {
	out := newPrinter(p)
	value := out.value(e)
	return value, out.err()
}

func (p *printer) err() error {
	if p.refusal == nil {
		return nil
	}
	return p.refusal
}

// refuse records why something cannot be expressed, unless a refusal is recorded already.
// It returns an empty text.
func (p *printer) refuse(at Place, format string, args ...any) string {
	if p.refusal == nil {
		p.refusal = &Refusal{Product: p.product, At: at, Why: fmt.Sprintf(format, args...)}
	}
	return ""
}

// or returns what was printed, or records a refusal if there is a reason.
func (p *printer) or(at Place, said, why string) string {
	if why != "" {
		return p.refuse(at, "%s", why)
	}
	return said
}

func (p *printer) quoted(at Place, s string) string {
	said, why := p.name(s)
	if !utf8.ValidString(s) {
		why = "a name that is not of UTF-8"
	}
	return p.or(at, said, why)
}

// value prints the value of an expression as a name, a literal, a call, or something in
// parentheses. So an operator next to it does not split it.
func (p *printer) value(e Expr) string {
	if form, ok := p.grouped(e); ok {
		return p.ofGroup(e, form)
	}
	switch e := e.(type) {
	case *Column:
		if e.Own == binaryText {
			return p.ofSet(e)
		}
		if e.Own == "" && e.Type.class().in(anything) {
			return p.raw(e)
		}
		said, why := p.column(e, p.raw(e))
		return p.or(e.At, said, why)
	case *Constant:
		return p.literal(e)
	case *Call:
		return p.call(e)
	case *Cast:
		return p.casts(e)
	case *Case:
		return p.cases(e)
	case *In:
		return p.in(e)
	case *Keys:
		return p.keys(e)
	case *Exists:
		return p.exists(e)
	case *Aggregate:
		return p.aggregate(e)
	case *Subquery:
		return p.subquery(e)
	case *Window:
		return p.window(e)
	}
	return p.refuse(0, "an expression that is not known")
}

// values prints several values, with commas between them.
func (p *printer) values(all []Expr) string {
	said := make([]string, len(all))
	for i, e := range all {
		said[i] = p.value(e)
	}
	return strings.Join(said, ", ")
}

// raw prints the name of a column, without any conversion.
func (p *printer) raw(c *Column) string {
	name := p.quoted(c.At, c.Name)
	if c.Table == "" {
		return name
	}
	return p.quoted(c.At, c.Table) + "." + name
}

func (p *printer) literal(c *Constant) string {
	var said, why string
	switch {
	case c.Null && c.Type.class() == null:
		return "null"
	case c.Null:
		return "(" + p.null(c.Type) + ")"
	case !utf8.ValidString(c.Value):
		why = "the text is not of UTF-8"
	case c.Type.class() == text:
		said, why = p.text(c.Value)
	default:
		said, why = p.constant(c.Type, c.Value)
	}
	return p.or(c.At, said, why)
}

// comparable prints a value so that it is compared, sorted and grouped as in DuckDB. A text
// is compared by its bytes.
func (p *printer) comparable(e Expr) string {
	value := p.value(e)
	if e.Of().class() == text {
		return p.bytes(value)
	}
	return value
}

func (p *printer) casts(e *Cast) string {
	value := p.value(e.Arg)
	from, to := e.Arg.Of(), e.Type
	switch {
	case e.Try && from != to:
		return p.refuse(e.At, "TRY_CAST gives NULL where a server has an error")
	case from.ID == to.ID && from.class() != decimal, from.class() == to.class() && from.class().in(text|boolean):
		return value
	case from.class() == integer && to.ID == BigInt:
		return value
	case from.class() == decimal && to.class() == decimal && p.product == SQLite:
		return p.refuse(e.At, "decimals are floats there")
	case from.class() == decimal && to.class() == decimal:
		width, scale, ok := digits(e.Arg)
		switch {
		case !ok || width-scale >= to.Width-to.Scale:
			return p.refuse(e.At, "a value may have more digits than %s, an error in DuckDB alone", to)
		case scale > to.Scale:
			return fmt.Sprintf("round(%s, %d)", value, to.Scale)
		}
		return value // the cast changes nothing
	}
	said, why := p.cast(e.Arg, value, to)
	if said == "" && why == "" {
		why = fmt.Sprintf("a cast of %s to %s is not known to mean the same", from, to)
	}
	return p.or(e.At, said, why)
}

func (p *printer) cases(e *Case) string {
	var b strings.Builder
	b.WriteString("(case")
	for _, w := range e.Whens {
		fmt.Fprintf(&b, " when %s then %s", p.condition(w.If), p.value(w.Then))
	}
	if e.Else != nil {
		fmt.Fprintf(&b, " else %s", p.value(e.Else))
	}
	b.WriteString(" end)")
	all := []Expr{}
	for _, w := range e.Whens {
		all = append(all, w.Then)
	}
	if e.Else != nil {
		all = append(all, e.Else)
	}
	if !p.agree(e.At, e.Type, all) {
		return ""
	}
	return b.String()
}

// condition prints a boolean as a condition.
func (p *printer) condition(e Expr) string {
	if c := e.Of().class(); c != boolean && c != null {
		return p.refuse(e.Begins(), "a condition of type %s is not one", e.Of())
	}
	return p.value(e)
}

// alike reports whether expressions have the same class, so that no server converts one
// to another's type in its own way. A bare NULL fits every class.
func alike(all []Expr) bool {
	var seen class
	for _, e := range all {
		c := e.Of().class()
		if c == null {
			continue
		}
		if seen == 0 {
			seen = c
		}
		if c != seen {
			return false
		}
	}
	return true
}

// agree reports whether a server makes the same value of type t as DuckDB does, whichever
// of the expressions is chosen. If not, it records a refusal.
func (p *printer) agree(at Place, t Type, all []Expr) bool {
	if !alike(all) {
		p.refuse(at, "values of several types are not made one type as in DuckDB")
		return false
	}
	for _, e := range all {
		if e.Of().class() == decimal && p.product != SQLite && e.Of() != t && !fits(e, t) {
			p.refuse(at, "a decimal of another scale would be rounded, or end with an error, in DuckDB alone")
			return false
		}
	}
	return true
}

// comparables reports whether values of two classes can be compared. Values of the same
// class can, and so can exact numbers of different classes.
func comparables(a, b class) bool {
	const exact = integer | huge | decimal
	return a == b && a.in(anything) || a.in(exact) && b.in(exact)
}

var comparisons = []string{"=", "<>", "<", "<=", ">", ">=", "is distinct from", "is not distinct from"}

func isComparison(name string) bool { return slices.Contains(comparisons, name) }
