// The network side of one run: every socket it opens, closed at its end.

package postgres

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanql/fanql/sources/ask"
	"github.com/jackc/pgx/v5/pgconn"
)

// A wire makes all connections of a run, so that none survives it: pgconn
// leaves a goroutine behind with a broken connection and a cancel request for
// up to 15 seconds, and closing the wire ends both. The zero value is open.
type wire struct {
	linger atomic.Bool // wait for the server's end of what is closed

	mu     sync.Mutex
	closed bool
	ends   []func()
	way    time.Duration // of one round trip, as connecting took it
}

// dialFunc makes one connection, entering its phases on p; calls beyond the
// first are pgconn's, for cancel requests to the same server.
func (w *wire) dialFunc(p *ask.Progress) pgconn.DialFunc {
	var again atomic.Bool
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if again.Swap(true) {
			return w.dial(ctx, network, address)
		}
		p.Enter(ask.Connect)
		begun := time.Now()
		conn, err := w.dial(ctx, network, address)
		if err == nil {
			w.way = time.Since(begun)
			p.Enter(ask.Auth)
		}
		return conn, err
	}
}

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !w.atEnd(cancel) {
		return nil, net.ErrClosed
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if !w.atEnd(func() { _ = conn.Close() }) { // closed a second time in most cases
		return nil, net.ErrClosed
	}
	return &line{conn, w}, nil
}

// A line is one connection of a wire.
type line struct {
	net.Conn
	wire *wire
}

func (l *line) Close() error {
	if l.wire.linger.Load() {
		ask.AwaitEnd(l.Conn)
	}
	return l.Conn.Close()
}

// atEnd has do called when the wire is closed, which may be at once; it reports
// whether the wire is still open.
func (w *wire) atEnd(do func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		do()
		return false
	}
	w.ends = append(w.ends, do)
	return true
}

// close closes every connection made and fails every dial from now on.
func (w *wire) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for _, do := range w.ends {
		do()
	}
	w.ends = nil
}

// A listening reader tells its run before it waits for the server: what has come
// so far holds no further whole message. It is read on the goroutine of the rows.
type listening struct {
	from io.Reader
	run  *run
}

func (l listening) Read(b []byte) (int, error) {
	if l.run.waits != nil {
		l.run.waits()
	}
	return l.from.Read(b)
}
