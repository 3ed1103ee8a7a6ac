package testkit

// Servers on loopback whose behaviour a test chooses.

import (
	"context"
	"net"
	"sync"
	"testing"
)

// Silent returns host:port of a server that accepts connections. Until the test ends, it neither
// reads, writes nor closes them.
func Silent(t testing.TB) string {
	t.Helper()
	return Serve(t, func(net.Conn) { <-t.Context().Done() })
}

// Listen opens a free port on loopback. The caller closes it.
func Listen(t testing.TB) net.Listener {
	t.Helper()
	return ListenAt(t, "127.0.0.1:0")
}

// ListenAt opens host:port. The caller closes it.
func ListenAt(t testing.TB, address string) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Serve returns host:port of a server. It runs serve on a goroutine for each connection, and then
// closes the connection. When the test's context ends, it closes all connections and waits for
// serve to return.
func Serve(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	return ServeAt(t, "127.0.0.1:0", serve)
}

// ServeAt is Serve at a given host:port.
func ServeAt(t testing.TB, address string, serve func(net.Conn)) string {
	t.Helper()
	l := ListenAt(t, address)
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer func() { _ = c.Close() }()
				defer context.AfterFunc(t.Context(), func() { _ = c.Close() })()
				serve(c)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		running.Wait()
	})
	return l.Addr().String()
}
