// Completion of columns: those that the text of the query on the command line names.

package main

import (
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
)

// completeColumns offers the columns of the query: of a saved one, of a file, or of the SQL
// on the command line. It reads only texts and queries no database, so it offers the
// columns of a star only for a logical table of the config.
func (a *app) completeColumns(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	return a.columnsAsked(cmd, args), cobra.ShellCompDirectiveNoFileComp
}

// completeOrder is completeColumns for an order, which may also name the source column.
func (a *app) completeOrder(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	names := a.columnsAsked(cmd, args)
	if len(names) > 0 && !slices.Contains(names, "source") {
		names = append(names, "source")
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeValueOf completes COLUMN=VALUE: first the columns, then the given values.
func (a *app) completeValueOf(values ...string) completion {
	return func(cmd *cobra.Command, args []string, toComplete string) (words []string, _ cobra.ShellCompDirective) {
		if column, _, ok := strings.Cut(toComplete, "="); ok {
			for _, v := range values {
				words = append(words, column+"="+v)
			}
			return words, cobra.ShellCompDirectiveNoFileComp
		}
		for _, name := range a.columnsAsked(cmd, args) {
			words = append(words, name+"=")
		}
		return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// columnsAsked returns the names of the columns of the query on the command line, in their
// order, as far as its texts contain them.
func (a *app) columnsAsked(cmd *cobra.Command, args []string) (names []string) {
	c := a.known("queries", "tables")
	given := func(name string) string {
		if f := cmd.Flag(name); f != nil {
			return f.Value.String()
		}
		return ""
	}
	var texts []string
	switch q, saved := c.Query(given("name")); {
	case given("reduce") != "":
		texts = []string{given("reduce")}
	case saved && q.Reduce != "":
		texts = []string{q.Reduce}
	case saved:
		texts = textsOf(q)
	case given("command") != "":
		texts = []string{given("command")}
	case given("file") != "":
		texts = textsOf(config.Query{File: given("file")})
	case len(args) > 0:
		texts = args[:1]
	}
	for _, text := range texts {
		for _, name := range resultColumns(text, c, true) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// textsOf returns the texts of a query for all dialects and sources.
func textsOf(q config.Query) (texts []string) {
	if q.SQL != "" {
		texts = append(texts, q.SQL)
	}
	if q.File != "" {
		texts = append(texts, sections(q.File)...)
	}
	return append(texts, sortedValues(q.Variants)...)
}

// sections returns the texts in a file with SQL. It does not read a file that is not
// regular, such as a pipe, because the query needs the content.
func sections(path string) (texts []string) {
	const most = 1 << 20
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close() // it was opened for reading only
	text, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return nil
	}
	q, err := statement.ParseFile(string(text), sources.Dialects)
	if err != nil {
		return nil
	}
	return append([]string{q.Text}, sortedValues(q.Variants)...)
}

// sortedValues returns the values of a map in the order of its keys.
func sortedValues(m map[string]string) (values []string) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		values = append(values, m[k])
	}
	return values
}

// resultColumns returns the columns of a text in the first dialect that can read it. If
// logical is true, the columns of a star are those of the logical table; the texts of
// logical tables cannot name other logical tables.
func resultColumns(text string, c *config.Config, logical bool) []string {
	of := func(name string) (names []string) {
		t, ok := c.Table(name)
		if !ok || !logical || name == "" {
			return nil
		}
		texts := []string{t.SQL}
		for _, v := range t.Variants {
			texts = append(texts, v.SQL)
		}
		for _, text := range texts {
			for _, own := range resultColumns(text, c, false) {
				if !slices.Contains(names, own) {
					names = append(names, own)
				}
			}
		}
		return names
	}
	for _, d := range sources.Dialects {
		if names := statement.ResultColumns(text, d, of); len(names) > 0 {
			return names
		}
	}
	return nil
}
