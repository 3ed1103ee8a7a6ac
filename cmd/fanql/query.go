// fanql query: its flags, and what they mean together.

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/nearest"
)

// queryOptions are the flags of fanql query, as given.
type queryOptions struct {
	targets
	mergeFlags
	reduceOptions
	file, name     string
	params         []string
	output, format string
	formats        map[string]*bool // --csv and its like
	null           string
	nullSet        bool
	noHeader       bool
	quiet          bool
	require        string
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
}

const queryExample = `  # ad hoc sources, a result on the terminal
  fanql query -s eu=postgres://reader@eu.db/shop -s us=mysql://reader@us.db/shop 'select count(*) as n from orders'

  # sources from fanql.yaml: all with a tag but one, into a file that is complete or untouched
  fanql query -s tag:prod -s '!eu-3' -f revenue.sql -p since=2026-01-01 -o revenue.csv

  # a join across databases, by SQL over the rows of all
  fanql query -s eu -s us 'select id, amount from orders' --reduce 'select id, eu.amount, us.amount from eu join us using (id)'

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
well. What is missing is named on stderr, and the exit status says so.
--order-by, --distinct and --key merge the rows of all databases by their values;
they wait for all to end, and say incomplete if one is missing.

The SQL is the argument, or comes from a file (-f), from the config (--name), or
from stdin. :name in it is a parameter, given by -p and bound by the driver.
fanql query only reads; the real guarantee is an account without write rights.`,
		Example:           queryExample,
		Args:              atMost(1, "put the whole SQL in quotes"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.changed(cmd)
			o.mergeFlags.changed(cmd)
			o.reduceSet = cmd.Flags().Changed("reduce")
			return a.runQuery(cmd.Context(), o, args)
		},
	}
	f := cmd.Flags()
	o.targets.register(a, cmd)
	o.questionFlags(a, cmd)
	o.resultFlags(cmd)
	f.StringVar(&o.require, "require", "", "when the answer counts: all, any, N sources or N%; default any, and all with -o (`WHAT`)")
	f.StringVar(&o.order, "order", "", "order of the sources in the result: end (as they end) or source (as they are given); default end, and source with -o (`ORDER`)")
	o.mergeFlags.register(cmd)
	o.reduceOptions.register(cmd)
	f.StringVar(&o.sourceColumn, "source-column", "source", "`NAME` of the first column, which holds the source")
	f.BoolVar(&o.noSourceColumn, "no-source-column", false, "leave that column out")
	f.BoolVar(&o.strict, "strict", false, "fail a source whose columns differ")
	o.runFlags(cmd)
	f.BoolVar(&o.stream, "stream", false, "print rows as they come, also of sources that fail later; how each ended is said on stderr")
	f.DurationVar(&o.stallTimeout, "stall-timeout", 0, "with --stream, end a source that gives no row for so long; 0 is never (`DURATION`)")
	f.BoolVar(&o.verify, "verify", false, "look SQLite files over for damage first (quick_check reads the whole file)")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would be sent where, and send nothing")
	must(cmd.RegisterFlagCompletionFunc("require", fixedCompletion("all", "any", "50%")))
	must(cmd.RegisterFlagCompletionFunc("order", fixedCompletion("end", "source")))
	return cmd
}

// questionFlags are those that say what is asked.
func (o *queryOptions) questionFlags(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&o.file, "file", "f", "", "read the SQL from `FILE`; - is stdin")
	f.StringVar(&o.name, "name", "", "ask the `QUERY` saved in the config under this name")
	f.StringArrayVarP(&o.params, "param", "p", nil, "give a parameter: `NAME=VALUE` or NAME:TYPE=VALUE (text, int, decimal, bool, date, timestamp)")
	f.SortFlags = false
	must(cmd.RegisterFlagCompletionFunc("name", a.completeQueries))
}

// resultFlags are those that say where the result goes, and how it looks.
func (o *queryOptions) resultFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	o.formats = map[string]*bool{}
	f.StringVarP(&o.output, "output", "o", "", "write to `FILE`, which is replaced only by an answer that counts")
	f.StringVar(&o.format, "format", "", "print as `FORMAT`: table, csv, tsv, json, jsonl, markdown, vertical; default by the suffix of -o, else table")
	for _, name := range output.Names() {
		o.formats[name] = f.Bool(name, false, "short for --format "+name)
	}
	f.StringVar(&o.null, "null", "", "print NULL as `TEXT`")
	f.BoolVar(&o.noHeader, "no-header", false, "print no column names")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "on stderr, say only what is missing, and warnings")
	must(cmd.RegisterFlagCompletionFunc("format", fixedCompletion(output.Names()...)))
}

