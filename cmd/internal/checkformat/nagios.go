// nagios: one line with performance data, and the exit statuses of a plugin. Icinga,
// Naemon, Sensu and others read the same.

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

// Nagios cuts a plugin's output at 8 KiB, which must not happen within a number.
const (
	nagiosText = 1000                // characters for people, of at most 4 bytes
	nagiosData = 8000 - 4*nagiosText // bytes for graphs, whatever is said before them
	nagiosRun  = 300                 // of them for those of the run, at most
)

// exitNagios is the status for the worst verdict. What could not be evaluated is
// unknown: also all of it, where the run was ended early or there was no check.
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

// firstFound is what was found first at a source that did not pass, since the message
// of the check only counts and names them.
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

// refuseNagios says why nothing was run.
func refuseNagios(w io.Writer, err error) int {
	line := nagiosLead(nagiosUnknown) + nagiosSafe(err.Error())
	fmt.Fprintln(w, shorten(line, nagiosText)) //nolint:errcheck // the status says as much, where nobody reads the line
	return nagiosUnknown
}

func nagiosLead(status int) string { return "FANQL " + nagiosWords[status] + " - " }

// performance is the data that is drawn as graphs: the run's, then of each check how
// long it took and the rows that came. Which checks find room follows from their
// names alone, so that a graph does not come and go.
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
		if room -= 2*len(label) + 100; room < 0 { // more than the two can take
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

// nagiosLabels are the labels that are taken, folded as the programs fold them that
// make names of files or of series of them: without regard to case, and with all that
// is neither an ASCII letter nor a digit as one character.
type nagiosLabels map[string]bool

// of returns the label of a check: its name with nothing in it that the guidelines or
// graphs take for their own, and where another check's would be the same, with a mark
// that follows from the name alone. The label is followed by " rows" as well.
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
