// --reduce: SQL over the gathered rows, and --query: several queries, each a table.

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/run"
)

// reduceOptions are the flags of a reduce, as given.
type reduceOptions struct {
	reduce    string
	reduceSet bool
	queries   []string
}

func (o *reduceOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.reduce, "reduce", "", "print what this `SQL` of DuckDB's answers over the rows of all sources: table rows, and a view for each source by its name")
	f.StringArrayVar(&o.queries, "query", nil, "with --reduce, ask several queries at once, each a table of its own: `NAME[@SOURCES]=SQL`, where SOURCES are as for -s; repeatable")
	must(cmd.RegisterFlagCompletionFunc("reduce", fixedCompletion()))
	must(cmd.RegisterFlagCompletionFunc("query", fixedCompletion()))
}

// tables are the queries of --query.
func (o *reduceOptions) tables() (all []run.Table, err error) {
	names := map[string]bool{}
	for _, arg := range o.queries {
		t, err := parseTable(arg)
		if err != nil {
			return nil, err
		}
		if folded := strings.ToLower(t.Name); names[folded] {
			return nil, fmt.Errorf("two --query are called %s, in whatever case: choose another name", t.Name)
		}
		names[strings.ToLower(t.Name)] = true
		all = append(all, t)
	}
	return all, nil
}

// parseTable reads NAME[@SOURCES]=SQL.
func parseTable(arg string) (t run.Table, err error) {
	head, sql, found := strings.Cut(arg, "=")
	name, selector, selects := strings.Cut(head, "@")
	switch {
	case !found || !isTableName(name):
		return t, fmt.Errorf("--query %q: give NAME=SQL or NAME@SOURCES=SQL, where the name is of letters, digits and _", arg)
	case strings.TrimSpace(sql) == "":
		return t, fmt.Errorf("--query %s has no SQL: give %s=SQL", name, head)
	}
	if selects {
		t.Sources = []string{selector}
	}
	t.Name, t.Query.Text = name, sql
	return t, nil
}

func isTableName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
