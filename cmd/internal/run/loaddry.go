// The dry run of a load: what would be sent to which source, and the mapping of the
// columns.

package run

import (
	"context"
	"fmt"
	"strings"

	"github.com/fanql/fanql/cmd/internal/loading"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// DryLoad returns what a load would send to the sources and run at its target, after
// LookAtTarget. It reads the columns of the sources, and no rows. Shown sanitizes each line
// for its destination.
func (p *Plan) DryLoad(ctx context.Context, h Host, shown func(string) string) (string, report.Verdict, error) {
	l := p.load
	if p.federation != nil {
		text, v, err := p.Explain(ctx, h, shown)
		if err != nil {
			return text, v, err
		}
		return text + l.shown(nil, shown), v, nil
	}
	if err := p.Translate(ctx); err != nil {
		return "", p.verdict(), option.Spelled(err, p.request.Spelling)
	}
	text := p.DryRun(shown)
	if p.reduce != nil {
		return text + l.shown(nil, shown), report.Verdict{}, nil
	}
	v, schema, err := p.prepared(ctx)
	if err != nil || schema == nil {
		return text + l.shown(nil, shown), v, err
	}
	x := &execution{plan: p, tasks: p.Targets.Tasks(), verdict: &v}
	x.run.SourceColumn = p.request.SourceColumn
	v.Load = &report.Load{}
	f, err := x.fitter(schema, loading.NewObserver())
	if err != nil {
		return "", v, &TargetError{option.Spelled(l.explain(err), p.request.Spelling)}
	}
	return text + l.shown(f, shown) + notesOf(v.Load.Warnings, shown), v, nil
}

func notesOf(notes []string, shown func(string) string) (text string) {
	for _, n := range notes {
		text += shown("--   "+n) + "\n"
	}
	return text
}

// shown describes the load. The fitter is nil if the columns are not known before the rows
// arrive.
func (l *loadPlan) shown(f *loading.Fitter, shown func(string) string) string {
	var b strings.Builder
	line := func(format string, args ...any) { b.WriteString(shown(fmt.Sprintf(format, args...)) + "\n") }
	line("-- to %s: %s: table %s (%s)", l.loader.Name(), l.loader.Place(), l.Table, l.Mode)
	var own []load.Column
	switch {
	case f != nil:
		own = f.Columns()
		for _, m := range f.Mapping() {
			line("--   %s", m)
		}
	case l.Mode == load.Create:
		line("--   its columns are known when the rows are")
		return b.String()
	default:
		line("--   these are all columns of the table: which of them the rows have is known when the rows are")
		own = l.table.Columns
	}
	for _, sql := range l.loader.Statements(l.request(own)) {
		line("%s;", strings.TrimSuffix(sql, ";"))
	}
	return b.String()
}

// prepared reads the columns of the sources. The schema is nil if one of them does not
// report its columns.
func (p *Plan) prepared(ctx context.Context) (report.Verdict, *row.Schema, error) {
	v := p.verdict()
	tasks := p.Targets.Tasks()
	for i := range tasks {
		tasks[i].Request.Prepare = true
	}
	ends := &deciding{Summary: v.Summary, spelling: p.request.Spelling, decided: func() {}}
	o := p.options
	o.Progress, o.Ended = p.Progress, ends.Ended
	schemas := make([]*row.Schema, len(tasks))
	for a := range query.Dispatch(ctx, tasks, o) {
		if a.Rows != nil {
			a.Rows.Discard()
		}
		schemas[a.Outcome.Index] = a.Schema
	}
	r := columns.New(columns.Options{Sources: p.Targets.Names(), SourceColumn: p.request.SourceColumn, ByPlace: p.request.ByPlace, Note: func(int, string) {}})
	for i, s := range schemas {
		switch {
		case s == nil:
			continue // its outcome says why
		case s.Width() == 0:
			return v, nil, nil
		}
		if err := r.Admit(i, s); err != nil {
			return v, nil, fmt.Errorf("source %s: %w", output.Sanitize(p.Targets[i].Name()), err)
		}
	}
	if v.Count(query.OK) == 0 {
		return v, nil, nil
	}
	return v, r.Schema(), nil
}
