// The cost of loading, without any source or output.

package reduce

import (
	"math"
	"testing"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// orders fills a stage with rows of eight columns.
func orders(b testing.TB, rows int) (*row.Schema, *query.Stage) {
	schema := &row.Schema{Columns: cols("id", row.Int, "placed_at", row.Timestamp, "customer_id", row.Int, "region", row.Text,
		"amount", row.Decimal, "note", row.Text, "paid", row.Bool, "score", row.Float)}
	notes := []string{"leave at the door", "fragile, handle with care", "gift", "call before delivery please"}
	stage := query.NewBudget(0, 1, "").Stage()
	batch := row.NewBatch(schema)
	for i := range rows {
		batch.Int(int64(i))
		batch.Timestamp(1_700_000_000_000_000+int64(i)*15_731_000, false)
		batch.Int(int64(i * 7919 % 100_000))
		batch.TextString([]string{"north", "south", "east", "west"}[i%4])
		batch.Cells = append(batch.Cells, row.Cell{Kind: row.Decimal, Scale: 2, Bits: uint64(i % 10_000_000)})
		batch.TextString(notes[i/3%4])
		batch.Bool(i%2 == 0)
		if i%11 == 0 {
			batch.Null()
		} else {
			batch.Float(math.Sqrt(float64(i)))
		}
		if batch.EndRow() {
			if err := stage.Add(batch); err != nil {
				b.Fatal(err)
			}
			batch = row.NewBatch(schema)
		}
	}
	if err := stage.Add(batch); err != nil {
		b.Fatal(err)
	}
	return schema, stage
}

func BenchmarkLoad(b *testing.B) {
	const rows = 1_000_000
	for b.Loop() {
		b.StopTimer()
		e, err := Open(Options{})
		if err != nil {
			b.Fatal(err)
		}
		schema, stage := orders(b, rows)
		table := Table{Name: "rows", Tasks: []int{0}, Sources: []string{"eu"}, SourceColumn: "source"}
		b.StartTimer()
		arrived := func(yield func(query.Arrival) bool) {
			yield(query.Arrival{Outcome: query.Outcome{State: query.OK}, Schema: schema, Rows: stage})
		}
		err = e.Strategy(b.Context(), "select region, count(*), sum(amount) from rows group by region", table).Merge(merge.Run{Need: 1}, arrived, func(o *row.Batch) error {
			o.Release()
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}
