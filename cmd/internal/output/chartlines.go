// Charts of lines.

package output

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"
)

// lineHeight is how many lines of the screen a chart of lines takes, without its axis.
const lineHeight = 15

// marks are the characters of the series, which distinguish them without colors.
var (
	marks      = []string{"•", "×", "+", "o", "*", "#", "@", "%"}
	plainMarks = []string{".", "x", "+", "o", "*", "#", "@", "%"}
)

// lines plots each series as points, and straight lines between them, over one pair of
// axes.
func (c *chart) lines() {
	low, high := math.Inf(1), math.Inf(-1)
	from, to := math.Inf(1), math.Inf(-1)
	first, last := c.points[0], c.points[0]
	for _, p := range c.points {
		if p.at < from {
			from, first = p.at, p
		}
		if p.at > to {
			to, last = p.at, p
		}
		if !p.null {
			low, high = min(low, p.y), max(high, p.y)
		}
	}
	if math.IsInf(low, 0) {
		c.buf = append(c.buf, "no numbers to draw\n"...)
		return
	}
	scale := func(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }
	labels := map[int]string{0: scale(high), lineHeight - 1: scale(low), lineHeight / 2: scale(high/2 + low/2)}
	if high == low {
		labels = map[int]string{lineHeight / 2: scale(low)}
	}
	left := 0
	for _, l := range labels {
		left = max(left, len(l))
	}
	room := max(10, c.o.Width-left-3)
	grid := make([][]string, lineHeight)
	for i := range grid {
		grid[i] = slices.Repeat([]string{" "}, room)
	}
	column := func(at float64) int {
		return int(math.Round(float64(room-1) * Share(at, from, to)))
	}
	height := func(y float64) int {
		return int(math.Round(float64(lineHeight-1) * (1 - Share(y, low, high))))
	}
	for i := range c.series {
		c.plot(i, grid, column, height)
	}
	c.axes(grid, labels, left)
	c.buf = append(append(c.buf, strings.Repeat(" ", left+2)+c.ends(first.x, last.x, room)...), '\n')
	c.legend()
}

// plot plots a series: its points in the order of x, and the lines between them.
func (c *chart) plot(series int, grid [][]string, column func(float64) int, height func(float64) int) {
	var points []point
	for _, p := range c.points {
		if p.series == series {
			points = append(points, p)
		}
	}
	slices.SortStableFunc(points, func(a, b point) int { return int(math.Copysign(1, a.at-b.at)) * boolInt(a.at != b.at) })
	mark := c.colored(c.marks()[series%len(marks)], series)
	for i, p := range points {
		if p.null {
			continue
		}
		x, y := column(p.at), height(p.y)
		grid[y][x] = mark
		if i == 0 || points[i-1].null { // no line crosses a gap
			continue
		}
		x0, y0 := column(points[i-1].at), height(points[i-1].y)
		for step := x0 + 1; step < x; step++ {
			at := int(math.Round(float64(y0) + float64(y-y0)*float64(step-x0)/float64(x-x0)))
			grid[at][step] = mark
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (c *chart) marks() []string {
	if c.o.ASCII {
		return plainMarks
	}
	return marks
}

// axes writes the drawing with an axis at its left and one below it.
func (c *chart) axes(grid [][]string, labels map[int]string, left int) {
	side, corner, dash := "│", "└", "─"
	if c.o.ASCII {
		side, corner, dash = "|", "+", "-"
	}
	for i, cells := range grid {
		line := strings.Repeat(" ", left-len(labels[i])) + labels[i] + " " + side + strings.Join(cells, "")
		c.buf = append(append(c.buf, strings.TrimRight(line, " ")...), '\n')
	}
	c.buf = append(append(c.buf, strings.Repeat(" ", left+1)+corner+strings.Repeat(dash, len(grid[0]))...), '\n')
}

// ends returns the line with the first and the last value of x, below the ends of the axis.
func (c *chart) ends(first, last string, room int) string {
	first, last = c.shortened(first, room/2-1), c.shortened(last, room/2-1)
	if first == last {
		return first
	}
	return first + strings.Repeat(" ", max(1, room-uniseg.StringWidth(first)-uniseg.StringWidth(last))) + last
}

// legend writes the mark of each series.
func (c *chart) legend() {
	if len(c.series) < 2 {
		return
	}
	var all []string
	for i, name := range c.series {
		all = append(all, c.colored(c.marks()[i%len(marks)], i)+" "+c.shortened(name, c.o.Width/4))
	}
	c.buf = append(append(c.buf, strings.Join(all, "   ")...), '\n')
}
