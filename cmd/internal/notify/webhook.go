// Webhooks and heartbeats: requests to web servers.

package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
)

// A webhook posts messages to an address.
type webhook struct {
	client  *http.Client
	address string
	secret  string // if it is empty, messages are not signed
	shape   shape
	now     func() time.Time
}

// newClient returns a client that goes through the proxy of the environment, and follows
// no redirect: a message, its signature and the secret in an address are for one server.
func newClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableKeepAlives, t.Proxy = true, http.ProxyFromEnvironment
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (w *webhook) send(ctx context.Context, m Message) error {
	body, kind, err := w.shape(m)
	if err != nil {
		return &permanent{err}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.address, bytes.NewReader(body))
	if err != nil {
		return &permanent{errors.New("its address is no URL")}
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Idempotency-Key", m.ID)
	if w.secret != "" {
		at := strconv.FormatInt(w.now().Unix(), 10)
		r.Header.Set("X-Fanql-Timestamp", at)
		r.Header.Set("X-Fanql-Signature", "sha256="+signature(w.secret, at, body))
	}
	return request(w.client, r)
}

// signature returns the HMAC with SHA-256 of the time, a point and the body.
func signature(secret, at string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	_, _ = h.Write([]byte(at + "."))
	_, _ = h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// beat sends a GET to an address, which reports that there was a run.
func beat(ctx context.Context, client *http.Client, address string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return &permanent{errors.New("its address is no URL")}
	}
	return request(client, r)
}

// A permanent error is an error that another attempt would not avoid.
type permanent struct{ error }

func (e *permanent) Unwrap() error { return e.error }

// A later error says when to retry.
type later struct {
	error
	after time.Duration
}

func (e *later) Unwrap() error { return e.error }

// mostAnswer is how much of an answer is read, in bytes.
const mostAnswer = 4 << 10

// request sends a request. Its error has no part of the address.
func request(client *http.Client, r *http.Request) error {
	r.Header.Set("User-Agent", "fanql")
	answer, err := client.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // the rest of the error is the method and the address
		}
		return hidden(err, r.URL)
	}
	defer func() { _ = answer.Body.Close() }() // reading is over, so the error does not matter
	text, _ := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
	if answer.StatusCode/100 == 2 {
		return nil
	}
	status := fmt.Sprintf("it answered %d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	if answer.StatusCode/100 == 3 {
		return &permanent{errors.New(status + ": redirects are not followed: give the address that it leads to")}
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	if line != "" && !strings.HasPrefix(line, "<") {
		status += ": " + brief(line)
	}
	err = hidden(errors.New(status), r.URL)
	switch code := answer.StatusCode; {
	case code >= 500 || code == http.StatusRequestTimeout || code == http.StatusTooEarly || code == http.StatusTooManyRequests:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return &later{err, time.Duration(max(seconds, 0)) * time.Second}
	}
	return &permanent{err}
}

// hidden returns an error without the parts of an address that may be secret: everything
// but its host.
func hidden(err error, u *url.URL) error {
	text := err.Error()
	parts := []string{u.String(), u.RequestURI(), u.Path, u.RawQuery}
	if u.User != nil {
		password, _ := u.User.Password()
		parts = append(parts, u.User.String(), password)
	}
	parts = append(parts, strings.Split(u.Path, "/")...)
	for _, values := range u.Query() {
		parts = append(parts, values...)
	}
	for _, part := range parts {
		if len(part) > 3 {
			text = strings.ReplaceAll(text, part, "…")
		}
	}
	return errors.New(output.Sanitize(text))
}
