// The cost of merging.

package merge

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// BenchmarkOrdered merges rows of eight columns from staged sources.
func BenchmarkOrdered(b *testing.B) {
	const total = 100_000
	wide := cols("id", row.Int, "placed_at", row.Timestamp, "customer_id", row.Int, "region", row.Text,
		"amount", row.Decimal, "note", row.Text, "paid", row.Bool, "score", row.Float)
	for _, sources := range []int{3, 100} {
		var tasks []query.Task
		var run Run
		by := columns.Order{{Name: "placed_at"}, {Name: "id"}}
		for i := range sources {
			tab := table{name: fmt.Sprint("s", i), cols: wide, batch: row.MaxRows}
			at := []byte("2026-01-31 08:30:00")
			line := []fill{nil, nil, integer(7), txt("north"), dec("10.50"), txt("leave at the door"), boolean(true), flt(0.25)}
			for n := i; n < total; n += sources {
				line[0], line[1] = integer(int64(n)), func(b *row.Batch) { b.TimestampText(at, false); b.Cells[len(b.Cells)-1].Bits += uint64(n) * 15_731_000 }
				tab.rows = append(tab.rows, slices.Clone(line))
			}
			tasks, run.Sources = append(tasks, query.Task{Source: tab}), append(run.Sources, tab.name)
		}
		for name, strategy := range map[string]Strategy{
			"sorted": Ordered{Order: by, Sorted: true}, "sort": Ordered{Order: by}, "union": InSourceOrder{},
		} {
			b.Run(fmt.Sprintf("%s of %d", name, sources), func(b *testing.B) {
				b.ReportAllocs()
				took := time.Duration(0)
				for b.Loop() {
					run := run
					run.Notes = query.NewSummary(tasks)
					var begun time.Time // after all rows have been staged
					arrivals := func(yield func(query.Arrival) bool) {
						for a := range query.Dispatch(b.Context(), tasks, query.Options{}) {
							if !yield(a) {
								return
							}
						}
						begun = time.Now()
					}
					if err := strategy.Merge(run, arrivals, func(x *row.Batch) error { x.Release(); return nil }); err != nil {
						b.Fatal(err)
					}
					took += time.Since(begun)
				}
				b.ReportMetric(float64(took.Nanoseconds())/float64(b.N)/total, "ns/row")
			})
		}
	}
}
