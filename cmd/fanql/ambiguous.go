// Warnings of texts that mean something else to some of the sources that get them.

package main

import (
	"fmt"
	"slices"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
)

// ambiguous gives what in the text means one thing to some of the sources and another
// to others. Where is put before each, as in "query revenue: ".
func (t text) ambiguous(where string, asked []sources.Opened) (all []string) {
	of := map[string]statement.Dialect{}
	for _, s := range asked {
		if s.Err == nil {
			of[s.Name()] = dialect(s.Kind)
		}
	}
	for _, f := range t.Ambiguous(of) {
		all = append(all, where+f.Err.Error())
	}
	return all
}

// strictly makes an error of what a text is warned of, where the user wants that.
func (p *plan) strictly() error {
	switch n := len(p.warnings); {
	case !p.strict || n == 0:
		return nil
	case n == 1:
		return fmt.Errorf("--strict: %s", p.warnings[0])
	default:
		return fmt.Errorf("--strict: %s (and %d more)", p.warnings[0], n-1)
	}
}

// warnOf prints warnings, each once.
func (a *app) warnOf(warnings []string) {
	for i, w := range warnings {
		if slices.Index(warnings, w) == i {
			fmt.Fprintln(a.stderr, "fanql: warning: "+output.Sanitize(w))
		}
	}
}

// warnOfTexts prints, with its place in the config, what is ambiguous in saved queries
// and in the texts of checks.
func (a *app) warnOfTexts(c *config.Config) {
	warn := func(at config.Pos, what string, err error) {
		e := &config.Error{Path: c.Path, Pos: at, Text: what + ": " + err.Error()}
		a.warnOf([]string{e.Error()})
	}
	for _, q := range c.Queries {
		t, _, err := a.savedText(q)
		if err != nil {
			continue
		}
		for _, f := range t.Ambiguous(dialects(c.Sources, nil)) {
			warn(findingAt(q, f), "query "+q.Name, f.Err)
		}
	}
	for _, check := range c.Checks {
		picked, err := c.Pick(c.Sources, check.Sources)
		if err != nil || check.Saved != "" {
			continue
		}
		t, _, err := a.savedText(check.Query)
		if err != nil {
			continue
		}
		for _, f := range t.Ambiguous(dialects(picked, nil)) {
			warn(findingAt(check.Query, f), "check "+check.Name, f.Err)
		}
	}
}
