package merge_test

import (
	"context"
	"fmt"
	"os"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A shop is a source that sends some orders. In a dispatch, a driver is such a source.
type shop struct {
	name   string
	orders []order
}

type order struct {
	id     int64
	region string
}

var orders = &row.Schema{Columns: []row.Column{{Name: "id", Type: row.Int}, {Name: "region", Type: row.Text}}}

func (s shop) Name() string { return s.name }

func (s shop) Run(_ context.Context, _ driver.Request, _ *driver.Progress, emit row.Emit) (driver.Answer, error) {
	b := row.NewBatch(orders)
	for _, o := range s.orders {
		b.Int(o.id)
		b.TextString(o.region)
		if b.EndRow() {
			if err := emit(b); err != nil {
				return driver.Answer{}, err
			}
			b = row.NewBatch(orders)
		}
	}
	return driver.Answer{}, emit(b)
}

var (
	eu = shop{"eu", []order{{1, "north"}, {3, "south"}}}
	us = shop{"us", []order{{2, "west"}, {3, "south"}}}
)

// merged queries the shops and prints the rows that a strategy merges, and then the
// outcome of each shop.
func merged(s merge.Strategy, shops ...shop) {
	var tasks []query.Task
	run := merge.Run{SourceColumn: "source"}
	for _, s := range shops {
		tasks, run.Sources = append(tasks, query.Task{Source: s}), append(run.Sources, s.name)
	}
	summary := query.NewSummary(tasks)
	run.Notes = summary
	arrivals := query.Dispatch(context.Background(), tasks, query.Options{Ended: summary.Ended})
	if err := s.Merge(run, arrivals, printed); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	for _, o := range summary.Outcomes {
		fmt.Println(o.Source, o.State, o.Rows, "rows", o.Warnings)
	}
}

// printed prints the rows of a batch, which it owns.
func printed(b *row.Batch) error {
	defer b.Release()
	for i := range b.Rows() {
		for at, c := range b.Row(i) {
			if at > 0 {
				fmt.Print(" ")
			}
			fmt.Printf("%s", b.AppendText(nil, c))
		}
		fmt.Println()
	}
	return nil
}

// All rows of all sources, under the columns of both. [Union], a union by end, prints the
// same rows in the order in which the sources end.
func ExampleInSourceOrder() {
	merged(merge.InSourceOrder{}, eu, us)
	// Output:
	// eu 1 north
	// eu 3 south
	// us 2 west
	// us 3 south
	// eu ok 2 rows []
	// us ok 2 rows []
}

// With a limit, a union ends as soon as it has enough rows. The summary counts the rows
// that are in the result.
func ExampleUnion() {
	merged(merge.Union{Slice: merge.Slice{Offset: 1, Limit: 1, Limited: true}}, eu)
	// Output:
	// eu 3 south
	// eu ok 1 rows []
}

func ExampleOrdered() {
	order, err := columns.ParseOrder("region desc, id")
	if err != nil {
		fmt.Println(err)
		return
	}
	merged(merge.Ordered{Order: order}, eu, us)
	// Output:
	// us 2 west
	// eu 3 south
	// us 3 south
	// eu 1 north
	// eu ok 2 rows []
	// us ok 2 rows []
}

// Of the rows with equal ids, the row of the preferred source is kept.
func ExampleDistinct() {
	merged(merge.Distinct{Key: columns.Order{{Name: "id"}}, Prefer: []int{1}}, eu, us)
	// Output:
	// eu 1 north
	// us 2 west
	// us 3 south
	// eu ok 1 rows [1 row dropped as duplicates of us]
	// us ok 2 rows []
}
