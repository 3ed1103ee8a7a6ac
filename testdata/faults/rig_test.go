// The rig runs sources with faults and two healthy sources in one dispatch. It checks the
// conditions that must hold for every fault.

package faults_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

const (
	// staged is a memory limit that is too small even for the healthy sources, so that every run
	// spills rows.
	staged = 256 << 10
	grace  = 2 * query.DefaultGrace // it is longer than the default for a busy machine
	// late is how much later than promised an event may be on a busy machine.
	late = 500 * time.Millisecond
	// endTimeout is the deadline for runs that should end by themselves.
	endTimeout = 20 * time.Second
)

// A rig is one server with a database, and a SQLite file. In the rig of SQLite the file is the
// database, and db has no SQL.
type rig struct {
	engine
	db     testdb.DB
	sqlite string
	held   int          // connections to the database that belong to the test
	calm   map[int]calm // the times of the healthy sources in a run without a fault, by the number of other sources
	grace  time.Duration
	memory int64
	spills int // how often rows in temporary files were observed
	// repeats is the number of repetitions of the current cells.
	repeats int
}

// onEach runs a test for each kind of server.
func onEach(t *testing.T, test func(t *testing.T, r *rig)) { onThese(t, engines, test) }

// onAll runs a test for each kind of server and for SQLite.
func onAll(t *testing.T, test func(t *testing.T, r *rig)) {
	onThese(t, append(engines[:len(engines):len(engines)], lite), test)
}

func onThese(t *testing.T, these []engine, test func(t *testing.T, r *rig)) {
	for _, e := range these {
		t.Run(e.name, func(t *testing.T) {
			r := newRig(t, e, e.open(t))
			test(t, r)
			if runtime.GOOS == "linux" && len(r.calm) > 0 && r.spills == 0 {
				t.Error("no rows were written to a temporary file")
			}
		})
	}
}

func newRig(t *testing.T, e engine, db testdb.DB) *rig {
	r := &rig{engine: e, db: db, sqlite: file(t), calm: map[int]calm{}, grace: grace, memory: staged}
	if db.SQL != nil {
		db.SQL.SetMaxIdleConns(0) // a connection that queries the server's state is closed after each query
		db.Exec(t, setup()...)
	}
	return r
}

// A cell is one source with one fault, and the way in which it must end.
type cell struct {
	fault string // its line in the matrix
	name  string // distinguishes the cells of a line
	statement
	// plan returns the fault of the i-th connection to the proxy. cancels is the fault of
	// PostgreSQL's cancel requests. If url is set, it replaces the rig's URL, and %s in it is
	// replaced by the proxy's address.
	plan    func(i int) fault
	cancels fault
	url     string
	before  string        // host:port of the server behind the proxy; if it is empty, the rig's server
	timeout time.Duration // the cell's own timeout
	// entered is called at the beginning of each phase.
	entered func(driver.Phase)
	// meanwhile is called while the source runs.
	meanwhile func(t *testing.T, s *scene)

	state    []query.State // each of them is correct; if it is empty, only ok is
	from, to driver.Phase  // the phases in which it may end if it is not ok
	code     string
	says     string
	attempts []int // each of them is correct; if it is empty, only 1 is
	cancel   []driver.Cancel
	warns    string
	// endsWithin is the time that the server may need to end a statement that could not be
	// cancelled.
	endsWithin time.Duration

	proxy   *proxy
	tag     string
	outcome query.Outcome
}

// A scene is the running cell. meanwhile gets it.
type scene struct {
	*cell
	ctx      context.Context
	rig      *rig
	progress *query.Progress
	index    int
}

// arrives waits until the source has reached the phase or has ended.
func (s *scene) arrives(p driver.Phase) bool {
	for s.ctx.Err() == nil {
		if at := s.progress.Statuses()[s.index]; at.State != query.Running || at.Phase >= p {
			return at.State == query.Running
		}
		wait(s.ctx, time.Millisecond)
	}
	return false
}

// ends waits until the source has ended.
func (s *scene) ends() {
	for s.ctx.Err() == nil && s.progress.Statuses()[s.index].State == query.Running {
		wait(s.ctx, time.Millisecond)
	}
}

// end executes the statement how on the server for each running query of the source.
func (s *scene) end(t *testing.T, how string) {
	for done := 0; s.ctx.Err() == nil; wait(s.ctx, 2*time.Millisecond) {
		if id := s.rig.db.Count(t, fmt.Sprintf(s.rig.running, s.tag)); id != 0 && id != done {
			s.rig.db.Exec(t, fmt.Sprintf(how, id))
			done = id
		}
	}
}

