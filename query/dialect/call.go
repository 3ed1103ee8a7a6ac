// Calls: operators with their own syntax, and functions from the table of functions.

package dialect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func (p *printer) call(e *Call) string {
	switch e.Name {
	case "and", "or":
		all := make([]string, len(e.Args))
		for i, arg := range e.Args {
			all[i] = p.condition(arg)
		}
		return "(" + strings.Join(all, " "+e.Name+" ") + ")"
	case "not":
		if len(e.Args) == 1 {
			return "(not " + p.condition(e.Args[0]) + ")"
		}
	case "is null", "is not null":
		if len(e.Args) == 1 {
			return "(" + p.known(e.Args[0]) + " " + e.Name + ")"
		}
	case "nullif":
		if len(e.Args) == 2 {
			return p.nullif(e)
		}
	case "coalesce", "ifnull":
		if !p.agree(e.At, e.Type, e.Args) {
			return ""
		}
		if len(e.Args) == 1 {
			return p.value(e.Args[0])
		}
		return "coalesce(" + p.values(e.Args) + ")"
	case "greatest", "least":
		return p.extreme(e)
	case "date_part", "date_trunc", "date_diff", "datediff", "datepart", "datetrunc":
		return p.part(e)
	}
	if n := len(e.Args); (e.Name == "+" || e.Name == "-") && n == 2 && e.Args[1].Of().class() == interval {
		return p.shift(e)
	}
	if isComparison(e.Name) {
		return p.compare(e)
	}
	f, why := find(e)
	if why != "" {
		return p.refuse(e.At, "%s", why)
	}
	return p.template(e, f.spelling(p.product))
}

// known prints an expression for a use where it only matters whether it is NULL. It prints
// a column as it is, whatever the column's type.
func (p *printer) known(e Expr) string {
	if c, ok := e.(*Column); ok {
		return p.raw(c)
	}
	return p.value(e)
}

// nullif prints NULLIF as a CASE, with a comparison that means the same as in DuckDB.
func (p *printer) nullif(e *Call) string {
	same := p.value(&Call{Name: "=", Args: e.Args, Type: Type{ID: Boolean}, At: e.At})
	return "(case when " + same + " then null else " + p.value(e.Args[0]) + " end)"
}

// extreme prints GREATEST and LEAST, which ignore NULLs in DuckDB and in PostgreSQL.
func (p *printer) extreme(e *Call) string {
	c := class(0)
	for _, arg := range e.Args {
		c |= arg.Of().class()
	}
	switch {
	case !alike(e.Args) || !c.in(integer|double|decimal|date|timestamp|text):
		return p.refuse(e.At, "%s of %s is not known to mean the same", e.Name, c)
	case c == text && p.product != PostgreSQL:
		return p.refuse(e.At, "%s of texts follows their collation there", e.Name)
	case c == decimal && p.product == SQLite:
		return p.refuse(e.At, "decimals are floats there")
	case !p.agree(e.At, e.Type, e.Args):
		return ""
	case p.product == PostgreSQL:
		all := make([]string, len(e.Args))
		for i, arg := range e.Args {
			all[i] = p.comparable(arg)
		}
		return e.Name + "(" + strings.Join(all, ", ") + ")"
	}
	name := e.Name
	if p.product == SQLite {
		name = map[string]string{"greatest": "max", "least": "min"}[name]
	}
	if len(e.Args) == 1 {
		return p.value(e.Args[0])
	}
	all := make([]string, len(e.Args))
	for i := range e.Args { // elsewhere NULL wins, so each argument falls back to another one
		others := slices.Concat(e.Args[i:], e.Args[:i])
		all[i] = "coalesce(" + p.values(others) + ")"
	}
	return name + "(" + strings.Join(all, ", ") + ")"
}

