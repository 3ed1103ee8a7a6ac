// A check on the page: its expectations, its findings, and its sources.

package checkformat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
)

type pageCheck struct {
	Target                  string // its id
	Name, Describe, Message string
	Owner, Link, Snoozed    string
	Tags, Expected          []string
	Verdict                 checks.Verdict
	Open                    bool // it did not pass
	Took                    string
	Asked                   []pageSQL
	Wrong                   pageWrong
	MoreWrong               *pageWrong // errors and findings that are hidden at first
	Strip                   *pageStrip
	Times                   pageTimes  // the sources; those that did not pass come first
	More                    *pageTimes // the other sources that passed, if there are many
	Charts                  []pageChart
	MoreCharts              int // how many charts are not shown
	Whole                   string
}

// A pageWrong has the reasons why sources did not pass.
type pageWrong struct{ Errors, Findings []pageFinding }

// Count returns the number of errors and findings.
func (w pageWrong) Count() int { return len(w.Errors) + len(w.Findings) }

// A pageSQL is a text of several lines.
type pageSQL struct{ Title, Text string }

type pageFinding struct {
	Who, Expected, Message string
	Samples                *checks.Samples
}

// A pageTimes is a table of sources with the time line.
type pageTimes struct {
	History bool   // there are strips
	Scale   string // the scale of the time line, in words
	Sources []pageSource
}

type pageSource struct {
	Name        string
	Verdict     checks.Verdict
	State       string // empty if it is ok
	Rows        int64
	Took        string
	Numbers     string
	From, Width string // the bar's left edge and width
	Says        string // a description, for users who cannot see the bar
	Warnings    []string
	Strip       *pageStrip
}

const (
	// pageSources is how many sources that passed a check are shown at once.
	pageSources = 12
	// pageErrors and pageFindings are how many errors and findings are shown at once.
	pageErrors, pageFindings = 8, 8
	// pageCharts is the largest number of charts of a check.
	pageCharts = 12
)

// checkTarget is the id of a check, by its place in the report from 1.
func checkTarget(number int) string { return fmt.Sprintf("check-%d", number) }

func pageCheckOf(c *checks.Check, number int, length float64, past *past) pageCheck {
	empty := pageTimes{History: past != nil, Scale: "From 0 to " + pageSeconds(length)}
	k := pageCheck{
		Target: checkTarget(number), Name: named(c.Name), Describe: output.Sanitize(c.Describe), Message: output.Sanitize(c.Message), Verdict: c.Verdict,
		Owner: named(c.Owner), Link: linked(c.Link), Snoozed: snoozedUntil(*c), Open: c.Verdict != checks.Passed, Took: pageSeconds(c.DurationSeconds), Strip: past.check(c),
		Whole: pageNumbers(c.Numbers), Times: empty,
	}
	for _, tag := range c.Tags {
		k.Tags = append(k.Tags, named(tag))
	}
	for _, e := range c.Expected {
		k.Expected = append(k.Expected, output.Sanitize(e))
	}
	for _, a := range c.Asked {
		k.Asked = append(k.Asked, pageSQL{output.Sanitize(a.Title), sanitizedLines(a.SQL)})
	}
	var wrong pageWrong
	for _, f := range c.Findings {
		wrong.Findings = append(wrong.Findings, pageFindingOf("all sources", f))
	}
	for i := range c.Sources {
		s := &c.Sources[i]
		name := named(s.Source)
		if s.Error != nil && c.Verdict != checks.Passed {
			wrong.Errors = append(wrong.Errors, pageFinding{Who: name, Message: output.Sanitize(SourceError(*s))})
		}
		for _, f := range s.Findings {
			wrong.Findings = append(wrong.Findings, pageFindingOf(name, f))
		}
	}
	errors, findings := min(len(wrong.Errors), pageErrors), min(len(wrong.Findings), pageFindings)
	k.Wrong = pageWrong{wrong.Errors[:errors], wrong.Findings[:findings]}
	if rest := (pageWrong{wrong.Errors[errors:], wrong.Findings[findings:]}); rest.Count() > 0 {
		k.MoreWrong = &rest
	}
	sorted := sourcesWorstFirst(c)
	passed := slices.IndexFunc(sorted, func(s *checks.Source) bool { return s.Verdict == checks.Passed })
	for i, s := range sorted {
		one := pageSourceOf(s, length)
		one.Strip = past.source(c, s)
		table := &k.Times
		if passed >= 0 && i >= passed && len(sorted)-passed > pageSources {
			if k.More == nil {
				k.More = &pageTimes{empty.History, empty.Scale, nil}
			}
			table = k.More
		}
		table.Sources = append(table.Sources, one)
	}
	k.Charts = past.charts(c, sorted)
	if n := len(k.Charts); n > pageCharts {
		k.Charts, k.MoreCharts = k.Charts[:pageCharts], n-pageCharts
	}
	return k
}

