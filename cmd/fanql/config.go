// fanql config: looking at the config without asking any database.

package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

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
and their parameters. No database is asked.`,
		Example: "  fanql config check\n  fanql config check --config other.yaml",
		Args:    cobra.NoArgs,
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
		return errors.New("no config: there is no ./fanql.yaml, and neither --config nor FANQL_CONFIG names one")
	}
	c, err := config.Load(path)
	if err != nil {
		return err
	}
	wrong := []error{c.Check(a.getenv)}
	if wrong[0] == nil {
		for _, source := range c.Sources {
			if _, err := sources.Open([]config.Source{source}, a.getenv); err != nil {
				wrong = append(wrong, &config.Error{Path: c.Path, Pos: source.Pos, Text: err.Error()})
			}
		}
	}
	for _, q := range c.Queries {
		wrong = append(wrong, a.checkSaved(c, q))
	}
	if err := errors.Join(wrong...); err != nil {
		return err
	}
	a.warn(c)
	return a.say("%s: ok; sources: %d, queries: %d\n", c.Path, len(c.Sources), len(c.Queries))
}

// checkSaved reads a saved query as it would be read for being asked.
func (a *app) checkSaved(c *config.Config, q config.Query) error {
	t, err := a.saved(c, q.Name)
	if err == nil {
		err = t.Lint(dialects(c.Sources, nil))
	}
	if err != nil {
		return &config.Error{Path: c.Path, Pos: q.Pos, Text: "query " + q.Name + ": " + strings.TrimPrefix(err.Error(), "query "+q.Name+": ")}
	}
	return nil
}
