package compare_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/merge/compare"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A shop is a source that sends amounts by number.
type shop struct {
	name    string
	amounts map[int64]string
}

var amounts = &row.Schema{Columns: []row.Column{{Name: "id", Type: row.Int}, {Name: "amount", Type: row.Decimal}}}

func (s shop) Name() string { return s.name }

func (s shop) Run(_ context.Context, _ driver.Request, _ *driver.Progress, emit row.Emit) (driver.Answer, error) {
	b := row.NewBatch(amounts)
	for id, amount := range s.amounts {
		b.Int(id)
		b.Exact(row.Decimal, []byte(amount))
		b.EndRow()
	}
	return driver.Answer{}, emit(b)
}

// A replica is compared with its primary by key. The order of the rows does not matter,
// and amounts may differ by a cent.
func ExampleDiff() {
	tasks := []query.Task{
		{Source: shop{"primary", map[int64]string{1: "10.00", 2: "7.50", 3: "1.00"}}},
		{Source: shop{"replica", map[int64]string{1: "10.01", 2: "8.50", 4: "2.00"}}},
	}
	near, err := compare.ParseTolerance("amount=0.01")
	if err != nil {
		fmt.Println(err)
		return
	}
	diff := compare.Diff{
		Key:        columns.Order{{Name: "id"}},
		Tolerances: []compare.Tolerance{near},
		Compared: func(_ int, c compare.Comparison) {
			fmt.Println(c.Added, "added,", c.Removed, "removed,", c.Changed, "changed")
		},
	}
	run := merge.Run{Sources: []string{"primary", "replica"}, Notes: query.NewSummary(tasks)}
	err = diff.Merge(run, query.Dispatch(context.Background(), tasks, query.Options{}), func(b *row.Batch) error {
		defer b.Release()
		for i := range b.Rows() {
			var cells []string // source, change, id, column, value in the baseline, value in the source
			for _, c := range b.Row(i) {
				cells = append(cells, string(b.AppendText(nil, c)))
			}
			fmt.Println(strings.Join(cells, "|"))
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1 added, 1 removed, 1 changed
	// replica|changed|2|amount|7.50|8.50
	// replica|removed|3||{"amount":1.00}|
	// replica|added|4|||{"amount":2.00}
}
