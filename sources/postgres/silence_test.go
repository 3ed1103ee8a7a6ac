// Servers that fall silent at each step before the query.

package postgres

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testkit"
)

type tooLate struct{}

func (tooLate) Error() string { return "timed out" }
func (tooLate) Timeout() bool { return true }

func TestASilentServerDoesNotLookLikeAWrongPassword(t *testing.T) {
	t.Parallel()
	startup := func(b *pgproto3.Backend) { _, _ = b.ReceiveStartupMessage() }
	send := func(b *pgproto3.Backend, messages ...pgproto3.BackendMessage) {
		startup(b)
		for _, m := range messages {
			b.Send(m)
		}
		_ = b.Flush()
	}
	for name, c := range map[string]struct {
		says  func(client net.Conn, b *pgproto3.Backend)
		query string
		phase driver.Phase
		want  string
	}{
		"from the beginning":     {func(net.Conn, *pgproto3.Backend) {}, "?sslmode=disable", driver.Connect, "no answer from the server: timed out"},
		"when TLS is asked for":  {func(_ net.Conn, b *pgproto3.Backend) { startup(b) }, "", driver.Connect, "no answer from the server: timed out"},
		"when TLS is agreed on":  {func(client net.Conn, b *pgproto3.Backend) { startup(b); _, _ = client.Write([]byte("S")) }, "", driver.Connect, "no answer from the server: timed out"},
		"when TLS is refused":    {func(client net.Conn, b *pgproto3.Backend) { startup(b); _, _ = client.Write([]byte("N")) }, "", driver.Connect, "no answer from the server: timed out"},
		"after the password":     {func(_ net.Conn, b *pgproto3.Backend) { send(b, &pgproto3.AuthenticationMD5Password{}) }, "?sslmode=disable", driver.Auth, "the server asked for the login and did not answer it: timed out"},
		"as a pool without room": {func(_ net.Conn, b *pgproto3.Backend) { send(b, &pgproto3.AuthenticationOk{}) }, "?sslmode=disable", driver.Connect, "the server accepted the login and then fell silent: timed out"},
		"in a notice":            {func(_ net.Conn, b *pgproto3.Backend) { send(b, &pgproto3.NoticeResponse{Message: "wait"}) }, "?sslmode=disable", driver.Connect, "no answer from the server: timed out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := testkit.Serve(t, func(client net.Conn) {
				c.says(client, pgproto3.NewBackend(client, client))
				_, _ = io.Copy(io.Discard, client)
			})
			for _, ends := range []struct {
				cause error
				text  string
			}{{tooLate{}, c.want}, {errStop, errStop.Error()}} { // an interrupt says nothing about the server
				ctx, cancel := context.WithTimeoutCause(t.Context(), 300*time.Millisecond, ends.cause)
				e := failed(t, runOn(ctx, open(t, "postgres://u:S3CRET@"+address+"/db"+c.query), request("select 1")))
				cancel()
				if e.Error() != ends.text || e.Phase != c.phase || e.Retry != driver.Never {
					t.Errorf("got %q in %s, want %q in %s", e, e.Phase, ends.text, c.phase)
				}
			}
		})
	}
	t.Run("a server that hangs up has refused no login", func(t *testing.T) {
		t.Parallel()
		address := testkit.Serve(t, func(client net.Conn) { startup(pgproto3.NewBackend(client, client)) })
		e := failed(t, get(t, "postgres://u:S3CRET@"+address+"/db?sslmode=disable", "select 1"))
		if !strings.HasSuffix(e.Error(), ": the server closed the connection") || e.Phase != driver.Connect || e.Retry != driver.Soon {
			t.Errorf("got %q in %s", e, e.Phase)
		}
	})
}
