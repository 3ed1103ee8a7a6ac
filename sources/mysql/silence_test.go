// Servers that fall silent at each step before the query.

package mysql_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testkit"
)

type tooLate struct{}

func (tooLate) Error() string { return "timed out" }
func (tooLate) Timeout() bool { return true }

// packet returns a packet with its header.
func packet(number byte, body string) []byte {
	return append([]byte{byte(len(body)), byte(len(body) >> 8), 0, number}, body...)
}

func TestASilentServerDoesNotLookLikeAWrongPassword(t *testing.T) {
	t.Parallel()
	// A server of MySQL 8 with TLS: version, thread, scramble, capabilities, plugin.
	greeting := packet(0, "\x0a8.0.36\x00\x01\x00\x00\x00abcdefgh\x00\xff\xff\x2d\x02\x00\xff\xdf\x15"+strings.Repeat("\x00", 10)+"abcdefghijkl\x00mysql_native_password\x00")
	read := func(client net.Conn) { _, _ = client.Read(make([]byte, 1<<12)) }
	for name, c := range map[string]struct {
		says  func(client net.Conn)
		query string
		phase driver.Phase
		want  string
	}{
		"from the beginning": {func(net.Conn) {}, "", driver.Connect, "no answer from the server: timed out"},
		"in the greeting":    {func(client net.Conn) { _, _ = client.Write(greeting[:20]) }, "", driver.Connect, "no answer from the server: timed out"},
		"in TLS":             {func(client net.Conn) { _, _ = client.Write(greeting) }, "", driver.Connect, "no answer from the server: timed out"},
		"after the password": {func(client net.Conn) { _, _ = client.Write(greeting) }, "?tls=false", driver.Auth, "the server asked for the login and did not answer it: timed out"},
		"when it is accepted": {func(client net.Conn) {
			_, _ = client.Write(greeting)
			read(client)
			_, _ = client.Write(packet(2, "\x00\x00\x00\x02\x00\x00\x00"))
		}, "?tls=false", driver.Auth, "the server accepted the login and then fell silent: timed out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := testkit.Serve(t, func(client net.Conn) {
				c.says(client)
				_, _ = io.Copy(io.Discard, client)
			})
			stop := errors.New("interrupted")
			for _, ends := range []struct {
				cause error
				text  string
			}{{tooLate{}, c.want}, {stop, stop.Error()}} { // an interrupt says nothing about the server
				ctx, cancel := context.WithTimeoutCause(t.Context(), 300*time.Millisecond, ends.cause)
				e := runWith(ctx, source(t, "mysql://u:S3CRET@"+address+"/db"+c.query), driver.Request{SQL: "select 1", Tag: "x", Grace: grace}, nil).failure(t)
				cancel()
				if e.Error() != ends.text || e.Phase != c.phase || e.Retry != driver.Never {
					t.Errorf("got %q in %s, want %q in %s", e, e.Phase, ends.text, c.phase)
				}
			}
		})
	}
}
