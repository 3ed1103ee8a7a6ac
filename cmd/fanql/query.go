// fanql query: its flags, and the run.

package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/cmd/internal/usage"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/separated"
)

// queryOptions are the flags of fanql query, as given.
type queryOptions struct {
	targets
	mergeFlags
	meetingFlags
	reduceOptions
	severalFlags
	watchFlags
	pings          bool                 // fanql sources ping runs it
	pinged         func(*query.Summary) // is called with the summary of the pings; may be nil
	file, name     string
	inline         string // the SQL of -c
	params         []string
	output, format string
	formats        map[string]*bool // the short forms of --format: --csv, --json, ...
	compress       string
	sheets         string
	progress       string
	csv            separated.Words
	savedCSV       bool // the command reads a saved CSV file
	display        display
	null           string
	nullSet        bool
	noHeader       bool
	tuplesOnly     bool
	quiet, verbose bool
	timeline       bool
	require        string
	keepGoing      bool
	order          string
	sourceColumn   string
	noSourceColumn bool

	sourceColumnSet bool
	strict          bool
	memory          string
	report          string
	stream          bool
	stallTimeout    time.Duration
	verify          bool
	profile         string
	dryRun          bool
	portable        bool
	command         string // the name of the command that has these flags
}

const queryExample = `  # ad hoc sources, a result on the terminal
  fanql query -s eu=postgres://reader@eu.db/shop -s us=mysql://reader@us.db/shop 'select count(*) as n from orders'

  # sources from fanql.yaml: all with a tag but one, into a file that is complete or untouched
  fanql query -s tag:prod -s '!eu-3' -f revenue.sql -p since=2026-01-01 -o revenue.csv

  # a join across databases, by SQL over the rows of all
  fanql query -s eu -s us 'select id, amount from orders' --reduce 'select id, eu.amount, us.amount from eu join us using (id)'

  # how many orders are still open, every 5 seconds, until there are none
  fanql query -s tag:prod --watch 5s --until 'n == 0' "select count(*) as n from orders where status = 'open'"

  # a saved query, whatever answers within 2 seconds, and a report for programs
  fanql query --name revenue --timeout 2s --report run.json

  # the 20 largest orders of all databases, each id once
  fanql query -s tag:prod --key id --order-by 'amount desc, id' --limit 20 'select id, amount from orders'`

func (a *app) queryCommand() *cobra.Command {
	o := &queryOptions{}
	cmd := &cobra.Command{
		Use:   "query [SQL]",
		Short: "Send one query to many databases and print one result",
		Long: `Send one reading query to all chosen databases at once, under one deadline, and
print their rows as one result: those of each database as soon as it has ended
well. Missing sources are named on stderr, and the exit status shows that some are missing.
--order-by, --distinct and --key merge the rows of all databases by their values;
they wait for all to end, and say incomplete if one is missing.

The SQL is the argument, or comes from a file (-f), from the config (--name), or
from stdin. :name in it is a parameter, given by -p and bound by the driver.
fanql query only reads; the real guarantee is an account without write rights.`,
		Example:           queryExample,
		Args:              usage.AtMost(1, "put the whole SQL in quotes"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.changed(cmd)
			o.mergeFlags.changed(cmd)
			o.reduceSet = cmd.Flags().Changed("reduce")
			if err := o.check(cmd); err != nil {
				return err
			}
			return a.runQuery(cmd.Context(), o, args)
		},
	}
	f := cmd.Flags()
	o.targets.register(a, cmd)
	o.statementFlags(a, cmd)
	f.BoolVar(&o.portable, "portable", false, "the SQL is DuckDB's: translate it for each database, or refuse what cannot be translated with the same meaning (fanql help portable)")
	o.resultFlags(cmd)
	f.StringVar(&o.require, "require", "", "when the answer counts: all, any, N sources or N%; default any, and all with -o (`WHAT`)")
	f.StringVar(&o.order, "order", "", "order of the sources in the result: end (as they end) or source (as they are given); default end, and source with -o (`ORDER`)")
	o.mergeFlags.register(a, cmd)
	o.reduceOptions.register(cmd)
	o.meetingFlags.register(a, cmd)
	f.StringVar(&o.sourceColumn, "source-column", "source", "`NAME` of the first column, which holds the source; a single source shows it on a terminal only with this flag")
	f.BoolVar(&o.noSourceColumn, "no-source-column", false, "leave that column out")
	f.BoolVar(&o.strict, "strict", false, "fail a source whose columns differ, and refuse a text that means something else to some of the sources")
	o.runFlags(cmd)
	o.severalFlags.files(cmd)
	o.fromRunToRun(cmd)
	o.watchFlags.register(cmd)
	f.BoolVar(&o.stream, "stream", false, "print rows as they arrive, also those of sources that fail later; stderr reports how each source ended")
	f.DurationVar(&o.stallTimeout, "stall-timeout", 0, "with --stream, end a source that sends no row for `DURATION`; 0 is never")
	f.BoolVar(&o.verify, "verify", false, "check SQLite files for damage first (quick_check reads the whole file)")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would be sent where, and send nothing; with --portable, names are looked up")
	must(cmd.RegisterFlagCompletionFunc("require", fixedCompletion("all", "any", "50%")))
	must(cmd.RegisterFlagCompletionFunc("order", fixedCompletion("end", "source")))
	return cmd
}

