// Package postgres sends one statement to one PostgreSQL database over one connection,
// exactly and read-only.
//
// A [Source] satisfies the contract of package driver. [New] reads a URL as libpq does,
// together with libpq's environment (PGPASSWORD, PGPASSFILE, PGSERVICE, PGSSLMODE, …):
//
//	s, err := postgres.New("eu", "postgres://reader@eu.db/shop?sslmode=verify-full", nil)
//	answer, err := s.Run(ctx, driver.Request{SQL: "select 1"}, new(driver.Progress), emit)
//
// The statement runs alone in a read-only transaction with one snapshot, which is
// rolled back. Its values are read in the server's own text, in sessions that make this
// text lossless (see settings.go). From a near server, and in a session whose text is
// not exact, they are read in binary where a test proves that the result is equal (see
// binary.go). A row set counts only if the server has reported how many rows it sent,
// and as many were read.
//
// Read-only means what PostgreSQL makes of it: it does not stop functions that reach
// outside the transaction (dblink, files on the server, advisory locks). An account
// without write rights does.
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
	near     time.Duration // a server that answers sooner is queried in two steps: see the constant
}

// New reads the URL, or a libpq connection string such as "host=db user=reader"; it dials
// nothing. The password function, if not nil, is called in each run and takes precedence
// over every other place of a password. Errors quote no part of the URL that could be a
// password.
func New(name, rawURL string, password func(context.Context) (string, error)) (*Source, error) {
	return new(Servers).New(name, rawURL, password)
}

// New does the same as the function New, for a source that shares the known refusals of its
// server.
func (s *Servers) New(name, rawURL string, password func(context.Context) (string, error)) (*Source, error) {
	s.once.Do(func() { s.environment = environment() })
	target, err := parse(rawURL, s.environment, &s.configs)
	if err != nil {
		return nil, err
	}
	return &Source{name: name, target: target, password: password, servers: s, near: near}, nil
}

// Name returns the source's unique name.
func (s *Source) Name() string { return s.name }

// Place returns where the database is, for listings: host:port/database, with the
// directory of the socket as host if it is local, and several hosts separated by
// commas.
func (s *Source) Place() string {
	return s.Server() + "/" + s.target.database()
}

// Server returns the text of Place without the database.
func (s *Source) Server() string {
	var hosts []string
	for _, h := range s.target.hosts {
		hosts = append(hosts, h.String())
	}
	return strings.Join(hosts, ",")
}

// Run runs the request; see package driver for the contract.
func (s *Source) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	w := &wire{keepAlive: s.target.keepAlive, userTimeout: s.target.userTimeout, measures: !q.FewTrips}
	defer w.close()
	w.awaitPeerClose.Store(q.AwaitPeerClose) // also of a connection that is refused TLS, say
	if q.AwaitPeerClose {
		defer context.AfterFunc(ctx, func() { w.awaitPeerClose.Store(false) })()
	}
	r := new(run) // on the heap, because the stack is kept small: see the goroutines of package query
	r.q, r.p, r.wire, r.servers = q, p, w, s.servers
	r.params, r.zone, r.notes = s.target.params, zoneOf(q.TimeZone, s.target.params), slices.Clone(s.target.notes)
	last, err := s.session(ctx, r, emit)
	if r.conn == nil {
		return driver.Answer{Warnings: r.notes}, r.failure(ctx, err)
	}
	w.awaitPeerClose.Store(q.AwaitPeerClose && err == nil && ctx.Err() == nil)
	whole := r.alive() // no message was left half read
	r.hangUp()
	if whole && r.seat.empty() {
		r.seat.rise()
		r.messages.Rest()
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

// session connects and runs the statement.
func (s *Source) session(ctx context.Context, r *run, emit row.Emit) (*row.Batch, error) {
	r.conn = nil
	if err := onFreshStack(func() error { return s.connect(ctx, r) }); err != nil {
		return nil, err
	}
	if version := r.version(); version != "" {
		r.p.Greeted("PostgreSQL " + version)
	}
	r.twoSteps = !r.q.FewTrips && r.wire.roundTrip < s.near || r.known.twoSteps || !r.plainText()
	if err := r.reread(); err != nil {
		return nil, err
	}
	return r.execute(ctx, emit)
}

// onFreshStack calls a function on a new goroutine and waits for it. The stack that has
// grown for the call is freed when it returns, and not kept while the server works. A
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
