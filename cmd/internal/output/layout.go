// How wide the columns of a table are.

package output

import (
	"sort"

	"github.com/fanql/fanql/sources/row"
)

// Columns do not shrink below these widths to fit a terminal: numbers are
// useless in part.
const (
	leastText   = 8
	leastNumber = 20
)

// rehead is the number of rows from which a block that needs wider columns has
// its header again; below, a header would be longer than what it explains.
const rehead = 20

type layout struct {
	names   []shown // of the columns, in text
	text    []byte
	numbers []bool // columns of numbers, aligned to the right
	needs   []int  // the widest cell so far
	widths  []int
	screen  int // 0: as wide as need be
}

// newLayout measures the first block.
func newLayout(s *row.Schema, cells []shown, o Options) layout {
	l := layout{screen: o.Width}
	for i, c := range s.Columns {
		number := c.Type.Numeric() || untyped(c.Type) && allNumbers(cells, i, s.Width())
		n := shown{start: len(l.text), number: number}
		if !o.NoHeader {
			l.text, n.width = appendShown(l.text, []byte(c.Name), o.Width)
		}
		n.end = len(l.text)
		l.names = append(l.names, n)
		l.numbers = append(l.numbers, number)
		l.needs = append(l.needs, max(n.width, o.Reserve[c.Name]))
	}
	l.needs = widest(l.needs, cells)
	l.widths = l.fit(l.needs)
	return l
}

func untyped(k row.Kind) bool { return k == row.Any || k == row.Null }

// allNumbers reports whether the cells of a column are numbers or NULL, and one
// at least is a number.
func allNumbers(cells []shown, column, width int) bool {
	found := false
	for i := column; i < len(cells); i += width {
		if !cells[i].number && !cells[i].null {
			return false
		}
		found = found || cells[i].number
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
	capped := func(limit int) (widths []int, sum int) {
		for i, need := range needs {
			least := leastText
			if l.numbers[i] {
				least = leastNumber
			}
			widths = append(widths, min(need, max(limit, least)))
			sum += widths[i]
		}
		return widths, sum
	}
	widths, sum := capped(int(^uint(0) >> 1))
	if l.screen == 0 || sum <= room {
		return widths
	}
	limit := sort.Search(l.screen, func(limit int) bool { // the first too wide
		_, sum := capped(limit)
		return sum > room
	})
	widths, sum = capped(limit - 1)
	for i := range widths { // what is left, a column each
		if sum < room && widths[i] == limit-1 && widths[i] < needs[i] {
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
func (l *layout) grow(cells []shown, rows int) (again bool) {
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
