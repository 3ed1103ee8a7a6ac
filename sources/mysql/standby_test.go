// Over a slow line, the standby connection for a KILL is opened while the statement runs.
// The line is far slower than the busiest machine, so that the tests measure round trips.

package mysql_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// latency is the delay of a slow line in each direction.
const latency = 150 * time.Millisecond

// A slowLine forwards to the server, delays both directions, and records the traffic.
type slowLine struct {
	url   string
	cut   chan struct{} // when it is closed, the second connection ends
	mu    sync.Mutex
	count int // number of connections
	said  []utterance
}

// An utterance is what one side of a connection has sent at one time.
type utterance struct {
	connection int // numbered from 1
	client     bool
	text       string
}

func newSlowLine(t *testing.T, db testdb.DB) *slowLine {
	t.Helper()
	u, err := url.Parse(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	u.RawQuery = "tls=false" // so that TLS adds no round trips, and the line can read the traffic
	l := &slowLine{cut: make(chan struct{})}
	u.Host = testkit.Serve(t, func(client net.Conn) {
		l.mu.Lock()
		l.count++
		number := l.count
		l.mu.Unlock()
		up, err := new(net.Dialer).DialContext(t.Context(), "tcp", server)
		if err != nil {
			return
		}
		defer up.Close()
		if number == 2 {
			go func() {
				select {
				case <-l.cut:
				case <-t.Context().Done():
				}
				_ = client.Close()
			}()
		}
		go func() {
			late(up, client, func(text string) { l.hear(utterance{number, true, text}) })
			_ = up.Close()
		}()
		late(client, up, func(text string) { l.hear(utterance{number, false, text}) })
	})
	l.url = u.String()
	return l
}

// late forwards what it reads after the latency, and passes it to tell.
func late(to io.Writer, from io.Reader, tell func(string)) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		time.Sleep(latency)
		if n > 0 {
			tell(string(buf[:n]))
		}
		if _, failed := to.Write(buf[:n]); failed != nil || err != nil {
			return
		}
	}
}

func (l *slowLine) hear(u utterance) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = append(l.said, u)
}

// connections returns the number of connections that were opened.
func (l *slowLine) connections() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// sent returns what a client has sent on a connection.
func (l *slowLine) sent(connection int) (texts []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, u := range l.said {
		if u.connection == connection && u.client {
			texts = append(texts, u.text)
		}
	}
	return texts
}

// standbyReady reports whether the standby connection, which is the second, has queried the
// target of the KILL and received the answer.
func (l *slowLine) standbyReady() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	looked, answered := false, false
	for _, u := range l.said {
		if u.connection == 2 {
			looks := u.client && strings.Contains(u.text, "CONNECTION_ID()")
			looked, answered = looked || looks, looked && !looks
		}
	}
	return answered
}

const overSlowLines = "fanql:slow-line"

// sleepOver runs a statement over the line. It waits until the standby connection is
// ready, calls meanwhile, and cancels the statement. before is the number of texts sent
// on the standby connection before the cancel.
func sleepOver(t *testing.T, db testdb.DB, l *slowLine, grace time.Duration, meanwhile func()) (r reply, took time.Duration, before int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan reply)
	go func() {
		done <- runWith(ctx, source(t, l.url), driver.Request{SQL: "select sleep(60)", Tag: overSlowLines, Grace: grace}, nil)
	}()
	awaitSleep(t, db)
	testkit.Eventually(t, 30*time.Second, "the standby connection is ready", l.standbyReady)
	meanwhile()
	before = len(l.sent(2))
	begun := time.Now()
	cancel()
	r = <-done
	return r, time.Since(begun), before
}

func TestOverASlowLineAStandbyIsReady(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		l := newSlowLine(t, db)
		const grace = 2400 * time.Millisecond // the KILL needs two round trips
		r, took, before := sleepOver(t, db, l, grace, func() {})
		if !errors.Is(r.err, context.Canceled) || r.answer.Cancel != driver.Confirmed || took > grace {
			t.Errorf("got %v, cancel %q, after %v", r.err, r.answer.Cancel, took)
		}
		if sent := l.sent(2)[before:]; len(sent) == 0 || !strings.Contains(sent[0], "KILL ") {
			t.Errorf("the first text after the cancel is not the KILL: %q", sent)
		}
		if n := l.connections(); n != 2 {
			t.Errorf("%d connections were made, want 2", n)
		}
		wantOnlyConnection(t, db)
	})
}

