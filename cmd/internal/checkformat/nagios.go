// nagios: one line with performance data, and the exit statuses of a plugin. Icinga,
// Naemon, Sensu and others read it as well.

package checkformat

import (
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
)

// Exit statuses of a plugin.
const (
	nagiosOK = iota
	nagiosWarning
	nagiosCritical
	nagiosUnknown
)

var nagiosWords = [...]string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}

// Nagios cuts a plugin's output at 8 KiB, which must not happen inside a number.
const (
	nagiosText = 1000                // characters of the text for people, each of at most 4 bytes
	nagiosData = 8000 - 4*nagiosText // bytes of the data for graphs, however long the text before is
	nagiosRun  = 300                 // bytes of nagiosData for the run's own data, at most
)

// exitNagios returns the status for the worst verdict. A check that could not be evaluated
// is unknown; so is a run that ended early or had no check.
func exitNagios(r *checks.Report) int {
	switch {
	case r.Verdict == checks.Failed:
		return nagiosCritical
	case r.Verdict == checks.Error, r.Error != nil, len(r.Checks) == 0:
		return nagiosUnknown
	case r.Verdict == checks.Warned:
		return nagiosWarning
	}
	return nagiosOK
}

func writeNagios(w io.Writer, r *checks.Report, _ Options) error {
	summary := Summary(r)
	if len(r.Checks) == 0 {
		summary = "there was no check to run"
	}
	line := nagiosLead(exitNagios(r)) + nagiosSafe(summary)
	for _, verdict := range []checks.Verdict{checks.Failed, checks.Error, checks.Warned} {
		for _, c := range r.Checks {
			if c.Verdict == verdict {
				line += fmt.Sprintf("; %s %s: %s%s", verdict, nagiosSafe(c.Name), nagiosSafe(c.Message), nagiosSafe(firstFound(c)))
			}
		}
	}
	line = shorten(line, nagiosText)
	_, err := io.WriteString(w, line+" |"+performance(r)+"\n")
	return err
}

// firstFound returns the first finding of a source that did not pass, because the
// message of the check only counts and names the sources.
func firstFound(c checks.Check) string {
	for _, s := range c.Sources {
		switch {
		case s.Verdict != c.Verdict:
		case len(s.Findings) > 0:
			return " (" + s.Findings[0].Message + ")"
		case s.Error != nil:
			return " (" + SourceError(s) + ")"
		}
	}
	return ""
}

// refuseNagios prints why nothing was run.
func refuseNagios(w io.Writer, err error) int {
	line := nagiosLead(nagiosUnknown) + nagiosSafe(err.Error())
	fmt.Fprintln(w, shorten(line, nagiosText)) //nolint:errcheck // if nobody reads the line, the status still says the same
	return nagiosUnknown
}

func nagiosLead(status int) string { return "FANQL " + nagiosWords[status] + " - " }

// performance returns the data for graphs: the run's, then for each check its duration
// and its rows. The names alone decide which checks have room, so that a graph does not
// come and go.
func performance(r *checks.Report) string {
	n := r.Counts
	text := fmt.Sprintf(" time=%.3fs;;;0 checks=%d;;;0 passed=%d;;;0 warned=%d;;;0 failed=%d;;;0 error=%d;;;0 queries=%d;;;0",
		r.ElapsedSeconds, n.Total(), n.Passed, n.Warned, n.Failed, n.Error, r.Queries)
	room := nagiosData - nagiosRun
	labels := nagiosLabels{}
	for _, word := range []string{"time", "checks", "passed", "warned", "failed", "error", "queries"} {
		labels[word] = true
	}
	for _, c := range r.Checks {
		label := labels.of(c.Name)
		if room -= 2*len(label) + 100; room < 0 { // more than both values can take
			break
		}
		rows := int64(0)
		for _, s := range c.Sources {
			rows += s.Rows
		}
		text += fmt.Sprintf(" '%s'=%.3fs;;;0 '%s rows'=%d;;;0", label, c.DurationSeconds, label, rows)
	}
	return text
}

// nagiosSafe makes a text one line in which no performance data begins.
func nagiosSafe(s string) string { return strings.ReplaceAll(output.Sanitize(s), "|", `\x7c`) }

// nagiosLabels are the labels in use, folded like file and series names are folded:
// regardless of case, and with all characters except ASCII letters and digits replaced
// by one.
type nagiosLabels map[string]bool

// of returns the label of a check: its name without characters that have a meaning in the
// guidelines or in graphs. If another check has the same label, it gets a suffix that
// depends only on the name. The label is also used with " rows" appended.
func (l nagiosLabels) of(name string) string {
	label := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '.' || r == '_' {
			return r
		}
		return '_'
	}, nagiosSafe(name))
	if label == "" {
		label = "_"
	}
	own := label
	for n := 0; l[folded(own)] || l[folded(own+" rows")]; n++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", name, n))
		own = fmt.Sprintf("%s_%x", label, sum[:3])
	}
	l[folded(own)], l[folded(own+" rows")] = true, true
	return own
}

func folded(label string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(label))
}
