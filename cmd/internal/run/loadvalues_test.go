// Values that only some databases can hold. There they are loaded unchanged. Other databases cannot
// take them: the value is reported, and nothing is loaded.

package run_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/load"
)

// oddities are tables with values of one kind of database, and the other kinds that can hold these
// values.
var oddities = []struct {
	name, from string
	statements []string
	to         []string
}{
	{"dates beyond the years 1 to 9999", "PostgreSQL", []string{
		"create table t (k int, d date, ts timestamp, tz timestamptz)",
		"insert into t values (1, 'infinity', 'infinity', '-infinity'), (2, '-infinity', '0044-03-15 01:02:03.5 BC', '0044-03-15 01:02:03+00 BC'), (3, '4713-01-01 BC', '12026-01-01', '12026-01-01 00:00:00+00'), (4, '5874897-12-31', null, null)",
	}, []string{"PostgreSQL"}},
	{"text that is filled with blanks", "PostgreSQL", []string{
		"create table t (k int, c char(4), v char(4))", "insert into t values (1, 'ab', 'abcd'), (2, '', 'ä b'), (3, null, '    ')",
	}, []string{"PostgreSQL"}},
	{"infinity", "PostgreSQL", []string{
		"create table t (k int, d date, ts timestamp, tz timestamptz)", "insert into t values (1, 'infinity', 'infinity', '-infinity'), (2, '-infinity', '0044-03-15 01:02:03.5 BC', '12026-01-01 00:00:00+00')",
	}, []string{"PostgreSQL", "DuckDB"}},
	{"values that are no numbers", "PostgreSQL", []string{
		"create table t (k int, n numeric, f float8, r real)", "insert into t values (1, 'NaN', 'NaN', 'Infinity'), (2, 'Infinity', '-Infinity', 'NaN'), (3, '-Infinity', '-0', '0.1')",
	}, []string{"PostgreSQL"}},
	{"decimals of any size", "PostgreSQL", []string{
		"create table t (k int, n numeric)", fmt.Sprintf("insert into t values (1, 1%s.%s1), (2, -0.%s7), (3, 0.000), (4, 10000), (5, 0.0001), (6, 100000000.00010000), (7, -12345678901234567890123456789012345678901234567890)", strings.Repeat("0", 300), strings.Repeat("0", 200), strings.Repeat("0", 100)),
	}, []string{"PostgreSQL", "SQLite"}},
	{"types that travel as text", "PostgreSQL", []string{
		"create table t (k int, j jsonb, js json, i interval, a int[], n inet, u uuid)",
		`insert into t values (1, '{"b": 1.10, "a": [1, null]}', '{"a":1, "a":2}', '1 year 2 days 03:04:05.6', '{1,null,3}', '10.0.0.1/8', '00112233-4455-6677-8899-aabbccddeeff')`,
	}, []string{"PostgreSQL", "MySQL", "MariaDB", "SQLite", "DuckDB"}},
	{"times with a zone", "PostgreSQL", []string{ // DuckDB is read back through Parquet files, which have these times in UTC
		"create table t (k int, z timetz)", "insert into t values (1, '12:00:00.5+05:30'), (2, '00:00:00-15:59:59'), (3, '24:00:00+00')",
	}, []string{"PostgreSQL", "MySQL", "MariaDB", "SQLite"}},
	{"zero dates and durations", "MySQL", []string{
		"set sql_mode = 'ALLOW_INVALID_DATES'", "create table t (k int, d date, dt datetime(6), tz timestamp(6) null, ti time(6), b bit(1), bits bit(8), y year)",
		"insert into t values (1, '0000-00-00', '0000-00-00', '0000-00-00 00:00:00', '-838:59:59', b'1', b'10101010', 2026), (2, '2020-02-30', '2020-02-30 01:02:03.5', null, '838:59:58.5', b'0', b'0', 1901)",
	}, []string{"MySQL", "MariaDB"}},
	{"documents of MySQL", "MySQL", []string{
		"create table t (k int, j json)", `insert into t values (1, '{"b": 1.0, "a": [1e300, 18446744073709551615, null, "\\u0000"]}'), (2, '"text"'), (3, '12')`,
	}, []string{"MySQL", "MariaDB", "SQLite"}},
	{"text with NUL", "SQLite", []string{
		"create table t (k integer, s text)", "insert into t values (1, 'a' || char(0) || 'b'), (2, char(0)), (3, '')",
	}, []string{"SQLite", "MySQL", "MariaDB", "DuckDB"}},
	{"cells of every kind in one column", "SQLite", []string{
		"create table t (k integer, v)", "insert into t values (1, 1), (2, 1.5), (3, 'x'), (4, null), (5, '007')",
	}, []string{"SQLite", "PostgreSQL", "MySQL", "MariaDB", "DuckDB"}},
}

