// The SQL of PostgreSQL.

package dialect

import (
	"fmt"
	"strings"
)

type postgres struct{}

func (postgres) name(s string) (quoted, why string) {
	switch {
	case strings.ContainsRune(s, 0):
		return "", "no name has a zero byte in it"
	case s == "":
		return "", "no name is empty there"
	case len(s) > 63:
		return "", fmt.Sprintf("the name %.20q... is longer than the 63 bytes that it keeps of one", s)
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`, ""
}

// text returns an E string if the text has a backslash, so that standard_conforming_strings
// does not change its meaning.
func (postgres) text(s string) (literal, why string) {
	if strings.ContainsRune(s, 0) {
		return "", "its texts cannot hold a zero byte"
	}
	s = strings.ReplaceAll(s, "'", "''")
	if strings.ContainsRune(s, '\\') {
		return "E'" + strings.ReplaceAll(s, `\`, `\\`) + "'", ""
	}
	return "'" + s + "'", ""
}

func (postgres) constant(t Type, value string) (literal, why string) {
	switch t.class() {
	case boolean:
		return value, ""
	case integer, huge:
		if strings.HasPrefix(value, "-") {
			return "(" + value + ")", "" // PostgreSQL reads the digits of the smallest BIGINT as a numeric, which is exact
		}
		return value, ""
	case decimal:
		return "(" + value + ")::numeric", ""
	case double:
		return "'" + value + "'::float8", ""
	case date:
		return "'" + value + "'::date", ""
	case timestamp:
		return "'" + value + "'::timestamp", ""
	case instant:
		return "'" + value + "'::timestamptz", ""
	}
	return "", "there is no literal of " + t.String()
}

// postgresTypes are the types whose values are known to mean the same in DuckDB, with their
// classes.
var postgresTypes = map[string]class{
	"smallint": integer, "integer": integer, "bigint": integer, "numeric": decimal, "double precision": double, "boolean": boolean,
	"text": text, "character varying": text, "name": text, "citext": text, "uuid": text, "character": text,
	"date": date, "timestamp without time zone": timestamp, "timestamp with time zone": instant,
	"int2": integer, "int4": integer, "int8": integer, "int": integer, "float8": double, "bool": boolean, "varchar": text,
	"timestamp": timestamp, "timestamptz": instant,
}

func (postgres) column(c *Column, q string) (value, why string) {
	o := parseOwn(c.Own)
	of, to := postgresTypes[o.base], c.Type.class()
	switch {
	case o.base == "real":
		return "", "a real is computed with in other digits than those that it is shown with"
	case o.base == "character" && len(o.args) == 1 && to == text:
		return fmt.Sprintf("rpad(%s::text, %d)", q, o.args[0]), "" // the cast to text cuts blanks that are part of the value
	case o.base == "character", of == 0 && to == text:
		return "", fmt.Sprintf("the type %s is not one whose texts are known to be DuckDB's", c.Own)
	case o.base == "name" || o.base == "citext" || o.base == "uuid":
		q += "::text"
	case of == decimal && to == integer:
		return "", "a numeric may hold more than a BIGINT"
	}
	switch {
	case of == to:
		return q, ""
	case of == integer && to == decimal:
		return q + "::numeric", ""
	case (of == integer || of == decimal) && to == double:
		return q + "::float8", ""
	case of == boolean && to == integer:
		return q + "::int", ""
	case of == date && to == timestamp:
		return q + "::timestamp", ""
	case (of == integer || of == decimal || of == boolean || of == date) && to == text:
		return q + "::text", ""
	}
	return "", fmt.Sprintf("a column of type %s is not read as %s there", c.Own, c.Type)
}

func (postgres) bytes(value string) string { return "(" + value + ` collate "C")` }

func (postgres) cast(from Expr, value string, to Type) (cast, why string) {
	switch of, to := from.Of().class(), to; {
	case of == integer && to.class() == double, of == decimal && to.class() == double && exactDouble(from):
		return value + "::float8", ""
	case of == integer && to.class() == decimal:
		return value + "::numeric", ""
	case of.in(integer|decimal|double|boolean) && to.ID == BigInt:
		return castDoubles(of, value) + "::bigint", ""
	case of.in(integer|decimal|double|boolean) && to.ID == Integer:
		return castDoubles(of, value) + "::int", ""
	case of == integer && to.class() == boolean:
		return "(" + value + " <> 0)", ""
	case of.in(integer|boolean|date|timestamp) && to.class() == text:
		return value + "::text", ""
	case of == decimal && to.class() == text:
		if !fits(from, from.Of()) {
			return "", "a decimal may have more digits than are known of it"
		}
		return fmt.Sprintf("round(%s, %d)::text", value, from.Of().Scale), ""
	case of == timestamp && to.class() == date:
		return value + "::date", ""
	case of == date && to.class() == timestamp:
		return value + "::timestamp", ""
	}
	return "", ""
}

// castDoubles casts a boolean to int, which is PostgreSQL's only cast of a boolean to a
// number. It leaves other values as they are.
func castDoubles(of class, value string) string {
	if of == boolean {
		return value + "::int"
	}
	return value
}

func (postgres) null(t Type) string {
	name := map[class]string{
		boolean: "boolean", integer: "bigint", huge: "numeric", decimal: "numeric", double: "float8",
		date: "date", timestamp: "timestamp", instant: "timestamptz",
	}[t.class()]
	if name == "" {
		name = "text"
	}
	return "null::" + name
}
