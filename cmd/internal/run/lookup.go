// The look-up for a statement over all sources: the columns of the tables that it names
// are read from all sources, and then the statement is planned.

package run

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/federate"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// errNotWanted ends the look-up if the requirement cannot be met any more.
var errNotWanted = errors.New("too few sources answered the look-up")

// A looker reads the catalogs and plans.
type looker struct {
	x *execution
	// answered are the outcomes of the sources that have answered and have not failed
	// since.
	answered map[int]query.Outcome
	begun    bool // sources that cannot be opened have been reported
	assumed  *assumption
}

// lookUp reads the columns of the tables, plans the statement, and finds the errors in it.
// The outcome of a source that fails is set by then. If the statement is invalid for any
// data, the error is an [federate.Invalid] one. A source that the assumption, which may be
// nil, gives the tables of another source is not looked up itself.
func (x *execution) lookUp(ctx context.Context, a *assumption) (*looker, error) {
	l := &looker{x: x, answered: map[int]query.Outcome{}, assumed: a}
	f := x.plan.federation
	f.notes.note = x.run.Notes.Note
	f.notes.refuse = func(source int, err error) {
		l.end(source)
		x.run.Notes.Refuse(source, err)
	}
	if a != nil {
		f.notes.note = func(source int, warning string) {
			a.notes = append(a.notes, func() { x.run.Notes.Note(source, warning) })
		}
		f.notes.refuse = func(int, error) { a.wrong = true }
	}
	x.plan.Progress.Begin("looking up names")
	catalogues, err := l.catalogues(ctx)
	if err != nil {
		return l, err
	}
	for _, source := range slices.Sorted(maps.Keys(l.answered)) {
		f.plan.Found(source, catalogues[source])
	}
	if err := l.wanted(); err != nil {
		return l, err
	}
	if err := f.plan.Match(); err != nil && a != nil {
		return l, err
	} else if err != nil {
		return l, l.missing(ctx, err)
	}
	if err := l.inspect(ctx); err != nil {
		return l, err
	}
	if err := l.wanted(); err != nil {
		return l, err
	}
	if err := f.plan.Bind(); err != nil {
		if a != nil {
			return l, err
		}
		return l, l.elsewhere(ctx, err)
	}
	f.fragments, err = f.plan.Split()
	return l, err
}

// end sets the outcome of a source that has answered, without rows.
func (l *looker) end(source int) {
	o, ok := l.answered[source]
	if !ok {
		return
	}
	delete(l.answered, source)
	l.x.options.Ended(o)
}

// wanted returns an error if the requirement cannot be met any more. The sources that
// have answered are then cancelled.
func (l *looker) wanted() error {
	if !l.x.verdict.Hopeless() {
		return nil
	}
	for _, source := range slices.Sorted(maps.Keys(l.answered)) {
		o := l.answered[source]
		o.State, o.Err = query.Canceled, query.ErrRequirement
		l.x.options.Ended(o)
	}
	l.answered = nil
	return errNotWanted
}

// request sends internal texts to the sources concurrently, and passes the batches of the
// results to take. The outcome of a source that fails is set. placed may be nil; it adds
// the position of its text to the error of a request.
func (l *looker) request(ctx context.Context, texts func(source int) []driver.Request, take func(source, n int, b *row.Batch), placed func(source, n int, err error) error) {
	x := l.x
	var tasks []query.Task
	var index []int
	for i, t := range x.plan.Targets {
		task := t.Task
		if t.Opened.Err == nil {
			asked := texts(i)
			if len(asked) == 0 {
				continue
			}
			b := &bundle{Source: x.source(i), connectTimeout: task.ConnectTimeout, together: x.held != nil && t.copies == nil}
			for _, q := range asked {
				b.requests = append(b.requests, t.request(q))
			}
			if placed != nil {
				b.placed = func(n int, err error) error { return placed(i, n, err) }
			}
			task.Source = b
		} else if l.begun {
			continue
		}
		tasks, index = append(tasks, task), append(index, i)
	}
	l.begun = true
	if len(tasks) == 0 {
		return
	}
	o := query.Options{Memory: x.options.Memory, Progress: x.plan.Progress.Continue(tasks)}
	for a := range query.Dispatch(ctx, tasks, o) {
		source := index[a.Outcome.Index]
		a.Outcome.Index = source
		if a.Outcome.State != query.OK {
			delete(l.answered, source)
			x.options.Ended(a.Outcome)
			continue
		}
		b := tasks[slices.Index(index, source)].Source.(*bundle)
		_ = a.Rows.Each(func(batch *row.Batch) error { // take returns no error, and owns the batch
			take(source, b.of[batch.Schema], batch)
			return nil
		})
		a.Outcome.Rows, a.Outcome.Bytes = 0, 0 // these are not rows of the statement's tables
		l.answered[source] = a.Outcome
	}
}