func TestOddValuesAreLoadedWhereTheyAreHeld(t *testing.T) {
	rigs := map[string]loadRig{}
	for _, r := range loadRigs(t) {
		rigs[r.kind] = r
	}
	for i, o := range oddities {
		from := rigs[o.from]
		conn, err := from.db.Conn(t.Context()) // the statements change settings of the connection
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range append([]string{"drop table if exists t"}, o.statements...) {
			if _, err := conn.ExecContext(t.Context(), s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		for _, kind := range o.to {
			t.Run(o.name+" to "+kind, func(t *testing.T) {
				made := fmt.Sprintf("odd_%d", i)
				if v, stderr := loadOf(t, from.url, "select * from t", run.Load{To: rigs[kind].url, Table: made, Mode: load.Create}); v.Exit() != 0 {
					t.Fatal(stderr)
				}
				if differences := diffOf(t, from, rigs[kind], "t", made); differences != "" {
					t.Errorf("the rows that are read back differ:\n%.3000s", differences)
				}
			})
		}
	}
}

func TestWhatATableCannotHoldIsRefusedByName(t *testing.T) {
	rigs := map[string]loadRig{}
	for _, r := range loadRigs(t) {
		rigs[r.kind] = r
	}
	pg, lite := "PostgreSQL", "SQLite"
	for i, c := range []struct{ from, value, to, column, want string }{
		{lite, "'a' || char(0)", pg, "text", `"a\x00" cannot be held by`},
		{lite, "x'ff'", pg, "text", ``}, // bytes become text in canonical form
		{lite, "cast(x'ff' as text)", pg, "text", "is not UTF-8"},
		{pg, "18446744073709551615::numeric", pg, "bigint", "18446744073709551615 cannot be held"},
		{pg, "40000", pg, "smallint", "out of range"},
		{pg, "1.5::numeric", pg, "integer", "digits after its point would be lost"},
		{pg, "2.0::numeric", pg, "integer", ""},
		{pg, "1.239::numeric", pg, "numeric(6,2)", "too many digits"},
		{pg, "1.230::numeric", pg, "numeric(6,2)", ""},
		{pg, "'Infinity'::numeric", pg, "numeric(6,2)", "no infinity"},
		{pg, "0.1::float8", pg, "real", "a float cannot hold all of its digits"},
		{pg, "0.5::float8", pg, "real", ""},
		{pg, "9007199254740993", pg, "float8", "a float cannot hold all of its digits"},
		{pg, "'abc'", pg, "varchar(2)", "too long"},
		{pg, "'ab  '", pg, "varchar(2)", "too long"},
		{pg, "'a '", pg, "char(3)", "blanks at its end would be lost"},
		{pg, "timestamp '2026-01-01 00:00:00.5'", pg, "timestamp(0)", "fraction of a second would be cut"},
		{pg, "timestamp '2026-01-01 00:00:00'", pg, "timestamptz", "has a zone"},
		{pg, "timestamp '2026-01-01 12:00:00'", pg, "date", "its time would be lost"},
		{pg, "time '12:00:00.25'", pg, "time(1)", "fraction of a second would be cut"},
		{pg, `'{"a":1,"a":2}'::json`, pg, "jsonb", "a key stands twice"},
		{pg, "'no'", pg, "uuid", "it is no UUID"},
		{pg, "'x'", pg, "inet", "invalid input syntax for type inet"},
		{pg, "null::int", pg, "int not null", "NULL cannot be held"},
		{"MySQL", "time '838:59:59'", pg, "time", "it is no time of day"},
		{pg, "'NaN'::float8", "MySQL", "double", "no NaN"},
		{pg, "'NaN'::numeric", "MariaDB", "decimal(10,2)", "no NaN"},
		{pg, "date '0044-03-15 BC'", "MySQL", "date", "no such date"},
		{pg, "timestamptz '2039-01-01 00:00:00+00'", "MySQL", "timestamp(6) null", "out of range"},
		{pg, "'𝄞'", "MySQL", "varchar(9) character set utf8mb3", "beyond U+FFFF"},
		{pg, "1.239::numeric", "MariaDB", "decimal(6,2)", "too many digits"},
		{pg, "-1", "MariaDB", "int unsigned", "out of range"},
		{pg, `'\x01'::bytea`, "MySQL", "binary(2)", "filled with zeros"},
		{pg, `'[1.00000000000000000001]'::json`, "MySQL", "json", "would be rounded"},
		{pg, "timestamp '2026-01-01 00:00:00.5'", "MySQL", "datetime", "fraction of a second would be cut"},
		{pg, "repeat('x', 300)", "MariaDB", "tinytext", "too long"},
		{pg, "'NaN'::float8", lite, "real", "SQLite makes NULL of NaN"},
		{pg, "'007'", lite, "integer", "SQLite would make a number of this text"},
		{pg, "12345678901234567890.5::numeric", lite, "numeric", "SQLite would round it"},
		{pg, "9007199254740993", lite, "real", "SQLite would round it"},
		{pg, "1.239::numeric", "DuckDB", "decimal(6,2)", "too many digits"},
		{pg, "'x'", "DuckDB", "uuid", ""},
		{pg, "300", "DuckDB", "tinyint", "out of range"},
		{pg, "'NaN'::numeric", "DuckDB", "decimal(6,2)", "no NaN"},
	} {
		to := rigs[c.to]
		t.Run(c.value+" into "+c.to+" "+c.column, func(t *testing.T) {
			table := fmt.Sprintf("r%d", i)
			execOn(t, to, "create table "+table+" (k integer, v "+c.column+")")
			v, text := loadOf(t, rigs[c.from].url, "select 7 as k, null as v where 1 = 0 union all select 1, "+c.value, run.Load{To: to.url, Table: table})
			switch {
			case c.want == "" && c.column != "uuid":
				if v.Exit() != 0 {
					t.Error(text)
				}
				return
			case v.Exit() != 1 || !strings.Contains(text, c.want):
				t.Errorf("exit %d: %s", v.Exit(), text)
			}
			if strings.Contains(text, "cannot be held") && !strings.Contains(text, `source from: column "v": `) {
				t.Errorf("the error does not name source and column: %s", text)
			}
			if n := countOn(t, to, table); n != "0" {
				t.Errorf("the table has %s rows", n)
			}
		})
	}
}

// countOn counts the rows of a table.
func countOn(t *testing.T, r loadRig, table string) string {
	t.Helper()
	if r.db != nil {
		return valuesOf(t, r, "select count(*) from "+table)
	}
	text := valuesOf(t, r, "select count(*) as k, '' as name, 0 as n, '' as other from "+table)
	n, _, _ := strings.Cut(text, ",")
	return n
}
