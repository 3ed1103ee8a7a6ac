// Loading: when enough sources have ended well, all rows are loaded into a table of a
// database in one transaction.

package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fanql/fanql/cmd/internal/loading"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// A Load describes the table into which the rows are loaded, instead of an output.
type Load struct {
	// To is a source of the config, a URL or a file.
	To, Table string
	Mode      load.Mode
	// Key are the columns of the table by which an upsert matches rows.
	Key []string
}

// loadPlan is the part of a plan about a load.
type loadPlan struct {
	Load
	loader   load.Loader
	target   config.Source
	timeout  time.Duration // for connecting; 0 is none
	table    load.Table    // set by LookAtTarget
	progress driver.Progress
	hidden   bool // the rows have the sources' names only for messages
}

// bindLoad opens the target database. It dials nothing.
func (p *Plan) bindLoad(r *Request) (err error) {
	if r.Load == nil {
		return nil
	}
	l := &loadPlan{Load: *r.Load}
	if l.loader, l.target, err = openTarget(r); err != nil {
		to := func(o option.Option) string {
			if o == OptionSource {
				return r.Spelling.Name(OptionTo)
			}
			return r.Spelling.Name(o)
		}
		return fmt.Errorf("%s: %w", r.Spelling.Name(OptionTo), option.Spelled(err, to))
	}
	l.timeout = r.Limits.connectTimeout(l.target, r.Config.Defaults)
	if r.Reduce == nil && r.Federate == nil && r.SourceColumn == "" {
		l.hidden = true
		p.request.SourceColumn = output.HiddenSource
	}
	p.load = l
	if l.target.Kind == nil || l.target.Kind.OfFiles() {
		p.Inputs = append(p.Inputs, NamedFile{"the database that is loaded", l.loader.Place()})
	}
	return nil
}

// openTarget opens the database that To names.
func openTarget(r *Request) (load.Loader, config.Source, error) {
	if path, ok := sources.DuckDBPath(r.Load.To); ok {
		return sources.OpenDuckDB(path), config.Source{Name: path}, nil
	}
	list, err := r.Config.Resolve([]string{r.Load.To})
	if err != nil {
		return nil, config.Source{}, err
	}
	if len(list) != 1 {
		return nil, config.Source{}, fmt.Errorf("%s stands for %d databases: name one of them", output.Sanitize(r.Load.To), len(list))
	}
	target := list[0]
	l, err := sources.OpenLoader(target, r.Getenv)
	if err == nil && target.Kind == nil { // the target's URL is a reference
		x, err := target.Expand(sources.Dialects, r.Getenv)
		if err != nil {
			return nil, target, err
		}
		target.Kind = x.Kind
	}
	return l, target, err
}

// A TargetError is the error of a database that rows cannot be loaded into. No source was
// queried.
type TargetError struct{ Err error }

func (e *TargetError) Error() string { return e.Err.Error() }
func (e *TargetError) Unwrap() error { return e.Err }

// LookAtTarget inspects the target table, before any source is queried. An error is a
// [TargetError], or the reason why ctx ended.
func (p *Plan) LookAtTarget(ctx context.Context) error {
	l := p.load
	if l == nil {
		return nil
	}
	ctx, stop := Opening(ctx, p.options.Timeout)
	defer stop()
	table, err := l.loader.Look(ctx, l.request(nil), &l.progress)
	if err == nil {
		l.table = table
		err = l.findKey()
	}
	if err != nil {
		return &TargetError{option.Spelled(l.explain(err), p.request.Spelling)}
	}
	return nil
}

// findKey spells the columns of the key as the table does.
func (l *loadPlan) findKey() error {
	l.Key = load.Spelled(l.Key, l.table.Columns)
	for _, name := range l.Key {
		if !slices.ContainsFunc(l.table.Columns, func(c load.Column) bool { return c.Name == name }) {
			return option.Errorf("it has no column %q, which {upsert} names", name)
		}
	}
	return nil
}

