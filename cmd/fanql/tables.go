// fanql tables: the tables of all sources, and which sources lack them.

package main

import (
	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/catalog"
)

func (a *app) tablesCommand() *cobra.Command {
	o := &catalogueOptions{}
	cmd := &cobra.Command{
		Use:   "tables [PATTERN...]",
		Short: "List the tables of many databases, and which databases lack one",
		Long: `Ask all chosen databases for their tables and views, and print one line for each:
which sources have it, and about how many rows it has in all of them, which the
servers know without counting.

A pattern is a name in which * stands for any characters and ? for one, as in psql:
'ord*', 'sales.*' for a schema, '*.*' for all of them. Case does not matter; in double
quotes all characters stand for themselves. Without a schema it means the tables that
can be named without one: those in PostgreSQL's search_path, and in MySQL's database.`,
		Example: `  fanql tables
  fanql tables -s tag:prod 'ord*'
  fanql tables -s eu.db -s us.db --csv
  fanql tables --system 'pg_stat*'`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.changed(cmd)
			patterns, err := catalog.ParsePatterns(args)
			if err != nil {
				return err
			}
			return a.runCatalogue(cmd.Context(), o, run.Catalogue{Scope: catalog.Scope{Tables: patterns, Rows: true}, Listing: run.ListTables})
		},
	}
	o.register(a, cmd)
	o.systemFlag(cmd)
	return cmd
}
