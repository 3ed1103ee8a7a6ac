// The table that rows are loaded into: its columns, and the values that they can hold.

package postgres

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
)

// identifier returns a name as an SQL identifier.
func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func identifiers(parts []string) string {
	var all []string
	for _, p := range parts {
		all = append(all, identifier(p))
	}
	return strings.Join(all, ".")
}

// splitTable splits the name of a table. As in SQL, a part without quotes is in lower
// case.
func splitTable(name string) ([]string, error) {
	parts, err := load.SplitName(name, `"`, strings.ToLower)
	if err == nil && len(parts) > 2 {
		err = fmt.Errorf("table %s: write NAME or SCHEMA.NAME", name)
	}
	return parts, err
}

// resolve returns the name of the table as SQL, with its schema if the table exists.
func (l *loading) resolve(q load.Request) (string, error) {
	parts, err := splitTable(q.Table)
	if err != nil || q.Mode == load.Create {
		return identifiers(parts), err
	}
	t, err := l.find(q)
	return t.name, err
}

// A foundTable is a table of the catalogue.
type foundTable struct{ name, shown, oid string }

// find finds the table, and checks that the account may write to it.
func (l *loading) find(q load.Request) (t foundTable, err error) {
	parts, err := splitTable(q.Table)
	if err != nil {
		return t, err
	}
	needs := "has_table_privilege(c.oid, 'INSERT') or has_any_column_privilege(c.oid, 'INSERT')"
	switch q.Mode {
	case load.Replace:
		needs = "has_table_privilege(c.oid, 'INSERT') and has_table_privilege(c.oid, 'DELETE')"
	case load.Upsert:
		needs = "has_table_privilege(c.oid, 'INSERT') and has_table_privilege(c.oid, 'SELECT') and has_table_privilege(c.oid, 'UPDATE')"
	case load.Append, load.Create:
	}
	rows, err := l.exec("select n.nspname, c.relname, c.relkind, c.oid, " + needs + ", pg_catalog.pg_is_in_recovery() from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace " +
		"where c.oid = pg_catalog.to_regclass(" + literal(identifiers(parts)) + ")")
	if err != nil {
		return t, err
	}
	if len(rows) == 0 {
		return t, l.missing(q, parts)
	}
	r := rows[0]
	t = foundTable{identifiers(r[:2]), r[0] + "." + r[1], r[3]}
	switch err := q.Mode.Admits(true, r[2] == "v" || r[2] == "m"); {
	case err != nil:
		return t, err
	case !slices.Contains([]string{"r", "p", "f"}, r[2]):
		return t, errors.New("it is not a table")
	case r[5] == "t":
		return t, errStandby
	case r[4] != "t":
		return t, fmt.Errorf("the account has no right to write to %s in this way (%s)", t.shown, q.Mode)
	}
	return t, nil
}

// errStandby is the error for a server that only reads.
var errStandby = errors.New("the server is a standby, which only reads: load into its primary")

// missing returns nil if the request may create the table, or else an error that says why
// there is no table.
func (l *loading) missing(q load.Request, parts []string) error {
	rows, err := l.exec("select pg_catalog.pg_is_in_recovery(), current_schema()")
	if err != nil {
		return err
	}
	if rows[0][0] == "t" && q.Mode == load.Create {
		return errStandby
	}
	schema := rows[0][1]
	if len(parts) == 2 {
		schema = parts[0]
	}
	rows, err = l.exec("select pg_catalog.has_schema_privilege(oid, 'CREATE') from pg_catalog.pg_namespace where nspname = " + literal(schema))
	switch {
	case err != nil:
		return err
	case len(rows) == 0:
		return fmt.Errorf("there is no schema %q", schema)
	case q.Mode != load.Create:
		return load.ErrNoTable
	case rows[0][0] != "t":
		return fmt.Errorf("the account has no right to make tables in the schema %q", schema)
	}
	return nil
}

