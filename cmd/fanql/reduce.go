// --reduce: SQL over the gathered rows.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/reduce"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/row"
)

// reduceOptions are the flags of a reduce, as given.
type reduceOptions struct {
	reduce    string
	reduceSet bool
	queries   []string
}

func (o *reduceOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.reduce, "reduce", "", "print what this `SQL` of DuckDB's answers over the rows of all sources: table rows, and a view for each source by its name")
	f.StringArrayVar(&o.queries, "query", nil, "with --reduce, ask several queries at once, each a table of its own: `NAME[@SOURCES]=SQL`, where SOURCES are as for -s; repeatable")
	must(cmd.RegisterFlagCompletionFunc("reduce", fixedCompletion()))
	must(cmd.RegisterFlagCompletionFunc("query", fixedCompletion()))
}

// reducing is what a plan does with the gathered rows instead of printing them.
type reducing struct {
	sql    string
	memory int64
	most   ceiling // of the process, while the engine works
	tables []reduce.Table
	engine *reduce.Engine
	// givenUp is set where the engine does not stop: it cannot be closed then.
	givenUp bool
}

// rowsTable is the table of all rows where there is one query.
const rowsTable = "rows"

// reducing judges the flags of a reduce.
func (o *queryOptions) reducing(p *plan) error {
	switch {
	case !o.reduceSet && len(o.queries) > 0:
		return errors.New("--query names a table for --reduce: add --reduce SQL, or give the one query as an argument")
	case !o.reduceSet:
		return nil
	case o.stream:
		return errors.New("--reduce wants the rows of all sources before it gives any: it cannot be used with --stream")
	case strings.TrimSpace(o.reduce) == "":
		return errors.New("--reduce is empty: give it SQL over the table rows")
	}
	for _, flag := range mergeFlagNames {
		if o.set[flag] {
			return fmt.Errorf("--%s and --reduce: the SQL of --reduce says what becomes of the rows", flag)
		}
	}
	p.merging.flags = append(p.merging.flags, "--reduce")
	if o.require == "" {
		p.require = query.RequireAll // an aggregate of a part looks like one of the whole
	}
	// Rows are read out of the stages as they are loaded, so at worst both are
	// full at once: each gets a half.
	most := ceilingOf(p.options.Memory, groupLimit("/"))
	p.options.Memory /= 2
	p.reduce = &reducing{sql: o.reduce, memory: p.options.Memory, most: most}
	return nil
}

// ask opens the sources and binds the question for each: that of the one query,
// or those of several named ones.
func (a *app) ask(p *plan, o *queryOptions, c *config.Config, t text) (opened []sources.Opened, chosen []config.Source, err error) {
	if len(o.queries) > 0 {
		return a.askNamed(p, o, c)
	}
	if opened, chosen, err = a.open(c, o.sources); err != nil {
		return nil, nil, err
	}
	if p.asks, err = t.bind(c.Sources, opened, o.params, p.now); err != nil {
		return nil, nil, err
	}
	p.warnings = t.ambiguous("", opened)
	if p.reduce != nil {
		if err := distinctViews(opened); err != nil {
			return nil, nil, err
		}
		p.reduce.add(rowsTable, opened)
		p.reduce.tables[0].Views = true
	}
	return opened, chosen, nil
}

// distinctViews finds sources whose views would go by one name, or by that of the
// table.
func distinctViews(opened []sources.Opened) error {
	names := map[string]string{}
	for _, s := range opened {
		name := s.Name()
		folded := strings.ToLower(name)
		if folded == rowsTable {
			return fmt.Errorf("source %s has the name of the table that --reduce reads: give it another, as in -s NAME=URL", name)
		}
		if other, ok := names[folded]; ok {
			return fmt.Errorf("sources %s and %s differ in case only, which names in --reduce do not: rename one, as in -s NAME=URL", other, name)
		}
		names[folded] = name
	}
	return nil
}

// add adds a table of the sources, which are asked next.
func (r *reducing) add(name string, opened []sources.Opened) {
	next := 0
	for _, t := range r.tables {
		next += len(t.Asks)
	}
	t := reduce.Table{Name: name}
	for i, s := range opened {
		t.Asks, t.Sources = append(t.Asks, next+i), append(t.Sources, s.Name())
	}
	r.tables = append(r.tables, t)
}

