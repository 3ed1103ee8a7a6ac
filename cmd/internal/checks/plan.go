// The plan of a run of checks: what is sent to which source, each query once. It reports
// the errors that can be found before anything is sent.

package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/file"
	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/option"
)

// A Request describes a run of checks.
type Request struct {
	// Config has the checks, unless Files are given, and the sources; Getenv is its
	// environment.
	Config *config.Config
	Getenv func(string) string
	Files  []string // of checks
	// Only are selectors of checks, and Sources are selectors of sources; empty means all.
	Only, Sources []string
	// Params are values for parameters instead of the checks' own.
	Params []string
	Limits run.Limits
	// Started is when the run began, if sources had to be found before; see [run.Search].
	Started time.Time
	// Now is the time for now() and today.
	Now time.Time
	// History says that there is a history, from which [Plan.Recall] reads.
	History bool
	// Samples is how many failing rows of each source are kept. Nil means the check's own
	// number, else the config's, else DefaultSamples.
	Samples *int
	// Memory bounds the rows that wait to be judged, in bytes.
	Memory   int64
	FailFast bool
	Run      string // the run's name; if empty, it is that of the config and the files
	Version  string // the program's
	Spelling option.Spelling
}

// DefaultSamples is how many failing rows are kept by default.
const DefaultSamples = 5

// New reads and chooses the checks, and makes the query for each source. It sends nothing.
func New(r Request) (*Plan, error) {
	list, err := r.checks()
	if err != nil {
		return nil, err
	}
	read, err := expect(list, r.Now)
	if err != nil {
		return nil, firstError(err)
	}
	some, disabled, err := r.enabled(list)
	if err != nil {
		return nil, err
	}
	p := &Plan{
		Disabled: disabled, began: r.Now,
		FailFast: r.FailFast, Fanql: r.Version, Run: r.name(), Spelling: r.Spelling,
		asked: map[string]int{}, now: r.Limits.Clock(r.Now), texts: map[string]string{}, written: map[string][]Text{}, files: files(r.Config, list),
	}
	p.Options.Timeout, p.Options.Memory, p.Options.Since = r.Limits.Timeout, r.Memory, r.Started
	if p.params, err = r.givenParams(); err != nil {
		return nil, err
	}
	given, err := r.Config.Given(r.Sources)
	if err != nil {
		return nil, err
	}
	read = slices.DeleteFunc(read, func(e expected) bool {
		return !slices.ContainsFunc(some, func(c config.Check) bool { return c.Name == e.Name })
	})
	if !r.History {
		if err := firstError(config.InOrder(needsHistory(read, r.Spelling)...)); err != nil {
			return nil, err
		}
	}
	opened, members, err := r.open(given, read)
	if err != nil {
		return nil, err
	}
	p.Options.Memory = opened.Copies(p.Options.Memory, 0, len(read))
	p.given = given
	p.shareMemory(r.Config, read)
	for i, e := range read {
		if err := p.add(&r, e, members[i]); err != nil {
			return nil, err
		}
	}
	if err := r.Limits.Admit(p.Targets, r.Config.Defaults); err != nil {
		return nil, err
	}
	p.addAnswers()
	for i, e := range read { // files stand last, and have no limits
		if err := p.compares(&p.Checks[i], e); err != nil {
			return nil, err
		}
		if err := p.comparesSchema(&r, &p.Checks[i], e); err != nil {
			return nil, err
		}
	}
	if err := p.params.unused(); err != nil {
		return nil, err
	}
	p.Warnings = append(p.Warnings, snoozesOver(some, r.Now)...)
	p.Inputs = append(p.Inputs, run.Inputs(r.Config, opened, r.Getenv)...)
	for _, file := range r.Files {
		p.Inputs = append(p.Inputs, run.NamedFile{What: "a file of checks", Path: file})
	}
	p.Options.Progress = query.NewProgress(p.Targets.Tasks())
	return p, nil
}

// Translate translates portable queries into the dialect of each source, for which it looks
// up names. Call it once, before [Run] or [Prepare]. It returns an error if a text cannot
// be expressed in the dialect of one of its sources.
func (p *Plan) Translate(ctx context.Context) error {
	if p.Targets.Portable() && p.Options.Since.IsZero() {
		p.Options.Since = time.Now()
	}
	_, err := p.Targets.Translate(ctx, p.Options, p.Spelling) // a table or column that a source lacks is an error of its checks
	return err
}

// Choices returns the selectors of all sources that the checks query, for [run.NewSearch].
func (r *Request) Choices() (choices [][]string, err error) {
	list, err := r.checks()
	if err != nil {
		return nil, err
	}
	if list, _, err = r.enabled(list); err != nil {
		return nil, err
	}
	var excluded []string
	for _, sel := range r.Sources {
		if strings.HasPrefix(sel, "!") {
			excluded = append(excluded, sel)
		}
	}
	given := false
	for _, c := range list {
		for _, t := range tablesOf(r.Config, c) {
			if len(t.Sources) > 0 {
				choices = append(choices, slices.Concat(t.Sources, excluded))
			}
		}
		if len(c.Sources) == 0 {
			given = true
			continue
		}
		choices = append(choices, slices.Concat(c.Sources, excluded))
	}
	if given {
		choices = append(choices, r.Sources)
	}
	return choices, nil
}

