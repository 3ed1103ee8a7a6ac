// The first message, which is sent before pgconn is called.

package postgres

import (
	"context"
	"errors"
	"net"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testkit"
)

// The server must get exactly the message that pgconn believes it has sent.
func TestTheFirstMessageIsPgconns(t *testing.T) {
	for name, text := range map[string]string{
		"plain":                 "postgres://u@127.0.0.1:1/d?sslmode=disable",
		"without a database":    "postgres://u@127.0.0.1:1?sslmode=disable",
		"with settings":         "postgres://u@127.0.0.1:1/d?sslmode=disable&search_path=a,b&options=-c%20x.y%3D1&application_name=n",
		"in the newer protocol": "postgres://u@127.0.0.1:1/d?sslmode=disable&max_protocol_version=3.2",
		"in the older protocol": "postgres://u@127.0.0.1:1/d?sslmode=disable&max_protocol_version=3.0",
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, text)
			c := *s.target.config
			c.RuntimeParams = startup(s.target.params, "UTC", false)
			client, server := net.Pipe()
			defer server.Close()
			c.DialFunc = func(context.Context, string, string) (net.Conn, error) { return client, nil }
			go func() { _, _ = pgconn.ConnectConfig(t.Context(), &c) }()
			want, err := pgproto3.NewBackend(server, nil).ReceiveStartupMessage()
			if err != nil {
				t.Fatal(err)
			}
			b := hello(&c, nil)
			if newer := c.MaxProtocolVersion == "3.2"; newer || b == nil {
				if newer != (b == nil) {
					t.Errorf("the message is %q", b)
				}
				return
			}
			got := new(pgproto3.StartupMessage)
			if err := got.Decode(b[4:]); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("it is %v, %v; pgconn's is %v", got, err, want)
			}
		})
	}
}

// While a server does not answer, pgconn has no connection to it, and so no buffers.
func TestTheAnswerToTheFirstMessageIsAwaitedBeforePgconnHasAConnection(t *testing.T) {
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errStop)
	defer cancel()
	var p driver.Progress
	w := new(wire)
	defer w.close()
	conn, err := w.dialFunc(&p, false, []byte("hello"))(ctx, "tcp", testkit.Silent(t))
	if err != nil || ctx.Err() == nil || p.Phase() != driver.Connect {
		t.Fatalf("%v, in phase %s, before the end of its time: %v", err, p.Phase(), ctx.Err() == nil)
	}
	if n, err := conn.Write([]byte("hello")); n != 5 || err != nil {
		t.Errorf("pgconn's first message: %d bytes, %v", n, err)
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("pgconn gets %v", err)
	}
}
