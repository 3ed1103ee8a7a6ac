// The matrix of checks and sources on top of the page. Checks or sources, whichever are
// more, are the rows: a screen scrolls down more easily than to the side.

package checkformat

import (
	"fmt"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
)

type pageMatrix struct {
	Title, Corner string
	Columns       []pageHead
	Strips        bool // the rows have strips
	Counts        bool // the rows have numbers of sources instead of cells
	Messages      bool // the rows have messages that say why a check did not pass
	Tall          bool
	Groups        []matrixGroup
}

type pageHead struct{ Name, Target string }

type matrixGroup struct {
	Class checks.Verdict
	Title string
	Rows  []matrixRow
}

type matrixRow struct {
	Name, Target         string
	Owner, Link, Snoozed string
	Cells                []matrixCell
	Counts, Message      string
	Strip                *pageStrip
}

// A matrixCell is a verdict by its letter. It is empty if the check did not query the
// source.
type matrixCell struct {
	Class  checks.Verdict
	Letter string
	Says   string
}

const (
	// wideMatrix is how many sources fit side by side.
	wideMatrix = 16
	// tallMatrix is how many rows fit on a screen.
	tallMatrix = 24
)

// verdictLetters are the letters that `fanql history` uses.
var verdictLetters = map[checks.Verdict]string{checks.Passed: "p", checks.Warned: "W", checks.Failed: "F", checks.Error: "E"}

// matrices returns a matrix with the checks as rows. If there are too many sources for
// columns, it also returns a matrix with the sources as rows.
func matrices(r *checks.Report, past *past) []pageMatrix {
	if len(r.Checks) == 0 {
		return nil
	}
	var names []string // the names of sources, in the order of their first occurrence
	cells := map[[2]string]matrixCell{}
	worst := map[string]checks.Verdict{}
	for i := range r.Checks {
		c := &r.Checks[i]
		for _, s := range c.Sources {
			if _, met := worst[s.Source]; !met {
				names, worst[s.Source] = append(names, s.Source), s.Verdict
			}
			if place(s.Verdict) < place(worst[s.Source]) {
				worst[s.Source] = s.Verdict
			}
			cells[[2]string{c.Name, s.Source}] = matrixCell{s.Verdict, verdictLetters[s.Verdict], named(c.Name) + " at " + named(s.Source) + ": " + string(s.Verdict)}
		}
	}
	bySource := len(names) > wideMatrix && len(names) > len(r.Checks)
	m := pageMatrix{Title: "Checks and sources", Corner: "Check", Strips: past != nil, Counts: bySource, Messages: true, Tall: len(r.Checks) > tallMatrix}
	if bySource {
		m.Title = "Checks"
	} else {
		for _, name := range names {
			m.Columns = append(m.Columns, pageHead{Name: named(name)})
		}
	}
	other := pageMatrix{Title: "Sources", Corner: "Source", Tall: len(names) > tallMatrix}
	var sorted []*checks.Check
	for _, g := range worstFirst {
		group := matrixGroup{Class: g.verdict, Title: g.title}
		for i := range r.Checks {
			c := &r.Checks[i]
			if c.Verdict != g.verdict {
				continue
			}
			row := matrixRow{Name: named(c.Name), Target: checkTarget(i + 1), Owner: named(c.Owner), Link: linked(c.Link), Snoozed: snoozedUntil(*c), Strip: past.check(c), Message: shorten(output.Sanitize(c.Message), 2*pageName)}
			if bySource {
				row.Counts = sourcesByVerdict(c)
			} else {
				for _, name := range names {
					row.Cells = append(row.Cells, cells[[2]string{c.Name, name}])
				}
			}
			group.Rows = append(group.Rows, row)
			sorted = append(sorted, c)
			other.Columns = append(other.Columns, pageHead{named(c.Name), checkTarget(i + 1)})
		}
		m.add(group)
	}
	if !bySource {
		return []pageMatrix{m}
	}
	for _, g := range worstFirst {
		group := matrixGroup{Class: g.verdict, Title: g.title}
		for _, name := range names {
			if worst[name] != g.verdict {
				continue
			}
			row := matrixRow{Name: named(name)}
			for _, c := range sorted {
				row.Cells = append(row.Cells, cells[[2]string{c.Name, name}])
			}
			group.Rows = append(group.Rows, row)
		}
		other.add(group)
	}
	return []pageMatrix{m, other}
}

// add adds a group, unless it is empty, with the number of its rows.
func (m *pageMatrix) add(g matrixGroup) {
	if len(g.Rows) > 0 {
		g.Title = fmt.Sprintf("%s: %d", g.Title, len(g.Rows))
		m.Groups = append(m.Groups, g)
	}
}

// sourcesByVerdict counts the sources of a check.
func sourcesByVerdict(c *checks.Check) string {
	text := ""
	for _, g := range worstFirst {
		n := 0
		for _, s := range c.Sources {
			if s.Verdict == g.verdict {
				n++
			}
		}
		if n > 0 {
			if text != "" {
				text += ", "
			}
			text += fmt.Sprintf("%d %s", n, g.verdict)
		}
	}
	return text
}

// Width is the number of columns of a row.
func (m pageMatrix) Width() int {
	n := 1 + len(m.Columns)
	for _, more := range []bool{m.Strips, m.Counts, m.Messages} {
		if more {
			n++
		}
	}
	return n
}
