// fanql diff: the differences between the rows of sources and those of a baseline.

package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/cmd/internal/usage"
)

// diffOptions are the flags of fanql diff, as given.
type diffOptions struct {
	queryOptions
	comparison run.Comparison
	baseline   string
	limit      int
	limited    bool // --limit was given
}

const diffExample = `  # row by row, found again by their key
  fanql diff -s old=postgres://reader@old.db/shop -s new=mysql://reader@new.db/shop --key id 'select * from orders'

  # all replicas against the primary; amounts may be a cent apart
  fanql diff -s 'eu-*' --baseline eu-primary --key id,region --tolerance amount=0.01 -f orders.sql -o differences.csv

  # against a result that was saved before a migration
  fanql query -s eu.db --no-source-column -o before.csv 'select * from orders'
  fanql diff -s eu.db --baseline before.csv --key id 'select * from orders'`

func (a *app) diffCommand() *cobra.Command {
	o := &diffOptions{}
	cmd := &cobra.Command{
		Use:   "diff [SQL]",
		Short: "Send one query to several databases and show how their rows differ",
		Long: `Send one reading query to all chosen databases at once, and compare the rows of
each with those of a baseline: the first of them, another one, or a saved file.

With --key, rows are matched by their key and compared cell by cell. Without it,
whole rows are compared, and how often each occurs; but if each side has a single
row, the two are compared cell by cell. Values are equal if they are the same value,
however a system writes it (true and 1, 1.10 and 1.1). Texts are equal if they are
the same text.

The exit status is 0 if all are the same, 4 if one is different, 3 if a source
could not be compared and others were, and 1 if none was.`,
		Example:           diffExample,
		Args:              usage.AtMost(1, "put the whole SQL in quotes"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.changed(cmd)
			o.comparison.HasKey, o.limited = cmd.Flags().Changed("key"), cmd.Flags().Changed("limit")
			return a.runDiff(cmd.Context(), o, args)
		},
	}
	f := cmd.Flags()
	o.targets.register(a, cmd)
	o.statementFlags(a, cmd)
	f.StringVar(&o.baseline, "baseline", "", "compare with `SOURCE`, one of the chosen, or with a saved .csv (also .csv.gz or .csv.zst) or .parquet file; default the first source")
	f.StringVar(&o.comparison.Key, "key", "", "the `COLUMNS` by which rows are matched, as in id or id,region; default none: whole rows, and single ones cell by cell")
	f.StringArrayVar(&o.comparison.Tolerances, "tolerance", nil, "let the values of a column differ: `COLUMN=0.01`, COLUMN=0.1% of the baseline's, or COLUMN=1s for dates and times; repeatable")
	f.BoolVar(&o.comparison.Exact, "exact", false, "values are equal only if their texts and the classes of their types are equal")
	f.IntVar(&o.limit, "limit", 0, "show at most `N` rows that differ of each source, and count them all; 0 shows none")
	o.meetingFlags.register(a, cmd)
	o.resultFlags(cmd)
	o.runFlags(cmd)
	f.Lookup("quiet").Usage = "on stderr, report only what is different or missing"
	must(cmd.RegisterFlagCompletionFunc("baseline", a.completeSources))
	must(cmd.RegisterFlagCompletionFunc("key", inLists(a.completeColumns)))
	must(cmd.RegisterFlagCompletionFunc("tolerance", a.completeValueOf()))
	return cmd
}

func (a *app) runDiff(ctx context.Context, o *diffOptions, args []string) error {
	d, err := o.comparison.Parse(flag)
	if err != nil {
		return err
	}
	if d.Limit, d.Limited = o.limit, o.limited; o.limit < 0 {
		return fmt.Errorf("--limit %d: it cannot be negative; leave it out for all rows", o.limit)
	}
	o.savedCSV = o.baseline != "" && isSavedCSV(o.baseline)
	r, err := a.request(&o.queryOptions, args)
	if err != nil {
		return err
	}
	r.Diff, r.SourceColumn = &run.Compare{Diff: *d, BaselineName: o.baseline, Style: r.Style.CSV}, "source"
	p, err := a.plan(ctx, &r)
	if err != nil {
		return err
	}
	defer p.Close()
	return a.execute(ctx, p, &o.queryOptions, r.Config)
}
