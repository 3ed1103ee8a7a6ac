// One statement over all sources as if they were one database: planned, and what
// follows the look-up.

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

// A Federate says that the query is one of DuckDB's SQL over the tables of all sources.
type Federate struct {
	// Gather has all rows of the tables fetched, and all work done here.
	Gather bool
}

// A federation is what a plan knows of such a statement.
type federation struct {
	plan      *federate.Plan
	notes     notes
	fragments []*federate.Fragment
	logical   *logicalTables
	// givenUp is set where the engine does not stop: it cannot be closed then.
	givenUp bool
}

// notes hand on what the planner says of sources, to whoever listens by then.
type notes struct {
	note   func(source int, warning string)
	refuse func(source int, err error)
}

// bindFederated opens the sources, and the statement as far as that needs none of them.
func (p *Plan) bindFederated(r *Request, now Clock) error {
	given, err := r.given()
	if err != nil {
		return err
	}
	p.Targets = Open(given.Sources, r.Getenv)
	if err := p.Targets.NoneOpened(); err != nil {
		return err
	}
	text, err := boundText(r, now)
	if err != nil {
		return err
	}
	p.options.Memory /= 2                    // rows are read out of the stages as they are loaded: at worst both are full
	tag := strings.ToLower(rand.Text()[:16]) // unlike that of any other run
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
	if f.plan, err = federate.Open(o); err != nil {
		return err
	}
	p.federation = f
	if err := f.plan.Read(text); err != nil {
		return errors.Join(err, f.plan.Close())
	}
	return nil
}

// boundText is the statement with the values of its parameters in it.
func boundText(r *Request, now Clock) (driver.Request, error) {
	q := r.Query
	q.Now = now
	if len(q.Variants) > 0 {
		return driver.Request{}, errors.New("the query has variants, and the one text is for all sources here: leave them out, or use fanql query")
	}
	q.Dialects = append(slices.Clone(sources.Dialects), federate.Dialect)
	values, err := statement.ParseValues(r.Params)
	if err != nil {
		return driver.Request{}, err
	}
	if values, err = q.Load(values, os.ReadFile); err != nil {
		return driver.Request{}, err
	}
	const name = "the statement"
	if err := q.Check(map[string]*driver.Dialect{name: federate.Dialect}, values); err != nil {
		return driver.Request{}, err
	}
	return q.Bind(name, federate.Dialect, driver.Modes{}, values)
}

// request makes what a target is asked of a text of ours, which is in the target's
// dialect and means the same in all modes of servers.
func (t Target) request(q driver.Request) driver.Request {
	r := t.Task.Request
	r.SQL, r.Args, r.Reread, r.Fallback, r.Locate, r.Verbatim = q.SQL, q.Args, q.Reread, q.Fallback, q.Locate, q.Verbatim
	return r
}

// closeFederation ends the engine, if there is one, unless it was given up.
func (p *Plan) closeFederation() {
	switch f := p.federation; {
	case f == nil:
	case f.givenUp:
		_ = f.plan.Remove()
	default:
		_ = f.plan.Close() // its error counts where the statement was finished
	}
}

// laterWork is what is done with the rows when they are here.
func (p *Plan) laterWork(s option.Spelling) string {
	if p.federation != nil {
		return "the work on the fetched rows"
	}
	return s.Name(OptionReduce)
}
