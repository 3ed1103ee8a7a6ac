// What reading costs, without the server's own work for the rows.

package postgres

import (
	"testing"

	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testdb"
)

func BenchmarkRun(b *testing.B) {
	db := testdb.Postgres(b)
	db.Exec(b, `create table orders as select n as id, timestamp '2024-01-01' + n * interval '1.5 s' as placed_at, n % 5000 as customer_id,
		'north' as region, (n % 100000)::numeric / 100 as amount, case when n % 10 > 0 then 'a note, "quoted"' end as note, n % 2 = 0 as paid,
		n / 7.0::float8 as score from generate_series(1::bigint, 200000) n`)
	s := open(b, db.URL)
	b.ReportAllocs()
	for b.Loop() {
		rows := 0
		_, err := s.Run(b.Context(), ask.Question{SQL: "select * from orders"}, new(ask.Progress), func(batch *row.Batch) error {
			rows += batch.Rows()
			batch.Release()
			return nil
		})
		if err != nil || rows != 200000 {
			b.Fatalf("%d rows, %v", rows, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/200000, "ns/row")
}
