// Comparisons, lists, and keys.

package dialect

import (
	"encoding/json"
	"strings"
)

// compare prints a comparison of two values.
func (p *printer) compare(e *Call) string {
	if len(e.Args) != 2 {
		return p.refuse(e.At, "%s takes two operands", e.Name)
	}
	left, right := e.Args[0], e.Args[1]
	if !p.meet(e.At, left, right) {
		return ""
	}
	name := e.Name
	switch name {
	case "is distinct from", "is not distinct from":
		return p.distinct(e, name == "is distinct from")
	case "=":
		if c, v, ok := columnAndConstant(left, right); ok && c.Type.class() == text {
			return p.equal(c, v)
		}
		if a, b, ok := p.sameTexts(left, right); ok {
			return p.equalColumns(a, b)
		}
	}
	return "(" + p.comparable(left) + " " + name + " " + p.comparable(right) + ")"
}

// meet reports whether the product compares two operands as DuckDB does. If not, it records
// a refusal.
func (p *printer) meet(at Place, left, right Expr) bool {
	a, b := left.Of().class(), right.Of().class()
	if !comparables(a, b) {
		p.refuse(at, "%s and %s are not compared as in DuckDB", left.Of(), right.Of())
		return false
	}
	if p.product == SQLite && (a == decimal || b == decimal) && !(decimalCell(left) && decimalCell(right) && (isConstant(left) || isConstant(right))) {
		p.refuse(at, "decimals are floats there")
		return false
	}
	return true
}

// decimalCell reports whether an expression is a number as SQLite stores it, without a
// computation. A computation with a decimal in SQLite gives a float.
func decimalCell(e Expr) bool {
	switch e := e.(type) {
	case *Column, *Constant:
		return true
	case *Cast:
		return decimalCell(e.Arg)
	}
	return false
}

func isConstant(e Expr) bool {
	switch e := e.(type) {
	case *Constant:
		return true
	case *Cast:
		return isConstant(e.Arg)
	}
	return false
}

// columnAndConstant returns the column and the constant of two operands, in whichever order
// they are. Ok is false if the operands are not one of each, or if the constant is NULL.
func columnAndConstant(left, right Expr) (*Column, *Constant, bool) {
	if _, ok := left.(*Constant); ok {
		left, right = right, left
	}
	c, ok := left.(*Column)
	v, fixed := right.(*Constant)
	return c, v, ok && fixed && !v.Null
}

// equal prints that a column of text equals a constant. The server can use an index with
// the column's own collation for it.
func (p *printer) equal(c *Column, v *Constant) string {
	exact := p.bytes(p.value(c)) + " = " + p.bytes(p.value(v))
	switch indexed := p.raw(c) + " = " + p.value(v); {
	case !p.indexes(c, v.Value):
		return "(" + exact + ")"
	case p.exact(c):
		return "(" + indexed + ")"
	default:
		return "(" + indexed + " and " + exact + ")"
	}
}

// sameTexts returns the operands if they are columns of text with the same collation, in
// which texts with the same bytes are equal.
func (p *printer) sameTexts(left, right Expr) (a, b *Column, ok bool) {
	a, isA := left.(*Column)
	b, isB := right.(*Column)
	if !isA || !isB || a.Type.class() != text || b.Type.class() != text || a.Collation == "" || a.Collation != b.Collation {
		return nil, nil, false
	}
	if p.product == PostgreSQL {
		return a, b, p.exact(a) && p.exact(b)
	}
	own := func(c *Column) bool {
		o := parseOwn(c.Own)
		return mysqlTypes[o.base] == text && o.base != "enum" && o.base != "set" && c.Charset == "utf8mb4"
	}
	return a, b, p.product != SQLite && own(a) && own(b)
}

// equalColumns prints that such columns are equal. The server can use an index of one of
// them for it.
func (p *printer) equalColumns(a, b *Column) string {
	indexed := p.raw(a) + " = " + p.raw(b)
	if p.exact(a) && p.exact(b) {
		return "(" + indexed + ")"
	}
	return "(" + indexed + " and " + p.comparable(a) + " = " + p.comparable(b) + ")"
}

// exact reports whether equality in the column's own collation is equality of bytes.
func (p *printer) exact(c *Column) bool {
	switch p.product {
	case PostgreSQL:
		o := parseOwn(c.Own)
		return !c.Nondeterministic && (o.base == "text" || o.base == "character varying" || o.base == "varchar" || o.base == "name")
	case SQLite:
		return strings.EqualFold(c.Collation, "binary")
	}
	return false
}

// indexes reports whether texts with the same bytes are equal in the column's own
// collation, and comparing with the value is no error. Then that comparison may be added to
// an exact one.
func (p *printer) indexes(c *Column, value string) bool {
	o := parseOwn(c.Own)
	switch p.product {
	case PostgreSQL:
		return p.exact(c) || o.base == "character" && postgresTypes[o.base] == text
	case SQLite:
		return true
	}
	ascii := strings.IndexFunc(value, func(r rune) bool { return r >= 0x80 || r == 0 }) < 0
	return mysqlTypes[o.base] == text && o.base != "enum" && o.base != "set" && (c.Charset == "utf8mb4" || ascii)
}

