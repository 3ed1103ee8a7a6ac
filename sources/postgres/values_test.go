// Values of every kind arrive as the server stores them.

package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// same means that the value is exactly what the server's own cast to text returns.
const same = "\x00same"

func TestValues(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	db.Exec(t,
		"create type mood as enum ('sad', 'so so', 'happy')",
		"create type item as (name text, price numeric(8,2))",
		"create domain cents as int check (value >= 0)",
		"create domain label as text",
		"create domain tags as text[]",
		"create type span as range (subtype = float8)")
	distant := open(t, db.URL)
	distant.near = 0
	for _, c := range []struct {
		expr     string
		want     string
		kind     row.Kind
		database string
	}{
		{"true", "true", row.Bool, "bool"},
		{"false", "false", row.Bool, "bool"},

		{"'-32768'::int2", "-32768", row.Int, "int2"},
		{"'-2147483648'::int4", "-2147483648", row.Int, "int4"},
		{"'-9223372036854775808'::int8", "-9223372036854775808", row.Int, "int8"},
		{"9223372036854775807", "9223372036854775807", row.Int, "int8"},
		{"999999999999999999", "999999999999999999", row.Int, "int8"},
		{"-1000000000000000000", "-1000000000000000000", row.Int, "int8"},
		{"0", "0", row.Int, "int4"},
		{"4294967295::oid", "4294967295", row.Int, "oid"},
		{"7::cents", "7", row.Int, "int4"},
		{"'18446744073709551615'::xid8", same, row.Text, "xid8"},

		{"'NaN'::float8", "NaN", row.Float, "float8"},
		{"'Infinity'::float8", "Infinity", row.Float, "float8"},
		{"'-Infinity'::float4", "-Infinity", row.Float, "float4"},
		{"'-0'::float8", "-0", row.Float, "float8"},
		{"0.1::float8 + 0.2::float8", "0.30000000000000004", row.Float, "float8"},
		{"1e15::float8", same, row.Float, "float8"},
		{"123456789012345::float8", same, row.Float, "float8"},
		{"0.0001::float8", same, row.Float, "float8"},
		{"0.00001::float8", same, row.Float, "float8"},
		{"4.9406564584124654e-324::float8", same, row.Float, "float8"},
		{"1.7976931348623157e308::float8", same, row.Float, "float8"},
		{"9007199254740993::float8", same, row.Float, "float8"},
		{"16777216::float4", same, row.Float, "float4"},
		{"1.1::float4", "1.1", row.Float, "float4"},
		{"3.4028235e38::float4", same, row.Float, "float4"},
		{"1e-45::float4", same, row.Float, "float4"},
		{"999999::float4", same, row.Float, "float4"},
		{"1000000::float4", same, row.Float, "float4"},

		{"1.10", "1.10", row.Decimal, "numeric"},
		{"-0.05", "-0.05", row.Decimal, "numeric"},
		{"0.000", "0.000", row.Decimal, "numeric"},
		{"'NaN'::numeric", "NaN", row.Decimal, "numeric"},
		{"'Infinity'::numeric", "Infinity", row.Decimal, "numeric"},
		{"'-Infinity'::numeric", "-Infinity", row.Decimal, "numeric"},
		{"12345678901234567890.12345678901234567890", "12345678901234567890.12345678901234567890", row.Decimal, "numeric"},
		{"1.5::numeric(30,20)", "1.50000000000000000000", row.Decimal, "numeric"},
		{"1234500::numeric(5,-2)", "1234500", row.Decimal, "numeric"},
		{"repeat('9', 1000)::numeric", same, row.Decimal, "numeric"},
		{"10::numeric ^ -30", same, row.Decimal, "numeric"},
		{"'-1234.5'::money", "-$1,234.50", row.Text, "money"},

		{"date '2024-02-29'", "2024-02-29", row.Date, "date"},
		{"date '0044-03-15 BC'", "0044-03-15 BC", row.Date, "date"},
		{"date '5874897-12-31'", "5874897-12-31", row.Date, "date"},
		{"date 'infinity'", "infinity", row.Date, "date"},
		{"date '-infinity'", "-infinity", row.Date, "date"},
		{"date '0001-01-01'", "0001-01-01", row.Date, "date"},
		{"date '9999-12-31'", "9999-12-31", row.Date, "date"},
		{"time '24:00:00'", "24:00:00", row.Time, "time"},
		{"time '08:30:00.000001'", "08:30:00.000001", row.Time, "time"},
		{"timetz '23:59:59.5+05:30'", "23:59:59.5+05:30", row.Time, "timetz"},
		{"timestamp '2024-02-29 08:30:00.25'", "2024-02-29T08:30:00.25", row.Timestamp, "timestamp"},
		{"timestamp '0001-01-01 00:00:00'", "0001-01-01T00:00:00", row.Timestamp, "timestamp"},
		{"timestamp '0001-12-31 23:59:59.999999 BC'", "0001-12-31 23:59:59.999999 BC", row.Timestamp, "timestamp"},
		{"timestamp '9999-12-31 23:59:59.999999'", "9999-12-31T23:59:59.999999", row.Timestamp, "timestamp"},
		{"timestamp '10000-01-01 00:00:00'", "10000-01-01 00:00:00", row.Timestamp, "timestamp"},
		{"timestamp '1582-10-15 00:00:00'", "1582-10-15T00:00:00", row.Timestamp, "timestamp"},
		{"timestamp '294276-12-31 23:59:59.999999'", "294276-12-31 23:59:59.999999", row.Timestamp, "timestamp"},
		{"timestamp '4713-01-01 00:00:00 BC'", "4713-01-01 00:00:00 BC", row.Timestamp, "timestamp"},
		{"timestamp '-infinity'", "-infinity", row.Timestamp, "timestamp"},
		{"timestamptz '2024-03-31 02:30:00 Europe/Berlin'", "2024-03-31T01:30:00Z", row.TimestampTZ, "timestamptz"},
		{"timestamptz '2024-01-31 08:30:00.000001+05:30'", "2024-01-31T03:00:00.000001Z", row.TimestampTZ, "timestamptz"},
		{"timestamptz '0044-03-15 12:00:00+00 BC'", "0044-03-15 12:00:00+00 BC", row.TimestampTZ, "timestamptz"},
		{"timestamptz 'infinity'", "infinity", row.TimestampTZ, "timestamptz"},
		{"timestamptz '10000-01-01 00:00:00+00'", "10000-01-01 00:00:00+00", row.TimestampTZ, "timestamptz"},
		{"interval '1 year -2 days 03:04:05.000006'", "P1Y-2DT3H4M5.000006S", row.Text, "interval"},
		{"interval '0'", "PT0S", row.Text, "interval"},

		{"'it''s \"ü\" ≠ 🙂'", "it's \"ü\" ≠ 🙂", row.Text, "text"},
		{"''", "", row.Text, "text"},
		{"E'a\\tb\\nc\\\\d'", "a\tb\nc\\d", row.Text, "text"},
		{"'ab'::char(5)", "ab   ", row.Text, "bpchar"},
		{"'abc'::varchar(2)", "ab", row.Text, "varchar"},
		{"'pg_class'::name", "pg_class", row.Text, "name"},
		{`'x'::"char"`, "x", row.Text, "char"},
		{"'x'::label", "x", row.Text, "text"},
		{"'so so'::mood", "so so", row.Text, "oid"},
		{"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", same, row.Text, "uuid"},
		{"inet '192.168.0.1/24'", "192.168.0.1/24", row.Text, "inet"},
		{"inet '::1'", "::1", row.Text, "inet"}, // the server's cast would add /128
		{"cidr '10.0.0.0/8'", "10.0.0.0/8", row.Text, "cidr"},
		{"macaddr '08:00:2b:01:02:03'", same, row.Text, "macaddr"},
		{"B'0101'", "0101", row.Text, "bit"},
		{"B'0101'::varbit", "0101", row.Text, "varbit"},
		{"'<a b=\"1\">x</a>'::xml", same, row.Text, "xml"},
		{"to_tsvector('simple', 'one two')", "'one':1 'two':2", row.Text, "tsvector"},
		{"'a & b'::tsquery", same, row.Text, "tsquery"},
		{"point '(0.1,1e300)'", same, row.Text, "point"},
		{"'$.a[*]'::jsonpath", same, row.Text, "jsonpath"},
		{"'16/B374D848'::pg_lsn", "16/B374D848", row.Text, "oid"},

		{"array[1, null, 3]", "{1,NULL,3}", row.Text, "int4[]"},
		{"array['a,b', '', null, 'NULL']", `{"a,b","",NULL,"NULL"}`, row.Text, "text[]"},
		{"array[0.1::float8, 1e300]", same, row.Text, "float8[]"},
		{"array[timestamptz '2024-01-31 08:30:00+02']", `{"2024-01-31 06:30:00+00"}`, row.Text, "timestamptz[]"},
		{"array[array[1, 2], array[3, 4]]", "{{1,2},{3,4}}", row.Text, "int4[]"},
		{"'{}'::tags", "{}", row.Text, "text[]"},
		{"row(1, 'a b', null)", `(1,"a b",)`, row.Text, "record"},
		{"row('tea', 1.5)::item", "(tea,1.50)", row.Text, "oid"},
		{"int4range(1, 10)", "[1,10)", row.Text, "int4range"},
		{"numrange(null, 1.50)", "(,1.50)", row.Text, "numrange"},
		{"'empty'::tstzrange", "empty", row.Text, "tstzrange"},
		{"'[0.1,0.3]'::span", same, row.Text, "oid"},
		{"'{[1,3),[5,7)}'::int4multirange", same, row.Text, "int4multirange"},

		{`'{"n": 9007199254740993,  "n":1e400}'::json`, `{"n": 9007199254740993,  "n":1e400}`, row.JSON, "json"},
		{`'{"n": 9007199254740993.10, "a": null}'::jsonb`, `{"a": null, "n": 9007199254740993.10}`, row.JSON, "jsonb"},
		{"'null'::jsonb", "null", row.JSON, "jsonb"},

		{"'\\x00ff'::bytea", `\x00ff`, row.Bytes, "bytea"},
		{"''::bytea", `\x`, row.Bytes, "bytea"},
		{"decode(repeat('00', 300000), 'hex')", same, row.Bytes, "bytea"},

		{"null::int", "∅", row.Int, "int4"},
		{"null::bytea", "∅", row.Bytes, "bytea"},
		{"null::timestamptz", "∅", row.TimestampTZ, "timestamptz"},
	} {
		o := get(t, db.URL, "select "+c.expr+", ("+c.expr+")::text")
		far := runOn(t.Context(), distant, request("select "+c.expr+", ("+c.expr+")::text"))
		if err := errors.Join(o.err, far.err); err != nil {
			t.Errorf("%s: %v", c.expr, err)
			continue
		}
		if !slices.Equal(o.rows[0], far.rows[0]) || o.cells[0].Kind != far.cells[0].Kind || o.cells[0].Flags != far.cells[0].Flags {
			t.Errorf("%s: %q near, %q as text", c.expr, o.rows[0], far.rows[0])
		}
		got, column := o.rows[0], o.schema.Columns[0]
		if c.want == same {
			c.want = got[1]
		}
		if got[0] != c.want {
			t.Errorf("%s: got %.80q, want %.80q", c.expr, got[0], c.want)
		}
		if column.Type != c.kind || !strings.HasPrefix(column.Database, c.database) {
			t.Errorf("%s: got a column of type %s, %s, want %s, %s", c.expr, column.Type, column.Database, c.kind, c.database)
		}
		if k := o.cells[0].Kind; k != c.kind && k != row.Null {
			t.Errorf("%s: got a cell of type %s, want %s", c.expr, k, c.kind)
		}
	}
}

