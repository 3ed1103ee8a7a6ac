// fanql sources add, remove and rename: changes of the config's text.

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
)

// sourcesEdits are the commands that change the sources of the config.
func (a *app) sourcesEdits() []*cobra.Command {
	var tags []string
	add := &cobra.Command{
		Use:   "add NAME URL",
		Short: "Add a source to the config",
		Long: `Add a source at the end of those of the config: a URL, a file, or a pattern of either,
as -s takes it. Comments, order and quotes of the file stay as they are. No database is
queried: fanql sources ping does that.`,
		Example:           "  fanql sources add us mysql://reader@us.db/shop --tag prod\n  fanql sources add shards 'shards/*.db'",
		Args:              wants(2, 2, "give a name and a URL or a file: fanql sources add NAME URL"),
		ValidArgsFunction: fileAfterName,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.editSources(cmd.Context(), "added source "+args[0], func(e *config.Editor) ([]string, error) {
				return nil, e.Add(args[0], e.Config().Placed(args[1]), tags)
			})
		},
	}
	add.Flags().StringArrayVar(&tags, "tag", nil, "give the source `TAG`; repeatable")
	must(add.RegisterFlagCompletionFunc("tag", a.completeTags))
	var force bool
	remove := &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove a source from the config",
		Long: `Remove a source from the config, with the comments on its own lines; all other lines
stay as they are. A source that a saved query, a check, a table or a list names is not
removed, unless --force is given.`,
		Example:           "  fanql sources remove us",
		Args:              wants(1, 1, "give the name of one source: fanql sources remove NAME"),
		ValidArgsFunction: a.completeEntries,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.editSources(cmd.Context(), "removed source "+args[0], func(e *config.Editor) ([]string, error) {
				return e.Remove(args[0], force)
			})
		},
	}
	remove.Flags().BoolVar(&force, "force", false, "remove it even if something in the config names it")
	rename := &cobra.Command{
		Use:   "rename OLD NEW",
		Short: "Give a source of the config another name",
		Long: `Give a source of the config another name, also where saved queries, checks, tables
and lists name it: in sources, variants, baseline, on and exclude. The rest stays as it
is; a pattern that no longer means the source, and SQL that has its name in quotes, get
a warning. A history of checks and a state of exports know it by its old name.`,
		Example:           "  fanql sources rename us north-america",
		Args:              wants(2, 2, "give two names: fanql sources rename OLD NEW"),
		ValidArgsFunction: a.completeEntries,
		RunE: func(cmd *cobra.Command, args []string) error {
			done := fmt.Sprintf("source %s is called %s", args[0], args[1])
			return a.editSources(cmd.Context(), done, func(e *config.Editor) ([]string, error) { return e.Rename(args[0], args[1]) })
		},
	}
	return []*cobra.Command{add, remove, rename}
}

// editSources changes the config's files. Then it prints what was done, and the warnings of
// the change.
func (a *app) editSources(ctx context.Context, done string, change func(*config.Editor) ([]string, error)) (err error) {
	path, found, err := config.Find(a.configFlag, a.getenv)
	if err != nil {
		return err
	}
	if !found {
		return errors.New(a.noConfig() + ": fanql init writes one")
	}
	unlock, err := lockChange(ctx, path)
	if err != nil {
		return fmt.Errorf("%s cannot be changed: %w", output.Sanitize(path), err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	e, err := config.Edit(path, sources.Dialects, a.getenv, a.namesConfig())
	if err != nil {
		return a.firstOf(err)
	}
	a.configs = append(a.configs, e.Config())
	warnings, err := change(e)
	if err != nil {
		return err
	}
	changed := e.Revisions()
	var files []*output.File
	defer func() {
		for _, f := range files {
			_ = f.Discard() // a file that has been moved to its place stays
		}
	}()
	for _, r := range changed {
		f, err := output.CreateFor(ctx, "the config", r.Path)
		if err != nil {
			return err
		}
		files = append(files, f)
		if w := f.Warning(); w != "" {
			a.warnOf([]string{w})
		}
		if _, err := f.Write(r.New); err != nil {
			return err
		}
	}
	for _, r := range changed {
		if now, err := os.ReadFile(r.Path); err != nil || !bytes.Equal(now, r.Old) {
			return fmt.Errorf("%s was changed just now by another program: nothing was written", output.Sanitize(r.Path))
		}
	}
	shown := ""
	for i, f := range files {
		if err := f.Commit(); err != nil {
			return err
		}
		if shown += ", " + output.Sanitize(changed[i].Path); i == 0 {
			shown = output.Sanitize(changed[i].Path)
		}
	}
	a.warnOf(warnings)
	if c, err := a.read(path); err == nil {
		a.configs = append(a.configs, c)
		a.warn(c)
	} else {
		a.warnOf([]string{a.firstOf(err).Error()})
	}
	return a.say("%s: %s\n", shown, done)
}

// fileAfterName completes files for the second argument.
func fileAfterName(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 1 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// completeEntries offers the names of the config's entries below sources, for the first
// argument.
func (a *app) completeEntries(_ *cobra.Command, args []string, _ string) (words []string, _ cobra.ShellCompDirective) {
	c, err := a.load()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return c.Entries(), cobra.ShellCompDirectiveNoFileComp
}

// completeTags offers the tags of the config's sources.
func (a *app) completeTags(*cobra.Command, []string, string) (words []string, _ cobra.ShellCompDirective) {
	c, err := a.load()
	if err == nil {
		words = c.TagNames()
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}
