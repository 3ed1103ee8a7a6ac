// The widths of a table's columns.

package output

import (
	"math"
	"sort"

	"github.com/fanql/fanql/sources/row"
)

// To fit a terminal, columns shrink at most to these widths. Each line is a step, which is
// used only if the previous one does not fit: first free text, and names above numbers;
// then times, which keep their date; then text again. Numbers, NULL and the names of
// sources are useless if they are cut, so they stay whole, even if a row is then longer
// than the screen.
var leasts = []struct{ text, name, moment int }{
	{8, 4, 40},
	{8, 4, len("2006-01-02") + 1},
	{4, 3, len("2006-01-02") + 1},
}

// rehead is the least number of rows of a block for which the header is repeated when the
// block needs wider columns. For fewer rows, the header would be longer than the block.
const rehead = 20

// mostPadded is the greatest width to which values are padded. Without it, a value of a
// megabyte would make each other row of its block a megabyte long.
const mostPadded = 1000

type layout struct {
	names   []shown // the names of the columns, as text
	text    []byte
	numbers []bool // columns of numbers, aligned to the right
	moments []bool // columns of dates and times
	rigid   []bool // columns whose values stay whole: numbers, and names of sources
	nulls   []int  // the width of NULL in columns that have it
	heads   []int  // the widths of the names, or the reserved widths
	needs   []int  // the widest cell so far
	widths  []int
	screen  int // 0 is unlimited
	around  int // the width of a row without its values
	tight   bool
}

// newLayout measures the first block.
func newLayout(s *row.Schema, cells []shown, o Options, style TableStyle) layout {
	l := layout{screen: o.Width, around: style.around(s.Width()), needs: make([]int, s.Width()), nulls: make([]int, s.Width())}
	for i, c := range s.Columns {
		number := c.Type.Numeric() || untyped(c.Type) && all(cells, i, s.Width(), func(c shown) bool { return c.number })
		n := shown{start: len(l.text), number: number}
		if !o.NoHeader {
			l.text, n.width = appendShown(l.text, []byte(c.Name), o.Width)
		}
		n.end = len(l.text)
		l.names = append(l.names, n)
		l.numbers = append(l.numbers, number)
		reserved, source := o.Reserve[c.Name]
		if source { // the column of sources is never narrower than the longest name
			l.needs[i] = max(reserved, min(n.width, mostPadded))
		}
		l.rigid = append(l.rigid, source || number || all(cells, i, s.Width(), func(c shown) bool { return c.number }))
		l.moments = append(l.moments, all(cells, i, s.Width(), func(c shown) bool { return c.number || c.moment }))
		l.heads = append(l.heads, max(min(n.width, mostPadded), reserved))
	}
	l.see(cells)
	l.widths = l.fit(l.needs)
	return l
}

func untyped(k row.Kind) bool { return k == row.Any || k == row.Null }

// all reports whether so is true for all cells of a column except NULL, and for at least
// one.
func all(cells []shown, column, width int, so func(shown) bool) bool {
	found := false
	for i := column; i < len(cells); i += width {
		if !so(cells[i]) && !cells[i].null {
			return false
		}
		found = found || !cells[i].null
	}
	return found
}

func widest(needs []int, cells []shown) []int {
	needs = append([]int(nil), needs...)
	for i := 0; i < len(cells); i += len(needs) {
		for j := range needs {
			needs[j] = max(needs[j], min(cells[i+j].width, mostPadded))
		}
	}
	return needs
}

// see adds the widths that a block needs.
func (l *layout) see(cells []shown) {
	l.needs = widest(l.needs, cells)
	for i, c := range cells {
		if j := i % len(l.needs); c.null {
			l.nulls[j] = max(l.nulls[j], c.width)
		}
	}
}

// least returns the width below which a column does not shrink at a step.
func (l *layout) least(i, need, step int) int {
	s := leasts[step]
	switch {
	case l.rigid[i]:
		return max(need, min(l.heads[i], s.name))
	case l.moments[i]:
		return max(min(need, s.moment), min(l.heads[i], s.name))
	}
	return max(s.text, l.nulls[i])
}

// fit gives each column the width that it needs. On a screen that is too small, the widest
// columns shrink first, down to their least widths. If the least widths are too wide, the
// columns get them anyway.
func (l *layout) fit(needs []int) []int {
	room := l.screen - l.around
	step := 0
	capped := func(limit int) (widths []int, sum int) {
		for i, need := range needs {
			widths = append(widths, min(max(need, l.heads[i]), max(limit, l.least(i, need, step))))
			sum += widths[i]
		}
		return widths, sum
	}
	widths, sum := capped(math.MaxInt)
	if l.screen == 0 || sum <= room {
		return widths
	}
	for step = range leasts {
		if _, sum = capped(0); sum <= room {
			break
		}
	}
	if l.tight = step > 0; sum > room {
		step = 0
		widths, _ = capped(0)
		return widths
	}
	limit := sort.Search(l.screen, func(limit int) bool { // the first limit that is too wide
		_, sum := capped(limit)
		return sum > room
	})
	widths, sum = capped(limit - 1)
	for i := range widths { // the rest, one column each
		if sum < room && widths[i] == limit-1 && widths[i] < max(needs[i], l.heads[i]) {
			widths[i]++
			sum++
		}
	}
	return widths
}

// wide returns how many columns of the screen a row takes if nothing is cut.
func (l *layout) wide(cells []shown) int {
	sum := l.around
	for i, c := range cells {
		sum += max(l.widths[i], c.width)
	}
	return sum
}

// whole reports whether a cell must not be cut.
func (l *layout) whole(i int, c shown) bool { return c.number || c.null || l.rigid[i] }

// grow adds a later block. If more than a few of its rows need wider columns, the columns
// are wider from there on. It returns whether the header should be repeated.
func (l *layout) grow(cells []shown, rows int) (repeat bool) {
	if len(l.widths) == 0 {
		return false
	}
	before := l.needs
	l.see(cells)
	needs := l.needs
	widths := l.fit(needs)
	over := 0
	for i := 0; i < len(cells); i += len(widths) {
		for j, w := range widths {
			if w > l.widths[j] && cells[i+j].width > l.widths[j] {
				over++
				break
			}
		}
	}
	if over*20 <= rows {
		l.needs = before
		return false
	}
	l.widths = widths
	return rows >= rehead
}
