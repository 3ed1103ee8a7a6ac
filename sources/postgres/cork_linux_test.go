// The end of a connection takes one packet.

package postgres

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
)

// Without the cork, the server reads the farewell first, and then wakes up once more for
// the close. That does not happen each time, since the server itself may be late.
func TestTheFarewellComesWithTheEndOfTheConnection(t *testing.T) {
	stand, err := testkit.Stand(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server, err := url.Parse(stand.URLs(testkit.Healthy, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := server.Host
	server.Host = l.Addr().String()
	var farewells, together atomic.Int64
	var all sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		if err := stand.Stop(); err != nil {
			t.Error(err)
		}
		all.Wait()
	})
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			to, err := new(net.Dialer).DialContext(t.Context(), "tcp", target)
			if err != nil {
				t.Error(err)
				return
			}
			all.Go(func() { _, _ = io.Copy(client, to) })
			all.Go(func() {
				defer to.Close()
				defer client.Close()
				b := make([]byte, 1<<16)
				for {
					n, err := client.Read(b)
					if err != nil {
						return
					}
					if bytes.HasSuffix(b[:n], []byte{'X', 0, 0, 0, 4}) {
						farewells.Add(1)
						if testkit.HungUp(client) {
							together.Add(1)
						}
					}
					if _, err := to.Write(b[:n]); err != nil {
						return
					}
				}
			})
		}
	})
	const runs = 50
	for range runs {
		if o := runOn(t.Context(), open(t, server.String()), request("select 1")); o.err != nil {
			t.Fatal(o.err)
		}
	}
	testkit.Eventually(t, mostWait, "all have said farewell", func() bool { return farewells.Load() == runs })
	if n := together.Load(); n != runs {
		t.Errorf("%d of %d farewells came with the end of the connection", n, runs)
	}
}
