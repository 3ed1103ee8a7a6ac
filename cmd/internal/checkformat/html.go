// html: a self-contained page with the verdicts, the failed checks, and a time line of
// each source's queries.

package checkformat

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
	"sync"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

// Parsed when a page is written, not at every start.
var pageTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(pageText)) })

// pagePolicy forbids the page to load anything, to run anything and to use other styles
// than its own, in case the escaping has a hole.
var pagePolicy = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'"
})

// pageCell is how many characters of a value are shown.
const pageCell = 2000

// A page is the data of the template. All texts are safe to be shown in one line.
type page struct {
	Policy   string
	Style    template.CSS
	Title    string
	Verdict  checks.Verdict
	Facts    string
	Ended    string
	Counts   []pageCount
	Checks   []pageCheck
	Troubled bool // a check did not pass
	Scale    string
	Ticks    []pageTick
}

type pageCount struct {
	Class, Word string
	Count       int
}

type pageTick struct{ At, Label string }

type pageCheck struct {
	Name, Describe, Message string
	Tags                    []string
	Verdict                 checks.Verdict
	Troubled                bool   // it did not pass, so that there are details
	Target                  string // of a link from the table of verdicts
	Group                   string // the id of its part of the time line
	Took                    string
	Errors, Findings        []pageFinding
	Sources                 []pageSource
}

type pageFinding struct {
	Who, Expected, Message string
	Samples                *checks.Samples
}

type pageSource struct {
	Name        string
	Verdict     checks.Verdict
	State       string // empty where it is ok
	Rows        int64
	Took        string
	From, Width string // of the bar
	Says        string // a description, for users who cannot see the bar
	Warnings    []string
}

func writeHTML(w io.Writer, r *checks.Report, _ Options) error {
	p := page{
		Policy: pagePolicy(), Style: template.CSS(pageStyle), Verdict: r.Verdict,
		Title: fmt.Sprintf("%s: %s", r.Verdict, plural(r.Counts.Total(), "check")),
		Facts: fmt.Sprintf("%s; took %s; %s; fanql %s; exit status %d",
			r.Started.UTC().Format("2 January 2006, 15:04:05 UTC"), pageSeconds(r.ElapsedSeconds), queries(r.Queries), output.Sanitize(r.Fanql), r.ExitStatus),
	}
	if r.Error != nil {
		p.Ended = output.Sanitize(*r.Error)
	}
	for _, n := range []struct {
		word  checks.Verdict
		count int
	}{{checks.Passed, r.Counts.Passed}, {checks.Warned, r.Counts.Warned}, {checks.Failed, r.Counts.Failed}, {checks.Error, r.Counts.Error}} {
		class := string(n.word)
		if n.count == 0 {
			class = "none"
		}
		p.Counts = append(p.Counts, pageCount{class, string(n.word), n.count})
	}
	length := r.ElapsedSeconds
	for _, c := range r.Checks {
		length = max(length, c.StartSeconds+c.DurationSeconds)
	}
	length = max(length, 0.001)
	p.Ticks, p.Scale = pageTicks(length), fmt.Sprintf("From 0 to %s", pageSeconds(length))
	for i, c := range r.Checks {
		k := pageCheckOf(c, i+1, length)
		p.Troubled = p.Troubled || k.Troubled
		p.Checks = append(p.Checks, k)
	}
	return pageTemplate().Execute(w, p)
}

func pageCheckOf(c checks.Check, number int, length float64) pageCheck {
	k := pageCheck{
		Name: output.Sanitize(c.Name), Describe: output.Sanitize(c.Describe), Message: output.Sanitize(c.Message), Verdict: c.Verdict,
		Troubled: c.Verdict != checks.Passed, Group: fmt.Sprintf("time-%d", number), Took: pageSeconds(c.DurationSeconds),
	}
	k.Target = k.Group
	for _, tag := range c.Tags {
		k.Tags = append(k.Tags, output.Sanitize(tag))
	}
	for _, s := range c.Sources {
		k.Sources = append(k.Sources, pageSourceOf(s, length))
	}
	if !k.Troubled {
		return k
	}
	k.Target = fmt.Sprintf("check-%d", number)
	for _, f := range c.Findings {
		k.Findings = append(k.Findings, pageFindingOf("all sources", f))
	}
	for _, s := range c.Sources {
		name := output.Sanitize(s.Source)
		if s.Error != nil {
			k.Errors = append(k.Errors, pageFinding{Who: name, Message: output.Sanitize(SourceError(s))})
		}
		for _, f := range s.Findings {
			k.Findings = append(k.Findings, pageFindingOf(name, f))
		}
	}
	return k
}

func pageFindingOf(who string, f checks.Finding) pageFinding {
	p := pageFinding{Who: who, Expected: output.Sanitize(f.Expected), Message: output.Sanitize(f.Message)}
	if f.Samples == nil {
		return p
	}
	p.Samples = &checks.Samples{}
	for _, name := range f.Samples.Columns {
		p.Samples.Columns = append(p.Samples.Columns, output.Sanitize(name))
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
func pageSourceOf(s checks.Source, length float64) pageSource {
	p := pageSource{Name: output.Sanitize(s.Source), Verdict: s.Verdict, Rows: s.Rows, Took: pageSeconds(s.DurationSeconds)}
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
		p.Says += "; " + output.Sanitize(shorten(SourceError(s), pageCell))
	}
	return p
}

// pageTicks returns at most 7 ticks, at round numbers.
func pageTicks(length float64) []pageTick {
	step := math.Pow(10, math.Floor(math.Log10(length)))
	for _, part := range []float64{0.2, 0.5, 1, 2} {
		if length/(step*part) <= 6.5 {
			step *= part
			break
		}
	}
	var ticks []pageTick
	for i := 0; float64(i)*step <= length; i++ {
		label := strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.6f", float64(i)*step), "0"), ".")
		ticks = append(ticks, pageTick{percent(float64(i) * step / length), label + " s"})
	}
	return ticks
}

func percent(part float64) string { return fmt.Sprintf("%.2f%%", part*100) }

func pageSeconds(s float64) string { return fmt.Sprintf("%.3f s", s) }
