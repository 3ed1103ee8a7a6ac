// Cancelling: no query is left on the server, and the reported result of the cancel is
// correct.

package postgres

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

const (
	running     = "select count(*) from pg_stat_activity where datname = current_database() and state = 'active' and query like '%fanql:t_st%' and pid <> pg_backend_pid()"
	connections = "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'fanql'"
)

var errStop = errors.New("stopped by the test")

// mostWait is how long a busy server may still show a connection that has been closed.
const mostWait = 20 * time.Second

// awaitNoConnections waits until no connection of the source is left.
func awaitNoConnections(t testing.TB, db testdb.DB) {
	t.Helper()
	testkit.Eventually(t, mostWait, "no connection left", func() bool { return db.Count(t, connections) == 0 })
}

// countSurvivors counts the source's queries that still run. The pattern does not match the
// query that counts.
func countSurvivors(t testing.TB, db testdb.DB) int {
	t.Helper()
	return db.Count(t, running)
}

func TestCancelLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql   string
		phase driver.Phase
		sent  bool // the server need not confirm the end
	}{
		"while it sleeps":        {"select pg_sleep(60)", driver.Query, false},
		"while it counts":        {"select count(*) from generate_series(1, 1000000000000)", driver.Query, false},
		"while rows come":        {"select generate_series(1, 1000000000000), repeat('x', 100)", driver.Stream, false},
		"while rows come slowly": {"select generate_series(1, 1000000), pg_sleep(0.01), repeat('x', 9000)", driver.Stream, false},
		// The rest of such a row comes before the end of the query. Reading it may take
		// longer than the grace period.
		"while one huge row comes": {"select generate_series(1, 1000), repeat('x', 20000000)", driver.Stream, true},
	} {
		t.Run(name, func(t *testing.T) {
			db := testdb.Postgres(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			s := open(t, db.URL)
			var o outcome
			done := make(chan struct{})
			var p driver.Progress
			go func() {
				defer close(done)
				o.answer, o.err = s.Run(ctx, request(c.sql), &p, func(b *row.Batch) error { b.Release(); return nil })
			}()
			testkit.Eventually(t, mostWait, "the query runs", func() bool { return p.Phase() == c.phase && countSurvivors(t, db) == 1 })
			begun := time.Now()
			cancel(errStop)
			<-done
			took := time.Since(begun)
			if c.sent && o.answer.Cancel == driver.Sent {
				testkit.Eventually(t, mostWait, "the query ends", func() bool { return countSurvivors(t, db) == 0 })
				o.answer.Cancel = driver.Confirmed // the test has confirmed it
			}
			if n := countSurvivors(t, db); n != 0 {
				t.Errorf("%d queries survive", n)
			}
			if e := failed(t, o); !errors.Is(e, errStop) || e.Phase != c.phase {
				t.Errorf("got %v in %s, want our cause in %s", e, e.Phase, c.phase)
			}
			if o.answer.Cancel != driver.Confirmed {
				t.Errorf("cancel is %q, want confirmed", o.answer.Cancel)
			}
			if took > soon && !c.sent {
				t.Errorf("it took %v", took)
			}
			awaitNoConnections(t, db)
		})
	}
}

// For a near server the driver requests the columns first. This request already waits for
// the lock.
func TestACancelWhileTheColumnsAreAwaited(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	db.Exec(t, "create table locked (i int)")
	conn, err := db.SQL.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "begin; lock table locked in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	for _, close := range []time.Duration{time.Hour, 0} {
		s := open(t, db.URL)
		s.near = close
		o := runAndCancel(t, s, request("select * from locked"), "the lock is awaited", func() bool {
			return db.Count(t, running+" and wait_event_type = 'Lock'") == 1
		})
		if !errors.Is(o.err, errStop) || o.answer.Cancel != driver.Confirmed {
			t.Errorf("near %v: %v, the cancel is %v", close > 0, o.err, o.answer.Cancel)
		}
		awaitNoConnections(t, db)
	}
}

func TestADeadlineCancels(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	var o outcome
	var took time.Duration
	limit := 300 * time.Millisecond
	for ; ; limit *= 2 {
		began := time.Now()
		ctx, cancel := context.WithTimeoutCause(t.Context(), limit, errStop)
		o = runOn(ctx, open(t, db.URL), request("select pg_sleep(60)"))
		took = time.Since(began)
		cancel()
		if failed(t, o).Phase == driver.Query || limit > mostWait {
			break
		} // otherwise the machine was too busy for the login, and the test tries once more
	}
	if e := failed(t, o); !errors.Is(e, errStop) || e.Phase != driver.Query || o.answer.Cancel != driver.Confirmed {
		t.Errorf("got %v in %s, cancel %q", e, e.Phase, o.answer.Cancel)
	}
	if took < limit || took > limit+soon {
		t.Errorf("it took %v, want %v", took, limit)
	}
	if n := countSurvivors(t, db); n != 0 {
		t.Errorf("%d queries survive", n)
	}
	awaitNoConnections(t, db)
}

