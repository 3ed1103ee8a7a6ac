// Errors in checks that can be found without a database, and descriptions of checks.

package checks

import (
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query/federate"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources/config"
)

// Lint returns all errors in the checks of a config, as [config.Error]s with their places.
// Now is the value of now().
func Lint(c *config.Config, now time.Time) []error {
	read, err := expect(c.Checks, now)
	wrong := append([]error{err}, lint(c)...)
	if err == nil && c.History == nil {
		wrong = append(wrong, needsHistory(read, nil)...)
	}
	return append(wrong, NeedHistory(c, c.History != nil, nil))
}

// lint returns the errors in the texts of checks that do not depend on the sources.
func lint(c *config.Config) (wrong []error) {
	for _, check := range c.Checks {
		picked, err := c.Pick(config.Given{Sources: c.Sources}, check.Sources)
		if err != nil && len(c.Sources) > 0 && len(c.Unread) == 0 {
			wrong = append(wrong, check.Fault(check.Where("sources"), "sources: %v", err))
		}
		known := run.Dialects(picked)
		if check.Schema != nil {
			continue // the check has no text
		}
		if check.Saved != "" {
			wrong = append(wrong, lintSaved(c, check)...)
			continue
		}
		a, _, err := run.ReadAsked(check.Query)
		if err != nil {
			wrong = append(wrong, check.Fault(check.Where("file"), "%v", err))
			continue
		}
		wrong = append(wrong, run.LintAsked(c, check.Query, "check "+check.Name, known)...)
		t := a.Query
		if len(a.Tables) > 0 {
			continue // each text has been read
		}
		if check.OverAll {
			if err := run.LintOverAll(t); err != nil {
				wrong = append(wrong, check.Fault(run.FindingAt(check.Query, statement.Finding{Part: statement.DefaultText}), "%v", err))
			}
			continue
		}
		for _, f := range run.LintText(t, known) {
			if f.Part == statement.Parameter { // the check gives values and does not declare parameters
				continue
			}
			wrong = append(wrong, check.Fault(run.FindingAt(check.Query, f), "%v", f.Err))
		}
	}
	return wrong
}

// lintSaved returns the errors in a check of a saved query. The query itself is checked
// separately.
func lintSaved(c *config.Config, check config.Check) (wrong []error) {
	saved, ok := c.Query(check.Saved)
	if !ok {
		_, err := run.Saved(c, check.Saved, nil)
		return append(wrong, check.Fault(check.Where("query"), "%v", err))
	}
	if _, err := composed(c, check); err != nil {
		wrong = append(wrong, err)
	}
	a, _, err := run.ReadAsked(saved)
	if err != nil {
		return wrong // the error is reported for the query
	}
	t := checkText{Asked: a}
	if at, err := t.reduced(check); err != nil {
		wrong = append(wrong, check.Fault(at, "%v", err))
	} else if check.OverAll {
		if err := run.LintOverAll(a.Query); err != nil {
			wrong = append(wrong, check.Fault(check.Where("query"), "query %s: %v", check.Saved, err))
		}
	} else if at, own := check.Query.Has("reduce"); own {
		if err := run.LintReduce(check.Query.Reduce); err != nil {
			wrong = append(wrong, check.Fault(at, "reduce: %v", err))
		}
	}
	return wrong
}

// Ambiguous returns warnings, with their places in the config, about parts of checks' texts
// that mean different things to different sources.
func Ambiguous(c *config.Config) (warnings []string) {
	for _, check := range c.Checks {
		picked, err := c.Pick(config.Given{Sources: c.Sources}, check.Sources)
		if err == nil && check.Saved == "" && check.Schema == nil && !check.OverAll {
			warnings = append(warnings, run.AmbiguousText(c, check.Query, "check "+check.Name, picked)...)
		}
	}
	return warnings
}

// A Listed check is the description of a check.
type Listed struct {
	Name, Severity, Describe string
	Sources                  []string // selectors; empty means all sources
	OneAnswer                bool     // the check is about one answer over all its sources
	Expects                  []string
	Params                   []string // with their values, if they have any
	Tags                     []string
	Owner, Link, State       string // State is disabled, or the end of the snooze
}

// List returns the checks that the request chooses. It opens nothing.
func List(r Request) (list []Listed, _ error) {
	all, err := r.checks()
	if err != nil {
		return nil, err
	}
	if all, err = wanted(all, r.Only, r.Spelling); err != nil {
		return nil, err
	}
	read, err := expect(all, r.Now)
	if err != nil {
		return nil, firstError(err)
	}
	for _, e := range read {
		one, err := composed(r.Config, e.Check)
		if err != nil {
			return nil, err
		}
		list = append(list, Listed{
			Name: e.Name, Severity: e.Severity, Describe: e.Describe, Sources: e.Sources, Expects: e.words(),
			Params: shownParams(r.Config, e.Check), Tags: e.Tags, OneAnswer: one,
			Owner: e.Owner, Link: e.Link, State: e.state(r.Now),
		})
	}
	return list, nil
}

// words returns the expectations of a check in words, including comparisons.
func (e expected) words() (words []string) {
	for _, x := range e.expectations {
		words = append(words, x.String())
	}
	if e.agree != nil {
		words = append(words, Agree(*e.agree, e.Agree.Baseline.Value).String())
	}
	if e.unchanged != nil {
		words = append(words, Unchanged(*e.unchanged, e.Unchanged.File.Value, 0).String())
	}
	if e.Schema != nil {
		words = append(words, schemaWords(e.Schema.Baseline.Value, e.schema))
	}
	return words
}

// shownParams returns the parameters of a check with their values.
func shownParams(c *config.Config, check config.Check) (all []string) {
	if check.Schema != nil {
		return nil
	}
	t, _, err := textOf(c, check)
	if err != nil { // a run reports the error
		return nil
	}
	words := map[string]string{}
	known := run.Dialects(c.Sources)
	if check.OverAll {
		t.Query.Dialects, known = append(slices.Clone(t.Query.Dialects), federate.Dialect), overAll
	}
	for name := range t.Parameters(known) {
		words[name] = name
	}
	for name, p := range t.Query.Params {
		switch {
		case p.Null:
			words[name] = name + " = NULL"
		case p.Default != nil:
			words[name] = name + " = " + *p.Default
		default:
			words[name] = name
		}
		if kind := p.Type.String(); p.Type != 0 {
			words[name] += " (" + kind + ")"
		}
	}
	for _, param := range check.Params {
		name, kind := run.ParamName(param), paramType(param)
		_, value, given := strings.Cut(param, "=")
		switch {
		case !given:
			words[name] = name + " = NULL"
		case kind != "":
			words[name] = name + " = " + value + " (" + kind + ")"
		case t.Query.Params[name].Type != 0:
			words[name] = name + " = " + value + " (" + t.Query.Params[name].Type.String() + ")"
		default:
			words[name] = name + " = " + value
		}
	}
	for _, w := range words {
		all = append(all, w)
	}
	slices.Sort(all)
	return all
}
