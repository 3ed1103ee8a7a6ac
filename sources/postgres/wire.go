// The network side of one run: every socket that it opens. It closes them all at its end.

package postgres

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fanql/fanql/sources/driver"
)

// A wire makes all connections of a run, so that none outlives it. After a failure,
// pgconn leaves a goroutine with a broken connection and a cancel request for up to 15
// seconds; closing the wire ends both. The zero value is open.
type wire struct {
	awaitPeerClose atomic.Bool // after closing a connection, wait for the server to close its side

	keepAlive   net.KeepAliveConfig
	userTimeout time.Duration // 0 is the system's own
	measures    bool          // round trips are measured

	mu        sync.Mutex
	closed    bool
	ends      []func()
	roundTrip time.Duration // of one round trip, as connecting took it
	offer     *offer        // the last one

	// network and address are those of the last connection that was not for a cancel
	// request; reached says that the server accepted it.
	network, address string
	reached          bool
}

// dialFunc returns a function that dials, with or without a request for TLS, and enters
// its phases on p. Unless hello is nil, it is sent, and the server has answered when the
// function returns. Calls after the first are pgconn's, for cancel requests to the same
// server.
func (w *wire) dialFunc(p *driver.Progress, secure bool, hello []byte) pgconn.DialFunc {
	var redialed atomic.Bool
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if redialed.Swap(true) {
			return w.dial(ctx, network, address)
		}
		last := w.offer
		w.offer = nil
		if !secure && last != nil && last.address == address && last.refused.Load() {
			return last.Conn, last.SetDeadline(time.Time{})
		}
		w.network, w.address, w.reached = network, address, false
		p.Enter(driver.Connect)
		begun := time.Now()
		conn, err := w.connect(ctx, network, address) // the function that closes the wire waits for it
		if err != nil {
			return nil, err
		}
		if w.measures {
			w.roundTrip = roundTrip(conn, time.Since(begun))
		}
		w.reached = true
		if hello != nil {
			conn.greet(ctx, hello)
		}
		if secure {
			w.offer = &offer{Conn: conn, address: address}
			return w.offer, nil
		}
		return conn, nil
	}
}

// An offer is a connection over which TLS is requested. A server without TLS refuses with
// one byte. Then the connection continues in plain text, if that is allowed. pgconn would
// close the connection and open another, for which the server forks once more.
type offer struct {
	net.Conn
	address        string
	heard, refused atomic.Bool
}

func (o *offer) Read(b []byte) (int, error) {
	n, err := o.Conn.Read(b)
	if n > 0 && !o.heard.Swap(true) {
		o.refused.Store(n == 1 && b[0] == 'N')
	}
	return n, err
}

// Close keeps a refused connection open, for the attempt without TLS. Closing the wire
// closes it in any case.
func (o *offer) Close() error {
	if o.refused.Load() {
		return nil
	}
	return o.Conn.Close()
}

// dial is connect that ends when the wire is closed.
func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !w.atEnd(cancel) {
		return nil, net.ErrClosed
	}
	conn, err := w.connect(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return conn, nil
}

func (w *wire) connect(ctx context.Context, network, address string) (*line, error) {
	dialer := net.Dialer{KeepAlive: -1, KeepAliveConfig: w.keepAlive}
	if w.userTimeout > 0 {
		dialer.Control = giveUpAfter(w.userTimeout)
	}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if !w.atEnd(func() { _ = conn.Close() }) { // the wire has usually closed it already
		return nil, net.ErrClosed
	}
	return &line{Conn: conn, wire: w}, nil
}

// A line is one connection of a wire.
type line struct {
	net.Conn
	wire *wire
	greeting
}

func (l *line) Close() error {
	if l.wire.awaitPeerClose.Load() {
		driver.AwaitPeerClose(l.Conn, l.wire.awaitPeerClose.Load)
	}
	return l.Conn.Close()
}

// atEnd registers do to be called when the wire is closed, or calls it at once; it
// reports whether the wire is still open.
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

// isClosed reports whether the wire was closed.
func (w *wire) isClosed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

// close closes every connection and makes every later dial fail.
func (w *wire) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for _, do := range w.ends {
		do()
	}
	w.ends = nil
}

// A listening reader notifies its run before it waits for the server: the bytes so far
// contain no further whole message. It is read on the goroutine of the rows.
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
