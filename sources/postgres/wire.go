// The network side of one run: every socket it opens, closed at its end.

package postgres

import (
	"context"
	"net"
	"sync"
	"sync/atomic"

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
		conn, err := w.dial(ctx, network, address)
		if err == nil {
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
		ask.AwaitEnd(l.Conn, l.wire.linger.Load)
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
