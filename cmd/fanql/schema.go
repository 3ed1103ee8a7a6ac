// fanql schema: shows, saves and compares tables, columns, keys and indexes.

package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/catalog"
)

func (a *app) schemaCommand() *cobra.Command {
	o := &catalogueOptions{}
	var diff bool
	var baseline string
	cmd := &cobra.Command{
		Use:   "schema [PATTERN...]",
		Short: "Show, save and compare the schemas of many databases",
		Long: `Ask all chosen databases for their tables, columns, keys and indexes. As JSON, such as
with -o schema.json, the result is a file to compare with later; all other formats have
a line for each table, column and index.

With --diff, it shows the differences from a baseline instead: in tables, columns,
types, nullability, keys and indexes. The baseline is the first source, another one, or
a saved file. A source is compared with the source of the same name in the file, or with
the only source that is in the file. Approximate rows, defaults, comments and the
names of indexes do not count.

The exit status of --diff is 0 if all are the same, 4 if one is different, 3 if a
source could not be compared and others were, and 1 if none was.`,
		Example: `  fanql schema -s eu -o schema.json
  fanql schema --diff
  fanql schema --diff --baseline eu 'ord*'
  fanql schema --diff --baseline schema.json --csv -o drift.csv`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.changed(cmd)
			patterns, err := catalog.ParsePatterns(args)
			switch {
			case err != nil:
				return err
			case !diff && cmd.Flags().Changed("baseline"):
				return errors.New("--baseline goes with --diff")
			}
			scope := catalog.Scope{Tables: patterns, Columns: true, Indexes: true}
			return a.runCatalogue(cmd.Context(), o, run.Catalogue{Scope: scope, Listing: run.ListSchema, Compare: diff, Baseline: baseline})
		},
	}
	f := cmd.Flags()
	o.register(a, cmd)
	f.BoolVar(&diff, "diff", false, "show how the schemas differ from that of a baseline")
	f.StringVar(&baseline, "baseline", "", "with --diff, compare with `SOURCE`, one of the chosen, or with a file that was saved as JSON; default the first source")
	o.systemFlag(cmd)
	must(cmd.RegisterFlagCompletionFunc("baseline", a.completeSources))
	return cmd
}
