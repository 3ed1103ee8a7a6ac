// Values that contradict the type of their column: the checks in a statement that detect
// them.

package dialect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/sqlite/affinity"
)

// Contradicts prints the condition that a cell of a column is not a value of the column's
// logical type that all products have. It is empty if no such cell can exist. The condition
// uses only this column. The error is a [*Refusal].
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
		case len(o.args) > 0 && o.args[0] <= 38: // a numeric with a precision has no infinity
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

// fine prints a condition that is true for most cells that do not contradict, and for no
// cell that does. It takes less time than the contradiction. It is empty if there is no
// such condition.
func (p *printer) fine(c *Column, q string) string {
	switch o := parseOwn(c.Own); p.product {
	case PostgreSQL:
		if len(o.args) > 0 && o.args[0] <= 38 {
			return "(" + q + " < 'NaN')"
		}
		return fmt.Sprintf("(%s between -1e38 and 1e38)", q)
	case SQLite:
		switch kind := cell(c); {
		case !c.Stored:
		case kind == "i" && sqliteClass(c) == integer: // other cells are fractions, or not numbers
			return fmt.Sprintf("(%s | 0) = %s and %s > -9223372036854775808", q, q, q)
		case kind == "f" && affinity.Of(o.base, false) == affinity.Real:
			return "(" + q + " < '')" // all numbers are less than all texts
		}
	default:
		if mysqlTypes[o.base].in(day) {
			return fmt.Sprintf("(month(%s) > 0 and dayofmonth(%s) between 1 and 28 and %s >= date'0001-01-01')", q, q, q)
		}
	}
	return ""
}

// Our own functions in SQLite, where any column can have cells of any type. The first is true
// if one of the cells contradicts. The second fails in that case, and is true otherwise.
const (
	contradicting = "fanql_contradicts"
	unlessOne     = "fanql_check"
)

// cells prints a call of such a function for columns. Kinds has what the function cell
// returns for each column.
func cells(function string, kinds, columns []string) string {
	return function + "('" + strings.Join(kinds, "") + "', " + strings.Join(columns, ", ") + ")"
}

// cell returns a code for what the cells of a column in SQLite must be: b for 0 and 1, i for
// integers, n and a scale for numbers that are decimals of that scale, f for doubles and for
// integers that equal one, t for texts without a zero byte, d for dates, s for timestamps in
// whole seconds, and m for timestamps with or without a fraction. The code is empty if no cell
// can be anything else.
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

// checks prints the parts of a statement that detect cells which contradict the types of
// the checked columns. These are relations to put before the statement's own, its
// condition, and the condition of its groups. The condition includes the statement's own.
// Both are empty if there is no condition.
//
// The check costs as little as the statement allows. If the statement returns rows, it also
// returns those that contradict, since reading their cells fails. Otherwise such rows end
// the statement with an error, during the scan that it makes anyway. If the scan may stop
// early, or does not read each row exactly once, all rows are checked first. If the
// statement groups by a text, one text of each group is checked.
func (p *printer) checks(s Select) (relations []string, condition, ofGroups string) {
	var own []string
	if s.Where != nil {
		own = append(own, p.condition(s.Where))
	}
	s.Checked, ofGroups = p.checksOfGroups(s)
	aliases, of := p.checked(s)
	switch {
	case len(aliases) == 0:
	case len(aliases) > 1 || !isTable(s.From, aliases[0]) || s.stopsEarly():
		var guards []string
		relations, guards = p.guards(s, aliases, of)
		own = append(guards, own...)
	case p.first(s): // the rows that contradict come first in the result
	case s.Limit == nil && len(s.Group) == 0 && s.gives(s.Checked):
		if len(own) > 0 {
			own = []string{"(" + own[0] + " or " + of[aliases[0]].condition(p) + ")"}
		}
	default:
		p.scanned = s.Limit != nil
		own = []string{p.unless(of[aliases[0]], strings.Join(own, ""))}
	}
	return relations, strings.Join(own, " and "), ofGroups
}

// groupsAll reports whether every row of the statement's table is in one of the groups that
// it returns.
func (s Select) groupsAll() bool {
	_, one := s.From.(Table)
	return one && s.Where == nil && s.Having == nil && s.Limit == nil && s.Offset == nil && !s.Values && !s.compared
}

