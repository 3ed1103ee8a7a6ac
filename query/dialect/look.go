// The checks of cells that one statement makes: how they are printed for several columns at
// once.

package dialect

import (
	"slices"
	"strings"
)

// A look is the check of a column's cells: the condition that they contradict, or in SQLite
// the arguments of our own functions.
type look struct {
	condition, kind, column string
	fine                    string // see [printer.fine]
}

// looks are the checks of a table's cells.
type looks []look

// each prints the checks in up to two parts: those that have a condition of fine cells, and
// the others.
func (l looks) each(fine, other func(looks) string) (all []string) {
	for _, has := range []bool{true, false} {
		part := slices.DeleteFunc(slices.Clone(l), func(one look) bool { return has != (one.fine != "") })
		switch {
		case len(part) == 0:
		case has:
			all = append(all, fine(part))
		default:
			all = append(all, other(part))
		}
	}
	return all
}

// fine prints the condition that all cells are fine.
func (l looks) fine() string {
	var all []string
	for _, one := range l {
		all = append(all, one.fine)
	}
	return strings.Join(all, " and ")
}

// call prints a call of one of our own functions in SQLite.
func (l looks) call(function string) string {
	var kinds, columns []string
	for _, one := range l {
		kinds, columns = append(kinds, one.kind), append(columns, one.column)
	}
	return cells(function, kinds, columns)
}

// condition prints the condition that one of the cells contradicts.
func (l looks) condition(p *printer) string {
	all := l.each(func(fine looks) string { return "not (" + fine.fine() + ") and (" + p.oneOf(fine) + ")" }, p.oneOf)
	return strings.Join(all, " or ")
}

// oneOf prints the same as condition, without the conditions of fine cells.
func (p *printer) oneOf(l looks) string {
	if p.product == SQLite {
		return l.call(contradicting)
	}
	var all []string
	for _, one := range l {
		all = append(all, one.condition)
	}
	return strings.Join(all, " or ")
}

// checked returns the checks of the cells of each table, by its alias, and the aliases in
// order.
func (p *printer) checked(s Select) (aliases []string, of map[string]looks) {
	of = map[string]looks{}
	for _, c := range s.Checked {
		q := p.raw(c)
		condition := p.contradicts(c, q)
		if condition == "" || p.shows(s, c) {
			continue
		}
		if _, known := of[c.Table]; !known {
			aliases = append(aliases, c.Table)
		}
		l := look{condition: condition, column: q, fine: p.fine(c, q)}
		if p.product == SQLite {
			l.kind = cell(c)
		}
		of[c.Table] = append(of[c.Table], l)
	}
	return aliases, of
}
