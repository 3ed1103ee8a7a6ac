// fanql load: its flags, and the run.

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/cmd/internal/usage"
	"github.com/fanql/fanql/sources/load"
)

// loadOptions are the flags of fanql load, as given.
type loadOptions struct {
	queryOptions
	to, table, over         string
	create, append, replace bool
	upsert                  string
	noPush                  bool
}

const loadExample = `  # the orders of all shops into a new table of a warehouse, all of them or none
  fanql load -s 'shop-*' --to warehouse --table orders --create 'select * from orders'

  # the same every night: the table has the new rows or the old ones, at any time
  fanql load -s 'shop-*' --to warehouse --table orders --replace 'select * from orders'

  # only what has changed since yesterday, found again by its key
  fanql load -s 'shop-*' --to warehouse --table orders --upsert source,id -p 'since:timestamp=today - 1d' \
    'select * from orders where changed_at >= :since'

  # what fanql sql answers, into a file of DuckDB's
  fanql load -s 'shop-*' --to sales.duckdb --table by_day --create --over all \
    'select placed_at::date as day, sum(amount) as amount from orders group by all'`

func (a *app) loadCommand() *cobra.Command {
	o := &loadOptions{}
	cmd := &cobra.Command{
		Use:   "load --to TARGET --table NAME [SQL]",
		Short: "Send one query to many databases and load the rows into a table of another",
		Long: `Send one reading query to all chosen databases, as fanql query does, and load their rows
into a table: of PostgreSQL (by COPY), MySQL or MariaDB, a SQLite file, or a file of DuckDB.

All rows appear in the table at once, in one transaction, and only if every source has
ended well (--require any loads the rows of those that have, with exit status 3).
Otherwise the table is as it was. Columns are matched by their names. Every value is
written exactly as it was read. If a column cannot hold a value, the error names it, and
nothing is loaded. fanql help load says which types a new table gets, and what happens
to triggers, indexes and grants.

fanql load is the only command that writes to a database, and it writes only to --to: only
that database needs an account that may write.`,
		Example:           loadExample,
		Args:              usage.AtMost(1, "put the whole SQL in quotes"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.changed(cmd)
			o.mergeFlags.changed(cmd)
			o.reduceSet = cmd.Flags().Changed("reduce")
			return a.runLoad(cmd.Context(), o, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.to, "to", "", "load into `TARGET`: a source of the config, a URL, a SQLite file, or duckdb:FILE")
	f.StringVar(&o.table, "table", "", "load into the table `NAME`, or SCHEMA.NAME")
	f.BoolVar(&o.create, "create", false, "make the table, which must not exist")
	f.BoolVar(&o.append, "append", false, "add the rows to those of the table (the default)")
	f.BoolVar(&o.replace, "replace", false, "replace all rows of the table, which keeps its definition")
	f.StringVar(&o.upsert, "upsert", "", "change the rows with the same values in `COLUMNS`, such as 'source,id', and add the others; the columns need a unique index")
	o.targets.register(a, cmd)
	o.statementFlags(a, cmd)
	f.StringVar(&o.over, "over", "each", "send the SQL to `WHICH`: each source, as fanql query does, or all of them as one, as fanql sql does")
	f.BoolVar(&o.noPush, "no-push", false, "with --over all, fetch the rows of all tables, and compute everything in fanql")
	f.BoolVar(&o.portable, "portable", false, "the SQL is DuckDB's: translate it for each database, or refuse what cannot be translated with the same meaning (fanql help portable)")
	f.StringVar(&o.require, "require", "", "when the rows count: all, any, N sources or N%; default all (`WHAT`)")
	o.mergeFlags.register(a, cmd)
	o.reduceOptions.register(cmd)
	o.meetingFlags.register(a, cmd)
	f.StringVar(&o.sourceColumn, "source-column", "source", "`NAME` of the column that holds the source")
	f.BoolVar(&o.noSourceColumn, "no-source-column", false, "leave that column out")
	f.BoolVar(&o.strict, "strict", false, "fail a source whose columns differ, and refuse a text that means something else to some of the sources")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "on stderr, report only what is missing, and warnings")
	f.BoolVar(&o.verbose, "verbose", false, "on stderr, print a line for every source, also for more than 12 and for a single one")
	o.runFlags(cmd)
	f.BoolVar(&o.verify, "verify", false, "check SQLite files for damage first (quick_check reads the whole file)")
	f.BoolVar(&o.dryRun, "dry-run", false, "look at the table and the sources' columns, show what would be sent where, and load nothing")
	must(cmd.RegisterFlagCompletionFunc("require", fixedCompletion("all", "any", "50%")))
	must(cmd.RegisterFlagCompletionFunc("to", a.completeSourceNames))
	must(cmd.RegisterFlagCompletionFunc("table", fixedCompletion()))
	must(cmd.RegisterFlagCompletionFunc("upsert", inLists(a.completeOrder)))
	must(cmd.RegisterFlagCompletionFunc("over", fixedCompletion("each", "all")))
	return cmd
}

// loading checks the flags of the load itself.
func (o *loadOptions) loading() (*run.Load, error) {
	l := &run.Load{To: o.to, Table: o.table}
	given := 0
	for _, m := range []struct {
		set  bool
		mode load.Mode
	}{{o.create, load.Create}, {o.append, load.Append}, {o.replace, load.Replace}, {o.upsert != "", load.Upsert}} {
		if m.set {
			l.Mode, given = m.mode, given+1
		}
	}
	switch {
	case o.to == "":
		return nil, errors.New("--to is missing: name the database that the rows go to, a source of the config or a URL")
	case o.table == "":
		return nil, errors.New("--table is missing: name the table that the rows go into")
	case given > 1:
		return nil, errors.New("give one of --create, --append, --replace and --upsert")
	case o.over != "each" && o.over != "all":
		return nil, fmt.Errorf("--over %q: give each or all", o.over)
	case o.noPush && o.over != "all":
		return nil, errors.New("--no-push goes with --over all")
	}
	if o.upsert == "" {
		return l, nil
	}
	for name := range strings.SplitSeq(o.upsert, ",") {
		name = strings.TrimSpace(name)
		if name == "" {
			return nil, fmt.Errorf("--upsert %q: a name is empty", o.upsert)
		}
		l.Key = append(l.Key, name)
	}
	return l, nil
}

func (a *app) runLoad(ctx context.Context, o *loadOptions, args []string) error {
	l, err := o.loading()
	if err != nil {
		return err
	}
	r, err := a.request(&o.queryOptions, args)
	if err != nil {
		return err
	}
	r.Load, r.Format = l, output.Format{}
	if o.over == "all" {
		if err := o.overAll(&r); err != nil {
			return err
		}
	}
	p, err := a.plan(ctx, &r)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := a.lookAtTarget(ctx, p); err != nil {
		return err
	}
	if o.dryRun {
		a.warn(r.Config)
		a.warnOf(p.Warnings)
		return a.showLoad(ctx, p, o)
	}
	return a.execute(ctx, p, &o.queryOptions, r.Config)
}

// overAll makes the text one statement over all sources.
func (o *loadOptions) overAll(r *run.Request) error {
	for flag, given := range map[string]bool{
		"--portable": o.portable, "--match": r.ByPlace, "--coerce": len(r.Coerce) > 0, "--order-by": o.set["order-by"],
		"--distinct": o.distinctRows, "--distinct-source": o.distinctSource, "--key": o.set["key"], "--limit": o.set["limit"],
		"--offset": o.offset != 0, "--no-source-column": o.noSourceColumn, "--sorted": o.sorted,
	} {
		if given {
			return fmt.Errorf("%s does not go with --over all: the statement says what becomes of the rows", flag)
		}
	}
	r.Federate = &run.Federate{Gather: o.noPush}
	return nil
}

// lookAtTarget looks at the table under the signals of the process.
func (a *app) lookAtTarget(ctx context.Context, p *run.Plan) error {
	ctx, _, stop := a.untilSignal(ctx, p.Progress, func() { _ = p.Discard() })
	defer stop()
	err := p.LookAtTarget(ctx)
	if err == nil {
		return nil
	}
	status := exitcode.None
	if i := run.Interrupted(ctx); i != nil {
		status = i.ExitStatus()
		err = fmt.Errorf("%w while the table was looked at: nothing was loaded", i)
	}
	return &statusError{status, err}
}

// showLoad shows what would be sent where.
func (a *app) showLoad(ctx context.Context, p *run.Plan, o *loadOptions) error {
	ctx, _, stop := a.untilSignal(ctx, p.Progress, func() { _ = p.Discard() })
	defer stop()
	text, v, err := p.DryLoad(ctx, a.host(o.quiet), func(line string) string { return output.Sanitize(line) })
	if err != nil {
		return err
	}
	if err := a.show(text); err != nil {
		return err
	}
	return exit(v.Exit())
}