// catalogues reads from all sources the columns of their tables, and of the logical
// tables.
func (l *looker) catalogues(ctx context.Context) (map[int][]catalog.Table, error) {
	f := l.x.plan.federation
	batches := map[int][]*row.Batch{}
	definitions := map[int][]federate.Definition{}
	var wrong error
	l.request(ctx, func(i int) (all []driver.Request) {
		if l.assumed.is(i) {
			return nil
		}
		definitions[i] = f.plan.Definitions(i)
		for _, d := range definitions[i] {
			all = append(all, d.Request)
		}
		q, ok, err := f.plan.LookUp(i)
		if ok && err == nil {
			all = append(all, q)
		}
		if wrong = cmp.Or(wrong, err); len(all) == 0 || err != nil {
			l.answered[i] = query.Outcome{Index: i, Source: l.x.plan.Targets[i].Name(), State: query.OK}
			return nil
		}
		if l.assumed.isFirst(i) {
			all = append(all, l.assumed.request(l.x.plan.Targets[i]))
		}
		return all
	}, func(source, n int, b *row.Batch) {
		if n > 0 && l.assumed.isFirst(source) {
			l.assumed.prints[source] += l.assumed.text(b)
			b.Release()
			return
		}
		if own := definitions[source]; n < len(own) {
			f.plan.Described(source, own[n], b.Schema.Columns)
			b.Release()
			return
		}
		batches[source] = append(batches[source], b)
	}, func(source, n int, err error) error {
		if own := definitions[source]; n < len(own) {
			return f.logical.placed(source, own[n].Name, err)
		}
		return err
	})
	all := map[int][]catalog.Table{}
	for source, own := range batches {
		tables, err := readCatalog(own)
		wrong = cmp.Or(wrong, err)
		all[source] = tables
	}
	l.assumed.spread(l, all)
	for source, o := range l.answered {
		f.plan.Server(source, o.Server)
	}
	return all, wrong
}

// readCatalog converts the batches of a catalog to tables.
func readCatalog(batches []*row.Batch) ([]catalog.Table, error) {
	return catalog.Read(func(emit row.Emit) (err error) {
		for _, b := range batches {
			if err == nil {
				err = emit(b)
			}
		}
		return err
	})
}

// inspect inspects the columns whose declarations do not say enough.
func (l *looker) inspect(ctx context.Context) error {
	f := l.x.plan.federation
	inspections := map[int][]federate.Inspection{}
	answers := map[int][][]string{}
	before := len(l.answered)
	l.request(ctx, func(i int) (all []driver.Request) {
		if _, in := l.answered[i]; !in {
			return nil
		}
		inspections[i] = f.plan.Inspections(i)
		if l.assumed != nil && len(inspections[i]) > 0 { // they depend on the rows
			l.assumed.wrong = true
		}
		if l.assumed.failed() {
			return nil
		}
		for _, s := range inspections[i] {
			all = append(all, catalog.Fixed(s.SQL))
		}
		return all
	}, func(source, _ int, b *row.Batch) {
		defer b.Release()
		for n := range b.Rows() {
			var texts []string
			for _, c := range b.Row(n) {
				texts = append(texts, string(b.AppendText(nil, c)))
			}
			answers[source] = append(answers[source], texts)
		}
	}, func(source, n int, err error) error {
		return f.logical.placed(source, inspections[source][n].Logical, err)
	})
	if l.assumed.failed() {
		return errAssumed
	}
	for _, source := range slices.Sorted(maps.Keys(answers)) {
		if err := f.plan.Inspected(source, answers[source]); err != nil {
			return err
		}
	}
	if len(l.answered) == before {
		return nil
	}
	for i := range l.x.plan.Targets { // the columns of a source that failed do not count
		if _, in := l.answered[i]; !in {
			f.plan.Drop(i)
		}
	}
	if err := l.wanted(); err != nil {
		return err
	}
	return f.plan.Match()
}

// elsewhere returns the error about a column that no table of the statement has, with the
// sources that have it in tables of the same names.
func (l *looker) elsewhere(ctx context.Context, err error) error {
	unknown, ok := errors.AsType[*federate.UnknownColumn](err)
	if !ok {
		return err
	}
	plan := l.x.plan.federation.plan
	batches := map[int][]*row.Batch{}
	l.request(ctx, func(i int) []driver.Request {
		q, some, wrong := plan.Elsewhere(i)
		if !some || wrong != nil {
			return nil
		}
		return []driver.Request{q}
	}, func(source, _ int, b *row.Batch) { batches[source] = append(batches[source], b) }, nil)
	var having []string
	for _, source := range slices.Sorted(maps.Keys(batches)) {
		tables, _ := readCatalog(batches[source]) // only a hint depends on it
		for _, t := range tables {
			if slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return strings.EqualFold(c.Name, unknown.Column) }) {
				having = append(having, l.x.plan.Targets[source].Name()+"."+t.Name)
			}
		}
	}
	return unknown.Elsewhere(having)
}

// missing returns the error about a table that no source has, with a suggestion.
func (l *looker) missing(ctx context.Context, err error) error {
	missing, ok := errors.AsType[*federate.Missing](err)
	if !ok {
		return err
	}
	for _, source := range missing.Sources {
		if _, in := l.answered[source]; !in {
			return errors.New(err.Error() + ", and not all have answered") // a source that failed may have the table
		}
	}
	if missing.Logical {
		return missing.Invalid
	}
	plan := l.x.plan.federation.plan
	batches := map[int][]*row.Batch{}
	l.request(ctx, func(i int) []driver.Request {
		q, wrong := plan.Names(i)
		if !slices.Contains(missing.Sources, i) || wrong != nil {
			return nil
		}
		return []driver.Request{q}
	}, func(source, _ int, b *row.Batch) { batches[source] = append(batches[source], b) }, nil)
	known := l.x.plan.federation.logical.names()
	for _, source := range slices.Sorted(maps.Keys(batches)) {
		tables, _ := readCatalog(batches[source]) // only a hint depends on it
		for _, t := range tables {
			known = append(known, t.Name)
		}
	}
	return missing.Near(known)
}
