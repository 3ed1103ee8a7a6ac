// A kill over a slow line is prepared while the statement runs.

package mysql_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// A slowLine leads to the server, later each way; it counts its connections.
type slowLine struct {
	url   string
	count atomic.Int64
	cut   chan struct{} // once closed, the second connection ends
}

func slow(t *testing.T, db testdb.DB, latency time.Duration) *slowLine {
	t.Helper()
	u, err := url.Parse(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	u.RawQuery = "tls=false" // what is counted here are round trips without those of TLS
	l := &slowLine{cut: make(chan struct{})}
	u.Host = testkit.Serve(t, func(client net.Conn) {
		number := l.count.Add(1)
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
			late(up, client, latency)
			_ = up.Close()
		}()
		late(client, up, latency)
	})
	l.url = u.String()
	return l
}

func late(to io.Writer, from io.Reader, latency time.Duration) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		time.Sleep(latency)
		if _, failed := to.Write(buf[:n]); failed != nil || err != nil {
			return
		}
	}
}

const overSlowLines = "fanql:slow-line"

// sleepOver asks over the line and ends the statement once so many connections
// are there and meanwhile has returned.
func sleepOver(t *testing.T, db testdb.DB, l *slowLine, grace time.Duration, connections int, meanwhile func()) (r reply, took time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan reply)
	go func() {
		done <- runWith(ctx, source(t, l.url), ask.Question{SQL: "select sleep(20)", Tag: overSlowLines, Grace: grace}, nil)
	}()
	testkit.Eventually(t, patience, "the statement runs, and the connections are there", func() bool {
		return running(t, db, overSlowLines) == 1 &&
			db.Count(t, "select count(*) from information_schema.processlist where db = database() and id <> connection_id() and command in ('Sleep', 'Execute')") == connections
	})
	<-time.After(250 * time.Millisecond) // the second one looks
	meanwhile()
	begun := time.Now()
	cancel()
	r = <-done
	return r, time.Since(begun)
}

func TestOverASlowLineTheKillerStandsBy(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		l := slow(t, db, 80*time.Millisecond)
		const grace = 500 * time.Millisecond // three round trips
		r, took := sleepOver(t, db, l, grace, 2, func() {})
		if !errors.Is(r.err, context.Canceled) || r.answer.Cancel != ask.Confirmed || took > grace {
			t.Errorf("got %v, cancel %q, after %v", r.err, r.answer.Cancel, took)
		}
		lonely(t, db)
	})
}

func TestAKillerThatWasLostWhileItStoodByIsReplaced(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		l := slow(t, db, 80*time.Millisecond)
		const grace = 1250 * time.Millisecond // seven round trips
		r, took := sleepOver(t, db, l, grace, 2, func() {
			close(l.cut)
			testkit.Eventually(t, patience, "the second connection is gone", func() bool {
				return db.Count(t, "select count(*) from information_schema.processlist where db = database() and id <> connection_id()") == 1
			})
		})
		if n := l.count.Load(); n != 3 {
			t.Errorf("%d connections were made, want 3", n)
		}
		if r.answer.Cancel != ask.Confirmed || took > grace {
			t.Errorf("cancel is %q, after %v", r.answer.Cancel, took)
		}
		lonely(t, db)
	})
}

func TestAStatementThatEndsSoonHasNobodyStandBy(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		l := slow(t, db, 50*time.Millisecond)
		r := runWith(t.Context(), source(t, l.url), ask.Question{SQL: "select 1", Tag: overSlowLines, Grace: 300 * time.Millisecond}, nil)
		if n := l.count.Load(); r.err != nil || n != 1 {
			t.Errorf("%v, over %d connections", r.err, n)
		}
		lonely(t, db)
	})
}

// What stands by goes with the statement, whether or not it was ready by then.
func TestNobodyStandsByAfterTheEnd(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		for _, seconds := range []string{"0.3", "0.7", "1.5"} {
			l := slow(t, db, 50*time.Millisecond)
			r := runWith(t.Context(), source(t, l.url), ask.Question{SQL: "select sleep(" + seconds + ")", Tag: overSlowLines, Grace: 300 * time.Millisecond}, nil)
			if n := l.count.Load(); r.err != nil || n != 2 {
				t.Errorf("%v, over %d connections", r.err, n)
			}
			lonely(t, db)
		}
	})
}

// The deadline is known, so what is needed for it is there in time.
func TestADeadlineThatComesSoonHasTheKillerAtOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		l := slow(t, db, 80*time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), 2300*time.Millisecond)
		defer cancel()
		r := runWith(ctx, source(t, l.url), ask.Question{SQL: "select benchmark(1e12, 1)", Tag: overSlowLines, Grace: 600 * time.Millisecond}, nil)
		if r.answer.Cancel != ask.Confirmed {
			t.Errorf("cancel is %q", r.answer.Cancel)
		}
		lonely(t, db)
	})
}
