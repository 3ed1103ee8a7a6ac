// Servers are killed during one statement over all sources. The result then has all tables of a
// source, or none.

package run_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/servers/private"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// A casualty is a server that only this test uses. The rows of its logical table slow take a minute
// each, after the first pause rows.
type casualty struct {
	*private.Instance
	url  string
	slow string // the text of the table
}

// pause is the number of rows that the slow table sends at once. It is more than the buffers hold.
const pause = 20_000

func newCasualty(t *testing.T, product private.Product) *casualty {
	t.Helper()
	c := &casualty{Instance: testdb.Own(t, product)}
	u, err := url.Parse(c.URL)
	if err != nil {
		t.Fatal(err)
	}
	rows := fmt.Sprintf("with recursive n(i) as (select 1 union all select i + 1 from n where i < %d) select i from n", pause+5)
	setup := []string{"create table a (id int primary key)", "insert into a " + rows}
	if product.Name == private.Postgres.Name {
		u.Path = "/postgres"
		setup = append(setup, "checkpoint") // commits do not wait for the disk, so the rows are written now
		c.slow = fmt.Sprintf("select id + case when id > %d then length(pg_sleep(60)::text) else 0 end as id from a", pause)
	} else {
		setup = append([]string{"set global innodb_flush_log_at_trx_commit = 1", "set max_recursive_iterations = 100000", "create database shop", "use shop"}, setup...)
		c.slow = fmt.Sprintf("select id + case when id > %d then sleep(60) else 0 end as id from a", pause)
	}
	db, err := product.Open(c.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, text := range setup {
		mustExec(t, db, text)
	}
	if u.Path != "/postgres" {
		u.Path = "/shop"
	}
	c.url = u.String()
	return c
}

// gated returns the URL of a server behind a gate. The gate accepts connections once it is opened.
func gated(t *testing.T, to string) (through string, open func()) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	gate, server := make(chan struct{}), u.Host
	open = sync.OnceFunc(func() { close(gate) })
	t.Cleanup(open)
	u.Host = testkit.Serve(t, func(conn net.Conn) {
		<-gate
		own, err := new(net.Dialer).DialContext(context.Background(), "tcp", server)
		if err != nil {
			return
		}
		go func() {
			_, _ = io.Copy(own, conn)
			_ = own.Close()
		}()
		_, _ = io.Copy(conn, own)
	})
	return u.String(), open
}

// An attempt is a running statement over all sources.
type attempt struct {
	plan  *run.Plan
	out   string
	end   chan struct{}
	stop  context.CancelFunc
	rows  int64 // the number of rows when it last changed; since is the time of that change
	since time.Time
	// these are set when end is closed:
	verdict report.Verdict
	err     error
	printed string
	log     string
}

