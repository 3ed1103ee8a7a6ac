// Which errors of the network are worth another try.

package ask_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/fanql/fanql/sources/ask"
)

func TestWhatTheNetworkSaysIsWorthAnotherTry(t *testing.T) {
	dial := func(err error) error { return fmt.Errorf("eu.db:5432: %w", &net.OpError{Op: "dial", Err: err}) }
	for name, c := range map[string]struct {
		err   error
		phase ask.Phase
		want  ask.Again
	}{
		"a name server that fails for the moment":   {&net.DNSError{Err: "server misbehaving", IsTemporary: true}, ask.Resolve, ask.Soon},
		"a name server that does not answer":        {&net.DNSError{Err: "i/o timeout", IsTemporary: true, IsTimeout: true}, ask.Resolve, ask.Never},
		"a name that nobody knows":                  {&net.DNSError{Err: "no such host", IsNotFound: true}, ask.Resolve, ask.Never},
		"a port where nobody listens":               {dial(syscall.ECONNREFUSED), ask.Connect, ask.Soon},
		"a host that cannot be reached":             {dial(syscall.EHOSTUNREACH), ask.Connect, ask.Never},
		"a connection reset in the handshake":       {dial(syscall.ECONNRESET), ask.Auth, ask.Soon},
		"a connection closed in the handshake":      {io.ErrUnexpectedEOF, ask.Auth, ask.Soon},
		"an answer that nobody understands":         {errors.New("not a PostgreSQL server"), ask.Auth, ask.Never},
		"a line reset before the first row":         {dial(syscall.ECONNRESET), ask.Query, ask.Once},
		"a line closed in the rows":                 {io.EOF, ask.Stream, ask.Once},
		"a line closed after them":                  {io.ErrUnexpectedEOF, ask.Verify, ask.Once},
		"a write to a line that is closed":          {dial(syscall.EPIPE), ask.Query, ask.Once},
		"a refusal to connect anew in the rows":     {dial(syscall.ECONNREFUSED), ask.Stream, ask.Never},
		"our own end, while connecting":             {dial(context.Canceled), ask.Connect, ask.Never},
		"our own time, over a line that broke then": {errors.Join(io.EOF, context.DeadlineExceeded), ask.Stream, ask.Never},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ask.Transport(c.err, c.phase); got != c.want {
				t.Errorf("%v in %s: %d, want %d", c.err, c.phase, got, c.want)
			}
		})
	}
}
