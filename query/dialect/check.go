// Values that contradict the type of their column: what is sent along so that they are
// noticed.

package dialect

import (
	"fmt"
	"slices"
	"strings"
)

// Contradicts prints the condition under which a cell of a column is not a value of its
// logical type as all products share it. It is empty if no such cell can exist. The
// condition uses only this column.
func Contradicts(product Product, c *Column) (string, error) {
	p := newPrinter(product)
	condition := p.contradicts(c, p.raw(c))
	return condition, p.err()
}

func (p *printer) contradicts(c *Column, q string) string {
	switch p.product {
	case PostgreSQL:
		switch o := parseOwn(c.Own); {
		case o.base != "numeric" || c.Type.class() != decimal:
			return ""
		case len(o.args) > 0 && o.args[0] <= 38: // which has no infinity
			return fmt.Sprintf("(%s = 'NaN')", q)
		}
		return fmt.Sprintf("(%s > 1e38 or %s < -1e38)", q, q) // NaN is greater than all numbers
	case SQLite:
		if kind := cell(c); kind != "" {
			return cells(contradicting, []string{kind}, []string{q})
		}
		return ""
	}
	switch o := parseOwn(c.Own); {
	case mysqlTypes[o.base].in(day):
		return fmt.Sprintf("(%s is not null and (dayofmonth(%s) = 0 or month(%s) = 0 or year(%s) = 0 or dayofmonth(%s) > dayofmonth(last_day(%s))))", q, q, q, q, q, q)
	case o.base == "decimal" && len(o.args) > 0 && o.args[0] > 38:
		return fmt.Sprintf("(abs(%s) >= 1e38)", q)
	}
	return ""
}

// Our own functions in SQLite, where any column can have cells of any type. The first is true
// if one of the cells contradicts. The second fails then, and is true otherwise.
const (
	contradicting = "fanql_contradicts"
	unlessOne     = "fanql_check"
)

// cells prints a call of such a function for columns, each with the letter that cell returns.
func cells(function string, kinds, columns []string) string {
	return function + "('" + strings.Join(kinds, "") + "', " + strings.Join(columns, ", ") + ")"
}

// cell returns what the cells of a column in SQLite must be: b for 0 and 1, i for integers, n
// and a scale for numbers that are such decimals, f for doubles and integers that are equal to
// one, t for texts without a zero byte, d for dates, s for timestamps in whole seconds, m for
// timestamps with or without a fraction. It is empty where no cell can be anything else.
func cell(c *Column) string {
	of, to := sqliteClass(c), c.Type.class()
	switch {
	case of == integer && to.in(integer|decimal|text) && c.Strict, to == double && of != integer && c.Strict:
		return ""
	case of == integer && to == text:
		return "i"
	case of == date && to == timestamp:
		return "d"
	case to == decimal:
		return fmt.Sprintf("n%02d", c.Type.Scale)
	case to == timestamp && c.Ranked:
		return "m"
	}
	return map[class]string{boolean: "b", integer: "i", double: "f", text: "t", date: "d", timestamp: "s"}[to]
}

// checks prints what makes a statement notice cells that contradict the types of the
// checked columns: relations in front of its own, and its condition, which is empty if
// there is none.
//
// The check costs as little as the statement allows. If the statement returns rows, it
// also returns those that contradict, since reading their cells fails. Otherwise such
// rows end the statement with an error, during the scan that it makes anyway. If the scan
// may stop early or does not read each row once, all rows are checked first.
func (p *printer) checks(s Select) (relations []string, condition string) {
	var own []string
	if s.Where != nil {
		own = append(own, p.condition(s.Where))
	}
	aliases, of := p.checked(s)
	switch {
	case len(aliases) == 0:
	case len(aliases) > 1 || !isTable(s.From, aliases[0]) || s.stopsEarly():
		var guards []string
		relations, guards = p.guards(s, aliases, of)
		own = append(guards, own...)
	case p.first(s): // they come before all others
	case s.Limit == nil && len(s.Group) == 0 && s.gives(s.Checked):
		if len(own) > 0 {
			own = []string{"(" + own[0] + " or " + of[aliases[0]].condition(p) + ")"}
		}
	default:
		p.scanned = s.Limit != nil
		own = []string{p.unless(of[aliases[0]], strings.Join(own, ""))}
	}
	return relations, strings.Join(own, " and ")
}

// isTable reports whether a relation is a table with this alias, and not a join.
func isTable(r Relation, alias string) bool {
	switch r := r.(type) {
	case Table:
		return r.As == alias
	case Text:
		return r.As == alias
	}
	return false
}

// unless prints a condition that fails with an error for rows that contradict, and is
// true for the others where the statement's own condition is: an empty one always is.
// Where there is one, CASE evaluates the contradiction first.
func (p *printer) unless(l looks, condition string) string {
	contradicts := "(" + l.condition(p) + ") is true"
	holds, otherwise := "18446744073709551615 + ("+contradicts+") > 0", "false"
	switch p.product {
	case PostgreSQL:
		holds = "1 / (not (" + contradicts + "))::int = 1"
	case SQLite:
		holds, otherwise = cells(unlessOne, l.kinds, l.columns), "0"
	}
	if condition == "" {
		return holds // in MariaDB, CASE takes half as long again as the contradiction itself
	}
	return "case when " + holds + " then " + condition + " else " + otherwise + " end"
}

