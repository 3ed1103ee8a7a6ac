// The first message to a server, sent before pgconn has allocated for a session.

package postgres

import (
	"context"
	"crypto/tls"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// hello returns the first message of a connection: the message that pgconn will send first
// with this configuration. It returns nil if the message depends on more than the
// configuration: with TLS, or with another protocol.
func hello(c *pgconn.Config, mode *tls.Config) []byte {
	if mode != nil || c.MaxProtocolVersion != "" && c.MaxProtocolVersion != "3.0" {
		return nil
	}
	m := pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: make(map[string]string, len(c.RuntimeParams)+2)}
	for name, value := range c.RuntimeParams {
		m.Parameters[name] = value
	}
	m.Parameters["user"] = c.User
	if c.Database != "" {
		m.Parameters["database"] = c.Database
	}
	b, err := m.Encode(nil)
	if err != nil {
		return nil // pgconn returns the same error
	}
	return b
}

// A greeting is the part of a connection's exchange that took place before pgconn read and
// wrote. Thousands of connections may wait for the server's answer, and pgconn's buffers
// and messages take 12 KiB.
type greeting struct {
	repeats bool     // pgconn will send the first message again; Write drops it
	answer  [16]byte // the beginning of the answer
	from, n int      // of the unread bytes in it
	err     error    // the error after them
}

// greet sends the first message, and waits for the beginning of the answer or the end of
// ctx. An error appears when pgconn reads the answer.
func (l *line) greet(ctx context.Context, hello []byte) {
	defer context.AfterFunc(ctx, func() { _ = l.SetDeadline(time.Now()) })()
	l.repeats = true
	if _, l.err = l.Conn.Write(hello); l.err == nil {
		l.n, l.err = l.Conn.Read(l.answer[:])
	}
}

// Write leaves out the first message if it was sent.
func (l *line) Write(b []byte) (int, error) {
	if l.repeats {
		l.repeats = false
		return len(b), nil
	}
	return l.Conn.Write(b)
}

// Read returns the beginning of the answer first.
func (l *line) Read(b []byte) (int, error) {
	if l.from < l.n {
		n := copy(b, l.answer[l.from:l.n])
		l.from += n
		return n, nil
	}
	if err := l.err; err != nil {
		l.err = nil
		return 0, err
	}
	return l.Conn.Read(b)
}
