// Portable text: one statement of DuckDB's SQL, which each target is sent in its own
// dialect. Names are looked up first, since what a text means hangs on its columns'
// types; what cannot be said to one of the targets is found before any is asked.

package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/federate"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// portable is what a target is asked by a portable text: the text, and what it is asked
// for its catalogue, which is empty where the text names no table.
type portable struct {
	text   driver.Request
	lookup driver.Request
	now    time.Time // what now() is
}

// bindPortable reads the text, as far as that needs no source. What each target is asked
// is the text itself until [Targets.Translate] has made one for its dialect.
func (t Targets) bindPortable(q statement.Query, params []string, now Clock) error {
	if len(q.Variants) > 0 {
		return errors.New("a portable query is one text for all dialects: it has no variants")
	}
	text, err := boundText(&Request{Query: q, Params: params}, now)
	if err != nil {
		return err
	}
	at, err := now()
	if err != nil {
		return err
	}
	o := federate.Options{Portable: true, Now: at}
	tag := runTag()
	for i := range t {
		o.Sources = append(o.Sources, federate.Source{Name: t[i].Name(), Dialect: t[i].Opened.Kind})
	}
	reader, err := federate.Open(o)
	if err != nil {
		return err
	}
	defer reader.Close() // it was only read
	if err := reader.Read(text); err != nil {
		return err
	}
	for i := range t {
		if t[i].Opened.Err != nil {
			continue
		}
		lookup, _, err := reader.LookUp(i)
		if err != nil {
			return err
		}
		own := text
		own.MaxCell, own.Tag = MaxCell, taskTag(tag, i)
		t[i].Task.Request, t[i].portable = own, &portable{text, lookup, at}
	}
	return nil
}

// unasked is a source that has failed before it was asked the query.
type unasked struct {
	query.Source
	err error
}

// Run gives the error.
func (u unasked) Run(context.Context, driver.Request, *driver.Progress, row.Emit) (driver.Answer, error) {
	return driver.Answer{}, &driver.Error{Phase: driver.Query, Err: u.err}
}

// Portable reports whether any of the targets has a portable text, for which
// [Targets.Translate] asks it twice.
func (t Targets) Portable() bool {
	return slices.ContainsFunc(t, func(t Target) bool { return t.portable != nil })
}

// Translate looks up the names of portable texts, and gives each target its own text. It
// does nothing for other targets, and is called once, before any is asked; the options
// are those of the run. A target that cannot be looked up, or lacks what others have,
// fails when it is asked: the first reason of the second kind is given as lacking where
// no target is left. The error is that a text cannot be said in the dialect of one of the
// targets.
func (t Targets) Translate(ctx context.Context, o query.Options, s option.Spelling) (lacking, err error) {
	if !t.Portable() {
		return nil, nil
	}
	tables, servers, failed := t.lookUpTables(ctx, o)
	type translated struct {
		sql string
		err error
	}
	done := map[string]translated{} // by dialect, catalogue and text: a fleet has few of them
	good := false
	for i := range t {
		t := &t[i]
		switch {
		case t.portable == nil:
			good = true
			continue
		case failed[i] != nil:
			t.Task.Source, good = unasked{t.Task.Source, failed[i]}, true // it may have been well
			continue
		}
		key := fmt.Sprintf("%s %s %v %s", t.Opened.Kind, servers[i], tables[i], t.portable.text.SQL)
		if _, ok := done[key]; !ok {
			sql, err := t.portable.in(t.Opened.Name(), t.Opened.Kind, servers[i], tables[i])
			done[key] = translated{sql, err}
		}
		switch made := done[key]; {
		case made.err == nil:
			good = true
			own := catalog.Fixed(made.sql)
			q := &t.Task.Request
			q.SQL, q.Args, q.Reread, q.Locate, q.Fallback = own.SQL, own.Args, own.Reread, nil, own.Fallback
		case isUntranslatable(made.err):
			return nil, option.Spelled(fmt.Errorf("source %s: %w", t.Name(), made.err), s)
		default:
			lacking = cmp.Or(lacking, option.Spelled(made.err, s))
			t.Task.Source = unasked{t.Task.Source, option.Spelled(made.err, s)}
		}
	}
	if good {
		lacking = nil
	}
	return lacking, nil
}

// Translate is that of the targets. The error is an [InvalidError]: the text cannot be
// said in the dialect of one of the sources, or none of them has what it names.
func (p *Plan) Translate(ctx context.Context) error {
	if p.Targets.Portable() && p.options.Since.IsZero() {
		p.options.Since = time.Now()
	}
	lacking, err := p.Targets.Translate(ctx, p.options, p.request.Spelling)
	if err = cmp.Or(err, lacking); err != nil {
		return &InvalidError{err}
	}
	return nil
}

func isUntranslatable(err error) bool {
	_, ok := errors.AsType[*federate.Untranslatable](err)
	return ok
}

// lookUpTables asks the targets for the tables that their texts name.
func (t Targets) lookUpTables(ctx context.Context, run query.Options) (tables [][]catalog.Table, servers []string, failed map[int]error) {
	tables, servers, failed = make([][]catalog.Table, len(t)), make([]string, len(t)), map[int]error{}
	var tasks []query.Task
	var index []int
	for i := range t {
		if t[i].portable == nil || t[i].portable.lookup.SQL == "" {
			continue
		}
		task := t[i].Task
		task.Request = t[i].request(t[i].portable.lookup)
		task.Request.Eager, task.Request.Verify, task.Request.Prepare = false, false, false
		tasks, index = append(tasks, task), append(index, i)
	}
	if len(tasks) == 0 {
		return tables, servers, failed
	}
	o := query.Options{Timeout: run.Timeout, Since: run.Since, Memory: run.Memory}
	for a := range query.Dispatch(ctx, tasks, o) {
		i := index[a.Outcome.Index]
		servers[i] = a.Outcome.Server
		if a.Outcome.State != query.OK {
			failed[i] = fmt.Errorf("its names could not be looked up: %w", a.Outcome.Err)
			continue
		}
		var err error
		if tables[i], err = catalog.Read(a.Rows.Each); err != nil {
			failed[i] = err
		}
	}
	return tables, servers, failed
}

// in prints the text for a source with these tables.
func (t *portable) in(name string, d *driver.Dialect, server string, tables []catalog.Table) (sql string, err error) {
	var refused error
	plan, err := federate.Open(federate.Options{
		Sources: []federate.Source{{Name: name, Dialect: d}}, Portable: true, Now: t.now,
		Note: func(int, string) {}, Refuse: func(_ int, err error) { refused = err },
	})
	if err != nil {
		return "", err
	}
	defer plan.Close() // it was only read
	if err := plan.Read(t.text); err != nil {
		return "", err
	}
	plan.Server(0, server)
	plan.Found(0, tables)
	for _, step := range []func() error{plan.Match, plan.Bind} {
		if err := step(); err != nil || refused != nil {
			return "", errors.Join(err, refused)
		}
	}
	return plan.Portable()
}
