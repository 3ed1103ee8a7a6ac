// Strips: a series in one line of text.

package history

import (
	"math"
	"strings"
)

// Letters of verdicts in strips. Any other verdict has the letter '?'.
var letters = map[string]byte{"passed": 'p', "warned": 'W', "failed": 'F', "error": 'E'}

// rank orders verdicts: a place that stands for several runs shows the worst.
var rank = map[string]int{"passed": 0, "warned": 1, "error": 2, "failed": 3}

var (
	bars   = []rune("▁▂▃▄▅▆▇█")
	digits = []rune("12345678") // the same in ASCII
)

// Verdicts returns the verdicts of points in at most width characters, one for each point
// or, if there are more points, for several of them.
func Verdicts(points []Point, width int) string {
	var b strings.Builder
	for part := range parts(len(points), width) {
		worst := points[part.from].Verdict
		for _, p := range points[part.from:part.to] {
			if rank[p.Verdict] > rank[worst] {
				worst = p.Verdict
			}
		}
		letter, ok := letters[worst]
		if !ok {
			letter = '?'
		}
		b.WriteByte(letter)
	}
	return b.String()
}

// Bars returns values in at most width characters, from the least (▁, or 1) to the
// greatest (█, or 8). A place that stands for several values shows their mean, and one
// without any, all of them NaN, a dot.
func Bars(values []float64, width int, ascii bool) string {
	scale, none := bars, '·'
	if ascii {
		scale, none = digits, '.'
	}
	var means []float64
	least, most := math.Inf(1), math.Inf(-1)
	for part := range parts(len(values), width) {
		sum, n := 0.0, 0.0
		for _, v := range values[part.from:part.to] {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				sum, n = sum+v, n+1
			}
		}
		mean := sum / n // NaN if there is none
		means = append(means, mean)
		if !math.IsNaN(mean) {
			least, most = min(least, mean), max(most, mean)
		}
	}
	var b strings.Builder
	for _, v := range means {
		switch {
		case math.IsNaN(v):
			b.WriteRune(none)
		case most == least:
			b.WriteRune(scale[len(scale)/2-1])
		default:
			share := (v/2 - least/2) / (most/2 - least/2) // halves, so that their difference is finite
			b.WriteRune(scale[min(int(share*float64(len(scale))), len(scale)-1)])
		}
	}
	return b.String()
}

// A part is a place of a strip: the points from one up to another.
type part struct{ from, to int }

// parts divides n points into at most width places, of nearly equal numbers of points.
func parts(n, width int) func(yield func(part) bool) {
	places := min(n, max(width, 1))
	return func(yield func(part) bool) {
		for i := range places {
			if !yield(part{i * n / places, (i + 1) * n / places}) {
				return
			}
		}
	}
}
