// The page in a real headless browser: at three widths, in both themes, by keyboard, and judged by
// axe-core.

package checkformat

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/testdata/servers/fetch"
)

// artifacts returns the folder for screenshots. It is FANQL_TEST_ARTIFACTS, which is kept, or else
// a folder that is removed after the test.
func artifacts(t *testing.T) (dir string, kept bool) {
	t.Helper()
	dir = os.Getenv("FANQL_TEST_ARTIFACTS")
	if dir == "" {
		return t.TempDir(), false
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir, true
}

// axe is the text of axe-core.
func axe(t *testing.T) string {
	t.Helper()
	dir, err := fetch.Axe.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "package", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A form is a width and a theme in which a page is shown. axe-core judges it if judged is set.
type form struct {
	width  int
	theme  string
	judged bool
}

// If envWhole is set, axe-core judges large pages as a whole, which takes minutes. By default it
// judges a smaller page, in which no element has more than mostJudged children: the others are like
// these.
const (
	envWhole   = "FANQL_TEST_WHOLE_PAGES"
	mostJudged = 5
)

func TestPageInABrowser(t *testing.T) {
	b := startChromium(t)
	script := axe(t)
	dir, kept := artifacts(t)
	full, small, many, long := fullReport(), matrixOf(11, 8), matrixOf(11, 200), matrixOf(200, 8)
	for _, p := range []struct {
		name   string
		report *checks.Report
		past   Options
		forms  []form
	}{
		{"everything", full, Options{Past: pastOf(full, 40)}, []form{{360, "light", true}, {360, "dark", true}, {768, "dark", false}, {1280, "light", false}}},
		{"without a history", full, Options{}, []form{{360, "light", true}}},
		{"hostile", hostileReport(nasty), Options{Past: hostilePast(nasty)}, []form{{1280, "dark", false}, {360, "dark", true}}},
		{"11 by 8", small, Options{Past: pastOf(small, 40)}, []form{{360, "light", false}, {1280, "light", false}}},
		{"11 by 200", many, Options{Past: pastOf(many, 3)}, []form{{360, "light", false}, {1280, "light", false}, {360, "light", true}}},
		{"200 by 8", long, Options{Past: pastOf(long, 3)}, []form{{360, "dark", false}, {1280, "dark", false}, {360, "dark", true}}},
	} {
		t.Run(p.name, func(t *testing.T) {
			b.t = t
			b.resize(p.forms[0].width, p.forms[0].theme)
			console, asked := b.open(shown(t, "html", p.report, p.past))
			if len(console) > 0 || len(asked) > 0 {
				t.Errorf("the console has %q, the page asked for %q", console, asked)
			}
			checkElements(t, b, p.report, p.past.Past != nil)
			for i, f := range p.forms {
				if i > 0 {
					b.resize(f.width, f.theme)
				}
				var wider int // the elements that are wider than the window
				b.eval("document.documentElement.scrollWidth - innerWidth", &wider)
				if wider > 0 {
					t.Errorf("at a width of %d pixels the page is %d pixels too wide", f.width, wider)
				}
				if kept || i == 0 {
					b.picture(filepath.Join(dir, fmt.Sprintf("checks-%s-%d-%s.png", strings.ReplaceAll(p.name, " ", "-"), f.width, f.theme)), f.width)
				}
				if f.judged && len(p.report.Checks)*len(p.report.Checks[0].Sources) > 1000 && os.Getenv(envWhole) == "" {
					b.eval(fmt.Sprintf(`document.querySelectorAll("body, body *:not(svg, svg *)").forEach(e => { while (e.children.length > %d) e.lastElementChild.remove() })`, mostJudged), nil)
				}
				if f.judged {
					judge(t, b, f, script)
				}
			}
			if p.name == "everything" {
				byKeyboard(t, b)
			}
		})
	}
	b.t = t
	policy(t, b)
}

// judge reports what axe-core finds on the page with all details open.
func judge(t *testing.T, b *browser, f form, script string) {
	t.Helper()
	var found []struct {
		ID, Help string
		Nodes    []struct{ HTML, FailureSummary string }
	}
	b.eval(script+`; document.querySelectorAll("details").forEach(d => d.open = true)
		axe.run(document, {preload: false, resultTypes: ["violations"]}).then(r => r.violations.map(v =>
			({ID: v.id, Help: v.help, Nodes: v.nodes.slice(0, 3).map(n => ({HTML: n.html.slice(0, 300), FailureSummary: n.failureSummary}))})))`, &found)
	for _, v := range found {
		t.Errorf("%v: %s: %s: %q", f, v.ID, v.Help, v.Nodes)
	}
}

// byKeyboard goes through the page with the tab key. The key reaches everything that can be used,
// and the page shows which element has the focus. The enter key opens and closes details.
func byKeyboard(t *testing.T, b *browser) {
	t.Helper()
	var want, got []string
	b.eval(`document.querySelectorAll("details").forEach(d => d.open = true)
		stops = [...document.querySelectorAll("a, summary, [tabindex]")]
		document.activeElement.blur(); window.scrollTo(0, 0)
		stops.map((e, i) => e.tagName + i)`, &want)
	for range want {
		b.press("Tab", 9, "")
		var at struct {
			Name    string
			Outline string
		}
		b.eval(`({Name: document.activeElement.tagName + stops.indexOf(document.activeElement), Outline: getComputedStyle(document.activeElement).outlineStyle})`, &at)
		got = append(got, at.Name)
		if at.Outline == "none" {
			t.Errorf("%s has the focus, but does not show it", at.Name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the tab key leads to\n%q, want\n%q", got, want)
	}
	var open [2]bool
	b.eval(`document.querySelector("summary").focus(); document.querySelector("details").open`, &open[0])
	b.press("Enter", 13, "\r")
	b.eval(`document.querySelector("details").open`, &open[1])
	if !open[0] || open[1] {
		t.Errorf("the enter key did not close an open check: %v", open)
	}
}

// checkElements compares the elements that the browser built with the report.
func checkElements(t *testing.T, b *browser, r *checks.Report, history bool) {
	t.Helper()
	pairs, samples, strips := 0, 0, 0
	for _, c := range r.Checks {
		pairs += len(c.Sources)
		findings := c.Findings
		for _, s := range c.Sources {
			findings = append(findings[:len(findings):len(findings)], s.Findings...)
		}
		for _, f := range findings {
			if f.Samples != nil {
				samples += len(f.Samples.Rows)
			}
		}
	}
	if history {
		strips = 2*len(r.Checks) + pairs
	}
	for what, n := range map[string]struct {
		script string
		want   int
	}{
		"checks":                   {`q("details.detail[id^=check-]")`, len(r.Checks)},
		"checks without a verdict": {`q("details.detail").filter(e => !/^(passed|failed|warned|error)$/.test(e.querySelector("summary .badge").textContent))`, 0},
		"cells of the matrix":      {`q(".matrix td.cell").filter(e => /^[pWFE]$/.test(e.textContent) && e.title)`, pairs},
		"rows of samples":          {`q(".cells tbody tr")`, samples},
		"bars":                     {`q("svg.bar[role=img][aria-label] > rect[x][width]")`, pairs},
		"strips":                   {`q(".strip[role=img][aria-label]").filter(e => /^[pWFE?]+$/.test(e.textContent))`, strips},
		"scripts and images":       {`q("script, img, iframe, object, embed")`, 0},
		"handlers":                 {`q("*").filter(e => [...e.attributes].some(a => a.name.startsWith("on")))`, 0},
		"links to nowhere":         {`q("a[href^='#']").filter(e => !document.getElementById(e.hash.slice(1)))`, 0},
		"duplicate ids":            {`q("[id]").map(e => e.id).filter((id, i, all) => all.indexOf(id) < i)`, 0},
		"invalid coordinates":      {`q(".chart [d], .chart [cx], .chart text").filter(e => /NaN|Inf/.test([...e.attributes].map(a => a.value).join()))`, 0},
	} {
		var got int
		if b.eval(`q = s => [...document.querySelectorAll(s)]; `+n.script+`.length`, &got); got != n.want {
			t.Errorf("%d %s, want %d", got, what, n.want)
		}
	}
}

// policy checks that the browser reports what a page loads and which errors it has, so that the
// tests above would notice these. It also checks that the page's own policy stops markup that the
// escaping did not stop.
func policy(t *testing.T, b *browser) {
	t.Helper()
	console, asked := b.open(`<!DOCTYPE html><link rel="icon" href="data:,"><img src="http://outside.test/i.png"><script>console.error("oops")</script>`)
	if len(asked) != 1 || asked[0] != "GET http://outside.test/i.png" || !strings.Contains(strings.Join(console, ""), "oops") {
		t.Errorf("the console has %q, the page asked for %q", console, asked)
	}
	holes := strings.Replace(shown(t, "html", fullReport(), Options{}), "<main>", `<main><img src="http://outside.test/i.png"><script>document.title = "taken"</script><p style="color: red">`, 1)
	console, asked = b.open(holes)
	var title string
	b.eval("document.title", &title)
	if len(asked) != 0 || len(console) != 3 || title == "taken" {
		t.Errorf("the console has %q, the page asked for %q, the title is %q", console, asked, title)
	}
}
