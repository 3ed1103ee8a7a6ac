// Finds the changes from one round to the next.

package watching

import (
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// compared is how many rows at the beginning are compared: more than a screen shows.
const compared = 2000

// Changes compares the rows of a round with those of the rounds before. A source that was
// missing for some rounds is compared with its last rows.
//
// Rows are matched by their values: by a column, or by all columns without numbers, whose
// values are different in all rows of the source and of which most existed before. The
// remaining rows are matched by their order.
type Changes struct {
	// Source is the name of the first column if that holds the sources' names; else empty.
	Source string
	// Unmarked are columns that are not compared, such as times.
	Unmarked []string

	before map[string]part
}

// A part has the rows of one source.
type part struct {
	names []string
	lines []line
	skip  int // how many columns at the left are not compared, because they name the source
}

// A line is a row as text.
type line struct {
	at    int // in the result, from 0
	cells []cell
}

type cell struct {
	text   string // empty for NULL
	null   bool
	number bool
}

// Marks are the changed cells of a round.
type Marks struct {
	Cells   int // how many cells have changed
	changed map[[2]int]bool
}

// At reports whether a cell is changed.
func (m Marks) At(row, column int) bool { return m.changed[[2]int{row, column}] }

// Next compares the rows of a round with the previous ones. Answered are the sources that
// are in the round.
func (c *Changes) Next(r *Rows, answered []string) Marks {
	now := c.parts(r)
	m := Marks{changed: map[[2]int]bool{}}
	if c.before == nil {
		c.before = map[string]part{}
	}
	for name, p := range now {
		if old, ok := c.before[name]; ok {
			c.mark(&m, old, p)
		}
	}
	for _, name := range answered {
		c.before[name] = now[name]
	}
	if len(answered) > 0 { // rows that name no source belong to all sources
		c.before[""] = now[""]
	}
	m.Cells = len(m.changed)
	return m
}

// parts returns the rows of each source.
func (c *Changes) parts(r *Rows) map[string]part {
	parts := map[string]part{}
	at := 0
	for _, b := range r.batches {
		by := c.Source != "" && b.Schema.Width() > 0 && b.Schema.Columns[0].Name == c.Source
		var names []string
		for _, column := range b.Schema.Columns {
			names = append(names, column.Name)
		}
		for i := range b.Rows() {
			if at == compared {
				return parts
			}
			l := line{at: at}
			for _, v := range b.Row(i) {
				one := cell{null: v.Kind == row.Null, number: v.Kind.Numeric()}
				if !one.null {
					one.text = string(b.AppendText(nil, v))
				}
				l.cells = append(l.cells, one)
			}
			source, skip := "", 0
			if by {
				source, skip = l.cells[0].text, 1
			}
			p := parts[source]
			parts[source] = part{names, append(p.lines, l), skip}
			at++
		}
	}
	return parts
}

// widen appends to lines the columns that later lines have at the end.
func (p part) widen() {
	for i := range p.lines {
		for len(p.lines[i].cells) < len(p.names) {
			p.lines[i].cells = append(p.lines[i].cells, cell{null: true})
		}
	}
}

// mark marks the cells that differ between the previous and the current rows of a source.
func (c *Changes) mark(m *Marks, before, now part) {
	before.widen()
	now.widen()
	places := make([]int, len(now.names)) // the index of each column in before; -1 is a new column
	for i, name := range now.names {
		places[i] = slices.Index(before.names, name)
	}
	pairs := pair(before.lines, now.lines, places, now.skip)
	for i, l := range now.lines {
		for j, v := range l.cells {
			switch {
			case j < now.skip || slices.Contains(c.Unmarked, now.names[j]):
			case pairs[i] < 0 || places[j] < 0 || before.lines[pairs[i]].cells[places[j]] != v:
				m.changed[[2]int{l.at, j}] = true
			}
		}
	}
}

// pair returns for each line of now the index of its line in before, or -1.
func pair(before, now []line, places []int, skip int) []int {
	key := identifying(before, now, places, skip)
	pairs, taken := make([]int, len(now)), make([]bool, len(before))
	var at map[string]int
	if key != nil {
		at = map[string]int{}
		for i, l := range before {
			at[key(l, true)] = i
		}
	}
	for i, l := range now {
		pairs[i] = -1
		if key == nil {
			continue
		}
		if old, ok := at[key(l, false)]; ok {
			pairs[i], taken[old] = old, true
		}
	}
	next := 0
	for i := range now { // the remaining lines, in order
		if pairs[i] >= 0 {
			continue
		}
		for next < len(before) && taken[next] {
			next++
		}
		if next < len(before) {
			pairs[i], taken[next] = next, true
		}
	}
	return pairs
}

// identifying returns a function that returns the key by which lines are matched, or nil if
// there is no key.
func identifying(before, now []line, places []int, skip int) func(l line, old bool) string {
	if len(before) == 0 || len(now) == 0 {
		return nil
	}
	var best func(line, bool) string
	most := 0
	try := func(columns []int) {
		key := func(l line, old bool) string {
			var b strings.Builder
			for _, j := range columns {
				if old {
					j = places[j]
				}
				b.WriteString(l.cells[j].text + "\x00")
			}
			return b.String()
		}
		if n := common(before, now, key); n > most {
			best, most = key, n
		}
	}
	var names []int
	for j, place := range places {
		if j < skip || place < 0 {
			continue
		}
		try([]int{j})
		if !slices.ContainsFunc(now, func(l line) bool { return l.cells[j].number }) {
			names = append(names, j)
		}
	}
	if len(names) > 1 {
		try(names)
	}
	return best
}

// common counts the keys that both have. It returns 0 if two lines of one side have the
// same key.
func common(before, now []line, key func(line, bool) string) (n int) {
	seen := map[string]bool{}
	for _, l := range before {
		seen[key(l, true)] = true
	}
	if len(seen) < len(before) {
		return 0
	}
	own := map[string]bool{}
	for _, l := range now {
		k := key(l, false)
		if own[k] {
			return 0
		}
		if own[k] = true; seen[k] {
			n++
		}
	}
	return n
}
