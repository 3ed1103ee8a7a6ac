// fanql config: looking at the config without asking any database.

package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Look at the config",
		Example: "  fanql config check",
		Args:    unknownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "check",
		Short: "Read the config and name every error in it, with line and column",
		Long: `Read the config and name every error in it with line and column: keys, names,
durations, URLs, references to variables and files, SQLite files, saved queries
and their parameters, checks and their expressions. SQL that would mean one thing to
some of its sources and another to others gets a warning. No database is asked.`,
		Example: "  fanql config check\n  fanql config check --config other.yaml",
		Args:    noArguments,
		RunE:    func(*cobra.Command, []string) error { return a.checkConfig() },
	})
	return cmd
}

func (a *app) checkConfig() error {
	path, found, err := config.Find(a.configFlag, a.getenv)
	if err != nil {
		return err
	}
	if !found {
		return errors.New(a.noConfig())
	}
	c, err := config.Load(path, sources.Dialects, a.getenv)
	if c == nil {
		return err
	}
	wrong := []error{err}
	for _, source := range c.Sources {
		err := sources.NoneOpened(sources.Open([]config.Source{source}, a.getenv))
		for _, err := range config.Each(err) {
			wrong = append(wrong, &config.Error{Path: path, Pos: source.Where(), Text: err.Error()})
		}
	}
	for _, q := range c.Queries {
		wrong = append(wrong, lintSaved(c, q)...)
	}
	wrong = append(wrong, checks.Lint(c, time.Now())...)
	if err := config.InOrder(wrong...); err != nil {
		return err
	}
	a.warn(c)
	a.warnOfTexts(c)
	line := fmt.Sprintf("%s: ok; sources: %d, queries: %d", c.Path, len(c.Sources), len(c.Queries))
	if len(c.Checks) > 0 {
		line += fmt.Sprintf(", checks: %d", len(c.Checks))
	}
	return a.say("%s\n", line)
}

// lintSaved reads a saved query as it would be read for being asked.
func lintSaved(c *config.Config, q config.Query) (wrong []error) {
	add := func(at config.Pos, err error) {
		wrong = append(wrong, &config.Error{Path: c.Path, Pos: at, Text: "query " + q.Name + ": " + err.Error()})
	}
	t, found, err := run.ReadSaved(q)
	if err != nil {
		add(q.Where("file"), err)
		return wrong
	}
	known := run.Dialects(c.Sources)
	for _, name := range c.Unread {
		known[name] = nil
	}
	for _, f := range append(found, t.Lint(known)...) {
		add(run.FindingAt(q, f), f.Err)
	}
	return wrong
}
