// text: for people. A line for each check, the findings of failed ones, and a summary.

package checkformat

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/nearest"
)

var colors = map[checks.Verdict]string{checks.Passed: "32", checks.Warned: "33", checks.Failed: "31", checks.Error: "35"}

func writeText(w io.Writer, r *checks.Report, o Options) error {
	t := &text{o: o, indent: "        "}
	for _, c := range r.Checks {
		t.width = max(t.width, runewidth.StringWidth(output.Sanitize(c.Name)))
	}
	for _, c := range r.Checks {
		if o.Quiet && c.Verdict == checks.Passed && c.Message == "" {
			continue
		}
		t.check(c)
	}
	for _, name := range r.Disabled {
		if !o.Quiet {
			fmt.Fprintf(&t.b, "disabled  %s\n", output.Sanitize(name))
		}
	}
	if !o.Quiet || r.Verdict != checks.Passed || r.Error != nil {
		t.b.WriteString(Summary(r) + "\n")
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

// A text is a report for people in progress.
type text struct {
	b      strings.Builder
	o      Options
	width  int    // the width of the names
	indent string // the indentation of a check's lines
}

func (t *text) check(c checks.Check) {
	verdict := fmt.Sprintf("%-6s", c.Verdict)
	if t.o.Color {
		verdict = "\x1b[" + colors[c.Verdict] + "m" + verdict + "\x1b[0m"
	}
	name := output.Sanitize(c.Name)
	pad := strings.Repeat(" ", t.width-runewidth.StringWidth(name))
	line := c.Message
	if line == "" {
		line = sources(len(c.Sources))
	}
	if until := snoozedUntil(c); until != "" {
		line += " (snoozed until " + until + ")"
	}
	was, said := " ", ""
	if t.o.Changed != nil {
		changed, other := t.o.Changed(c.Name)
		if changed {
			was = "*"
		}
		if other {
			said = " *"
		}
	}
	fmt.Fprintf(&t.b, "%s%s %s%s  %s%s\n", verdict, was, name, pad, output.Sanitize(line), said)
	if !t.o.Quiet {
		t.warnings(c)
	}
	if c.Verdict != checks.Passed {
		t.details(c)
	}
}

// details writes why a check did not pass.
func (t *text) details(c checks.Check) {
	if c.Describe != "" {
		fmt.Fprintf(&t.b, "%s%s\n", t.indent, output.Sanitize(c.Describe))
	}
	if c.Owner != "" {
		fmt.Fprintf(&t.b, "%sowner: %s\n", t.indent, output.Sanitize(c.Owner))
	}
	if c.Link != "" {
		fmt.Fprintf(&t.b, "%slink: %s\n", t.indent, output.Sanitize(c.Link))
	}
	var wrong said
	for _, s := range c.Sources {
		if s.Error != nil {
			wrong.add(s.Source, SourceError(s))
		}
	}
	wrong.write(t, "")
	for _, expected := range c.Expected {
		t.findings(c, expected)
	}
}

// warnings writes the warnings of servers and merges about answers that count.
func (t *text) warnings(c checks.Check) {
	var warned said
	for _, s := range c.Sources {
		for _, w := range s.Warnings {
			warned.add(s.Source, w)
		}
	}
	warned.write(t, "warning: ")
}

// said collects texts about sources, in the order of their first occurrence. Each different
// text gets one line.
type said struct {
	lines []saying
	at    map[string]int // the index of each text
}

// A saying is a text and the sources that it is about.
type saying struct {
	names []string
	text  string
}

func (s *said) add(source, text string) {
	at, repeated := s.at[text]
	if repeated {
		s.lines[at].names = append(s.lines[at].names, source)
		return
	}
	if s.at == nil {
		s.at = map[string]int{}
	}
	s.at[text] = len(s.lines)
	s.lines = append(s.lines, saying{[]string{source}, text})
}

func (s *said) write(t *text, word string) {
	for _, l := range s.lines {
		fmt.Fprintf(&t.b, "%s%s: %s%s\n", t.indent, output.Sanitize(nearest.List(l.names)), word, output.Sanitize(l.text))
	}
}

// findings writes all findings for one expectation.
func (t *text) findings(c checks.Check, expected string) {
	said := false
	say := func(who string, f checks.Finding) {
		if f.Expected != expected {
			return
		}
		if !said {
			fmt.Fprintf(&t.b, "%sexpected %s\n", t.indent, output.Sanitize(expected))
			said = true
		}
		fmt.Fprintf(&t.b, "%s%s: %s\n", t.indent, who, output.Sanitize(f.Message))
		t.samples(f.Samples)
	}
	for _, f := range c.Findings {
		say("all sources", f)
	}
	for _, s := range c.Sources {
		for _, f := range s.Findings {
			say(output.Sanitize(s.Source), f)
		}
	}
}

// samples writes the rows of a finding as a table.
func (t *text) samples(s *checks.Samples) {
	if s == nil {
		return
	}
	for line := range strings.Lines(table(s, t.o.Width-len(t.indent))) {
		t.b.WriteString(t.indent + line)
	}
}

// snoozedUntil returns the end of a check's snooze, or an empty text if it is not snoozed.
func snoozedUntil(c checks.Check) string {
	if c.SnoozedUntil == nil {
		return ""
	}
	return config.ShowInstant(*c.SnoozedUntil)
}

// SourceError returns in one line why a source could not be evaluated.
func SourceError(s checks.Source) string {
	text := s.Error.Text
	if s.State != "ok" {
		text = s.State + ": " + text
		if s.Phase != nil && *s.Phase != "waiting" {
			text = s.State + ": " + *s.Phase + ": " + s.Error.Text
		}
	}
	if s.Error.Code != nil {
		text += " [" + *s.Error.Code + "]"
	}
	return text
}

// Summary returns the last line: the verdict, and the number of checks for each
// verdict.
func Summary(r *checks.Report) string {
	line := fmt.Sprintf("%s: %s", r.Verdict, plural(r.Counts.Total(), "check"))
	for _, n := range []struct {
		count int
		word  checks.Verdict
	}{{r.Counts.Passed, checks.Passed}, {r.Counts.Warned, checks.Warned}, {r.Counts.Failed, checks.Failed}, {r.Counts.Error, checks.Error}} {
		if n.count > 0 {
			line += fmt.Sprintf(", %d %s", n.count, n.word)
		}
	}
	if n := len(r.Disabled); n > 0 {
		line += fmt.Sprintf("; %d disabled", n)
	}
	line += fmt.Sprintf("; %s in %.3fs", queries(r.Queries), r.ElapsedSeconds)
	if r.Error != nil {
		line += "; " + output.Sanitize(*r.Error)
	}
	return line
}

func queries(n int) string {
	if n == 1 {
		return "1 query"
	}
	return fmt.Sprintf("%d queries", n)
}

func sources(n int) string { return plural(n, "source") }

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
