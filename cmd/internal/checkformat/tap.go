// tap: the Test Anything Protocol, with a test point for each check and source. Version
// 13 is the default, because Perl's own prove refuses 14; our output is the same in
// both.

package checkformat

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
)

// A warning is "not ok" with a TODO, which harnesses show and do not count as a failure. A
// check that could not be evaluated and was not required is skipped, and so is one that is
// disabled. A snooze is a comment: it changes no verdict, and so it must not change what a
// harness counts. If the run ended early, a "Bail out!" line with the reason follows the
// points.
func writeTAP(w io.Writer, r *checks.Report, o Options) error {
	version := o.TAP
	if version == 0 {
		version = 13
	}
	t := &tap{}
	for _, c := range r.Checks {
		for _, k := range cases(c) {
			t.point(k)
		}
	}
	for _, name := range r.Disabled {
		t.line("ok", name, " # SKIP disabled")
	}
	plan := fmt.Sprintf("1..%d", t.points)
	if t.points == 0 {
		plan += " # SKIP no checks"
	}
	if r.Error != nil {
		fmt.Fprintf(&t.b, "Bail out! %s\n", tapText(*r.Error))
	}
	_, err := fmt.Fprintf(w, "TAP version %d\n%s\n%s", version, plan, t.b.String())
	return err
}

type tap struct {
	b      strings.Builder
	points int
}

// line writes the line of a point.
func (t *tap) line(status, name, directive string) {
	t.points++
	fmt.Fprintf(&t.b, "%s %d - %s%s\n", status, t.points, tapText(name), directive)
}

func (t *tap) point(k testCase) {
	status, directive := "ok", ""
	switch {
	case k.excused:
		directive = " # SKIP not evaluated, and not required: " + tapText(k.message)
	case k.verdict == checks.Warned:
		status, directive = "not ok", " # TODO warned: "+tapText(k.message)
	case k.verdict != checks.Passed:
		status = "not ok"
	}
	t.line(status, k.name, directive)
	if k.verdict != checks.Passed {
		t.diagnostics(k)
	}
	if until := snoozedUntil(k.check); until != "" {
		fmt.Fprintf(&t.b, "# snoozed until %s\n", until)
	}
	for _, warning := range k.warnings() {
		fmt.Fprintf(&t.b, "# warning: %s\n", warning)
	}
}

// diagnostics writes the YAML block of a point. Sequences and mappings are in block
// style, because the reader that comes with Perl supports no other.
func (t *tap) diagnostics(k testCase) {
	t.b.WriteString("  ---\n")
	fmt.Fprintf(&t.b, "  message: %s\n  verdict: %s\n  severity: %s\n", yamlText(k.message), k.verdict, k.check.Severity)
	for _, about := range []struct{ key, text string }{{"describe", k.check.Describe}, {"owner", k.check.Owner}, {"link", k.check.Link}, {"snoozed_until", snoozedUntil(k.check)}} {
		if about.text != "" {
			fmt.Fprintf(&t.b, "  %s: %s\n", about.key, yamlText(about.text))
		}
	}
	fmt.Fprintf(&t.b, "  duration_ms: %.3f\n", k.seconds*1000)
	for _, s := range k.check.Sources {
		fmt.Fprintf(&t.b, "  source: %s\n  state: %s\n  rows: %d\n", yamlText(s.Source), yamlText(s.State), s.Rows)
	}
	t.list("  expected:\n", k.check.Expected)
	findings := k.check.Findings
	for _, s := range k.check.Sources {
		findings = append(findings[:len(findings):len(findings)], s.Findings...)
	}
	if len(findings) > 0 {
		t.b.WriteString("  findings:\n")
	}
	for _, f := range findings {
		fmt.Fprintf(&t.b, "    - expected: %s\n      message: %s\n      rows: %d\n", yamlText(f.Expected), yamlText(f.Message), f.Rows)
		if f.Samples != nil {
			t.samples(f.Samples)
		}
	}
	t.b.WriteString("  ...\n")
}

func (t *tap) samples(s *checks.Samples) {
	t.list("      columns:\n", s.Columns)
	if len(s.Rows) > 0 {
		t.b.WriteString("      samples:\n")
	}
	for _, cells := range s.Rows {
		t.b.WriteString("        -\n")
		for _, cell := range cells {
			text := "~"
			if cell != nil {
				text = yamlText(*cell)
			}
			fmt.Fprintf(&t.b, "          - %s\n", text)
		}
	}
}

// list writes a key whose value is a list of texts; an empty one is left out.
func (t *tap) list(key string, texts []string) {
	if len(texts) == 0 {
		return
	}
	t.b.WriteString(key)
	indent := strings.Repeat(" ", len(key)-len(strings.TrimLeft(key, " "))+2)
	for _, text := range texts {
		fmt.Fprintf(&t.b, "%s- %s\n", indent, yamlText(text))
	}
}

// tapText makes a text one line in which no directive begins.
func tapText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(output.Sanitize(s))
}

// yamlText quotes a text. All escapes of Go's exist in YAML, too; bytes that are not UTF-8
// have no escape and are replaced.
func yamlText(s string) string { return strconv.Quote(strings.ToValidUTF8(s, "\ufffd")) }
