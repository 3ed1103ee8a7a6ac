// Cancelling: the server is told to end the query, over a connection beside,
// and the query's own connection shows that it has.

package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fanql/fanql/sources/driver"
)

// again is how long after a cancel request the next one follows, and twice as long
// each time after that. One that reaches the server before the query does is lost
// without a trace; but each costs the server a process.
const again = 100 * time.Millisecond

// A canceller waits for a context to be done and then tells the server to
// cancel, until the query has ended.
//
// pgconn would do so by itself for a context that it is given, but closes the
// connection first and cancels unseen; so it is given none that ends, and the
// connection stays to hear what the server says, until the wire is closed.
type canceller struct {
	grace  time.Duration
	beside driver.Pool
	conn   *pgconn.PgConn
	wire   *wire
	ended  chan struct{} // closed by end
	sent   chan bool     // one value: whether a request has reached the server
	stop   func() bool   // the watch
}

// standBy begins to watch ctx. After the grace from its end on, the wire is closed, and
// with it every exchange on the connection ends.
func standBy(ctx context.Context, r *run) *canceller {
	c := &canceller{grace: r.q.Grace, beside: r.q.Standby, conn: r.conn, wire: r.wire, ended: make(chan struct{}), sent: make(chan bool, 1)}
	c.stop = context.AfterFunc(ctx, c.cancel)
	return c
}

// giveUp cancels the query although ctx has not ended.
func (c *canceller) giveUp() {
	if c.stop() {
		go c.cancel()
	}
}

// cancel tells the server to cancel, until the query has ended or the grace is over.
func (c *canceller) cancel() {
	ctx, stop := context.WithTimeout(context.Background(), c.grace)
	defer stop()
	defer context.AfterFunc(ctx, c.wire.close)() // before stop; and before pgconn would cancel once more
	sent := false
	for pause := again; ; pause *= 2 {
		if c.beside.Take(ctx) {
			if c.conn.CancelRequest(ctx) == nil {
				sent = true
			}
			c.beside.Give()
		}
		select {
		case <-c.ended:
		case <-ctx.Done():
		case <-time.After(pause):
			continue
		}
		if ctx.Err() != nil {
			c.wire.close() // what is to do it may have been called off just before it began
		}
		c.sent <- sent
		return
	}
}

// end ends the watch when there is nothing more to cancel or no more time for
// it. Seen is whether the server has said that the query ended.
func (c *canceller) end(seen bool) driver.Cancel {
	close(c.ended)
	switch {
	case c.stop():
		return driver.NotNeeded
	case <-c.sent && !seen:
		return driver.Sent
	case !seen:
		return driver.Unknown
	}
	return driver.Confirmed
}
