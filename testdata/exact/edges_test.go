// Values of all three systems in one result. The conversion of columns to the merged type changes
// no value.

package exact

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testdb"
)

// allEdges selects the largest and smallest values of the types of each system, under the same
// names on all of them.
const allEdges = `-- fanql: pg
select 9223372036854775807::bigint as whole, '123456789012345678901234567890.123456789'::numeric as fraction, 0.1::float8 + 0.2::float8 as approx,
	E'it''s "ü", a\nb' as words, date '0044-03-15 BC' as day, timestamp '9999-12-31 23:59:59.999999' as moment, '\x00ff'::bytea as bytes, '' as blank
union all select -9223372036854775808, 'NaN', '-Infinity', 'NULL', 'infinity', '-infinity', '\x', null
-- fanql: mysql
select 18446744073709551615 as whole, cast('-0.000000000000000000000000000001' as decimal(65,30)) as fraction, 1e0 / 3 as approx,
	'back\\slash' as words, day, cast('1000-01-01 00:00:00.000001' as datetime(6)) as moment, x'5c78' as bytes, '' as blank from zero
union all select 0, cast('99999999999999999999999999999999999' as decimal(65,30)), -1.7976931348623157e308, '', null, null, x'', null from zero
-- fanql: lite
select 9007199254740993 as whole, 9007199254740993 as fraction, 5e-324 as approx, char(9) || 'tab' as words, '2020-02-30' as day, 'not a date' as moment, x'00' as bytes, '' as blank
union all select -1, null, 9e999, cast(x'61ff' as text), null, '2020-01-31 08:30:00', x'', null
`

func TestAllInOneResult(t *testing.T) {
	pg, my, ma := testdb.Postgres(t), testdb.MySQL(t), testdb.MariaDB(t)
	for _, db := range []testdb.DB{my, ma} {
		db.SQL.SetMaxOpenConns(1) // sql_mode belongs to the connection
		db.Exec(t, "create table zero (day date)", "set sql_mode = ''", "insert into zero values ('0000-00-00')")
	}
	lite := filepath.Join(t.TempDir(), "lite.db")
	if err := os.WriteFile(lite, nil, 0o600); err != nil { // an empty database
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "q.sql")
	if err := os.WriteFile(text, []byte(allEdges), 0o600); err != nil {
		t.Fatal(err)
	}
	some := func(texts ...string) (row []cell) {
		for _, s := range texts {
			row = append(row, cell{text: s})
		}
		return row
	}
	null := cell{null: true}
	ofMySQL := func(source string) [][]cell {
		return [][]cell{
			some(source, "18446744073709551615", "-0.000000000000000000000000000001", "0.3333333333333333", `back\slash`, "0000-00-00", "1000-01-01T00:00:00.000001", `\x5c78`, ""),
			append(some(source, "0", "99999999999999999999999999999999999.000000000000000000000000000000", "-1.7976931348623157e+308", ""), null, null, cell{text: `\x`}, null),
		}
	}
	want := table{
		names: []string{"source", "whole", "fraction", "approx", "words", "day", "moment", "bytes", "blank"},
		types: make([]string, 9),
		rows: slices.Concat([][]cell{
			some("pg", "9223372036854775807", "123456789012345678901234567890.123456789", "0.30000000000000004", "it's \"ü\", a\nb", "0044-03-15 BC", "9999-12-31T23:59:59.999999", `\x00ff`, ""),
			append(some("pg", "-9223372036854775808", "NaN", "-Infinity", "NULL", "infinity", "-infinity", `\x`), null),
		}, ofMySQL("my"), ofMySQL("ma"), [][]cell{
			some("lite", "9007199254740993", "9007199254740993", "5e-324", "\ttab", "2020-02-30", "not a date", `\x00`, ""),
			{{text: "lite"}, {text: "-1"}, null, {text: "Infinity"}, {text: `a\xff`}, null, {text: "2020-01-31T08:30:00"}, {text: `\x`}, null},
		}),
	}
	sources := []string{"-s", "pg=" + pg.URL, "-s", "my=" + my.URL, "-s", "ma=" + ma.URL, "-s", "lite=" + lite, "-f", text}
	for name, args := range map[string][]string{
		"staged":              {"--order", "source"},
		"as each source ends": nil,
		"--stream":            {"--stream"},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, _ := runQuery(t, slices.Concat(args, []string{"--csv"}, sources)...)
			records, err := readCSV(stdout)
			if err != nil {
				t.Fatal(err)
			}
			got := want.header(t, records)
			place := map[string]int{"pg": 0, "my": 1, "ma": 2, "lite": 3}
			slices.SortStableFunc(got, func(a, b []cell) int { return place[a[0].text] - place[b[0].text] })
			for _, r := range got { // a row that is printed before the types of the other sources are known has the form of its own source
				for i := range r {
					r[i].text = strings.Replace(r[i].text, "2020-01-31 08:30:00", "2020-01-31T08:30:00", 1)
				}
			}
			want.cells(t, got)
		})
	}
	t.Run("into a file", func(t *testing.T) {
		out := filepath.Join(t.TempDir(), "out.csv")
		runQuery(t, slices.Concat([]string{"-o", out}, sources)...)
		written, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		records, err := readCSV(string(written))
		if err != nil {
			t.Fatal(err)
		}
		want.cells(t, want.header(t, records))
	})
}