// startReduce starts the engine and finds out whether the SQL parses.
func (p *plan) startReduce() (err error) {
	if p.reduce == nil {
		return nil
	}
	if p.reduce.engine, err = reduce.Open(reduce.Options{Memory: p.reduce.memory}); err != nil {
		return err
	}
	if err := p.reduce.engine.Check(p.reduce.sql); err != nil {
		p.stopReduce()
		return fmt.Errorf("--reduce: %w", err)
	}
	return nil
}

// stopReduce ends the engine, if that has not been done. One that was given up may
// have written files since: its folder is removed again.
func (p *plan) stopReduce() {
	switch {
	case p.reduce == nil || p.reduce.engine == nil:
	case p.reduce.givenUp:
		_ = p.reduce.engine.Remove()
	default:
		_ = p.reduce.engine.Close() // its error counts where the rows were reduced
	}
}

// reduced gathers the rows of all sources and writes what the SQL makes of them. The
// engine's work is watched: see [engineWatch].
func (a *app) reduced(ctx context.Context, cancel context.CancelCauseFunc, p *plan, w io.Writer, run merge.Run, v *report.Verdict) error {
	v.Reduced = true
	gathering, ctx, stop := p.deadlines(ctx)
	defer stop()
	ctx, interrupt := context.WithCancelCause(ctx)
	defer interrupt(nil)
	r := p.reduce
	for i := range r.tables {
		r.tables[i].SourceColumn = run.SourceColumn
	}
	out := p.format.New(w, p.style)
	over := newWatch(r.most)
	emit := func(b *row.Batch) error {
		defer b.Release()
		if err := over.answer(); err != nil {
			return err
		}
		v.ResultRows += int64(b.Rows())
		return out.Write(b)
	}
	p.options.Shape = r.engine.Shape
	arrivals := func(yield func(query.Arrival) bool) {
		defer close(over.begun)
		for arrival := range query.Dispatch(gathering, p.asks, p.options) {
			if !yield(arrival) {
				return
			}
		}
	}
	err := over.run(ctx, interrupt, func() error { return enough(r.engine.Strategy(ctx, r.sql, r.tables...).Merge(run, arrivals, emit)) })
	switch {
	case over.stage.Load() == givenUp:
		r.givenUp = true
		err = errors.Join(err, r.engine.Remove())
		go over.leaveBeyond(a, p.options.Board, func() { _ = p.drop() })
	case err == nil && v.Met():
		err = errors.Join(out.Close(), r.engine.Close())
	default:
		err = errors.Join(err, r.engine.Close())
	}
	v.Elapsed = p.options.Board.Elapsed() // the reduce is part of the run
	if err != nil {
		cancel(err)
	}
	return err
}

// enough names the flag that gives the engine more of what it ran out of.
func enough(err error) error {
	refused, ok := errors.AsType[*reduce.Error](err)
	switch {
	case ok && refused.OutOfMemory:
		return fmt.Errorf("%w: raise --memory", err)
	case ok && refused.NoTempDir:
		return fmt.Errorf("%w: raise --memory, or set TMPDIR to a folder that can be written to", err)
	}
	return err
}

// deadlines gives the contexts of gathering and of the reduce, which the one
// deadline covers too. Where the answer counts without the sources that are late,
// they are not waited for until nothing is left for the reduce.
func (p *plan) deadlines(ctx context.Context) (gathering, reducing context.Context, stop func()) {
	limit := p.options.Timeout
	if limit == 0 {
		return ctx, ctx, func() {}
	}
	reducing, stopLate := context.WithTimeoutCause(ctx, limit, &query.TimeoutError{After: limit})
	if p.require.Of(len(p.asks)) == len(p.asks) {
		return ctx, reducing, stopLate
	}
	early := limit - min(limit/10, time.Second)
	gathering, stopEarly := context.WithTimeoutCause(ctx, early, &query.TimeoutError{What: "the rest of --timeout is for --reduce", After: early})
	return gathering, reducing, func() { stopEarly(); stopLate() }
}
