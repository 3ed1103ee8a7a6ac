// A headless browser that the tests drive through a pipe, by Chromium's own protocol. One browser
// shows all pages of a test. Its requests go through a proxy of the test, so that a page cannot
// load anything unnoticed.

package checkformat

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// A browser shows one page at a time, at http://page.test/.
type browser struct {
	t       *testing.T
	to      *os.File
	from    *os.File
	answers *bufio.Reader
	session string
	number  int
	loaded  bool
	console []string // errors of the page, and errors that the browser reports about it

	mu    sync.Mutex
	page  string
	asked []string // requests for anything except the page
}

// pipeTimeout is for calls that take about a second, or some minutes if large pages are judged as a
// whole. It only keeps the whole test from hanging.
func pipeTimeout() time.Duration {
	if os.Getenv(envWhole) != "" {
		return 30 * time.Minute
	}
	return 2 * time.Minute
}

// startChromium starts the browser. It ends with the test.
func startChromium(t *testing.T) *browser {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && program == "" {
			program = path
		}
	}
	if program == "" {
		t.Skip("no browser in PATH: apt-get install chromium, or run it by make test")
	}
	b := &browser{t: t}
	proxy := httptest.NewServer(b)
	t.Cleanup(proxy.Close)
	// The folder is not t.TempDir: removing that would fail if a process of the browser still wrote
	// to it.
	profile, err := os.MkdirTemp("", "fanql-browser")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(profile) })
	commands, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, answers, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, kill := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-default-apps",
		"--user-data-dir="+profile, "--proxy-server="+proxy.URL, "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{commands, answers}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, theirs := range cmd.ExtraFiles {
		if err := theirs.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		_ = to.Close() // this ends the browser
		late := time.AfterFunc(10*time.Second, kill)
		if err := cmd.Wait(); err != nil {
			t.Logf("%s: %v", program, err)
		}
		late.Stop()
		kill()
		_ = from.Close()
	})
	b.to, b.from, b.answers = to, from, bufio.NewReaderSize(from, 1<<20)
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

// ServeHTTP is the proxy.
func (b *browser) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.Method == http.MethodGet && r.URL.String() == "http://page.test/" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(b.page)) // the browser reports what is missing
		return
	}
	b.asked = append(b.asked, r.Method+" "+r.URL.String())
	http.Error(w, "nothing is here", http.StatusNotFound)
}

// A message is a response or an event.
type message struct {
	ID     int
	Method string
	Result json.RawMessage
	Error  *struct{ Message string }
	Params struct {
		Type  string
		Args  []struct{ Value any }
		Entry struct{ Text, URL string }
	}
}

// read reads a message, and records events.
func (b *browser) read() message {
	b.t.Helper()
	if err := b.from.SetReadDeadline(time.Now().Add(pipeTimeout())); err != nil {
		b.t.Fatal(err)
	}
	text, err := b.answers.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("the browser's pipe: %v", err)
	}
	var m message
	if err := json.Unmarshal(text[:len(text)-1], &m); err != nil {
		b.t.Fatalf("%v: %s", err, text)
	}
	switch m.Method {
	case "Page.loadEventFired":
		b.loaded = true
	case "Log.entryAdded":
		b.console = append(b.console, m.Params.Entry.Text)
	case "Runtime.consoleAPICalled":
		b.console = append(b.console, fmt.Sprint(m.Params.Args))
	}
	return m
}

// call calls a method, and waits for its result.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	b.number++
	if params == nil {
		params = struct{}{}
	}
	text, err := json.Marshal(struct {
		ID        int    `json:"id"`
		Method    string `json:"method"`
		Params    any    `json:"params"`
		SessionID string `json:"sessionId,omitempty"`
	}{b.number, method, params, b.session})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		b.t.Fatal(err)
	}
	for {
		m := b.read()
		if m.ID != b.number {
			continue
		}
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatalf("%s: %v", method, err)
			}
		}
		return
	}
}

// open shows a page. It returns the errors of the page and the requests that it made.
func (b *browser) open(page string) (console, asked []string) {
	b.t.Helper()
	b.mu.Lock()
	b.page, b.asked = page, nil
	b.mu.Unlock()
	b.console, b.loaded = nil, false
	b.call("Page.navigate", map[string]any{"url": "http://page.test/"}, nil)
	for !b.loaded {
		b.read()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, url := range b.asked {
		if !browsersOwn.MatchString(url) {
			asked = append(asked, url)
		}
	}
	return b.console, asked
}

// browsersOwn matches requests that the browser itself sends to its maker, whatever the page is.
var browsersOwn = regexp.MustCompile(`^[A-Z]+ (http:)?//[a-z0-9.-]*\.(google|googleapis|gvt1|gstatic)\.com[:/]`)

// eval sets value to the result of a script, or of its promise. The page's policy does not stop the
// script.
func (b *browser) eval(script string, value any) {
	b.t.Helper()
	var out struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	b.call("Runtime.evaluate", map[string]any{"expression": script, "returnByValue": true, "awaitPromise": true}, &out)
	if e := out.ExceptionDetails; e != nil {
		b.t.Fatalf("%s %s", e.Text, e.Exception.Description)
	}
	if value != nil {
		if err := json.Unmarshal(out.Result.Value, value); err != nil {
			b.t.Fatalf("%v: %s", err, out.Result.Value)
		}
	}
}

// resize sets the width of the window, and the theme.
func (b *browser) resize(width int, theme string) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": theme}}}, nil)
}

// picture takes a screenshot of the upper part of the page.
func (b *browser) picture(path string, width int) {
	b.t.Helper()
	var height int
	b.eval("document.documentElement.scrollHeight", &height)
	var shot struct{ Data []byte }
	b.call("Page.captureScreenshot", map[string]any{
		"captureBeyondViewport": true, "clip": map[string]any{"x": 0, "y": 0, "width": width, "height": min(height, 2600), "scale": 1},
	}, &shot)
	if len(shot.Data) < 10_000 || !strings.HasPrefix(string(shot.Data), "\x89PNG") {
		b.t.Errorf("%s: a picture of %d bytes", path, len(shot.Data))
	}
	if err := os.WriteFile(path, shot.Data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// press presses a key.
func (b *browser) press(key string, code int, text string) {
	b.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		event := map[string]any{"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code}
		if kind == "keyDown" && text != "" {
			event["text"] = text
		}
		b.call("Input.dispatchKeyEvent", event, nil)
	}
}
