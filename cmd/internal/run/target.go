// A source in a run: its config, the opened source, and what it is asked.

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
)

// A Target is one source in a run. A file that others are compared with has no
// config.
type Target struct {
	Config config.Source
	Opened sources.Opened
	Task   query.Task

	copies   *copies   // nil where one URL leads to it
	portable *portable // nil where the text is in the source's own dialect
}

// Name is the name by which the run knows the source.
func (t Target) Name() string { return t.Task.Source.Name() }

// Targets are the sources of a run, in source order.
type Targets []Target

// Open opens sources; nothing is dialled. One that cannot be opened is among them,
// with its reason.
func Open(chosen []config.Source, getenv func(string) string) Targets {
	targets := make(Targets, len(chosen))
	for i, o := range sources.Open(chosen, getenv) {
		o, c := withCopies(chosen[i], o, getenv)
		targets[i] = Target{Config: chosen[i], Opened: o, Task: query.Task{Source: o, Local: o.Server == ""}, copies: c}
	}
	return targets
}

// NoneOpened is an error with a line for each source if none of them could be opened.
func (t Targets) NoneOpened() error {
	opened := make([]sources.Opened, len(t))
	for i := range t {
		opened[i] = t[i].Opened
	}
	return sources.NoneOpened(opened)
}

// Missing reports whether the target stands for sources that were to be found, and of
// which nobody knows how many they are.
func (t Target) Missing() bool {
	_, missing := errors.AsType[*sources.Missing](t.Opened.Err)
	return missing
}

// Missing counts those that stand for others.
func (t Targets) Missing() (n int) {
	for i := range t {
		if t[i].Missing() {
			n++
		}
	}
	return n
}

// Tasks are what the sources are asked.
func (t Targets) Tasks() []query.Task {
	tasks := make([]query.Task, len(t))
	for i := range t {
		tasks[i] = t[i].Task
	}
	return tasks
}

// Servers is how many of the sources are on servers, which may wait all at once.
func (t Targets) Servers() (n int) {
	for i := range t {
		if o := t[i].Opened; o.Err == nil && o.Server != "" {
			n++
		}
	}
	return n
}

// Names are those by which the run knows the sources.
func (t Targets) Names() []string {
	var names []string
	for i := range t {
		names = append(names, t[i].Name())
	}
	return names
}

// Dialects are those of the sources that can be opened, by their names in the config.
func (t Targets) Dialects() map[string]*driver.Dialect {
	of := map[string]*driver.Dialect{}
	for i := range t {
		if o := t[i].Opened; o.Err == nil {
			of[o.Name()] = o.Kind
		}
	}
	return of
}

// Limits are those of a run as whoever asks for it gives them.
type Limits struct {
	// Timeout is the deadline of all, from dispatch to the last row; 0 is none.
	Timeout time.Duration
	// ConnectTimeout holds for every source until its query is sent; nil is the
	// source's own, else the config's, else DefaultConnectTimeout. 0 is none.
	ConnectTimeout *time.Duration
	// PerServer is how many sources of one server are asked at once; nil is the
	// source's own, else the config's, else UsualPerServer. 0 is no limit.
	PerServer      *int
	UsualPerServer int
	// TimeZone is that of all sessions, as [config.ParseZone] gives it; empty is the
	// source's own, else the config's, else the URL's, else UTC.
	TimeZone string
	// Spelling is that of the request.
	Spelling option.Spelling
}

// Defaults where neither the request nor the config says otherwise.
const (
	DefaultTimeout        = 30 * time.Second
	DefaultConnectTimeout = 5 * time.Second
)

// Sessions returns each target its own timeouts and says what its session is to be. It
// is an error if a statement that writes would be explained where a session may write.
func (l Limits) Sessions(targets Targets, d config.Defaults) error {
	for i := range targets {
		t := &targets[i]
		t.Task.ConnectTimeout = l.connectTimeout(t.Config, d)
		if t.copies != nil { // each has its own time
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
