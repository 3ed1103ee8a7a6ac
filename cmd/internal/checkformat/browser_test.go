// The page in a real headless browser. Its requests go through a proxy of the test's, so
// the page cannot load anything unnoticed.

package checkformat

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks"
)

// A browser serves one page at http://page.test/ and records all other requests.
type browser struct {
	program string
	page    string

	mu    sync.Mutex
	asked []string // requests for anything but the page
}

// chromium finds the browser.
func chromium(t *testing.T) *browser {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return &browser{program: path}
		}
	}
	t.Skip("no browser in PATH: apt-get install chromium, or run it by make test")
	return nil
}

func (b *browser) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.String() == "http://page.test/" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(b.page)) // the browser reports what is missing
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, r.Method+" "+r.URL.String())
	http.Error(w, "nothing is here", http.StatusNotFound)
}

// run opens the page. out is the browser's output, console what it wrote to its console,
// and asked its requests for anything but the page.
func (b *browser) run(t *testing.T, page string, flags ...string) (out string, console, asked []string) {
	t.Helper()
	b.page, b.asked = page, nil
	proxy := httptest.NewServer(b)
	defer proxy.Close()
	// The folder is not the test's own: removing that would fail while a process of the
	// browser still writes to it.
	profile, err := os.MkdirTemp("", "fanql-browser")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(profile) })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	args := []string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-default-apps",
		"--enable-logging=stderr", "--user-data-dir=" + profile, "--proxy-server=" + proxy.URL,
	}
	cmd := exec.CommandContext(ctx, b.program, append(append(args, flags...), "http://page.test/")...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", b.program, err, stderr.String())
	}
	for line := range strings.Lines(stderr.String()) {
		if strings.Contains(line, ":CONSOLE") {
			console = append(console, line)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, url := range b.asked {
		if !browsersOwn.MatchString(url) {
			asked = append(asked, url)
		}
	}
	return stdout.String(), console, asked
}

// browsersOwn matches requests that the browser sends to its maker, whatever the page is.
var browsersOwn = regexp.MustCompile(`^[A-Z]+ (http:)?//[a-z0-9.-]*\.(google|googleapis|gvt1|gstatic)\.com[:/]`)

// artifacts returns the folder for screenshots: FANQL_TEST_ARTIFACTS, or else a folder
// that is removed after the test.
func artifacts(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("FANQL_TEST_ARTIFACTS")
	if dir == "" {
		return t.TempDir()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPageInABrowser(t *testing.T) {
	b := chromium(t)
	dir := artifacts(t)
	for name, r := range map[string]*checks.Report{"everything": fullReport(), "hostile": hostileReport(nasty), "many": manyChecks(200)} {
		page := shown(t, "html", r, Options{})
		dom, console, asked := b.run(t, page, "--dump-dom")
		if len(console) > 0 || len(asked) > 0 {
			t.Errorf("%s: the console has %q, the page asked for %q", name, console, asked)
		}
		checkElements(t, name, dom, r)

		picture := filepath.Join(dir, "checks-"+name+".png")
		b.run(t, page, "--screenshot="+picture, "--window-size=1200,2400")
		if got, err := os.ReadFile(picture); err != nil || len(got) < 20_000 || !strings.HasPrefix(string(got), "\x89PNG") {
			t.Errorf("%s: a picture of %d bytes (%v)", name, len(got), err)
		}
		t.Logf("%s: %s", name, picture)
	}
}

// checkElements compares the elements that the browser built with the report.
func checkElements(t *testing.T, name, dom string, r *checks.Report) {
	t.Helper()
	sources, troubled, samples := 0, 0, 0
	for _, c := range r.Checks {
		sources += len(c.Sources)
		if c.Verdict == checks.Passed {
			continue
		}
		troubled++
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
	for _, n := range []struct {
		what, pattern string
		want          int
	}{
		{"verdict rows", `<tr><td><span class="badge (passed|failed|warned|error)">`, len(r.Checks)},
		{"checks in detail", `<article `, troubled},
		{"rows of samples", `(?s)<tr><td>(<span class="null">|[^<])[^\n]*</td></tr>`, samples},
		{"bars", `<svg class="bar" role="img" aria-label="[^"]+"><title>[^<]+</title><use [^>]*></use><rect class="(passed|failed|warned|error)" x="[0-9.]+%" width="[0-9.]+%"`, sources},
		{"scripts and images", `<(script|img|iframe|object|embed)\b`, 0},
		{"handlers", `<[^>"]*(="[^"]*"[^>"]*)*\son[a-z]+=`, 0},
	} {
		if got := len(regexp.MustCompile(n.pattern).FindAllString(dom, -1)); got != n.want {
			t.Errorf("%s: %d %s, want %d", name, got, n.what, n.want)
		}
	}
}

// This browser does report what a page loads and complains about, so the test above would
// notice it.
func TestTheBrowserReportsLoadsAndComplaints(t *testing.T) {
	b := chromium(t)
	page := `<!DOCTYPE html><link rel="icon" href="data:,"><img src="http://outside.test/i.png"><script>console.error("oops")</script>`
	_, console, asked := b.run(t, page, "--dump-dom")
	if len(asked) != 1 || asked[0] != "GET http://outside.test/i.png" || !strings.Contains(strings.Join(console, ""), "oops") {
		t.Errorf("the console has %q, the page asked for %q", console, asked)
	}
	// The page's own content security policy stops what would come through a hole in the
	// escaping.
	r := fullReport()
	holes := strings.Replace(shown(t, "html", r, Options{}), "<main>", `<main><img src="http://outside.test/i.png"><script>document.title = "taken"</script><p style="color: red">`, 1)
	dom, console, asked := b.run(t, holes, "--dump-dom")
	if len(asked) != 0 || len(console) != 3 || strings.Contains(dom, "taken</title>") {
		t.Errorf("the console has %q, the page asked for %q", console, asked)
	}
}