func TestALostStandbyIsReplaced(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		l := newSlowLine(t, db)
		const grace = 2400 * time.Millisecond // eight round trips, of which the KILL needs five
		r, took, _ := sleepOver(t, db, l, grace, func() {
			close(l.cut)
			testkit.Eventually(t, closeTimeout, "the second connection is gone", func() bool {
				return db.Count(t, "select count(*) from information_schema.processlist where db = database() and id <> connection_id()") == 1
			})
		})
		if n := l.connections(); n != 3 {
			t.Errorf("%d connections were made, want 3", n)
		}
		if r.answer.Cancel != driver.Confirmed || took > grace {
			t.Errorf("cancel is %q, after %v", r.answer.Cancel, took)
		}
		wantOnlyConnection(t, db)
	})
}

func TestAStatementThatEndsSoonHasNoStandby(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		l := newSlowLine(t, db)
		r := runWith(t.Context(), source(t, l.url), driver.Request{SQL: "select 1", Tag: overSlowLines, Grace: 300 * time.Millisecond}, nil)
		if n := l.connections(); r.err != nil || n != 1 {
			t.Errorf("%v, over %d connections", r.err, n)
		}
		wantOnlyConnection(t, db)
	})
}

// The standby connection is closed when the statement ends, whether or not it was ready.
func TestTheStandbyEndsWithTheStatement(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		for i, c := range []struct {
			when string
			is   func(*slowLine) bool
		}{
			{"it has been dialled", func(l *slowLine) bool { return l.connections() == 2 }},
			{"it logs in", func(l *slowLine) bool { return len(l.sent(2)) > 0 }},
			{"it is ready", (*slowLine).standbyReady},
		} {
			l := newSlowLine(t, db)
			lock := fmt.Sprintf("%s.%d", l.url[strings.LastIndexByte(l.url, ':'):], i) // not used by any other test
			holder, err := db.SQL.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := holder.ExecContext(t.Context(), "do get_lock(?, 0)", lock); err != nil {
				t.Fatal(err)
			}
			done := make(chan reply)
			go func() {
				q := driver.Request{SQL: "select get_lock('" + lock + "', 60)", Tag: overSlowLines, Grace: 300 * time.Millisecond}
				done <- runWith(t.Context(), source(t, l.url), q, nil)
			}()
			testkit.Eventually(t, 30*time.Second, c.when, func() bool { return c.is(l) })
			if _, err := holder.ExecContext(t.Context(), "do release_lock(?)", lock); err != nil {
				t.Error(err)
			}
			if err := holder.Close(); err != nil {
				t.Error(err)
			}
			r := <-done
			if n := l.connections(); r.err != nil || n != 2 || len(r.rows) != 1 || r.rows[0][0] != "1" {
				t.Errorf("once %s: %v, %v, over %d connections", c.when, r.err, r.rows, n)
			}
			wantOnlyConnection(t, db)
		}
	})
}

// The deadline is known in advance, so the standby connection is ready before it.
func TestAnEarlyDeadlineHasItsStandbyInTime(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		l := newSlowLine(t, db)
		ctx, cancel := context.WithTimeout(t.Context(), 4300*time.Millisecond)
		defer cancel()
		r := runWith(ctx, source(t, l.url), driver.Request{SQL: "select benchmark(1e12, 1)", Tag: overSlowLines, Grace: 1100 * time.Millisecond}, nil)
		if r.answer.Cancel != driver.Confirmed {
			t.Errorf("cancel is %q", r.answer.Cancel)
		}
		if n := l.connections(); n != 2 {
			t.Errorf("%d connections were made, want 2", n)
		}
		wantOnlyConnection(t, db)
	})
}
