// After ctx has ended, no statement of the run is left on the server.

package mysql_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

const grace = time.Second

// running counts the statements on the server that have the tag.
func running(t testing.TB, db testdb.DB, tag string) int {
	return db.Count(t, "select count(*) from information_schema.processlist where info like ? and id <> connection_id()", "/* "+tag+" */%")
}

// awaitSleep waits until the test's statement is executing SLEEP.
func awaitSleep(t testing.TB, db testdb.DB) {
	testkit.Eventually(t, closeTimeout, "the statement sleeps", func() bool {
		return db.Count(t, "select count(*) from information_schema.processlist where db = database() and state = 'User sleep'") > 0
	})
}

func TestACancelledStatementIsGoneFromTheServer(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		db.Exec(t, "create function inner_sleep() returns int deterministic begin declare r int; select sleep(30) into r; return r; end")
		for _, c := range []struct {
			name, sql string
			phase     driver.Phase
			atRow     bool // cancel at the first rows; otherwise as soon as the statement runs
		}{
			{"asleep", "select sleep(30)", driver.Query, false},
			{"computing", "select benchmark(1e12, sha2('x', 256))", driver.Query, false},
			{"asleep in a function, where the process list shows another text", "select inner_sleep()", driver.Query, false},
			{"streaming", "select a.i, b.i, c.i, repeat('x', 500) from n a, n b, n c", driver.Stream, true},
			{"asleep between rows", "select i, if(i > 300, sleep(30), repeat('x', 1000)) from n", driver.Stream, true},
		} {
			t.Run(c.name, func(t *testing.T) {
				const tag = "fanql:kill-1.a"
				why := errors.New("timed out after 2s")
				limited, free := context.WithTimeout(t.Context(), 10*time.Second) // this limits the statement on the server, too, if the test fails
				defer free()
				ctx, cancel := context.WithCancelCause(limited)
				defer cancel(nil)
				var cancelled time.Time
				stop := func() {
					cancelled = time.Now()
					cancel(why)
				}
				done := make(chan reply)
				go func() {
					done <- runWith(ctx, source(t, db.URL), driver.Request{SQL: c.sql, Tag: tag, Grace: grace}, func(*row.Batch) error {
						if !cancelled.IsZero() {
							t.Error("rows come after the end")
						}
						if c.atRow {
							if strings.Contains(c.sql, "sleep") {
								awaitSleep(t, db)
							}
							stop()
						}
						return nil
					})
				}()
				if !c.atRow {
					testkit.Eventually(t, closeTimeout, "the statement runs", func() bool {
						return db.Count(t, "select count(*) from information_schema.processlist where db = database() and id <> connection_id() and command = 'Execute'") > 0
					})
					stop()
				}
				r := <-done
				if took := time.Since(cancelled); took > grace {
					t.Errorf("it took %v to return", took)
				}
				if n := running(t, db, tag); n != 0 {
					t.Errorf("%d statements are left on return", n)
				}
				e := r.failure(t)
				if e.Phase != c.phase || !errors.Is(e, why) || e.Error() != why.Error() {
					t.Errorf("got %v in %v", e, e.Phase)
				}
				if r.answer.Cancel != driver.Confirmed {
					t.Errorf("cancel is %q", r.answer.Cancel)
				}
				wantOnlyConnection(t, db)
			})
		}
	})
}

func TestAStatementWhoseRowsAreRefusedIsGoneFromTheServer(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		full := errors.New("the disk is full")
		// The batch that emit refuses is sent long before the statement would end.
		q := driver.Request{SQL: "select i, if(i > 300, sleep(30), repeat('x', 1000)) from n", Tag: "fanql:unwanted", Grace: grace}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // this limits the statement on the server, too, if the test fails
		defer cancel()
		var start time.Time
		r := runWith(ctx, source(t, db.URL), q, func(*row.Batch) error {
			awaitSleep(t, db)
			start = time.Now()
			return full
		})
		if took := time.Since(start); r.err != full || took > grace { //nolint:errorlint // the same error, not wrapped
			t.Errorf("got %v after %v", r.err, took)
		}
		if n := running(t, db, q.Tag); n != 0 {
			t.Errorf("%d statements are left", n)
		}
		wantOnlyConnection(t, db)
	})
}

func TestAKillIsBegunWhileEmitBlocks(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		q := driver.Request{SQL: "select i, if(i > 300, sleep(30), repeat('x', 1000)) from n", Tag: "fanql:blocked", Grace: grace}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // this limits the statement on the server, too, if the test fails
		defer cancel()
		r := runWith(ctx, source(t, db.URL), q, func(*row.Batch) error {
			awaitSleep(t, db)
			cancel()
			testkit.Eventually(t, closeTimeout, "the statement is gone", func() bool { return running(t, db, q.Tag) == 0 })
			return nil
		})
		if !errors.Is(r.err, context.Canceled) || r.answer.Cancel != driver.Confirmed {
			t.Errorf("got %v, cancel %q", r.err, r.answer.Cancel)
		}
	})
}

func TestWithoutGraceTheEndIsUnknown(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		r := runWith(ctx, source(t, db.URL), driver.Request{SQL: "select sleep(0.5)", Tag: "fanql:no-grace"}, nil)
		if r.answer.Cancel != driver.Unknown || !errors.Is(r.err, context.DeadlineExceeded) {
			t.Errorf("cancel is %q, error %v", r.answer.Cancel, r.err)
		}
		wantOnlyConnection(t, db)
	})
}

func TestBehindAPortForwarderTheStatementIsFoundByItsTag(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		r := throughProxy(t, db, func([]byte) {}, "select sleep(30)")
		if r.answer.Cancel != driver.Confirmed {
			t.Errorf("cancel is %q", r.answer.Cancel)
		}
		wantOnlyConnection(t, db)
	})
}

