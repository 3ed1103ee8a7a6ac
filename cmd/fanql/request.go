// Conversion of the flags of a query into a request.

package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/option"
)

// request checks the flags and finds the query; it opens nothing.
func (a *app) request(o *queryOptions, args []string) (r run.Request, err error) {
	c, err := a.load()
	if err != nil {
		return r, err
	}
	return a.requestOf(c, o, args)
}

// requestOf is request for a config that has been read.
func (a *app) requestOf(c *config.Config, o *queryOptions, args []string) (r run.Request, err error) {
	r.Config = c
	if err := a.readQuery(o, &r, args); err != nil {
		return r, err
	}
	if err := o.chosenBySaved(r.Config); err != nil {
		return r, err
	}
	if r.SourceColumn, err = o.column(); err != nil {
		return r, err
	}
	if err := o.export(&r); err != nil {
		return r, err
	}
	merged := o.mergeFlags
	if r.Export.State != nil && r.Export.State.Key != nil {
		merged = merged.without("key")
	}
	if r.Merge, err = merged.merge(o.order); err != nil {
		return r, err
	}
	if err := a.commonRequest(o, &r); err != nil {
		return r, err
	}
	if err := o.meeting(&r); err != nil {
		return r, err
	}
	if err := o.reducing(&r); err != nil {
		return r, err
	}
	r.Params, r.Strict, r.Verify = o.params, o.strict, o.verify
	r.ShowSource = o.sourceColumnSet
	r.Stream, r.Stall = o.stream, o.stallTimeout
	return r, nil
}

// commonRequest checks the flags of all commands that query databases.
func (a *app) commonRequest(o *queryOptions, r *run.Request) (err error) {
	packing, err := o.chosen(r)
	if err != nil {
		return err
	}
	if r.Output = o.output; r.Output == "-" {
		r.Output = ""
	}
	if o.require != "" {
		require, err := query.ParseRequire(o.require)
		if err != nil {
			return fmt.Errorf("--require: %w", err)
		}
		r.Require = &require
	}
	if o.memory != "" {
		if r.Memory, err = budgetMemory(o.memory); err != nil {
			return err
		}
	}
	if r.Limits, err = o.targets.limits(r.Config.Defaults); err != nil {
		return err
	}
	switch o.progress {
	case "", "auto", "json", "none":
	default:
		return fmt.Errorf("--progress %q: give auto, json or none", o.progress)
	}
	if o.verbose && o.quiet {
		return errors.New("--verbose and --quiet contradict each other")
	}
	if o.report == "-" {
		return errors.New("--report needs a file: stdout is for rows only")
	}
	if r.Sources, err = o.selectors(); err != nil {
		return err
	}
	r.Getenv, r.Now = a.getenv, time.Now()
	r.KeepGoing, r.Quiet, r.Verbose = o.keepGoing, o.quiet, o.verbose
	r.Timeline = o.timeline
	r.Report, r.Version, r.Spelling, r.Command = o.report, version(), flag, o.command
	r.Style, err = a.style(o, r.Format, packing, r.Output != "")
	return err
}

// readQuery finds the query.
func (a *app) readQuery(o *queryOptions, r *run.Request, args []string) (err error) {
	if len(o.queries) == 0 {
		asked, err := a.queryText(o, r.Config, args)
		r.Query, r.Tables, r.Reduce = asked.Query, asked.Tables, asked.Reduce
		r.Query.Portable = r.Query.Portable || o.portable
		return err
	}
	if o.portable {
		return errors.New("--portable goes with one query, not with --query")
	}
	if len(args) > 0 || o.inline != "" || o.file != "" || o.name != "" {
		return errors.New("give either one query (as an argument, with -f FILE or with --name QUERY) or named ones with --query")
	}
	return nil
}

// chosenBySaved takes the sources, the order and the format from the saved query if no flag
// sets them.
func (o *queryOptions) chosenBySaved(c *config.Config) error {
	q, ok := c.Query(o.name)
	if !ok {
		return nil
	}
	if len(o.sources) == 0 {
		o.sources = q.Sources
	}
	if q.OrderBy != "" && o.mergeFlags.set != nil && !o.mergeFlags.set["order-by"] {
		if _, err := columns.ParseOrder(q.OrderBy); err != nil {
			return fmt.Errorf("query %s: order_by: %w", q.Name, err)
		}
		o.orderBy, o.mergeFlags.set["order-by"] = q.OrderBy, true
	}
	named, err := namedFormat(o.format, o.formats, output.Formats.Names())
	if _, _, known := output.ForPath(o.output); err == nil && named == "" && !known && q.Format != "" {
		if o.format, err = namedFormat(q.Format, nil, output.Formats.Names()); err != nil {
			err = fmt.Errorf("query %s: format: %w", q.Name, err)
		}
	}
	return err
}

// column returns the name of the column of source names; empty means no such column.
func (o *queryOptions) column() (string, error) {
	switch {
	case o.noSourceColumn && o.sourceColumnSet:
		return "", errors.New("--source-column and --no-source-column contradict each other")
	case o.noSourceColumn:
		return "", nil
	case o.sourceColumnSet && o.sourceColumn == "":
		return "", errors.New("--source-column needs a name; --no-source-column leaves the column out")
	}
	return o.sourceColumn, nil
}

// style returns the options for printing rows to their destination.
func (a *app) style(o *queryOptions, f output.Format, packing compression.Kind, toFile bool) (s output.Options, err error) {
	s = output.Options{Null: o.null, NullSet: o.nullSet, NoHeader: o.noHeader, Compression: packing}
	if err := o.display.apply(a, f, &s); err != nil {
		return s, err
	}
	if s.CSV, err = o.csvStyle(f); err != nil {
		return s, err
	}
	if s.SheetsBySource, err = o.sheetsBySource(f); err != nil {
		return s, err
	}
	if o.nullSet {
		if err := f.CheckNull(o.null, s.CSV); err != nil {
			return s, err
		}
	}
	if toFile {
		return s, nil
	}
	if a.stdout == closed {
		return s, errors.New("stdout is closed: nobody would see the rows: give -o FILE")
	}
	s.Width, s.Terminal = output.Terminal(a.stdout)
	s.Color = a.color(a.stdout)
	s.ManyColors = s.Color && manyColors(a.getenv)
	if s.Terminal {
		err = option.Spelled(f.OnTerminal(s), flag)
	}
	return s, err
}

// reducing reads the flags of a reduce, which replace the saved query's own.
func (o *queryOptions) reducing(r *run.Request) (err error) {
	switch {
	case o.reduceSet:
		r.Reduce = &run.Reduce{SQL: o.reduce}
	case len(r.Tables) > 0 || r.Reduce != nil:
		r.Spelling = run.InConfig(r.Spelling)
	}
	if len(o.queries) > 0 {
		r.Tables, err = run.ParseTables(o.queries)
	}
	return err
}
