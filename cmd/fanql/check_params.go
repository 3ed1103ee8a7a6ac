// fanql check -p: other values for parameters of checks' queries, and the name of a run.

package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/nearest"
)

// givenParams are the values of -p, and which of them some check has.
type givenParams struct {
	list  []string
	used  map[string]bool
	known map[string]bool // parameters of all checks that are asked
}

func (o *checkOptions) givenParams() (givenParams, error) {
	_, err := statement.ParseValues(o.params) // whatever is wrong with them by themselves
	return givenParams{list: o.params, used: map[string]bool{}, known: map[string]bool{}}, err
}

// over gives the parameters of a check with the values of -p in place of its own.
// Names are those that its query has.
func (g givenParams) over(c config.Check, names map[string]bool) (params []string, own int, err error) {
	for name := range names {
		g.known[name] = true
	}
	params = slices.Clone(c.Params)
	for _, given := range g.list {
		name := paramName(given)
		at := slices.IndexFunc(params, func(p string) bool { return paramName(p) == name })
		switch {
		case !names[name] && at < 0:
			continue
		case at < 0:
			params = append(params, given)
		default:
			if params[at], err = retyped(params[at], given); err != nil {
				return nil, 0, fmt.Errorf("-p: check %s: %w", c.Name, err)
			}
		}
		g.used[name] = true
		own++
	}
	return params, own, nil
}

// retyped is a value of -p with the type that the check has for the parameter.
func retyped(check, given string) (string, error) {
	declared, own := paramType(check), paramType(given)
	switch {
	case declared == "" || declared == "null" || own == "null" || own == declared:
		return given, nil
	case own != "":
		return "", fmt.Errorf("parameter :%s is declared as %s, not as %s", paramName(given), declared, own)
	}
	_, value, _ := strings.Cut(given, "=")
	return paramName(given) + ":" + declared + "=" + value, nil
}

// paramType is the type in NAME:TYPE=VALUE, null in NAME:null, and else empty.
func paramType(param string) string {
	head, _, _ := strings.Cut(param, "=")
	_, kind, _ := strings.Cut(head, ":")
	return kind
}

// unused finds a value that no check has a parameter for.
func (g givenParams) unused() error {
	for _, given := range g.list {
		name := paramName(given)
		if g.used[name] {
			continue
		}
		var known []string
		for k := range g.known {
			known = append(known, k)
		}
		slices.Sort(known)
		hint := "none of them has any"
		if near, ok := nearest.Name(name, known); ok {
			hint = fmt.Sprintf("did you mean %q?", near)
		} else if len(known) > 0 {
			hint = "they have " + list(known)
		}
		return fmt.Errorf("-p: unknown parameter %q: no check that is asked has it: %s", name, hint)
	}
	return nil
}

// shownParams are the parameters of a check with their values, where it has any.
func (a *app) shownParams(c *config.Config, check config.Check) string {
	t, _, err := a.textOf(c, check)
	if err != nil { // a run says what is wrong
		return ""
	}
	words := map[string]string{}
	for name := range t.Parameters(dialects(c.Sources, nil)) {
		words[name] = name
	}
	for name, p := range t.Params {
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
		name, kind := paramName(param), paramType(param)
		_, value, given := strings.Cut(param, "=")
		switch {
		case !given:
			words[name] = name + " = NULL"
		case kind != "":
			words[name] = name + " = " + value + " (" + kind + ")"
		case t.Params[name].Type != 0:
			words[name] = name + " = " + value + " (" + t.Params[name].Type.String() + ")"
		default:
			words[name] = name + " = " + value
		}
	}
	var all []string
	for _, w := range words {
		all = append(all, w)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// nameOf is the name of a run: that of the flag, or else of the config, and of the
// files of checks. Those of a folder are to be told apart where reports of several
// runs come together, as in node_exporter's. A fanql.yaml is called by its folder.
func (o *checkOptions) nameOf(c *config.Config, args []string) string {
	if o.runName != "" {
		return o.runName
	}
	var names []string
	if c.Path != "" {
		names = append(names, configName(c.Path))
	}
	for _, file := range args {
		if !placeOf(file).is(c.Path) {
			names = append(names, stem(file))
		}
	}
	return strings.Join(names, "/")
}

func configName(path string) string {
	name := stem(path)
	if name != "fanql" && name != "config" {
		return name
	}
	if absolute, err := filepath.Abs(path); err == nil {
		if folder := filepath.Base(filepath.Dir(absolute)); folder != string(filepath.Separator) {
			return folder
		}
	}
	return name
}

func stem(path string) string {
	base := filepath.Base(path)
	if s := strings.TrimSuffix(base, filepath.Ext(base)); s != "" {
		return s
	}
	return base
}

// errWhose says whose fault it is that values cannot be bound: that of -p, if the
// check's own can be, or fail otherwise.
func errWhose(check string, err, own error) error {
	if own == nil || own.Error() != err.Error() {
		return fmt.Errorf("-p: check %s: %w", check, err)
	}
	return nil
}
