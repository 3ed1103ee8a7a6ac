// The plan of a run: what its flags mean together, and what can be known to be wrong
// before anything is sent.

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/nearest"
)

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
	now     clock
	// warnings are of texts that mean something else to some sources.
	warnings []string
	quiet    bool
	stream   bool
	// keepGoing has all sources asked to their end although the requirement cannot
	// be met any more.
	keepGoing bool
	file      *output.File // nil is stdout
	path      string       // of file
	report    *output.File // nil is none
	profile   *output.File // likewise
	inputs    []namedFile  // what is read, and so not to be written
	reduce    *reducing    // nil is a union
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
	if err := p.strictly(); err != nil {
		return nil, nil, nil, err
	}
	if p.options.Memory > 0 { // a value that could not be held is not even read
		for i := range p.asks {
			q := &p.asks[i].Question
			q.MaxCell = int(min(int64(q.MaxCell), p.options.Memory))
		}
	}
	if err := o.targets.apply(p.asks, opened, chosen, c.Defaults); err != nil {
		return nil, nil, nil, err
	}
	p.inputs = a.inputs(c, opened, chosen, o)
	return p, c, opened, nil
}

// send goes on the journey, once it is known that its files can be written.
func (a *app) send(ctx context.Context, p *plan, o *queryOptions, c *config.Config) error {
	a.warn(c)
	a.warnOf(p.warnings)
	p.style.Reserve = reserve(p)
	if err := o.distinct(p.inputs); err != nil {
		return err
	}
	if err := p.create(ctx, o); err != nil {
		return err
	}
	a.warnOf(fileWarnings(p.file, p.report, p.profile))
	stop, err := profile(p.profile)
	if err != nil {
		return errors.Join(err, p.drop())
	}
	return errors.Join(a.journey(ctx, p), stop())
}

// planQuery judges the flags.
func (a *app) planQuery(o *queryOptions, c *config.Config) (p *plan, err error) {
	p = &plan{strict: o.strict, quiet: o.quiet, keepGoing: o.keepGoing, column: o.sourceColumn, path: o.output}
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
		if p.options.Memory, err = stagingMemory(o.memory); err != nil {
			return nil, err
		}
	}
	if p.options.Timeout, err = o.targets.deadline(c.Defaults); err != nil {
		return nil, err
	}
	p.now = o.targets.clock(time.Now())
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

func (o *queryOptions) chosenFormat() (output.Format, error) {
	return chosenFormat(output.Formats, o.format, o.formats, o.output, "table")
}

// chosenFormat finds the format: by --format or its short forms, else by the suffix
// of -o, else the usual one.
func chosenFormat[F output.Entry](all output.Catalogue[F], name string, shorts map[string]*bool, path, usual string) (f F, err error) {
	if name, err = namedFormat(name, shorts, all.Names()); err != nil {
		return f, err
	}
	f, ok := all.ByName(name)
	if !ok {
		f, ok = all.BySuffix(path)
	}
	if !ok {
		err = unknownSuffix(path)
		f, _ = all.ByName(usual)
	}
	return f, err
}

// namedFormat is the one that --format or a short form names, or empty.
func namedFormat(name string, shorts map[string]*bool, known []string) (string, error) {
	for _, short := range known {
		switch {
		case shorts[short] == nil || !*shorts[short]:
		case name != "" && name != short:
			return "", fmt.Errorf("two formats: %s and %s", short, name)
		default:
			name = short
		}
	}
	if name == "" || slices.Contains(known, name) {
		return name, nil
	}
	hint := "choose one of " + list(known)
	if near, ok := nearest.Name(name, known); ok {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	return "", fmt.Errorf("unknown format %q: %s", name, hint)
}

// unknownSuffix refuses a file whose suffix asks for something that there is not.
func unknownSuffix(path string) error {
	suffix := filepath.Ext(path)
	if suffix == "" || suffix == ".txt" || path == "-" || strings.HasPrefix(path, "/dev/") {
		return nil
	}
	return fmt.Errorf("-o %s: no format goes by %s: give --format", output.Sanitize(path), output.Sanitize(suffix))
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
func (p *plan) create(ctx context.Context, o *queryOptions) (err error) {
	ctx, stop := opening(ctx, p.options.Timeout)
	defer stop()
	if p.path != "" {
		if p.file, err = output.Create(ctx, p.path); err != nil {
			return err
		}
		if screen := p.file.Screen(); screen != nil {
			p.style.Width, p.style.Terminal = terminal(screen)
		}
	}
	if o.report != "" {
		p.report, err = output.CreateFor(ctx, "--report", o.report)
	}
	if err == nil && o.profile != "" {
		p.profile, err = output.CreateFor(ctx, "--profile", o.profile)
	}
	if err != nil {
		err = errors.Join(err, p.drop())
	}
	return err
}

// opening bounds the wait for a FIFO's reader by the run's own limit, since nobody
// need ever open it; 0 is none.
func opening(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, limit, &query.TimeoutError{After: limit})
}

// fileWarnings says what files cannot take over from those that they replace.
func fileWarnings(files ...*output.File) (warnings []string) {
	for _, f := range files {
		if f != nil && f.Warning() != "" {
			warnings = append(warnings, f.Warning())
		}
	}
	return warnings
}

// defaultTimeouts hold where neither a flag nor the config says otherwise.
const (
	defaultTimeout        = 30 * time.Second
	defaultConnectTimeout = 5 * time.Second
)