// request returns the request for the loader.
func (l *loadPlan) request(columns []load.Column) load.Request {
	q := load.Request{Table: l.Table, Mode: l.Mode, Key: l.Key, Columns: columns, Grace: query.DefaultGrace - query.DefaultGrace/8}
	if l.timeout > 0 {
		q.ConnectBy = time.Now().Add(l.timeout)
	}
	return q
}

// explain adds to an error of the loader where it occurred.
func (l *loadPlan) explain(err error) error {
	code := ""
	if e, ok := errors.AsType[*driver.Error](err); ok && e.Code != "" {
		code = " [" + e.Code + "]"
	}
	return option.Errorf("table %s at %s: %w%s", l.Table, output.Sanitize(l.loader.Name()), err, code)
}

// loaded gathers the rows and loads them.
func loaded(ctx context.Context, x *execution) error {
	p, l := x.plan, x.plan.load
	x.verdict.Load = &report.Load{To: l.loader.Name(), Place: l.loader.Place(), Table: l.Table, Mode: l.Mode.String()}
	gathering, later, stop := p.deadlines(ctx)
	defer stop()
	if l.direct(&p.request) {
		if x.loadsLive() {
			return x.loadLive(ctx, later)
		}
		return x.loadDirect(ctx, gathering, later)
	}
	stage := query.NewBudget(p.options.Memory, 1, "").Stage()
	defer stage.Discard()
	seen := loading.NewObserver()
	var schema *row.Schema
	take := func(b *row.Batch) error {
		schema = b.Schema
		seen.Look(b)
		return stage.Add(b)
	}
	if err := x.gatherInto(ctx, gathering, take); err != nil {
		return err
	}
	if !x.verdict.Met() || Interrupted(ctx) != nil {
		return nil
	}
	if schema == nil {
		return x.fail(errors.New("no source gave columns"))
	}
	return x.loadWithin(ctx, later, func() error {
		if err := stage.Seal(later); err != nil {
			return err
		}
		return x.loadRows(later, schema, seen, stage.Each)
	})
}

// loadWithin calls do, which loads, and gives the reason if time is over.
func (x *execution) loadWithin(ctx, later context.Context, do func() error) error {
	x.plan.Progress.Begin("loading")
	err := do()
	x.verdict.Elapsed = x.plan.Progress.Elapsed()
	return x.loadFailed(ctx, later, err)
}

// loadFailed ends the run with the error of a load, or with the reason if time is over. It
// returns nil for no error.
func (x *execution) loadFailed(ctx, later context.Context, err error) error {
	if unknown := x.noteUnknown(err); !unknown && err != nil && later.Err() != nil && Interrupted(ctx) == nil {
		err = x.plan.load.explain(context.Cause(later))
	}
	return x.fail(err)
}

// noteUnknown reports whether it is unknown if the rows are in the table, and records that.
func (x *execution) noteUnknown(err error) bool {
	_, unknown := errors.AsType[*load.UnknownError](err)
	if unknown {
		x.verdict.Load.Unknown = true
	}
	return unknown
}

// direct reports whether rows can be loaded directly from the sources' stages: the table
// exists, so no values have to be inspected first, and the rows are not merged.
func (l *Load) direct(r *Request) bool {
	return l.Mode != load.Create && r.Reduce == nil && r.Federate == nil && !r.Merge.mixes()
}

// errUnmet ends a load when too few sources can be part of it.
var errUnmet = errors.New("too few sources")

