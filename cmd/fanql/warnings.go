// What the user should know though it is no error.

package main

import (
	"fmt"
	"slices"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/config"
)

// warn prints what the user should know about the config.
func (a *app) warn(c *config.Config) {
	for _, w := range c.Warnings {
		fmt.Fprintln(a.stderr, "fanql: warning: "+output.Sanitize(w))
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
		t, _, err := run.ReadSaved(q)
		if err != nil {
			continue
		}
		for _, f := range t.Ambiguous(run.Dialects(c.Sources)) {
			warn(run.FindingAt(q, f), "query "+q.Name, f.Err)
		}
	}
	for _, check := range c.Checks {
		picked, err := c.Pick(config.Given{Sources: c.Sources}, check.Sources)
		if err != nil || check.Saved != "" {
			continue
		}
		t, _, err := run.ReadSaved(check.Query)
		if err != nil {
			continue
		}
		for _, f := range t.Ambiguous(run.Dialects(picked)) {
			warn(run.FindingAt(check.Query, f), "check "+check.Name, f.Err)
		}
	}
}