// The binary form is compared with the server's text, over the whole range of each type.
func TestBinaryValuesAreThoseOfTheText(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	distant := open(t, db.URL)
	distant.near = 0
	sql := `select n,
		(random() * 65535 - 32768)::int2, (random() * 4294967295 - 2147483648)::int4, ((random() - 0.5) * 9e18)::int8, (random() * 4294967295)::int8::oid,
		random() < 0.5, (random() - 0.5) * 10 ^ (random() * 600 - 300), ((random() - 0.5) * 10 ^ (random() * 70 - 35))::float4,
		date '4713-01-01 BC' + (random() * (date '5874897-12-31' - date '4713-01-01 BC'))::int,
		date '0010-01-01 BC' + (random() * 8000)::int, date '9995-01-01' + (random() * 4000)::int,
		timestamp '4713-01-02 BC' + random() * interval '290000 years',
		timestamp '1990-01-01' + random() * interval '60 years', timestamp '2000-01-01' + random() * interval '1 s',
		timestamptz '4713-01-02 BC' + random() * interval '290000 years',
		timestamptz '0001-01-01 BC' + random() * interval '2 years', case when random() < 0.5 then n end
		from generate_series(1, 20000) n order by n`
	for k := range strings.Count(sql, "random()") { // so that both runs have the same numbers
		sql = strings.Replace(sql, "random()", fmt.Sprintf("((hashint8(n * 64 + %d)::int8 + 2147483648) / 4294967296.0::float8)", k), 1)
	}
	near, far := runOn(t.Context(), open(t, db.URL), request(sql)), runOn(t.Context(), distant, request(sql))
	if err := errors.Join(near.err, far.err); err != nil {
		t.Fatal(err)
	}
	for i := range far.rows {
		for j := range far.rows[i] {
			if near.rows[i][j] != far.rows[i][j] {
				t.Fatalf("row %d, column %d: %q in binary, %q as text", i, j, near.rows[i][j], far.rows[i][j])
			}
		}
	}
	if len(near.rows) != len(far.rows) {
		t.Errorf("%d rows near, %d far", len(near.rows), len(far.rows))
	}
}