// distinct prints IS [NOT] DISTINCT FROM.
func (p *printer) distinct(e *Call, not bool) string {
	left, right := p.comparable(e.Args[0]), p.comparable(e.Args[1])
	switch {
	case p.product == PostgreSQL && not:
		return "(" + left + " is distinct from " + right + ")"
	case p.product == PostgreSQL:
		return "(" + left + " is not distinct from " + right + ")"
	case p.product == SQLite && not:
		return "(" + left + " is not " + right + ")"
	case p.product == SQLite:
		return "(" + left + " is " + right + ")"
	case not:
		return "(not (" + left + " <=> " + right + "))"
	}
	return "(" + left + " <=> " + right + ")"
}

func (p *printer) in(e *In) string {
	if len(e.List) == 0 {
		return p.refuse(e.At, "a list without values")
	}
	comparable := make([]string, len(e.List))
	constants := true
	for i, v := range e.List {
		c, ok := v.(*Constant)
		constants = constants && ok
		if ok && c.Null {
			comparable[i] = "null"
			continue
		}
		if !p.meet(e.At, e.Arg, v) {
			return ""
		}
		comparable[i] = p.comparable(v)
	}
	said := p.comparable(e.Arg) + " in (" + strings.Join(comparable, ", ") + ")"
	if c, ok := e.Arg.(*Column); ok && constants && c.Type.class() == text {
		said = p.listed(c, e.List, said)
	}
	if e.Not {
		return "(not (" + said + "))"
	}
	return "(" + said + ")"
}

// listed adds an IN in the column's own collation to the exact one, or replaces it.
func (p *printer) listed(c *Column, list []Expr, exact string) string {
	plain := make([]string, len(list))
	for i, v := range list {
		v := v.(*Constant)
		if !v.Null && !p.indexes(c, v.Value) {
			return exact
		}
		if plain[i] = "null"; !v.Null {
			plain[i] = p.value(v)
		}
	}
	indexed := p.raw(c) + " in (" + strings.Join(plain, ", ") + ")"
	if p.exact(c) {
		return indexed
	}
	return indexed + " and " + exact
}

// keys prints a comparison with many constants so that it is fast: with an array of the
// column's own type, with a list, or with a table from JSON.
func (p *printer) keys(e *Keys) string {
	c := e.Arg
	if len(e.Values) == 0 {
		return p.literal(&Constant{Type: Type{ID: Boolean}, Value: "false", At: e.At})
	}
	switch p.product {
	case PostgreSQL:
		return p.arrayKeys(e)
	case SQLite:
		return p.jsonKeys(e)
	}
	list := make([]Expr, len(e.Values))
	for i, v := range e.Values {
		list[i] = &Constant{Type: c.Type, Value: v, At: e.At}
	}
	return p.in(&In{Arg: c, List: list, At: e.At})
}

// arrayKeys prints = ANY with a constant array of the column's own type. With an array of
// another type PostgreSQL uses no index. It parses an array that is not constant anew for
// each row.
func (p *printer) arrayKeys(e *Keys) string {
	c := e.Arg
	own := parseOwn(c.Own)
	of := postgresTypes[own.base]
	if own.base == "character" || own.base == "citext" || c.Nondeterministic || of == 0 || of != c.Type.class() && !(of == integer && c.Type.class() == decimal) {
		return p.refuse(e.At, "keys for a column of type %s are not known to mean the same", c.Own)
	}
	var b strings.Builder
	b.WriteByte('{')
	for i, v := range e.Values {
		if i > 0 {
			b.WriteByte(',')
		}
		if c.Type.class() != text {
			b.WriteString(`"` + v + `"`)
			continue
		}
		b.WriteString(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`)
	}
	b.WriteByte('}')
	array, why := p.text(b.String())
	return p.or(e.At, "("+p.raw(c)+" = any("+array+"::"+own.base+"[]))", why)
}

// jsonKeys prints IN with the elements of a JSON array.
func (p *printer) jsonKeys(e *Keys) string {
	var list any
	switch e.Arg.Type.class() {
	case integer:
		numbers := make([]json.Number, len(e.Values))
		for i, v := range e.Values {
			numbers[i] = json.Number(v)
		}
		list = numbers
	case text, date, timestamp:
		list = e.Values
	default:
		return p.refuse(e.At, "keys of type %s are not known to mean the same", e.Arg.Type)
	}
	encoded, err := json.Marshal(list)
	if err != nil {
		return p.refuse(e.At, "keys that JSON does not hold: %v", err)
	}
	said, why := p.text(string(encoded))
	for _, v := range e.Values {
		if _, not := p.text(v); not != "" {
			why = not
		}
	}
	return p.or(e.At, "("+p.comparable(e.Arg)+" in (select value from json_each("+said+")))", why)
}
