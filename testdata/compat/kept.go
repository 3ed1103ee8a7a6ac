// Results of an earlier run that stay in the page.
package main

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// casesCheck is the check that can be left out. It takes most of the time.
const casesCheck = "cases"

var (
	triedWith = regexp.MustCompile(`^Tried on (\S+) with fanql ([^\s:]+)`)
	casesWith = regexp.MustCompile(`\(the cases on (\S+) with ([^\s,)]+)`)
)

// keepCases copies the cases from a page for the servers on which they did not run. It also copies
// the day and the version of the run that they are from. A page without a table has nothing to
// copy.
func (m *matrix) keepCases(page string) {
	_, rest, _ := strings.Cut(page, quoteBegins)
	text, _, _ := strings.Cut(rest, quoteEnds)
	head, table, _ := strings.Cut(text, "\n\n")
	old := parseRows(table)
	for i := range m.rows {
		r := &m.rows[i]
		at := slices.IndexFunc(old, func(o row) bool { return o.server == r.server })
		if now, ran := r.cells[casesCheck]; at < 0 || r.err != nil || ran && !now.absent {
			continue
		}
		if kept, ok := old[at].cells[casesCheck]; ok && !kept.absent {
			r.cells[casesCheck] = kept
			m.cases = ranWith(head)
		}
	}
}

// ranWith returns the day and the version of the cases from the words above a table.
func ranWith(head string) string {
	found := casesWith.FindStringSubmatch(head)
	if found == nil {
		found = triedWith.FindStringSubmatch(head)
	}
	if found == nil {
		return ""
	}
	return found[1] + " with " + found[2]
}

// parseRows reads a table that [matrix.markdown] has written. The table may have other columns.
func parseRows(table string) (rows []row) {
	var names []string
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case len(cells) < 3: // a reason
		case names == nil:
			names = cells
		case strings.HasPrefix(cells[0], "--"):
		default:
			r := row{server: cells[0], version: cells[1], cells: map[string]cell{}}
			for i := 2; i < min(len(cells), len(names)); i++ {
				r.cells[names[i]] = parseCell(r.server, names[i], cells[i])
			}
			rows = append(rows, r)
		}
	}
	return rows
}

// parseCell returns the result in a cell of a table.
func parseCell(server, check, text string) cell {
	switch {
	case text == "ok":
		return cell{}
	case text == "-", text == "not had":
		return cell{absent: true}
	case strings.HasPrefix(text, "no ("):
		for _, k := range known {
			if k.check == check && k.servers.MatchString(server) {
				return cell{err: errors.New(k.says)}
			}
		}
	}
	return cell{detail: text}
}