// look returns the table and its columns.
func (l *loading) look(q load.Request) (load.Table, error) {
	t, err := l.find(q)
	if err != nil || q.Mode == load.Create {
		return load.Table{Name: q.Table}, err
	}
	rows, err := l.exec(`with recursive base(attnum, oid, mod, typtype, needed) as (
 select a.attnum, t.oid, a.atttypmod, t.typtype, a.attnotnull from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
 where a.attrelid = ` + t.oid + ` and a.attnum > 0 and not a.attisdropped
 union all
 select b.attnum, t.oid, case when b.mod < 0 then d.typtypmod else b.mod end, t.typtype, b.needed or d.typnotnull
 from base b join pg_catalog.pg_type d on d.oid = b.oid and b.typtype = 'd' join pg_catalog.pg_type t on t.oid = d.typbasetype)
select a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), b.oid, b.mod, b.needed,
 a.atthasdef or coalesce(to_jsonb(a)->>'attidentity', '') <> '' or exists (select 1 from pg_catalog.pg_type t where t.oid = a.atttypid and t.typdefault is not null),
 coalesce(to_jsonb(a)->>'attgenerated', '') <> '', coalesce(to_jsonb(a)->>'attidentity', '') = 'a'
from base b join pg_catalog.pg_attribute a on a.attrelid = ` + t.oid + ` and a.attnum = b.attnum where b.typtype <> 'd' order by a.attnum`)
	if err != nil {
		return load.Table{}, err
	}
	limits, err := l.exec("select 1 from pg_catalog.pg_settings where name in ('statement_timeout', 'transaction_timeout') and setting <> '0'")
	if err != nil {
		return load.Table{}, err
	}
	table := load.Table{Name: t.shown, Prompt: len(limits) > 0}
	for _, r := range rows {
		oid, _ := strconv.ParseUint(r[2], 10, 32)
		mod, _ := strconv.Atoi(r[3])
		c := holds(load.Column{Name: r[0], Type: r[1]}, uint32(oid), mod)
		c.NotNull, c.Computed = r[4] == "t", r[6] == "t"
		c.Identity = r[7] == "t"
		c.Required = c.NotNull && r[5] != "t"
		table.Columns = append(table.Columns, c)
	}
	if q.Mode == load.Upsert {
		return table, l.unique(load.Spelled(q.Key, table.Columns), t.oid)
	}
	return table, nil
}

// unique checks that a unique index has exactly the columns of the key.
func (l *loading) unique(key []string, oid string) error {
	rows, err := l.exec(`select i.indexrelid, a.attname from pg_catalog.pg_index i, generate_series(0, coalesce((to_jsonb(i)->>'indnkeyatts')::int, i.indnatts) - 1) k
join pg_catalog.pg_attribute a on true where i.indrelid = ` + oid + ` and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null
and a.attrelid = i.indrelid and a.attnum = i.indkey[k]`)
	if err != nil {
		return err
	}
	indexes := map[string][]string{}
	for _, r := range rows {
		indexes[r[0]] = append(indexes[r[0]], r[1])
	}
	return load.HasKey(key, indexes)
}

// Columns returns the columns of a table that Create makes. See [load.Loader].
func (s *Source) Columns(columns []load.Column) []load.Column {
	made := make([]load.Column, len(columns))
	for i, c := range columns {
		name, oid, mod := typeFor(c)
		c.Type = name
		made[i] = holds(load.Column{Name: c.Name, Type: name}, oid, mod)
	}
	return made
}

// typeFor returns the type for a column of a new table.
func typeFor(c load.Column) (name string, oid uint32, mod int) {
	switch c.Kind {
	case row.Bool:
		return "boolean", 16, -1
	case row.Int:
		return "bigint", 20, -1
	case row.Uint:
		return "numeric(20)", 1700, 20<<16 + 4
	case row.Float:
		if slices.Contains([]string{"float4", "FLOAT"}, c.Source) {
			return "real", 700, -1
		}
		return "double precision", 701, -1
	case row.Decimal:
		if c.Width > 0 && c.Width <= 1000 && c.Scale >= 0 && c.Scale <= c.Width && !c.Special {
			return fmt.Sprintf("numeric(%d,%d)", c.Width, c.Scale), 1700, c.Width<<16 + c.Scale + 4
		}
		return "numeric", 1700, -1
	case row.Date:
		return "date", 1082, -1
	case row.Time:
		if c.Zoned {
			return "time with time zone", 1266, -1
		}
		return "time", 1083, -1
	case row.Timestamp:
		return "timestamp", 1114, -1
	case row.TimestampTZ:
		return "timestamp with time zone", 1184, -1
	case row.JSON:
		if c.Source == "jsonb" {
			return "jsonb", 3802, -1
		}
		return "json", 114, -1
	case row.Bytes:
		return "bytea", 17, -1
	}
	if c.Source == "uuid" {
		return "uuid", 2950, -1
	}
	return "text", 25, -1
}

