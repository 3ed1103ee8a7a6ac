// The rig: sources with faults and two healthy ones in one dispatch, and the conditions
// that must hold for every fault.

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
	// staged is memory for rows that is too small for the healthy ones alone, so
	// that rows go through temporary files in every cell.
	staged = 256 << 10
	grace  = 2 * query.DefaultGrace // for a busy machine
	// late is how much a busy machine may add to what is promised.
	late = 500 * time.Millisecond
	// endTimeout is the deadline of what is expected to end by itself.
	endTimeout = 20 * time.Second
)

// A rig is one server with a database, and a SQLite file; of SQLite's own rig the
// file is the database, and there is no SQL.
type rig struct {
	engine
	db     testdb.DB
	sqlite string
	held   int          // connections to the database that are the test's own
	calm   map[int]calm // of the healthy beside so many sources without a fault
	grace  time.Duration
	memory int64
	spills int // how often rows were seen to be in temporary files
	// repeats is how often the same cells are being asked again.
	repeats int
}

// onEach runs a test on each kind of server.
func onEach(t *testing.T, test func(t *testing.T, r *rig)) { onThese(t, engines, test) }

// onAll runs a test on each kind of server and on SQLite.
func onAll(t *testing.T, test func(t *testing.T, r *rig)) {
	onThese(t, append(engines[:len(engines):len(engines)], lite), test)
}

func onThese(t *testing.T, these []engine, test func(t *testing.T, r *rig)) {
	for _, e := range these {
		t.Run(e.name, func(t *testing.T) {
			r := newRig(t, e, e.open(t))
			test(t, r)
			if runtime.GOOS == "linux" && len(r.calm) > 0 && r.spills == 0 {
				t.Error("no rows have been in a temporary file")
			}
		})
	}
}

func newRig(t *testing.T, e engine, db testdb.DB) *rig {
	r := &rig{engine: e, db: db, sqlite: file(t), calm: map[int]calm{}, grace: grace, memory: staged}
	if db.SQL != nil {
		db.SQL.SetMaxIdleConns(0) // who looks is gone when he has looked
		db.Exec(t, setup()...)
	}
	return r
}

// A cell is one source with one fault, and how it is to end.
type cell struct {
	fault string // the line of the matrix
	name  string // what the cell is in it
	statement
	// plan is what the proxy does to the i-th connection, and cancels to
	// PostgreSQL's cancel requests. url is asked instead where it is set;
	// %s in it is the proxy's address.
	plan    func(i int) fault
	cancels fault
	url     string
	before  string        // host:port of the server behind the proxy; the rig's where it is empty
	timeout time.Duration // its own
	// entered is called with each phase as it begins.
	entered func(driver.Phase)
	// meanwhile runs meanwhile.
	meanwhile func(t *testing.T, s *scene)

	state    []query.State // one of them; ok where there is none
	from, to driver.Phase  // where it ends, unless ok
	code     string
	says     string
	attempts []int // one of them; 1 where there is none
	cancel   []driver.Cancel
	warns    string
	// endsWithin is how long the server may take to end what nobody could tell
	// it to.
	endsWithin time.Duration

	proxy   *proxy
	tag     string
	outcome query.Outcome
}

// A scene is the running cell, for meanwhile.
type scene struct {
	*cell
	ctx      context.Context
	rig      *rig
	progress *query.Progress
	index    int
}

// arrives waits until the source is in a phase, or over.
func (s *scene) arrives(p driver.Phase) bool {
	for s.ctx.Err() == nil {
		if at := s.progress.Statuses()[s.index]; at.State != query.Running || at.Phase >= p {
			return at.State == query.Running
		}
		wait(s.ctx, time.Millisecond)
	}
	return false
}

// ends waits until the source is over.
func (s *scene) ends() {
	for s.ctx.Err() == nil && s.progress.Statuses()[s.index].State == query.Running {
		wait(s.ctx, time.Millisecond)
	}
}

