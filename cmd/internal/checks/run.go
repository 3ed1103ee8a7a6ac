// Runs all queries at once, and judges each check when its sources have ended.

package checks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
)

// Run sends all queries and judges all checks. When it returns, everything has ended. The
// caller then calls [Report.Conclude].
func Run(ctx context.Context, p *Plan) *Report {
	r := &running{
		plan: p, report: &Report{
			Version: Version, Fanql: p.Fanql, Run: p.Run, Started: time.Now().UTC(), Checks: make([]Check, len(p.Checks)),
			Disabled: append([]string{}, p.Disabled...),
		}, outcomes: make([]*query.Outcome, len(p.Targets)), arrivals: map[int]query.Arrival{}, users: make([][]int, len(p.Targets)),
		uses: make([]int, len(p.Targets)), waits: make([]int, len(p.Checks)), judged: make([]bool, len(p.Checks)),
	}
	for i, c := range p.Checks {
		for _, n := range c.tasks() {
			r.users[n] = append(r.users[n], i)
			r.uses[n]++
			r.waits[i]++
		}
	}
	o := p.Options
	o.Ended = func(out query.Outcome) {
		out.Err = option.Spelled(out.Err, p.Spelling)
		r.outcomes[out.Index] = &out
	}
	for a := range query.Dispatch(ctx, p.Targets.Tasks(), o) {
		r.arrivals[a.Outcome.Index] = a
		if r.arrived(ctx, a.Outcome.Index); r.over() {
			break
		}
	}
	for i := range p.Checks {
		if !r.judged[i] {
			r.judge(ctx, i)
		}
	}
	files := map[int]bool{}
	for _, c := range p.Checks {
		for _, i := range c.Files {
			files[i] = true
		}
	}
	for i, out := range r.outcomes {
		if a, ok := p.Targets[i].Task.Source.(*answering); ok {
			if v, _ := a.ended(); v != nil {
				r.report.Queries += asked(v.Outcomes)
			}
		} else if out.Attempts > 0 && !files[i] {
			r.report.Queries++
		}
	}
	r.report.ElapsedSeconds = time.Since(r.report.Started).Seconds()
	return r.report
}

// asked counts the sources that were queried.
func asked(outcomes []query.Outcome) (n int) {
	for _, o := range outcomes {
		if o.Attempts > 0 {
			n++
		}
	}
	return n
}

// A running is the state of a run.
type running struct {
	plan     *Plan
	report   *Report
	outcomes []*query.Outcome // nil until a source has ended
	arrivals map[int]query.Arrival
	users    [][]int // for each task, the checks that use it
	uses     []int   // for each task, how many checks that use it are not judged yet
	waits    []int   // for each check, how many tasks have not ended
	judged   []bool
	stopped  string // the failed check that ended the run early
}

// tasks returns all tasks that a check waits for.
func (s *Spec) tasks() (all []int) {
	for _, m := range s.Sources {
		all = append(all, m.Target)
		if s.answer != nil {
			break // all sources are one task
		}
	}
	return append(all, s.Files...)
}

// over reports whether the run must end early.
func (r *running) over() bool { return r.stopped != "" }

// arrived judges the checks that can be judged now that a task has ended.
func (r *running) arrived(ctx context.Context, task int) {
	for _, i := range r.users[task] {
		if r.waits[i]--; r.waits[i] > 0 {
			continue
		}
		r.judge(ctx, i)
		if c := &r.report.Checks[i]; r.plan.FailFast && c.Verdict == Failed {
			r.stopped = c.Name
			text := fmt.Sprintf("ended early: %s failed (%s)", c.Name, r.plan.Spelling.Name(run.OptionFailFast))
			r.report.Error = &text
			return
		}
	}
}

// ofCheck returns a spelling for errors of a check, which names the options of comparisons
// by the keys of the config.
func ofCheck(s option.Spelling) option.Spelling {
	return func(o option.Option) string {
		if o == run.OptionKey || o == run.OptionTolerance {
			return string(o)
		}
		return s.Name(o)
	}
}

