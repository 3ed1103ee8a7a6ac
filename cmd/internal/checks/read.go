// Reads checks: their places, the choice among them, and the errors that can be found
// without a database.

package checks

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks/expression"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/merge/compare"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/option"
)

// checks returns the checks of the files, or else those of the config.
func (r *Request) checks() ([]config.Check, error) {
	c, files := r.Config, r.Files
	if len(files) == 0 {
		switch {
		case c.Path == "":
			return nil, errors.New(c.Absent + "; or give a file of checks")
		case len(c.Checks) == 0:
			return nil, fmt.Errorf("no checks: %s has none: write some below checks: there, or give a file of them", output.Sanitize(c.Path))
		}
		return c.Checks, nil
	}
	var all []config.Check
	for _, file := range files {
		own, known := checksOf(c, file)
		if !known {
			var err error
			if own, err = config.LoadChecks(file, r.Getenv); err != nil {
				return nil, firstError(err)
			}
		}
		if len(own) == 0 {
			return nil, fmt.Errorf("no checks: %s has none", output.Sanitize(file))
		}
		for _, check := range own {
			if i := slices.IndexFunc(all, func(other config.Check) bool { return other.Name == check.Name }); i >= 0 {
				return nil, check.Fault(check.Pos, "another check has the name already: %s", all[i].Pos)
			}
		}
		all = append(all, own...)
	}
	return all, nil
}

// checksOf returns the checks of a file that is the config, or one that it includes; known
// is false for another file.
func checksOf(c *config.Config, file string) (own []config.Check, known bool) {
	at := slices.IndexFunc(c.Files, func(other string) bool { return run.SameFile(file, other) })
	if at <= 0 {
		return c.Checks, at == 0
	}
	for _, check := range c.Checks {
		if check.Pos.File == c.Files[at] {
			own = append(own, check)
		}
	}
	return own, true
}

// firstError returns the first of several errors, with their number.
func firstError(err error) error {
	if wrong := config.Each(err); len(wrong) > 1 {
		return fmt.Errorf("%w (and %d more)", wrong[0], len(wrong)-1)
	}
	return err
}

// wanted chooses the checks that selectors name: by name, a glob over names, or tag. A
// selector after an exclamation mark leaves out checks. If all selectors have one, all
// other checks are chosen.
func wanted(all []config.Check, only []string, spelling option.Spelling) ([]config.Check, error) {
	if len(only) == 0 {
		return all, nil
	}
	chosen, excluded := make([]bool, len(all)), make([]bool, len(all))
	every := true
	for _, list := range only {
		for selector := range strings.SplitSeq(list, ",") {
			name, out := strings.CutPrefix(selector, "!")
			into := excluded
			if !out {
				into, every = chosen, false
			}
			found := false
			for i, c := range all {
				if meant(c, name) {
					into[i], found = true, true
				}
			}
			if !found {
				return nil, fmt.Errorf("%s %q: %w", spelling.Name(run.OptionOnly), selector, unknownCheck(all, name))
			}
		}
	}
	var some []config.Check
	for i, c := range all {
		if (every || chosen[i]) && !excluded[i] {
			some = append(some, c)
		}
	}
	if len(some) == 0 {
		return nil, fmt.Errorf("%s leaves out every check that it names", spelling.Name(run.OptionOnly))
	}
	return some, nil
}

// meant reports whether a selector matches the check.
func meant(c config.Check, selector string) bool { return Selected(selector, c.Name, c.Tags) }

// Selected reports whether a selector matches a check: its name, a glob over names, or
// tag:NAME.
func Selected(selector, name string, tags []string) bool {
	names := []string{name}
	if tag, ok := strings.CutPrefix(selector, "tag:"); ok {
		names, selector = tags, tag
	}
	return slices.ContainsFunc(names, func(name string) bool { return Named(selector, name) })
}

// Named reports whether a selector is the name, or a glob that matches it.
func Named(selector, name string) bool {
	plain := strings.NewReplacer("/", "\x00") // a * also crosses a /
	ok, err := path.Match(plain.Replace(selector), plain.Replace(name))
	return name == selector || ok && err == nil
}

func unknownCheck(all []config.Check, selector string) error {
	var known []string
	for _, c := range all {
		known = append(known, c.Name)
		for _, tag := range c.Tags {
			known = append(known, "tag:"+tag)
		}
	}
	slices.Sort(known)
	known = slices.Compact(known)
	hint := "there are " + run.List(known)
	if near, ok := nearest.Name(selector, known); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	} else if len(known) > 12 {
		hint = "`fanql check list` lists them"
	}
	return fmt.Errorf("no check is called so: %s", hint)
}

