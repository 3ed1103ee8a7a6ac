// Thresholds: what must not be, with a verdict of its own.

package checks

import (
	"context"
	"fmt"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks/expression"
	"github.com/fanql/fanql/sources/config"
)

// A threshold is met where its condition is true or unknown: then it is found with its
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

// judge judges the expectation inside; what it finds has the level and the words of the
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

// verdict is that of what is being found.
func (j *judging) verdict() Verdict {
	switch {
	case j.spec.Severity == SeverityWarn:
		return Warned
	case j.threshold != nil:
		return j.threshold.level
	}
	return Failed
}

// words are those of the expectation that is being judged.
func (j *judging) words(e Expectation) string {
	if j.threshold != nil {
		return j.threshold.String()
	}
	return e.String()
}

// alreadyFound reports whether a warning says less than what is among the findings already: that
// the check's own threshold for a failure is met.
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

// finding completes one.
func (j *judging) finding(f Finding) Finding {
	f.Verdict, f.threshold = j.verdict(), j.threshold != nil
	return f
}

// worst is the worst verdict of findings; Passed if there are none.
func worst(findings []Finding) Verdict {
	v := Passed
	for _, f := range findings {
		v = worse(v, f.Verdict)
	}
	return v
}