func TestBehindAProxyThatHidesThreadIDsNobodyIsKilled(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		number := byte(0)
		hide := func(greeting []byte) {
			for i, b := range greeting[5:] {
				if b == 0 { // the version ends here, and the thread id follows
					number++
					copy(greeting[5+i+1:], []byte{number, 0, 0, 0})
					return
				}
			}
		}
		r := throughProxy(t, db, hide, "select sleep(0.5)")
		if r.answer.Cancel != driver.Unknown {
			t.Errorf("cancel is %q", r.answer.Cancel)
		}
		wantOnlyConnection(t, db)
	})
}

// An address may lead to several servers. The second connection may reach another server,
// whose process list does not show the statement.
func TestAnotherServerBehindTheSameAddressConfirmsNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		var server string
		if err := db.SQL.QueryRowContext(t.Context(), "select concat_ws(' ', @@hostname, @@port)").Scan(&server); err != nil {
			t.Fatal(err)
		}
		other := strings.Repeat("x", len(server))
		var connections atomic.Int32
		r := throughForwarder(t, db, func(client net.Conn, up net.Conn) {
			if connections.Add(1) == 1 {
				_, _ = io.Copy(client, up)
				return
			}
			packet := make([]byte, 64<<10)
			for {
				n, err := up.Read(packet)
				if _, failed := client.Write(bytes.ReplaceAll(packet[:n], []byte(server), []byte(other))); failed != nil || err != nil {
					return
				}
			}
		}, "select sleep(2)")
		if r.answer.Cancel != driver.Unknown {
			t.Errorf("cancel is %q", r.answer.Cancel)
		}
		if n := running(t, db, "fanql:proxied"); n != 1 {
			t.Errorf("%d statements run, want the one that was not ours to kill", n)
		}
		wantOnlyConnection(t, db)
	})
}

// throughProxy runs a statement through a forwarder that may change the server's
// greetings. The deadline passes while the statement runs.
func throughProxy(t *testing.T, db testdb.DB, change func(greeting []byte), sql string) reply {
	t.Helper()
	return throughForwarder(t, db, func(client, up net.Conn) {
		greeting := make([]byte, 4096)
		n, err := up.Read(greeting)
		if err != nil {
			return
		}
		change(greeting[:n])
		if _, err := client.Write(greeting[:n]); err != nil {
			return
		}
		_, _ = io.Copy(client, up)
	}, sql)
}

// throughForwarder runs a statement through a forwarder in which down copies from the
// server to the client. The deadline passes while the statement runs.
func throughForwarder(t *testing.T, db testdb.DB, down func(client, up net.Conn), sql string) reply {
	t.Helper()
	u, err := url.Parse(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	u.RawQuery = "tls=false" // so that the forwarder can read the traffic
	u.Host = testkit.Serve(t, func(client net.Conn) {
		up, err := new(net.Dialer).DialContext(t.Context(), "tcp", server)
		if err != nil {
			t.Error(err)
			return
		}
		defer up.Close()
		go func() {
			_, _ = io.Copy(up, client)
			_ = up.Close()
		}()
		down(client, up)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	return runWith(ctx, source(t, u.String()), driver.Request{SQL: sql, Tag: "fanql:proxied", Grace: grace / 2}, nil)
}

func TestASilentServerEndsWithTheDeadlineInConnect(t *testing.T) {
	for _, c := range []struct{ name, says string }{
		{"silent", ""},
		{"half a greeting", "\x4a\x00\x00\x00\x0a8.0.36"},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr := testkit.Serve(t, func(client net.Conn) {
				_, _ = client.Write([]byte(c.says))
				_, _ = io.Copy(io.Discard, client)
			})
			why := errors.New("timed out after 150ms")
			ctx, cancel := context.WithTimeoutCause(t.Context(), 150*time.Millisecond, why)
			defer cancel()
			start := time.Now()
			r := runWith(ctx, source(t, "mysql://u:S3CRET@"+addr+"/db"), driver.Request{SQL: "select 1", Tag: "x", Grace: grace}, nil)
			e := r.failure(t)
			if e.Phase != driver.Connect || !errors.Is(e, why) || r.answer.Cancel != driver.NotNeeded {
				t.Errorf("got %v in %v, cancel %q", e, e.Phase, r.answer.Cancel)
			}
			if took := time.Since(start); took > 400*time.Millisecond {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestWhatIsNotAMySQLServerIsReportedAsSuch(t *testing.T) {
	for _, c := range []struct{ name, says, want string }{
		{"another protocol", "SSH-2.0-OpenSSH_9.2\r\n", "does not speak the MySQL protocol"},
		{"a greeting too short to be one", "\x05\x00\x00\x00\x0a8.0\x00", "does not speak the MySQL protocol"},
		{"hung up", "", "the server closed the connection"},
		{"hung up in the greeting", "\x4a\x00\x00\x00\x0a8.0.36", "the server closed the connection"},
		{"full", "\x17\x00\x00\x00\xff\x10\x04#08004Too many conns", "Too many conns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr := testkit.Serve(t, func(client net.Conn) { _, _ = client.Write([]byte(c.says)) })
			r := run(t, source(t, "mysql://u:S3CRET@"+addr+"/db"), driver.Request{SQL: "select 1"})
			e := r.failure(t)
			phase := driver.Connect
			if c.name == "full" { // only this server refuses a login
				phase = driver.Auth
			}
			if e.Phase != phase || !strings.Contains(e.Error(), c.want) {
				t.Errorf("got %v in %v", e, e.Phase)
			}
		})
	}
}
