// What channels send, and what they must never send.

package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/config"
)

// hostile is text that a server or a config may contain.
const hostile = "x\r\nBcc: all@shop.example\r\n\r\n<!channel> <https://evil.example|click> &amp; {{.}} $(touch owned) \x00\x1b[31m\u202e"

func example() Message {
	return Message{
		Version: Version, ID: "0123456789abcdef0123456789abcdef", Run: "shop", RunID: 7, Started: time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC), Summary: "shop: orders failed",
		Events: []Event{{Event: "failed", Check: "orders", Owner: "Data", Link: "https://wiki.example/a", Tags: []string{"prod"}, Verdict: "failed", Before: "passed", Runs: 2, Message: "its source failed: eu", Sources: []Source{{"eu", "failed", "n is 1, expected > 2: 1 less"}}}},
	}
}

func hook(t *testing.T, address string, c config.Channel, secret string) *webhook {
	t.Helper()
	s, err := shapeOf(c)
	if err != nil {
		t.Fatal(err)
	}
	return &webhook{newClient(), address, secret, s, func() time.Time { return time.Unix(1_800_000_000, 0) }}
}

func TestAWebhookGetsSignedJSON(t *testing.T) {
	sink := newWebSink(t, nil)
	m := example()
	if err := hook(t, sink.URL+"/a?b=c", config.Channel{}, "hush").send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := sink.all()[0]
	if got.method != "POST" || got.path != "/a?b=c" || got.header.Get("Content-Type") != "application/json" || got.header.Get("Idempotency-Key") != m.ID || got.header.Get("X-Fanql-Timestamp") != "1800000000" {
		t.Errorf("%+v", got)
	}
	sum := hmac.New(sha256.New, []byte("hush"))
	_, _ = sum.Write([]byte("1800000000." + got.body))
	if want := "sha256=" + hex.EncodeToString(sum.Sum(nil)); got.header.Get("X-Fanql-Signature") != want {
		t.Errorf("%s, want %s", got.header.Get("X-Fanql-Signature"), want)
	}
	var back Message
	if err := json.Unmarshal([]byte(got.body), &back); err != nil || back.ID != m.ID || back.Events[0].Sources[0] != m.Events[0].Sources[0] {
		t.Error(back, err)
	}
	if err := hook(t, sink.URL, config.Channel{}, "").send(t.Context(), m); err != nil || sink.all()[1].header.Get("X-Fanql-Signature") != "" {
		t.Error("a signature without a secret", err)
	}
}

