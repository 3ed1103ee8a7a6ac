// Cancel requests in virtual time: when each is sent, which of thousands are sent first,
// and what happens to those for which there is no time.

package postgres

import (
	"context"
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// A cancelling is a canceller that records when each request is sent, counted from the
// cancel.
type cancelling struct {
	*canceller
	at []time.Duration
}

// cancelled returns a canceller of a query that is cancelled now.
func cancelled(pool *driver.Pool, grace time.Duration, notices bool) *cancelling {
	r := new(cancelling)
	began := time.Now()
	request := func(time.Time) error {
		r.at = append(r.at, time.Since(began))
		return nil
	}
	r.canceller = &canceller{grace: grace, pool: pool, wire: new(wire), request: request, notices: func() bool { return notices }, pause: retry}
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = context.AfterFunc(ctx, r.cancel)
	cancel()
	synctest.Wait()
	return r
}

func (r *cancelling) sentAt(t *testing.T, want ...time.Duration) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.at, want) {
		t.Errorf("requests were sent at %v, want %v", r.at, want)
	}
}

const ms = time.Millisecond

func TestACancelRequestIsRepeatedAfterLongerAndLongerPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := cancelled(nil, 2*time.Second, true)
		time.Sleep(time.Minute)
		r.sentAt(t, 0, 100*ms, 300*ms, 700*ms, 1500*ms)
		if end := r.end(false); end != driver.Sent {
			t.Errorf("the cancel is %q", end)
		}
	})
}

// If a request had to wait for its turn, others still wait. Their requests come before its
// repetition.
func TestACancelRequestIsNotRepeatedSoonerThanItsTurnCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := driver.NewPool(1)
		pool.Take(t.Context())
		r := cancelled(pool, 10*time.Second, false)
		time.Sleep(500 * ms)
		pool.Give()
		time.Sleep(time.Minute)
		r.sentAt(t, 500*ms, time.Second, 2*time.Second, 4*time.Second, 8*time.Second)
		_ = r.end(false)
	})
}

func TestAnAnswerWaitsUntilTheCancelRequestsOfOthersHaveStarted(t *testing.T) {
	for name, c := range map[string]struct {
		takes, want time.Duration // the duration of a request; when the answer may be read
	}{
		"they start soon": {100 * ms, 200 * ms},
		"they do not start within half of the grace": {time.Minute, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := driver.NewPool(1)
				for range 3 {
					pool.Go(func() { time.Sleep(c.takes) })
				}
				began := time.Now()
				cancelled := &canceller{grace: 10 * time.Second, pool: pool, since: began}
				if cancelled.yield(); time.Since(began) != c.want {
					t.Errorf("it waited for %s, want %s", time.Since(began), c.want)
				}
				running := &canceller{grace: time.Second, pool: pool}
				if running.yield(); time.Since(began) != c.want {
					t.Error("a source that was not cancelled waited")
				}
				time.Sleep(time.Hour)
			})
		})
	}
}

// A source takes a buffer for the server's answer only after the cancel requests of others.
func TestARunReadsItsAnswerAfterItHasYielded(t *testing.T) {
	server, client := net.Pipe()
	go func() {
		_, _ = server.Write([]byte{'Z', 0, 0, 0, 5, 'I'})
	}()
	r := &run{messages: newMessages(client)}
	r.seat = newSeat(r.messages, io.Discard)
	yielded := false
	r.yield = func() { yielded = r.seat.desk == nil && r.messages.Buffered() > 0 }
	if err := r.await(); err != nil {
		t.Fatal(err)
	}
	if !yielded || r.seat.desk == nil {
		t.Error("the answer was read before the requests of others were sent")
	}
}

// There is no time for the requests of thousands of sources. A server that notices a closed
// connection needs no request.
func TestACancelWhoseTurnComesLateClosesTheConnection(t *testing.T) {
	for name, c := range map[string]struct {
		turn    time.Duration
		notices bool
		seen    bool
		sent    int
		want    driver.Cancel
	}{
		"the server notices the close":               {100 * ms, true, false, 0, driver.Closed},
		"the end of the query is seen nevertheless":  {200 * ms, true, true, 0, driver.Confirmed},
		"the server does not notice the close":       {200 * ms, false, false, 1, driver.Sent},
		"the turn comes within a tenth of the grace": {80 * ms, true, false, 1, driver.Sent},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := driver.NewPool(1)
				pool.Take(t.Context())
				r := cancelled(pool, 900*ms, c.notices)
				if r.wire.isClosed() {
					t.Error("the connection was closed before its turn could come")
				}
				time.Sleep(c.turn)
				pool.Give()
				synctest.Wait()
				if closed := r.wire.isClosed(); closed != (c.sent == 0) {
					t.Errorf("the connection is closed: %v", closed)
				}
				if end := r.end(c.seen); end != c.want || len(r.at) != c.sent {
					t.Errorf("the cancel is %q after %d requests, want %q after %d", end, len(r.at), c.want, c.sent)
				}
			})
		})
	}
}

// If there are more cancels than requests can be sent in time, the first sources close
// their connections at once, if their servers notice that.
func TestOfTooManyCancelsTheFirstCloseTheirConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const more = 50
		pool := driver.NewPool(1)
		pool.Take(t.Context())
		all := make([]*cancelling, mostRequests+more)
		for i := range all {
			all[i] = cancelled(pool, 900*ms, i != 0)
		}
		pool.Give()
		synctest.Wait()
		for i, r := range all {
			// When a source has its turn, the sources behind it wait.
			close := i > 0 && len(all)-1-i > mostRequests
			want, sent := driver.Sent, 1
			if close {
				want, sent = driver.Closed, 0
			}
			if end := r.end(false); end != want || len(r.at) != sent || r.wire.isClosed() != close {
				t.Errorf("number %d: the cancel is %q after %d requests, want %q", i, end, len(r.at), want)
			}
		}
	})
}