// A database with the encoding SQL_ASCII can store any bytes as text.
func TestTextThatIsNotUTF8IsEscapedAndReported(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	name := strings.TrimPrefix(open(t, db.URL).target.config.Database, "fanql_")
	raw := "fanql_raw_" + name
	db.Exec(t, "create database "+raw+" encoding 'SQL_ASCII' locale 'C' template template0")
	t.Cleanup(func() {
		if _, err := db.SQL.ExecContext(context.Background(), "drop database "+raw+" with (force)"); err != nil {
			t.Error(err)
		}
	})
	o := get(t, strings.Replace(db.URL, "fanql_"+name, raw, 1), `select E'a\xff', E'b\xfe' from generate_series(1, 2)`)
	if o.err != nil {
		t.Fatal(o.err)
	}
	if o.rows[1][0] != `a\xff` || o.cells[0].Flags&row.Escaped == 0 {
		t.Errorf("got %q, flags %b", o.rows[1][0], o.cells[0].Flags)
	}
	if w := o.answer.Warnings; len(w) != 2 || !strings.HasPrefix(w[0], `column "?column?" holds text that is not UTF-8`) {
		t.Errorf("warnings %q, want one for each column", w)
	}
}

func TestAnswersThatAreNotWhole(t *testing.T) {
	for tag, want := range map[string]string{
		"SELECT 3":   "",
		"SHOW":       "",
		"EXPLAIN":    "",
		"SELECT 2":   "incomplete: the server counted 2 rows, and 3 arrived",
		"SELECT 4":   "incomplete: the server counted 4 rows, and 3 arrived",
		"SELECT":     "SELECT is not a query: only queries can be asked",
		"UPDATE 3":   "UPDATE 3 is not a query: only queries can be asked",
		"INSERT 0 3": "INSERT 0 3 is not a query: only queries can be asked",
		"CALL":       "CALL is not a query: only queries can be asked",
	} {
		if err := whole(tag, 3); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%s: got %v, want %q", tag, err, want)
		}
	}
}

