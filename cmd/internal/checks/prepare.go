// Preparing: what can be found out about checks without running a query.

package checks

import (
	"context"
	"slices"

	"github.com/fanql/fanql/cmd/internal/checks/expression"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// Prepare is Run for tasks that are only prepared. A source passes if its server accepts
// the query, and if the result has the columns that the expressions use, as far as the
// server reports them.
func Prepare(ctx context.Context, p *Plan) *Report {
	prepared := *p
	prepared.Checks, prepared.Targets = slices.Clone(p.Checks), slices.Clone(p.Targets)
	for i := range prepared.Targets {
		prepared.Targets[i].Task.Request.Prepare = true
	}
	for i := range prepared.Checks {
		c := &prepared.Checks[i]
		for _, file := range c.Files {
			task := &prepared.Targets[file].Task
			task.Source = unread{task.Source.Name()}
		}
		all := c.Expectations
		c.Expectations, c.Timeout, c.Severity = nil, 0, SeverityError
		for _, e := range all {
			c.Expectations = append(c.Expectations, columnsOnly{e})
		}
	}
	return Run(ctx, &prepared)
}

// unread stands for a file that is not read: it was checked when the plan was made.
type unread struct{ name string }

func (u unread) Name() string { return u.name }

func (u unread) Run(_ context.Context, _ driver.Request, _ *driver.Progress, emit row.Emit) (driver.Answer, error) {
	return driver.Answer{}, emit(row.NewBatch(&row.Schema{}))
}

// columnsOnly is an expectation for which only the columns are checked.
type columnsOnly struct{ Expectation }

func (e columnsOnly) judge(_ context.Context, j *judging) {
	var look func(*row.Schema) error
	switch of := e.Expectation.(type) {
	case trend:
		look = of.columnsIn
	case interface{ over() *expression.Expression }:
		if of.over() == nil {
			return
		}
		look = func(s *row.Schema) error { _, err := of.over().Bind(s); return err }
	default:
		return
	}
	for _, m := range j.good() {
		if schema := j.arrivals[m].Schema; schema.Width() > 0 { // not every server reports columns
			if err := look(schema); err != nil {
				j.refuse(m, err)
			}
		}
	}
}
