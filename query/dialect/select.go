// Statements.

package dialect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Select is a statement for one source, or a subquery of one.
type Select struct {
	// List has the columns of the result. In a statement without groups, a bare column is
	// returned as the server stores it. Everything else has its logical type.
	List []Item
	// Values gives bare columns their logical types, too, as the query around a subquery
	// expects.
	Values bool
	// Distinct removes duplicates by grouping by the whole list.
	Distinct bool
	From     Relation // nil if there is none
	Where    Expr     // nil for all rows
	// Group has the expressions to group by, without aggregates. List and Order may use
	// them.
	Group []Expr
	// NotEmpty adds having count(*) > 0, so that there is no group without rows.
	NotEmpty bool
	Having   Expr // nil for all groups
	Order    []Order
	// Limit and Offset are numbers of rows; nil if there is none.
	Limit, Offset *int64
	// Checked has columns that may have values outside of their types, such as SQLite's
	// cells of other types, zero dates and NaN. If the table has such a value, the
	// statement fails or returns its row, even if the row does not meet Where. The tables
	// of these columns must be in From, or in an EXISTS in Where.
	Checked []*Column
	// compared means that texts are returned in the form that is compared by bytes.
	compared bool
	// uncached keeps MariaDB from caching the results of a subquery: see outerText.
	uncached bool
}

// An Item is a column of the result.
type Item struct {
	Expr Expr
	As   string // its name; not empty
}

// An Order is a term of ORDER BY. The position of NULLs is always printed, since servers
// differ.
type Order struct {
	Expr       Expr
	Desc       bool
	NullsFirst bool
}

// A Relation is a source of rows: a [Table], a [Text], a [Sub], a [Set], a [Join] or an
// [Empty].
type Relation interface {
	relation(p *printer) string
}

// A Table is a table of the source.
type Table struct {
	Schema string // empty for the server's default schema
	Name   string
	As     string // its alias; not empty
	At     Place
}

// A Text is a subquery in the source's own dialect, as a user wrote it for this source: a
// single query without a semicolon.
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

// A Join joins two relations of one source.
type Join struct {
	Kind        string // inner, left, right, full or cross
	Left, Right Relation
	On          Expr // nil for cross
	At          Place
}

// An Empty is a table without rows. It takes the place of a table that a source lacks.
type Empty struct {
	Columns []Item // only the types of the expressions matter
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
	outer, inside, scanned, checks := p.groups, p.inside, p.scanned, p.ownChecks
	defer func() { p.groups, p.inside, p.scanned, p.ownChecks = outer, inside, scanned, checks }()
	p.scanned, p.ownChecks = false, nil
	if s.groupsAll() {
		p.ownChecks = s.Checked
	}
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
		b.WriteString(p.item(item.Expr, s) + " as " + p.quoted(item.Expr.Begins(), item.As))
	}
	p.inside = true // WHERE cannot use the groups, since it comes before them
	from, where, having := p.checks(s)
	if s.From != nil {
		read := s.From.relation(p)
		if j, ok := s.From.(Join); ok && len(from) > 0 && j.makesUpLeft() {
			read = "(" + read + ")" // otherwise the outer join would replace rows of the guards by NULLs
		}
		from = append(from, read)
	}
	p.inside = false
	if len(from) > 0 {
		b.WriteString(" from " + strings.Join(from, " cross join "))
	}
	if s.uncached {
		where = strings.TrimPrefix(where+" and rand() < 2", " and ") // it is always true, but the server does not know that
	}
	if where != "" {
		b.WriteString(" where " + where)
	}
	if len(p.groups) > 0 {
		b.WriteString(" group by " + strings.Join(p.groups, ", "))
	}
	all := []string{having}
	if s.NotEmpty {
		all = append(all, "count(*) > 0")
	}
	if s.Having != nil {
		all = append(all, p.condition(s.Having))
	}
	if all = slices.DeleteFunc(all, func(s string) bool { return s == "" }); len(all) > 0 {
		b.WriteString(" having " + strings.Join(all, " and "))
	}
	for i, o := range s.Order {
		b.WriteString([]string{" order by ", ", "}[min(i, 1)] + p.order(o))
	}
	b.WriteString(p.slice(s))
	return b.String()
}

// item prints an expression of the list.
func (p *printer) item(e Expr, s Select) string {
	if s.compared {
		return p.comparable(e)
	}
	if c, ok := e.(*Column); ok && len(p.groups) == 0 && !s.Values {
		return p.raw(c)
	}
	return p.value(e)
}

// form prints an expression as in GROUP BY.
func (p *printer) form(e Expr) string {
	defer func(inside bool) { p.inside = inside }(p.inside)
	p.inside = true
	return p.comparable(e)
}

// grouped reports whether the statement groups by an expression, and returns the expression
// as it is printed in GROUP BY. It records no refusal: the caller does when it prints the
// expression.
func (p *printer) grouped(e Expr) (form string, ok bool) {
	if len(p.groups) == 0 || p.inside {
		return "", false
	}
	refusal := p.refusal
	form = p.form(e)
	p.refusal = refusal
	return form, slices.Contains(p.groups, form)
}

// ofGroup prints the value of an expression that is grouped by. MySQL recognises such an
// expression only in the form of GROUP BY, and a text is grouped in its binary form. All
// values of a group are the same, so the least of them is used. (In MySQL 9.7 the least of
// the texts themselves has the bytes of another character set.)
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
	noIndex := p.scanned && !group // printed so that no index can provide the order
	switch mysql := p.product == MySQL || p.product == MariaDB; {
	case mysql && o.Desc != o.NullsFirst && !noIndex: // MySQL orders NULLs in this way
		return value + direction
	case noIndex && p.product == SQLite:
		value = "+" + value
	case mysql || noIndex:
		if o.NullsFirst {
			nulls += " desc"
		}
		return nulls + ", " + value + direction
	}
	if o.NullsFirst {
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
	limit := int64(9223372036854775807) // the other products have no OFFSET without a LIMIT
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
	return "(\n" + t.SQL + "\n) as " + p.quoted(t.At, t.As) // the line break ends a comment at the end of the text
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

// makesUpLeft reports whether an outer join may add rows in which the first table's columns
// are NULL.
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
