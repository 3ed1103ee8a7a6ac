// The help pages: what users need to know beyond the flags of one command.

package main

import (
	"embed"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/manual"
	"github.com/fanql/fanql/cmd/internal/usage"
	"github.com/fanql/fanql/sources/nearest"
)

//go:embed help/*.md
var helpFiles embed.FS

// helpPages returns all pages, by name.
func helpPages() []manual.Page { return readPages(math.MaxInt64) }

// pageTitles returns all pages with only their first lines. It reads no more, because every
// run of the program needs the titles for its help.
var pageTitles = sync.OnceValue(func() []manual.Page {
	const line = 200 // bytes, at most
	return readPages(line)
})

// readPages returns all pages, by name. It reads at most the given number of bytes of each.
func readPages(most int64) (pages []manual.Page) {
	files, err := helpFiles.ReadDir("help")
	must(err)
	for _, file := range files {
		f, err := helpFiles.Open("help/" + file.Name())
		must(err)
		text, err := io.ReadAll(io.LimitReader(f, most))
		must(err)
		name := strings.TrimSuffix(file.Name(), ".md")
		p := manual.Page{Name: name, Text: string(text), Manual: "fanql-" + name, Section: "7"}
		if name == "config" { // the page is about a file
			p.Manual, p.Section = "fanql.yaml", "5"
		}
		pages = append(pages, p)
	}
	return pages
}

// helpPage returns the page with a name.
func helpPage(name string) (manual.Page, bool) {
	for _, p := range helpPages() {
		if p.Name == name {
			return p, true
		}
	}
	return manual.Page{}, false
}

// helpCommand shows a page, or the text of a command's --help. A page takes precedence
// over a command of the same name.
func (a *app) helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [PAGE or COMMAND]",
		Short: "Show a help page, or the help of a command",
		Long: `Show a help page, through the pager if it is longer than the screen, or the text of a
command's --help. If a page and a command have the same name, it shows the page.

` + pageList(),
		Example:           "  fanql help results\n  fanql help config check",
		ValidArgsFunction: completeHelp(root),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return root.Help()
			}
			if page, ok := helpPage(args[0]); ok && len(args) == 1 {
				return a.show(page.Shown())
			}
			about, rest, err := root.Find(args)
			if err == nil && len(rest) == 0 {
				return about.Help()
			}
			if err == nil && about.HasParent() {
				return usage.UnknownCommand(about, rest)
			}
			return unknownHelp(root, strings.Join(args, " "))
		},
	}
}

// unknownHelp returns the error for a word that is neither a page nor a command.
func unknownHelp(root *cobra.Command, word string) error {
	var known []string
	for _, p := range pageTitles() {
		known = append(known, p.Name)
	}
	for _, c := range root.Commands() {
		known = append(known, c.Name())
	}
	hint := "see fanql help"
	if name, ok := nearest.Name(word, known); ok {
		hint = fmt.Sprintf("did you mean %q?", name)
	}
	return fmt.Errorf("there is no help page and no command %q: %s", word, hint)
}

// pageList lists the pages for help.
func pageList() string {
	var b strings.Builder
	b.WriteString("Help pages (fanql help PAGE):\n")
	for _, p := range pageTitles() {
		fmt.Fprintf(&b, "  %-13s %s\n", p.Name, p.Title())
	}
	return b.String()
}

// completeHelp offers the commands and the pages that help can show.
func completeHelp(root *cobra.Command) completion {
	return func(_ *cobra.Command, args []string, _ string) (words []string, _ cobra.ShellCompDirective) {
		if len(args) == 0 {
			for _, p := range pageTitles() {
				words = append(words, p.Name+"\t"+p.Title())
			}
		}
		if about, rest, err := root.Find(args); err == nil && len(rest) == 0 {
			for _, c := range about.Commands() {
				if _, both := helpPage(c.Name()); c.IsAvailableCommand() && (len(args) > 0 || !both) {
					words = append(words, c.Name()+"\t"+c.Short)
				}
			}
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}