// An expected check is one whose expectations have been read.
type expected struct {
	config.Check
	expectations []Expectation // except comparisons
	agree        *compare.Diff
	unchanged    *compare.Diff
	schema       catalog.Scope // of Schema
	require      query.Require
}

// expect reads the expectations of all checks. It opens nothing. Now is the value of now().
func expect(all []config.Check, now time.Time) (list []expected, _ error) {
	var wrong []error
	for _, c := range all {
		e := expected{Check: c, require: query.RequireAll}
		for _, x := range c.Expect {
			one, err := expectation(x, now)
			if err != nil {
				wrong = append(wrong, c.Fault(placeIn(x.Text, err), "%s: %v", cmp.Or(x.Level, "expect"), err))
			}
			e.expectations = append(e.expectations, one)
		}
		for _, t := range c.Trends {
			one, err := readTrend(c, t, now)
			if err != nil {
				wrong = append(wrong, c.Fault(placeIn(t.Tolerance, err), "trend of %s: %v", output.Sanitize(t.Column.Value), err))
			}
			e.expectations = append(e.expectations, one)
		}
		var err error
		if c.Agree != nil {
			if e.agree, err = differ(c.Agree); err != nil {
				wrong = append(wrong, c.Fault(placeIn(c.Agree.Key, err), "agree: %v", err))
			}
		}
		if c.Unchanged != nil {
			if e.unchanged, err = differ(c.Unchanged); err != nil {
				wrong = append(wrong, c.Fault(placeIn(c.Unchanged.Key, err), "unchanged_from: %v", err))
			}
		}
		if c.Schema != nil {
			e.schema = catalog.Scope{Columns: true, Indexes: true}
			for _, text := range c.Schema.Tables {
				p, err := catalog.ParsePattern(text.Value)
				if err != nil {
					wrong = append(wrong, c.Fault(text.Pos, "schema: tables: %v", err))
				}
				e.schema.Tables = append(e.schema.Tables, p)
			}
		}
		if c.Require.Value != "" {
			if e.require, err = query.ParseRequire(c.Require.Value); err != nil {
				wrong = append(wrong, c.Fault(c.Require.Pos, "require: %v", err))
			}
		}
		list = append(list, e)
	}
	return list, config.InOrder(wrong...)
}

func expectation(x config.Expectation, now time.Time) (Expectation, error) {
	if x.Level != "" {
		return readThreshold(x, now)
	}
	switch x.Kind {
	case "rows":
		return Rows(x.Text.Value)
	case "row":
		return Row(x.Text.Value, now)
	case "each":
		if x.Mostly.Value == "" {
			return Each(x.Text.Value, now)
		}
		e, err := Mostly(x.Text.Value, x.Mostly.Value, now)
		if _, inText := errors.AsType[*expression.Error](err); err != nil && !inText {
			err = &misplaced{err, x.Mostly.Pos}
		}
		return e, err
	case "all":
		return All(x.Text.Value, now)
	}
	return NoRows(), nil
}

// placeIn returns the place in the file of an error about a text.
func placeIn(t config.Text, err error) config.Pos {
	if at, ok := errors.AsType[*misplaced](err); ok {
		return at.pos
	}
	if at, ok := errors.AsType[*expression.Error](err); ok {
		return t.At(at.Line, at.Col)
	}
	return t.Pos
}

// A misplaced error is about another text than the expected one.
type misplaced struct {
	error
	pos config.Pos
}

// differ reads the options for comparing rows.
func differ(c *config.Comparison) (*compare.Diff, error) {
	f := run.Comparison{Key: c.Key.Value, HasKey: c.Key.Value != "", Exact: c.Exact}
	for _, t := range c.Tolerances {
		f.Tolerances = append(f.Tolerances, t.Value)
	}
	d, err := f.Parse(nil)
	if err == nil {
		return d, nil
	}
	at := c.Key.Pos
	if c.Key.Value == "" {
		at = c.Pos
	}
	for _, t := range c.Tolerances { // finds the tolerance that is wrong
		if _, wrong := compare.ParseTolerance(t.Value); wrong != nil {
			at = t.Pos
			break
		}
	}
	return nil, &misplaced{err, at}
}
