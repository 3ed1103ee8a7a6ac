// The counts of cells, and the table that is printed.

package main

import (
	"fmt"
	"slices"
	"strings"
)

var databases = []string{"PostgreSQL", "MySQL", "MariaDB", "SQLite", all}

type count struct{ passed, all int }

type matrix struct {
	faults []string // in the order in which they were met
	counts map[[2]string]count
}

func (m *matrix) add(fault, database string, passed bool) {
	if m.counts == nil {
		m.counts = map[[2]string]count{}
	}
	if !slices.Contains(m.faults, fault) {
		m.faults = append(m.faults, fault)
	}
	key := [2]string{fault, database}
	c := m.counts[key]
	c.all++
	if passed {
		c.passed++
	}
	m.counts[key] = c
}

// addAll adds the counts of a package. It is an error if the test of a line did not run: otherwise
// the line would be missing without notice.
func (m *matrix) addAll(pkg string, r *results) error {
	for _, c := range r.cells {
		parts := strings.Split(c, " | ")
		if len(parts) != 3 || !slices.Contains(databases, parts[1]) {
			return fmt.Errorf("%s reports a cell %q", pkg, c)
		}
		m.add(parts[0], parts[1], parts[2] == "passed")
	}
	for _, l := range lines {
		if l.pkg != pkg {
			continue
		}
		leaves := r.leaves(l.test)
		if len(leaves) == 0 {
			return fmt.Errorf("%s has no test %s, which stands for %q", pkg, l.test, l.fault)
		}
		for _, name := range leaves {
			m.add(l.fault, l.database, r.ends[name] == "pass")
		}
	}
	return nil
}

// String returns the table.
func (m *matrix) String() string {
	var w strings.Builder
	const row = "%-62s %11s %11s %11s %11s %7s\n"
	fmt.Fprintf(&w, row, "fault: cells passed of all", databases[0], databases[1], databases[2], databases[3], databases[4])
	var sum count
	for _, f := range m.faults {
		var cells []any
		for _, d := range databases {
			cell := "-"
			if c, ok := m.counts[[2]string{f, d}]; ok {
				cell = fmt.Sprintf("%d/%d", c.passed, c.all)
				sum.passed += c.passed
				sum.all += c.all
			}
			cells = append(cells, cell)
		}
		fmt.Fprintf(&w, row, append([]any{f}, cells...)...)
	}
	fmt.Fprintf(&w, "%d of %d cells passed\n", sum.passed, sum.all)
	return w.String()
}
