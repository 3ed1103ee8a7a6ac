// The SQL of MySQL and MariaDB.

package dialect

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

type mysql struct{}

func (mysql) name(s string) (quoted, why string) {
	switch {
	case strings.ContainsRune(s, 0):
		return "", "no name has a zero byte in it"
	case s == "":
		return "", "no name is empty there"
	case strings.HasSuffix(s, " "):
		return "", fmt.Sprintf("the name %.40q ends in a blank, which none may there", s)
	case utf8.RuneCountInString(s) > 64:
		return "", fmt.Sprintf("the name %.20q... is longer than 64 characters", s)
	}
	for _, r := range s {
		if r > 0xffff || r == utf8.RuneError {
			return "", fmt.Sprintf("the name %.40q has a character beyond U+FFFF, which none may there", s)
		}
	}
	return "`" + strings.ReplaceAll(s, "`", "``") + "`", ""
}

// text returns a hexadecimal literal if the text has a backslash or a control character, so
// that the mode NO_BACKSLASH_ESCAPES does not change its meaning.
func (mysql) text(s string) (literal, why string) {
	if strings.IndexFunc(s, func(r rune) bool { return r == '\\' || r < ' ' || r == 0x7f || r == utf8.RuneError }) >= 0 {
		return "_utf8mb4 x'" + hex.EncodeToString([]byte(s)) + "'", ""
	}
	return "_utf8mb4 '" + strings.ReplaceAll(s, "'", "''") + "'", ""
}

func (mysql) constant(t Type, value string) (literal, why string) {
	switch t.class() {
	case boolean:
		return value, ""
	case integer, huge:
		if strings.HasPrefix(value, "-") {
			return "(" + value + ")", ""
		}
		return value, ""
	case decimal:
		if _, fraction, _ := strings.Cut(value, "."); len(fraction) > 30 {
			return "", "its decimals have no more than 30 digits after the point"
		}
		return "(" + value + ")", ""
	case double:
		if !finite(value) {
			return "", "it has no infinity and no NaN"
		}
		if !strings.ContainsAny(value, "eE") {
			value += "e0"
		}
		return "(" + value + ")", ""
	case date, timestamp:
		if !plainYear(value) {
			return "", "its years are 1 to 9999"
		}
		if t.class() == date {
			return "date'" + value + "'", ""
		}
		return "timestamp'" + value + "'", ""
	}
	return "", "there is no literal of " + t.String() + " that means the same there"
}

// finite reports whether a number is neither infinite nor NaN.
func finite(value string) bool { return !strings.ContainsAny(value, "nN") }

// plainYear reports whether a date is in the years 1 to 9999, which all products support.
func plainYear(value string) bool {
	return len(value) >= 10 && value[4] == '-' && value[0] >= '0' && value[0] <= '9' && !strings.HasPrefix(value, "0000") && !strings.HasSuffix(value, "BC)")
}

var mysqlTypes = map[string]class{
	"tinyint": integer, "smallint": integer, "mediumint": integer, "int": integer, "bigint": integer, "decimal": decimal, "double": double,
	"char": text, "varchar": text, "tinytext": text, "text": text, "mediumtext": text, "longtext": text, "enum": text, "set": text,
	"date": date, "datetime": timestamp, "integer": integer,
}

func (mysql) column(c *Column, q string) (value, why string) {
	o := parseOwn(c.Own)
	of, to := mysqlTypes[o.base], c.Type.class()
	switch {
	case o.base == "bigint" && o.unsigned:
		of = huge
	case o.base == "bit" && len(o.args) == 1 && o.args[0] == 1:
		q, of = "("+q+" = b'1')", boolean
	case o.base == "float":
		return "", "a float is computed with in other digits than those that it is shown with"
	case o.base == "timestamp":
		return "", "what instant a timestamp is follows the zone of the session there"
	case of == text && (o.base == "enum" || o.base == "set" || c.Charset != "utf8mb4"):
		q = "convert(" + q + " using utf8mb4)"
	}
	switch {
	case of == to && of != 0:
		return q, ""
	case of == integer && (to == decimal || to == huge):
		return q, ""
	case (of == integer || of == decimal) && to == double:
		return "(" + q + " + 0e0)", ""
	case of == boolean && to == integer:
		return q, ""
	case of == date && to == timestamp:
		return "cast(" + q + " as datetime(6))", ""
	case of == boolean && to == text:
		return "(case when " + q + " then 'true' when not " + q + " then 'false' end)", ""
	case (of == integer || of == huge || of == decimal || of == date) && to == text:
		return "cast(" + q + " as char)", ""
	}
	return "", fmt.Sprintf("a column of type %s is not read as %s there", c.Own, c.Type)
}

func (mysql) bytes(value string) string { return "cast(" + value + " as binary)" }

func (mysql) cast(from Expr, value string, to Type) (cast, why string) {
	switch of, to := from.Of().class(), to; {
	case of == integer && to.class() == double, of == decimal && to.class() == double && exactDouble(from):
		return "(" + value + " + 0e0)", ""
	case of == integer && to.class() == decimal && to.Scale <= 30:
		return fmt.Sprintf("cast(%s as decimal(60, %d))", value, to.Scale), ""
	case of == decimal && to.ID == BigInt:
		if w, s, ok := digits(from); !ok || w-s > 18 {
			return "", "a decimal beyond 64 bits is cut there, and an error in DuckDB"
		}
		return "cast(" + value + " as signed)", ""
	case of == double && to.class() == integer:
		return "", "a double beyond 64 bits is cut there, and an error in DuckDB"
	case of.in(integer|boolean) && to.ID == BigInt:
		return "cast(" + value + " as signed)", ""
	case of == boolean && to.class() == integer:
		return "cast(" + value + " as signed)", ""
	case of == integer && to.class() == boolean:
		return "(" + value + " <> 0)", ""
	case of.in(integer|date) && to.class() == text:
		return "cast(" + value + " as char)", ""
	case of == decimal && to.class() == text:
		if !fits(from, from.Of()) {
			return "", "a decimal may have more digits than are known of it"
		}
		return fmt.Sprintf("cast(cast(%s as decimal(65, %d)) as char)", value, from.Of().Scale), ""
	case of == boolean && to.class() == text:
		return "(case when " + value + " then 'true' when not " + value + " then 'false' end)", ""
	case of == timestamp && to.class() == date:
		return "date(" + value + ")", ""
	case of == date && to.class() == timestamp:
		return "cast(" + value + " as datetime(6))", ""
	}
	return "", ""
}

func (mysql) null(t Type) string {
	switch t.class() {
	case boolean, integer:
		return "cast(null as signed)"
	case huge:
		return "cast(null as decimal(65, 0))"
	case decimal:
		return fmt.Sprintf("cast(null as decimal(65, %d))", min(t.Scale, 30))
	case double:
		return "(null + 0e0)"
	case date:
		return "cast(null as date)"
	case timestamp:
		return "cast(null as datetime(6))"
	}
	return "cast(null as char)"
}
