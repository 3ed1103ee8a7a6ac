// Shell completion that knows the config's sources, tags and queries.

package main

import (
	"bufio"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
)

type completion = func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective)

func fixedCompletion(words ...string) completion {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeSources offers names, groups and tags; files too, since a SQLite file
// is a source.
func (a *app) completeSources(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	words, _ := a.completeNames(cmd, args, toComplete)
	return words, cobra.ShellCompDirectiveDefault
}

// isCompletion reports whether a shell runs the program to complete a command line.
func isCompletion(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// prepareCompletion makes the completion of a command line quick, because a shell waits for
// it. It prepares only the typed command, has all words written at once, and lets the
// garbage collector, which would take a quarter of the time, run only if there is much
// garbage. The returned function undoes this.
func prepareCompletion(root *cobra.Command, typed []string) (end func()) {
	const much = 256 << 20
	percent, limit := debug.SetGCPercent(-1), debug.SetMemoryLimit(much)
	words := bufio.NewWriter(root.OutOrStdout())
	root.SetOut(words)
	if len(typed) > 0 {
		typed = typed[:len(typed)-1]
	}
	if cmd, _, err := root.Find(typed); err == nil {
		noFiles(cmd)
	}
	return func() {
		_ = words.Flush() // a shell that no longer waits is no failure
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}

// known returns the readable parts of some sections of the config, so that names are
// offered in spite of an error elsewhere in the config.
func (a *app) known(sections ...string) *config.Config {
	path, found, err := config.Find(a.configFlag, a.getenv)
	if err != nil || !found {
		return &config.Config{}
	}
	c, _ := config.LoadSections(path, sources.Dialects, a.getenv, sections...)
	if c == nil {
		return &config.Config{}
	}
	a.configs = append(a.configs, c)
	return c
}

// sourceSections are the sections of the config that name sources and their tags.
var sourceSections = []string{"sources", "sources_from"}

// completeNames offers names, groups, globs and tags.
func (a *app) completeNames(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names, words []string
	for _, s := range a.known(sourceSections...).Sources {
		names = append(names, s.Name)
		if s.Group != "" {
			words = append(words, s.Group)
		}
		for _, tag := range s.Tags {
			words = append(words, "tag:"+tag)
		}
	}
	return selectors(names, words), cobra.ShellCompDirectiveNoFileComp
}

// completeSourceNames offers the names of the config's sources.
func (a *app) completeSourceNames(*cobra.Command, []string, string) (names []string, _ cobra.ShellCompDirective) {
	for _, s := range a.known(sourceSections...).Sources {
		names = append(names, s.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// selectors returns names, globs over them and other words, sorted.
func selectors(names, others []string) []string {
	all := slices.Concat(names, globs(names), others)
	slices.Sort(all)
	return slices.Compact(all)
}

// globs returns a glob for each prefix, up to a separator, that several names share: eu-*
// if several names begin with eu-.
func globs(names []string) (all []string) {
	shared := map[string]int{}
	for _, name := range names {
		for i, c := range name {
			if strings.ContainsRune("-_./", c) {
				shared[name[:i+1]]++
			}
		}
	}
	for prefix, n := range shared {
		if n > 1 {
			all = append(all, prefix+"*")
		}
	}
	return all
}

func (a *app) completeQueries(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var words []string
	for _, q := range a.known("queries").Queries {
		words = append(words, q.Name+described(q))
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// described returns the text that a shell shows next to the name of a saved query: its
// description, or the names of its parts if there are several.
func described(q config.Query) string {
	var names []string
	for _, t := range q.Tables {
		names = append(names, t.Name)
	}
	_, reduced := q.Has("reduce")
	switch {
	case q.Describe != "":
		return "\t" + output.Sanitize(q.Describe)
	case len(names) > 0:
		return fmt.Sprintf("\t%d queries, and SQL over their rows: %s", len(names), strings.Join(names, ", "))
	case reduced:
		return "\tone query per source, and SQL over the rows"
	}
	return ""
}
