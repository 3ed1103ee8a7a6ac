// Checks of one answer over all sources: a statement over all of them, or the SQL that
// reduces their rows. Such an answer is one task of the run of checks, and contains a run
// of its own.

package checks

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

const (
	// answersAtOnce is how many answers are computed at a time, each with an engine of its
	// own. If one takes longer than makesWay, another one may begin, up to slowAnswers
	// more, so that a source that hangs does not delay other checks.
	answersAtOnce = 2
	slowAnswers   = 6
	makesWay      = time.Second
)

// answering computes the one answer that a check is about. To the dispatch it is a source,
// whose rows are the rows of the answer.
type answering struct {
	name    string
	key     string // the query and its sources
	request run.Request
	targets run.Targets // the sources of the answer

	mu      sync.Mutex
	verdict *report.Verdict // how each source ended; nil until that is known
	text    string          // the text that would be sent
}

// tablesOf returns the named queries of a check, or those of the saved query that it uses.
func tablesOf(c *config.Config, check config.Check) []config.QueryTable {
	if saved, ok := c.Query(check.Saved); ok && check.Saved != "" {
		return saved.Tables
	}
	return check.Query.Tables
}

// composed reports whether a check is about one answer over all sources.
func composed(c *config.Config, check config.Check) (bool, error) {
	if check.Schema != nil {
		return false, nil
	}
	_, reduces := check.Query.Has("reduce")
	if saved, ok := c.Query(check.Saved); ok && check.Saved != "" {
		_, also := saved.Has("reduce")
		reduces = reduces || also || len(saved.Tables) > 0
	}
	if reduces && check.Agree != nil {
		return false, check.Fault(check.Where("agree"), "agree compares the rows of sources, and query %s has reduce, which gives one answer", check.Saved)
	}
	return check.OverAll || reduces || len(check.Query.Tables) > 0, nil
}

// shareMemory divides half of the memory among the answers that are computed at the same
// time.
func (p *Plan) shareMemory(c *config.Config, read []expected) {
	n := int64(0)
	for _, e := range read {
		if is, err := composed(c, e.Check); is && err == nil {
			n++
		}
	}
	if n > 0 && p.Options.Memory > 0 {
		p.Options.Memory /= 2
		p.answerMemory = max(p.Options.Memory/min(n, answersAtOnce+slowAnswers), 1)
	}
}

// answer plans the answer of a check over its sources. It returns an error if a text of the
// check is wrong.
func (p *Plan) answer(r *Request, e expected, own run.Targets) (*answering, error) {
	b, err := p.read(r, e.Check, own)
	if err != nil {
		return nil, err
	}
	t := b.text
	limits := r.Limits
	limits.Timeout = 0 // the run's deadline ends it
	given := &config.Given{Excluded: p.given.Excluded}
	for i := range own {
		given.Sources = append(given.Sources, own[i].Config)
	}
	require := e.require
	a := &answering{name: e.Name + "@all", request: run.Request{
		Config: r.Config, Getenv: r.Getenv, Given: given, Query: t.Query, Tables: t.Tables, Reduce: t.Reduce, Params: b.params,
		Limits: limits, Now: r.Now, SourceColumn: "source", Require: &require, Memory: p.answerMemory, Spelling: run.InConfig(ofCheck(r.Spelling)),
	}}
	if t.over {
		a.request.Federate = &run.Federate{}
		a.request.Query.Portable = false // the planner writes each source's dialect anyway
	}
	if need := require.Of(len(own)); len(t.Tables) == 0 && need > len(own) && own.Missing() == 0 {
		return nil, e.Fault(e.Require.Pos, "require: %s: only %d are asked", e.require, len(own))
	}
	plan := func(params []string) error {
		request := a.request
		request.Params = params
		inner, err := run.New(request)
		if err != nil {
			return option.Spelled(err, request.Spelling)
		}
		a.targets = inner.Targets
		for _, w := range inner.Warnings {
			p.Warnings = append(p.Warnings, "check "+e.Name+": "+w)
		}
		p.Inputs = append(p.Inputs, inner.Inputs...)
		inner.Close()
		return nil
	}
	if err := b.judged(p, e.Check, plan(b.params), func() error { return plan(e.Params) }); err != nil {
		return nil, err
	}
	a.key = fmt.Sprintf("%v %q %+v %+v %q %v", t.over, a.targets.Names(), t.Query, t.Tables, b.params, require)
	if t.Reduce != nil {
		a.key += t.Reduce.SQL
	}
	return a, nil
}