// checksOfGroups prints the check of the texts that the statement groups by, and returns the
// columns that are still to be checked. In SQLite all texts of a group are the same.
func (p *printer) checksOfGroups(s Select) (left []*Column, condition string) {
	if p.product != SQLite || !s.groupsAll() {
		return s.Checked, ""
	}
	var l looks
	for _, c := range s.Checked {
		grouped := slices.ContainsFunc(s.Group, func(e Expr) bool {
			key, bare := e.(*Column)
			return bare && key.Table == c.Table && key.Name == c.Name
		})
		if kind := cell(c); grouped && kind == "t" {
			l = append(l, look{kind: kind, column: p.form(c)})
		} else {
			left = append(left, c)
		}
	}
	if len(l) > 0 {
		condition = p.fails(l)
	}
	return left, condition
}

// shows reports whether a cell of the column that contradicts shows in the statement's
// result anyway.
func (p *printer) shows(s Select, c *Column) bool {
	return s.groupsAll() && slices.ContainsFunc(s.List, func(item Item) bool {
		a, ok := item.Expr.(*Aggregate)
		if !ok || !a.of(c) {
			return false
		}
		kind := p.checksItself(a) // that of a column that is used in other ways too is stricter
		return p.sumShows(a, c) || kind != "" && kind == cell(c)
	})
}

// of reports whether the aggregate is over all cells of a column, and over nothing else.
func (e *Aggregate) of(c *Column) bool {
	arg, bare := e.Arg.(*Column)
	return bare && e.Filter == nil && !e.Whole && arg.Table == c.Table && arg.Name == c.Name && arg.Type == c.Type
}

// sumShows reports whether a sum shows that a cell contradicts. In PostgreSQL a sum with NaN
// is NaN, which the reader refuses. In SQLite our own sum fails. Of numbers with more digits
// than all products share, two may cancel out.
func (p *printer) sumShows(a *Aggregate, c *Column) bool {
	switch {
	case a.Name != "sum" || c.Type.class() != decimal:
		return false
	case p.product == SQLite:
		return cell(c) != ""
	}
	o := parseOwn(c.Own)
	return len(o.args) > 0 && o.args[0] <= 38
}

// checksItself returns the kind of the cells that an aggregate checks itself, or an empty text.
// In SQLite our own functions for the least and the greatest date or timestamp fail for a cell
// that contradicts. A call of theirs takes hardly longer than one of the check.
func (p *printer) checksItself(a *Aggregate) string {
	if p.product != SQLite || a.Name != "min" && a.Name != "max" {
		return ""
	}
	for _, c := range p.ownChecks {
		if kind := cell(c); a.of(c) && (kind == "d" || kind == "s" || kind == "m") {
			return kind
		}
	}
	return ""
}

// isTable reports whether a relation is a single table or text with this alias.
func isTable(r Relation, alias string) bool {
	switch r := r.(type) {
	case Table:
		return r.As == alias
	case Text:
		return r.As == alias
	}
	return false
}

// unless prints a condition that fails with an error for rows that contradict. For the
// others it is the statement's own condition, or true if that is empty. CASE evaluates the
// contradiction first.
func (p *printer) unless(l looks, condition string) string {
	all := l.each(func(fine looks) string { return "(" + fine.fine() + " or " + p.fails(fine) + ")" }, p.fails)
	holds, otherwise := strings.Join(all, " and "), "false"
	if p.product == SQLite {
		otherwise = "0"
	}
	if condition == "" {
		return holds // a CASE adds half of the contradiction's own time in MariaDB
	}
	return "case when " + holds + " then " + condition + " else " + otherwise + " end"
}

// fails prints a condition that fails with an error for rows that contradict, and is true
// for the others.
func (p *printer) fails(l looks) string {
	contradicts := "(" + p.oneOf(l) + ") is true"
	switch p.product {
	case PostgreSQL:
		return "1 / (not (" + contradicts + "))::int = 1"
	case SQLite:
		return l.call(unlessOne)
	}
	return "18446744073709551615 + (" + contradicts + ") > 0"
}

// stopsEarly reports whether a server may answer without reading all rows. It may for a
// LIMIT without an order. It also may if only least or greatest values are selected, since
// an index has them.
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

// first reports whether rows that contradict come first in the order, so that the statement
// returns them. In PostgreSQL, NaN is greater than all numbers.
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

// gives reports whether the statement returns only columns of its table, with all of these
// among them.
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

// guards prints guards that end the statement with an error before it reads its rows, if a
// checked column has a cell that contradicts its type. There is one for each table: in
// PostgreSQL a condition, and elsewhere a relation and a condition on it. PostgreSQL
// evaluates a condition without columns first. The other products read the first table of a
// join first.
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

// named returns the relation with this alias, or nil.
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
