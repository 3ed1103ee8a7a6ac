// fanql sample: the first rows of a table from each source.

package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/run"
)

// sampleRows is the default number of rows of each source.
const sampleRows = 3

func (a *app) sampleCommand() *cobra.Command {
	o := &catalogueOptions{}
	var rows int
	cmd := &cobra.Command{
		Use:   "sample TABLE",
		Short: "Show the first rows of a table of each database",
		Long: `Look up a table in each of the chosen databases, regardless of the case of its name,
and print its first rows, as select * returns them. A source without the table is
missing in the result.`,
		Example:           "  fanql sample orders\n  fanql sample -s eu -s us -n 10 orders --csv",
		Args:              tableArgument,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.changed(cmd)
			return a.runSample(cmd.Context(), o, args[0], rows)
		},
	}
	o.register(a, cmd)
	f := cmd.Flags()
	f.IntVarP(&rows, "rows", "n", sampleRows, "at most `N` rows of each source")
	f.StringVar(&o.sourceColumn, "source-column", "source", "`NAME` of the first column, which holds the source")
	f.BoolVar(&o.noSourceColumn, "no-source-column", false, "leave that column out")
	f.Lookup("time-zone").Hidden = false
	return cmd
}

func (a *app) runSample(ctx context.Context, o *catalogueOptions, table string, rows int) error {
	if rows < 0 {
		return fmt.Errorf("-n %d: it cannot be negative; 0 shows the columns only", rows)
	}
	name, err := wholeName(table)
	if err != nil {
		return err
	}
	r, err := a.catalogueRequest(o)
	if err != nil {
		return err
	}
	if r.SourceColumn, err = o.column(); err != nil {
		return err
	}
	r.Sample = &run.Sample{Table: name, Rows: rows}
	return a.runRequest(ctx, &o.queryOptions, r)
}
