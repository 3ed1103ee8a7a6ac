// Shell completion that knows the config's sources, tags and queries.

package main

import (
	"slices"

	"github.com/spf13/cobra"
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
		words = append(words, q.Name)
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}
