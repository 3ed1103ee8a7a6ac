// Parquet files with types of servers are read by another program.

package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

const (
	ofPostgres = `select n, (n * 100000)::int as i, (n - 4500)::bigint * 1000000000000 as big, (n * 7919 % 100000 / 100.0)::numeric(9,2) as d9,
			('-' || n || '234567890123.4567')::numeric(20,4) as d20, ('9999999999999999999999999999' || n)::numeric(38,0) as d38, n % 2 = 0 as ok, md5(n::text)::uuid as id,
			jsonb_build_object('n', n, 'd', 1.10) as doc, date '0001-01-01' + n * 300 as day, timestamp '1900-01-01' + n * interval '7 days 1.000001 s' as stamp,
			timestamptz '2026-03-29 00:59:59.5+00' + n * interval '1 minute 0.25 s' as at, time '00:00' + n * interval '9.000007 s' as clock,
			case when n % 7 > 0 then repeat('é' || n, n % 5) end as note, decode(md5(n::text), 'hex') as raw, sqrt(n) as f, sqrt(n)::real as f4, null::bigint as nothing
		from generate_series(1, 9000) n order by n`
	ofMySQL = `with recursive c (n) as (select 1 union all select n + 1 from c where n < 900)
		select n, cast(18446744073709551615 - n * 9000000000000000 as unsigned) as u, cast(n * 7919 / 100 as decimal(9,2)) as d9,
			cast(concat('-', n, '234567890123.4567') as decimal(20,4)) as d20, cast(concat('99999999999999999999999999999', n) as decimal(38,0)) as d38,
			date_add(date '1000-01-01', interval n * 300 day) as day, date_add(timestamp '1900-01-01 00:00:00.000001', interval n * 7 day) as stamp,
			cast(sec_to_time(n * 9) as time) as clock, if(n % 7 > 0, repeat(concat('é', n), n % 5), null) as note, unhex(sha2(n, 256)) as raw, sqrt(n) as f
		from c order by n`
)

// The values that hyparquet reads from a file equal the CSV of the same query.
func TestParquetOfServersInHyparquet(t *testing.T) {
	t.Parallel()
	mysql := []string{
		"n INT(64,true)", "u INT(64,false)", "d9 DECIMAL(9,2) in INT32", "d20 DECIMAL(20,4) in FIXED_LEN_BYTE_ARRAY", "d38 DECIMAL(38,0) in FIXED_LEN_BYTE_ARRAY",
		"day DATE", "stamp TIMESTAMP(false,MICROS)", "clock TIME(false,MICROS)", "note STRING", "raw BYTE_ARRAY", "f DOUBLE",
	}
	for _, c := range []struct {
		server func(testing.TB) testdb.DB
		query  string
		rows   int
		types  []string
	}{
		{testdb.Postgres, ofPostgres, 9000, []string{
			"n INT(64,true)", "i INT(64,true)", "big INT(64,true)", "d9 DECIMAL(9,2) in INT32", "d20 DECIMAL(20,4) in FIXED_LEN_BYTE_ARRAY", "d38 DECIMAL(38,0) in FIXED_LEN_BYTE_ARRAY",
			"ok BOOLEAN", "id UUID", "doc JSON", "day DATE", "stamp TIMESTAMP(false,MICROS)", "at TIMESTAMP(true,MICROS)", "clock TIME(false,MICROS)", "note STRING", "raw BYTE_ARRAY",
			"f DOUBLE", "f4 FLOAT", "nothing INT(64,true)",
		}},
		{testdb.MySQL, ofMySQL, 900, mysql},
		{testdb.MariaDB, ofMySQL, 900, mysql},
	} {
		db, dir := c.server(t), t.TempDir()
		for _, file := range []string{"out.parquet", "out.csv"} {
			status, stderr := ranIn(t, dir, "query", "-q", "--no-source-column", "--null", "NULL", "-s", db.URL, "-o", file, c.query)
			if status != 0 || stderr != "" {
				t.Fatalf("%s: exit status %d: %s", db.Server, status, stderr)
			}
		}
		text, err := os.Open(filepath.Join(dir, "out.csv"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := csv.NewReader(text).ReadAll()
		if err = errors.Join(err, text.Close()); err != nil || len(want) != c.rows+1 {
			t.Fatalf("%s: %d lines of CSV, %v", db.Server, len(want), err)
		}
		got := testkit.ReadParquet(t, filepath.Join(dir, "out.parquet"))
		var types []string
		for _, column := range got.Columns {
			types = append(types, fmt.Sprint(column.Name, " ", column))
		}
		if !slices.Equal(types, c.types) {
			t.Errorf("%s: the columns are\n%s\nwant\n%s", db.Server, strings.Join(types, "\n"), strings.Join(c.types, "\n"))
		}
		if len(got.Rows) != c.rows {
			t.Fatalf("%s: %d rows, want %d", db.Server, len(got.Rows), c.rows)
		}
		for r, line := range got.Rows {
			for i, cell := range line {
				text := "NULL"
				if cell != nil {
					text = *cell
				}
				if text != want[r+1][i] {
					t.Fatalf("%s, row %d: %s is %q, and in the CSV %q", db.Server, r, got.Columns[i].Name, text, want[r+1][i])
				}
			}
		}
	}
}