func TestValuesThatAreNotOfTheirType(t *testing.T) {
	b := row.NewBatch(&row.Schema{})
	defer b.Release()
	for name, c := range map[string]struct {
		read   reader
		values []string
	}{
		"bool":  {readBool, []string{"", "true", "x"}},
		"int":   {readInt, []string{"", "-", "1.0", "12345678901234567890", "1x", " 1"}},
		"float": {readFloat8, []string{"", "1,5", "1e999"}},
		"an array in binary, which was not asked for": {unasked(t, 1007), []string{"", "\x00"}},
		"bytea": {readBytes, []string{"", `\`, `\x0`, `\xgg`, `abc`}},
	} {
		for _, v := range c.values {
			if got := c.read(b, []byte(v)); got != malformed {
				t.Errorf("%s %q was accepted as a value", name, v)
			}
		}
	}
	if len(b.Cells) != 0 {
		t.Errorf("%d cells were appended", len(b.Cells))
	}
}

// unasked returns the reader for values of a type that arrive in binary although text was
// requested.
func unasked(t *testing.T, oid uint32) reader {
	t.Helper()
	columns, _ := columnsOf([]pgconn.FieldDescription{{Name: "v", DataTypeOID: oid, Format: pgproto3.BinaryFormat}}, 0)
	return columns[0].read
}
