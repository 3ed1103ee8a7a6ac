// How wide the columns of a table are.

package output

import (
	"math"
	"sort"

	"github.com/fanql/fanql/sources/row"
)

// Columns do not shrink below these widths to fit a terminal, each line a step
// that is taken only where the one before it does not fit: free text, then names
// above numbers and dates; last of all these themselves, which are useless in
// part. A screen without one character for each column gets the first.
var leasts = []struct{ text, name, stiff int }{
	{8, 4, 32},
	{4, 3, 32},
	{1, 1, 32},
	{1, 1, 1},
}

// rehead is the number of rows from which a block that needs wider columns has
// its header again; below, a header would be longer than what it explains.
const rehead = 20

type layout struct {
	names   []shown // of the columns, in text
	text    []byte
	numbers []bool // columns of numbers, aligned to the right
	stiff   []bool // columns of numbers, dates and times
	heads   []int  // the widths of the names, and what is reserved
	needs   []int  // the widest cell so far
	widths  []int
	screen  int // 0: as wide as need be
}

// newLayout measures the first block.
func newLayout(s *row.Schema, cells []shown, o Options) layout {
	l := layout{screen: o.Width, needs: make([]int, s.Width())}
	for i, c := range s.Columns {
		number := c.Type.Numeric() || untyped(c.Type) && all(cells, i, s.Width(), func(c shown) bool { return c.number })
		n := shown{start: len(l.text), number: number}
		if !o.NoHeader {
			l.text, n.width = appendShown(l.text, []byte(c.Name), o.Width)
		}
		n.end = len(l.text)
		l.names = append(l.names, n)
		l.numbers = append(l.numbers, number)
		l.stiff = append(l.stiff, number || all(cells, i, s.Width(), func(c shown) bool { return c.number || c.moment }))
		l.heads = append(l.heads, max(n.width, o.Reserve[c.Name]))
	}
	l.needs = widest(l.needs, cells)
	l.widths = l.fit(l.needs)
	return l
}

func untyped(k row.Kind) bool { return k == row.Any || k == row.Null }

// all reports whether the cells of a column are so or NULL, and one at least is
// so.
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
			needs[j] = max(needs[j], cells[i+j].width)
		}
	}
	return needs
}

// fit gives each column the width it needs; on a screen that is too small the
// widest ones give way first, down to the least width.
func (l *layout) fit(needs []int) []int {
	room := l.screen - 3*len(needs) + 1
	step := 0
	capped := func(limit int) (widths []int, sum int) {
		for i, need := range needs {
			least := leasts[step].text
			if l.stiff[i] {
				least = max(min(need, leasts[step].stiff), min(l.heads[i], leasts[step].name))
			}
			widths = append(widths, min(max(need, l.heads[i]), max(limit, least)))
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
	if sum > room {
		step = 0
	}
	limit := sort.Search(l.screen, func(limit int) bool { // the first too wide
		_, sum := capped(limit)
		return sum > room
	})
	widths, sum = capped(limit - 1)
	for i := range widths { // what is left, a column each
		if sum < room && widths[i] == limit-1 && widths[i] < max(needs[i], l.heads[i]) {
			widths[i]++
			sum++
		}
	}
	return widths
}

// wide is how many columns of the screen a row takes if nothing is cut.
func (l *layout) wide(cells []shown) int {
	sum := 3*len(cells) - 1
	for i, c := range cells {
		sum += max(l.widths[i], c.width)
	}
	return sum
}

// grow takes a later block in: where more than a few of its rows need wider
// columns, they get them from here on, and the result says whether the header
// should be said again.
func (l *layout) grow(cells []shown, rows int) (repeat bool) {
	if len(l.widths) == 0 {
		return false
	}
	needs := widest(l.needs, cells)
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
		return false
	}
	l.needs, l.widths = needs, widths
	return rows >= rehead
}