// runFlags are those that say what a run may take and what it leaves behind.
func (o *queryOptions) runFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.memory, "memory", "256MiB", "memory for rows that wait for the end of their source; the rest goes to temporary files (`SIZE`)")
	f.StringVar(&o.report, "report", "", "write how every source ended to `FILE`, as JSON")
	f.StringVar(&o.profile, "profile", "", "write a CPU profile to `FILE`")
	must(f.MarkHidden("profile"))
}

// changed notes which flags were given, where their values do not tell.
func (o *queryOptions) changed(cmd *cobra.Command) {
	o.nullSet, o.sourceColumnSet = cmd.Flags().Changed("null"), cmd.Flags().Changed("source-column")
	o.targets.changed(cmd)
}

// A plan is what a query command will do, once all that can be wrong with its
// flags, its config, its SQL and its files has been found.
type plan struct {
	asks    []query.Ask
	options query.Options
	require query.Require
	format  output.Format
	style   output.Options
	merging merging
	column  string // of source names; empty for none
	strict  bool
	quiet   bool
	stream  bool
	file    *output.File // nil is stdout
	path    string       // of file
	report  *output.File // nil is none
	inputs  []namedFile  // what is read, and so not to be written
	reduce  *reducing    // nil is a union
}

func (a *app) runQuery(ctx context.Context, o *queryOptions, args []string) error {
	p, c, opened, err := a.prepare(o, args)
	if err != nil {
		return err
	}
	if need := p.require.Of(len(p.asks)); need > len(p.asks) {
		return fmt.Errorf("--require %s: only %d are asked", p.require, len(p.asks))
	}
	if err := o.preferred(&p.merging, p.asks); err != nil {
		return err
	}
	for i := range p.asks {
		p.asks[i].Question.Eager, p.asks[i].Question.Verify = p.stream, o.verify
	}
	if err := p.startReduce(); err != nil {
		return err
	}
	defer p.stopReduce()
	if o.dryRun {
		a.warn(c)
		return a.dryRun(p, opened)
	}
	return a.send(ctx, p, o, c)
}

// prepare judges the flags, finds the query and the sources, and makes the
// question for each; nothing is sent.
func (a *app) prepare(o *queryOptions, args []string) (*plan, *config.Config, []sources.Opened, error) {
	c, err := a.load()
	if err != nil {
		return nil, nil, nil, err
	}
	text, err := a.queryText(o, c, args)
	if err != nil {
		return nil, nil, nil, err
	}
	p, err := a.planQuery(o, c)
	if err != nil {
		return nil, nil, nil, err
	}
	opened, chosen, err := a.ask(p, o, c, text)
	if err != nil {
		return nil, nil, nil, err
	}
	if p.options.Memory > 0 { // a value that could not be held is not even read
		for i := range p.asks {
			q := &p.asks[i].Question
			q.MaxCell = int(min(int64(q.MaxCell), p.options.Memory))
		}
	}
	o.targets.apply(p.asks, chosen, c.Defaults)
	p.inputs = a.inputs(c, opened, chosen, o)
	return p, c, opened, nil
}

// send goes on the journey, once it is known that its files can be written.
func (a *app) send(ctx context.Context, p *plan, o *queryOptions, c *config.Config) error {
	a.warn(c)
	p.style.Reserve = reserve(p)
	if err := o.distinct(p.inputs); err != nil {
		return err
	}
	if err := p.create(o); err != nil {
		return err
	}
	stop, err := profile(o.profile)
	if err != nil {
		return errors.Join(err, p.drop())
	}
	return errors.Join(a.journey(ctx, p), stop())
}

// planQuery judges the flags.
func (a *app) planQuery(o *queryOptions, c *config.Config) (p *plan, err error) {
	p = &plan{strict: o.strict, quiet: o.quiet, column: o.sourceColumn, path: o.output}
	toFile := o.output != "" && o.output != "-"
	if !toFile {
		p.path = ""
	}
	switch {
	case o.noSourceColumn && o.sourceColumnSet:
		return nil, errors.New("--source-column and --no-source-column contradict each other")
	case o.noSourceColumn:
		p.column = ""
	case o.sourceColumnSet && o.sourceColumn == "":
		return nil, errors.New("--source-column wants a name; --no-source-column leaves the column out")
	}
	if p.format, err = o.chosenFormat(); err != nil {
		return nil, err
	}
	switch o.order {
	case "", "end", "source":
	default:
		return nil, fmt.Errorf("--order %q: give end or source", o.order)
	}
	if p.merging, err = o.judge(o.order, o.stream); err != nil {
		return nil, err
	}
	p.merging.bySource = o.order == "source" || (o.order == "" && toFile)
	switch {
	case o.require != "":
		if p.require, err = query.ParseRequire(o.require); err != nil {
			return nil, fmt.Errorf("--require: %w", err)
		}
	case toFile:
		p.require = query.RequireAll
	}
	if o.memory != "" {
		if p.options.Memory, err = parseSize(o.memory); err != nil {
			return nil, fmt.Errorf("--memory: %w", err)
		}
		if p.options.Memory < leastMemory {
			return nil, fmt.Errorf("--memory %s: too little for even a few rows: give 64KiB at least", output.Sanitize(o.memory))
		}
	}
	if p.options.Timeout, err = o.targets.deadline(c.Defaults); err != nil {
		return nil, err
	}
	if err := o.reducing(p); err != nil {
		return nil, err
	}
	if err := o.streaming(p, toFile); err != nil {
		return nil, err
	}
	if o.report == "-" {
		return nil, errors.New("--report wants a file: stdout is for rows only")
	}
	p.style = output.Options{Null: o.null, NullSet: o.nullSet, NoHeader: o.noHeader}
	if o.nullSet {
		if err := p.format.CheckNull(o.null); err != nil {
			return nil, err
		}
	}
	if !toFile {
		if a.stdout == closed {
			return nil, errors.New("stdout is closed: nobody would see the rows: give -o FILE")
		}
		p.style.Width, p.style.Terminal = terminal(a.stdout)
		p.style.Color = a.color(a.stdout)
	}
	return p, nil
}

