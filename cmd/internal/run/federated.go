// Plans one statement over all sources as if they were one database.

package run

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/fanql/fanql/query/federate"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// A Federate means that the query is one statement of DuckDB's SQL over the tables of all
// sources.
type Federate struct {
	// Gather fetches all rows of the tables, and lets DuckDB do all work.
	Gather bool
}

// A federation is a run's plan for such a statement.
type federation struct {
	plan      *federate.Plan
	open      func() (*federate.Plan, error) // begins a new plan of the statement
	notes     notes
	fragments []*federate.Fragment
	logical   *logicalTables
	// givenUp is set if the engine does not stop. It cannot be closed then.
	givenUp bool
}

// notes pass the planner's notes about sources to the current receiver.
type notes struct {
	note   func(source int, warning string)
	refuse func(source int, err error)
}

// bindFederated opens the sources and starts the plan of the statement. It queries no
// source.
func (p *Plan) bindFederated(r *Request, now Clock) error {
	given, err := r.given()
	if err != nil {
		return err
	}
	p.Targets = Open(given.Sources, r.Getenv)
	if err := p.Targets.NoneOpened(); err != nil {
		return err
	}
	text, err := boundText(r.Query, r.Params, nil, now)
	if err != nil {
		return err
	}
	p.options.Memory /= 2                    // rows are read from the stages while they are loaded: at worst both need all of the memory
	tag := strings.ToLower(rand.Text()[:16]) // different from the tag of any other run
	f := &federation{logical: &logicalTables{config: r.Config, targets: p.Targets}}
	o := federate.Options{
		SourceColumn: r.SourceColumn, Gather: r.Federate.Gather, Strict: r.Strict, Memory: p.options.Memory,
		Logical: f.logical.texts, Now: r.Now,
		Note:   func(source int, warning string) { f.notes.note(source, warning) },
		Refuse: func(source int, err error) { f.notes.refuse(source, err) },
	}
	for _, s := range r.Config.Sources {
		o.Known = append(o.Known, s.Name)
	}
	for i, t := range p.Targets {
		p.Targets[i].Task.Request.MaxCell, p.Targets[i].Task.Request.Tag = MaxCell, fmt.Sprintf("fanql:%s-%d", tag, i)
		s := federate.Source{Name: t.Name(), Entry: t.Config.Group, Tags: t.Config.Tags, Dialect: t.Opened.Kind}
		if in := t.Config.TimestampsIn; in.Zone != nil {
			s.Zone = &row.Zone{Location: in.Zone, Gap: in.Gap}
		}
		o.Sources = append(o.Sources, s)
	}
	f.open = func() (*federate.Plan, error) {
		plan, err := federate.Open(o)
		if err != nil {
			return nil, err
		}
		if err := plan.Read(text); err != nil {
			return nil, errors.Join(err, plan.Close())
		}
		return plan, nil
	}
	if f.plan, err = f.open(); err != nil {
		return err
	}
	p.federation = f
	return nil
}

// boundText returns the statement with the values of its parameters. Own are values of the
// target's own; nil is none.
func boundText(q statement.Query, params []string, own statement.Values, now Clock) (driver.Request, error) {
	q.Now = now
	if len(q.Variants) > 0 {
		return driver.Request{}, errors.New("the query has variants, and the one text is for all sources here: leave them out, or use fanql query")
	}
	q.Dialects = append(slices.Clone(sources.Dialects), federate.Dialect)
	values, err := statement.ParseValues(params)
	if err != nil {
		return driver.Request{}, err
	}
	if values, err = q.Load(values, os.ReadFile); err != nil {
		return driver.Request{}, err
	}
	q, values, _ = with(q, values, own)
	const name = "the statement"
	if err := q.Check(map[string]*driver.Dialect{name: federate.Dialect}, values); err != nil {
		return driver.Request{}, err
	}
	return q.Bind(name, federate.Dialect, driver.Modes{}, values)
}

// request returns a target's request for an internal text. The text is in the target's
// dialect and means the same in all modes of servers.
func (t Target) request(q driver.Request) driver.Request {
	r := t.Task.Request
	r.SQL, r.Args, r.Reread, r.Fallback, r.Locate, r.Verbatim = q.SQL, q.Args, q.Reread, q.Fallback, q.Locate, q.Verbatim
	return r
}

// closeFederation stops the engine, if there is one, unless it was given up.
func (p *Plan) closeFederation() {
	switch f := p.federation; {
	case f == nil:
	case f.givenUp:
		_ = f.plan.Remove()
	default:
		_ = f.plan.Close() // if the statement was finished, finishFederated has reported the error
	}
}

// laterWork names the work that follows on the fetched rows.
func (p *Plan) laterWork(s option.Spelling) string {
	if p.load != nil && p.federation == nil && p.reduce == nil {
		return "loading"
	}
	if p.federation != nil {
		return "the work on the fetched rows"
	}
	return s.Name(OptionReduce)
}
