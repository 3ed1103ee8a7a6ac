// The table of results.
package main

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// A cell is the result of one check on one server.
type cell struct {
	detail string // a few words, or empty
	err    error  // nil if the check passed
	absent bool   // the check does not apply to the server
}

// A row is a server and its cells by the names of the checks.
type row struct {
	server  string // as in subjects
	version string
	err     error // the reason why it could not be started
	cells   map[string]cell
}

type matrix struct {
	made    time.Time
	version string // of fanql
	cases   string // the day and the version of the cases, if they are from another run
	rows    []row
}

// failure joins the errors of cells that no known limit explains.
func (m *matrix) failure() error {
	var problems []error
	for _, r := range m.rows {
		if r.err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", r.server, r.err))
		}
		for _, c := range checks {
			got := r.cells[c.name]
			if _, known := explained(r.server, c.name, got.err); got.err != nil && !known {
				problems = append(problems, fmt.Errorf("%s: %s: %w", r.server, c.name, got.err))
			}
		}
	}
	return errors.Join(problems...)
}

// markdown returns the table, and a line for each reason that a cell refers to. Its columns are
// aligned, since the help page shows the text as it is.
func (m *matrix) markdown() string {
	lines := [][]string{{"server", "version"}}
	for _, c := range checks {
		lines[0] = append(lines[0], c.name)
	}
	var notes []string
	for _, r := range m.rows {
		line := []string{r.server, plain(r.version)}
		for _, c := range checks {
			var text string
			text, notes = r.text(c.name, notes)
			line = append(line, text)
		}
		lines = append(lines, line)
	}
	var w strings.Builder
	fmt.Fprintf(&w, "Tried on %s with fanql %s", m.made.Format("2006-01-02"), m.version)
	if m.cases != "" {
		fmt.Fprintf(&w, "\n(the cases on %s)", m.cases)
	}
	fmt.Fprintf(&w, ":\n\n%s", aligned(lines))
	if len(notes) > 0 {
		w.WriteString("\n")
	}
	for i, n := range notes {
		fmt.Fprintf(&w, "%s\n", folded(fmt.Sprintf("%d. %s", i+1, n)))
	}
	return w.String()
}

// folded breaks a note into lines of at most 80 columns, if its words are short enough.
func folded(text string) string {
	var w strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case column == 0:
		case column+1+n > 80:
			w.WriteString("\n   ")
			column = 3
		default:
			w.WriteString(" ")
			column++
		}
		w.WriteString(word)
		column += n
	}
	return w.String()
}

// aligned returns lines as a Markdown table. The first line is its header.
func aligned(lines [][]string) string {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, text := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(text))
		}
	}
	var w strings.Builder
	for n, line := range lines {
		for i, text := range line {
			fmt.Fprintf(&w, "| %-*s ", widths[i], text)
		}
		w.WriteString("|\n")
		if n == 0 {
			for _, width := range widths {
				fmt.Fprintf(&w, "|%s", strings.Repeat("-", width+2))
			}
			w.WriteString("|\n")
		}
	}
	return w.String()
}

// text returns a cell in the form for the table. notes are the reasons of earlier cells.
func (r row) text(check string, notes []string) (string, []string) {
	c, ran := r.cells[check]
	switch {
	case r.err != nil:
		return "not had", notes
	case !ran || c.absent:
		return "-", notes
	case c.err == nil && c.detail == "":
		return "ok", notes
	case c.err == nil:
		return plain(c.detail), notes
	}
	reason, known := explained(r.server, check, c.err)
	if !known {
		return "**failed**", notes
	}
	for i, n := range notes {
		if n == reason {
			return fmt.Sprintf("no (%d)", i+1), notes
		}
	}
	notes = append(notes, reason)
	return fmt.Sprintf("no (%d)", len(notes)), notes
}

// plain changes a text so that it fits into a cell.
func plain(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.ReplaceAll(text, "|", "\\|")
}

const (
	quoteBegins = "<!-- servers -->\n"
	quoteEnds   = "<!-- /servers -->"
)

// quoted puts the table between the markers of a page.
func quoted(page, table string) (string, error) {
	before, rest, begins := strings.Cut(page, quoteBegins)
	_, after, ends := strings.Cut(rest, quoteEnds)
	if !begins || !ends {
		return "", errors.New("the page has no place for the table")
	}
	return before + quoteBegins + table + quoteEnds + after, nil
}
