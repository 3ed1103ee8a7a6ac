// How long a connection waits until the server closes its end.

package driver_test

import (
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

func TestAwaitPeerCloseWaitsForTheServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var closed atomic.Bool
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = c.Read(make([]byte, 1)) // this reads until the other side closes
		_, _ = c.Write([]byte("more than nothing"))
		time.Sleep(50 * time.Millisecond)
		closed.Store(true)
		c.Close()
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	driver.AwaitPeerClose(c, func() bool { return true })
	if !closed.Load() {
		t.Error("it did not wait for the server")
	}
}

func TestAwaitPeerCloseEndsWhenItIsNotWanted(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String()) // the connection is neither accepted nor closed
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	begin := time.Now()
	driver.AwaitPeerClose(c, func() bool { return time.Since(begin) < 100*time.Millisecond })
	if d := time.Since(begin); d < 100*time.Millisecond || d > time.Second {
		t.Errorf("it took %s", d)
	}
	begin = time.Now()
	driver.AwaitPeerClose(c, func() bool { return true })
	if d := time.Since(begin); d < 2*time.Second || d > 4*time.Second {
		t.Errorf("it took %s, want 2s at most", d)
	}
}
