// Charts of the page: the numbers of runs as SVG.

package checkformat

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/cmd/internal/output"
)

// A pageChart is a line over time. It has gaps where a run has no number.
type pageChart struct {
	Column, Source string // Source is empty for the one answer over all sources
	Now            string // the number of this run
	Range          string // the least and the greatest number, and the times of the first and the last run
	Says           string
	Path           string // the path of the line
	Dots           []chartDot
	Marks          []chartMark
}

type chartDot struct{ X, Y string }

// A chartMark is a text in the chart: the letter of a verdict other than passed, or a value
// that the line cannot show, such as NaN.
type chartMark struct{ Class, Text, X, Y string }

// The chart's measures, in its own units. The line leaves room for marks above and below.
const (
	chartWidth, chartHeight = 320.0, 96.0
	chartSide, chartTop     = 8.0, 18.0
	chartBottom             = 80.0
)

func chartOf(source, column string, points []history.Point) pageChart {
	list := numbered(points, column)
	c := pageChart{Column: named(column), Source: source, Now: "no number"}
	if now := list[len(list)-1]; now.text != "" {
		c.Now = now.text
	}
	first, last := list[0].at, list[len(list)-1].at
	var least, most *chartPoint
	missing := 0
	for i := range list {
		p := &list[i]
		if !finite(p.value) {
			missing++
			continue
		}
		if least == nil || p.value < least.value {
			least = p
		}
		if most == nil || p.value > most.value {
			most = p
		}
	}
	var line strings.Builder
	joined := false // whether the line continues from the last point
	for _, p := range list {
		x := chartSide + (chartWidth-2*chartSide)*part(p.at, first, last)
		c.mark(p, x)
		if !finite(p.value) {
			joined = false
			continue
		}
		y := chartBottom - (chartBottom-chartTop)*output.Share(p.value, least.value, most.value)
		letter := 'M'
		if joined {
			letter = 'L'
		}
		fmt.Fprintf(&line, "%c%.1f %.1f", letter, x, y)
		joined = true
		c.Dots = append(c.Dots, chartDot{fmt.Sprintf("%.1f", x), fmt.Sprintf("%.1f", y)})
	}
	c.Path = line.String()
	c.Range = "from " + chartTime(first) + " to " + chartTime(last)
	if least != nil {
		c.Range = fmt.Sprintf("least %s, greatest %s, %s", least.text, most.text, c.Range)
	}
	c.Says = fmt.Sprintf("%s%s over %s, now %s; %s", c.Column, at(source), plural(len(list), "run"), c.Now, c.Range)
	if missing > 0 {
		c.Says += fmt.Sprintf("; %s without a finite number", plural(missing, "run"))
	}
	return c
}

// at returns the source as a phrase for a sentence.
func at(source string) string {
	if source == "" {
		return ""
	}
	return " at " + source
}

// mark adds the text that a point has in addition to the line.
func (c *pageChart) mark(p chartPoint, x float64) {
	at := fmt.Sprintf("%.1f", x)
	text, y := "", chartBottom
	switch {
	case math.IsInf(p.value, 1):
		text, y = "∞", chartTop
	case math.IsInf(p.value, -1):
		text = "-∞"
	case math.IsNaN(p.value) && p.text != "" && p.text != "NULL":
		text, y = "NaN", (chartTop+chartBottom)/2
	}
	if text != "" {
		c.Marks = append(c.Marks, chartMark{"odd", text, at, fmt.Sprintf("%.1f", y)})
	}
	if p.verdict == "passed" {
		return
	}
	one := []history.Point{{Source: history.Source{Verdict: p.verdict}}}
	c.Marks = append(c.Marks, chartMark{output.Sanitize(p.verdict), history.Verdicts(one, 1), at, fmt.Sprintf("%.1f", chartHeight-3)})
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// part returns the position of an instant between the first (0) and the last (1).
func part(at, first, last time.Time) float64 {
	whole := last.Sub(first)
	if whole <= 0 {
		return 0.5
	}
	return min(max(float64(at.Sub(first))/float64(whole), 0), 1)
}

func chartTime(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04") }
