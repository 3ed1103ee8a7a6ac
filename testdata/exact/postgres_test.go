// The types of PostgreSQL are compared with the output of psql.

package exact

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testdb"
)

// A kind is a column of a corpus: its type, its values, and a function that converts the client's
// text.
type kind struct {
	name   string
	values []string // as SQL literals
	form   form
	text   func(string) string
}

// texts are values that formats could mishandle.
var texts = []string{
	"''", "'NULL'", "'null'", `E'\\N'`, `E'\\.'`, "' '", "' lead and trail '", "'a,b'", `'say "x"'`, `'"'`, "'it''s'",
	`E'line\nbreak'`, `E'\n'`, `E'crlf\r\nend\r'`, `E'tab\tbed'`, `E'back\\slash \\n'`, "'a|b'", "'<br> *b* `c` [d](e)'",
	`E'\x01\x1b[31mred\x7f'`, `E'\u0085\u009b'`, `E'\u202eevil\u2066\u200f'`, `E'\ufeffbom'`, "'naïve Zürich €'",
	"'😀 👩‍👩‍👧 日本語'", "'true'", "'007'", "'1e5'", "'=1+1'", "'{}'", `E'\ufffd'`,
}

func postgresKinds() []kind {
	return []kind{
		{"smallint", []string{"-32768", "0", "32767"}, asNumber, same},
		{"integer", []string{"-2147483648", "2147483647"}, asNumber, same},
		{"bigint", []string{"-9223372036854775808", "9223372036854775807", "9007199254740993", "-1"}, asNumber, same},
		{"oid", []string{"0", "4294967295"}, asNumber, same},
		{"numeric", []string{
			"1.10", "-0.05", "0.000", "0", "'NaN'", "'Infinity'", "'-Infinity'", "12345678901234567890.12345678901234567890",
			"999999999999999999", "1000000000000000000", "-999999999999999.999", "1e-30", "1e25", "repeat('9', 300)::numeric", "0.1",
		}, asNumber, same},
		{"numeric(30,20)", []string{"1.5", "-1.5", "0", "'NaN'"}, asNumber, same},
		{"numeric(5,-2)", []string{"1234567", "49"}, asNumber, same},
		{"real", []string{"0", "'-0'", "1.1", "16777216", "3.4028235e38", "1e-45", "999999", "1e6", "0.0001", "0.00001", "'NaN'", "'Infinity'", "'-Infinity'"}, asNumber, same},
		{"double precision", []string{
			"0", "'-0'", "0.1::float8 + 0.2::float8", "1e15", "123456789012345", "9007199254740993", "0.0001", "0.00001",
			"4.9406564584124654e-324", "1.7976931348623157e308", "-1e100", "'NaN'", "'Infinity'", "'-Infinity'",
		}, asNumber, same},
		{"money", []string{"0", "-1234.5", "'92233720368547758.07'"}, asString, same},
		{"boolean", []string{"true", "false"}, asBool, truth},
		{"text", texts, asString, same},
		{"varchar(40)", texts, asString, same},
		{"char(5)", []string{"''", "'ab'", "'a é'"}, asString, same},
		{`"char"`, []string{"'x'"}, asString, same},
		{"name", []string{"'pg_class'"}, asString, same},
		{"label", []string{"'x'", "''"}, asString, same},
		{"cents", []string{"0", "7"}, asNumber, same},
		{"mood", []string{"'sad'", "'so so'"}, asString, same},
		{"bytea", []string{`'\x'`, `'\x00ff0a5c22'`, `'\x6162'`}, asString, same},
		{"date", []string{"'2024-02-29'", "'0044-03-15 BC'", "'infinity'", "'-infinity'", "'0001-01-01'", "'9999-12-31'", "'5874897-12-31'", "'4713-01-01 BC'", "'1582-10-10'"}, asString, same},
		{"time", []string{"'24:00:00'", "'00:00:00'", "'08:30:00.000001'", "'23:59:59.999999'"}, asString, same},
		{"time(0)", []string{"'23:59:59.5'"}, asString, same},
		{"timetz", []string{"'23:59:59.5+05:30'", "'24:00:00-12'", "'08:30:00+00'"}, asString, same},
		{"timestamp", []string{
			"'2024-02-29 08:30:00.25'", "'2024-01-01 24:00:00'", "'1969-12-31 23:59:59.999999'", "'0001-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'",
			"'294276-12-31 23:59:59.999999'", "'4713-01-01 00:00:00 BC'", "'infinity'", "'-infinity'", "'2026-01-31 08:30:00'", "'2026-01-31 08:30:00.1'",
		}, asString, timestamp},
		{"timestamptz", []string{
			"'2024-03-31 02:30:00 Europe/Berlin'", "'2024-01-31 08:30:00.000001+05:30'", "'0044-03-15 12:00:00+00 BC'", "'infinity'", "'-infinity'",
			"'10000-01-01 00:00:00+00'", "'0001-01-01 00:00:00+00'", "'1900-01-01 00:00:00 Europe/Amsterdam'",
		}, asString, timestampTZ},
		{"interval", []string{"'0'", "'1 year -2 days 03:04:05.000006'", "'-178000000 years'", "'-1 mon 1 day -00:00:00.5'", "'1000:00:00'"}, asString, same},
		{"uuid", []string{"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"}, asString, same},
		{"inet", []string{"'192.168.0.1/24'", "'::1'", "'10.0.0.1'", "'2001:db8::/32'"}, asString, same},
		{"cidr", []string{"'10.0.0.0/8'", "'::1'"}, asString, same},
		{"macaddr", []string{"'08:00:2b:01:02:03'"}, asString, same},
		{"macaddr8", []string{"'08:00:2b:01:02:03:04:05'"}, asString, same},
		{"bit(4)", []string{"B'0101'", "B'0000'"}, asString, same},
		{"varbit", []string{"B''", "B'00000000011'"}, asString, same},
		{"json", []string{`'{"n": 9007199254740993,  "n":1e400}'`, "'null'", `E'{"a":\n\t1}'`, `'"text"'`, `'"\u202e\u0000"'`, "'[1, 2.50, true]'"}, asJSON, same},
		{"jsonb", []string{`'{"n": 9007199254740993.10, "a": null}'`, "'null'", `'"text"'`, "'{}'", "'1e400'", "'\"\u202e\"'"}, asJSON, same},
		{"jsonpath", []string{"'$.a[*]'"}, asString, same},
		{"tsvector", []string{"to_tsvector('simple', 'one two''s')"}, asString, same},
		{"tsquery", []string{"'a & b'"}, asString, same},
		{"point", []string{"'(0.1,1e300)'"}, asString, same},
		{"path", []string{"'((0,0),(1,1))'", "'[(0,0),(1,1)]'"}, asString, same},
		{"circle", []string{"'<(0,0),1.5>'"}, asString, same},
		{"box", []string{"'(0,0),(1,1)'"}, asString, same},
		{"int4range", []string{"'[1,10]'", "'empty'", "'(,)'"}, asString, same},
		{"numrange", []string{"'(,1.50]'"}, asString, same},
		{"tstzrange", []string{`'["2024-01-31 08:30:00+02",infinity)'`}, asString, same},
		{"span", []string{"'[0.1,0.3]'"}, asString, same},
		{"int4multirange", []string{"'{[1,3),[5,7)}'", "'{}'"}, asString, same},
		{"int[]", []string{"array[1, null, 3]", "'{}'", "'{{1,2},{3,4}}'", "'[0:1]={1,2}'"}, asString, same},
		{"text[]", []string{`array['a,b', '', null, 'NULL', E'q"\\', E'line\nbreak']`}, asString, same},
		{"double precision[]", []string{"array[0.1, 1e300, 'NaN']"}, asString, same},
		{"timestamptz[]", []string{"array['2024-01-31 08:30:00+02'::timestamptz, 'infinity']"}, asString, same},
		{"bytea[]", []string{`array['\x00ff'::bytea]`}, asString, same},
		{"interval[]", []string{"array['1 day'::interval]"}, asString, same},
		{"item", []string{"row('tea', 1.5)", "row(null, null)", `row('a "b", c', 0)`}, asString, same},
		{"item[]", []string{"array[row('tea', 1.5)::item]"}, asString, same},
		{"pg_lsn", []string{"'16/B374D848'"}, asString, same},
		{"xid8", []string{"'18446744073709551615'"}, asString, same},
		{"regclass", []string{"'pg_class'"}, asString, same},
		{"tid", []string{"'(1,2)'"}, asString, same},
	}
}

