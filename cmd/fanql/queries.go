// fanql queries: the saved queries of the config.

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/usage"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/row"
)

func (a *app) queriesCommand() *cobra.Command {
	o := &queryOptions{}
	cmd := &cobra.Command{
		Use:   "queries",
		Short: "List the saved queries of the config",
		Long: `List the saved queries of the config: the name, the description, the parameters with
their types and values, the sources, and the place in the file. fanql query --name
QUERY runs one. No database is queried.`,
		Example: "  fanql queries\n  fanql queries --json",
		Args:    usage.NoArguments,
		RunE:    func(*cobra.Command, []string) error { return a.listQueries(o) },
	}
	formatFlag(cmd, o)
	return cmd
}

func (a *app) listQueries(o *queryOptions) error {
	f, err := a.listingFormat(o)
	if err != nil {
		return err
	}
	c, err := a.load()
	if err != nil {
		return err
	}
	t := newListing(row.Column{Name: "query", Type: row.Text}, row.Column{Name: "describe", Type: row.Text}, row.Column{Name: "params", Type: row.Text},
		row.Column{Name: "sources", Type: row.Text}, row.Column{Name: "place", Type: row.Text})
	for _, q := range c.Queries {
		chosen := strings.Join(q.Sources, ", ")
		if chosen == "" {
			chosen = "all"
		}
		for _, cell := range []string{q.Name, q.Describe, strings.Join(declared(q), ", "), chosen, fmt.Sprintf("%s:%d", q.Pos.File, q.Pos.Line)} {
			t.text(cell)
		}
		t.end()
	}
	a.warn(c)
	return a.print(f, t)
}

// declared returns the declarations of a query's parameters in the form of -p, without a
// value where one must be given. Three points stand for a value that is a reference.
func declared(q config.Query) (list []string) {
	for _, name := range slices.Sorted(maps.Keys(q.Params)) {
		p, text := q.Params[name], name
		if p.Type != "" {
			text += ":" + p.Type
		}
		switch {
		case p.Null:
			text += ":null"
		case p.Referred, p.Missing != nil:
			text += "=..."
		case p.Default != nil:
			text += "=" + *p.Default
		}
		list = append(list, text)
	}
	return list
}
