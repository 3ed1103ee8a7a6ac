// The search for sources: it finds the sources that patterns and lists stand for, before
// the run and under its deadline.

package run

import (
	"context"
	"errors"
	"time"

	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
)

// A Search finds the sources that discoveries of a config stand for.
type Search struct {
	// Progress shows the progress of the search, to any goroutine.
	Progress *query.Progress

	config *config.Config
	getenv func(string) string
	limits Limits
	round  []*searching
}

// searching is one discovery in progress.
type searching struct {
	of     config.Source
	finder *sources.Finder
	task   query.Task
}

// NewSearch returns the search that the choices of sources need, or nil if the config
// names all of them. A choice is a list of selectors, as for [config.Config.Resolve].
// It dials nothing.
func NewSearch(c *config.Config, getenv func(string) string, l Limits, choices ...[]string) (*Search, error) {
	wanted := c.Wanted(choices...)
	if len(wanted) == 0 {
		return nil, nil
	}
	s := &Search{config: c, getenv: getenv, limits: l}
	if s.limits.UsualPerServer == 0 {
		s.limits.UsualPerServer = foundPerServer
	}
	if err := s.prepare(wanted); err != nil {
		return nil, err
	}
	s.Progress = query.NewProgress(s.tasks())
	return s, nil
}

// prepare prepares the request of each discovery.
func (s *Search) prepare(wanted []config.Source) error {
	s.round = nil
	for _, of := range wanted {
		s.round = append(s.round, &searching{of: of, finder: sources.Find(s.config, of, s.getenv)})
	}
	targets := make(Targets, len(s.round))
	for i, r := range s.round {
		o := r.finder.Opened
		targets[i] = Target{Config: r.of, Opened: o, Task: query.Task{Source: r.finder, Local: true, OnTurn: true}}
		if sql := r.finder.SQL(); sql != "" && o.Err == nil {
			own := targets[i : i+1]
			if err := own.Bind(statement.Query{Text: sql, Dialects: sources.Dialects}, nil, nil, s.limits.Clock(time.Now())); err != nil {
				return r.of.Fault(err)
			}
			q := &own[0].Task.Request
			q.Locate, q.Verbatim = nil, true // the text is not the user's
		}
	}
	if err := s.limits.Sessions(targets, s.config.Defaults); err != nil {
		return err
	}
	if err := s.limits.Admit(targets, s.config.Defaults); err != nil {
		return err
	}
	for i, r := range s.round {
		r.task = targets[i].Task
	}
	return nil
}

func (s *Search) tasks() (tasks []query.Task) {
	for _, r := range s.round {
		tasks = append(tasks, r.task)
	}
	return tasks
}

// searchShare is the part of a deadline that the search may take at most, so that a
// server that does not answer leaves time to query all others.
const searchShare = 2

// Run runs the discoveries, and returns a config in which the sources that they found
// replace them. A failed discovery has a reason there instead of sources. The end of ctx
// ends the search; the error is then an [Interruption]. Started is when the run began.
func (s *Search) Run(ctx context.Context, h Host, started time.Time) (*config.Config, error) {
	o := query.Options{Timeout: s.limits.Timeout / searchShare, Since: started, Progress: s.Progress}
	done := s.readLists(ctx, h, o)
	var open []config.Source // databases whose schemas are wanted
	for _, f := range done {
		for _, one := range f.Found {
			if one.Discovery != nil {
				open = append(open, one)
			}
		}
	}
	if len(open) > 0 && ctx.Err() == nil {
		if err := s.prepare(open); err != nil {
			return nil, err
		}
		o.Progress = query.NewProgress(s.tasks())
		schemas := s.readLists(ctx, h, o)
		for i := range done {
			schemas = within(&done[i], schemas)
		}
	}
	if i := Interrupted(ctx); i != nil {
		return nil, i
	}
	return s.config.With(done)
}

// within puts the results for the databases of a finding in their places, and returns
// the remaining findings of schemas. A database without a matching schema is skipped.
func within(f *config.Finding, schemas []config.Finding) (rest []config.Finding) {
	databases := f.Found
	f.Found = nil
	var none error
	for _, one := range databases {
		if one.Discovery == nil {
			f.Found = append(f.Found, one)
			continue
		}
		in := schemas[0]
		schemas = schemas[1:]
		if _, empty := errors.AsType[config.Nothing](in.Err); empty {
			none = in.Err
			continue
		}
		if f.Found = append(f.Found, in.Found...); in.Err != nil {
			d := *one.Discovery
			d.Err, one.Discovery = in.Err, &d
			f.Found = append(f.Found, one)
		}
	}
	if len(f.Found) == 0 && none != nil {
		f.Err = none
	}
	return schemas
}

// readLists reads all of the lists at once, and returns what each found, or why not.
func (s *Search) readLists(ctx context.Context, h Host, o query.Options) []config.Finding {
	found := make([]config.Finding, len(s.round))
	if h.Err.Live {
		live := report.StartLive(h.Err.styled(), o.Progress, report.LiveOptions{Width: h.Err.Width})
		defer live.Stop()
	}
	o.Ended = func(end query.Outcome) {
		r, f := s.round[end.Index], &found[end.Index]
		if f.Of = r.of; end.State == query.OK {
			f.Found, f.Err = r.finder.Found()
			return
		}
		f.Err = &driver.Error{Phase: end.Phase, Code: end.Code(), Err: end.Err}
	}
	for a := range query.Dispatch(ctx, s.tasks(), o) {
		if a.Rows != nil {
			a.Rows.Discard()
		}
	}
	return found
}
