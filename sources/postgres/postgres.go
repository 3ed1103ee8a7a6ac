// Package postgres asks one PostgreSQL database one question over one
// connection, exactly and read-only.
//
// A [Source] satisfies the contract of package driver. [New] takes a URL as libpq
// does, together with libpq's environment (PGPASSWORD, PGPASSFILE, PGSERVICE,
// PGSSLMODE, …):
//
//	s, err := postgres.New("eu", "postgres://reader@eu.db/shop?sslmode=verify-full", nil)
//	answer, err := s.Run(ctx, driver.Request{SQL: "select 1"}, new(driver.Progress), emit)
//
// The statement runs alone in a read-only transaction with one snapshot, which
// is rolled back. Its values are read in the server's own text, in sessions
// that make this text lossless (see settings.go), or in binary where a test holds
// that equal (see binary.go): from a server that is near, and from a session in which
// text is not exact. A row set counts only when the server has said how many rows it sent and as many were read.
//
// Read-only is what PostgreSQL makes of it: functions that reach outside the
// transaction (dblink, files on the server, advisory locks) are not held back.
// An account without write rights is.
package postgres

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A Source is one PostgreSQL database. It holds no connection between runs and
// is safe for concurrent use.
type Source struct {
	name     string
	target   *target
	password func(context.Context) (string, error)
	servers  *Servers
	near     time.Duration // a server that answers sooner is asked in two steps: see the constant
}

// New reads the URL, or a connection string of libpq's such as "host=db user=reader";
// it dials nothing. The password function, where given, is asked at each run and
// wins over every other place a password can stand. An error quotes nothing of the
// URL that could be a password.
func New(name, rawURL string, password func(context.Context) (string, error)) (*Source, error) {
	return new(Servers).New(name, rawURL, password)
}

// New is the function New for a source that shares what is learnt of its server.
func (s *Servers) New(name, rawURL string, password func(context.Context) (string, error)) (*Source, error) {
	s.once.Do(func() { s.environment = environment() })
	target, err := parse(rawURL, s.environment)
	if err != nil {
		return nil, err
	}
	return &Source{name: name, target: target, password: password, servers: s, near: near}, nil
}

// Name is the source's unique name.
func (s *Source) Name() string { return s.name }

// Place is where the database is, for listings: host:port/database, with the
// socket's directory for host where it is local, and several hosts with commas
// between.
func (s *Source) Place() string {
	return s.Server() + "/" + s.target.database()
}

// Server is Place without the database.
func (s *Source) Server() string {
	var hosts []string
	for _, h := range s.target.hosts {
		hosts = append(hosts, h.String())
	}
	return strings.Join(hosts, ",")
}

// Run asks the question; see package driver for the contract.
func (s *Source) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	w := &wire{keepAlive: s.target.keepAlive, userTimeout: s.target.userTimeout}
	defer w.close()
	w.awaitPeerClose.Store(q.AwaitPeerClose) // also of a connection that is refused TLS, say
	if q.AwaitPeerClose {
		defer context.AfterFunc(ctx, func() { w.awaitPeerClose.Store(false) })()
	}
	r := new(run) // and not on the stack, which is kept small: see the goroutines of package query
	r.q, r.p, r.wire, r.servers = q, p, w, s.servers
	r.params, r.zone, r.notes = s.target.params, zoneOf(q.TimeZone, s.target.params), slices.Clone(s.target.notes)
	last, err := s.session(ctx, r, emit)
	if r.conn == nil {
		return driver.Answer{Warnings: r.notes}, r.failure(ctx, err)
	}
	w.awaitPeerClose.Store(q.AwaitPeerClose && err == nil && ctx.Err() == nil)
	r.hangUp(ctx)
	if err == nil && r.seat.empty() {
		r.seat.rise()
	}
	answer := driver.Answer{Cancel: r.cancel, Warnings: r.notes}
	switch {
	case r.refused != nil:
		return answer, r.refused
	case err != nil:
		return answer, r.failure(ctx, err)
	case last == nil:
		return answer, nil
	}
	return answer, emit(last)
}

// session connects and asks.
func (s *Source) session(ctx context.Context, r *run, emit row.Emit) (*row.Batch, error) {
	r.conn = nil
	if err := onFreshStack(func() error { return s.connect(ctx, r) }); err != nil {
		return nil, err
	}
	if version := r.version(); version != "" {
		r.p.Greeted("PostgreSQL " + version)
	}
	r.twoSteps = r.wire.roundTrip < s.near || r.known.twoSteps || !r.plainText()
	if err := r.reread(); err != nil {
		return nil, err
	}
	return r.execute(ctx, emit)
}

// onFreshStack calls a function on a goroutine of its own, and waits for it: a stack that has
// grown for it is given back when it is done, and not kept while the server works. A
// panic is passed on.
func onFreshStack(do func() error) error {
	type end struct {
		err      error
		panicked any
	}
	ended := make(chan end, 1)
	go func() {
		var e end
		defer func() {
			e.panicked = recover()
			ended <- e
		}()
		e.err = do()
	}()
	e := <-ended
	if e.panicked != nil {
		panic(e.panicked)
	}
	return e.err
}