// judge judges a check and drops the rows that no other check needs.
func (r *running) judge(ctx context.Context, i int) {
	spec, c := &r.plan.Checks[i], &r.report.Checks[i]
	*c = Check{
		Name: spec.Name, Describe: spec.Describe, Owner: spec.Owner, Link: spec.Link, SnoozedUntil: spec.SnoozedUntil, Tags: append([]string{}, spec.Tags...), Severity: spec.Severity,
		Asked: spec.written, Require: spec.Require.String(), Findings: []Finding{}, Numbers: []Number{}, Expected: []string{}, Sources: make([]Source, len(spec.Sources)),
	}
	for _, e := range spec.Expectations {
		c.Expected = append(c.Expected, e.String())
	}
	j := &judging{spec: spec, check: c, spelling: ofCheck(r.plan.Spelling), arrivals: make([]query.Arrival, len(spec.Sources)), files: map[int]query.Arrival{}}
	if spec.answer != nil {
		at := spec.Sources[0].Target
		j.answer, j.whole, c.Sources = r.arrivals[at], r.outcomes[at], r.members(spec)
		c.Numbers = spec.numbersOf(ctx, j.answer)
	}
	for n, m := range spec.Sources {
		if spec.answer != nil {
			break
		}
		j.arrivals[n] = r.arrivals[m.Target]
		if c.Sources[n] = r.source(spec, m); c.Sources[n].Error == nil {
			c.Sources[n].Numbers = spec.numbersOf(ctx, j.arrivals[n])
		}
	}
	for _, f := range spec.Files {
		if a, ok := r.arrivals[f]; ok {
			j.files[f] = a
		}
	}
	j.judge(ctx)
	c.time()
	r.judged[i] = true
	for _, n := range spec.tasks() {
		if r.uses[n]--; r.uses[n] > 0 {
			continue
		}
		if a := r.arrivals[n]; a.Rows != nil {
			a.Rows.Discard()
			a.Rows = nil
			r.arrivals[n] = a
		}
	}
}

// source returns how a source ended, with an error if it cannot be judged.
func (r *running) source(spec *Spec, m Member) Source {
	s := r.sourceOf(m, r.outcomes[m.Target])
	switch late := r.late(spec, r.outcomes[m.Target]); {
	case s.Error != nil:
	case late != nil: // another check with a longer timeout shares the query
		s.State, s.Phase, s.Error = query.Timeout.String(), given(driver.Stream.String()), late
	case r.arrivals[m.Target].Rows == nil: // the run was over when the rows arrived
		s.State, s.Error = query.Canceled.String(), &Failure{Text: r.unwanted()}
	}
	return s
}

// late returns an error if a task ended well only after the check's own timeout.
func (r *running) late(spec *Spec, o *query.Outcome) *Failure {
	if spec.Timeout == 0 || o.Total-o.Waited <= spec.Timeout {
		return nil
	}
	return &Failure{Text: (&query.TimeoutError{What: "the check's own timeout", After: spec.Timeout}).Error()}
}

// sourceOf returns a source with its outcome, and with an error if it did not end well.
func (r *running) sourceOf(m Member, o *query.Outcome) Source {
	s := Source{
		Source: m.Name, State: o.State.String(), Findings: []Finding{}, Numbers: []Number{}, Rows: o.Rows, Attempts: o.Attempts, Shared: len(r.users[m.Target]) > 1,
		StartSeconds: o.Waited.Seconds(), DurationSeconds: (o.Total - o.Waited).Seconds(),
		Server: given(o.Server), ServerCancel: given(o.Cancel.String()), Warnings: append([]string{}, o.Warnings...),
	}
	if _, in := errors.AsType[*query.TurnError](o.Err); in { // its turn never came
		s.StartSeconds, s.DurationSeconds = o.Total.Seconds(), 0
	}
	if o.State != query.OK {
		s.Phase = given(o.Phase.String())
		s.Error = &Failure{Code: given(o.Code()), Text: r.reason(o)}
	}
	return s
}

// reason returns why a source is missing.
func (r *running) reason(o *query.Outcome) string {
	if errors.Is(o.Err, query.ErrUnwanted) {
		return r.unwanted()
	}
	if late, ok := errors.AsType[*query.TimeoutError](o.Err); ok && late.What == query.OwnTimeout {
		return fmt.Sprintf("timed out after %s (the source's or the check's own timeout)", late.After)
	}
	return oneLine(o.Err)
}

func (r *running) unwanted() string {
	return fmt.Sprintf("not evaluated: %s failed (%s)", r.stopped, r.plan.Spelling.Name(run.OptionFailFast))
}

// time sets when the check's queries ran.
func (c *Check) time() {
	for i, s := range c.Sources {
		if i == 0 || s.StartSeconds < c.StartSeconds {
			c.StartSeconds = s.StartSeconds
		}
	}
	for _, s := range c.Sources {
		c.DurationSeconds = max(c.DurationSeconds, s.StartSeconds+s.DurationSeconds-c.StartSeconds)
	}
}

// given returns a pointer to a text, or nil if it is empty.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