// loadDirect gathers the rows of all sources, and loads them from the stages.
func (x *execution) loadDirect(ctx, gathering, later context.Context) error {
	var arrivals []query.Arrival
	merged := columns.New(columns.Options{Sources: x.run.Sources, SourceColumn: x.run.SourceColumn, ByPlace: x.run.ByPlace, Strict: x.run.Strict, Note: func(int, string) {}})
	for a := range query.Dispatch(gathering, x.tasks, x.options) {
		if a.Outcome.State == query.OK {
			arrivals = append(arrivals, a)
		}
	}
	defer func() {
		for _, a := range arrivals {
			a.Rows.Discard()
		}
	}()
	if !x.verdict.Met() || Interrupted(ctx) != nil {
		return nil
	}
	slices.SortFunc(arrivals, func(a, b query.Arrival) int { return cmp.Compare(a.Outcome.Index, b.Outcome.Index) })
	for _, a := range arrivals {
		_ = merged.Admit(a.Outcome.Index, a.Schema) // a source that does not fit is refused below
	}
	return x.loadWithin(ctx, later, func() error {
		err := x.loadRows(later, merged.Schema(), nil, func(emit row.Emit) error {
			own := arrivals
			arrivals = nil
			err := x.plan.merge.strategy(true).Merge(x.run, slices.Values(own), emit)
			if err == nil && !x.verdict.Met() {
				err = errUnmet
			}
			return err
		})
		if errors.Is(err, errUnmet) { // the verdict has the reasons
			return nil
		}
		return err
	})
}

// gatherInto gathers the rows, by a reduce or a statement over all sources if there is one.
func (x *execution) gatherInto(ctx, gathering context.Context, take row.Emit) error {
	p := x.plan
	x.out = handOn{take}
	switch {
	case p.federation != nil:
		return federated(ctx, x)
	case p.reduce != nil:
		return reduced(ctx, x)
	}
	if p.merge.mixes() {
		x.run.Stop = stopAfter(ctx)
	}
	return x.fail(p.merge.strategy(true).Merge(x.run, query.Dispatch(gathering, x.tasks, x.options), take))
}

// loadRows loads the rows that each emits.
func (x *execution) loadRows(ctx context.Context, schema *row.Schema, seen *loading.Observer, each func(row.Emit) error) error {
	l := x.plan.load
	f, err := x.fitter(schema, seen)
	if err != nil {
		return l.explain(err)
	}
	answer, err := l.loader.Load(ctx, l.request(f.Columns()), &l.progress, func(emit row.Emit) error {
		return each(func(b *row.Batch) error {
			b, err := f.Fit(b)
			if err != nil {
				return err
			}
			return emit(b)
		})
	})
	v := x.verdict.Load
	v.Warnings = append(v.Warnings, answer.Warnings...)
	if refusedRows(err) {
		return err
	}
	if err != nil {
		return l.explain(err)
	}
	v.Rows, v.Bytes, v.Done = answer.Rows, answer.Bytes, true
	return nil
}

// fitter returns the Fitter for the rows. For a new table, the columns are those that seen
// has inferred.
func (x *execution) fitter(schema *row.Schema, seen *loading.Observer) (*loading.Fitter, error) {
	p, l := x.plan, x.plan.load
	o := loading.Options{Key: l.Key, Hidden: l.hidden}
	if p.reduce == nil && p.federation == nil {
		if !l.hidden {
			o.SourceColumn = x.run.SourceColumn
		}
		o.Zones = p.zones()
	}
	table := l.table
	if l.Mode == load.Create {
		alone := len(x.tasks) == 1 || p.reduce != nil || p.federation != nil
		columns := seen.Columns(schema, alone, len(o.Zones) > 0)
		if l.hidden {
			columns = columns[1:]
		}
		table.Columns = l.loader.Columns(columns)
	}
	f, notes, err := loading.Match(table, schema, o)
	x.verdict.Load.Warnings = append(x.verdict.Load.Warnings, notes...)
	return f, err
}

// zones returns the zones of sources whose timestamps may be text.
func (p *Plan) zones() map[string]*row.Zone {
	zones := map[string]*row.Zone{}
	for _, t := range p.Targets {
		if in := t.Config.TimestampsIn; in.Zone != nil {
			zones[t.Name()] = &row.Zone{Location: in.Zone, Gap: in.Gap}
		}
	}
	return zones
}