// The ranges of timestamps, in microseconds since 1970-01-01, and of dates. The last
// timestamps of PostgreSQL need more than 64 bits in this unit.
const (
	firstMoment = -210866803200000000 // 4713 BC
	firstDay    = -2440588            // likewise, in days
	lastDay     = 2145042905          // in the year 5874898
)

// holds completes a column by its type. If the type is a user's, the server reads the
// values as text.
func holds(c load.Column, oid uint32, mod int) load.Column {
	c.Code, c.Kind, c.NoNUL = oid, row.Text, true
	switch oid {
	case 16:
		c.Kind = row.Bool
	case 20, 21, 23:
		c.Kind, c.Bits = row.Int, map[uint32]int{20: 64, 21: 16, 23: 32}[oid]
	case 700, 701:
		c.Kind, c.Single = row.Float, oid == 700
	case 1700:
		c.Kind, c.Special = row.Decimal, true
		if m := mod - 4; m >= 0 {
			c.Width, c.Scale = m>>16, m&0x7ff^0x400-0x400
		}
	case 1082, 1114, 1184:
		c.Kind = map[uint32]row.Kind{1082: row.Date, 1114: row.Timestamp, 1184: row.TimestampTZ}[oid]
		c.Odd = func(text []byte) bool { return oddMoment(c.Kind, text) }
		c.Fraction = fraction(mod)
	case 1083, 1266:
		c.Kind, c.Zoned, c.Fraction = row.Time, oid == 1266, fraction(mod)
		c.Check = timeOfDay
	case 1042, 1043:
		if c.Length = max(mod-4, 0); oid == 1042 {
			c.Check = filled(c.Length)
		}
	case 114:
		c.Kind = row.JSON
	case 3802:
		c.Kind = row.JSON
		c.Check = func(text []byte) error { return load.ExactJSON(text, false) }
	case 17:
		c.Kind = row.Bytes
	case 2950:
		c.Check = func(text []byte) error {
			if _, err := uuidOf(text); err != nil {
				return err
			}
			return nil
		}
	}
	return c
}

// filled refuses blanks at the end of a char(n) unless they fill it: the server returns
// every value with n characters.
func filled(n int) func(text []byte) error {
	return func(text []byte) error {
		if bytes.HasSuffix(text, []byte{' '}) && utf8.RuneCount(text) != n {
			return errors.New("blanks at its end would be lost")
		}
		return nil
	}
}

func fraction(mod int) int {
	if mod < 0 {
		return 6
	}
	return mod
}

// oddMoment reports whether a text for a moment outside the years 1 to 9999 is in
// PostgreSQL's notation.
func oddMoment(kind row.Kind, text []byte) bool {
	if string(text) == "infinity" || string(text) == "-infinity" {
		return true
	}
	b := row.NewBatch(&row.Schema{Columns: make([]row.Column, 1)})
	defer b.Release()
	b.Exact(kind, text)
	if kind == row.Date {
		days, ok := b.Day(b.Cells[0])
		return ok && days >= firstDay && days <= lastDay
	}
	micros, ok := b.Moment(b.Cells[0])
	return ok && micros >= firstMoment
}

// timeOfDay refuses durations, which MySQL's type TIME also holds.
func timeOfDay(text []byte) error {
	clock := string(text)
	if at := strings.LastIndexAny(clock, "+-"); at > 0 {
		clock = clock[:at]
	}
	if len(clock) < 8 || clock[2] != ':' || clock > "24:00:00" && strings.Trim(clock[8:], ".0") != "" || clock[:8] > "24:00:00" {
		return errors.New("it is no time of day")
	}
	return nil
}

func uuidOf(text []byte) ([]byte, error) {
	if len(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' {
		if raw, err := hex.DecodeString(strings.ReplaceAll(string(text), "-", "")); err == nil && len(raw) == 16 {
			return raw, nil
		}
	}
	return nil, errors.New("it is no UUID")
}
