// fanql check list: the available checks.

package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/row"
)

func (a *app) checkListCommand() *cobra.Command {
	o, format := &checkOptions{}, &queryOptions{}
	cmd := &cobra.Command{
		Use:     "list [FILE...]",
		Short:   "List the checks of the config, or of files",
		Long:    `List the checks with what they expect. They are read as for a run, and no database is queried.`,
		Example: "  fanql check list\n  fanql check list nightly.yaml --only tag:hourly --json",
		RunE:    func(_ *cobra.Command, args []string) error { return a.listChecks(o, format, args) },
	}
	o.onlyFlag(a, cmd)
	formatFlag(cmd, format)
	return cmd
}

func (a *app) listChecks(o *checkOptions, format *queryOptions, args []string) error {
	f, err := a.listingFormat(format)
	if err != nil {
		return err
	}
	c, err := a.load()
	if err != nil {
		return err
	}
	list, err := checks.List(checks.Request{Config: c, Getenv: a.getenv, Files: args, Only: o.only, Now: time.Now(), Spelling: flag})
	if err != nil {
		return err
	}
	t := newListing(row.Column{Name: "check", Type: row.Text}, row.Column{Name: "severity", Type: row.Text}, row.Column{Name: "sources", Type: row.Text},
		row.Column{Name: "expects", Type: row.Text}, row.Column{Name: "params", Type: row.Text}, row.Column{Name: "tags", Type: row.Text}, row.Column{Name: "describe", Type: row.Text},
		row.Column{Name: "owner", Type: row.Text}, row.Column{Name: "link", Type: row.Text}, row.Column{Name: "state", Type: row.Text})
	for _, e := range list {
		sources := strings.Join(e.Sources, ", ")
		if sources == "" {
			sources = "all"
		}
		if e.OneAnswer {
			sources += ", one answer over them"
		}
		for _, cell := range []string{e.Name, e.Severity, sources, strings.Join(e.Expects, "; "), strings.Join(e.Params, ", "), strings.Join(e.Tags, ", "), e.Describe, e.Owner, e.Link, e.State} {
			t.text(cell)
		}
		t.end()
	}
	return a.print(f, t)
}

// completeChecks offers the names, globs and tags of the checks in the files among the
// arguments, or else of the checks in the config.
func (a *app) completeChecks(_ *cobra.Command, files []string, _ string) ([]string, cobra.ShellCompDirective) {
	own := a.known("checks").Checks
	if len(files) > 0 {
		own = nil
	}
	for _, file := range files {
		more, _ := config.LoadChecks(file, a.getenv) // a part that cannot be read is left out
		own = append(own, more...)
	}
	var names, tags []string
	for _, check := range own {
		names = append(names, check.Name)
		for _, tag := range check.Tags {
			tags = append(tags, "tag:"+tag)
		}
	}
	return selectors(names, tags), cobra.ShellCompDirectiveNoFileComp
}
