// Completion of the words in a list, of parameters, and of arguments that are not files.

package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fanql/fanql/sources/config"
)

// inLists turns a completion of names into one of lists, as in eu,us, and of exclusions, as
// in !eu. It does not offer names that the list already has.
func inLists(names completion) completion {
	return func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		before, word := "", toComplete
		if i := strings.LastIndexByte(toComplete, ','); i >= 0 {
			before, word = toComplete[:i+1], toComplete[i+1:]
		}
		out := ""
		if strings.HasPrefix(word, "!") {
			out, word = "!", word[1:]
		}
		words, directive := names(cmd, args, word)
		had := strings.Split(strings.ReplaceAll(before, "!", ""), ",")
		var offered []string
		for _, w := range words {
			if name, _, _ := strings.Cut(w, "\t"); !slices.Contains(had, name) {
				offered = append(offered, before+out+w)
			}
		}
		if before+out != "" {
			directive |= cobra.ShellCompDirectiveNoFileComp // files are no part of a list
		}
		return offered, directive
	}
}

// completeParams offers the parameters of the saved query that --name chooses, or of all
// checks, with their types and defaults as descriptions.
func (a *app) completeParams(cmd *cobra.Command, _ []string, _ string) (words []string, _ cobra.ShellCompDirective) {
	directive := cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	c := a.known("queries", "checks")
	var queries []config.Query
	if name := cmd.Flag("name"); name != nil {
		if q, ok := c.Query(name.Value.String()); ok {
			queries = append(queries, q)
		}
	} else {
		for _, check := range c.Checks {
			queries = append(queries, check.Query)
			if q, ok := c.Query(check.Saved); ok {
				queries = append(queries, q)
			}
		}
	}
	for _, q := range queries {
		for _, name := range q.ParamNames() {
			about := q.Params[name].Type
			if d := q.Params[name].Default; d != nil {
				about = strings.TrimSpace(about + ", default " + *d)
			}
			words = append(words, strings.TrimSuffix(name+"=\t"+strings.TrimPrefix(about, ", "), "\t"))
		}
	}
	slices.Sort(words)
	return slices.Compact(words), directive
}

// foldersOnly completes the first argument to a folder, and no other.
func foldersOnly(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// fileThen completes the first argument to a file, and the later arguments by names. Most
// is the largest number of arguments; 0 is any number.
func fileThen(names completion, most int) completion {
	return func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		switch {
		case len(args) == 0:
			return nil, cobra.ShellCompDirectiveDefault
		case most > 0 && len(args) > most:
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return names(cmd, args, toComplete)
	}
}

// noFiles prevents the completion of file names for flags and arguments of a command that
// are not files and have no completion of their own.
func noFiles(cmd *cobra.Command) {
	isFile := func(what string) bool { return strings.Contains(what, "FILE") }
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		what, _ := pflag.UnquoteUsage(f)
		if _, known := cmd.GetFlagCompletionFunc(f.Name); !known && !isFile(what) && f.NoOptDefVal == "" {
			must(cmd.RegisterFlagCompletionFunc(f.Name, fixedCompletion()))
		}
	})
	switch {
	case cmd.ValidArgsFunction != nil || !cmd.Runnable() || isFile(cmd.Use):
	case strings.Contains(cmd.Use, "DIR"):
		cmd.ValidArgsFunction = foldersOnly
	default:
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
}
