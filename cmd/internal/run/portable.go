// Portable text: one statement of DuckDB's SQL, which each target is sent in its own
// dialect. Names are looked up first, since what a text means hangs on its columns'
// types; what cannot be said to one of the targets is found before any is asked.

package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/federate"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// portability is what a plan knows of a portable text.
type portability struct {
	text driver.Request
	// lookups are what each target is asked for its catalogue; without a text for one
	// that cannot be opened, and where the statement names no table.
	lookups []driver.Request
}

// bindPortable reads the text, as far as that needs no source.
func (p *Plan) bindPortable(r *Request, now Clock) error {
	if len(r.Query.Variants) > 0 {
		return errors.New("a portable query is one text for all dialects: it has no variants")
	}
	text, err := boundText(r, now)
	if err != nil {
		return err
	}
	o := federate.Options{Portable: true}
	tag := runTag()
	for i, t := range p.Targets {
		p.Targets[i].Task.Request.MaxCell, p.Targets[i].Task.Request.Tag = MaxCell, taskTag(tag, i)
		o.Sources = append(o.Sources, federate.Source{Name: t.Name(), Dialect: t.Opened.Kind})
	}
	reader, err := federate.Open(o)
	if err != nil {
		return err
	}
	defer reader.Close() // it was only read
	if err := reader.Read(text); err != nil {
		return err
	}
	p.portable = &portability{text: text, lookups: make([]driver.Request, len(p.Targets))}
	for i, t := range p.Targets {
		if t.Opened.Err != nil {
			continue
		}
		q, names, err := reader.LookUp(i)
		if err != nil {
			return err
		}
		if names {
			p.portable.lookups[i] = q
		}
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

// Translate looks up the names of a portable text, and gives each target its own text. It
// does nothing for other queries, and is called once. A source that cannot be looked up,
// or lacks what others have, fails when it is asked. The error is an [InvalidError]: the
// text cannot be said in the dialect of one of the sources, or none of them has what it
// names.
func (p *Plan) Translate(ctx context.Context) error {
	if p.portable == nil {
		return nil
	}
	if p.options.Since.IsZero() {
		p.options.Since = time.Now()
	}
	tables, servers, failed := p.lookUpTables(ctx)
	type translated struct {
		sql string
		err error
	}
	done := map[string]translated{} // by dialect and catalogue: a fleet has few of them
	var lacking error
	good := false
	for i := range p.Targets {
		t := &p.Targets[i]
		if t.Opened.Err != nil {
			continue
		}
		if err := failed[i]; err != nil {
			t.Task.Source, good = unasked{t.Task.Source, err}, true // it may have been well
			continue
		}
		key := fmt.Sprintf("%s %s %v", t.Opened.Kind, servers[i], tables[i])
		if _, ok := done[key]; !ok {
			sql, err := p.portable.in(t.Name(), t.Opened.Kind, servers[i], tables[i])
			done[key] = translated{sql, err}
		}
		switch made := done[key]; {
		case made.err == nil:
			good = true
			t.Task.Request = t.request(catalog.Fixed(made.sql))
		case isUntranslatable(made.err):
			return &InvalidError{option.Spelled(fmt.Errorf("source %s: %w", t.Name(), made.err), p.request.Spelling)}
		default:
			if lacking == nil {
				lacking = made.err
			}
			t.Task.Source = unasked{t.Task.Source, option.Spelled(made.err, p.request.Spelling)}
		}
	}
	if !good && lacking != nil {
		return &InvalidError{option.Spelled(lacking, p.request.Spelling)}
	}
	return nil
}

func isUntranslatable(err error) bool {
	_, ok := errors.AsType[*federate.Untranslatable](err)
	return ok
}

// lookUpTables asks the targets for the tables that the text names.
func (p *Plan) lookUpTables(ctx context.Context) (tables [][]catalog.Table, servers []string, failed map[int]error) {
	tables, servers, failed = make([][]catalog.Table, len(p.Targets)), make([]string, len(p.Targets)), map[int]error{}
	var tasks []query.Task
	var index []int
	for i, t := range p.Targets {
		if q := p.portable.lookups[i]; q.SQL != "" {
			task := t.Task
			task.Request = t.request(q)
			task.Request.Eager, task.Request.Verify = false, false
			tasks, index = append(tasks, task), append(index, i)
		}
	}
	if len(tasks) == 0 {
		return tables, servers, failed
	}
	o := query.Options{Timeout: p.options.Timeout, Since: p.options.Since, Memory: p.options.Memory}
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
func (t *portability) in(name string, d *driver.Dialect, server string, tables []catalog.Table) (sql string, err error) {
	var refused error
	plan, err := federate.Open(federate.Options{
		Sources: []federate.Source{{Name: name, Dialect: d}}, Portable: true,
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
