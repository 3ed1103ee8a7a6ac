// Values that a type does not say: what is sent along so that they are seen.

package dialect

import (
	"fmt"
	"strings"
)

// Contradicts prints the condition under which a cell of a column is no value of its
// logical type as products share it; empty where no cell can be one. It needs no more
// than the column.
func Contradicts(product Product, c *Column) (string, error) {
	p := newPrinter(product)
	condition := p.contradicts(c, p.raw(c))
	return condition, p.err()
}

func (p *printer) contradicts(c *Column, q string) string {
	switch p.product {
	case PostgreSQL:
		if o := parseOwn(c.Own); o.base == "numeric" && c.Type.class() == decimal {
			return fmt.Sprintf("(%s > 1e38 or %s < -1e38)", q, q) // NaN is greater than all
		}
		return ""
	case SQLite:
		return cells(c, q)
	}
	switch o := parseOwn(c.Own); {
	case mysqlTypes[o.base].in(day):
		return fmt.Sprintf("(%s is not null and (dayofmonth(%s) = 0 or month(%s) = 0 or year(%s) = 0 or dayofmonth(%s) > dayofmonth(last_day(%s))))", q, q, q, q, q, q)
	case o.base == "decimal" && len(o.args) > 0 && o.args[0] > 38:
		return fmt.Sprintf("(abs(%s) >= 1e38)", q)
	}
	return ""
}

// cells are SQLite's: of any type in any column.
func cells(c *Column, q string) string {
	if c.Strict && c.Type.class().in(integer|double) {
		return ""
	}
	return map[class]string{
		boolean:   fmt.Sprintf("(typeof(%[1]s) not in ('integer', 'null') or %[1]s not in (0, 1))", q),
		integer:   fmt.Sprintf("(typeof(%s) not in ('integer', 'null'))", q),
		decimal:   fmt.Sprintf("(typeof(%s) not in ('integer', 'real', 'null'))", q),
		double:    fmt.Sprintf("(typeof(%[1]s) not in ('real', 'null') and not (typeof(%[1]s) = 'integer' and %[1]s between -9007199254740992 and 9007199254740992))", q),
		text:      fmt.Sprintf("(typeof(%[1]s) not in ('text', 'null') or instr(%[1]s, char(0)) > 0)", q),
		date:      fmt.Sprintf("(%[1]s is not null and (typeof(%[1]s) <> 'text' or date(%[1]s) is not %[1]s))", q),
		timestamp: fmt.Sprintf("(%[1]s is not null and (typeof(%[1]s) <> 'text' or datetime(%[1]s) is not %[1]s))", q),
	}[c.Type.class()]
}

// guards print conditions that end the statement with an error if a checked column has
// a cell that contradicts its type: one for each table, as a relation or as a condition.
// PostgreSQL evaluates a condition without columns before it reads any rows; the others
// read the first table of a join first.
func (p *printer) guards(s Select) (relations, conditions []string) {
	var aliases []string
	of := map[string][]string{}
	for _, c := range s.Checked {
		if condition := p.contradicts(c, p.raw(c)); condition != "" {
			if len(of[c.Table]) == 0 {
				aliases = append(aliases, c.Table)
			}
			of[c.Table] = append(of[c.Table], condition)
		}
	}
	for i, alias := range aliases {
		table := named(s.From, alias)
		if table == nil && s.Where != nil {
			table = askedAbout(s.Where, alias)
		}
		if table == nil {
			p.refuse(0, "a column of %q is checked, which is no table of the statement", alias)
			return nil, nil
		}
		exists := "exists (select 1 from " + table.relation(p) + " where " + strings.Join(of[alias], " or ") + ")"
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

// askedAbout is the relation with an alias that a condition asks about with EXISTS.
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

// named is the relation with an alias.
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
	case Join:
		if found := named(r.Left, alias); found != nil {
			return found
		}
		return named(r.Right, alias)
	}
	return nil
}