// over runs a statement over the sources of a config. If out is set, the result replaces that file.
func over(t *testing.T, text, sql, require, out string) *attempt {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fanql.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, sources.Dialects, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := query.ParseRequire(require)
	if err != nil {
		t.Fatal(err)
	}
	format, _ := output.Formats.ByName("csv")
	enough := time.Minute
	p, err := run.New(run.Request{
		Config: c, Getenv: os.Getenv, Query: statement.Query{Text: sql, Dialects: sources.Dialects}, Require: &wanted, Output: out,
		Limits: run.Limits{Timeout: enough, ConnectTimeout: &enough}, SourceColumn: "source", Federate: &run.Federate{Gather: true}, Format: format,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	if _, err := p.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	a := &attempt{plan: p, out: out, end: make(chan struct{}), stop: stop}
	t.Cleanup(func() { // this runs before the plan is closed
		stop()
		<-a.end
	})
	go func() {
		defer close(a.end)
		var printed, log bytes.Buffer
		a.verdict, a.err = p.Execute(ctx, run.Host{Out: run.Stream{Plain: &printed}, Err: run.Stream{Plain: &log}})
		a.printed, a.log = printed.String(), log.String()
	}()
	return a
}

// pause reports whether the number of rows has not grown for a second.
func (a *attempt) pause(rows int64) bool {
	if rows != a.rows {
		a.rows, a.since = rows, time.Now()
	}
	return time.Since(a.since) > time.Second
}

// await waits until the run is in the step and the status of the source satisfies so.
func (a *attempt) await(t *testing.T, step, source string, so func(query.Status) bool) {
	t.Helper()
	if testkit.Within(15*time.Second, func() bool {
		select {
		case <-a.end:
			t.Fatalf("the run has ended before %s: %v, %v\n%s", step, a.err, a.verdict.Failure, a.log)
		default:
		}
		if a.plan.Progress.Step() != step {
			return false
		}
		for _, s := range a.plan.Progress.Statuses() {
			if s.Source == source {
				return so(s)
			}
		}
		return false
	}) {
		return
	}
	t.Fatalf("%s has not reached the status in the step %q after 15s: the step is %q: %+v", source, step, a.plan.Progress.Step(), a.plan.Progress.Statuses())
}

// lost waits for the end of the run, and checks that no row of the source victim is in the result.
func (a *attempt) lost(t *testing.T, exit int, printed string) {
	t.Helper()
	select {
	case <-a.end:
	case <-time.After(30 * time.Second):
		t.Fatal("the run does not end")
	}
	if a.err != nil || a.verdict.Exit() != exit || a.printed != printed {
		t.Errorf("exit status %d, want %d (%v, %v):\n%s\nwant\n%s", a.verdict.Exit(), exit, a.err, a.verdict.Failure, a.printed, printed)
	}
	if partial := exit == 3; a.verdict.Incomplete() != partial {
		t.Errorf("incomplete: %v, want %v", a.verdict.Incomplete(), partial)
	}
	for _, o := range a.verdict.Outcomes {
		if o.Source == "victim" && (o.State != query.Failed || o.Rows != 0) {
			t.Errorf("the source that was killed: %+v", o)
		}
	}
}

func TestAServerThatIsKilledIsMissingAsAWhole(t *testing.T) {
	for _, product := range []private.Product{private.Postgres, private.MariaDB} {
		t.Run(product.Name, func(t *testing.T) {
			t.Parallel()
			killed(t, product)
		})
	}
}

func killed(t *testing.T, product private.Product) {
	v := newCasualty(t, product)
	pg := testdb.Postgres(t)
	lite := filepath.Join(t.TempDir(), "lite.db")
	for _, db := range []func(string){func(s string) { mustExec(t, pg.SQL, s) }, func(s string) { mustExec(t, openSQLite(t, lite), s) }} {
		db("create table a (id int)")
		db("insert into a values (1), (2), (3)")
	}
	through, open := gated(t, pg.URL)
	text := func(pg string) string {
		return fmt.Sprintf("sources: {lite: %q, pg: %q, victim: %q}\ntables: {slow: {sql: 'select id from a', variants: {victim: %q}}}\n", "sqlite:"+lite, pg, v.url, v.slow)
	}
	kill := func() { v.Signal(syscall.SIGKILL) }
	restart := func(t *testing.T) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := v.Restart(ctx); err != nil {
			t.Fatal(err)
		}
	}
	inRows := func(more int64) func(query.Status) bool {
		return func(s query.Status) bool { return s.Phase == driver.Stream && s.Rows > more }
	}

	// The server is killed between the look-up and the rows. The look-up of one source waits at the
	// gate.
	a := over(t, text(through), "select source, count(*) as n from a group by source order by source", "any", "")
	a.await(t, "looking up names", "victim", func(s query.Status) bool { return s.State == query.OK })
	kill()
	<-v.Ended
	open()
	a.lost(t, 3, "source,n\nlite,3\npg,3\n")
	restart(t)

	// The server is killed while the second of two tables is read. The rows of the first table do
	// not count either. The other sources are enough for the requirement.
	const both = "select source, count(*) as n from (select source, id from a union all select source, id from slow) group by source order by source"
	for { // repeated until that table is the second, since the tables are read in any order
		a = over(t, text(pg.URL), both, "2", "")
		second := false
		a.await(t, "fetching", "victim", func(s query.Status) bool {
			second = s.Rows > pause+5+1000
			return second || s.Rows > 1000 && a.pause(s.Rows)
		})
		if second {
			break
		}
		a.stop()
		<-a.end
	}
	kill()
	a.lost(t, 3, "source,n\nlite,6\npg,6\n")
	for _, o := range a.verdict.Outcomes {
		if o.Source == "victim" && o.Discarded < pause+5+1000 {
			t.Errorf("%d rows of the source that was killed were discarded", o.Discarded)
		}
	}
	restart(t)

	// The server is killed during the rows, and all sources are required: the old file stays.
	file := filepath.Join(t.TempDir(), "out.csv")
	if err := os.WriteFile(file, []byte("old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a = over(t, text(pg.URL), "select source, max(id) as last from slow group by source", "all", file)
	a.await(t, "fetching", "victim", inRows(1000))
	kill()
	a.lost(t, 1, "")
	if left, err := os.ReadFile(file); err != nil || strings.TrimSpace(string(left)) != "old" {
		t.Errorf("the file holds %q, %v", left, err)
	}
}
