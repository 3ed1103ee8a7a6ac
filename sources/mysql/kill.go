// Killing a statement on its server. The driver only closes its socket, which a server
// notices only when it writes: a sleeping or computing statement would go on running.

package mysql

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/fanql/fanql/sources/driver"
)

// A killer ends the statement of one connection, once.
type killer struct {
	cfg      *mysql.Config // the victim's configuration: TLS, account, password
	security security
	victim   *wire
	server   string // the victim's, from [identity]
	tag      string
	grace    time.Duration
	pool     *driver.Pool
	standby  *standby    // the standby connection if the network is slow; or nil
	running  atomic.Bool // a statement may be running on the server
	once     sync.Once
	state    driver.Cancel // valid after kill has returned
}

// kill ends the running statement, and returns when it is gone or the grace is over.
// All concurrent calls return only then. It outlives ctx, which is that of the Run, and
// is safe for concurrent use.
func (k *killer) kill(ctx context.Context) {
	k.once.Do(func() {
		if !k.running.Load() {
			return
		}
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), k.grace)
		defer stop()
		k.state = k.killWithin(ctx)
	})
}

// killWithin tries until it has reached the victim's server: one address may stand for
// several servers, and a connection may reach any of them.
func (k *killer) killWithin(ctx context.Context) driver.Cancel {
	if l := k.standby.take(ctx); l != nil {
		if state, ok := k.killThrough(ctx, l); ok || ctx.Err() != nil {
			return state
		}
		// The statement ended during the wait.
	}
	if k.server == "" { // its server could not be identified
		return driver.Unknown
	}
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		if state, ok := k.killSeparately(ctx); ok {
			return state
		}
		select {
		case <-ctx.Done():
			return driver.Unknown
		case <-time.After(pause):
		}
	}
}

// The pauses between two attempts to reach the victim's server: each costs a login.
const (
	firstPause   = 10 * time.Millisecond
	longestPause = 100 * time.Millisecond
)

// killSeparately kills the victim through a new connection. ok is false if that connection
// did not reach the victim's server.
func (k *killer) killSeparately(ctx context.Context) (state driver.Cancel, ok bool) {
	if !k.pool.Take(ctx) {
		return driver.Unknown, false
	}
	defer k.pool.Give()
	l, err := k.reach(ctx)
	if err != nil {
		return driver.Unknown, false
	}
	return k.killThrough(ctx, l)
}

// killThrough kills the victim and checks until it is gone. ok is false if the observer was
// useless. It closes the observer.
func (k *killer) killThrough(ctx context.Context, l *observer) (state driver.Cancel, ok bool) {
	defer l.close()
	state = driver.Unknown
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		switch {
		case l.seen.threads == 0:
			return driver.Confirmed, true
		case l.seen.ours > 0:
			// Kill the connection and not only its query: it is of no more use, and a
			// statement that was still on its way to the server ends with it. If the
			// connection has just ended, KILL returns an error; the next check finds
			// that out.
			if exec(ctx, l.conn, "KILL "+strconv.FormatUint(uint64(k.victim.greeting.Load().thread), 10)) == nil {
				state = driver.Sent
			}
		}
		select {
		case <-ctx.Done():
			return state, true
		case <-time.After(pause):
		}
		if k.look(ctx, l) != nil {
			return state, state == driver.Sent
		}
	}
}
