// The merge: gathering, loading, and running the SQL.

package reduce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// schemaName is the schema of the tables that hold the rows. The names that the SQL sees
// are in another schema.
const schemaName = "fanql"

// Strategy returns a strategy that waits for all arrivals, loads their rows into the
// tables, and emits the result of the SQL. The result is complete before its first row is
// emitted. If fewer tasks than the run needs are in their tables, nothing is emitted. The
// end of ctx interrupts it: see [Ended]. It uses the sources and source columns of the
// tables, not those of the run.
func (e *Engine) Strategy(ctx context.Context, sql string, tables ...Table) merge.Strategy {
	return merge.Func(func(run merge.Run, arrivals iter.Seq[query.Arrival], emit row.Emit) error {
		loads, err := e.gather(run, arrivals, tables)
		defer func() {
			for _, t := range loads {
				for _, p := range t.parts {
					p.arrival.Rows.Discard()
				}
			}
		}()
		if err != nil || admitted(loads) < run.Need {
			return err
		}
		if err := e.db.Exec("create schema " + schemaName); err != nil {
			return err
		}
		for _, t := range loads {
			if len(t.parts) == 0 {
				continue // without a part, the table's columns are not known
			}
			if err := t.fill(ctx, e); err != nil {
				return err
			}
		}
		if err := e.db.Lock(); err != nil {
			return err
		}
		result := query.NewBudget(e.o.Memory, 1, e.o.TempDir).Stage()
		defer result.Discard()
		if err := Ended(ctx, e.query(ctx, sql, result.Add)); err != nil {
			return e.explain(err, loads)
		}
		if err := Ended(ctx, result.Seal(ctx)); err != nil {
			return err
		}
		return result.Each(emit)
	})
}

// query runs the SQL, which [Engine.Check] has accepted, and emits its rows. A column name
// that occurs twice, as after a join, gets a suffix, since JSON would lose a value.
func (e *Engine) query(ctx context.Context, sql string, emit row.Emit) error {
	var schema *row.Schema
	return e.db.Query(ctx, sql, func(b *row.Batch) error {
		if schema == nil {
			schema = &row.Schema{Columns: columns.UniqueNames(b.Schema)}
		}
		b.Schema = schema
		return emit(b)
	})
}

// fill creates the table and loads its rows.
func (t *table) fill(ctx context.Context, e *Engine) error {
	if err := t.create(e); err != nil {
		return err
	}
	return Ended(ctx, t.load(ctx, e))
}

// gather takes all arrivals, assigns them to the tables, and finds the columns of the
// tables. It returns the tables even with an error: the caller discards their rows.
func (e *Engine) gather(run merge.Run, arrivals iter.Seq[query.Arrival], tables []Table) ([]*table, error) {
	type place struct {
		t  *table
		at int
	}
	places := map[int]place{}
	var loads []*table
	for i, t := range tables {
		l := &table{Table: t, run: run, called: cmp.Or(e.o.Called, "the reduce"), needs: e.needs, physical: fmt.Sprintf("%s.t%d", schemaName, i)}
		loads = append(loads, l)
		for at, index := range t.Tasks {
			places[index] = place{l, at}
		}
	}
	for a := range arrivals {
		if a.Outcome.State == query.OK {
			p := places[a.Outcome.Index]
			f := e.pruners.take(a.Outcome.Index)
			p.t.parts = append(p.t.parts, &part{at: p.at, arrival: a, pruner: f, stats: f.stats})
		}
	}
	for _, l := range loads {
		slices.SortFunc(l.parts, func(a, b *part) int { return cmp.Compare(a.at, b.at) })
		if err := l.inferColumns(); err != nil {
			return loads, err
		}
	}
	return loads, nil
}

func (t *table) physicalName() string { return strings.TrimPrefix(t.physical, schemaName+".") }

func admitted(loads []*table) (n int) {
	for _, t := range loads {
		n += len(t.parts)
	}
	return n
}

// Ended returns the error as it is, unless ctx has ended. Then it replaces an error by the
// reason why the engine was interrupted.
func Ended(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if cause == nil || err == nil {
		return err
	}
	if late, ok := errors.AsType[*query.TimeoutError](cause); ok {
		return fmt.Errorf("the reduce %w", late)
	}
	return fmt.Errorf("the reduce was stopped: %w", cause)
}

// explain adds the reason to an error if a table or view does not exist because its source
// is missing.
func (e *Engine) explain(err error, loads []*table) error {
	refused, ok := errors.AsType[*Error](err)
	if !ok || refused.Table == "" {
		return err
	}
	for _, t := range loads {
		if len(t.parts) == 0 && strings.EqualFold(t.Name, refused.Table) {
			return fmt.Errorf("the sources of %s are missing, so there is no such table: %w", t.Name, err)
		}
		for at, name := range t.Sources {
			there := slices.ContainsFunc(t.parts, func(p *part) bool { return p.at == at })
			if t.Views && !there && strings.EqualFold(name, refused.Table) {
				return fmt.Errorf("source %s is missing, so there is no view of it: %w", name, err)
			}
		}
	}
	return err
}
