// Own types: how the types that sources declare map to types of the logical database.

package federate

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// A kind is the type of a logical column.
type kind struct {
	row.Kind
	scale int  // digits after the point of a decimal
	zoned bool // a time of day with a zone
}

// column returns a column of the engine with this kind.
func (k kind) column(name string) engine.Column {
	c := engine.Column{Name: name, Type: engine.TypeOf(k.Kind), Scale: k.scale}
	switch {
	case k.zoned:
		c.Type = engine.TimeTZ
	case c.Type == engine.Untyped: // the column has only NULLs, which DuckDB takes for integers
		c.Type = engine.BigInt
	}
	return c
}

// sql returns the kind's name in DuckDB.
func (k kind) sql() string { return k.column("").SQL() }

func errStrict(what string) error { return option.Errorf("%s ({strict})", what) }

// declaredForm splits a declared type into the words, the text in parentheses, and the
// words after that.
var declaredForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([^()]*)(?:\(([^()]*)\))?([^()]*)$`)
})

// ownType returns the kind of a type as a source's catalog spells it. known is false if the
// declaration does not say enough, so that the column has to be inspected.
func ownType(s Source, declared string) (k kind, known bool) {
	parts := declaredForm().FindStringSubmatch(strings.ToLower(declared))
	if parts == nil { // an array, or an enum with many values
		parts = []string{"", strings.ToLower(declared), "", ""}
	}
	words, digits, rest := strings.TrimSpace(parts[1]), parts[2], strings.TrimSpace(parts[3])
	switch s.Dialect.Name {
	case "postgres":
		k, known = postgresType(words, digits, rest)
	case "mysql":
		k, known = mysqlType(words, digits, rest), true
	default:
		k, known = sqliteType(words, digits)
	}
	if s.Zone != nil && k.Kind == row.Timestamp {
		k.Kind = row.TimestampTZ
	}
	return k, known
}

// of returns a kind with a scale of 0, and without a zone.
func of(k row.Kind) kind { return kind{Kind: k} }

var postgresTypes = map[string]row.Kind{
	"boolean": row.Bool, "smallint": row.Int, "integer": row.Int, "bigint": row.Int, "oid": row.Int,
	"real": row.Float, "double precision": row.Float, "date": row.Date, "bytea": row.Bytes, "json": row.JSON, "jsonb": row.JSON,
}

func postgresType(words, digits, rest string) (kind, bool) {
	if strings.HasSuffix(words, "[]") || strings.HasSuffix(rest, "[]") {
		return of(row.Text), true
	}
	switch words {
	case "numeric":
		if digits == "" {
			return of(row.Decimal), false
		}
		return kind{Kind: row.Decimal, scale: scaleOf(digits)}, true
	case "timestamp", "timestamp without time zone", "timestamp with time zone":
		if strings.Contains(words+rest, "with time zone") {
			return of(row.TimestampTZ), true
		}
		return of(row.Timestamp), true
	case "time", "time without time zone", "time with time zone":
		return kind{Kind: row.Time, zoned: strings.Contains(words+rest, "with time zone")}, true
	}
	if k, ok := postgresTypes[words]; ok {
		return of(k), true
	}
	_, text := postgresTexts[words]
	return of(row.Text), text // otherwise it may be a domain
}

// postgresTexts lists types that are read as text and are not domains.
var postgresTexts = func() map[string]struct{} {
	all := map[string]struct{}{}
	for name := range strings.FieldsSeq("text character char bpchar name citext uuid inet cidr macaddr macaddr8 interval money xml bit tsvector tsquery point line lseg box path polygon circle jsonpath pg_lsn") {
		all[name] = struct{}{}
	}
	for _, name := range []string{"character varying", "bit varying", `"char"`} {
		all[name] = struct{}{}
	}
	return all
}()

// scaleOf returns the scale in the digits of a decimal, such as 2 in "12,2". It is 0 if
// there is no second number, or if that is negative.
func scaleOf(digits string) int {
	_, scale, _ := strings.Cut(digits, ",")
	n, err := strconv.Atoi(strings.TrimSpace(scale))
	if err != nil || n < 0 {
		return 0
	}
	return min(n, engine.MaxDigits)
}

var mysqlTypes = map[string]row.Kind{
	"tinyint": row.Int, "smallint": row.Int, "mediumint": row.Int, "int": row.Int, "integer": row.Int, "bigint": row.Int, "year": row.Int,
	"float": row.Float, "double": row.Float, "date": row.Date, "datetime": row.Timestamp, "timestamp": row.TimestampTZ, "time": row.Time,
	"json": row.JSON, "binary": row.Bytes, "varbinary": row.Bytes, "tinyblob": row.Bytes, "blob": row.Bytes, "mediumblob": row.Bytes,
	"longblob": row.Bytes, "vector": row.Bytes,
	"geometry": row.Bytes, "point": row.Bytes, "linestring": row.Bytes, "polygon": row.Bytes, "multipoint": row.Bytes,
	"multilinestring": row.Bytes, "multipolygon": row.Bytes, "geometrycollection": row.Bytes, "geomcollection": row.Bytes,
}

func mysqlType(words, digits, rest string) kind {
	first, more, _ := strings.Cut(words, " ")
	switch first {
	case "decimal", "numeric":
		return kind{Kind: row.Decimal, scale: scaleOf(digits)}
	case "bit":
		if digits == "1" || digits == "" {
			return of(row.Bool)
		}
		return of(row.Uint)
	case "bigint":
		if strings.Contains(more+rest, "unsigned") {
			return of(row.Uint)
		}
	}
	if k, ok := mysqlTypes[first]; ok {
		return of(k)
	}
	return of(row.Text)
}

// sqliteType returns the kind for which a column was declared. It looks for the words of
// SQLite's affinities, and for words of types that SQLite does not have.
func sqliteType(words, digits string) (kind, bool) {
	has := func(all ...string) bool {
		for _, word := range all {
			if strings.Contains(words, word) {
				return true
			}
		}
		return false
	}
	switch {
	case words == "":
		return of(row.Any), false
	case has("datetime", "timestamp"):
		if has("with time zone", "timestamptz") {
			return of(row.TimestampTZ), true
		}
		return of(row.Timestamp), true
	case words == "date":
		return of(row.Date), true
	case words == "time":
		return of(row.Time), true
	case has("bool"):
		return of(row.Bool), true
	case has("int"):
		return of(row.Int), true
	case has("char", "clob", "text", "string", "uuid"):
		return of(row.Text), true
	case has("json"):
		return of(row.JSON), true
	case has("blob", "binary"):
		return of(row.Bytes), true
	case has("real", "float", "double"):
		return of(row.Float), true
	case has("dec", "numeric", "number") && digits != "":
		return kind{Kind: row.Decimal, scale: scaleOf(digits)}, true
	case has("dec", "numeric", "number"):
		return of(row.Decimal), false
	}
	return of(row.Any), false
}
