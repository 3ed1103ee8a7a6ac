// fanql columns: the columns of one table, at each source.

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/catalog"
)

func (a *app) columnsCommand() *cobra.Command {
	o := &catalogueOptions{}
	cmd := &cobra.Command{
		Use:   "columns TABLE",
		Short: "Show the columns of a table at each database, and how they differ",
		Long: `Ask all chosen databases for the columns of a table, and print one line for each:
its type, whether it may be NULL, and its place in the primary key. Where sources
differ, each of the values stands before the sources that have it, and the column
differs says in what: type, nullability, key, or where the column is missing.

Types of one kind of database differ if they are spelled otherwise; those of two
kinds if they have not the same values: bigint is bigint in all, and TEXT of SQLite
may hold what other databases keep as dates.`,
		Example:           "  fanql columns orders\n  fanql columns -s tag:prod sales.orders --format csv",
		Args:              tableArgument,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.changed(cmd)
			table, err := wholeName(args[0])
			if err != nil {
				return err
			}
			o.system = true // a named system table is meant
			scope := catalog.Scope{Tables: []catalog.Pattern{table}, Columns: true}
			return a.runCatalogue(cmd.Context(), o, run.Catalogue{Scope: scope, Listing: run.ListColumns})
		},
	}
	o.register(a, cmd)
	return cmd
}

// wholeName reads the name of one table.
func wholeName(text string) (catalog.Pattern, error) {
	p, err := catalog.ParsePattern(text)
	if err == nil && !p.Whole() {
		err = fmt.Errorf("%q is a pattern, and one table is wanted: `fanql tables` and `fanql schema` take patterns; a name that has * or ? in it stands in double quotes", text)
	}
	return p, err
}
