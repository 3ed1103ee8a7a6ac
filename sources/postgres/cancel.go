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
// connection first and cancels unseen; so it is given one that outlives the
// caller's by the grace, and the connection stays to hear what the server says.
type canceller struct {
	ended chan struct{} // closed by end
	sent  chan bool     // one value: whether a request has reached the server
	stop  func() bool
}

// standBy begins to watch ctx. From its end on, kill is called after the grace,
// which ends hard and with it every exchange on the connection.
func standBy(ctx, hard context.Context, kill func(), grace time.Duration, conn *pgconn.PgConn) *canceller {
	c := &canceller{ended: make(chan struct{}), sent: make(chan bool, 1)}
	c.stop = context.AfterFunc(ctx, func() {
		defer time.AfterFunc(grace, kill).Stop()
		sent := false
		for pause := again; ; pause *= 2 {
			if conn.CancelRequest(hard) == nil {
				sent = true
			}
			select {
			case <-c.ended:
			case <-hard.Done():
			case <-time.After(pause):
				continue
			}
			c.sent <- sent
			return
		}
	})
	return c
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
