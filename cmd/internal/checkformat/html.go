// html: a self-contained page. On top is a matrix of checks and sources, in which checks
// that did not pass come first. Below it is each check with its SQL, the findings, the time
// line of its sources, and the history of its verdicts and numbers.

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

// The template is parsed when a page is written, not at every start of the program.
var pageTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(pageText)) })

// pagePolicy forbids the page to load anything, to run anything and to use other styles
// than its own, in case the escaping has a hole.
var pagePolicy = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'"
})

const (
	// pageCell is the number of characters of a value that are shown.
	pageCell = 2000
	// pageName is the number of characters of a name that are shown.
	pageName = 200
)

// A page is the data of the template. All texts are sanitized and have one line.
type page struct {
	Policy   string
	Style    template.CSS
	Title    string
	Verdict  checks.Verdict
	Facts    string
	Ended    string
	Counts   []pageCount
	Disabled []string
	Matrices []pageMatrix
	History  bool // the checks have strips
	Groups   []pageGroup
	Ticks    []pageTick
}

type pageCount struct {
	Class, Word string
	Count       int
}

type pageTick struct{ At, Label string }

// A pageGroup has the checks of one verdict.
type pageGroup struct {
	Class  checks.Verdict
	Title  string
	Checks []pageCheck
}

// worstFirst are the verdicts in the order in which they are shown.
var worstFirst = []struct {
	verdict checks.Verdict
	title   string
}{{checks.Failed, "Failed"}, {checks.Error, "Could not be evaluated"}, {checks.Warned, "Warned"}, {checks.Passed, "Passed"}}

func writeHTML(w io.Writer, r *checks.Report, o Options) error {
	p := page{
		Policy: pagePolicy(), Style: template.CSS(pageStyle), Verdict: r.Verdict, History: o.Past != nil,
		Title: fmt.Sprintf("%s: %s", r.Verdict, plural(r.Counts.Total(), "check")),
		Facts: fmt.Sprintf("%s; took %s; %s; fanql %s; exit status %d",
			r.Started.UTC().Format("2 January 2006, 15:04:05 UTC"), pageSeconds(r.ElapsedSeconds), queries(r.Queries), output.Sanitize(r.Fanql), r.ExitStatus),
	}
	if r.Run != "" {
		p.Title += " of " + named(r.Run)
		p.Facts = named(r.Run) + "; " + p.Facts
	}
	if r.Error != nil {
		p.Ended = output.Sanitize(*r.Error)
	}
	for _, n := range []struct {
		word  checks.Verdict
		count int
	}{{checks.Failed, r.Counts.Failed}, {checks.Error, r.Counts.Error}, {checks.Warned, r.Counts.Warned}, {checks.Passed, r.Counts.Passed}} {
		class := string(n.word)
		if n.count == 0 {
			class = "none"
		}
		p.Counts = append(p.Counts, pageCount{class, string(n.word), n.count})
	}
	for _, name := range r.Disabled {
		p.Disabled = append(p.Disabled, named(name))
	}
	length := r.ElapsedSeconds
	for _, c := range r.Checks {
		length = max(length, c.StartSeconds+c.DurationSeconds)
	}
	length = max(length, 0.001)
	p.Ticks = pageTicks(length)
	past := remembered(r, o.Past)
	p.Matrices = matrices(r, past)
	for _, g := range worstFirst {
		group := pageGroup{Class: g.verdict, Title: g.title}
		for i := range r.Checks {
			if r.Checks[i].Verdict == g.verdict {
				group.Checks = append(group.Checks, pageCheckOf(&r.Checks[i], i+1, length, past))
			}
		}
		if len(group.Checks) > 0 {
			p.Groups = append(p.Groups, group)
		}
	}
	return pageTemplate().Execute(w, p)
}

// named returns a name as the page shows it.
func named(s string) string { return shorten(output.Sanitize(s), pageName) }

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