// A listener reports the phases of a source, in addition to Progress.
type listener struct {
	sources.Source
	entered func(driver.Phase)
}

func (l listener) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	known := p.Entered
	p.Entered = func(phase driver.Phase) {
		known(phase)
		l.entered(phase)
	}
	return l.Source.Run(ctx, q, p, emit)
}

// always returns a plan in which all connections have the same fault.
func always(f fault) func(int) fault { return func(int) fault { return f } }

// through returns the URL of the database with another address.
func (r *rig) through(address string) string {
	u, err := url.Parse(r.db.URL)
	if err != nil {
		panic("a URL of ours is none")
	}
	u.Host = address
	return u.String() + r.unencrypted
}

// database returns the name of the database.
func (r *rig) database() string {
	u, err := url.Parse(r.db.URL)
	if err != nil {
		panic("a URL of ours is none")
	}
	return strings.TrimPrefix(u.Path, "/")
}

func (r *rig) host() string {
	u, err := url.Parse(r.db.URL)
	if err != nil {
		panic("a URL of ours is none")
	}
	return u.Host
}

// prepare returns the source of a cell, and starts the cell's proxy.
func (r *rig) prepare(t *testing.T, c *cell, name string) (src sources.Source, closed func()) {
	closed = func() {}
	if c.plan != nil {
		c.proxy = &proxy{target: cmp.Or(c.before, r.host()), plan: c.plan, cancels: c.cancels, clientFirst: r.clientFirst}
		closed = c.proxy.open(t)
	}
	target := c.url
	switch {
	case c.proxy != nil && target == "":
		target = r.through(c.proxy.address)
	case c.proxy != nil:
		target = strings.ReplaceAll(target, "%s", c.proxy.address)
	case target == "":
		target = r.db.URL + r.unencrypted
	}
	return source(t, name, r.kind, target), closed
}

// run runs all cells and two healthy sources in one dispatch. It returns the times of the slower
// healthy source.
func (r *rig) run(t *testing.T, timeout time.Duration, cells ...*cell) (healthy calm) {
	t.Helper()
	usual := r.usualTimes(t, len(cells))
	before, descriptors := goleak.IgnoreCurrent(), len(openFiles())
	tag := "fanql:" + strings.ToLower(rand.Text()[:16])
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	tasks := []query.Task{
		{Source: source(t, "file", sqlite.Dialect, r.sqlite), Request: driver.Request{SQL: upTo(rowsOfN).sql, Tag: tag + ".f"}},
		{Source: source(t, "direct", r.kind, r.db.URL), Request: driver.Request{SQL: upTo(rowsOfN).sql, Tag: tag + ".d"}},
	}
	const undamaged = 2
	var closing []func()
	for i, c := range cells {
		c.tag = fmt.Sprintf("%s.%d.", tag, i)
		src, closed := r.prepare(t, c, fmt.Sprintf("cell%d", i))
		closing = append(closing, closed)
		if c.entered != nil {
			src = listener{src, c.entered}
		}
		tasks = append(tasks, query.Task{Source: src, Request: driver.Request{SQL: c.sql, Tag: c.tag}, Timeout: c.timeout})
	}
	progress, summary := query.NewProgress(tasks), query.NewSummary(tasks)
	var meanwhile sync.WaitGroup
	for i, c := range cells {
		if c.meanwhile != nil {
			meanwhile.Go(func() { c.meanwhile(t, &scene{c, ctx, r, progress, i + undamaged}) })
		}
	}
	begun := time.Now()
	rows := make([][]string, len(tasks))
	arrived := make([]bool, len(tasks))
	tmp := t.TempDir()
	for a := range query.Dispatch(ctx, tasks, query.Options{Timeout: timeout, Grace: r.grace, Memory: r.memory, TempDir: tmp, Progress: progress, Ended: summary.Ended}) {
		if a.Rows != nil {
			if slices.ContainsFunc(openFiles(), func(to string) bool { return strings.HasPrefix(to, tmp) }) {
				r.spills++
			}
			arrived[a.Outcome.Index] = true
			if err := a.Rows.Each(take(&rows[a.Outcome.Index])); err != nil {
				t.Errorf("%s: %v", a.Outcome.Source, err)
			}
		}
	}
	took := time.Since(begun)
	confirmed := r.confirmed(t, cells, summary.Outcomes[undamaged:])
	cancel()
	meanwhile.Wait()

	for i, o := range summary.Outcomes[:undamaged] {
		healthy = calm{max(healthy.end, o.Total), max(healthy.firstRow, o.FirstRow)}
		if o.State == query.Timeout && timeout < endTimeout { // such a deadline is for the cells, and not for the healthy sources
			healthy.end = never
			continue
		}
		if o.State != query.OK || !slices.Equal(rows[i], upTo(rowsOfN).rows) {
			t.Errorf("the healthy source %s: %s, %v, %d rows", o.Source, o.State, o.Err, len(rows[i]))
		}
	}
	if limit := timeout + r.grace + late; took > limit {
		t.Errorf("it took %v, and the deadline with the grace period is %v", took, limit)
	}
	var total int
	for s := query.Running; s <= query.Truncated; s++ {
		total += summary.Count(s)
	}
	if total != len(tasks) || summary.Count(query.Running) != 0 {
		t.Errorf("the summary has the states of %d of %d sources, and %d sources are running", total, len(tasks), summary.Count(query.Running))
	}
	var endsWithin time.Duration
	for i, c := range cells {
		endsWithin = max(endsWithin, c.endsWithin)
		c.outcome = summary.Outcomes[i+undamaged]
		wrong := c.wrong(summary.Outcomes[i+undamaged], arrived[i+undamaged], rows[i+undamaged])
		if c.cancel != nil && slices.Contains(c.cancel, driver.Confirmed) && confirmed[i] {
			wrong = append(wrong, "its cancel is called confirmed, and it still runs")
		}
		if len(wrong) > 0 {
			t.Errorf("%s, %s: %s", c.fault, c.name, strings.Join(wrong, "; "))
		}
		verdict := "passed"
		if len(wrong) > 0 {
			verdict = "failed"
		}
		if r.repeats == 0 || verdict == "failed" {
			t.Attr("cell", c.fault+" | "+r.name+" | "+verdict) // testdata/matrix counts these lines
		}
	}
	if endsWithin > 0 {
		r.noQueryIsLeft(t, tag, endsWithin)
		for _, closed := range closing { // a connection may stay open as long as the stalled line
			closed()
		}
	}
	r.nothingIsLeft(t, tag)
	for _, closed := range closing {
		closed()
	}
	// For a server that was restarted, a goroutine waits until it ends.
	if err := goleak.Find(before, goleak.IgnoreAnyFunction("github.com/fanql/fanql/testdata/servers/private.Start.func1")); err != nil {
		t.Error(err)
	}
	if !testkit.Within(time.Second, func() bool { return len(openFiles()) <= descriptors }) {
		t.Errorf("%d descriptors are open, and %d were open before: %q", len(openFiles()), descriptors, openFiles())
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("the folder of temporary files has %v (%v)", left, err)
	}
	return r.checkTimes(t, healthy, usual, timeout, cells)
}

