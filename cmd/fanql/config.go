// fanql config: inspecting the config without connecting to a database.

package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/notify"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/cmd/internal/usage"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Look at the config",
		Example: "  fanql config check\n  fanql config schema > fanql.schema.json",
		Args:    usage.UnknownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "check",
		Short: "Read the config and name every error in it, with line and column",
		Long: `Read the config, and the files that it includes, and name every error with line and
column: keys, names,
durations, URLs, references to variables and files, SQLite files, logical tables,
saved queries and their parameters, checks and their expressions. SQL that would mean
one thing to some of its sources and another to others gets a warning. No database is queried.`,
		Example: "  fanql config check\n  fanql config check --config other.yaml",
		Args:    usage.NoArguments,
		RunE:    func(*cobra.Command, []string) error { return a.checkConfig() },
	}, &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the config, with which editors complete and check it",
		Long: `Print the JSON Schema of the config. An editor with a YAML language server completes
keys and marks unknown ones in a file whose first line is

  # yaml-language-server: $schema=fanql.schema.json`,
		Example: "  fanql config schema > fanql.schema.json",
		Args:    usage.NoArguments,
		RunE:    func(*cobra.Command, []string) error { return a.say("%s", config.Schema()) },
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
	c, err := a.read(path)
	if c == nil {
		return err
	}
	wrong := []error{err}
	for _, source := range c.Sources {
		for _, source := range append([]config.Source{source}, source.Copies...) {
			err := sources.NoneOpened(sources.Open([]config.Source{source}, a.getenv))
			for _, err := range config.Each(err) {
				wrong = append(wrong, &config.Error{Pos: source.Where(), Text: err.Error()})
			}
		}
	}
	wrong = append(wrong, run.LintQueries(c)...)
	wrong = append(wrong, run.LintTables(c)...)
	wrong = append(wrong, checks.Lint(c, time.Now())...)
	wrong = append(wrong, notify.Lint(c)...)
	if err := config.InOrder(wrong...); err != nil {
		return err
	}
	a.warn(c)
	a.warnOf(slices.Concat(run.AmbiguousQueries(c), checks.Ambiguous(c), checks.Snoozes(c, time.Now()), notify.Unmatched(c)))
	line := fmt.Sprintf("%s: ok; sources: %d, queries: %d", c.Path, len(c.Sources), len(c.Queries))
	if len(c.Tables) > 0 {
		line += fmt.Sprintf(", tables: %d", len(c.Tables))
	}
	if len(c.Checks) > 0 {
		line += fmt.Sprintf(", checks: %d", len(c.Checks))
	}
	if len(c.Files) > 1 {
		line += fmt.Sprintf(", files: %d", len(c.Files))
	}
	return a.say("%s\n", line)
}