func TestPostgres(t *testing.T) {
	db := testdb.Postgres(t)
	psql := clientName(t, "psql")
	kinds := postgresKinds()
	// On some systems, contributed types are in a separate package.
	for _, k := range []kind{
		{"hstore", []string{`'a=>1, "b c"=>NULL, d=>""'`}, asString, same},
		{"citext", []string{"'MiXed'"}, asString, same},
		{"ltree", []string{"'top.one'"}, asString, same},
	} {
		if db.Count(t, "select count(*) from pg_available_extensions where name = $1", k.name) == 1 {
			db.Exec(t, "create extension "+k.name)
			kinds = append(kinds, k)
		} else {
			t.Logf("no %s on this server", k.name)
		}
	}
	db.Exec(t,
		"create type mood as enum ('sad', 'so so', 'happy')",
		"create type item as (name text, price numeric(8,2))",
		"create domain cents as int check (value >= 0)",
		"create domain label as text",
		"create type span as range (subtype = float8)")
	seed(t, db, kinds)

	checkExport(t, db.URL, "select "+names(kinds)+" from corpus order by id", fromPSQL(t, psql, db.URL, kinds))
}

// fromPSQL reads the output of psql. NUL separates the cells, since texts of PostgreSQL cannot
// contain it.
func fromPSQL(t *testing.T, psql, url string, kinds []kind) table {
	t.Helper()
	const null = "\x01null\x02"
	printed := client(t, []string{
		"PGCLIENTENCODING=UTF8",
		"PGOPTIONS=-c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601 -c bytea_output=hex",
	}, psql, "-XAtz0", "-P", "null="+null, "-c", "select "+names(kinds)+" from corpus order by id", url)
	cells := strings.Split(strings.TrimSuffix(strings.TrimSuffix(printed, "\n"), "\x00"), "\x00")
	if len(cells)%len(kinds) != 0 || len(cells) < len(kinds) {
		t.Fatalf("psql prints %d cells for %d columns", len(cells), len(kinds))
	}
	want := emptyTable(kinds)
	for i := 0; i < len(cells); i += len(kinds) {
		var row []cell
		for j, k := range kinds {
			if v := cells[i+j]; v == null {
				row = append(row, cell{null: true})
			} else {
				row = append(row, cell{text: k.text(v), form: k.form})
			}
		}
		want.rows = append(want.rows, row)
	}
	return want
}

// seed creates the table corpus. In row i, each column has its value i, or NULL if it has fewer
// values. In the last row all columns are NULL.
func seed(t *testing.T, db testdb.DB, kinds []kind) {
	t.Helper()
	var columns []string
	most := 0
	for i, k := range kinds {
		columns = append(columns, column(i)+" "+k.name+" null")
		most = max(most, len(k.values))
	}
	db.Exec(t, "create table corpus (id int primary key, "+strings.Join(columns, ", ")+")")
	for n := range most + 1 {
		values := make([]string, len(kinds))
		for i, k := range kinds {
			values[i] = "null"
			if n < len(k.values) {
				values[i] = k.values[n]
			}
		}
		db.Exec(t, fmt.Sprintf("insert into corpus values (%d, %s)", n, strings.Join(values, ", ")))
	}
}

func names(kinds []kind) string {
	var list []string
	for i := range kinds {
		list = append(list, column(i))
	}
	return strings.Join(list, ", ")
}

// emptyTable returns the table without rows.
func emptyTable(kinds []kind) table {
	var head table
	for i, k := range kinds {
		head.names = append(head.names, column(i))
		head.types = append(head.types, k.name)
	}
	return head
}
