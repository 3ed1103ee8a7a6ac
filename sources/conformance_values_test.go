// Values and parameters of every type. Values that all databases can store look the same
// from all of them.

package sources_test

import (
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

// values selects expressions, and checks the kind and the canonical text of each result.
func (r *rig) values(t *testing.T) {
	for _, c := range []struct {
		name      string
		sql, want each
	}{
		{"the largest integer", all("9223372036854775807"), all("integer 9223372036854775807")},
		{"the smallest integer", each{"'-9223372036854775808'::int8", "-9223372036854775808", "-9223372036854775808"}, all("integer -9223372036854775808")},
		{"an integer beyond a float's 53 bits", all("9007199254740993"), all("integer 9007199254740993")},
		{"an unsigned integer of 64 bits", each{mysql: "18446744073709551615"}, each{mysql: "unsigned integer 18446744073709551615"}},

		{"a decimal keeps its scale", all("-0.50"), each{"decimal -0.50", "decimal -0.50", "float -0.5"}},
		{
			"a decimal of 38 digits",
			each{"12345678901234567890.123456789012345670", "12345678901234567890.123456789012345670", ""},
			each{"decimal 12345678901234567890.123456789012345670", "decimal 12345678901234567890.123456789012345670", ""},
		},
		{"a decimal that is not a number", each{postgres: "'NaN'::numeric"}, each{postgres: "decimal NaN"}},

		{"a float of 17 digits", each{"0.1::float8 + 0.2::float8", "0.1e0 + 0.2e0", "0.1 + 0.2"}, all("float 0.30000000000000004")},
		{"a float that is whole", each{"2::float8", "2e0", "2.0"}, all("float 2")},
		{"the largest float", each{"1.7976931348623157e308::float8", "1.7976931348623157e308", "1.7976931348623157e308"}, all("float 1.7976931348623157e+308")},
		{"the smallest float", each{"5e-324::float8", "5e-324", "5e-324"}, all("float 5e-324")},
		{"infinity", each{"'-Infinity'::float8", "", "-9e999"}, all("float -Infinity")},
		{"a float that is not a number", each{postgres: "'NaN'::float8"}, each{postgres: "float NaN"}},
		{"a float of 32 bits", each{"16777216::float4", "r from samples where s = 'here'", ""}, all("float 1.6777216e+07")},

		{"true", all("true"), each{"boolean true", "integer 1", "integer 1"}},
		{"false", all("false"), each{"boolean false", "integer 0", "integer 0"}},

		{"a date", each{"date '2024-02-29'", "date '2024-02-29'", "'2024-02-29'"}, each{"date 2024-02-29", "date 2024-02-29", "text 2024-02-29"}},
		{"the last date", each{"date '9999-12-31'", "date '9999-12-31'", ""}, all("date 9999-12-31")},
		{"a date beyond dates", each{postgres: "date 'infinity'"}, each{postgres: "date infinity"}},
		{"a time of day", each{"time '08:30:00.5'", "time '08:30:00.5'", ""}, all("time 08:30:00.5")},
		{
			"a timestamp without zone",
			each{"timestamp '2026-01-31 08:30:00.25'", "timestamp '2026-01-31 08:30:00.25'", "'2026-01-31 08:30:00.25'"},
			each{"timestamp 2026-01-31T08:30:00.25", "timestamp 2026-01-31T08:30:00.25", "text 2026-01-31 08:30:00.25"},
		},
		{
			"an instant",
			each{"timestamptz '2026-01-31 09:30:00.25+01'", "instant from samples where s = 'here'", ""},
			all("timestamp with time zone 2026-01-31T08:30:00.25Z"),
		},
		{"a year", each{mysql: "y from samples where s = 'here'"}, each{mysql: "integer 2026"}},
		{"an interval", each{postgres: "interval '1 day 02:00'"}, each{postgres: "text P1DT2H"}},

		{"a text that is not a date in a column of dates", each{sqlite: "at from samples where s = 'here'"}, each{sqlite: "text not a date"}},
		{"a number in a column of dates", each{sqlite: "day from samples where s = 'here'"}, each{sqlite: "integer 20200101"}},
		{"a number that is not a boolean in a column of booleans", each{sqlite: "b from samples where s = 'here'"}, each{sqlite: "integer 2"}},

		{"text with quotes", all(`'it''s "so"'`), all(`text it's "so"`)},
		{"text with a backslash", each{`'a\b'`, `'a\\b'`, `'a\b'`}, all(`text a\b`)},
		{"text of several lines", all("'one\r\n\ttwo\n'"), all("text one\r\n\ttwo\n")},
		{"text beyond ASCII", all("'naïve 漢字 😀'"), all("text naïve 漢字 😀")},
		{"text with blanks around it", all("'  a  '"), all("text   a  ")},
		{"text of length 0", all("''"), all("text ")},
		{"one word of several", each{mysql: "e from samples where s = 'here'"}, each{mysql: "text two"}},
		{"an array", each{postgres: "array[1, null, 3]"}, each{postgres: "text {1,NULL,3}"}},

		{"bytes", each{`'\x00ff27'::bytea`, "x'00ff27'", "x'00ff27'"}, all(`bytes \x00ff27`)},
		{"bytes of length 0", each{"''::bytea", "cast('' as binary)", "x''"}, all(`bytes \x`)},
		{"bits", each{"B'101'", "bits from samples where s = 'here'", ""}, each{"text 101", "unsigned integer 5", ""}},

		{
			"JSON",
			each{`'{"n": 9007199254740993, "n": 1e400}'::json`, "json_object('n', 9007199254740993)", "json_object('n', 9007199254740993)"},
			each{`json {"n": 9007199254740993, "n": 1e400}`, `json {"n": 9007199254740993}`, `text {"n":9007199254740993}`},
		},
		{"NULL", all("null"), all("null")},
	} {
		sql, want := r.of(c.sql), r.of(c.want)
		if sql == "" {
			continue
		}
		if r.maria { // MariaDB has no type for JSON
			want = strings.Replace(want, "json ", "text ", 1)
		}
		r.test(t, c.name, func(t *testing.T) { r.mustAnswer(t, "select "+sql).want(t, want) })
	}
}

// parameters checks that each parameter equals the literal with its value, and that the
// next value does not.
func (r *rig) parameters(t *testing.T) {
	for _, c := range []struct {
		of        driver.Type
		literal   each
		value     string
		neighbour string
	}{
		{driver.Int, all("-9007199254740993"), "-9007199254740993", "-9007199254740992"},
		{driver.Decimal, all("12.5"), "12.50", "12.51"},
		{driver.Bool, each{"true", "true", "1"}, "true", "false"},
		{driver.Date, each{"date '2026-01-31'", "date '2026-01-31'", "'2026-01-31'"}, "2026-01-31", "2026-02-01"},
		{
			driver.Timestamp,
			each{"timestamp '2026-01-31 08:30:00.25'", "timestamp '2026-01-31 08:30:00.25'", "'2026-01-31 08:30:00.25'"},
			"2026-01-31 08:30:00.25", "2026-01-31 08:30:00.26",
		},
		{
			driver.Timestamp,
			each{"timestamptz '2026-01-31 09:30:00+01'", "timestamp '2026-01-31 08:30:00'", "'2026-01-31 08:30:00'"},
			"2026-01-31 08:30:00+00:00", "2026-01-31 08:30:01+00:00",
		},
		{driver.Text, each{`'it''s \ 😀?'`, `'it''s \\ 😀?'`, `'it''s \ 😀?'`}, `it's \ 😀?`, `it's / 😀?`},
		{driver.Text, all("''"), "", "-"},
		{driver.Auto, all("42"), "42", "43"},
		{driver.Auto, all("'north'"), "north", "south"},
	} {
		r.test(t, c.of.String()+" "+c.value, func(t *testing.T) {
			sql := "select case when " + r.of(c.literal) + " = " + r.placeholder + " then 'equal' else 'not' end"
			r.mustAnswer(t, sql, driver.Arg{Type: c.of, Value: c.value}).want(t, "text equal")
			r.mustAnswer(t, sql, driver.Arg{Type: c.of, Value: c.neighbour}).want(t, "text not")
		})
	}
	r.test(t, "NULL of a type", func(t *testing.T) {
		r.mustAnswer(t, "select "+r.placeholder, driver.Arg{Type: driver.Int, Null: true}).want(t, "null")
	})
	r.test(t, "NULL without a type", func(t *testing.T) {
		sql := "select case when coalesce(" + r.placeholder + ", 'none') = 'none' then 'null' else 'not' end"
		r.mustAnswer(t, sql, driver.Arg{Null: true}).want(t, "text null")
	})
	r.test(t, "text stays text", func(t *testing.T) {
		r.mustAnswer(t, "select "+r.placeholder, driver.Arg{Type: driver.Text, Value: "007"}).want(t, "text 007")
	})
}
