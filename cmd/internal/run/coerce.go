// Coercion: columns for which the request sets a type in every source.

package run

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// coercing is the coercion of all sources of a run. It is safe for concurrent use.
type coercing struct {
	to   []columns.Coercion
	seen []atomic.Bool // which of the columns at least one source had
}

// coerce converts the rows of all targets as the request says, before anything else
// sees them.
func (p *Plan) coerce(r *Request) {
	if len(r.Coerce) == 0 {
		return
	}
	p.coercing = &coercing{to: r.Coerce, seen: make([]atomic.Bool, len(r.Coerce))}
	for i := range p.Targets {
		task := &p.Targets[i].Task
		task.Source = coerced{task.Source, p.coercing, p.Targets[i].Opened.Kind}
	}
}

// note adds warnings about columns that no source had, if at least one source answered.
func (c *coercing) note(v *report.Verdict) {
	if c == nil {
		return
	}
	first := slices.IndexFunc(v.Outcomes, func(o query.Outcome) bool { return o.State == query.OK })
	for i := range c.to {
		if first >= 0 && !c.seen[i].Load() {
			v.Note(first, fmt.Sprintf("%s: no source has a column %q", v.Spelling.Name(OptionCoerce), c.to[i].Column))
		}
	}
}

// coerced is a source with columns that are converted to other types.
type coerced struct {
	query.Source
	*coercing
	kind *driver.Dialect // nil if it is not known
}

// Run runs the source. A value that the type cannot hold fails it.
func (s coerced) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	var from, to *row.Schema
	var at []int // the column of each coercion
	run := func(emit row.Emit) (driver.Answer, error) { return s.Source.Run(ctx, q, p, emit) }
	return sources.Convert(run, p, func(b *row.Batch) error {
		if b.Schema != from {
			from = b.Schema
			to, at = s.schema(from)
		}
		b.Schema = to
		return s.batch(b, from, at)
	}, emit)
}

// schema returns the converted columns, and where each coercion finds its own.
func (s coerced) schema(from *row.Schema) (to *row.Schema, at []int) {
	to = &row.Schema{Columns: slices.Clone(from.Columns), Form: from.Form}
	for i, c := range s.to {
		n := c.At(from)
		if at = append(at, n); n >= 0 {
			s.seen[i].Store(true)
			col := &to.Columns[n]
			col.Type, col.Declared, col.Zone = c.To, row.Null, nil
		}
	}
	return to, at
}

// advised adds to an error about an instant how the query casts it.
func (s coerced) advised(err error, of row.Kind, column string, to row.Kind) error {
	if cast := s.kind.Cast(column, to.String()); of == row.TimestampTZ && cast != "" {
		return fmt.Errorf("%w, as in %s", err, cast)
	}
	return err
}

// batch converts the cells, in place.
func (s coerced) batch(b *row.Batch, from *row.Schema, at []int) error {
	width := from.Width()
	for i, c := range s.to {
		if at[i] < 0 {
			continue
		}
		for n := at[i]; n < len(b.Cells); n += width {
			made, err := c.Cell(b, b.Cells[n], from.Columns[at[i]])
			if err != nil {
				return s.advised(err, b.Cells[n].Kind, from.Columns[at[i]].Name, c.To)
			}
			b.Cells[n] = made
		}
	}
	return nil
}
