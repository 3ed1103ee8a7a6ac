// The query of a check: where its text comes from, and what each source gets.

package checks

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query/federate"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
)

// bind makes the request of a check for each of its sources.
func (p *Plan) bind(r *Request, c config.Check, own run.Targets) error {
	declared := c.Params
	c.Params = append(slices.Clone(declared), p.params.list...) // what is given needs no default
	t, at, err := textOf(r.Config, c)
	if c.Params = declared; err != nil {
		return c.Fault(at, "%v", err)
	}
	for _, file := range []string{c.Query.File, t.file} {
		p.Inputs = append(p.Inputs, run.NamedFile{What: "the query of check " + c.Name, Path: file})
	}
	if t.Portable {
		t.Dialects = append(slices.Clone(t.Dialects), federate.Dialect)
	}
	names := t.Parameters(own.DialectsWith(r.Config.Sources))
	params, overridden, err := p.params.over(c, names)
	if err != nil {
		return err
	}
	given := map[string]bool{}
	for _, param := range params {
		given[run.ParamName(param)] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		declared, ok := t.Params[name]
		if !given[name] && (!ok || !declared.Null && declared.Default == nil) && t.wants(own, name) {
			return c.Fault(at, "parameter :%s has no value: give it below params, or with %s %s=VALUE", name, p.params.option, name)
		}
	}
	for _, w := range own.Ambiguous(t.Query, "") { // once for a saved query that several checks ask
		if !slices.ContainsFunc(p.Warnings, func(other string) bool { return strings.HasSuffix(other, ": "+w) }) {
			p.Warnings = append(p.Warnings, "check "+c.Name+": "+w)
		}
	}
	err = own.Bind(t.Query, r.Config.Sources, params, p.now)
	if err != nil && overridden > 0 {
		without := slices.Clone(own).Bind(t.Query, r.Config.Sources, declared, p.now)
		if wrong := p.params.whose(c.Name, err, without); wrong != nil {
			return wrong
		}
	}
	if err != nil {
		if _, inText := errors.AsType[*statement.Error](err); !inText && len(c.Params)+len(c.Query.Params) > 0 {
			at = c.Where("params")
		}
		return c.Fault(at, "%v", err)
	}
	return nil
}

// wants reports whether the text that one of the sources gets has the parameter.
func (t checkText) wants(own run.Targets, name string) bool {
	for i := range own {
		if t.Parameters(own[i : i+1].DialectsWith(nil))[name] {
			return true
		}
	}
	return false
}

// A checkText is the query of a check, and the file that it is in, if any.
type checkText struct {
	statement.Query
	file string
}

// textOf finds the query of a check, and its place.
func textOf(c *config.Config, check config.Check) (t checkText, at config.Pos, err error) {
	if check.Saved != "" {
		if saved, ok := c.Query(check.Saved); ok {
			t.file = saved.File
		}
		if t.Query, err = run.Saved(c, check.Saved, check.Params); err != nil {
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
	t.Query, wrong, err = run.ReadSaved(check.Query)
	if f, found := run.Needed(wrong, nil); found && err == nil {
		return t, run.FindingAt(check.Query, f), f.Err
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
		if p.Type != driver.Auto && (p.Type != kind || p.List != list) {
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
