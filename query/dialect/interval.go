// Intervals: constants that are added to dates.

package dialect

import (
	"fmt"
	"strconv"
	"strings"
)

// A span is an interval, as DuckDB stores it.
type span struct{ months, days, micros int64 }

// parseInterval parses the text that DuckDB prints for an interval, such as 1 year 2 months
// -3 days 04:05:06.5.
func parseInterval(s string) (i span, ok bool) {
	words := strings.Fields(s)
	for len(words) > 1 {
		n, err := strconv.ParseInt(words[0], 10, 32)
		if err != nil {
			return i, false
		}
		switch strings.TrimSuffix(words[1], "s") {
		case "year":
			i.months += 12 * n
		case "month":
			i.months += n
		case "day":
			i.days += n
		default:
			return i, false
		}
		words = words[2:]
	}
	if len(words) == 0 {
		return i, true
	}
	clock, negative := strings.CutPrefix(words[0], "-")
	whole, fraction, _ := strings.Cut(clock, ".")
	parts := strings.Split(whole, ":")
	if len(parts) != 3 || len(fraction) > 6 {
		return i, false
	}
	for _, part := range parts {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil {
			return i, false
		}
		i.micros = i.micros*60 + int64(n)
	}
	micros, err := strconv.ParseUint("0"+(fraction + "000000")[:6], 10, 31)
	i.micros = i.micros*1_000_000 + int64(micros)
	if negative {
		i.micros = -i.micros
	}
	return i, err == nil
}

// shift prints a date or timestamp plus or minus a constant interval. The result is a
// timestamp, as in DuckDB and PostgreSQL. If a server would return NULL for a result beyond
// its range, an error replaces that NULL.
func (p *printer) shift(e *Call) string {
	c, ok := e.Args[1].(*Constant)
	if !ok || c.Null || !e.Args[0].Of().class().in(day) {
		return p.refuse(e.At, "%s of %s and an interval that is not constant", e.Name, e.Args[0].Of())
	}
	i, ok := parseInterval(c.Value)
	if !ok {
		return p.refuse(e.At, "the interval %q is not one of months, days and hours", c.Value)
	}
	if e.Name == "-" {
		i = span{-i.months, -i.days, -i.micros}
	}
	value := p.value(e.Args[0])
	switch p.product {
	case PostgreSQL:
		return fmt.Sprintf("(%s::timestamp + interval '%d months %d days %d microseconds')", value, i.months, i.days, i.micros)
	case SQLite:
		return p.refuse(e.At, "a timestamp there is a text, whose fractions its functions cut")
	}
	shifted := "cast(" + value + " as datetime(6))"
	for _, part := range []struct {
		n    int64
		unit string
	}{{i.months, "month"}, {i.days, "day"}, {i.micros, "microsecond"}} {
		if part.n != 0 {
			shifted = fmt.Sprintf("(%s + interval (%d) %s)", shifted, part.n, part.unit)
		}
	}
	return "coalesce(" + shifted + ", cast(" + value + " as datetime(6)) + " + strings.ReplaceAll(noRange, "{1}", value) + ")"
}