// statementFlags registers the flags for the query's text.
func (o *queryOptions) statementFlags(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&o.inline, "command", "c", "", "send this `SQL`; it can also be the argument")
	f.StringVarP(&o.file, "file", "f", "", "read the SQL from `FILE`; - is stdin")
	f.StringVar(&o.name, "name", "", "run the `QUERY` saved in the config under this name")
	f.StringArrayVarP(&o.params, "param", "p", nil, "give a parameter: `NAME=VALUE` or NAME:TYPE=VALUE (text, int, decimal, bool, date, timestamp); a list is NAME:TYPE[]=1,2,3 or NAME:TYPE[]=@FILE; a date may be today - 7d (fanql help parameters)")
	f.SortFlags = false
	must(cmd.RegisterFlagCompletionFunc("name", a.completeQueries))
	must(cmd.RegisterFlagCompletionFunc("param", a.completeParams))
}

// resultFlags registers the flags for the destination and the form of the result.
func (o *queryOptions) resultFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	o.formats = map[string]*bool{}
	f.StringVarP(&o.output, "output", "o", "", "write to `FILE`, which is replaced only by an answer that counts; {source}, {tag}, {date} and {part} in its name make several files, which appear together (fanql help exports)")
	f.StringVar(&o.format, "format", "", "print as `FORMAT`: "+strings.Join(output.Formats.Names(), ", ")+"; default by the suffix of -o, else table")
	for _, name := range output.Formats.Names() {
		o.formats[name] = f.BoolP(name, shortFormats[name], false, "short for --format "+name)
	}
	f.StringVar(&o.null, "null", "", "print NULL as `TEXT`")
	f.BoolVar(&o.noHeader, "no-header", false, "print no column names")
	f.BoolVarP(&o.tuplesOnly, "tuples-only", "t", false, "print rows only: the same as --no-header --quiet")
	o.display.register(cmd)
	o.exportFlags(cmd)
	f.BoolVarP(&o.quiet, "quiet", "q", false, "on stderr, report only what is missing, and warnings")
	f.BoolVar(&o.timeline, "timeline", false, "on stderr, draw for each source when it was connected, waited and gave rows")
	f.BoolVar(&o.verbose, "verbose", false, "on stderr, print a line for every source, also for more than 12 and for a single one")
	must(cmd.RegisterFlagCompletionFunc("format", fixedCompletion(output.Formats.Names()...)))
}

// shortFormats are the letters that psql and sq have for formats.
var shortFormats = map[string]string{"vertical": "x", "json": "j"}

// runFlags registers the flags for a run's resources, and for the files that it leaves.
func (o *queryOptions) runFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	memoryFlag(f, &o.memory, "memory for rows that wait for the end of their source; the rest goes to temporary files (`SIZE`)")
	f.BoolVar(&o.keepGoing, "keep-going", false, "run all sources to their end, even if so many have failed that the answer cannot count any more")
	f.StringVar(&o.report, "report", "", "write how every source ended to `FILE`, as JSON")
	f.StringVar(&o.profile, "profile", "", "write a CPU profile to `FILE`")
	must(f.MarkHidden("profile"))
}

// changed records which flags were given, where their values do not show it.
func (o *queryOptions) changed(cmd *cobra.Command) {
	o.noHeader, o.quiet = o.noHeader || o.tuplesOnly, o.quiet || o.tuplesOnly
	o.nullSet, o.sourceColumnSet = cmd.Flags().Changed("null"), cmd.Flags().Changed("source-column")
	o.targets.changed(cmd)
	o.severalFlags.changed(cmd)
	o.command = cmd.Name()
}

func (a *app) runQuery(ctx context.Context, o *queryOptions, args []string) error {
	r, err := a.request(o, args)
	if err != nil {
		return err
	}
	if o.watched {
		return a.watchRequest(ctx, o, r, func(ctx context.Context, r run.Request) error { return a.runRequest(ctx, o, r) })
	}
	return a.runRequest(ctx, o, r)
}

// runRequest executes a request, or shows what would be sent.
func (a *app) runRequest(ctx context.Context, o *queryOptions, r run.Request) error {
	planned := func(r *run.Request) (*run.Plan, error) { return a.plan(ctx, r) }
	if o.dryRun { // it dials nothing
		planned = newPlan
	}
	p, err := planned(&r)
	if err != nil {
		return a.nothingMissing(err, o.quiet)
	}
	defer p.Close()
	if !o.dryRun {
		return a.execute(ctx, p, o, r.Config)
	}
	a.warn(r.Config)
	a.warnOf(p.Warnings)
	shown := func(line string) string { return line }
	if r.Style.Terminal {
		shown = output.Sanitize
	}
	ctx, _, stop := a.untilSignal(ctx, p.Progress, func() { _ = p.Discard() })
	defer stop()
	if err := p.Translate(ctx); err != nil {
		return err
	}
	return a.show(p.DryRun(shown))
}