// linked returns an address that the page may link to. It is empty unless the scheme is
// http or https.
func linked(link string) string {
	if strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "http://") {
		return output.Sanitize(link)
	}
	return ""
}

// sanitizedLines sanitizes each line of a text.
func sanitizedLines(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(output.Sanitize(strings.ReplaceAll(line, "\t", "    ")), "\t", "    ")
	}
	return strings.Join(lines, "\n")
}

// place returns the index of a verdict in worstFirst.
func place(v checks.Verdict) int {
	for i, g := range worstFirst {
		if g.verdict == v {
			return i
		}
	}
	return len(worstFirst)
}

// sourcesWorstFirst returns the sources of a check, the worst verdicts first, and sources
// with equal verdicts in their order.
func sourcesWorstFirst(c *checks.Check) []*checks.Source {
	var all []*checks.Source
	for i := range c.Sources {
		all = append(all, &c.Sources[i])
	}
	slices.SortStableFunc(all, func(a, b *checks.Source) int { return place(a.Verdict) - place(b.Verdict) })
	return all
}

func pageFindingOf(who string, f checks.Finding) pageFinding {
	p := pageFinding{Who: who, Expected: output.Sanitize(f.Expected), Message: output.Sanitize(f.Message)}
	if f.Samples == nil {
		return p
	}
	p.Samples = &checks.Samples{}
	for _, name := range f.Samples.Columns {
		p.Samples.Columns = append(p.Samples.Columns, named(name))
	}
	for _, cells := range f.Samples.Rows {
		row := make([]*string, len(cells))
		for i, cell := range cells {
			if cell != nil {
				text := output.Sanitize(shorten(*cell, pageCell))
				row[i] = &text
			}
		}
		p.Samples.Rows = append(p.Samples.Rows, row)
	}
	return p
}

// pageSourceOf computes a bar within the width, wide enough to be seen.
func pageSourceOf(s *checks.Source, length float64) pageSource {
	p := pageSource{Name: named(s.Source), Verdict: s.Verdict, Rows: s.Rows, Took: pageSeconds(s.DurationSeconds), Numbers: pageNumbers(s.Numbers)}
	if s.State != "ok" {
		p.State = output.Sanitize(s.State)
	}
	width := min(max(s.DurationSeconds/length, 0.004), 1)
	from := min(max(s.StartSeconds/length, 0), 1-width)
	p.From, p.Width = percent(from), percent(width)
	p.Says = fmt.Sprintf("%s: %s, %s, from %s for %s", p.Name, s.Verdict, output.Sanitize(s.State), pageSeconds(s.StartSeconds), p.Took)
	for _, w := range s.Warnings {
		p.Warnings = append(p.Warnings, "warning: "+output.Sanitize(w))
	}
	if s.Error != nil {
		p.Says += "; " + output.Sanitize(shorten(SourceError(*s), pageCell))
	}
	return p
}

// pageNumbers returns the numbers of an answer in one line.
func pageNumbers(list []checks.Number) string {
	var parts []string
	for _, n := range list {
		value := "NULL"
		if n.Value != nil {
			value = output.Sanitize(shorten(*n.Value, pageName))
		}
		parts = append(parts, named(n.Column)+" is "+value)
	}
	return strings.Join(parts, ", ")
}
