// Statements.

package dialect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Select is a statement of one source's, or a subquery in one.
type Select struct {
	// List is what it gives. A column that stands there bare, and is not grouped by,
	// comes as the server has it; everything else as its logical type.
	List []Item
	// Values has bare columns come as their logical types as well: what is around a
	// subquery takes them for those.
	Values bool
	// Distinct groups by the whole list.
	Distinct bool
	From     Relation // nil for none
	Where    Expr     // nil for all rows
	// Group has no aggregates. An expression of it may stand in List and Order.
	Group []Expr
	// NotEmpty adds having count(*) > 0, so that no rows make no group.
	NotEmpty bool
	Having   Expr // nil for all groups
	Order    []Order
	// Limit and Offset are nil for none.
	Limit, Offset *int64
	// Checked are columns of servers that hold values which their types do not say, such
	// as SQLite's cells of other types, zero dates and NaN: if there is any in the table,
	// whatever the condition of the statement is, the statement ends with an error, or gives
	// that row. A table of that name must be From, or in it.
	Checked []*Column
}

// An Item is a column of what a Select gives.
type Item struct {
	Expr Expr
	As   string // its name; never empty
}

// An Order is a term of ORDER BY. Where NULLs stand is always said, since servers differ.
type Order struct {
	Expr       Expr
	Desc       bool
	NullsFirst bool
}

// A Relation is what rows come from: a [Table], a [Text], a [Sub], a [Join] or an [Empty].
type Relation interface {
	relation(p *printer) string
}

// A Table is one of the source's.
type Table struct {
	Schema string // empty for the one that the server looks in
	Name   string
	As     string // its alias; never empty
	At     Place
}

// A Text is a subquery in the source's own dialect, as a user wrote it for this source:
// one statement that reads, without a semicolon.
type Text struct {
	SQL string
	As  string
	At  Place
}

// A Sub is a subquery.
type Sub struct {
	Select Select
	As     string
	At     Place
}

// A Join is of two relations of one source.
type Join struct {
	Kind        string // inner, left, right, full or cross
	Left, Right Relation
	On          Expr // nil for cross
	At          Place
}

// An Empty is a table that a source lacks, without rows.
type Empty struct {
	Columns []Item // expressions' types say the columns' types; only those are looked at
	As      string
	At      Place
}

// SQL prints the statement for a product. The error is a [*Refusal].
func (s Select) SQL(product Product) (string, error) {
	p := newPrinter(product)
	text := p.statement(s)
	return text, p.err()
}

func (p *printer) statement(s Select) string {
	outer, inside, scanned := p.groups, p.inside, p.scanned
	defer func() { p.groups, p.inside, p.scanned = outer, inside, scanned }()
	p.scanned = false
	group := s.Group
	if s.Distinct {
		if len(group) > 0 {
			return p.refuse(0, "DISTINCT of groups")
		}
		for _, item := range s.List {
			group = append(slices.Clip(group), item.Expr)
		}
	}
	p.groups, p.inside = nil, false
	var groups []string
	for _, e := range group {
		groups = append(groups, p.form(e))
	}
	p.groups = groups
	var b strings.Builder
	b.WriteString("select ")
	for i, item := range s.List {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.item(item.Expr, s.Values) + " as " + p.quoted(item.Expr.Begins(), item.As))
	}
	p.inside = true // what stands before the groups is of rows
	from, where := p.checks(s)
	if s.From != nil {
		read := s.From.relation(p)
		if j, ok := s.From.(Join); ok && len(from) > 0 && j.makesUpLeft() {
			read = "(" + read + ")" // or it would make up rows of the guards
		}
		from = append(from, read)
	}
	p.inside = false
	if len(from) > 0 {
		b.WriteString(" from " + strings.Join(from, " cross join "))
	}
	if where != "" {
		b.WriteString(" where " + where)
	}
	if len(p.groups) > 0 {
		b.WriteString(" group by " + strings.Join(p.groups, ", "))
	}
	switch {
	case s.NotEmpty && s.Having != nil:
		b.WriteString(" having count(*) > 0 and " + p.condition(s.Having))
	case s.NotEmpty:
		b.WriteString(" having count(*) > 0")
	case s.Having != nil:
		b.WriteString(" having " + p.condition(s.Having))
	}
	for i, o := range s.Order {
		b.WriteString([]string{" order by ", ", "}[min(i, 1)] + p.order(o))
	}
	b.WriteString(p.slice(s))
	return b.String()
}

// item prints an expression of the list.
func (p *printer) item(e Expr, values bool) string {
	if c, ok := e.(*Column); ok && len(p.groups) == 0 && !values {
		return p.raw(c)
	}
	return p.value(e)
}

