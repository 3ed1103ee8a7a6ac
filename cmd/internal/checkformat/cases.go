// Cases: the units that CI systems count, one for each check and source.

package checkformat

import (
	"strings"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
)

// A testCase is a check at one of its sources.
type testCase struct {
	name    string // unique in a report, because the names of checks and sources are
	verdict checks.Verdict
	// excused marks an error at a source that the check's requirement did not need. A
	// reader that counts cases must neither fail for it nor take it for passed.
	excused bool
	message string // why the check did not pass, in one short line
	seconds float64
	// check holds only the parts of the check for this case: its source, unless the
	// case stands for the check itself, and the findings.
	check checks.Check
}

// cases returns the cases of a check. If no source has the check's verdict, there is
// one case without a source, so that the verdict is not lost.
func cases(c checks.Check) (all []testCase) {
	found := false
	for _, s := range c.Sources {
		k := testCase{name: c.Name + " (" + s.Source + ")", verdict: s.Verdict, seconds: s.DurationSeconds, check: c}
		k.excused = s.Verdict == checks.Error && (c.Verdict == checks.Passed || c.Verdict == checks.Warned)
		k.check.Sources = []checks.Source{s}
		if s.Verdict == checks.Passed || s.Verdict == checks.Error {
			k.check.Findings = nil // the findings are about rows of other sources
		}
		k.message = k.why()
		all = append(all, k)
		found = found || s.Verdict == c.Verdict
	}
	if !found {
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

// details returns the lines that say why the case did not pass, with the first failing
// rows. The width of the lines fits a page of a CI system.
func (k testCase) details() string {
	t := &text{o: Options{Width: 160}}
	t.details(k.check)
	return t.b.String()
}

// warnings returns the warnings of the source.
func (k testCase) warnings() (all []string) {
	for _, s := range k.check.Sources {
		for _, w := range s.Warnings {
			all = append(all, output.Sanitize(w))
		}
	}
	return all
}

// shorten limits a text to the given number of characters, the last of which marks the
// cut.
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