func TestACancelAtAnyMomentLeavesNothing(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	s := open(t, db.URL)
	for after := time.Duration(0); after < 12*time.Millisecond; after += 300 * time.Microsecond {
		ctx, cancel := context.WithTimeoutCause(t.Context(), after, errStop)
		o := runOn(ctx, s, request("select pg_sleep(60)"))
		cancel()
		if !errors.Is(o.err, errStop) || o.took > soon {
			t.Fatalf("after %v: %v, it took %v", after, o.err, o.took)
		}
		if n := countSurvivors(t, db); n != 0 {
			t.Fatalf("after %v: %d queries survive, cancel %q", after, n, o.answer.Cancel)
		}
	}
	awaitNoConnections(t, db)
}

func TestADoneContextSendsNothing(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errStop)
	if o := runOn(ctx, open(t, db.URL), request("select 1")); !errors.Is(o.err, errStop) || o.batches != 0 {
		t.Errorf("got %v and %d batches", o.err, o.batches)
	}
}

func TestAnErrorOfEmitEndsTheQuery(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	begun := time.Now()
	_, err := open(t, db.URL).Run(t.Context(), request("select generate_series(1, 1000000000000)"), new(driver.Progress), func(b *row.Batch) error {
		b.Release()
		return errStop
	})
	if err != errStop { //nolint:errorlint // the same error, not wrapped
		t.Errorf("got %v, want emit's own error", err)
	}
	if took := time.Since(begun); took > soon {
		t.Errorf("it took %v", took)
	}
	if n := countSurvivors(t, db); n != 0 {
		t.Errorf("%d queries survive", n)
	}
	awaitNoConnections(t, db)
}

func TestAnErrorOfTheLastEmitIsReturned(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	_, err := open(t, db.URL).Run(t.Context(), request("select 1"), new(driver.Progress), func(b *row.Batch) error {
		b.Release()
		return errStop
	})
	if err != errStop { //nolint:errorlint // the same error, not wrapped
		t.Errorf("got %v, want emit's own error", err)
	}
}

func TestTheLastBatchComesWithoutAConnection(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	_, err := open(t, db.URL).Run(t.Context(), request("select 1"), new(driver.Progress), func(b *row.Batch) error {
		defer b.Release()
		awaitNoConnections(t, db)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// If a query could not be cancelled, the answer does not claim to know whether it still
// runs. Run waits no longer than the grace period.
func TestACancelThatDoesNotArrive(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		gate *gate
		want driver.Cancel
	}{
		"accepted, and not confirmed": {&gate{deaf: true}, driver.Sent},
		"nothing listens":             {&gate{alone: true}, driver.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			db := testdb.Postgres(t)
			c.gate.open(t, db.URL)
			q := request("select pg_sleep(60)")
			q.Grace = 2 * time.Second // a request that is late by a tenth of this is not sent
			o := runAndCancel(t, open(t, c.gate.url), q, "the query runs", func() bool { return countSurvivors(t, db) == 1 })
			if !errors.Is(o.err, errStop) || o.answer.Cancel != c.want {
				t.Errorf("got %v, cancel %q, want %q", o.err, o.answer.Cancel, c.want)
			}
			if o.took < q.Grace || o.took > q.Grace+soon {
				t.Errorf("it took %v, want the grace, %v", o.took, q.Grace)
			}
			// The server checks its clients by itself, from version 14 on, and ends the
			// query.
			awaitNoConnections(t, db)
		})
	}
}

func TestAConnectionThatIsLost(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	g := gate{cutAfter: 20_000}
	g.open(t, db.URL)
	o := get(t, g.url, "select n from generate_series(1, 1000000) n")
	if e := failed(t, o); e.Phase != driver.Stream || e.Error() != "connection lost: the server closed the connection" {
		t.Errorf("got %v in %s", e, e.Phase)
	}
	awaitNoConnections(t, db)
}

func TestASessionThatIsTerminated(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	o := get(t, db.URL, "select pg_terminate_backend(pg_backend_pid())")
	if e := failed(t, o); e.Code != "57P01" || e.Error() != "terminating connection due to administrator command" {
		t.Errorf("got %s %v", e.Code, e)
	}
}

func TestASilentServer(t *testing.T) {
	for _, mode := range []string{"disable", "prefer", "require"} {
		server := testkit.Silent(t)
		began := time.Now()
		ctx, cancel := context.WithTimeoutCause(t.Context(), 150*time.Millisecond, errStop)
		o := runOn(ctx, open(t, "postgres://u@"+server+"/db?sslmode="+mode), request("select 1"))
		took := time.Since(began)
		cancel()
		if e := failed(t, o); !errors.Is(e, errStop) || e.Phase != driver.Connect || o.answer.Cancel != driver.NotNeeded {
			t.Errorf("%s: got %v in %s, cancel %q", mode, e, e.Phase, o.answer.Cancel)
		}
		if took < 150*time.Millisecond || took > 2000*time.Millisecond {
			t.Errorf("%s: it took %v, want 150ms", mode, took)
		}
	}
}