// stopsEarly reports whether a server may answer without reading all rows: with a LIMIT
// without an order, or if only the least or the greatest values are selected, which an
// index has.
func (s Select) stopsEarly() bool {
	if s.Limit != nil && len(s.Order) == 0 {
		return true
	}
	if len(s.Group) > 0 || s.NotEmpty {
		return false
	}
	ends := 0
	for _, item := range s.List {
		a, ok := item.Expr.(*Aggregate)
		if !ok || a.Name != "min" && a.Name != "max" {
			return false
		}
		ends++
	}
	return ends > 0
}

// first reports whether rows that contradict are the first ones in the order, so that the
// statement returns them: PostgreSQL's NaN is greater than all numbers.
func (p *printer) first(s Select) bool {
	if p.product != PostgreSQL || s.Limit == nil || len(s.Order) == 0 || !s.Order[0].Desc || s.Order[0].NullsFirst || len(s.Group) > 0 || !s.gives(s.Checked) {
		return false
	}
	by, bare := s.Order[0].Expr.(*Column)
	var o own
	if bare {
		o = parseOwn(by.Own)
	}
	return bare && s.Where == nil && *s.Limit > 0 && len(o.args) > 0 && o.args[0] <= 38 &&
		!slices.ContainsFunc(s.Checked, func(c *Column) bool { return c.Name != by.Name && p.contradicts(c, p.raw(c)) != "" })
}

// gives reports whether the statement returns rows of its table, with all of these
// columns.
func (s Select) gives(columns []*Column) bool {
	given := map[string]bool{}
	for _, item := range s.List {
		c, bare := item.Expr.(*Column)
		if !bare {
			return false
		}
		given[c.Name] = true
	}
	return !slices.ContainsFunc(columns, func(c *Column) bool { return !given[c.Name] })
}

// looks are the checks of a table's cells: conditions under which they contradict, or in
// SQLite the arguments of one call for all of them.
type looks struct{ conditions, kinds, columns []string }

// condition prints the condition under which one of the cells contradicts.
func (l looks) condition(p *printer) string {
	if p.product == SQLite {
		return cells(contradicting, l.kinds, l.columns)
	}
	return strings.Join(l.conditions, " or ")
}

// checked returns the checks of each table's cells.
func (p *printer) checked(s Select) (aliases []string, of map[string]looks) {
	of = map[string]looks{}
	for _, c := range s.Checked {
		q := p.raw(c)
		condition := p.contradicts(c, q)
		if condition == "" {
			continue
		}
		l, known := of[c.Table]
		if !known {
			aliases = append(aliases, c.Table)
		}
		if p.product == SQLite {
			l.kinds, l.columns = append(l.kinds, cell(c)), append(l.columns, q)
		} else {
			l.conditions = append(l.conditions, condition)
		}
		of[c.Table] = l
	}
	return aliases, of
}

// guards prints conditions that end the statement with an error before it reads its rows,
// if a checked column has a cell that contradicts its type. There is one for each table,
// as a relation or as a condition. PostgreSQL evaluates a condition without columns
// first, and the others read the first table of a join first.
func (p *printer) guards(s Select, aliases []string, of map[string]looks) (relations, conditions []string) {
	for i, alias := range aliases {
		table := named(s.From, alias)
		if table == nil && s.Where != nil {
			table = askedAbout(s.Where, alias)
		}
		if table == nil {
			p.refuse(0, "a column of %q is checked, which is no table of the statement", alias)
			return nil, nil
		}
		exists := "exists (select 1 from " + table.relation(p) + " where " + of[alias].condition(p) + ")"
		guard := p.quoted(0, fmt.Sprintf("guard %d", i+1))
		switch p.product {
		case PostgreSQL:
			conditions = append(conditions, "(select 1 / (select (not "+exists+")::int)) = 1")
			continue
		case SQLite:
			relations = append(relations, "(select abs(-9223372036854775807 - "+exists+") as ok limit 1) as "+guard)
		default:
			relations = append(relations, "(select 18446744073709551615 + "+exists+" as ok limit 1) as "+guard)
		}
		conditions = append(conditions, guard+".ok > 0")
	}
	return relations, conditions
}

// askedAbout returns the relation with this alias in an EXISTS of the condition.
func askedAbout(e Expr, alias string) Relation {
	switch e := e.(type) {
	case *Exists:
		if found := named(e.From, alias); found != nil {
			return found
		}
		return askedAbout(e.Where, alias)
	case *Call:
		for _, arg := range e.Args {
			if found := askedAbout(arg, alias); found != nil {
				return found
			}
		}
	}
	return nil
}

// named returns the relation with this alias.
func named(r Relation, alias string) Relation {
	switch r := r.(type) {
	case Table:
		if r.As == alias {
			return r
		}
	case Text:
		if r.As == alias {
			return r
		}
	case Sub:
		if r.As == alias {
			return r
		}
		return named(r.Select.From, alias)
	case Set:
		if r.As == alias {
			return r
		}
	case Empty:
		if r.As == alias {
			return r
		}
	case Join:
		if found := named(r.Left, alias); found != nil {
			return found
		}
		return named(r.Right, alias)
	}
	return nil
}
