// Other values for parameters of checks' queries, and the name of a run.

package checks

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/nearest"
)

// givenParams are values for the parameters of all checks.
type givenParams struct {
	option string // the user's name of the option
	list   []string
	used   map[string]bool
	known  map[string]bool // the parameters of all chosen checks
}

func (r *Request) givenParams() (givenParams, error) {
	_, err := statement.ParseValues(r.Params) // errors in the values themselves
	return givenParams{option: r.Spelling.Name(run.OptionParam), list: r.Params, used: map[string]bool{}, known: map[string]bool{}}, err
}

// over returns the parameters of a check with the given values instead of its own. Names
// are the parameters of its query.
func (g givenParams) over(c config.Check, names map[string]bool) (params []string, own int, err error) {
	for name := range names {
		g.known[name] = true
	}
	params = slices.Clone(c.Params)
	for _, given := range g.list {
		name := run.ParamName(given)
		at := slices.IndexFunc(params, func(p string) bool { return run.ParamName(p) == name })
		switch {
		case !names[name] && at < 0:
			continue
		case at < 0:
			params = append(params, given)
		default:
			if params[at], err = retyped(params[at], given); err != nil {
				return nil, 0, fmt.Errorf("%s: check %s: %w", g.option, c.Name, err)
			}
		}
		g.used[name] = true
		own++
	}
	return params, own, nil
}

// retyped returns a given value with the type that the check declares for the parameter.
func retyped(check, given string) (string, error) {
	declared, own := paramType(check), paramType(given)
	switch {
	case declared == "" || declared == "null" || own == "null" || own == declared:
		return given, nil
	case own != "":
		return "", fmt.Errorf("parameter :%s is declared as %s, not as %s", run.ParamName(given), declared, own)
	}
	_, value, _ := strings.Cut(given, "=")
	return run.ParamName(given) + ":" + declared + "=" + value, nil
}

// paramType returns the type in NAME:TYPE=VALUE, null for NAME:null, and otherwise an empty
// text.
func paramType(param string) string {
	head, _, _ := strings.Cut(param, "=")
	_, kind, _ := strings.Cut(head, ":")
	return kind
}

// unused returns an error for a value that is for no check's parameter.
func (g givenParams) unused() error {
	for _, given := range g.list {
		name := run.ParamName(given)
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
			hint = "they have " + run.List(known)
		}
		return fmt.Errorf("%s: unknown parameter %q: no check that is asked has it: %s", g.option, name, hint)
	}
	return nil
}

// name returns the name of the run: the given one, or else the name of the config and of
// the files of checks. Different configs must have different names if the reports of
// several runs come together, as in node_exporter's folder. A fanql.yaml has the name of
// its folder.
func (r *Request) name() string {
	if r.Run != "" {
		return r.Run
	}
	c := r.Config
	var names []string
	if c.Path != "" {
		names = append(names, configName(c.Path))
	}
	for _, file := range r.Files {
		if !run.SameFile(file, c.Path) {
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

// whose decides which values cannot be bound. The given ones are at fault if the check's
// own values can be bound or fail with another error.
func (g givenParams) whose(check string, err, own error) error {
	if own == nil || own.Error() != err.Error() {
		return fmt.Errorf("%s: check %s: %w", g.option, check, err)
	}
	return nil
}
