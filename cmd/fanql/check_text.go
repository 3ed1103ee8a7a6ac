// The query of a check: where its text comes from, and what each source gets.

package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/sources/config"
)

// bindCheck makes the question of a check for each of its sources.
func (a *app) bindCheck(p *checkPlan, c config.Check, own []sources.Opened) ([]query.Ask, error) {
	declared := c.Params
	c.Params = append(slices.Clone(declared), p.params.list...) // what -p gives needs no default
	t, at, err := a.textOf(p.config, c)
	if c.Params = declared; err != nil {
		return nil, c.Fault(at, "%v", err)
	}
	for _, file := range []string{c.Query.File, t.file} {
		p.inputs = append(p.inputs, namedFile{"the query of check " + c.Name, file})
	}
	known := dialects(p.config.Sources, own)
	params, overridden, err := p.params.over(c, t.Parameters(known))
	if err != nil {
		return nil, err
	}
	given := map[string]bool{}
	for _, param := range params {
		given[paramName(param)] = true
	}
	for _, name := range slices.Sorted(maps.Keys(t.Parameters(known))) {
		declared, ok := t.Params[name]
		if !given[name] && (!ok || !declared.Null && declared.Default == nil) && t.wants(own, name) {
			return nil, c.Fault(at, "parameter :%s has no value: give it below params, or with -p %s=VALUE", name, name)
		}
	}
	for _, w := range t.ambiguous("", own) { // once for a saved query that several checks ask
		if !slices.ContainsFunc(p.warnings, func(other string) bool { return strings.HasSuffix(other, ": "+w) }) {
			p.warnings = append(p.warnings, "check "+c.Name+": "+w)
		}
	}
	asks, err := t.bind(p.config.Sources, own, params, p.now)
	if err != nil && overridden > 0 {
		_, without := t.bind(p.config.Sources, own, declared, p.now)
		if wrong := errWhose(c.Name, err, without); wrong != nil {
			return nil, wrong
		}
	}
	if err != nil {
		if _, inText := errors.AsType[*statement.Error](err); !inText && len(c.Params)+len(c.Query.Params) > 0 {
			at = c.Where("params")
		}
		return nil, c.Fault(at, "%v", err)
	}
	return asks, nil
}

// wants reports whether the text that one of the sources gets has the parameter.
func (t checkText) wants(own []sources.Opened, name string) bool {
	return slices.ContainsFunc(own, func(s sources.Opened) bool {
		one := dialects(nil, []sources.Opened{s})
		return t.Parameters(one)[name]
	})
}

// A checkText is the query of a check, and the file that it is in, if any.
type checkText struct {
	text
	file string
}

// textOf finds the query of a check, and its place.
func (a *app) textOf(c *config.Config, check config.Check) (t checkText, at config.Pos, err error) {
	if check.Saved != "" {
		if saved, ok := c.Query(check.Saved); ok {
			t.file = saved.File
		}
		if t.text, err = a.saved(c, check.Saved, check.Params); err != nil {
			return t, check.Where("query"), err
		}
		if err = t.declare(check); err != nil {
			return t, check.Where("params"), err
		}
		return t, check.Where("query"), nil
	}
	at = check.Where("sql")
	if check.Query.File != "" {
		at = check.Where("file")
	}
	var wrong []statement.Finding
	t.text, wrong, err = a.savedText(check.Query)
	if f, found := needed(wrong, nil); found && err == nil {
		return t, findingAt(check.Query, f), f.Err
	}
	return t, at, err
}

// declare adds the types that a check declares for parameters of a saved query,
// which may say more than that, and nothing else.
func (t *checkText) declare(check config.Check) error {
	for _, name := range slices.Sorted(maps.Keys(check.Query.Params)) {
		own := check.Query.Params[name]
		switch {
		case own.Missing != nil:
			return fmt.Errorf("parameter %s: %w", name, own.Missing)
		case own.Type == "":
			continue
		}
		kind, list, err := statement.ParseType(own.Type)
		if err != nil {
			return fmt.Errorf("parameter %s: %w", name, err)
		}
		p := t.Params[name]
		if p.Type != ask.Auto && (p.Type != kind || p.List != list) {
			declared := p.Type.String()
			if p.List {
				declared += "[]"
			}
			return fmt.Errorf("parameter :%s is declared as %s by query %s, not as %s", name, declared, check.Saved, own.Type)
		}
		p.Type, p.List = kind, list
		t.Params[name] = p
	}
	return nil
}
