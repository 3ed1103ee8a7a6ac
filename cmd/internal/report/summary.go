// The summary for people: a table of the sources, their warnings, and one line that
// says complete or names the missing sources.

package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/dustin/go-humanize"

	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/nearest"
)

// A Style is the style of a summary.
type Style struct {
	Quiet          bool // no table, and the last line only if something is missing
	WithoutReasons bool // the last line gives no reasons, because they are reported elsewhere
	// Brief leaves out the table: the last line has the reasons.
	Brief bool
	// Verbose prints a line for every source, also for a single one and for many.
	Verbose bool
	Color   bool
	// Timeline shows when each source ran. Width is the width of the terminal (0 means 80);
	// ASCII says that its locale has only ASCII characters.
	Timeline  bool
	Width     int
	ASCII     bool
	BlankLine bool // an empty line first: the rows are on the same screen
}

// Summary writes the verdict for people. Up to twelve sources have a table; more are
// counted and grouped by the reason why they are missing; for a single one the last
// line is enough. Texts from servers are made safe for a terminal.
func Summary(w io.Writer, v Verdict, s Style) error {
	var b strings.Builder
	if !s.Quiet {
		if s.BlankLine {
			b.WriteString("\n")
		}
		switch n := len(v.Outcomes); {
		case s.Verbose, n > 1 && n <= listed && !s.Brief:
			table(&b, v.Outcomes, s)
		case n > listed && !s.Brief:
			many(&b, v.Outcomes, s)
		}
	}
	if s.Timeline {
		timeline(&b, v.Outcomes, s)
	}
	if !s.Quiet || v.Result() != "none" { // without a result there is nothing to warn of
		warnings(&b, v.Outcomes)
		if v.Load != nil {
			for _, w := range v.Load.Warnings {
				fmt.Fprintf(&b, "warning: table %s: %s\n", output.Sanitize(v.Load.Table), output.Sanitize(w))
			}
		}
	}
	if !s.Quiet {
		comparisons(&b, v, s)
	}
	alone := len(v.Outcomes) == 1 && !s.Verbose
	line := last(v, !s.WithoutReasons && (s.Quiet || alone || s.Brief && !s.Verbose))
	if o := v.Outcomes; alone && o[0].State == query.OK && o[0].Attempts > 1 {
		line += "; " + attempts(o[0])
	}
	if !s.Quiet || v.Exit() != exitcode.Complete {
		b.WriteString(line + "\n")
	}
	if !s.Quiet {
		for _, hint := range v.Hints {
			b.WriteString("hint: " + hint + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var colors = map[query.State]string{query.OK: "32", query.Failed: "31", query.Timeout: "33", query.Canceled: "33", query.Skipped: "33"}

// below is the detail of a source that shares its reason with others. The reason is printed
// once, below the table.
const below = "as below"

func table(b *strings.Builder, outcomes []query.Outcome, s Style) {
	rows := [][]string{{"source", "state", "rows", "first row", "total", "detail"}}
	var shared []*group
	if !s.Verbose {
		shared = alikes(outcomes)
	}
	together := map[string]bool{}
	for _, g := range shared {
		for _, name := range g.names {
			together[name] = true
		}
	}
	for _, o := range outcomes {
		name, detail := output.Sanitize(o.Source), Detail(o)
		if together[name] {
			detail = below
		}
		rows = append(rows, []string{name, o.State.String(), humanize.Comma(o.Rows), seconds(o.FirstRow), seconds(o.Total), detail})
	}
	width := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			width[i] = max(width[i], runewidth.StringWidth(cell))
		}
	}
	for n, r := range rows {
		var line strings.Builder
		for i, cell := range r {
			pad := strings.Repeat(" ", width[i]-runewidth.StringWidth(cell))
			if i == 1 && n > 0 {
				cell = colored(outcomes[n-1].State, s)
			}
			if i >= 2 && i <= 4 { // numbers
				cell = pad + cell
			} else {
				cell += pad
			}
			line.WriteString(cell + "  ")
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	for _, g := range shared {
		b.WriteString(g.line(s) + "\n")
	}
}

// alikes returns the groups of at least two missing sources whose details are equal, except
// for the sources' names.
func alikes(outcomes []query.Outcome) []*group {
	seen := map[string]int{}
	same := func(o query.Outcome) string { return o.State.String() + " " + nearest.Common(Detail(o), o.Source) }
	for _, o := range outcomes {
		seen[same(o)]++
	}
	several := slices.DeleteFunc(slices.Clone(outcomes), func(o query.Outcome) bool { return o.State == query.OK || seen[same(o)] < 2 })
	return groups(several)
}

// Detail returns in one line why a source is not in the result, or what was unusual
// about one that is.
func Detail(o query.Outcome) string { return detail(o, "") }

// detail is Detail, with another text for the error if it is not empty.
func detail(o query.Outcome, text string) string {
	if o.State == query.OK || o.Err == nil {
		return afterthought(o)
	}
	if text == "" {
		text = o.Err.Error()
	}
	if errors.Is(o.Err, query.ErrNotNeeded) {
		text = output.Sanitize(text)
	} else {
		text = reason(o.Phase, text, o.Code())
	}
	if o.Rows > 0 {
		text += fmt.Sprintf("; %s printed, not all", CountRows(o.Rows))
	}
	if o.Discarded > 0 {
		text += fmt.Sprintf("; %s discarded", CountRows(o.Discarded))
	}
	if o.Attempts > 1 {
		text += "; " + attempts(o)
	}
	if o.Waited > 0 {
		text += fmt.Sprintf("; its turn came after %s", seconds(o.Waited))
	}
	switch {
	case o.Abandoned:
		text += "; it could not be interrupted and was abandoned"
	case o.Cancel == driver.Confirmed:
		text += "; query cancelled"
	case o.Cancel == driver.Sent:
		text += "; cancel sent, not confirmed"
	case o.Cancel == driver.Closed:
		text += "; connection closed, for the server to end the query"
	case o.Cancel == driver.Unknown:
		text += "; the query may still run on the server"
	}
	return text
}

// attempts counts the attempts of a source, and says why the first one failed unless the last
// one failed for the same reason: a server that dies while it sends rows refuses the next
// connection.
func attempts(o query.Outcome) string {
	text := fmt.Sprintf("%d attempts", o.Attempts)
	if o.FirstErr == nil || o.Err != nil && o.Err.Error() == o.FirstErr.Error() {
		return text
	}
	return text + ", the first: " + reason(o.FirstErr.Phase, o.FirstErr.Error(), o.FirstErr.Code)
}

// reason returns the text of an error with its phase, and with the server's code if there is
// one.
func reason(p driver.Phase, text, code string) string {
	text = p.String() + ": " + output.Sanitize(text)
	if code != "" {
		text += " [" + code + "]"
	}
	return text
}

// afterthought returns remarks about a source that ended well.
func afterthought(o query.Outcome) string {
	var parts []string
	if o.Attempts > 1 {
		parts = append(parts, attempts(o))
	}
	if o.Discarded > 0 {
		parts = append(parts, CountRows(o.Discarded)+" discarded")
	}
	return strings.Join(parts, "; ")
}

// last returns the line that says complete or names the missing sources, with the
// reasons if no table shows them.
func last(v Verdict, why bool) string {
	ok, asked := v.Count(query.OK), len(v.Outcomes)
	if v.Result() == "complete" && v.Interrupted == 0 {
		if v.Diff != nil {
			return compared(v)
		}
		line := fmt.Sprintf("complete: %s, %s in %s%s", of(ok, asked), rows(v), seconds(v.Elapsed), target(v))
		return line + unneeded(v)
	}
	var line string
	switch {
	case v.Diff != nil:
		line = compared(v)
	case v.Failure != nil:
		line = "no answer: " + output.Sanitize(v.Failure.Error())
	case v.unknown():
		line = fmt.Sprintf("no answer: %s in %s, and not all sources were found: only %s any can be met (%s)",
			of(ok, asked), seconds(v.Elapsed), v.Spelling.Name("require"), v.Require)
	case !v.Met() && (ok > 0 || v.decided()):
		line = fmt.Sprintf("no answer: %s in %s, and %d are required (%s %s)",
			of(ok, asked), seconds(v.Elapsed), v.Require.Of(asked), v.Spelling.Name("require"), v.Require)
	case v.Result() == "none":
		line = fmt.Sprintf("no answer: %s in %s", of(ok, asked), seconds(v.Elapsed))
	default:
		line = fmt.Sprintf("%s: %s, %s in %s%s", v.Result(), of(ok, asked), rows(v), seconds(v.Elapsed), target(v))
	}
	if v.Incomplete() {
		line += "; incomplete: " + v.Merging + " did not see all rows"
	}
	if v.Interrupted != 0 {
		line = "interrupted; " + line
	}
	if missing := v.Missing(); len(missing) > 0 {
		line += "; missing: " + names(missing, why, asked > listed)
	}
	if l := v.Load; l != nil && v.Result() == "none" && !l.Unknown {
		line += fmt.Sprintf("; table %s of %s is as it was", output.Sanitize(l.Table), output.Sanitize(l.To))
	}
	if v.Result() == "none" && v.Output != "" && v.Before != Stream {
		line += "; " + output.Sanitize(v.Output) + map[Before]string{Old: " is as it was", Nothing: " was not written"}[v.Before]
		if v.Interrupted != 0 && v.Failure == nil && v.Met() {
			line += ": an interrupted run replaces no file"
		}
	}
	if limit, ok := v.outgrewUsual(); ok {
		line += fmt.Sprintf("; %s gives it more time than the usual %s", v.Spelling.Name("timeout"), limit)
	}
	return line
}

// unneeded describes that no more rows were needed, and how many sources were cancelled
// because of that.
func unneeded(v Verdict) string {
	why := "limit reached"
	n := v.Unneeded()
	switch {
	case v.ReaderLeft && n == 0:
		return "; the reader of the output left"
	case v.ReaderLeft:
		why = "the reader of the output left"
	}
	switch n {
	case 0:
		return ""
	case 1:
		return "; " + why + ": 1 source was not needed"
	}
	return fmt.Sprintf("; %s: %d sources were not needed", why, n)
}

// rows returns the number of rows, and what was done with them.
func rows(v Verdict) string {
	switch {
	case v.Listed != "":
		return v.Listed
	case v.Federated:
		return fmt.Sprintf("%s fetched and %s answered", CountRows(v.Rows()), humanize.Comma(v.ResultRows))
	case v.Reduced:
		return CountRows(v.Rows()) + " reduced to " + humanize.Comma(v.ResultRows)
	}
	return CountRows(v.Rows())
}

func target(v Verdict) string {
	if l := v.Load; l != nil {
		return fmt.Sprintf(" to %s of %s (%s, %s, %s)", output.Sanitize(l.Table), output.Sanitize(l.To), l.Mode, CountRows(l.Rows), humanize.IBytes(uint64(l.Bytes)))
	}
	if v.Output == "" {
		return ""
	}
	switch v.Files {
	case 0:
		return " to " + output.Sanitize(v.Output)
	case 1:
		return " to 1 file " + output.Sanitize(v.Output)
	}
	return fmt.Sprintf(" to %s files %s", humanize.Comma(int64(v.Files)), output.Sanitize(v.Output))
}

// names lists sources with their states, at most ten of them by name. Those that were
// cancelled because of others come last. If it gives reasons, then of many sources each
// reason occurs once.
func names(outcomes []query.Outcome, why, many bool) string {
	if why && (many || len(alikes(outcomes)) > 0) {
		var all []string
		for _, g := range groups(outcomes) {
			all = append(all, g.line(Style{}))
		}
		return strings.Join(all, "; ")
	}
	slices.SortStableFunc(outcomes, func(a, b query.Outcome) int {
		switch ofA, ofB := errors.Is(a.Err, query.ErrRequirement), errors.Is(b.Err, query.ErrRequirement); {
		case ofA == ofB:
			return 0
		case ofB:
			return -1
		}
		return 1
	})
	var all []string
	for i, o := range outcomes {
		if i == 10 && len(outcomes) > 11 {
			all = append(all, fmt.Sprintf("and %d more", len(outcomes)-i))
			break
		}
		text := o.State.String()
		if why && o.Err != nil {
			text += ": " + Detail(o)
		}
		all = append(all, fmt.Sprintf("%s (%s)", output.Sanitize(o.Source), text))
	}
	return strings.Join(all, ", ")
}

func of(n, total int) string {
	if total == 1 {
		return fmt.Sprintf("%d of 1 source", n)
	}
	return fmt.Sprintf("%d of %d sources", n, total)
}

// CountRows returns a number of rows in words.
func CountRows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return humanize.Comma(n) + " rows"
}

func seconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%.3fs", d.Seconds())
}
