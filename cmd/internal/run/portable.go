// Portable text: one statement of DuckDB's SQL, which is sent to each target in the
// target's dialect. Names are looked up first, because the meaning of a text depends on its
// columns' types. A text that cannot be expressed for a target is an error before any
// target is queried.

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
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// portable is a portable text for a target: the text, and the requests for the target's
// catalogue, which are empty if the text names no table.
type portable struct {
	text   driver.Request
	lookup driver.Request
	now    time.Time // the value of now()
	// definitions describe the columns of the logical tables that the text names. own
	// returns their texts for the target.
	definitions []federate.Definition
	own         func(name string) ([]driver.Request, error)
	// placed adds the place of such a text to an error about it.
	placed func(name string, err error) error
}

// bindPortable parses the text without querying a source. Each target has the text itself
// until [Targets.Translate] has translated it. Own are values of each target's own; nil is
// none.
func (t Targets) bindPortable(q statement.Query, c *config.Config, params []string, own []statement.Values, now Clock) error {
	if len(q.Variants) > 0 {
		return errors.New("a portable query is one text for all dialects: it has no variants")
	}
	textOf := func(target int) (driver.Request, error) {
		if own == nil {
			return boundText(q, params, nil, now)
		}
		return boundText(q, params, own[target], now)
	}
	text, err := textOf(0)
	if err != nil {
		return err
	}
	at, err := now()
	if err != nil {
		return err
	}
	logical := &logicalTables{config: c, targets: t}
	o := federate.Options{Portable: true, Now: at, Logical: logical.texts}
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
		if own != nil {
			if text, err = textOf(i); err != nil {
				return err
			}
		}
		request := text
		request.MaxCell, request.Tag = MaxCell, taskTag(tag, i)
		t[i].Task.Request, t[i].portable = request, &portable{
			text: text, lookup: lookup, now: at, definitions: reader.Definitions(i),
			own: func(name string) ([]driver.Request, error) {
				all, err := logical.texts(name)
				if all == nil || err != nil {
					return nil, err
				}
				return all[i : i+1], nil
			},
			placed: func(name string, err error) error { return logical.placed(i, name, err) },
		}
	}
	return nil
}

// unasked is a source that failed before its query was sent.
type unasked struct {
	query.Source
	err error
}

// Run returns the error.
func (u unasked) Run(context.Context, driver.Request, *driver.Progress, row.Emit) (driver.Answer, error) {
	return driver.Answer{}, &driver.Error{Phase: driver.Query, Err: u.err}
}

// Portable reports whether any of the targets has a portable text, for which
// [Targets.Translate] has to query it first.
func (t Targets) Portable() bool {
	return slices.ContainsFunc(t, func(t Target) bool { return t.portable != nil })
}

// Translate looks up the names of portable texts, and sets the text of each target. It does
// nothing for other targets. Call it once, before any target is queried, with the options
// of the run. A target that cannot be looked up, or that lacks a table or a column of
// others, fails when it is queried. If no target is left, the first reason of the second
// kind is returned as lacking. The error says that a text cannot be expressed in the
// dialect of one of the targets.
func (t Targets) Translate(ctx context.Context, o query.Options, s option.Spelling) (lacking, err error) {
	if !t.Portable() {
		return nil, nil
	}
	tables, described, servers, failed := t.lookUpTables(ctx, o)
	type translated struct {
		sql string
		err error
	}
	done := map[string]translated{} // by dialect, catalogue and text: a fleet has only few combinations
	good := false
	for i := range t {
		t := &t[i]
		switch {
		case t.portable == nil:
			good = true
			continue
		case failed[i] != nil:
			t.Task.Source, good = unasked{t.Task.Source, failed[i]}, true // the source itself may be fine
			continue
		}
		key := fmt.Sprintf("%s %s %v %v %s", t.Opened.Kind, servers[i], tables[i], described[i], t.portable.text.SQL)
		for _, d := range t.portable.definitions {
			key += "\x00" + d.Request.SQL
		}
		if _, ok := done[key]; !ok {
			sql, err := t.portable.in(t.Opened.Name(), t.Opened.Kind, servers[i], tables[i], described[i])
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

// Translate calls [Targets.Translate]. The error is an [InvalidError]: the text cannot be
// expressed in the dialect of one of the sources, or none of them has the tables and
// columns that it names.
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

// lookUpTables reads from the targets the tables that their texts name.
func (t Targets) lookUpTables(ctx context.Context, run query.Options) (tables [][]catalog.Table, described [][][]row.Column, servers []string, failed map[int]error) {
	tables, described, servers, failed = make([][]catalog.Table, len(t)), make([][][]row.Column, len(t)), make([]string, len(t)), map[int]error{}
	var tasks []query.Task
	var index []int
	for i := range t {
		p := t[i].portable
		if p == nil || p.lookup.SQL == "" && len(p.definitions) == 0 {
			continue
		}
		task := t[i].Task
		task.Request.Eager, task.Request.Verify, task.Request.Prepare = false, false, false
		// The settings for the rows of the query do not apply to those of a catalogue.
		b := &bundle{Source: t[i].Opened, connectTimeout: task.ConnectTimeout, together: t[i].copies == nil}
		for _, d := range p.definitions {
			b.requests = append(b.requests, t[i].plainly(d.Request))
		}
		if p.lookup.SQL != "" {
			b.requests = append(b.requests, t[i].plainly(p.lookup))
		}
		b.placed = func(n int, err error) error {
			if n < len(p.definitions) {
				return p.placed(p.definitions[n].Name, err)
			}
			return err
		}
		task.Source = b
		tasks, index = append(tasks, task), append(index, i)
	}
	if len(tasks) == 0 {
		return tables, described, servers, failed
	}
	o := query.Options{Timeout: run.Timeout, Since: run.Since, Memory: run.Memory}
	for a := range query.Dispatch(ctx, tasks, o) {
		i := index[a.Outcome.Index]
		servers[i] = a.Outcome.Server
		if a.Outcome.State != query.OK {
			failed[i] = fmt.Errorf("its names could not be looked up: %w", a.Outcome.Err)
			continue
		}
		b := tasks[a.Outcome.Index].Source.(*bundle)
		described[i] = make([][]row.Column, len(t[i].portable.definitions))
		var err error
		tables[i], err = catalog.Read(func(emit row.Emit) error {
			return a.Rows.Each(func(batch *row.Batch) error {
				if n := b.of[batch.Schema]; n < len(described[i]) {
					described[i][n] = batch.Schema.Columns
					batch.Release()
					return nil
				}
				return emit(batch)
			})
		})
		if err != nil {
			failed[i] = err
		}
	}
	return tables, described, servers, failed
}

// plainly returns the request for an internal text, without the query's settings for its
// rows.
func (t Target) plainly(q driver.Request) driver.Request {
	r := t.request(q)
	r.Eager, r.Verify, r.Prepare = false, false, false
	return r
}

// in prints the text for a source with these tables.
func (t *portable) in(name string, d *driver.Dialect, server string, tables []catalog.Table, described [][]row.Column) (sql string, err error) {
	var refused error
	plan, err := federate.Open(federate.Options{
		Sources: []federate.Source{{Name: name, Dialect: d}}, Portable: true, Now: t.now, Logical: t.own,
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
	for n, d := range plan.Definitions(0) {
		plan.Described(0, d, described[n])
	}
	plan.Found(0, tables)
	for _, step := range []func() error{plan.Match, plan.Bind} {
		if err := step(); err != nil || refused != nil {
			return "", errors.Join(err, refused)
		}
	}
	return plan.Portable()
}