func TestAnErrorHasNothingOfTheAddress(t *testing.T) {
	secret := "/services/T0000SECRET/B1111SECRET?token=t2222SECRET"
	refused := httptest.NewServer(nil)
	refused.Close()
	echo := newWebSink(t, func(_ int, w http.ResponseWriter) {
		w.WriteHeader(403)
		_, _ = w.Write([]byte("no_service for " + secret + " and T0000SECRET\nsecond line"))
	})
	loose := newWebSink(t, func(_ int, w http.ResponseWriter) { w.WriteHeader(302) })
	for name, c := range map[string]struct{ address, want string }{
		"refused":  {refused.URL + secret, "connection refused"},
		"echoed":   {echo.URL + secret, "it answered 403 Forbidden: no_service for"},
		"redirect": {loose.URL + secret, "it answered 302 Found: redirects are not followed"},
		"password": {strings.Replace(refused.URL, "://", "://user:pSECRET@", 1) + secret, "connection refused"},
		"no host":  {"http://no-such-host.invalid" + secret, "no-such-host.invalid"},
	} {
		for _, send := range []func() error{
			func() error { return hook(t, c.address, config.Channel{}, "hSECRET").send(t.Context(), example()) },
			func() error { return beat(t.Context(), newClient(), c.address) },
		} {
			err := send()
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "SECRET") || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// A redirect would send the message, its signature and the secret path to another server.
func TestARedirectIsNotFollowed(t *testing.T) {
	other := newWebSink(t, nil)
	for _, code := range []int{301, 302, 303, 307, 308} {
		from := newWebSink(t, func(_ int, w http.ResponseWriter) {
			w.Header().Set("Location", other.URL+"/stolen")
			w.WriteHeader(code)
		})
		if err := hook(t, from.URL, config.Channel{}, "hush").send(t.Context(), example()); err == nil {
			t.Errorf("%d is no error", code)
		}
	}
	if got := other.all(); len(got) > 0 {
		t.Errorf("it was followed: %+v", got)
	}
}

func TestWhichAnswersAreTriedAgain(t *testing.T) {
	for code, again := range map[int]bool{200: false, 204: false, 400: false, 401: false, 404: false, 410: false, 408: true, 425: true, 429: true, 500: true, 502: true, 503: true} {
		sink := newWebSink(t, func(_ int, w http.ResponseWriter) { w.WriteHeader(code) })
		err := hook(t, sink.URL, config.Channel{}, "").send(t.Context(), example())
		_, forGood := errors.AsType[*permanent](err)
		if (err == nil) != (code < 300) || (err != nil && forGood == again) {
			t.Errorf("%d: %v", code, err)
		}
	}
	slow := newWebSink(t, func(_ int, w http.ResponseWriter) { w.Header().Set("Retry-After", "7"); w.WriteHeader(429) })
	if l, ok := errors.AsType[*later](hook(t, slow.URL, config.Channel{}, "").send(t.Context(), example())); !ok || l.after != 7*time.Second {
		t.Errorf("%+v", l)
	}
}

func TestSlackGetsTextWithoutLinksAndMentions(t *testing.T) {
	sink := newWebSink(t, nil)
	m := example()
	m.Events[0].Check, m.Events[0].Message = brief(hostile), brief(hostile)
	m.Summary = summarize(hostile, m.Events)
	if err := hook(t, sink.URL, config.Channel{Shape: "slack"}, "").send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	var got struct{ Text string }
	if err := json.Unmarshal([]byte(sink.all()[0].body), &got); err != nil || strings.ContainsAny(got.Text, "<>\r\x00\x1b\u202e") || !strings.Contains(got.Text, "&lt;!channel&gt;") {
		t.Errorf("%q, %v", got.Text, err)
	}
	for range 1000 {
		m.Events = append(m.Events, m.Events[0])
	}
	if text := slackText(m); len([]rune(text)) > mostSlack+2 {
		t.Errorf("%d characters", len(text))
	}
}

func TestTemplates(t *testing.T) {
	sink := newWebSink(t, nil)
	c := config.Channel{Template: config.Text{Value: `{"title": {{json .Summary}}, "checks": [{{range $i, $e := .Events}}{{if $i}}, {{end}}{{json $e.Check}}{{end}}]}`}, ContentType: "application/json"}
	m := example()
	m.Summary = hostile
	if err := hook(t, sink.URL, c, "").send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Title  string
		Checks []string
	}
	if err := json.Unmarshal([]byte(sink.all()[0].body), &got); err != nil || got.Title == "" || got.Checks[0] != "orders" || sink.all()[0].header.Get("Content-Type") != "application/json" {
		t.Errorf("%+v, %v", got, err)
	}
	for text, want := range map[string]string{
		"{{.Summaries}}":                    "can't evaluate field Summaries",
		"{{range .Events}}":                 "unexpected EOF",
		"{{template \"other\"}}":            "other",
		"{{range 100000000}}xxxxx{{end}}":   "it makes more than 256 KiB",
		"{{call .Summary}}":                 "non-function",
		"{{(index .Events 5).Check}}":       "index out of range",
		"{{printf \"%1000000s\" .Summary}}": "it makes more than 256 KiB",
	} {
		_, err := shapeOf(config.Channel{Template: config.Text{Value: text}})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "template: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// The proxy comes from the environment. A process reads HTTP_PROXY only once, so the test gives the
// client its own function for the proxy.
func TestAWebhookGoesThroughAProxy(t *testing.T) {
	proxy := newWebSink(t, nil)
	client := newClient()
	at, _ := url.Parse(proxy.URL)
	if client.Transport.(*http.Transport).Proxy == nil {
		t.Fatal("the client does not look for a proxy")
	}
	client.Transport.(*http.Transport).Proxy = http.ProxyURL(at)
	w := hook(t, "http://hooks.example.invalid/a", config.Channel{}, "")
	w.client = client
	if err := w.send(t.Context(), example()); err != nil || len(proxy.all()) != 1 {
		t.Error(err, proxy.all())
	}
}

func TestAMailIsSentWithTLSAndALogin(t *testing.T) {
	server := httptest.NewTLSServer(nil) // its certificate is for example.com and 127.0.0.1
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	sink := newMailSink(t, &tls.Config{Certificates: server.TLS.Certificates})
	host, port, err := hostAndPort(sink.address)
	if err != nil {
		t.Fatal(err)
	}
	e := &email{to: []string{"ops@shop.example", "B <b@shop.example>"}, from: "fanql <fanql@shop.example>", host: host, port: port, tls: "starttls", user: "me", password: "p&ss wörd", certificates: &tls.Config{RootCAs: roots}}
	m := example()
	m.Summary, m.Events[0].Check = hostile, brief(hostile)
	if err := e.send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := sink.all()
	if len(got) != 1 || sink.plain {
		t.Fatalf("%d mails, without TLS: %v", len(got), sink.plain)
	}
	h := got[0].Header
	if h.Get("Bcc") != "" || len(h["Subject"]) != 1 || h.Get("Message-Id") != "<"+m.ID+"@shop.example>" || h.Get("Auto-Submitted") != "auto-generated" || !strings.Contains(h.Get("To"), "b@shop.example") {
		t.Errorf("%v", h)
	}
	if login, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(sink.auth[0], "PLAIN ")); string(login) != "\x00me\x00p&ss wörd" {
		t.Errorf("%q", login)
	}
	// If the certificate is not trusted, the error says so, and nothing is sent.
	e.certificates = nil
	err = e.send(t.Context(), m)
	if err == nil || strings.Contains(err.Error(), e.password) || len(sink.all()) != 1 || len(sink.auth) != 1 {
		t.Errorf("%v, %d mails, %d logins", err, len(sink.all()), len(sink.auth))
	}
	// A server without TLS is rejected too.
	plain := newMailSink(t, nil)
	e.host, e.port, _ = hostAndPort(plain.address)
	if err = e.send(t.Context(), m); err == nil || len(plain.all()) > 0 || len(plain.auth) > 0 {
		t.Errorf("%v, %d mails", err, len(plain.all()))
	}
}

func TestAMailServerThatRefuses(t *testing.T) {
	for answer, again := range map[string]bool{"550 no such user": false, "450 later": true} {
		sink := newMailSink(t, nil)
		sink.refuse = answer
		e := &email{to: []string{"ops@shop.example"}, from: "fanql@shop.example", tls: "off"}
		e.host, e.port, _ = hostAndPort(sink.address)
		err := e.send(t.Context(), example())
		_, forGood := errors.AsType[*permanent](err)
		if err == nil || forGood == again || !strings.Contains(err.Error(), answer[4:]) {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestACommandGetsTheMessageOnStdin(t *testing.T) {
	t.Chdir(t.TempDir())
	var said strings.Builder
	m := example()
	m.Run, m.Summary = brief(hostile), brief(hostile)
	c := &command{[]string{"sh", "-c", `cat > got.json; printf '%s|%s' "$FANQL_ID" "$FANQL_SUMMARY" > env.txt; echo said; exit "$STATUS"`}, []string{"STATUS=0", "PATH=" + os.Getenv("PATH")}, &said}
	if err := c.send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("got.json")
	var back Message
	if err != nil || json.Unmarshal(text, &back) != nil || back.Summary != m.Summary {
		t.Errorf("%s, %v", text, err)
	}
	if env, _ := os.ReadFile("env.txt"); string(env) != m.ID+"|"+m.Summary {
		t.Errorf("%q", env)
	}
	if owned, _ := filepath.Glob("owned*"); len(owned) > 0 || said.String() != "said\n" {
		t.Error("a text was run as a command", said.String())
	}
	c.env[0] = "STATUS=3"
	if err := c.send(t.Context(), m); err == nil || !strings.Contains(err.Error(), "exit status "+strconv.Itoa(3)) {
		t.Error(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	hang := &command{[]string{"sh", "-c", "sleep 60"}, c.env, &said}
	if err := hang.send(ctx, m); err == nil {
		t.Error("it ended well")
	}
}
