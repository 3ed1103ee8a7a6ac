// A statement over all sources is interrupted, or reaches its deadline, in each of its steps. The
// tests check its exit status, what it prints, and what it leaves.

package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testkit"
)

// slowTables is a part of a config with the table slow. Each of its rows takes a minute. The unused
// column has the tag of the run as its name, which identifies the statement.
const slowTables = `tables:
  slow:
    sql: select id from orders
    variants:
      postgres: select id + length(pg_sleep(60)::text) as id, 1 as %[1]s from orders
      mysql: select id + sleep(60) as id, 1 as %[1]s from orders
`

// A sqlStep is a step of a statement over all sources. The run stays in this step.
type sqlStep struct {
	name, sql string
	named     string // the name of the step in the run's messages
	held      bool   // the servers' answers to the look-up are held back
	// In the text of each server's statement, running follows the tag. If idle is set, the servers
	// execute no statement in this step.
	running string
	idle    bool
	last    string // a text in the summary
}

// A sqlRun is a run of such a statement that replaces an old file.
type sqlRun struct {
	cmd           *exec.Cmd
	tag           string
	out, tmp, log string
	held          [3]atomic.Bool // the answers of the servers are held back
	ended         chan struct{}
	err           error // the error of the process; it is set when the process has ended
}

func TestSQLThatEndsEarlyInEachStep(t *testing.T) {
	dbs := seededDatabases(t)
	for _, db := range dbs.all() {
		db.SQL.SetMaxOpenConns(1) // so that any second connection is fanql's
	}
	lite := smallOrders(t)
	sqliteExec(t, lite, "create table few (id integer); insert into few values (1), (2)")
	t.Run("step", func(t *testing.T) {
		for _, s := range []sqlStep{
			{name: "look-up", sql: "select count(*) as n from orders", named: "looking up names", held: true, idle: true, last: "missing: pg ("},
			{name: "fetching", sql: "select source, max(id) as last from slow group by source", named: "fetching", last: "missing: pg ("},
			{name: "keys", sql: "select count(*) as n from lite.few f join slow on f.id = slow.id where f.id < 3", named: "fetching", running: "%where ", last: "missing: pg ("},
			{name: "finishing", sql: "select count(*) as n from orders, range(100000000000)", named: "finishing", idle: true, last: "the work on the fetched rows"},
		} {
			t.Run(s.name+", SIGINT", func(t *testing.T) {
				t.Parallel()
				r := startSQL(t, dbs, lite, s, "stop", time.Minute)
				testkit.Eventually(t, eventual, "the run was in its step", func() bool { return r.in(t, dbs, s) })
				began := time.Now()
				if err := r.cmd.Process.Signal(syscall.SIGINT); err != nil {
					t.Fatal(err)
				}
				<-r.ended
				if d := time.Since(began); d > promptExit {
					t.Errorf("it took %s to exit", d)
				}
				r.wantEnd(t, dbs, s, 130, "interrupted")
			})
			t.Run(s.name+", timeout", func(t *testing.T) {
				t.Parallel()
				for limit := 2 * time.Second; ; limit *= 2 {
					r := startSQL(t, dbs, lite, s, fmt.Sprintf("late%d", limit/time.Second), limit)
					// On a busy machine the earlier steps may need all of the time. Then the test
					// is repeated with a longer deadline.
					if there := testkit.Within(limit+eventual, func() bool { return r.in(t, dbs, s) || r.hasEnded() }) && r.in(t, dbs, s); there || limit > eventual {
						<-r.ended
						r.wantEnd(t, dbs, s, 1, "timed out after "+limit.String())
						return
					}
					<-r.ended
				}
			})
		}
	})
	testkit.Eventually(t, eventual, "no connection was left", func() bool { return noConnections(t, dbs) })
}

// startSQL starts the statement on all sources.
func startSQL(t *testing.T, dbs databases, lite string, s sqlStep, how string, limit time.Duration) *sqlRun {
	t.Helper()
	dir := t.TempDir()
	r := &sqlRun{
		tag: strings.ReplaceAll(s.name, "-", "") + how + "x", out: writeOldFile(t, t.TempDir(), "out.csv"), tmp: t.TempDir(),
		log: filepath.Join(dir, "log"), ended: make(chan struct{}),
	}
	var text strings.Builder
	fmt.Fprintf(&text, "sources:\n  lite: sqlite:%s\n", lite)
	for i, name := range []string{"pg", "my", "ma"} {
		db := dbs.all()[i]
		to := db.URL
		if s.held {
			u, err := url.Parse(db.URL)
			if err != nil {
				t.Fatal(err)
			}
			word := "information_schema.columns"
			if u.RawQuery = "tls=false"; name == "pg" { // the proxy searches the bytes that are sent
				u.RawQuery, word = "sslmode=disable", "pg_attribute"
			}
			u.Host = "127.0.0.1:" + forwardUntil(t, "127.0.0.1:0", db.URL, word, &r.held[i])
			to = u.String()
		}
		fmt.Fprintf(&text, "  %s: %q\n", name, to)
	}
	fmt.Fprintf(&text, slowTables, r.tag)
	config := filepath.Join(dir, "fanql.yaml")
	if err := os.WriteFile(config, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	r.cmd = program(t, "sql", "--config", config, "--timeout", limit.String(), "--connect-timeout", "0", "--progress", "json", "-o", r.out, s.sql)
	r.cmd.Env = append(r.cmd.Env, "TMPDIR="+r.tmp)
	log, err := os.Create(r.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	r.cmd.Stderr = log
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		r.err = r.cmd.Wait()
		close(r.ended)
	}()
	return r
}

func (r *sqlRun) hasEnded() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// stderr returns what the run has printed so far.
func (r *sqlRun) stderr(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(r.log)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// in reports whether the run is in the step, or has ended in it.
func (r *sqlRun) in(t *testing.T, dbs databases, s sqlStep) bool {
	t.Helper()
	switch {
	case s.held:
		return r.held[0].Load() && r.held[1].Load() && r.held[2].Load()
	case s.idle:
		return strings.Contains(r.stderr(t), `"step":"`+s.named+`"`)
	}
	return countTagged(t, dbs, r.tag+s.running) == 3
}

// wantEnd checks how a run ended in the step, and that it left nothing.
func (r *sqlRun) wantEnd(t *testing.T, dbs databases, s sqlStep, status int, why string) {
	t.Helper()
	said := r.stderr(t)
	if got := exitStatus(t, r.err); got != status {
		t.Errorf("exit status %d, want %d", got, status)
	}
	_, end, _ := strings.Cut(said, `"event":"end"`)
	for _, want := range []string{why, s.last, "no answer: "} {
		if !strings.Contains(said, want) {
			t.Errorf("stderr lacks %q", want)
		}
	}
	if !strings.Contains(end, `"step":"`+s.named+`"`) {
		t.Errorf("it did not end in the step %q", s.named)
	}
	if strings.Contains(said, "not confirmed") { // the server's own limit is far away
		testkit.Eventually(t, eventual, "the queries were gone", func() bool { return countTagged(t, dbs, r.tag) == 0 })
	}
	if still := countTagged(t, dbs, r.tag); still != 0 {
		t.Errorf("%d queries still run", still)
	}
	wantFiles(t, r.tmp)
	wantOldFile(t, r.out)
	if t.Failed() {
		t.Logf("stderr:\n%s", said)
	}
}
