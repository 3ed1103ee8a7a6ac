// Cancelling: a request over another connection asks the server to end the query, and the
// query's own connection shows when it has ended. If there is no time for requests to
// thousands of servers, the rest only see that their connection is closed.

package postgres

import (
	"context"
	"encoding/binary"
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// requestsShare is the part of the grace in which requests are sent. When it is over, the
// sources whose turn has not come close their connections instead, if their servers notice
// that: this takes a tenth of the time that a request takes here and there. Of the 100 µs
// of a request here, opening the connection takes most.
//
// If more than mostRequests wait for their turn, there is not enough time for all of them,
// and the first of them close their connections at once.
const (
	requestsShare = 10
	mostRequests  = 500
)

// retry is how long after a cancel request the next one follows, and twice as long
// each time after that. One that reaches the server before the query does is lost
// without a trace; but each costs the server a process.
const retry = 100 * time.Millisecond

// A canceller waits until a context is done and then sends cancel requests to the server
// until the query has ended.
//
// pgconn would cancel by itself when its context ends, but it closes the connection first
// and does not see the result. So pgconn gets a context that does not end, and the
// connection stays open to read the server's answer, until the wire is closed.
//
// Thousands of cancellers may act at the same moment, so a canceller never waits on a
// goroutine of its own.
type canceller struct {
	grace   time.Duration
	pool    *driver.Pool
	wire    *wire
	request func(by time.Time) error // sends a cancel request, see [run.requestCancel]
	// notices reports whether the server ends the query by itself, soon after the
	// connection was closed.
	notices func() bool
	stop    func() bool // the watch

	mu     sync.Mutex // also held during a request, for which end waits
	ended  bool       // the query has ended, or the wire is closed
	sent   bool       // a request has reached the server
	closed bool       // the connection was closed instead of a request
	since  time.Time  // when the cancelling began
	pause  time.Duration
	late   *time.Timer // closes the wire
	next   *time.Timer // sends the next request
}

// standBy begins to watch ctx. After the grace from its end on, the wire is closed, and
// with it every exchange on the connection ends.
func standBy(ctx context.Context, r *run) *canceller {
	c := &canceller{grace: r.q.Grace, pool: r.q.Standby, wire: r.wire, request: r.requestCancel, notices: r.checksClient.Load, pause: retry}
	c.stop = context.AfterFunc(ctx, c.cancel)
	return c
}

// giveUp cancels the query although ctx has not ended.
func (c *canceller) giveUp() {
	if c.stop() {
		c.cancel()
	}
}

// cancel sends cancel requests until the query has ended or the grace is over.
func (c *canceller) cancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.since = time.Now()
		c.late = time.AfterFunc(c.grace, c.wire.close) // before pgconn would cancel once more
		c.pool.Go(c.tell)
	}
}

// tell sends one request, and schedules the next one after a pause. The pause is at least
// as long as the wait for its turn was, because others may still be waiting for their turn.
func (c *canceller) tell() {
	// If other sources are cancelled at the same moment, they are counted below.
	runtime.Gosched()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.wire.isClosed() {
		return
	}
	late := time.Since(c.since) > c.grace/requestsShare || c.pool.Waiting() > mostRequests
	if c.next == nil && late && c.notices() {
		c.closed = true
		c.wire.close()
		return
	}
	if c.request(c.since.Add(c.grace)) == nil {
		c.sent = true
	}
	c.next = time.AfterFunc(max(c.pause, time.Since(c.since)), func() { c.pool.Go(c.tell) })
	c.pause *= 2
}

// yield lets the cancel requests of other sources go first, if the query was cancelled:
// reading the answers of thousands of servers must not delay the requests to the rest,
// whose queries would keep running. It waits for half of the grace at most.
func (c *canceller) yield() {
	c.mu.Lock()
	since := c.since
	c.mu.Unlock()
	if !since.IsZero() {
		c.pool.AwaitStart(time.Until(since.Add(c.grace / 2)))
	}
}

// end ends the watch when there is nothing more to cancel or no more time for it. Seen says
// that the server has reported the end of the query.
func (c *canceller) end(seen bool) driver.Cancel {
	unneeded := c.stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	for _, t := range []*time.Timer{c.late, c.next} {
		if t != nil {
			t.Stop()
		}
	}
	switch {
	case unneeded:
		return driver.NotNeeded
	case c.sent && !seen:
		return driver.Sent
	case c.closed && !seen:
		return driver.Closed
	case !seen:
		return driver.Unknown
	}
	return driver.Confirmed
}

// requestCancel sends a cancel request and waits until the server has received it, but no
// longer than until the given time.
//
// Thousands of requests may be sent at the same moment, and each must reach its server in
// the grace: its connection has none of the settings that a longer one needs.
func (r *run) requestCancel(by time.Time) error {
	if _, plain := r.conn.Conn().(*line); !plain { // if the query's connection uses TLS, the request must use it, too
		return r.conn.CancelRequest(context.Background())
	}
	dialer := net.Dialer{Deadline: by, KeepAlive: -1}
	conn, err := dialer.Dial(r.wire.network, r.wire.address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // it has been read to its end
	if err := conn.SetDeadline(by); err != nil {
		return err
	}
	const code = 80877102
	key := r.conn.SecretKey()
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 16), uint32(12+len(key)))
	b = binary.BigEndian.AppendUint32(b, code)
	b = append(binary.BigEndian.AppendUint32(b, r.conn.PID()), key...)
	if _, err := conn.Write(b); err != nil {
		return err
	}
	_, _ = conn.Read(b[:1]) // the server closes it when it has signalled the process
	return nil
}
