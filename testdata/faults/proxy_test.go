// The proxy is a network that breaks at a given byte.

package faults_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A breakage is how a connection ends, or stops.
type breakage uint8

const (
	none  breakage = iota
	fin            // the server's side is closed normally
	reset          // the connection is reset
	stall          // nothing more is forwarded, and neither side is notified
)

func (b breakage) String() string { return [...]string{"passed", "FIN", "RST", "stall"}[b] }

// A fault is what happens to one connection. With the zero value everything is forwarded.
type fault struct {
	how   breakage
	after int // the number of bytes of the server's reply that are forwarded first
	// greeting is sent to the client by the proxy, if nothing from the server is forwarded.
	greeting []byte
	// omit is a range of the server's bytes that is not forwarded.
	omit [2]int
	// If trickle is set, the reply is forwarded byte by byte.
	trickle bool
	// latency is the delay in each direction.
	latency time.Duration
	// until, if it is set, delays the connection to the server until the channel is closed.
	until <-chan struct{}
	// If deaf is set, the server does not notice that the client has left.
	deaf bool
}

// cancelRequest is the code of a connection to PostgreSQL that only cancels.
const cancelRequest = 80877102

// A proxy forwards connections to one server.
type proxy struct {
	target string // host:port
	// plan returns the fault of the i-th connection. Connections with a cancel request of
	// PostgreSQL do not count. They have the fault cancels.
	plan    func(i int) fault
	cancels fault
	// clientFirst is set if the client sends the first message, as with PostgreSQL.
	clientFirst bool

	address  string
	passed   atomic.Int64 // bytes from the server on the latest connection
	accepted atomic.Int64
	mu       sync.Mutex
	reply    []byte // the bytes that the server sent on the latest connection
	retort   []byte // the client's answer to the latest greeting
}

// open starts the proxy. closed ends it and every connection through it.
func (p *proxy) open(t testing.TB) (closed func()) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.serve(ctx, line{client.(*net.TCPConn)}) })
		}
	})
	return func() {
		cancel()
		_ = l.Close()
		wg.Wait()
	}
}

func (p *proxy) serve(ctx context.Context, client line) {
	defer client.Close()
	defer context.AfterFunc(ctx, func() { client.Close() })()
	var first []byte
	if p.clientFirst {
		first = make([]byte, 1<<10)
		n, err := client.Read(first)
		if err != nil {
			return
		}
		first = first[:n]
	}
	f := p.cancels
	if len(first) != 16 || binary.BigEndian.Uint32(first[4:]) != cancelRequest {
		f = p.plan(int(p.accepted.Add(1) - 1))
		p.passed.Store(0)
		p.mu.Lock()
		p.reply = nil
		p.mu.Unlock()
	}
	if f.how != none && f.after == 0 { // there is no connection to the server
		if f.greeting != nil {
			p.greet(client, f.greeting)
		}
		client.part(f)
		return
	}
	if f.until != nil {
		select {
		case <-f.until:
		case <-ctx.Done():
			return
		}
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", p.target)
	if err != nil {
		return
	}
	server := line{conn.(*net.TCPConn)}
	defer server.Close()
	defer context.AfterFunc(ctx, func() { server.Close() })()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		if _, err := server.Write(first); err == nil {
			_ = copyLate(server, client, f.latency)
		}
		if !f.deaf {
			server.Close()
		}
	})
	p.answer(ctx, client, server, f)
}

// greet sends the greeting instead of the server, and keeps the client's answer.
func (p *proxy) greet(client line, greeting []byte) {
	if _, err := client.Write(greeting); err != nil {
		return
	}
	retort, _ := io.ReadAll(client) // it returns when the client closes or resets the connection
	p.mu.Lock()
	p.retort = retort
	p.mu.Unlock()
}

// answer forwards what the server sends up to the fault, and then applies the fault.
func (p *proxy) answer(ctx context.Context, client, server line, f fault) {
	buf := make([]byte, 1<<16)
	at := 0
	for f.how == none || at < f.after {
		room := buf
		if f.how != none {
			room = buf[:min(len(buf), f.after-at)]
		}
		n, err := server.Read(room)
		p.mu.Lock()
		p.reply = append(p.reply, room[:n]...)
		p.mu.Unlock()
		if wait(ctx, f.latency) || p.pass(ctx, client, room[:n], at, f) != nil {
			return
		}
		at += n
		if err != nil {
			_ = client.CloseWrite()
			_, _ = io.Copy(io.Discard, client)
			return
		}
	}
	if f.how == stall {
		if f.deaf {
			<-ctx.Done()
		}
		_, _ = io.Copy(io.Discard, server) // it returns when the client has left
		return
	}
	server.Close()
	client.part(f)
}

// A line is one side of a connection through the proxy.
type line struct{ *net.TCPConn }

// part ends the connection in the way of the fault.
func (l line) part(f fault) {
	switch f.how {
	case reset:
		_ = l.SetLinger(0)
		l.Close()
		return
	case fin:
		_ = l.CloseWrite()
	}
	_, _ = io.Copy(io.Discard, l) // a close with unread bytes would be a reset
}

// pass forwards bytes that begin at an offset of the reply.
func (p *proxy) pass(ctx context.Context, client net.Conn, b []byte, at int, f fault) error {
	step := len(b)
	if f.trickle || f.omit[1] > 0 {
		step = 1
	}
	for i := 0; i < len(b); i += step {
		if f.trickle {
			wait(ctx, 20*time.Microsecond)
		}
		if at+i >= f.omit[0] && at+i < f.omit[1] {
			continue
		}
		// The bytes are counted first, since the client may react to them at once.
		p.passed.Add(int64(step))
		if _, err := client.Write(b[i : i+step]); err != nil {
			return err
		}
	}
	return nil
}

// copyLate forwards all bytes after a delay.
func copyLate(to, from net.Conn, latency time.Duration) error {
	buf := make([]byte, 1<<16)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			wait(context.Background(), latency)
			if _, err := to.Write(buf[:n]); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}

// wait waits for d, and reports whether ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return ctx.Err() != nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return false
	case <-ctx.Done():
		return true
	}
}
