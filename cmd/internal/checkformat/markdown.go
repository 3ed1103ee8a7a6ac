// markdown: a summary for the page of a CI job, as GitHub, GitLab and others render it:
// a table of verdicts, followed by the failed checks.

package checkformat

import (
	"fmt"
	"io"
	"strings"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
)

// GitHub refuses a summary of more than 1 MiB. The table is always included; details
// end where the text would exceed markdownMost.
const (
	markdownMost = 512 << 10
	markdownCell = 300 // characters
)

var markdownMarks = map[checks.Verdict]string{checks.Passed: "✅ passed", checks.Warned: "⚠️ warned", checks.Failed: "❌ failed", checks.Error: "⛔ error"}

func writeMarkdown(w io.Writer, r *checks.Report, _ Options) error {
	m := &markdown{}
	fmt.Fprintf(&m.b, "## Data checks: %s\n\n%s\n", markdownMarks[r.Verdict], markdownText(Summary(r)))
	if len(r.Checks)+len(r.Disabled) > 0 {
		m.b.WriteString("\n| Verdict | Check | Sources | Message | Seconds |\n| --- | --- | ---: | --- | ---: |\n")
	}
	for _, c := range r.Checks {
		fmt.Fprintf(&m.b, "| %s | %s | %d | %s | %.3f |\n",
			markdownMarks[c.Verdict], markdownText(c.Name), len(c.Sources), markdownMessage(c), c.DurationSeconds)
	}
	for _, name := range r.Disabled {
		fmt.Fprintf(&m.b, "| 💤 disabled | %s | | | |\n", markdownText(name))
	}
	left := 0
	for _, c := range r.Checks {
		if c.Verdict == checks.Passed {
			continue
		}
		if left == 0 {
			d := &markdown{}
			d.details(c)
			if m.b.Len()+d.b.Len() <= markdownMost {
				m.b.WriteString(d.b.String())
				continue
			}
		}
		left++
	}
	if left > 0 {
		fmt.Fprintf(&m.b, "\nThe details of %s are left out, since they are too long for a page.\n", plural(left, "check"))
	}
	_, err := io.WriteString(w, m.b.String())
	return err
}

type markdown struct{ b strings.Builder }

func (m *markdown) details(c checks.Check) {
	fmt.Fprintf(&m.b, "\n### %s: %s\n", markdownMarks[c.Verdict], markdownText(c.Name))
	if describe := strings.TrimSpace(c.Describe); describe != "" {
		fmt.Fprintf(&m.b, "\n*%s*\n", markdownText(describe))
	}
	var about []string
	if owner := strings.TrimSpace(c.Owner); owner != "" {
		about = append(about, "Owner: "+markdownText(owner))
	}
	if c.Link != "" {
		about = append(about, "Link: "+markdownLink(c.Link))
	}
	if len(about) > 0 {
		fmt.Fprintf(&m.b, "\n%s\n", strings.Join(about, ". "))
	}
	for _, s := range c.Sources {
		if s.Error != nil {
			fmt.Fprintf(&m.b, "\n**%s**: %s\n", markdownText(strings.TrimSpace(s.Source)), markdownText(SourceError(s)))
		}
	}
	for _, f := range c.Findings {
		m.finding("all sources", f)
	}
	for _, s := range c.Sources {
		for _, f := range s.Findings {
			m.finding(s.Source, f)
		}
		for _, w := range s.Warnings {
			fmt.Fprintf(&m.b, "\n**%s**: warning: %s\n", markdownText(strings.TrimSpace(s.Source)), markdownText(w))
		}
	}
}

func (m *markdown) finding(who string, f checks.Finding) {
	fmt.Fprintf(&m.b, "\n**%s**: expected %s: %s\n", markdownText(strings.TrimSpace(who)), markdownCode(f.Expected), markdownText(f.Message))
	if f.Samples == nil || len(f.Samples.Columns) == 0 {
		return
	}
	m.b.WriteString("\n|")
	for _, name := range f.Samples.Columns {
		m.b.WriteString(" " + markdownText(name) + " |")
	}
	m.b.WriteString("\n|" + strings.Repeat(" --- |", len(f.Samples.Columns)) + "\n")
	for _, cells := range f.Samples.Rows {
		m.b.WriteString("|")
		for _, cell := range cells {
			if cell == nil {
				m.b.WriteString(" *NULL* |")
			} else {
				m.b.WriteString(" " + markdownText(*cell) + " |")
			}
		}
		m.b.WriteString("\n")
	}
}

// markdownMessage returns the message of a check, with the end of its snooze.
func markdownMessage(c checks.Check) string {
	message := markdownText(c.Message)
	if until := snoozedUntil(c); until != "" {
		message = strings.TrimSpace(message + " (snoozed until " + until + ")")
	}
	return message
}

// markdownLink returns an address as a link. Characters that could end the link are written
// as %XX, and the rest is shown literally.
func markdownLink(address string) string {
	var to strings.Builder
	for _, ch := range []byte(address) {
		if ch <= ' ' || ch > '~' || strings.IndexByte("\\`<>|\"", ch) >= 0 {
			fmt.Fprintf(&to, "%%%02X", ch)
		} else {
			to.WriteByte(ch)
		}
	}
	return "[" + markdownText(address) + "](<" + output.Markdown(to.String()) + ">)"
}

// markdownText makes a text one line that Markdown shows literally.
func markdownText(s string) string {
	return output.Markdown(output.Sanitize(shorten(s, markdownCell)))
}

// markdownCode returns a text as code, between more backticks than the text has in a row.
func markdownCode(s string) string {
	s = output.Sanitize(shorten(s, markdownCell))
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if s == "" || strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") {
		s = " " + s + " "
	}
	return fence + s + fence
}
