// The plan of a run of checks: what is sent to which source, each question once, and
// what of it can be known to be wrong before anything is sent.

package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"time"

	"github.com/fanql/fanql/cmd/internal/checkformat"
	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/file"
	"github.com/fanql/fanql/sources/nearest"
)

// A checkPlan is what a run of checks will do.
type checkPlan struct {
	checks.Plan
	config *config.Config
	opened []sources.Opened
	asked  map[string]int   // place in Asks by what is asked of whom
	on     []sources.Opened // by the place in Asks
	of     []config.Source  // likewise
	format checkformat.Format
	quiet  bool
	tap    int // the version
	params givenParams
	path   string       // of file
	file   *output.File // nil is stdout
	report *output.File // nil is none
	inputs []namedFile
	now    clock
	// warnings are of texts that mean something else to some sources.
	warnings []string
}

// prepareChecks reads the checks, chooses, and makes the question for each source;
// nothing is sent.
func (a *app) prepareChecks(o *checkOptions, args []string) (*checkPlan, error) {
	c, err := a.load()
	if err != nil {
		return nil, err
	}
	list, err := a.readChecks(c, args)
	if err != nil {
		return nil, err
	}
	now := time.Now() // one for all that the run calls today
	read, err := expect(list, now)
	if err != nil {
		return nil, firstError(err)
	}
	some, err := wanted(list, o.only)
	if err != nil {
		return nil, err
	}
	p := &checkPlan{config: c, asked: map[string]int{}, quiet: o.quiet, path: o.output}
	if p.params, err = o.givenParams(); err != nil {
		return nil, err
	}
	if p.path == "-" {
		p.path = ""
	}
	if err := o.limits(p); err != nil {
		return nil, err
	}
	p.now = o.targets.clock(now)
	given, err := c.Resolve(o.sources)
	if err != nil {
		return nil, err
	}
	picked := make([][]config.Source, len(read))
	var all []config.Source
	read = slices.DeleteFunc(read, func(e expected) bool {
		return !slices.ContainsFunc(some, func(c config.Check) bool { return c.Name == e.Name })
	})
	for i, e := range read {
		if picked[i], err = c.Pick(given, e.Sources); err != nil {
			return nil, e.Fault(e.Where("sources"), "sources: %v", err)
		}
		for _, s := range picked[i] {
			if !slices.ContainsFunc(all, func(other config.Source) bool { return other.Name == s.Name }) {
				all = append(all, s)
			}
		}
	}
	p.opened = sources.Open(all, a.getenv)
	if err := sources.NoneOpened(p.opened); err != nil {
		return nil, err
	}
	for i, e := range read {
		if err := a.plan(p, o, e, picked[i]); err != nil {
			return nil, err
		}
	}
	if err := o.targets.limit(p.Asks, p.on, p.of, p.config.Defaults); err != nil {
		return nil, err
	}
	for i, e := range read { // files stand last: on and of, and so limits, are of what stands before
		if err := p.compares(&p.Checks[i], e); err != nil {
			return nil, err
		}
	}
	if err := p.params.unused(); err != nil {
		return nil, err
	}
	p.Fanql, p.FailFast, p.Run = version(), o.failFast, o.nameOf(c, args)
	p.inputs = append(p.inputs, a.inputs(c, p.opened, all, &queryOptions{})...)
	for _, file := range args {
		p.inputs = append(p.inputs, namedFile{"a file of checks", file})
	}
	return p, p.canFail()
}

// limits judges the flags that bound the run.
func (o *checkOptions) limits(p *checkPlan) (err error) {
	if p.Options.Timeout, err = o.targets.deadline(p.config.Defaults); err != nil {
		return err
	}
	if p.Options.Memory, err = stagingMemory(o.memory); err != nil {
		return err
	}
	if d := p.config.Defaults.Samples; d != nil && !o.samplesSet {
		o.samples = *d
	}
	switch {
	case o.samples < 0:
		return fmt.Errorf("--samples %d: it cannot be negative", o.samples)
	case o.report == "-":
		return errors.New("--report wants a file; --format json prints it")
	}
	return nil
}

// plan adds a check to the plan.
func (a *app) plan(p *checkPlan, o *checkOptions, e expected, picked []config.Source) error {
	own := make([]sources.Opened, len(picked))
	for i, s := range picked {
		own[i] = p.opened[slices.IndexFunc(p.opened, func(o sources.Opened) bool { return o.Name() == s.Name })]
	}
	asks, err := a.bindCheck(p, e.Check, own)
	if err != nil {
		return err
	}
	o.targets.timeouts(asks, picked, p.config.Defaults)
	if err := o.targets.sessions(asks, own, picked, p.config.Defaults); err != nil {
		return err
	}
	spec := checks.Spec{
		Name: e.Name, Describe: e.Describe, Tags: e.Tags, Severity: checks.Severity(e.Severity), Require: e.require,
		Samples: o.samples, Expectations: e.expectations,
	}
	if e.Samples != nil && !o.samplesSet {
		spec.Samples = *e.Samples
	}
	if e.Timeout != nil {
		spec.Timeout = *e.Timeout
	}
	for i := range asks {
		spec.Sources = append(spec.Sources, checks.Member{Name: picked[i].Name, Ask: p.share(e.Name, own[i], picked[i], asks[i], spec.Timeout)})
	}
	if need := e.require.Of(len(picked)); need > len(picked) {
		return e.Fault(e.Require.Pos, "require: %s: only %d are asked", e.require, len(picked))
	}
	p.Checks = append(p.Checks, spec)
	return nil
}

