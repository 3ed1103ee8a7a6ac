// Judges one check after all its sources have ended.

package checks

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fanql/fanql/cmd/internal/checks/expression"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// A judging is the state while one check is judged. It identifies sources by their indexes
// in the check.
type judging struct {
	spec     *Spec
	check    *Check
	spelling option.Spelling
	arrivals []query.Arrival // the arrivals of the sources; their rows are borrowed
	answer   query.Arrival   // the answer over all sources, if the check is about that
	whole    *query.Outcome  // how the answer ended
	files    map[int]query.Arrival
	merged   Verdict // the verdict on the rows of all sources together; empty is none
	// threshold is the threshold that is being judged; nil is none.
	threshold *threshold
	member    int  // the index of the source that is being judged separately
	overAll   bool // the source is the one answer over all sources
}

// judge sets the check's verdicts. The check's sources must be set, with an error if they
// have no rows.
func (j *judging) judge(ctx context.Context) {
	together := "the rows of all sources together: "
	if j.spec.answer != nil {
		together = "the answer over all sources: "
		j.judgeAnswer(ctx, j.whole)
	}
	for _, e := range j.spec.Expectations {
		if j.spec.answer != nil {
			break
		}
		if err := j.contained(ctx, e); err != nil {
			j.refuseAll(j.good(), err)
		}
	}
	wanting := map[Verdict][]string{}
	var missing []string
	for i := range j.check.Sources {
		s := &j.check.Sources[i]
		found := worst(s.Findings)
		// A source that could not be evaluated does not change a failure, or the warning of
		// a check that only warns.
		certain := found == Failed || found == Warned && j.spec.Severity == SeverityWarn
		switch {
		case found != Passed && (certain || s.Error == nil):
			s.Verdict = worse(found, j.merged)
			if s.Error != nil {
				s.Warnings, s.Error = append(s.Warnings, "not evaluated: "+s.Error.Text), nil
			}
		case s.Error != nil:
			s.Verdict = Error
			missing = append(missing, s.Source)
			continue
		case j.merged != "":
			s.Verdict = j.merged
		default:
			s.Verdict = Passed
			continue
		}
		wanting[s.Verdict] = append(wanting[s.Verdict], s.Source)
	}
	n := len(j.check.Sources)
	var parts []string
	if j.merged != "" {
		parts = append(parts, together+j.check.Findings[0].Message)
	}
	for _, v := range []Verdict{Failed, Warned} {
		if names := wanting[v]; len(names) > 0 && j.merged == "" {
			parts = append(parts, fmt.Sprintf("%s %s: %s", of(len(names), n), v, nearest.List(names)))
		}
	}
	if len(missing) > 0 {
		parts = append(parts, fmt.Sprintf("%s could not be evaluated: %s", of(len(missing), n), nearest.List(missing)))
	}
	warned := j.merged == Warned || len(wanting[Warned]) > 0
	switch {
	case len(wanting[Failed]) > 0 || j.merged == Failed:
		j.check.Verdict = Failed
	case warned && j.spec.Severity == SeverityWarn:
		j.check.Verdict = Warned
	case n-len(missing) < j.need():
		j.check.Verdict = Error
	case warned:
		j.check.Verdict = Warned
	default:
		j.check.Verdict = Passed
	}
	j.check.Message = strings.Join(parts, "; ")
}

// contained judges an expectation. A panic is a fault of fanql. It becomes the error of
// this check only, at all its sources, because their verdicts may be wrong.
func (j *judging) contained(ctx context.Context, e Expectation) (err error) {
	defer expression.Contain(e, &err)
	e.judge(ctx, j)
	return nil
}

func of(n, total int) string {
	if total == 1 {
		return "its source"
	}
	return fmt.Sprintf("%d of %d sources", n, total)
}

// good returns the indexes of the sources that can be judged so far.
func (j *judging) good() (good []int) {
	for i, s := range j.check.Sources {
		if s.Error == nil {
			good = append(good, i)
		}
	}
	return good
}

// enough reports whether these sources are enough to judge them together: a result over
// the rows of fewer would not hold for all.
func (j *judging) enough(good []int) bool {
	return len(good) > 0 && len(good) >= j.need()
}

// need returns how many sources are required. If the number of sources is unknown, it is
// more than there are, unless any source is enough.
func (j *judging) need() int {
	n := len(j.check.Sources)
	if j.spec.Unfound > 0 && !j.spec.Require.Any() {
		return n + 1
	}
	return j.spec.Require.Of(n)
}

func (j *judging) names(members []int) (names []string) {
	for _, m := range members {
		names = append(names, j.check.Sources[m].Source)
	}
	return names
}

// refuse records why a source could not be evaluated. The first reason is kept.
func (j *judging) refuse(member int, err error) {
	if s := &j.check.Sources[member]; s.Error == nil {
		s.Error = &Failure{Text: oneLine(option.Spelled(err, j.spelling))}
	}
}

func (j *judging) refuseAll(members []int, err error) {
	for _, m := range members {
		j.refuse(m, err)
	}
}

func (j *judging) found(member int, f Finding) {
	s := &j.check.Sources[member]
	if !j.alreadyFound(s.Findings) {
		s.Findings = append(s.Findings, j.finding(f))
	}
}

// each judges the rows of each source alone. If judge sets a message, there is a finding.
func (j *judging) each(e Expectation, judge func(query.Arrival, *Finding) error) {
	for _, m := range j.good() {
		j.member = m
		f := Finding{Expected: j.words(e)}
		if err := judge(j.arrivals[m], &f); err != nil {
			j.refuse(m, err)
		} else if f.Message != "" {
			j.found(m, f)
		}
	}
}

// offends counts a failing row, and keeps it if it is among the first.
func (j *judging) offends(f *Finding, b *row.Batch, i int) {
	if f.Rows++; f.Rows > int64(j.spec.Samples) {
		return
	}
	if f.Samples == nil {
		f.Samples = newSamples(b.Schema.Columns)
	}
	f.Samples.add(b, b.Row(i))
}

// take lends the rows of sources to a merge, which consumes them.
func (j *judging) take(members []int) (arrivals []query.Arrival) {
	for i, m := range members {
		a := j.arrivals[m]
		a.Rows = a.Rows.Lend()
		a.Outcome.Index = i
		arrivals = append(arrivals, a)
	}
	return arrivals
}

// takeFile lends the rows of a file.
func (j *judging) takeFile(task int) (query.Arrival, error) {
	a, ok := j.files[task]
	switch {
	case !ok:
		return a, errors.New("it was not read: the run was ended")
	case a.Rows == nil && a.Outcome.Err != nil:
		return a, a.Outcome.Err
	case a.Rows == nil:
		return a, errors.New("it was not read")
	}
	a.Rows = a.Rows.Lend()
	return a, nil
}

// oneLine returns the text of an error on one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
