// --watch of queries, checks and pings: runs a round and shows its result.

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/fanql/fanql/cmd/internal/checkformat"
	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// newWatch returns a watch. People says that the format is for people: then a terminal is
// redrawn in place.
func (a *app) newWatch(flags *watchFlags, quiet, people bool) *watch {
	w := &watch{app: a, flags: flags, quiet: quiet}
	w.shown = &sequence{w: w, titles: people}
	if people {
		if f := w.framed(); f != nil {
			w.shown = f
		}
	}
	return w
}

// watchRequest repeats a query. Round runs it once.
func (a *app) watchRequest(ctx context.Context, o *queryOptions, r run.Request, round func(ctx context.Context, r run.Request) error) error {
	if r.Format.Binary {
		return fmt.Errorf("--watch shows each round on the terminal or sends it to a pipe, and %s is a file", r.Format.Name)
	}
	w := a.newWatch(&o.watchFlags, o.quiet, r.Format.ForPeople())
	format := r.Format
	rows := r.Reduce == nil && r.Federate == nil && len(r.Tables) == 0
	if rows && r.Merge.Order == nil && r.Merge.Distinct == nil && !r.Merge.EndOrder {
		r.Merge.SourceOrder = true // so that rows keep their places from round to round
	}
	r.Format = format.Through(func(to io.Writer, style output.Options) output.Writer {
		out := w.writer(format, to, style)
		if w.judge != nil && !o.pings {
			out = judged{out, w.judge}
		}
		return out
	})
	if f, ok := w.shown.(*frames); ok {
		f.most, r.Brief = r.Memory, true
		if rows {
			f.changes.Source = r.SourceColumn
		}
		if o.pings {
			f.changes.Source, f.changes.Unmarked = "source", []string{"connect_ms", "round_trip_ms"}
		}
	}
	return w.repeat(ctx, func(ctx context.Context) error {
		r.Now, r.Started = time.Now(), time.Time{}
		return round(ctx, r)
	})
}

// writer returns the writer of a round's rows.
func (w *watch) writer(format output.Format, to io.Writer, style output.Options) output.Writer {
	if f, ok := w.shown.(*frames); ok {
		return f.writer(format, style)
	}
	return w.shown.(*sequence).writer(format, to, style)
}

// verdict receives the verdict of a query. The condition is evaluated if the answer is
// complete. If required is true, it is also evaluated if the answer meets --require.
func (w *watch) verdict(v report.Verdict, required bool) {
	if w == nil {
		return
	}
	missing := len(v.Missing())
	w.unjudged = ""
	switch {
	case v.Failure != nil || !v.Met():
		w.unjudged = "there is no answer"
	case required || v.Complete():
	default:
		w.unjudged = fmt.Sprintf("%d of %s missing", missing, plural(len(v.Outcomes), "source")+map[bool]string{true: " is", false: " are"}[missing == 1])
	}
	for _, o := range v.Outcomes {
		if o.State == query.OK {
			w.answered = append(w.answered, o.Source)
		}
	}
}

// pinged receives the results of all pings, including those of sources that did not answer.
func (w *watch) pinged(s *query.Summary) error {
	if w == nil {
		return nil
	}
	for _, o := range s.Outcomes {
		w.answered = append(w.answered, o.Source)
	}
	w.unjudged = ""
	return w.judgeListing(pings(s, true))
}

func (w *watch) judgeListing(l *listing) error {
	if w.judge == nil {
		return nil
	}
	if err := w.judge.Add(l.b); err != nil {
		return wrongCondition(err)
	}
	return nil
}

// watchChecks repeats a run of checks.
func (a *app) watchChecks(ctx context.Context, o *checkOptions, format checkformat.Format, round func(ctx context.Context) error) error {
	switch format.Name {
	case "text", "markdown", "json":
	default:
		return fmt.Errorf("--watch goes with text, markdown or json: %s is one document, for one run", format.Name)
	}
	return a.newWatch(&o.watchFlags, o.quiet, format.ForPeople()).repeat(ctx, round)
}

// report shows the report of a round of checks. Write writes it, for a terminal if the
// width is not 0, and with marks for changes.
func (w *watch) report(r *checks.Report, to io.Writer, write func(io.Writer, checkformat.Options) error) error {
	w.unjudged = ""
	if err := w.judgeListing(verdicts(r)); err != nil {
		return err
	}
	switch s := w.shown.(type) {
	case *frames:
		marks := s.before.next(r)
		s.marks.Cells = len(marks)
		s.body = func(to io.Writer, width int) error {
			return write(to, checkformat.Options{Width: width, Changed: func(check string) (verdict, message bool) {
				return marks[check+"\x00verdict"], marks[check+"\x00message"]
			}})
		}
	case *sequence:
		return s.text(func(to io.Writer) error { return write(to, checkformat.Options{}) }, to)
	}
	return nil
}

// verdicts lists how checks ended, for conditions.
func verdicts(r *checks.Report) *listing {
	l := newListing(row.Column{Name: "check", Type: row.Text}, row.Column{Name: "verdict", Type: row.Text},
		row.Column{Name: "severity", Type: row.Text}, row.Column{Name: "sources", Type: row.Int}, row.Column{Name: "message", Type: row.Text})
	for _, c := range r.Checks {
		l.text(c.Name)
		l.text(string(c.Verdict))
		l.text(string(c.Severity))
		l.b.Int(int64(len(c.Sources)))
		l.text(c.Message)
		l.end()
	}
	return l
}

// endings are how checks ended in a round.
type endings map[string]checks.Check

// next replaces the endings by those of a round. It returns the words of checks that have
// changed since the previous round.
func (e *endings) next(r *checks.Report) map[string]bool {
	marks, now := map[string]bool{}, endings{}
	for _, c := range r.Checks {
		now[c.Name] = c
		old, ok := (*e)[c.Name]
		if *e == nil {
			continue
		}
		if !ok || old.Verdict != c.Verdict {
			marks[c.Name+"\x00verdict"] = true
		}
		if !ok || old.Message != c.Message {
			marks[c.Name+"\x00message"] = true
		}
	}
	*e = now
	return marks
}