// share adds a question to the plan, unless another check asks it already: then it
// may run for as long as any of them lets it.
func (p *checkPlan) share(check string, s sources.Opened, of config.Source, a query.Ask, timeout time.Duration) int {
	if timeout > 0 && (a.Timeout == 0 || timeout < a.Timeout) {
		a.Timeout = timeout
	}
	var line, column int // errors have the places of one text
	if a.Question.Locate != nil {
		line, column, _ = a.Question.Locate(1)
	}
	key := fmt.Sprintf("%q %q %+v %d:%d", s.Name(), a.Question.SQL, a.Question.Args, line, column)
	if at, ok := p.asked[key]; ok {
		if other := &p.Asks[at]; other.Timeout != 0 && (a.Timeout == 0 || a.Timeout > other.Timeout) {
			other.Timeout = a.Timeout
		}
		return at
	}
	a.Source = labelled{s, check + "@" + s.Name()}
	a.OnTurn, a.Question.Linger = true, true
	a.Question.MaxCell = int(min(int64(a.Question.MaxCell), p.Options.Memory))
	p.asked[key] = len(p.Asks)
	p.Asks, p.on, p.of = append(p.Asks, a), append(p.on, s), append(p.of, of)
	return p.asked[key]
}

// compares adds the expectations that compare rows.
func (p *checkPlan) compares(spec *checks.Spec, e expected) error {
	var names []string
	for _, m := range spec.Sources {
		names = append(names, m.Name)
	}
	if e.agree != nil {
		base := e.Agree.Baseline.Value
		switch {
		case len(names) < 2:
			return e.Fault(e.Where("agree"), "agree: only %s is asked, and two are needed to compare", names[0])
		case base != "" && !slices.Contains(names, base):
			hint := "those asked are " + list(names)
			if near, ok := nearest.Name(base, names); ok {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return e.Fault(e.Agree.Baseline.Pos, "agree: baseline %q is no source that is asked: %s", base, hint)
		}
		spec.Expectations = append(spec.Expectations, checks.Agree(*e.agree, base))
	}
	if e.unchanged == nil {
		return nil
	}
	path := e.Unchanged.File.Value
	saved, err := file.Open(path)
	if err != nil {
		return e.Fault(e.Unchanged.File.Pos, "unchanged_from: %s: %v", output.Sanitize(path), err)
	}
	at, ok := p.asked["file "+path]
	if !ok {
		at = len(p.Asks)
		p.asked["file "+path] = at
		p.Asks = append(p.Asks, query.Ask{Source: saved, Question: ask.Question{MaxCell: int(min(maxCell, p.Options.Memory))}})
		p.inputs = append(p.inputs, namedFile{"a file of check " + e.Name, path})
	}
	d := *e.unchanged
	d.Untyped = !saved.Typed()
	spec.Files = append(spec.Files, at)
	spec.Expectations = append(spec.Expectations, checks.Unchanged(d, path, at))
	return nil
}

// canFail finds a program of on_failure that is not there.
func (p *checkPlan) canFail() error {
	o := p.config.OnFailure
	if o == nil {
		return nil
	}
	if _, err := exec.LookPath(o.Command[0]); err != nil {
		cause := err
		if e, ok := errors.AsType[*exec.Error](err); ok {
			cause = e.Err
		}
		return &config.Error{Path: p.config.Path, Pos: o.Pos, Text: fmt.Sprintf("on_failure: %q: %v", o.Command[0], cause)}
	}
	return nil
}

// create finds out, before anything is sent, that the files can be written.
func (p *checkPlan) create(ctx context.Context, o *checkOptions) (err error) {
	ctx, stop := opening(ctx, p.Options.Timeout)
	defer stop()
	if p.path != "" {
		if p.file, err = output.Create(ctx, p.path); err != nil {
			return err
		}
	}
	if o.report != "" {
		if p.report, err = output.CreateFor(ctx, "--report", o.report); err != nil {
			return errors.Join(err, p.drop())
		}
	}
	return nil
}

// drop removes what was written so far.
func (p *checkPlan) drop() (err error) {
	for _, f := range []*output.File{p.file, p.report} {
		if f != nil {
			err = errors.Join(err, f.Discard())
		}
	}
	return err
}
