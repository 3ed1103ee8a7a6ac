// The query of a check: where its text comes from, and what each source gets.

package checks

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/merge/reduce"
	"github.com/fanql/fanql/query/federate"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
)

// bind makes the request of a check for each of its sources.
func (p *Plan) bind(r *Request, c config.Check, own run.Targets) error {
	b, err := p.read(r, c, own)
	if err != nil {
		return err
	}
	t := b.text
	for _, w := range own.Ambiguous(t.Query, "") { // once for a saved query that several checks use
		if !slices.ContainsFunc(p.Warnings, func(other string) bool { return strings.HasSuffix(other, ": "+w) }) {
			p.Warnings = append(p.Warnings, "check "+c.Name+": "+w)
		}
	}
	err = own.Bind(t.Query, r.Config, b.params, p.now)
	return b.judged(p, c, err, func() error { return slices.Clone(own).Bind(t.Query, r.Config, c.Params, p.now) })
}

// A parsedText is the text of a check, with the values of its parameters.
type parsedText struct {
	text   checkText
	at     config.Pos
	params []string
	// overridden is how many values were given for the run instead of the check's own.
	overridden int
}

// read finds the text of a check and its parameters' values.
func (p *Plan) read(r *Request, c config.Check, own run.Targets) (b parsedText, err error) {
	declared := c.Params
	c.Params = append(slices.Clone(declared), p.params.list...) // given parameters need no default
	b.text, b.at, err = textOf(r.Config, c)
	if c.Params = declared; err != nil {
		return b, c.Fault(b.at, "%v", err)
	}
	t := &b.text
	for _, file := range append([]string{c.Query.File}, t.files...) {
		p.Inputs = append(p.Inputs, run.NamedFile{What: "the query of check " + c.Name, Path: file})
	}
	known := own.DialectsWith(r.Config.Sources)
	if t.Query.Portable || c.OverAll {
		t.Query.Dialects = append(slices.Clone(t.Query.Dialects), federate.Dialect)
	}
	if c.OverAll {
		t.over, known = true, overAll
	}
	names := t.Parameters(known)
	if b.params, b.overridden, err = p.params.over(c, names); err != nil {
		return b, err
	}
	given := map[string]bool{}
	for _, param := range b.params {
		given[run.ParamName(param)] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		declared, ok := t.Query.Params[name]
		if !given[name] && (!ok || !declared.Null && declared.Default == nil) && t.wants(own, name) {
			return b, c.Fault(b.at, "parameter :%s has no value: give it below params, or with %s %s=VALUE", name, p.params.option, name)
		}
	}
	p.texts[c.Name], p.written[c.Name] = b.asked(), b.written()
	return b, nil
}

// overAll is the dialect of a statement over all sources, whatever they are.
var overAll = map[string]*driver.Dialect{"": federate.Dialect}

// judged adds to an error of binding its place, or the option whose value is wrong. Without
// binds the check's own values, to find out which values are wrong.
func (b parsedText) judged(p *Plan, c config.Check, err error, without func() error) error {
	if err == nil {
		return nil
	}
	if b.overridden > 0 {
		if wrong := p.params.whose(c.Name, err, without()); wrong != nil {
			return wrong
		}
	}
	return c.Fault(b.placeOf(c, err), "%v", err)
}

// placeOf returns the place in the config that an error is about.
func (b parsedText) placeOf(c config.Check, err error) config.Pos {
	if table, ok := errors.AsType[*run.TableError](err); ok {
		for _, t := range c.Query.Tables {
			if t.Name == table.Name {
				return t.Query.Where("sql")
			}
		}
		return b.at
	}
	if _, ok := errors.AsType[*reduce.Error](err); ok {
		if at, own := c.Query.Has("reduce"); own {
			return at
		}
		return b.at
	}
	_, inText := errors.AsType[*statement.Error](err)
	_, invalid := errors.AsType[*federate.Invalid](err)
	if !inText && !invalid && len(c.Params)+len(c.Query.Params) > 0 {
		return c.Where("params")
	}
	return b.at
}

// wants reports whether the text for any of the sources has the parameter.
func (t checkText) wants(own run.Targets, name string) bool {
	if t.over {
		return true
	}
	for i := range own {
		if t.Parameters(own[i : i+1].DialectsWith(nil))[name] {
			return true
		}
	}
	return false
}

// written returns the texts of a check's queries, as the config has them.
func (b parsedText) written() (list []Text) {
	add := func(of string, q statement.Query) {
		title := of
		if q.Portable {
			title = strings.TrimSpace(title + " (portable)")
		}
		if strings.TrimSpace(q.Text) != "" {
			list = append(list, Text{title, q.Text})
		}
		for _, k := range slices.Sorted(maps.Keys(q.Variants)) {
			list = append(list, Text{strings.TrimSpace(of + " for " + k), q.Variants[k]})
		}
	}
	if b.text.over {
		add("over all sources", b.text.Query)
		return list
	}
	add("", b.text.Query)
	for _, t := range b.text.Tables {
		add("of "+t.Name, t.Query)
	}
	if b.text.Reduce != nil {
		list = append(list, Text{"of reduce", b.text.Reduce.SQL})
	}
	return list
}

// A checkText has the query of a check, and the files that contain a saved query, if any.
type checkText struct {
	run.Asked
	over  bool // one statement over all sources
	files []string
}

// textOf finds the query of a check, and its place.
func textOf(c *config.Config, check config.Check) (t checkText, at config.Pos, err error) {
	if check.Saved != "" {
		if saved, ok := c.Query(check.Saved); ok {
			t.files = append(t.files, saved.File)
			for _, table := range saved.Tables {
				t.files = append(t.files, table.Query.File)
			}
		}
		if t.Asked, err = run.Saved(c, check.Saved, check.Params); err != nil {
			return t, check.Where("query"), err
		}
		if err = t.declare(check); err != nil {
			return t, check.Where("params"), err
		}
		at, err = t.reduced(check)
		return t, at, err
	}
	at = check.Where("sql")
	for _, table := range check.Query.Tables {
		t.files = append(t.files, table.Query.File)
	}
	if len(check.Query.Tables) > 0 {
		at = check.Where("queries")
	}
	if check.Query.File != "" {
		at = check.Where("file")
	}
	var wrong []statement.Finding
	t.Asked, wrong, err = run.ReadAsked(check.Query)
	if f, found := run.Needed(wrong, nil); found && err == nil {
		return t, run.FindingAt(check.Query, f), f.Err
	}
	return t, at, err
}

// reduced adds the check's own reduce to a saved query. It returns the place of an error.
func (t *checkText) reduced(check config.Check) (config.Pos, error) {
	at, own := check.Query.Has("reduce")
	switch {
	case check.OverAll && t.Composed():
		return check.Where("over"), fmt.Errorf("over: all is for a query that is one statement, and query %s has reduce", check.Saved)
	case own && t.Reduce != nil:
		return at, fmt.Errorf("query %s has reduce already", check.Saved)
	case own:
		t.Reduce = &run.Reduce{SQL: check.Query.Reduce}
	}
	return check.Where("query"), nil
}

// declare adds the types that a check declares for parameters of a saved query. A check may
// add types, but not contradict the query or declare other parameters.
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
		p := t.Query.Params[name]
		if p.Type != driver.Auto && (p.Type != kind || p.List != list) {
			declared := p.Type.String()
			if p.List {
				declared += "[]"
			}
			return fmt.Errorf("parameter :%s is declared as %s by query %s, not as %s", name, declared, check.Saved, own.Type)
		}
		p.Type, p.List = kind, list
		t.Query.Params[name] = p
	}
	return nil
}
