// fanql without arguments: the names in the config, and what can be done with them.

package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/process"
	"github.com/fanql/fanql/sources/config"
)

// welcomed is how many names of each kind are shown.
const welcomed = 12

// welcome shows the sources, saved queries and checks of the config, or the help if there
// is no config. Nothing is opened.
func (a *app) welcome(cmd *cobra.Command) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	if c.Path == "" {
		return cmd.Help()
	}
	a.warn(c)
	var b strings.Builder
	fmt.Fprintln(&b, output.Sanitize(c.Path))
	var sources, queries, checks [][]string
	for _, s := range c.Sources {
		sources = append(sources, []string{s.Name, s.Kind.String(), s.Place(), strings.Join(s.Tags, ", ")})
	}
	for _, q := range c.Queries {
		queries = append(queries, []string{q.Name, strings.Join(append(parameters(q), q.Describe), " ")})
	}
	for _, check := range c.Checks {
		checks = append(checks, []string{check.Name, check.Describe})
	}
	section(&b, "Sources", "fanql sources", sources)
	section(&b, "Saved queries", "fanql queries", queries)
	section(&b, "Checks", "fanql check list", checks)
	b.WriteString("\nNext\n")
	var next [][]string
	if len(sources) > 0 {
		next = append(next, []string{"fanql sources ping", "which of them answer"}, []string{"fanql tables", "what they hold"},
			[]string{"fanql query 'select 1 as one'", "send SQL to all of them"})
	}
	if len(queries) > 0 {
		next = append(next, []string{"fanql query --name " + process.ShellWord(queries[0][0]), "send a saved query"})
	}
	if len(checks) > 0 {
		next = append(next, []string{"fanql check", "run the checks"})
	}
	aligned(&b, append(next, []string{"fanql --help", "all commands and pages"}))
	return a.show(b.String())
}

// parameters returns how the parameters of a saved query are given.
func parameters(q config.Query) (all []string) {
	for _, name := range q.ParamNames() {
		value := cmp.Or(q.Params[name].Type, "VALUE")
		if d := q.Params[name].Default; d != nil {
			value = *d
		}
		all = append(all, "-p "+name+"="+value)
	}
	return all
}

// section appends the names of one kind, or the first ones if there are many.
func section(b *strings.Builder, title, more string, lines [][]string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s (%d)\n", title, len(lines))
	aligned(b, lines[:min(len(lines), welcomed)])
	if n := len(lines) - welcomed; n > 0 {
		fmt.Fprintf(b, "  and %d more: %s\n", n, more)
	}
}

// aligned appends lines with their words in aligned columns.
func aligned(b *strings.Builder, lines [][]string) {
	widths := map[int]int{}
	for _, line := range lines {
		for i := range line {
			line[i] = output.Sanitize(line[i])
			widths[i] = max(widths[i], runewidth.StringWidth(line[i]))
		}
	}
	for _, line := range lines {
		text := ""
		for i, word := range line {
			text += "  " + runewidth.FillRight(word, widths[i])
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
}
