// Cases: what CI systems count, one for each check and source.

package checkformat

import (
	"strings"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
)

// A testCase is a check at one of its sources.
type testCase struct {
	name    string // unique in a report, since those of checks and sources are
	verdict checks.Verdict
	// excused is an error at a source that the check, by its requirement, did not
	// need. Who counts cases must not fail for it, nor take it for passed.
	excused bool
	message string // why it did not pass, in one line that is not too long
	seconds float64
	// check has only what concerns the case: its source, unless the case stands for
	// the check itself, and the findings.
	check checks.Check
}

// cases are those of a check. There is one without a source where no source has the
// check's verdict, which would be lost otherwise.
func cases(c checks.Check) (all []testCase) {
	told := false
	for _, s := range c.Sources {
		k := testCase{name: c.Name + " (" + s.Source + ")", verdict: s.Verdict, seconds: s.DurationSeconds, check: c}
		k.excused = s.Verdict == checks.Error && (c.Verdict == checks.Passed || c.Verdict == checks.Warned)
		k.check.Sources = []checks.Source{s}
		if s.Verdict == checks.Passed || s.Verdict == checks.Error {
			k.check.Findings = nil // of rows that are not this source's
		}
		k.message = k.why()
		all = append(all, k)
		told = told || s.Verdict == c.Verdict
	}
	if !told {
		k := testCase{name: c.Name, verdict: c.Verdict, seconds: c.DurationSeconds, check: c}
		k.check.Sources = nil
		k.message = k.why()
		all = append(all, k)
	}
	return all
}

func (k testCase) why() string {
	if k.verdict == checks.Passed {
		return ""
	}
	var said []string
	for _, f := range k.check.Findings {
		said = append(said, "all sources: "+why(f))
	}
	for _, s := range k.check.Sources {
		if s.Error != nil {
			said = append(said, SourceError(s))
		}
		for _, f := range s.Findings {
			said = append(said, why(f))
		}
	}
	if len(said) == 0 {
		said = append(said, k.check.Message)
	}
	return shorten(output.Sanitize(strings.Join(said, "; ")), 1000)
}

func why(f checks.Finding) string { return "expected " + f.Expected + ": " + f.Message }

// details are the lines that say why it did not pass, with the first of the rows
// that offend. They are of a width that a page of a CI system shows.
func (k testCase) details() string {
	t := &text{o: Options{Width: 160}}
	t.details(k.check)
	return t.b.String()
}

// warnings are what the source said beside its rows.
func (k testCase) warnings() (all []string) {
	for _, s := range k.check.Sources {
		for _, w := range s.Warnings {
			all = append(all, output.Sanitize(w))
		}
	}
	return all
}

// shorten returns at most so many characters of a text, the last of which says that
// there were more.
func shorten(s string, most int) string {
	n, cut := 0, 0
	for i := range s {
		switch n {
		case most - 1:
			cut = i
		case most:
			return s[:cut] + "…"
		}
		n++
	}
	return s
}
