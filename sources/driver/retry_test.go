// Which network errors are worth a retry.

package driver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

func TestWhichNetworkErrorsAreRetried(t *testing.T) {
	dial := func(err error) error { return fmt.Errorf("eu.db:5432: %w", &net.OpError{Op: "dial", Err: err}) }
	for name, c := range map[string]struct {
		err   error
		phase driver.Phase
		want  driver.Retry
	}{
		"a name server that fails for the moment":  {&net.DNSError{Err: "server misbehaving", IsTemporary: true}, driver.Resolve, driver.Soon},
		"a name server that does not answer":       {&net.DNSError{Err: "i/o timeout", IsTemporary: true, IsTimeout: true}, driver.Resolve, driver.Never},
		"an unknown name":                          {&net.DNSError{Err: "no such host", IsNotFound: true}, driver.Resolve, driver.Never},
		"a port without a listener":                {dial(syscall.ECONNREFUSED), driver.Connect, driver.Soon},
		"a host that cannot be reached":            {dial(syscall.EHOSTUNREACH), driver.Connect, driver.Never},
		"a connection reset in the handshake":      {dial(syscall.ECONNRESET), driver.Auth, driver.Soon},
		"a connection closed in the handshake":     {io.ErrUnexpectedEOF, driver.Auth, driver.Soon},
		"an answer that is not understood":         {errors.New("not a PostgreSQL server"), driver.Auth, driver.Never},
		"a line reset before the first row":        {dial(syscall.ECONNRESET), driver.Query, driver.Once},
		"a line closed in the rows":                {io.EOF, driver.Stream, driver.Once},
		"a line closed after them":                 {io.ErrUnexpectedEOF, driver.Verify, driver.Once},
		"a write to a line that is closed":         {dial(syscall.EPIPE), driver.Query, driver.Once},
		"a refusal to connect anew in the rows":    {dial(syscall.ECONNREFUSED), driver.Stream, driver.Never},
		"cancelled while connecting":               {dial(context.Canceled), driver.Connect, driver.Never},
		"timed out, and then the connection broke": {errors.Join(io.EOF, context.DeadlineExceeded), driver.Stream, driver.Never},
	} {
		t.Run(name, func(t *testing.T) {
			if got := driver.Transport(c.err, c.phase); got != c.want {
				t.Errorf("%v in %s: %d, want %d", c.err, c.phase, got, c.want)
			}
		})
	}
}
