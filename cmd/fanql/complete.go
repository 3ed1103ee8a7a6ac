// Shell completion that knows the config's sources, tags and queries.

package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/output"
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

// completeNames offers names, groups and tags.
func (a *app) completeNames(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	c, err := a.load()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var words []string
	for _, s := range c.Sources {
		words = append(words, s.Name)
		if s.Group != "" {
			words = append(words, s.Group)
		}
		for _, tag := range s.Tags {
			words = append(words, "tag:"+tag)
		}
	}
	slices.Sort(words)
	return slices.Compact(words), cobra.ShellCompDirectiveNoFileComp
}

func (a *app) completeQueries(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	c, err := a.load()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var words []string
	for _, q := range c.Queries {
		words = append(words, q.Name+described(q))
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// described returns the text that a shell shows beside the name of a saved query: what
// it is for, or its parts if there are several.
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
