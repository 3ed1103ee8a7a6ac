// Package postgres asks one PostgreSQL database one question over one
// connection, exactly and read-only.
//
// A [Source] satisfies the contract of package ask. [New] takes a URL as libpq
// does, together with libpq's environment (PGPASSWORD, PGPASSFILE, PGSERVICE,
// PGSSLMODE, …):
//
//	s, err := postgres.New("eu", "postgres://reader@eu.db/shop?sslmode=verify-full", nil)
//	answer, err := s.Run(ctx, ask.Question{SQL: "select 1"}, new(ask.Progress), emit)
//
// The statement runs alone in a read-only transaction with one snapshot, which
// is rolled back. Its values are read in the server's own text, under settings
// that make this text lossless (see settings.go), or, from a server that is near,
// in binary where a test holds that equal (see binary.go). A row set counts only
// when the server has said how many rows it sent and as many were read.
//
// Read-only is what PostgreSQL makes of it: functions that reach outside the
// transaction (dblink, files on the server, advisory locks) are not held back.
// An account without write rights is.
package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/sources/row"
	"github.com/jackc/pgx/v5/pgconn"
)

// A Source is one PostgreSQL database. It holds no connection between runs and
// is safe for concurrent use.
type Source struct {
	name     string
	config   *pgconn.Config
	password func(context.Context) (string, error)
	near     time.Duration // a server that answers sooner is asked in two steps: see the constant
}

// New reads the URL; it dials nothing. The password function, where given, is
// asked at each run and wins over every other place a password can stand. An
// error quotes nothing of the URL that could be a password.
func New(name, rawURL string, password func(context.Context) (string, error)) (*Source, error) {
	config, err := parse(rawURL)
	if err != nil {
		return nil, err
	}
	return &Source{name: name, config: config, password: password, near: near}, nil
}

// Name is the source's unique name.
func (s *Source) Name() string { return s.name }

// Place is where the database is, for listings: host:port/database, with the
// socket's directory for host where it is local, and several hosts with commas
// between.
func (s *Source) Place() string {
	database := s.config.Database
	if database == "" {
		database = s.config.User // the server's own default
	}
	return s.Server() + "/" + database
}

// Server is Place without the database.
func (s *Source) Server() string {
	var hosts []string
	for _, h := range hostsOf(s.config) {
		hosts = append(hosts, h.String())
	}
	return strings.Join(hosts, ",")
}

// Run asks the question; see package ask for the contract.
func (s *Source) Run(ctx context.Context, q ask.Question, p *ask.Progress, emit row.Emit) (ask.Answer, error) {
	w := new(wire)
	defer w.close()
	w.linger.Store(q.Linger) // also of a connection that is refused TLS, say
	defer context.AfterFunc(ctx, func() { w.linger.Store(false) })()
	r := run{q: q, p: p, wire: w}
	if err := s.connect(ctx, &r); err != nil {
		return ask.Answer{Warnings: r.notes}, r.failure(ctx, err)
	}
	if version, _, _ := strings.Cut(r.conn.ParameterStatus("server_version"), " "); version != "" {
		p.Greeted("PostgreSQL " + version)
	}
	// Servers before 10 may count time in floats.
	r.near = w.way < s.near && r.conn.ParameterStatus("integer_datetimes") != "off"
	last, err := r.ask(ctx, emit)
	w.linger.Store(q.Linger && err == nil && ctx.Err() == nil)
	r.hangUp(ctx)
	answer := ask.Answer{Cancel: r.cancel, Warnings: r.notes}
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
