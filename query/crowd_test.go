// Servers that accept fewer connections than there are sources, in virtual time.

package query

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// full is a server that accepts room connections.
type full struct {
	room  int
	login time.Duration // how long a login takes
	lag   time.Duration // how long it still counts a connection that was closed
	query time.Duration

	mu       *sync.Mutex
	out, now int // sources that run, and connections
	refused  int
	first    time.Time // time of the first refusal
	most     int       // maximum of sources running, when one began after the first refusal
}

var errFull = &driver.Error{Phase: driver.Auth, Code: "53300", Retry: driver.Crowded, Err: errors.New("sorry, too many clients already")}

func (s *full) count(out, now int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out, s.now = s.out+out, s.now+now
}

// serve connects, waits as long as a query takes, and closes the connection.
func (s *full) serve(ctx context.Context, sc *script) error {
	s.count(1, 0)
	defer s.count(-1, 0)
	s.mu.Lock()
	if s.refused > 0 && time.Now().After(s.first) { // sources that began at the time of the first refusal do not count
		s.most = max(s.most, s.out)
	}
	s.mu.Unlock()
	sc.p.Enter(driver.Auth)
	if s.take() {
		return errFull
	}
	defer func() {
		if s.lag == 0 {
			s.count(0, -1)
			return
		}
		time.AfterFunc(s.lag, func() { s.count(0, -1) })
	}()
	if err := after(s.login)(ctx, sc); err != nil {
		return err
	}
	sc.p.Enter(driver.Query)
	return after(s.query)(ctx, sc)
}

// take reports whether the server refuses a connection; otherwise it counts one more.
func (s *full) take() (refused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now >= s.room {
		if s.refused++; s.refused == 1 {
			s.first = time.Now()
		}
		return true
	}
	s.now++
	return false
}

// runCrowd runs n sources on the server, with the given limit and few concurrent logins. It
// returns how they ended, and the time that all of them took together.
func runCrowd(ctx context.Context, s *full, n, most int, timeout time.Duration) (map[string]seen, time.Duration) {
	s.mu = new(sync.Mutex)
	one := &Limit{What: "most", Most: most, Server: "db:1"}
	few := &Limit{What: "few", Most: 16, Until: driver.Query, AtMost: 50 * time.Millisecond, Idle: func() bool { return true }}
	var tasks []Task
	for i := range n {
		tasks = append(tasks, limited(source(fmt.Sprint(i), s.serve, rows(1)), one, few))
	}
	start := time.Now()
	got := gather(ctx, Options{Timeout: timeout}, tasks...)
	return got, time.Since(start)
}

func TestAFullServerRunsAsManySourcesAsItAccepts(t *testing.T) {
	for name, c := range map[string]struct {
		server  full
		sources int
	}{
		"room for 5 of 40":                {full{room: 5, query: 200 * time.Millisecond}, 40},
		"logins that take time":           {full{room: 5, login: 5 * time.Millisecond, query: 200 * time.Millisecond}, 40},
		"logins that take long":           {full{room: 20, login: 400 * time.Millisecond, query: 100 * time.Millisecond}, 200},
		"places that are free a bit late": {full{room: 5, login: 2 * time.Millisecond, lag: 5 * time.Millisecond, query: 200 * time.Millisecond}, 40},
		"room for 50 of 200":              {full{room: 50, login: 3 * time.Millisecond, query: 300 * time.Millisecond}, 200},
		"room for one":                    {full{room: 1, login: time.Millisecond, query: 50 * time.Millisecond}, 40},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				best := c.server
				_, want := runCrowd(t.Context(), &best, c.sources, c.server.room, 0)
				s := c.server
				got, took := runCrowd(t.Context(), &s, c.sources, c.sources, 0)
				var notes []string
				for i, o := range got {
					if o.State != OK || o.Attempts != 1 {
						t.Errorf("source %s: %s after %d attempts: %v", i, o.State, o.Attempts, o.Err)
					}
					notes = append(notes, o.Warnings...)
				}
				t.Logf("%v, and %v with the best limit; %d refusals", took, want, s.refused)
				if s.refused == 0 || took > want*13/10 {
					t.Errorf("%v after %d refusals, %v with the best limit", took, s.refused, want)
				}
				if s.most > c.server.room+1 {
					t.Errorf("%d at once after the first refusal, where %d have room", s.most, c.server.room)
				}
				if len(notes) != 1 || !strings.Contains(notes[0], fmt.Sprintf("db:1 refused more than %d connections at once, and %d sources took turns: per_server: %d ", c.server.room, c.sources, c.server.room)) {
					t.Errorf("%d notes: %q", len(notes), notes)
				}
			})
		})
	}
}

// Other programs may hold all connections for a while. The server is tried until the
// deadline, less and less often.
func TestAServerWithoutConnectionsIsTriedUntilTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &full{query: time.Millisecond}
		got, took := runCrowd(t.Context(), s, 3, 3, 10*time.Second)
		if took != 10*time.Second || s.refused < 10 || s.refused > 30 {
			t.Errorf("%v, %d refusals", took, s.refused)
		}
		for i, o := range got {
			want := "timed out after 10s: its turn had not come (db:1 takes 1 at once): sorry, too many clients already"
			if o.State != Skipped || o.Err.Error() != want || o.Code() != "53300" || o.Phase != driver.Waiting || o.Attempts != 0 {
				t.Errorf("source %s: %s in %s after %d attempts: %v [%s]", i, o.State, o.Phase, o.Attempts, o.Err, o.Code())
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := &full{query: time.Millisecond}
		time.AfterFunc(5*time.Second, func() { s.count(0, -1) }) // another program has closed its connection
		got, took := runCrowd(t.Context(), s, 1, 1, time.Minute)
		check(t, got["0"], OK, took, 1)
		if took > 6600*time.Millisecond || len(got["0"].Warnings) != 1 || got["0"].Warnings[0] != "db:1 had no connection left at first, and was tried again" {
			t.Errorf("%v: %q", took, got["0"].Warnings)
		}
	})
}

// A refused source keeps its own timeout, and an interrupt ends its wait.
func TestARefusedSourceEndsInItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, s := &Limit{What: "one", Most: 2, Server: "db:1"}, &full{mu: new(sync.Mutex)}
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("interrupted")
		time.AfterFunc(5*time.Second, func() { cancel(gone) })
		own := limited(source("own", s.serve, rows(1)), one)
		own.Timeout = 2 * time.Second
		got := gather(ctx, Options{Timeout: time.Minute}, own, limited(source("other", s.serve, rows(1)), one))
		check(t, got["own"], Skipped, 2*time.Second, 0)
		check(t, got["other"], Canceled, 5*time.Second, 0)
		if !errors.Is(got["other"].Err, gone) {
			t.Error(got["other"].Err)
		}
	})
}

// Without a limit for the server, a refusal is like any other temporary error.
func TestARefusalWithoutALimitIsTriedThreeTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := gather(t.Context(), Options{Timeout: time.Minute}, source("a", (&full{mu: new(sync.Mutex)}).serve))["a"]
		if got.State != Failed || got.Attempts != 3 {
			t.Errorf("%s after %d attempts", got.State, got.Attempts)
		}
	})
}
