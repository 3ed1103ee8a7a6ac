// The SQL of SQLite.

package dialect

import (
	"fmt"
	"strings"

	"github.com/fanql/fanql/sources/sqlite/affinity"
)

type sqlite struct{}

func (sqlite) name(s string) (quoted, why string) {
	if strings.ContainsRune(s, 0) {
		return "", "no name has a zero byte in it"
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`, ""
}

func (sqlite) text(s string) (literal, why string) {
	if strings.ContainsRune(s, 0) {
		return "", "its functions end a text at a zero byte"
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'", ""
}

func (sqlite) constant(t Type, value string) (literal, why string) {
	switch t.class() {
	case boolean:
		return map[string]string{"true": "1", "false": "0"}[value], ""
	case integer:
		return signed(value), ""
	case huge:
		if n := strings.TrimPrefix(value, "-"); len(n) > 18 {
			return "", "an integer beyond 64 bits is a float there"
		}
		return signed(value), ""
	case decimal:
		if !exactDecimal(value) {
			return "", "decimals are floats there, and this one has more than 15 digits"
		}
		return signed(value), ""
	case double:
		if !finite(value) {
			return "", "it has no NaN, and infinity is no literal"
		}
		if !strings.ContainsAny(value, "eE.") {
			value += ".0"
		}
		return signed(value), ""
	case date, timestamp:
		if !plainYear(value) {
			return "", "its years are 1 to 9999"
		}
		return "'" + value + "'", ""
	}
	return "", "there is no literal of " + t.String() + " that means the same there"
}

func signed(value string) string {
	if strings.HasPrefix(value, "-") {
		return "(" + value + ")"
	}
	return value
}

// exactDecimal reports whether the decimal has at most 15 digits. Then no other decimal
// with as many digits is the same double.
func exactDecimal(value string) bool {
	return len(strings.Trim(strings.ReplaceAll(value, ".", ""), "-")) <= 15
}

// column returns a column as its logical type. [Select.Checked] ensures that the cells have
// that type. So a cast is only needed if the declared type differs from the logical type.
func (sqlite) column(c *Column, q string) (value, why string) {
	of, to := sqliteClass(c), c.Type.class()
	switch {
	case to == instant:
		return "", "an instant is a text there, in which zones may differ"
	case c.Own == "" && !to.in(boolean|integer|decimal|double|text|date|timestamp):
		return "", "the column has no declared type there: a view can give it one"
	case !to.in(boolean | integer | decimal | double | text | date | timestamp):
		return "", fmt.Sprintf("a column of type %s is not read as %s there", c.Own, c.Type)
	case of == integer && to == text:
		return "cast(" + q + " as text)", ""
	case of == date && to == timestamp:
		return "(" + q + " || ' 00:00:00')", ""
	case of == integer && to == double:
		return "cast(" + q + " as real)", ""
	}
	return q, ""
}

// sqliteClass returns the class of a column's declared type if that is integer, text or
// date. Otherwise it returns 0.
func sqliteClass(c *Column) class {
	o := parseOwn(c.Own)
	if o.base == "date" {
		return date
	}
	return map[affinity.Affinity]class{affinity.Integer: integer, affinity.Text: text}[affinity.Of(o.base, false)]
}

func (sqlite) bytes(value string) string { return "(" + value + " collate binary)" }

func (sqlite) cast(from Expr, value string, to Type) (cast, why string) {
	switch of, to := from.Of().class(), to; {
	case of == integer && to.class() == double:
		return "cast(" + value + " as real)", ""
	case of.in(integer|boolean) && to.ID == BigInt, of == boolean && to.class() == integer:
		return value, ""
	case of == integer && to.class() == boolean:
		return "(" + value + " <> 0)", ""
	case of == integer && to.class() == text:
		return "cast(" + value + " as text)", ""
	case of == boolean && to.class() == text:
		return "(case when " + value + " then 'true' when not " + value + " then 'false' end)", ""
	case of == timestamp && to.class() == date:
		return "date(" + value + ")", ""
	case of == date && to.class() == timestamp:
		return "(" + value + " || ' 00:00:00')", ""
	case of == date && to.class() == text:
		return value, ""
	case of.in(decimal) && to.class() == double:
		return "cast(" + value + " as real)", ""
	case of == double && to.class() == integer:
		return "", "a double is cut there, not rounded, and one beyond 64 bits is no error"
	case of == decimal:
		return "", "decimals are floats there"
	}
	return "", ""
}

func (sqlite) null(Type) string { return "null" }