// form is an expression as it is grouped by.
func (p *printer) form(e Expr) string {
	defer func(inside bool) { p.inside = inside }(p.inside)
	p.inside = true
	return p.comparable(e)
}

// grouped reports whether an expression is one that the statement groups by. Whether it
// can be said at all is left to who prints it.
func (p *printer) grouped(e Expr) (form string, ok bool) {
	if len(p.groups) == 0 || p.inside {
		return "", false
	}
	refusal := p.refusal
	form = p.form(e)
	p.refusal = refusal
	return form, slices.Contains(p.groups, form)
}

// ofGroup is the value of an expression that is grouped by. MySQL knows such an expression
// only where it stands alone, and has a text in its binary form; all of the group are the
// same, so the least one is it. (The least of the texts themselves has the bytes of
// another character set in MySQL 9.7.)
func (p *printer) ofGroup(e Expr, form string) string {
	if p.product != MySQL && p.product != MariaDB {
		return form
	}
	if e.Of().class() == text {
		return p.unbinary("min(" + form + ")")
	}
	return "min(" + form + ")"
}

func (p *printer) order(o Order) string {
	direction := " asc"
	if o.Desc {
		direction = " desc"
	}
	value, group := p.grouped(o.Expr)
	nulls := "(min(" + value + ") is null)"
	if !group {
		value = p.comparable(o.Expr)
		nulls = "(" + value + " is null)"
	}
	switch {
	case p.product == MySQL || p.product == MariaDB || p.scanned && !group: // which no index serves
		if o.NullsFirst {
			nulls += " desc"
		}
		return nulls + ", " + value + direction
	case o.NullsFirst:
		return value + direction + " nulls first"
	}
	return value + direction + " nulls last"
}

func (p *printer) slice(s Select) string {
	switch {
	case s.Limit == nil && s.Offset == nil:
		return ""
	case s.Limit != nil && *s.Limit < 0 || s.Offset != nil && *s.Offset < 0:
		return p.refuse(0, "a limit or an offset below 0")
	case s.Offset == nil:
		return " limit " + strconv.FormatInt(*s.Limit, 10)
	case s.Limit == nil && p.product == PostgreSQL:
		return " offset " + strconv.FormatInt(*s.Offset, 10)
	}
	limit := int64(9223372036854775807) // there is no OFFSET without a LIMIT
	if s.Limit != nil {
		limit = *s.Limit
	}
	return fmt.Sprintf(" limit %d offset %d", limit, *s.Offset)
}

func (t Table) relation(p *printer) string {
	name := p.quoted(t.At, t.Name)
	if t.Schema != "" {
		name = p.quoted(t.At, t.Schema) + "." + name
	}
	return name + " as " + p.quoted(t.At, t.As)
}

func (t Text) relation(p *printer) string {
	return "(\n" + t.SQL + "\n) as " + p.quoted(t.At, t.As) // a comment at its end ends with its line
}

func (s Sub) relation(p *printer) string {
	return "(" + p.statement(s.Select) + ") as " + p.quoted(s.At, s.As)
}

func (j Join) relation(p *printer) string {
	left, right := j.Left.relation(p), j.Right.relation(p)
	if _, nested := j.Right.(Join); nested {
		right = "(" + right + ")"
	}
	switch j.Kind {
	case "cross":
		return left + " cross join " + right
	case "full":
		if p.product == MySQL || p.product == MariaDB {
			return p.refuse(j.At, "there is no FULL JOIN there")
		}
	case "inner", "left", "right":
	default:
		return p.refuse(j.At, "a join of kind %q", j.Kind)
	}
	if j.On == nil {
		return p.refuse(j.At, "a join without a condition")
	}
	return left + " " + j.Kind + " join " + right + " on " + p.condition(j.On)
}

// makesUpLeft reports whether rows of the first table may be made up.
func (j Join) makesUpLeft() bool {
	left, nested := j.Left.(Join)
	return j.Kind == "right" || j.Kind == "full" || nested && left.makesUpLeft()
}

func (e Empty) relation(p *printer) string {
	list := make([]string, len(e.Columns))
	for i, c := range e.Columns {
		list[i] = p.null(c.Expr.Of()) + " as " + p.quoted(e.At, c.As)
	}
	where := " where false"
	switch p.product {
	case SQLite:
		where = " where 0"
	case MySQL, MariaDB:
		where = " from dual where false"
	}
	return "(select " + strings.Join(list, ", ") + where + ") as " + p.quoted(e.At, e.As)
}
