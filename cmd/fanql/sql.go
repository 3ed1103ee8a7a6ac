// fanql sql: its flags, and the run.

package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/cmd/internal/usage"
)

// sqlOptions are the flags of fanql sql, as given.
type sqlOptions struct {
	queryOptions
	noPush, explain bool
}

const sqlExample = `  # one average over the orders of all shops
  fanql sql -s 'shop-*' 'select category, count(*) as n, avg(amount) as average from orders group by category'

  # customers of one database who ordered in another
  fanql sql -s crm -s shops 'select c.name, sum(o.amount) as total from crm.customers c join orders o on o.customer = c.id group by c.name order by total desc limit 10'

  # what is sent to whom, and what is done here
  fanql sql --explain -s 'shop-*' 'select max(placed_at) from orders where amount > 100'`

func (a *app) sqlCommand() *cobra.Command {
	o := &sqlOptions{}
	cmd := &cobra.Command{
		Use:   "sql [SQL]",
		Short: "Answer one SQL statement over all databases as if they were one",
		Long: `Answer one statement of DuckDB's SQL over all databases as if they were one. A table's
name is the union of the tables of that name at all sources, with the source's name in the
column "source"; eu.orders is the table of source eu alone. Each source computes as much of
the statement as means the same there. fanql help sql explains what is sent and what is not.`,
		Example:           sqlExample,
		Args:              usage.AtMost(1, "put the whole SQL in quotes"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.changed(cmd)
			if err := o.check(cmd); err != nil {
				return err
			}
			return a.runSQL(cmd.Context(), o, args)
		},
	}
	f := cmd.Flags()
	o.targets.register(a, cmd)
	o.statementFlags(a, cmd)
	o.resultFlags(cmd)
	f.StringVar(&o.require, "require", "", "when the answer counts: all, any, N sources or N%; default all, because an aggregate without some sources looks complete (`WHAT`)")
	f.StringVar(&o.sourceColumn, "source-column", "source", "`NAME` of the column of each table that holds the source")
	f.BoolVar(&o.strict, "strict", false, "fail a source that lacks one of the tables, or whose columns differ")
	o.runFlags(cmd)
	o.severalFlags.files(cmd)
	o.watchFlags.register(cmd)
	f.BoolVar(&o.verify, "verify", false, "check SQLite files for damage first (quick_check reads the whole file)")
	f.BoolVar(&o.noPush, "no-push", false, "fetch the rows of all tables, and compute everything in fanql: the answer is the same")
	f.BoolVar(&o.explain, "explain", false, "look up names, show what would be sent to each source, what fanql would compute itself and why, and fetch no rows")
	f.BoolVar(&o.dryRun, "dry-run", false, "the same as --explain")
	must(cmd.RegisterFlagCompletionFunc("require", fixedCompletion("all", "any", "50%")))
	return cmd
}

func (a *app) runSQL(ctx context.Context, o *sqlOptions, args []string) error {
	r, err := a.request(&o.queryOptions, args)
	if err != nil {
		return err
	}
	r.Federate = &run.Federate{Gather: o.noPush}
	if o.watched {
		return a.watchRequest(ctx, &o.queryOptions, r, func(ctx context.Context, r run.Request) error { return a.runRequest(ctx, &o.queryOptions, r) })
	}
	p, err := a.plan(ctx, &r)
	if err != nil {
		return err
	}
	defer p.Close()
	if !o.dryRun && !o.explain {
		return a.execute(ctx, p, &o.queryOptions, r.Config)
	}
	a.warn(r.Config)
	shown := func(line string) string { return line }
	if r.Style.Terminal {
		shown = output.Sanitize
	}
	ctx, _, stop := a.untilSignal(ctx, p.Progress, func() { _ = p.Discard() })
	defer stop()
	text, v, err := p.Explain(ctx, a.host(o.quiet), shown)
	if err != nil {
		return err
	}
	if err := a.show(text); err != nil {
		return err
	}
	return exit(v.Exit())
}