// addAnswers appends the answers to the other tasks, each once.
func (p *Plan) addAnswers() {
	slow := &query.Limit{What: fmt.Sprintf("at most %d answers over all sources at once", answersAtOnce+slowAnswers), Most: slowAnswers}
	limit := &query.Limit{What: slow.What, Most: answersAtOnce, AtMost: makesWay, Overflow: slow}
	for i := range p.Checks {
		spec := &p.Checks[i]
		a := spec.answer
		if a == nil {
			continue
		}
		at, ok := p.asked["answer "+a.key]
		switch {
		case !ok:
			at = len(p.Targets)
			p.asked["answer "+a.key] = at
			t := run.Target{Task: query.Task{Source: a, Local: true, OnTurn: true, Timeout: spec.Timeout, Limits: []*query.Limit{limit}}}
			p.Targets = append(p.Targets, t)
		case spec.Timeout == 0 || p.Targets[at].Task.Timeout != 0 && spec.Timeout > p.Targets[at].Task.Timeout:
			p.Targets[at].Task.Timeout = spec.Timeout
		}
		spec.answer = p.Targets[at].Task.Source.(*answering)
		for n := range spec.Sources {
			spec.Sources[n].Target = at
		}
	}
}

// Name returns the name of the check.
func (a *answering) Name() string { return a.name }

// Run computes the answer. If the request is only to be prepared, it looks up names, or
// lets the servers prepare the texts that they would be sent.
func (a *answering) Run(ctx context.Context, q driver.Request, progress *driver.Progress, emit row.Emit) (driver.Answer, error) {
	progress.Enter(driver.Query)
	p, err := run.New(a.request)
	if err != nil {
		return driver.Answer{}, &driver.Error{Phase: driver.Query, Err: option.Spelled(err, a.request.Spelling)}
	}
	defer p.Close()
	var v report.Verdict
	var text string
	switch {
	case !q.Prepare:
		v, err = p.Answer(ctx, emit)
	case a.request.Federate != nil:
		text, v, err = p.Explain(ctx, run.Host{}, func(line string) string { return line })
	default:
		text = p.DryRun(func(line string) string { return line })
		v, err = p.Prepare(ctx)
	}
	a.mu.Lock()
	a.verdict, a.text = &v, text
	a.mu.Unlock()
	if err == nil && !v.Met() {
		err = errNoAnswer
	}
	if err == nil && q.Prepare {
		err = emit(row.NewBatch(&row.Schema{}))
	}
	if err != nil {
		return driver.Answer{}, &driver.Error{Phase: driver.Query, Err: err}
	}
	return driver.Answer{}, nil
}

// errNoAnswer is the error of a source that ended well although there is no answer.
var errNoAnswer = errors.New("there is no answer without the sources that are missing")

// ended returns how the sources ended, and the text that would have been sent to them. Both
// are empty until they are known.
func (a *answering) ended() (*report.Verdict, string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.verdict, a.text
}

// Explained returns what a check would send for its one answer over all sources. ok is
// false for other checks. Call [Prepare] first.
func (p *Plan) Explained(check int) (text string, ok bool) {
	a := p.Checks[check].answer
	if a == nil {
		return "", false
	}
	_, text = a.ended()
	return text, true
}

// members returns how the sources of an answer ended.
func (r *running) members(spec *Spec) (all []Source) {
	whole := r.outcomes[spec.Sources[0].Target]
	v, _ := spec.answer.ended()
	for n, m := range spec.Sources {
		if v == nil || v.Outcomes[n].State == query.Running { // it never began, or was abandoned
			all = append(all, r.source(spec, m))
			continue
		}
		o := v.Outcomes[n]
		s := r.sourceOf(m, &o)
		s.StartSeconds += whole.Waited.Seconds()
		if late := r.late(spec, whole); late != nil && s.Error == nil {
			s.State, s.Phase, s.Error = query.Timeout.String(), given(driver.Stream.String()), late
		}
		all = append(all, s)
	}
	return all
}

// judgeAnswer judges the one answer over all sources like the rows of a single source.
func (j *judging) judgeAnswer(ctx context.Context, whole *query.Outcome) {
	if j.answer.Rows == nil {
		why := errNoAnswer
		if whole.Err != nil {
			why = whole.Err
		}
		j.refuseAll(j.good(), why)
		return
	}
	one := &judging{
		spec: &Spec{Samples: j.spec.Samples, Severity: j.spec.Severity, Require: query.RequireAll, past: j.spec.past, atFirst: j.spec.atFirst}, overAll: true, check: &Check{Sources: []Source{{Source: "all sources", Findings: []Finding{}}}},
		spelling: j.spelling, arrivals: []query.Arrival{j.answer}, files: j.files,
	}
	for _, e := range j.spec.Expectations {
		if err := one.contained(ctx, e); err != nil {
			one.refuse(0, err)
		}
	}
	s := one.check.Sources[0]
	j.check.Findings = append(append(j.check.Findings, one.check.Findings...), s.Findings...)
	if v := worst(j.check.Findings); v != Passed {
		j.merged = v
	}
	good := j.good()
	if len(s.Warnings) > 0 && len(good) > 0 {
		first := &j.check.Sources[good[0]]
		first.Warnings = append(first.Warnings, s.Warnings...)
	}
	if s.Error != nil && (j.merged == "" || j.merged == Warned && j.spec.Severity != SeverityWarn) {
		j.refuseAll(good, errors.New(s.Error.Text))
	}
}