// streaming judges --stream, which must not let a half source be taken for a
// whole one.
func (o *queryOptions) streaming(p *plan, toFile bool) error {
	p.stream, p.options.Stall = o.stream, o.stallTimeout
	switch {
	case o.stallTimeout < 0:
		return fmt.Errorf("--stall-timeout %s: it cannot be negative; 0 is never", o.stallTimeout)
	case !o.stream && o.stallTimeout > 0:
		return errors.New("--stall-timeout goes with --stream")
	case !o.stream:
		return nil
	case toFile && o.report == "":
		return errors.New("--stream into a file could leave half a source that looks whole: add --report FILE, which says how each ended")
	case o.order == "source":
		return errors.New("--stream prints rows as they come: it cannot keep --order source")
	case o.require != "" && o.require != "any":
		return errors.New("--stream prints rows before it is known who ends well: it cannot keep --require " + o.require)
	}
	p.require = query.Require{}
	return nil
}

// chosenFormat finds the format: by --format or its short forms, else by the
// suffix of -o, else table.
func (o *queryOptions) chosenFormat() (output.Format, error) {
	name := o.format
	for _, short := range output.Names() {
		switch {
		case o.formats[short] == nil || !*o.formats[short]:
		case name != "" && name != short:
			return output.Format{}, fmt.Errorf("two formats: %s and %s", short, name)
		default:
			name = short
		}
	}
	if name != "" {
		f, ok := output.ByName(name)
		if !ok {
			hint := "choose one of " + list(output.Names())
			if near, ok := nearest.Name(name, output.Names()); ok {
				hint = fmt.Sprintf("did you mean %s?", near)
			}
			return f, fmt.Errorf("unknown format %q: %s", name, hint)
		}
		return f, nil
	}
	if f, ok := output.BySuffix(o.output); ok {
		return f, nil
	}
	if suffix := filepath.Ext(o.output); suffix != "" && suffix != ".txt" && o.output != "-" && !strings.HasPrefix(o.output, "/dev/") {
		return output.Format{}, fmt.Errorf("-o %s: no format goes by %s: give --format", output.Sanitize(o.output), output.Sanitize(suffix))
	}
	f, _ := output.ByName("table")
	return f, nil
}

// reserve gives the column of source names the width that its names will need.
func reserve(p *plan) map[string]int {
	if p.reduce != nil { // its columns are not those of the sources
		return nil
	}
	width := 0
	for _, a := range p.asks {
		width = max(width, runewidth.StringWidth(output.Sanitize(a.Source.Name())))
	}
	return map[string]int{p.column: width}
}

// before is what stands where the result goes.
func (p *plan) before() report.Before {
	if p.file != nil && p.file.Direct() {
		return report.Stream
	}
	if _, err := os.Stat(p.path); errors.Is(err, fs.ErrNotExist) {
		return report.Nothing
	}
	return report.Old
}

// create finds out, before anything is sent, that the files can be written.
func (p *plan) create(o *queryOptions) (err error) {
	if err := query.CheckFolder(""); err != nil {
		return err
	}
	if p.path != "" {
		if p.file, err = output.Create(p.path); err != nil {
			return err
		}
	}
	if o.report == "" {
		return nil
	}
	if p.report, err = output.CreateFor("--report", o.report); err != nil && p.file != nil {
		err = errors.Join(err, p.file.Discard())
	}
	return err
}

// leastMemory is the least that --memory takes.
const leastMemory = 64 << 10

// defaultTimeouts hold where neither a flag nor the config says otherwise.
const (
	defaultTimeout        = 30 * time.Second
	defaultConnectTimeout = 5 * time.Second
)
