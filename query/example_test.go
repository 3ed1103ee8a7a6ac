package query_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A counter is a source that counts. With a fault it fails after its rows.
type counter struct {
	name  string
	to    int64
	fault error
}

func (c counter) Name() string { return c.name }

func (c counter) Run(_ context.Context, _ driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	p.Enter(driver.Query)
	b := row.NewBatch(&row.Schema{Columns: []row.Column{{Name: "n", Type: row.Int}}})
	for n := range c.to {
		b.Int(n + 1)
		b.EndRow()
	}
	if err := emit(b); err != nil {
		return driver.Answer{}, err
	}
	if c.fault != nil {
		return driver.Answer{}, &driver.Error{Phase: driver.Stream, Err: c.fault}
	}
	return driver.Answer{}, nil
}

// All sources are queried at the same time. A source that fails midway yields no rows, and
// an error that says why.
func ExampleDispatch() {
	tasks := []query.Task{
		{Source: counter{name: "eu", to: 2}},
		{Source: counter{name: "us", to: 3, fault: errors.New("connection reset")}},
	}
	summary := query.NewSummary(tasks)
	for a := range query.Dispatch(context.Background(), tasks, query.Options{Timeout: time.Minute, Ended: summary.Ended}) {
		if a.Outcome.State != query.OK {
			continue
		}
		err := a.Rows.Each(func(b *row.Batch) error { // the receiver of an arrival owns its rows
			defer b.Release()
			for i := range b.Rows() {
				fmt.Printf("%s: %s\n", a.Outcome.Source, b.AppendText(nil, b.Row(i)[0]))
			}
			return nil
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	for _, o := range summary.Outcomes {
		fmt.Printf("%s: %s, %d rows, %d discarded, %v\n", o.Source, o.State, o.Rows, o.Discarded, o.Err)
	}
	// Output:
	// eu: 1
	// eu: 2
	// eu: ok, 2 rows, 0 discarded, <nil>
	// us: failed, 0 rows, 3 discarded, connection reset
}

// A requirement is the number of sources that have to end well.
func ExampleParseRequire() {
	for _, text := range []string{"all", "any", "2", "50%"} {
		require, err := query.ParseRequire(text)
		fmt.Println(text, require.Of(5), err)
	}
	// Output:
	// all 5 <nil>
	// any 1 <nil>
	// 2 2 <nil>
	// 50% 3 <nil>
}