// open opens the sources of all checks, each once. It also returns the sources of each
// check.
func (r *Request) open(given config.Given, read []expected) (opened run.Targets, members []run.Targets, err error) {
	at := map[string]int{}
	var all []config.Source
	picked := make([][]config.Source, len(read))
	for i, e := range read {
		if picked[i], err = r.Config.Pick(given, e.Sources); err != nil {
			return nil, nil, e.Fault(e.Where("sources"), "sources: %v", err)
		}
		for _, s := range picked[i] {
			if _, ok := at[s.Name]; !ok {
				at[s.Name] = len(all)
				all = append(all, s)
			}
		}
	}
	opened = run.Open(all, r.Getenv)
	members = make([]run.Targets, len(read))
	for i := range read {
		for _, s := range picked[i] {
			members[i] = append(members[i], opened[at[s.Name]])
		}
	}
	return opened, members, opened.NoneOpened()
}

// add adds a check to the plan.
func (p *Plan) add(r *Request, e expected, own run.Targets) error {
	composed, err := composed(r.Config, e.Check)
	if err != nil {
		return err
	}
	bind := func() error { return p.bind(r, e.Check, own) }
	var answer *answering
	switch {
	case composed:
		bind = func() (err error) { answer, err = p.answer(r, e, own); return err }
	case e.Schema != nil:
		bind = func() error { return own.BindCatalog(e.schema) }
	}
	if err := bind(); err != nil {
		return err
	}
	if answer != nil {
		own = answer.targets
	}
	if err := r.Limits.Sessions(own, r.Config.Defaults); err != nil {
		return err
	}
	spec := Spec{
		Name: e.Name, Describe: e.Describe, Owner: e.Owner, Link: e.Link, SnoozedUntil: e.snoozed(r.Now), Tags: e.Tags, Severity: Severity(e.Severity), Require: e.require,
		Samples: r.samples(e.Check), Expectations: e.expectations, Unfound: own.Missing(), answer: answer,
		asked: p.texts[e.Name], written: p.written[e.Name], expected: e.expects(), atFirst: e.AtFirst, alert: alertOf(e.Alert.Or(r.Config.Defaults.Alert)),
	}
	if e.Timeout != nil {
		spec.Timeout = *e.Timeout
	}
	for i, t := range own {
		if answer != nil { // its index is known after all others
			spec.Sources = append(spec.Sources, Member{Name: answer.targets[i].Name(), Target: -1})
			continue
		}
		spec.Sources = append(spec.Sources, Member{Name: t.Config.Name, Target: p.share(e.Name, t, spec.Timeout)})
	}
	if need := e.require.Of(len(own)); need > len(own) && spec.Unfound == 0 {
		return e.Fault(e.Require.Pos, "require: %s: only %d are asked", e.require, len(own))
	}
	p.Checks = append(p.Checks, spec)
	return nil
}

// samples returns how many failing rows of a check are kept.
func (r *Request) samples(c config.Check) int {
	for _, said := range []*int{r.Samples, c.Samples, r.Config.Defaults.Samples} {
		if said != nil {
			return *said
		}
	}
	return DefaultSamples
}

// share adds a target to the plan, unless another check already sends the same query to it.
// A shared query has the longest timeout of its checks. It returns the target's index.
func (p *Plan) share(check string, t run.Target, timeout time.Duration) int {
	task := &t.Task
	if timeout > 0 && (task.Timeout == 0 || timeout < task.Timeout) {
		task.Timeout = timeout
	}
	q := &task.Request
	var line, column int // errors have places in one text
	if q.Locate != nil {
		line, column, _ = q.Locate(1)
	}
	key := fmt.Sprintf("%q %q %+v %d:%d", t.Opened.Name(), q.SQL, q.Args, line, column)
	if at, ok := p.asked[key]; ok {
		if other := &p.Targets[at].Task; other.Timeout != 0 && (task.Timeout == 0 || task.Timeout > other.Timeout) {
			other.Timeout = task.Timeout
		}
		return at
	}
	task.Source = run.Labeled{Source: t.Opened, Label: check + "@" + t.Opened.Name()}
	task.OnTurn, q.AwaitPeerClose = true, true
	q.MaxCell = int(min(int64(q.MaxCell), p.Options.Memory))
	p.asked[key] = len(p.Targets)
	p.Targets = append(p.Targets, t)
	return p.asked[key]
}

// askedNames suggests the most similar name of a queried source, or else lists all names.
func askedNames(name string, names []string) string {
	if near, ok := nearest.Name(name, names); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "those asked are " + run.List(names)
}

// compares adds the expectations that compare rows.
func (p *Plan) compares(spec *Spec, e expected) error {
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
			return e.Fault(e.Agree.Baseline.Pos, "agree: baseline %q is no source that is asked: %s", base, askedNames(base, names))
		}
		spec.Expectations = append(spec.Expectations, Agree(*e.agree, base))
	}
	if e.unchanged == nil {
		return nil
	}
	path := e.Unchanged.File.Value
	style := e.Unchanged.Style
	saved, err := file.Open(path, style)
	if err != nil {
		return e.Fault(e.Unchanged.File.Pos, "unchanged_from: %s: %s", output.Sanitize(path), option.Text(err, config.Key))
	}
	asked := fmt.Sprintf("file %+v %s", style, path)
	at, ok := p.asked[asked]
	if !ok {
		at = len(p.Targets)
		p.asked[asked] = at
		p.Targets = append(p.Targets, run.FileTarget(saved, int(min(run.MaxCell, p.Options.Memory))))
		p.Inputs = append(p.Inputs, run.NamedFile{What: "a file of check " + e.Name, Path: path})
	}
	d := *e.unchanged
	d.Untyped, d.Style = !saved.Typed(), style
	spec.Files = append(spec.Files, at)
	spec.Expectations = append(spec.Expectations, Unchanged(d, path, at))
	return nil
}
