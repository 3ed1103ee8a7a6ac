// The help pages: what a user needs to know that belongs to no single command.

package main

import (
	"embed"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

//go:embed help/*.md
var helpPages embed.FS

// ofCommands are the pages that are the help of the command of their name.
var ofCommands = []string{"sql"}

// commandPage gives a command's help, and its line in the list, from the page of its
// name.
func commandPage(name string) (short, long string) {
	page, err := helpPages.ReadFile("help/" + name + ".md")
	must(err)
	title, _, _ := strings.Cut(string(page), "\n")
	return strings.TrimPrefix(title, "# "), string(page)
}

// topicCommands has a command for each other page, which `fanql help` lists and
// `fanql help NAME` shows as it stands. The page's title is its line in the list.
func topicCommands() (topics []*cobra.Command) {
	files, err := fs.Glob(helpPages, "help/*.md")
	must(err)
	for _, file := range files {
		if slices.Contains(ofCommands, strings.TrimSuffix(strings.TrimPrefix(file, "help/"), ".md")) {
			continue
		}
		page, err := helpPages.ReadFile(file)
		must(err)
		title, _, _ := strings.Cut(string(page), "\n")
		topics = append(topics, &cobra.Command{
			Use:   strings.TrimSuffix(strings.TrimPrefix(file, "help/"), ".md"),
			Short: strings.TrimPrefix(title, "# "),
			Long:  string(page),
		})
	}
	return topics
}

// completeHelp offers the commands and the pages that help can show.
func completeHelp(root *cobra.Command) completion {
	return func(_ *cobra.Command, args []string, _ string) (words []string, _ cobra.ShellCompDirective) {
		if about, rest, err := root.Find(args); err == nil && len(rest) == 0 {
			for _, c := range about.Commands() {
				if c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() {
					words = append(words, c.Name()+"\t"+c.Short)
				}
			}
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}
