// The cost of reading rows with each driver, for the columns of the benchmark.

package sources_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// scanned lists the drivers to measure.
var scanned = []struct {
	name string
	open func(testing.TB) *rig
}{
	{"PostgreSQL", openPostgres},
	{"MySQL", openMySQL},
	{"MariaDB", openMariaDB},
	{"SQLite", openSQLite},
}

// orders creates a table with times 5,000 rows.
func (r *rig) orders(t testing.TB, times int) {
	t.Helper()
	r.db.Exec(t,
		r.of(each{
			`create table orders (id bigint, placed_at timestamp(3), customer_id int, region varchar(10),
				amount numeric(12,2), note text, paid boolean, score double precision)`,
			`create table orders (id bigint, placed_at datetime(3), customer_id int, region varchar(10),
				amount decimal(12,2), note text, paid boolean, score double)`,
			`create table orders (id integer, placed_at timestamp, customer_id integer, region text,
				amount numeric(12,2), note text, paid boolean, score real)`,
		}),
		fmt.Sprintf(`insert into orders select a.i, %s, a.i %% 500, 'north', a.i / 100.0,
			case when a.i %% 7 > 0 then 'fragile, "handle" with care' end, a.i %% 2 = 0, case when a.i %% 11 > 0 then a.i / 7.0 end
			from n a join n b on b.i <= %d`, r.of(each{
			"timestamp '2024-01-01' + a.i * interval '15.731 s'",
			"timestamp '2024-01-01 00:00:00' + interval a.i second",
			"strftime('%Y-%m-%d %H:%M:%f', 1700000000 + a.i, 'unixepoch')",
		}), times))
}

// scan reads rows and releases them.
func (r *rig) scan(t testing.TB, limit int) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour) // a deadline, as in a real run
	defer cancel()
	rows := 0
	_, err := r.source.Run(ctx, driver.Request{SQL: fmt.Sprintf("select * from orders limit %d", limit)}, new(driver.Progress), func(b *row.Batch) error {
		rows += b.Rows()
		b.Release()
		return nil
	})
	if err != nil || rows != limit {
		t.Fatalf("%d rows, %v", rows, err)
	}
}

func BenchmarkScan(b *testing.B) {
	const rows = 200_000
	for _, driver := range scanned {
		b.Run(driver.name, func(b *testing.B) {
			r := driver.open(b)
			r.orders(b, rows/5000)
			r.scan(b, rows)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			b.ReportAllocs()
			for b.Loop() {
				r.scan(b, rows)
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
			b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(b.N)/rows, "allocs/row")
		})
	}
}

// A run may allocate a constant amount, and the rows after the first 5,000 need no more.
// With the race detector, a pool drops some of its items, so that a batch of 256 rows may
// be allocated anew.
func TestARowCostsNoAllocation(t *testing.T) {
	const few, many = 5000, 55_000
	for _, driver := range scanned {
		t.Run(driver.name, func(t *testing.T) {
			r := driver.open(t)
			r.orders(t, many/5000)
			of := func(rows int) float64 { return testing.AllocsPerRun(3, func() { r.scan(t, rows) }) }
			each := (of(many) - of(few)) / (many - few)
			t.Logf("%.4f allocations a row", each)
			if each >= 0.05 {
				t.Errorf("%.4f allocations a row, want none", each)
			}
		})
	}
}
