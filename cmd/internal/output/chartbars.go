// Charts of bars, and lines of small bars.

package output

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rivo/uniseg"
)

// eighths are the parts of a character's width, and heights those of its height.
var (
	eighths = []rune("▏▎▍▌▋▊▉█")
	heights = []rune("▁▂▃▄▅▆▇█")
	ramp    = []rune("_.:-=+*#") // heights in ASCII
)

// colors are the colors of series. Names or marks also distinguish the series.
var colors = []string{"\x1b[32m", "\x1b[33m", "\x1b[35m", "\x1b[36m", "\x1b[34m", "\x1b[31m"}

// manyColors are the colors for terminals with 256 colors: twelve that differ clearly from
// each other, from white and from black.
var manyColors = []string{
	"\x1b[38;5;33m", "\x1b[38;5;208m", "\x1b[38;5;34m", "\x1b[38;5;199m", "\x1b[38;5;142m", "\x1b[38;5;99m",
	"\x1b[38;5;37m", "\x1b[38;5;160m", "\x1b[38;5;108m", "\x1b[38;5;175m", "\x1b[38;5;136m", "\x1b[38;5;67m",
}

// colored gives a text the color of a series.
func (c *chart) colored(text string, series int) string {
	if !c.o.Color || len(c.series) < 2 || text == "" {
		return text
	}
	palette := colors
	if c.o.ManyColors {
		palette = manyColors
	}
	return palette[series%len(palette)] + text + "\x1b[0m"
}

// bars plots a bar for each row, from zero to the left or to the right, and then its value.
func (c *chart) bars() {
	low, high := 0.0, 0.0
	before, by, values := 0, 0, 0
	last := ""
	for i := range c.points {
		p := &c.points[i]
		low, high = min(low, p.y), max(high, p.y)
		p.x = c.shortened(p.x, c.o.Width/4)
		p.by = c.shortened(p.by, c.o.Width/5)
		before, by, values = max(before, uniseg.StringWidth(p.x)), max(by, uniseg.StringWidth(p.by)), max(values, uniseg.StringWidth(p.text))
	}
	head := before
	if by > 0 {
		head += 2 + by
	}
	room := max(8, c.o.Width-head-2-1-values)
	zero := 0
	if low < 0 {
		zero = int(math.Round(float64(room) * Share(0, low, high)))
	}
	for i, p := range c.points {
		label := p.x
		if i > 0 && p.x == last && by > 0 { // each name once, above its series
			label = ""
		}
		last = p.x
		line := padded(label, before)
		if by > 0 {
			line += "  " + padded(p.by, by)
		}
		line += "  "
		switch {
		case p.null:
			line += strings.Repeat(" ", zero)
		case p.y < 0:
			n := min(zero, int(math.Round(float64(room)*Share(low-p.y, low, high))))
			line += strings.Repeat(" ", zero-n) + c.colored(strings.Repeat(c.full(), n), p.series)
		default:
			line += strings.Repeat(" ", zero)
			if high > 0 {
				line += c.colored(c.bar(float64(room-zero)*(p.y/high)), p.series)
			}
		}
		c.buf = append(append(c.buf, strings.TrimRight(line, " ")...), ' ')
		if p.null || p.y == 0 {
			c.buf = append(c.buf[:len(c.buf)-1], strings.Repeat(" ", max(1, head+2+zero-uniseg.StringWidth(strings.TrimRight(line, " "))))...)
		}
		c.buf = append(append(c.buf, p.text...), '\n')
	}
}

func (c *chart) full() string {
	if c.o.ASCII {
		return "#"
	}
	return "█"
}

// bar returns a bar of a length in characters, rounded to eighths.
func (c *chart) bar(length float64) string {
	if c.o.ASCII {
		return strings.Repeat("#", int(math.Round(length)))
	}
	n := int(math.Round(length * 8))
	text := strings.Repeat("█", n/8)
	if n%8 > 0 {
		text += string(eighths[n%8-1])
	}
	return text
}

// sparks plots a line of small bars for each series, with its least, greatest and last
// value.
func (c *chart) sparks() {
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range c.points {
		if !p.null {
			low, high = min(low, p.y), max(high, p.y)
		}
	}
	steps := heights
	if c.o.ASCII {
		steps = ramp
	}
	by := 0
	for _, name := range c.series {
		by = max(by, uniseg.StringWidth(c.shortened(name, c.o.Width/4)))
	}
	for i, name := range c.series {
		var points []point
		for _, p := range c.points {
			if p.series == i {
				points = append(points, p)
			}
		}
		about := rangeOf(points)
		points = sampled(points, max(8, c.o.Width-by-4-len(about)))
		line := ""
		for _, p := range points {
			switch {
			case p.null:
				line += " "
			default:
				line += string(steps[min(len(steps)-1, int(float64(len(steps))*Share(p.y, low, high)))])
			}
		}
		text := ""
		if by > 0 {
			text = padded(c.shortened(name, c.o.Width/4), by) + "  "
		}
		c.buf = append(append(c.buf, text+c.colored(line, i)+"  "+about...), '\n')
	}
}

// rangeOf describes the values of the drawn heights.
func rangeOf(points []point) string {
	points = slices.DeleteFunc(slices.Clone(points), func(p point) bool { return p.null })
	if len(points) == 0 {
		return "NULL"
	}
	least, most := points[0], points[0]
	for _, p := range points {
		if p.y < least.y {
			least = p
		}
		if p.y > most.y {
			most = p
		}
	}
	return fmt.Sprintf("least %s, most %s, last %s", least.text, most.text, points[len(points)-1].text)
}

// sampled returns at most n of the points. From each group of neighbours it takes the most
// extreme one, so that no peak is lost.
func sampled(points []point, n int) []point {
	if len(points) <= n {
		return points
	}
	mean := 0.0
	for _, p := range points {
		mean += p.y / float64(len(points))
	}
	var some []point
	for i := range n {
		group := points[i*len(points)/n : (i+1)*len(points)/n]
		some = append(some, slices.MaxFunc(group, func(a, b point) int {
			return int(math.Copysign(1, math.Abs(a.y-mean)-math.Abs(b.y-mean)))
		}))
	}
	return some
}

// padded fills a text up to a width.
func padded(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-uniseg.StringWidth(text)))
}

// shortened cuts a label.
func (c *chart) shortened(text string, width int) string {
	if width = max(width, 4); uniseg.StringWidth(text) <= width {
		return text
	}
	head, _ := cut([]byte(text), width-1)
	if c.o.ASCII {
		return string(head) + "~"
	}
	return string(head) + "…"
}
