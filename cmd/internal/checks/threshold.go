// Thresholds: conditions that must not be true, each with its own verdict.

package checks

import (
	"context"
	"fmt"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks/expression"
	"github.com/fanql/fanql/sources/config"
)

// A threshold is met if its condition is true or unknown. Then there is a finding with its
// level, [Failed] or [Warned]. The expectation inside is that the condition is false.
type threshold struct {
	Expectation
	level Verdict
}

var thresholdWords = map[Verdict]string{Failed: "fail", Warned: "warn"}

func (e threshold) String() string {
	return fmt.Sprintf("not %s (%s)", e.Expectation, thresholdWords[e.level])
}

func (e threshold) over() *expression.Expression {
	if named, ok := e.Expectation.(interface{ over() *expression.Expression }); ok {
		return named.over()
	}
	return nil
}

func (e threshold) past() []expression.Need {
	if r, ok := e.Expectation.(rememberer); ok {
		return r.past()
	}
	return nil
}

// judge judges the expectation inside. Its findings have the level and the words of the
// threshold.
func (e threshold) judge(ctx context.Context, j *judging) {
	j.threshold = &e
	defer func() { j.threshold = nil }()
	e.Expectation.judge(ctx, j)
}

// readThreshold reads the value of warn or fail.
func readThreshold(x config.Expectation, now time.Time) (Expectation, error) {
	t := threshold{level: Failed}
	if x.Level == "warn" {
		t.level = Warned
	}
	switch x.Kind {
	case "rows":
		e, err := Rows(x.Text.Value)
		if err != nil {
			return nil, err
		}
		count := e.(rowCount)
		count.not = true
		t.Expectation = count
	case "all":
		e, err := expression.Merged(x.Text.Value, now)
		if err != nil {
			return nil, err
		}
		t.Expectation = all{e.Not()}
	default:
		e, err := expression.Row(x.Text.Value, now)
		if err != nil {
			return nil, err
		}
		t.Expectation = single{e.Not()}
	}
	return t, nil
}

// verdict returns the verdict for findings of the expectation that is being judged.
func (j *judging) verdict() Verdict {
	switch {
	case j.spec.Severity == SeverityWarn:
		return Warned
	case j.threshold != nil:
		return j.threshold.level
	}
	return Failed
}

// words returns the words of the expectation that is being judged.
func (j *judging) words(e Expectation) string {
	if j.threshold != nil {
		return j.threshold.String()
	}
	return e.String()
}

// alreadyFound reports whether a warning is superfluous, because the findings already say that
// the check's threshold for a failure is met.
func (j *judging) alreadyFound(findings []Finding) bool {
	if j.threshold == nil || j.threshold.level != Warned {
		return false
	}
	for _, f := range findings {
		if f.threshold {
			return true
		}
	}
	return false
}

// finding completes a finding.
func (j *judging) finding(f Finding) Finding {
	f.Verdict, f.threshold = j.verdict(), j.threshold != nil
	return f
}

// worst returns the worst verdict of findings, or Passed if there are none.
func worst(findings []Finding) Verdict {
	v := Passed
	for _, f := range findings {
		v = worse(v, f.Verdict)
	}
	return v
}
