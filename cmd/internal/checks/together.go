// Expectations that are judged for several sources together.

package checks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks/expression"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/compare"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// All expects that an expression is true of the rows of all sources, merged into one
// result.
func All(text string, now time.Time) (Expectation, error) {
	e, err := expression.Merged(text, now)
	return all{e}, err
}

type all struct{ expression *expression.Expression }

func (e all) over() *expression.Expression { return e.expression }

func (e all) String() string { return "all rows: " + e.expression.String() }

func (e all) judge(ctx context.Context, j *judging) {
	for _, m := range j.good() {
		if _, err := e.expression.Bind(j.arrivals[m].Schema); err != nil {
			j.refuse(m, err)
		}
	}
	in := j.good()
	if !j.enough(in) {
		return
	}
	arrivals := j.take(in)
	run := merge.Run{Sources: j.names(in), Notes: &notes{j: j, members: in}}
	var bound *expression.Bound
	err := merge.InSourceOrder{Compared: e.expression.Columns()}.Merge(run, slices.Values(arrivals), func(b *row.Batch) (err error) {
		defer b.Release()
		if bound == nil {
			if bound, err = e.expression.Bind(b.Schema); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return bound.Add(b)
	})
	if in = j.good(); !j.enough(in) {
		return
	}
	truth, values := expression.Unknown, ""
	if err == nil {
		truth, values, err = bound.Total()
	}
	switch {
	case err != nil:
		j.refuseAll(in, err)
	case truth != expression.True:
		if j.alreadyFound(j.check.Findings) {
			return
		}
		j.check.Findings = append(j.check.Findings, j.finding(Finding{Expected: j.words(e), Message: values}))
		j.merged = worse(j.merged, j.verdict())
	}
}

// Agree expects that all sources have the rows of one of them, the baseline. The baseline
// is the source of that name, or the first one if the name is empty. The Diff says how rows
// are compared; the judge sets its fields Baseline, Limit and Compared.
func Agree(d compare.Diff, baseline string) Expectation {
	return comparison{differ: d, baseline: baseline, file: -1}
}

// Unchanged expects that all sources have the rows of a file, which is the task with that
// index in the plan.
func Unchanged(d compare.Diff, path string, task int) Expectation {
	return comparison{differ: d, baseline: path, file: task}
}

type comparison struct {
	differ   compare.Diff
	baseline string
	file     int // -1: a source
}

func (e comparison) String() string {
	text := "sources agree"
	switch {
	case e.file >= 0:
		text = "unchanged from " + e.baseline
	case e.baseline != "":
		text = "sources agree with " + e.baseline
	}
	if len(e.differ.Key) > 0 {
		var names []string
		for _, k := range e.differ.Key {
			names = append(names, k.Name)
		}
		text += " by " + strings.Join(names, ", ")
	}
	for _, t := range e.differ.Tolerances {
		text += ", " + t.String()
	}
	if e.differ.Exact {
		text += ", exactly"
	}
	return text
}

func (e comparison) judge(ctx context.Context, j *judging) {
	members := j.good()
	if e.file < 0 && len(members) < 2 {
		for _, m := range members {
			j.refuse(m, errors.New("there is nothing to compare it with: the other sources could not be evaluated"))
		}
		return
	}
	arrivals, at, err := e.arrivals(j, members)
	if err != nil {
		j.refuseAll(members, err)
		return
	}
	var places []int // the indexes of the members, and of the file, among the compared arrivals
	if e.file >= 0 {
		places = append(places, -1)
	}
	places = append(places, members...)
	names := j.names(members)
	if e.file >= 0 {
		names = slices.Insert(names, 0, e.baseline)
	}
	d := e.differ
	d.Baseline, d.Limit = at, max(j.spec.Samples, 1)
	compared := map[int]compare.Comparison{}
	d.Compared = func(i int, c compare.Comparison) { compared[i] = c }
	samples := map[string]*Samples{}
	n := &notes{j: j, members: places}
	err = d.Merge(merge.Run{Sources: names, Notes: n, Stop: ctx.Err}, slices.Values(arrivals), func(b *row.Batch) error {
		defer b.Release()
		for i := range b.Rows() {
			source := string(b.AppendText(nil, b.Row(i)[0]))
			if samples[source] == nil {
				samples[source] = newSamples(b.Schema.Columns[1:])
			}
			if s := samples[source]; len(s.Rows) < j.spec.Samples {
				s.add(b, b.Row(i)[1:])
			}
		}
		return nil
	})
	for i, m := range places {
		if i == at || m < 0 {
			continue
		}
		c, ok := compared[i]
		switch {
		case j.check.Sources[m].Error != nil:
		case err != nil:
			j.refuse(m, err)
		case !ok:
			j.refuse(m, fmt.Errorf("it was not compared: %s", n.reason(ctx, at, names[at])))
		case !c.Same():
			first := samples[names[i]]
			j.found(m, Finding{
				Expected: e.String(), Message: report.Differs(c, names[at]) + distanceBy(first), Rows: c.Added + c.Removed + c.Changed, Samples: shownOnly(first),
			})
		}
	}
	if base := places[at]; base >= 0 && len(compared) == 0 && j.check.Sources[base].Error == nil {
		j.refuse(base, errors.New("no other source could be compared with it"))
	}
}

// arrivals returns the arrivals to compare, and the index of the baseline among them.
func (e comparison) arrivals(j *judging, members []int) ([]query.Arrival, int, error) {
	at := 0
	if e.file < 0 && e.baseline != "" {
		if at = slices.Index(j.names(members), e.baseline); at < 0 {
			return nil, 0, fmt.Errorf("there is nothing to compare it with: %s could not be evaluated", e.baseline)
		}
	}
	var file query.Arrival
	if e.file >= 0 {
		var err error
		if file, err = j.takeFile(e.file); err != nil {
			return nil, 0, fmt.Errorf("%s: %w", e.baseline, err)
		}
	}
	arrivals := j.take(members)
	if e.file >= 0 {
		arrivals = slices.Insert(arrivals, 0, file)
		for i := range arrivals {
			arrivals[i].Outcome.Index = i
		}
	}
	return arrivals, at, nil
}

// notes receives what a merge reports about its sources, which are members of the check.
type notes struct {
	j       *judging
	members []int // below 0 is a file
	refused map[int]error
}

func (n *notes) Note(i int, warning string) {
	if m := n.members[i]; m >= 0 {
		s := &n.j.check.Sources[m]
		s.Warnings = append(s.Warnings, warning)
	}
}

func (n *notes) Refuse(i int, err error) {
	if n.refused == nil {
		n.refused = map[int]error{}
	}
	n.refused[i] = err
	if m := n.members[i]; m >= 0 {
		n.j.refuse(m, err)
	}
}

func (n *notes) Kept([]int64, bool) {}

// reason returns why nothing could be compared with the baseline.
func (n *notes) reason(ctx context.Context, at int, name string) string {
	if err := n.refused[at]; err != nil {
		return name + ": " + err.Error()
	}
	if ctx.Err() != nil {
		return "the run was ended"
	}
	return name + " could not be evaluated"
}
