// Loading rows into a table, from several sources at a time.

package reduce

import (
	"context"
	"errors"
	"fmt"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// load loads the rows of all parts into the table, and frees their memory on the way. It
// loads several runs of parts at a time, each in its own transaction. The transactions
// commit in order, so that the table has the rows in source order.
func (t *table) load(ctx context.Context, e *Engine) error {
	runs := t.runs(e.db.Threads())
	appenders := make([]*engine.Appender, len(runs))
	err := query.Parallel(len(runs), func(i int) (err error) {
		if appenders[i], err = e.db.Append(schemaName, t.physicalName(), t.stored()); err != nil {
			return err
		}
		return t.loadRun(ctx, appenders[i], runs[i])
	})
	for _, a := range appenders {
		if a == nil {
			continue
		}
		if err == nil {
			err = a.Commit()
		}
		err = errors.Join(err, a.Close())
	}
	return err
}

// runs splits the parts into at most n runs: consecutive parts, with similar numbers of
// rows in each run.
func (t *table) runs(n int) (runs [][]*part) {
	total := int64(0)
	for _, p := range t.parts {
		total += p.arrival.Rows.Rows() + 1 // an empty part has a cost, too
	}
	rows, begin := int64(0), 0
	for i, p := range t.parts {
		rows += p.arrival.Rows.Rows() + 1
		if i == len(t.parts)-1 || rows*int64(n) >= total*int64(len(runs)+1) {
			runs, begin = append(runs, t.parts[begin:i+1]), i+1
		}
	}
	return runs
}

// loadRun appends the rows of some parts and does not commit them.
func (t *table) loadRun(ctx context.Context, a *engine.Appender, parts []*part) error {
	for _, p := range parts {
		places := t.places(p)
		err := p.arrival.Rows.Each(func(b *row.Batch) error {
			if ctx.Err() != nil {
				b.Release()
				return context.Cause(ctx)
			}
			if !p.fit.Moves() {
				b = p.fit.Apply(p.pruner.widen(b))
			}
			defer b.Release()
			err := a.Add(b, places)
			if _, full := errors.AsType[*Error](err); err != nil && !full {
				return fmt.Errorf("source %s: %w", t.Sources[p.at], err)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return a.Flush()
}

// stored returns the columns of the table that holds the rows: the source, and the loaded
// columns.
func (t *table) stored() []engine.Column {
	stored := []engine.Column{{Type: engine.Enum, Values: t.Sources}}
	for _, c := range t.columns {
		if c.loaded() {
			stored = append(stored, c.Column)
		}
	}
	return stored
}

// places returns where the stored columns are in the batches of a part that are appended.
// If cells only move, these are the staged batches, so that no copy is needed. The first
// place is the source's index.
func (t *table) places(p *part) []int {
	places := []int{p.at}
	for i, c := range t.columns {
		if !c.loaded() {
			continue
		}
		at := t.first() + i
		if p.fit.Moves() {
			at = p.pruner.place(p.fit.From(at))
		}
		places = append(places, at)
	}
	return places
}
