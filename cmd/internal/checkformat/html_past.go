// The history of the checks on a page: strips of verdicts, and charts of numbers.

package checkformat

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/cmd/internal/output"
)

// PastRuns is the largest number of runs in a strip and in a chart, including the run of
// the report.
const PastRuns = 30

// A past is what earlier runs found, by check and source. Nil means that there is no
// history.
type past struct {
	now    time.Time
	checks map[string][]history.Point    // oldest first, with the verdict of the check
	series map[[2]string][]history.Point // by check and source; the source is empty for the answer over all sources
}

// remembered returns the past of the checks of a report, at most PastRuns-1 runs of each.
func remembered(r *checks.Report, runs []history.Run) *past {
	if runs == nil {
		return nil
	}
	p := &past{now: r.Started, checks: map[string][]history.Point{}, series: map[[2]string][]history.Point{}}
	wanted := map[string]bool{}
	for _, c := range r.Checks {
		wanted[c.Name] = true
	}
	for _, run := range runs {
		for _, c := range run.Checks {
			if !wanted[c.Name] {
				continue
			}
			p.checks[c.Name] = append(p.checks[c.Name], history.Point{Run: run.ID, Started: run.Started, Source: history.Source{Verdict: c.Verdict}})
			for _, s := range c.Sources {
				key := [2]string{c.Name, s.Name}
				p.series[key] = append(p.series[key], history.Point{Run: run.ID, Started: run.Started, Source: s})
			}
		}
	}
	return p
}

// last returns the newest points, and the point of this run.
func (p *past) last(points []history.Point, this history.Source) []history.Point {
	points = points[max(len(points)-(PastRuns-1), 0):]
	return append(points[:len(points):len(points)], history.Point{Started: p.now, Source: this})
}

// A pageStrip has a letter for each run, oldest first.
type pageStrip struct {
	Parts []stripPart
	Says  string // the same strip in words
}

// A stripPart is a number of runs with the same verdict.
type stripPart struct{ Class, Letters string }

func (p *past) check(c *checks.Check) *pageStrip {
	if p == nil {
		return nil
	}
	return stripOf(p.last(p.checks[c.Name], history.Source{Verdict: string(c.Verdict)}))
}

func (p *past) source(c *checks.Check, s *checks.Source) *pageStrip {
	if p == nil {
		return nil
	}
	return stripOf(p.last(p.series[[2]string{c.Name, s.Source}], history.Source{Verdict: string(s.Verdict)}))
}

func stripOf(points []history.Point) *pageStrip {
	strip := &pageStrip{Says: plural(len(points), "run") + ", oldest first: "}
	letters := history.Verdicts(points, PastRuns)
	for i := 0; i < len(letters); {
		n := 1
		for i+n < len(letters) && letters[i+n] == letters[i] {
			n++
		}
		word := output.Sanitize(points[i].Verdict)
		part := stripPart{Letters: letters[i : i+n]}
		if _, known := verdictLetters[checks.Verdict(word)]; known {
			part.Class = word
		}
		if i > 0 {
			strip.Says += ", "
		}
		strip.Says += fmt.Sprintf("%d %s", n, word)
		strip.Parts = append(strip.Parts, part)
		i += n
	}
	return strip
}

// charts returns a chart for each column of numbers at each source, in the order of the
// sources, including sources that have no number in this run.
func (p *past) charts(c *checks.Check, sources []*checks.Source) (list []pageChart) {
	if p == nil {
		return nil
	}
	add := func(source string, verdict checks.Verdict, numbers []checks.Number) {
		this := history.Source{Verdict: string(verdict)}
		for _, n := range numbers {
			this.Numbers = append(this.Numbers, history.Number(n))
		}
		points := p.last(p.series[[2]string{c.Name, source}], this)
		for _, column := range columnsOf(points) {
			list = append(list, chartOf(named(source), column, points))
		}
	}
	add("", c.Verdict, c.Numbers)
	for _, s := range sources {
		add(s.Source, s.Verdict, s.Numbers)
	}
	return list
}

// columnsOf returns the columns of numbers of all points, those of the newest point first.
func columnsOf(points []history.Point) (list []string) {
	for _, p := range slices.Backward(points) {
		for _, n := range p.Numbers {
			if !slices.Contains(list, n.Column) {
				list = append(list, n.Column)
			}
		}
	}
	return list
}

// A chartPoint is the number of a run.
type chartPoint struct {
	at      time.Time
	value   float64 // NaN if the run has no number
	text    string  // as the server wrote it, or NULL; empty if the run has no number
	verdict string
}

// numbered returns the numbers of a column.
func numbered(points []history.Point, column string) (list []chartPoint) {
	for _, p := range points {
		one := chartPoint{at: p.Started, value: math.NaN(), verdict: p.Verdict}
		for _, n := range p.Numbers {
			switch {
			case n.Column != column:
			case n.Value == nil:
				one.text = "NULL"
			default:
				one.text = output.Sanitize(shorten(*n.Value, 60))
				one.value = numberOf(*n.Value)
			}
		}
		list = append(list, one)
	}
	return list
}

// numberOf reads a number in the text of a server. A number beyond the range of a float64
// is infinite.
func numberOf(s string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil && !math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}