// part prints date_part, date_trunc and date_diff, whose first argument is the unit.
func (p *printer) part(e *Call) string {
	if len(e.Args) < 2 {
		return p.refuse(e.At, "%s takes two arguments", e.Name)
	}
	unit, ok := e.Args[0].(*Constant)
	if !ok || unit.Null || unit.Type.class() != text {
		return p.refuse(e.At, "%s of a unit that is not constant", e.Name)
	}
	name := strings.ToLower(unit.Value)
	if other, ok := units[name]; ok {
		name = other
	}
	switch e.Name {
	case "date_trunc", "datetrunc":
		name = "date_trunc_" + name
	case "date_diff", "datediff":
		name = "date_diff_" + name
	}
	part := *e
	part.Name, part.Args = name, e.Args[1:]
	f, why := find(&part)
	if why != "" {
		return p.refuse(e.At, "%s of %q is not known to mean the same", e.Name, unit.Value)
	}
	return p.template(&part, f.spelling(p.product))
}

// units maps other names that DuckDB accepts for parts of dates.
var units = map[string]string{
	"yr": "year", "y": "year", "years": "year", "yrs": "year", "mon": "month", "months": "month", "mons": "month",
	"days": "day", "d": "day", "dayofmonth": "day", "h": "hour", "hr": "hour", "hours": "hour", "hrs": "hour",
	"m": "minute", "min": "minute", "minutes": "minute", "mins": "minute", "s": "second", "sec": "second", "seconds": "second", "secs": "second",
	"weeks": "week", "w": "week", "weekofyear": "week", "quarters": "quarter",
	"dow": "dayofweek", "weekday": "dayofweek", "doy": "dayofyear",
}

// template fills in a spelling of the table. {n} is the value of argument n, counted from
// 1. {n=} is its comparable form, {n#} the digits of an integer constant, and {n~} a
// constant as the pattern of LIKE. {*} is all arguments with commas between them, and {f}
// is the function's name. A spelling that begins with "no: " is the reason why the product
// has none.
func (p *printer) template(e *Call, spelling string) string {
	if why, no := strings.CutPrefix(spelling, "no: "); no {
		return p.refuse(e.At, "%s", strings.ReplaceAll(why, "{f}", shown(e.Name)))
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(spelling, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		var what string
		what, spelling, _ = strings.Cut(rest, "}")
		switch what {
		case "*":
			b.WriteString(p.values(e.Args))
			continue
		case "f":
			b.WriteString(e.Name)
			continue
		}
		n, err := strconv.Atoi(strings.TrimRight(what, "=#~"))
		if err != nil || n < 1 || n > len(e.Args) {
			return p.refuse(e.At, "{%s} of %s is no argument", what, e.Name)
		}
		switch arg := e.Args[n-1]; what[len(what)-1] {
		case '=':
			b.WriteString(p.comparable(arg))
		case '#':
			b.WriteString(arg.(*Constant).Value)
		case '~':
			b.WriteString(p.pattern(e, arg.(*Constant)))
		default:
			b.WriteString(p.value(arg))
		}
	}
}

// find returns the entry of the table for a call, or the reason why there is none.
func find(e *Call) (f *function, why string) {
	of := make([]string, len(e.Args))
	for i, arg := range e.Args {
		of[i] = arg.Of().String()
	}
	why = fmt.Sprintf("%s(%s) is not known to mean the same", shown(e.Name), strings.Join(of, ", "))
	for i := range functions {
		f := &functions[i]
		if !f.named(e.Name) {
			continue
		}
		if !f.takes(e.Args) {
			continue
		}
		if f.only == nil {
			return f, ""
		}
		reason := f.only(e)
		if reason == "" {
			return f, ""
		}
		why = shown(e.Name) + ": " + reason
	}
	return nil, why
}

// shown returns a function's name as users write it.
func shown(name string) string {
	if word, ok := map[string]string{"~~": "LIKE", "!~~": "NOT LIKE", "~~*": "ILIKE", "!~~*": "NOT ILIKE"}[name]; ok {
		return word
	}
	return name
}
