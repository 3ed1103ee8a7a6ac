// A source in a run: its config, the opened source, and its request.

package run

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// A Target is one source in a run. A file that others are compared with has no config.
type Target struct {
	Config config.Source
	Opened sources.Opened
	Task   query.Task

	copies   *copies   // nil if it has one URL
	portable *portable // nil if the text is in the source's own dialect
}

// Name returns the name of the source in the run.
func (t Target) Name() string { return t.Task.Source.Name() }

// Targets are the sources of a run, in source order.
type Targets []Target

// Open opens sources, which dials nothing. A source that cannot be opened is included,
// with its reason.
func Open(chosen []config.Source, getenv func(string) string) Targets {
	targets := make(Targets, len(chosen))
	for i, o := range sources.Open(chosen, getenv) {
		o, c := withCopies(chosen[i], o, getenv)
		targets[i] = Target{Config: chosen[i], Opened: o, Task: query.Task{Source: o, Local: o.Server == ""}, copies: c}
	}
	return targets
}

// NoneOpened returns an error with a line for each source if none of them could be
// opened.
func (t Targets) NoneOpened() error {
	opened := make([]sources.Opened, 0, 1) // usually the first one decides
	for i := range t {
		if opened = append(opened, t[i].Opened); t[i].Opened.Err == nil {
			break
		}
	}
	return sources.NoneOpened(opened)
}

// Missing reports whether the target stands for an unknown number of sources that were not
// found.
func (t Target) Missing() bool {
	_, missing := errors.AsType[*sources.Missing](t.Opened.Err)
	return missing
}

// Missing counts the targets that stand for sources that were not found.
func (t Targets) Missing() (n int) {
	for i := range t {
		if t[i].Missing() {
			n++
		}
	}
	return n
}

// cast returns the expression that converts a column of a source to a kind, in its dialect.
func (t Targets) cast(source int, column string, to row.Kind) string {
	return t[source].Opened.Kind.Cast(column, to.String())
}

// castAdvice returns how to cast a column of the source with that name. If the name is
// empty, it works only if all sources have the same dialect.
func (t Targets) castAdvice(source, column, to string) string {
	var kind *driver.Dialect
	for i := range t {
		switch own := t[i].Opened.Kind; {
		case source == t[i].Name():
			return own.CastAdvice(column, to)
		case i == 0:
			kind = own
		case kind != own:
			kind = nil
		}
	}
	if source != "" {
		kind = nil
	}
	return kind.CastAdvice(column, to)
}

// Tasks returns the sources with their requests.
func (t Targets) Tasks() []query.Task {
	tasks := make([]query.Task, len(t))
	for i := range t {
		tasks[i] = t[i].Task
	}
	return tasks
}

// Servers returns how many of the sources are on servers. The run may wait for all of them
// at once.
func (t Targets) Servers() (n int) {
	for i := range t {
		if o := t[i].Opened; o.Err == nil && o.Server != "" {
			n++
		}
	}
	return n
}

// Names returns the names of the sources in the run.
func (t Targets) Names() []string {
	names := make([]string, 0, len(t))
	for i := range t {
		names = append(names, t[i].Name())
	}
	return names
}

// Dialects returns the dialects of the sources that can be opened, by their names in
// the config.
func (t Targets) Dialects() map[string]*driver.Dialect {
	of := map[string]*driver.Dialect{}
	for i := range t {
		if o := t[i].Opened; o.Err == nil {
			of[o.Name()] = o.Kind
		}
	}
	return of
}

// Limits are the limits of a run, as the user sets them.
type Limits struct {
	// Timeout is the deadline for everything, from New to the last row; 0 is none.
	Timeout time.Duration
	// Usual says that Timeout is the default.
	Usual bool
	// ConnectTimeout applies to every source until its query is sent. Nil means the
	// source's own, else the config's, else DefaultConnectTimeout; 0 is none.
	ConnectTimeout *time.Duration
	// PerServer is how many sources of one server run at once; nil is the source's own,
	// else the config's, else UsualPerServer. 0 is no limit.
	PerServer      *int
	UsualPerServer int
	// TimeZone is the zone of all sessions, as [config.ParseZone] returns it; empty is
	// the source's own, else the config's, else the URL's, else UTC.
	TimeZone string
	// Spelling is the spelling of the request.
	Spelling option.Spelling
}

// Defaults if neither the request nor the config sets them.
const (
	DefaultTimeout        = 30 * time.Second
	DefaultConnectTimeout = 5 * time.Second
)

// Sessions sets each target's own timeouts and the properties of its session. It
// returns an error for the EXPLAIN of a statement that writes in a session that may
// write.
func (l Limits) Sessions(targets Targets, d config.Defaults) error {
	for i := range targets {
		t := &targets[i]
		t.Task.ConnectTimeout = l.connectTimeout(t.Config, d)
		if t.copies != nil { // each copy has its own time
			t.copies.connectTimeout, t.Task.ConnectTimeout = t.Task.ConnectTimeout, 0
		}
		if t.Config.Timeout != nil {
			t.Task.Timeout = *t.Config.Timeout
		}
		q := &t.Task.Request
		q.TimeZone = t.Opened.Kind.ZoneOf(cmp.Or(l.TimeZone, t.Config.TimeZone, d.TimeZone))
		q.BestEffort = t.Config.BestEffort
		if q.PlansWrite && q.BestEffort {
			return fmt.Errorf("source %s: EXPLAIN of a statement that writes is not sent where read_only is best_effort: its session may be one that writes", t.Config.Name)
		}
	}
	return nil
}

func (l Limits) connectTimeout(s config.Source, d config.Defaults) time.Duration {
	for _, said := range []*time.Duration{l.ConnectTimeout, s.ConnectTimeout, d.ConnectTimeout} {
		if said != nil {
			return *said
		}
	}
	return DefaultConnectTimeout
}
