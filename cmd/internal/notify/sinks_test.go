// Servers that record what they get.

package notify

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
)

// A delivered is a request that a web server got.
type delivered struct {
	method, path string
	header       http.Header
	body         string
}

// A webSink is a web server that records its requests, and answers as the test wants.
type webSink struct {
	*httptest.Server
	mu     sync.Mutex
	got    []delivered
	answer func(n int, w http.ResponseWriter) // n counts from 1; nil is 200
}

func newWebSink(t *testing.T, answer func(n int, w http.ResponseWriter)) *webSink {
	t.Helper()
	s := &webSink{answer: answer}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.got = append(s.got, delivered{r.Method, r.URL.RequestURI(), r.Header, string(body)})
		n := len(s.got)
		s.mu.Unlock()
		if s.answer != nil {
			s.answer(n, w)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *webSink) all() []delivered {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]delivered(nil), s.got...)
}

// A mailSink is an SMTP server that records its mails.
type mailSink struct {
	address string
	secure  *tls.Config // for STARTTLS, or nil
	// If refuse is not empty, it is the answer to RCPT instead of 250.
	refuse string
	mu     sync.Mutex
	got    []*mail.Message
	bodies []string
	auth   []string // the login of each connection, as it was sent
	plain  bool     // a mail was sent without TLS
}

func newMailSink(t *testing.T, secure *tls.Config) *mailSink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailSink{address: l.Addr().String(), secure: secure}
	var all sync.WaitGroup
	var open []net.Conn
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			open = append(open, c)
			s.mu.Unlock()
			all.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		s.mu.Lock()
		for _, c := range open { // a client may have left them open
			_ = c.Close()
		}
		s.mu.Unlock()
		all.Wait()
	})
	return s
}

func (s *mailSink) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	r, encrypted := bufio.NewReader(c), false
	say := func(lines string) { _, _ = fmt.Fprintf(c, "%s\r\n", strings.ReplaceAll(lines, "\n", "\r\n")) }
	say("220 sink")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			switch {
			case s.secure != nil && !encrypted:
				say("250-sink\n250 STARTTLS")
			case s.secure != nil:
				say("250-sink\n250 AUTH PLAIN")
			default:
				say("250 sink")
			}
		case "STARTTLS":
			say("220 go")
			secured := tls.Server(c, s.secure)
			if secured.Handshake() != nil {
				return
			}
			c, r, encrypted = secured, bufio.NewReader(secured), true
		case "AUTH":
			s.mu.Lock()
			s.auth = append(s.auth, rest)
			s.mu.Unlock()
			say("235 welcome")
		case "RCPT":
			if s.refuse != "" {
				say(s.refuse)
				continue
			}
			say("250 ok")
		case "DATA":
			say("354 go")
			s.keep(r, encrypted)
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *mailSink) keep(r *bufio.Reader, encrypted bool) {
	var text strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil || line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	m, err := mail.ReadMessage(strings.NewReader(text.String()))
	if err != nil {
		return
	}
	body, _ := io.ReadAll(m.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got, s.bodies, s.plain = append(s.got, m), append(s.bodies, string(body)), s.plain || !encrypted
}

func (s *mailSink) all() []*mail.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*mail.Message(nil), s.got...)
}
