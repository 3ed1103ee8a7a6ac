// The digits that columns of decimals declare: as many as the server's column has, and
// enough for every value.

package mysql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testdb"
)

func TestDecimalsDeclareTheirDigits(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		db.Exec(t, "create table d (a decimal(12,4), b decimal(38,10), c decimal(12,4) unsigned, e decimal(38,0) unsigned, f decimal(5,0), g decimal(4,4), h decimal(65,30), z decimal(10,2) zerofill)")
		db.Exec(t, "insert into d values (-99999999.9999, -9999999999999999999999999999.9999999999, 99999999.9999, 99999999999999999999999999999999999999, -99999, -0.9999, -99999999999999999999999999999999999.999999999999999999999999999999, 99999999.99)")
		const columns = "select a, b, c, e, f, g, h, z from d"
		want := "12,4 38,10 12,4 38,0 5,0 4,4 65,30 10,2"
		var got []string
		for _, c := range mustRun(t, db, columns).columns {
			got = append(got, fmt.Sprintf("%d,%d", c.Width, c.Scale))
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("declared are %s, want %s", text, want)
		}
		for _, sql := range []string{
			columns, columns + " union all " + columns,
			"select -a, a + c, c + c, c - a, a * c, c * c, a / 3, c / 3, a % 7, abs(a), round(c, 1), ceil(c), truncate(a, 2), greatest(a, c), coalesce(c, a), case when 1 then c else a end, if(1, c, e) from d",
			"select sum(a), sum(c), avg(a), avg(c), min(c), max(c), sum(f), avg(f), max(z) from d",
			"select 1.5, -1.5, 1.50 * 2, cast(1 as decimal(3,1)), cast(9.99 as decimal(3,2)) * -1, 0.5 - 1, 18446744073709551615 + 0.5",
			"select a from d union all select c from d union all select f from d",
			"select max(a) over (), sum(c) over () from d",
		} {
			r := mustRun(t, db, sql)
			for _, cells := range r.rows {
				for i, text := range cells {
					c := r.columns[i]
					whole, fraction, _ := strings.Cut(strings.TrimLeft(text, "-"), ".")
					if n := len(strings.TrimLeft(whole, "0")); c.Width > 0 && (n > c.Width-c.Scale || len(fraction) > c.Scale) {
						t.Errorf("%s: %s is %s, and the column declares %d,%d", sql, c.Name, text, c.Width, c.Scale)
					}
				}
			}
		}
	})
}