// confirmed reports for each cell whether it still runs on the server although its cancellation was
// reported as confirmed. It does not wait.
func (r *rig) confirmed(t *testing.T, cells []*cell, ends []query.Outcome) []bool {
	still := make([]bool, len(cells))
	for i, o := range ends {
		if o.Cancel == driver.Confirmed && r.db.SQL != nil {
			still[i] = r.db.Count(t, fmt.Sprintf(r.statements, cells[i].tag)) != 0
		}
	}
	return still
}

// nothingIsLeft checks that no query and no connection of fanql's is left on the server. The server
// may list them for a moment after they were closed.
func (r *rig) nothingIsLeft(t *testing.T, tag string) {
	t.Helper()
	if r.db.SQL == nil {
		return
	}
	r.noQueryIsLeft(t, tag, 5*time.Second)
	queries, connections := 0, 0
	if !testkit.Within(r.ends, func() bool {
		queries, connections = r.db.Count(t, fmt.Sprintf(r.statements, tag)), r.db.Count(t, r.connections)
		return queries == 0 && connections == r.held
	}) {
		t.Errorf("%d queries and %d connections are left on the server: %q", queries, connections, r.list(t))
	}
}

// noQueryIsLeft checks that no query is left, except queries that the server is already ending.
func (r *rig) noQueryIsLeft(t *testing.T, tag string, limit time.Duration) {
	t.Helper()
	left := 0
	if !testkit.Within(limit, func() bool { left = r.db.Count(t, fmt.Sprintf(r.statements+r.alive, tag)); return left == 0 }) {
		t.Errorf("%d queries are left on the server: %q", left, r.list(t))
	}
}

// list returns the server's list of its connections.
func (r *rig) list(t *testing.T) (list []string) {
	t.Helper()
	rows, err := r.db.SQL.QueryContext(t.Context(), r.processes)
	if err != nil {
		return []string{err.Error()}
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return append(list, err.Error())
		}
		list = append(list, line)
	}
	if err := rows.Err(); err != nil {
		return append(list, err.Error())
	}
	return list
}