// end does something to the source's query on its server each time it runs there.
func (s *scene) end(t *testing.T, how string) {
	for done := 0; s.ctx.Err() == nil; wait(s.ctx, 2*time.Millisecond) {
		if id := s.rig.db.Count(t, fmt.Sprintf(s.rig.running, s.tag)); id != 0 && id != done {
			s.rig.db.Exec(t, fmt.Sprintf(how, id))
			done = id
		}
	}
}

// A listener reports the phases of a source in addition to Progress.
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

// always is a plan for connections that are all alike.
func always(f fault) func(int) fault { return func(int) fault { return f } }

// through is the database's URL behind an address.
func (r *rig) through(address string) string {
	u, err := url.Parse(r.db.URL)
	if err != nil {
		panic("a URL of ours is none")
	}
	u.Host = address
	return u.String() + r.unencrypted
}

// database is the name of the database.
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

// prepare returns the cell its proxy and its source.
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

// run runs all cells at once, together with two healthy sources, and gives
// the times of the later of those.
func (r *rig) run(t *testing.T, timeout time.Duration, cells ...*cell) (healthy calm) {
	t.Helper()
	usual := r.calmly(t, len(cells))
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
		if o.State == query.Timeout && timeout < endTimeout { // the deadline is the cells'
			healthy.end = never
			continue
		}
		if o.State != query.OK || !slices.Equal(rows[i], upTo(rowsOfN).rows) {
			t.Errorf("the healthy source %s: %s, %v, %d rows", o.Source, o.State, o.Err, len(rows[i]))
		}
	}
	if limit := timeout + r.grace + late; took > limit {
		t.Errorf("it took %v, and the deadline with the grace is %v", took, limit)
	}
	var total int
	for s := query.Running; s <= query.Truncated; s++ {
		total += summary.Count(s)
	}
	if total != len(tasks) || summary.Count(query.Running) != 0 {
		t.Errorf("the states of the summary are %d of %d sources, %d of them running", total, len(tasks), summary.Count(query.Running))
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
			t.Attr("cell", c.fault+" | "+r.name+" | "+verdict) // testdata/matrix counts them
		}
	}
	if endsWithin > 0 {
		r.noQueryIsLeft(t, tag, endsWithin)
		for _, closed := range closing { // a connection may last as long as the dead line does
			closed()
		}
	}
	r.nothingIsLeft(t, tag)
	for _, closed := range closing {
		closed()
	}
	// A server that was started again has a goroutine that waits for its end.
	if err := goleak.Find(before, goleak.IgnoreAnyFunction("github.com/fanql/fanql/testdata/servers/private.Start.func1")); err != nil {
		t.Error(err)
	}
	if !testkit.Within(time.Second, func() bool { return len(openFiles()) <= descriptors }) {
		t.Errorf("%d descriptors are open, and %d were: %q", len(openFiles()), descriptors, openFiles())
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("in the folder of temporary files there are %v (%v)", left, err)
	}
	return r.early(t, healthy, usual, timeout, cells)
}

// confirmed says which cells still run on the server though their cancel is
// called confirmed. It is asked at once.
func (r *rig) confirmed(t *testing.T, cells []*cell, ends []query.Outcome) []bool {
	still := make([]bool, len(cells))
	for i, o := range ends {
		if o.Cancel == driver.Confirmed && r.db.SQL != nil {
			still[i] = r.db.Count(t, fmt.Sprintf(r.statements, cells[i].tag)) != 0
		}
	}
	return still
}

// nothingIsLeft wants no query and no connection of ours on the server. What was
// closed may take a moment to vanish from its list.
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

// noQueryIsLeft wants none of ours that nobody ends.
func (r *rig) noQueryIsLeft(t *testing.T, tag string, limit time.Duration) {
	t.Helper()
	left := 0
	if !testkit.Within(limit, func() bool { left = r.db.Count(t, fmt.Sprintf(r.statements+r.alive, tag)); return left == 0 }) {
		t.Errorf("%d queries are left on the server: %q", left, r.list(t))
	}
}

// list is the server's own list of its connections.
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
