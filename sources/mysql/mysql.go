// Package mysql queries MySQL and MariaDB servers through go-sql-driver/mysql.
//
// A [Source] is one database behind a mysql:// or mariadb:// URL:
//
//	s, err := mysql.New("us", "mysql://reader@us.db/shop?tls=true", nil)
//	answer, err := s.Run(ctx, request, &progress, emit)
//
// Values that the URL leaves out (user, password, host, port, socket) are taken from
// ~/.my.cnf and MYSQL_PWD, as the mysql client does. See [New] for the URL's form.
//
// [Source.Run] fulfils the contract of package driver. In addition:
//
//   - The session and its one transaction are read-only. That prevents
//     INSERT, DDL and sequences, but not what a privileged account may do
//     outside transactions (GET_LOCK, SET GLOBAL, INTO OUTFILE): the real
//     guarantee is an account without write rights.
//   - The session's time zone is UTC, unless the request or the URL says
//     otherwise. A TIMESTAMP is an instant in any zone; NOW() depends on the zone.
//   - The other settings of a session are listed in settings. The server's own
//     sql_mode applies, and fanql reads the text by it.
//   - Statements are prepared and values travel in the binary protocol, which
//     is exact. A statement that cannot be prepared is sent as text over a
//     connection that accepts one statement, and refused where that would
//     round (FLOAT).
//   - A DECIMAL parameter travels as text, and the server compares text with a
//     decimal column as doubles in some places (IN, BETWEEN, arithmetic): write
//     CAST(? AS DECIMAL(65,30)) where every digit counts. Likewise the server
//     cuts the fraction off TIMESTAMP(?), but not off CAST(? AS DATETIME(6)).
//   - After ctx is done the statement is killed on its server by a second
//     connection to the same address, or by the first of several that reaches
//     the same server. A server behind a proxy that hides thread ids is left
//     alone, and the answer's Cancel is Unknown.
//   - An error of the statement has its place in the user's text, and suggests
//     the intended column or table.
package mysql

import (
	"cmp"
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A Source is one database. It is immutable, and safe for concurrent use.
type Source struct {
	name     string
	cfg      *mysql.Config
	collate  string // of the connection; empty is the server's default
	zone     string // of the session; empty if the URL does not set it
	plain    bool   // the driver reads plain packets: no compression, no time limit
	security security
	password func(context.Context) (string, error)
	notes    []string // warnings, of files that are ignored
}

// Name returns the name given to [New].
func (s *Source) Name() string { return s.name }

// Place returns where the database is, as host:port/database, or with the socket's path
// instead of host:port. It contains no secret.
func (s *Source) Place() string {
	if s.cfg.DBName == "" {
		return s.cfg.Addr
	}
	return s.cfg.Addr + "/" + s.cfg.DBName
}

// Server returns Place without the database.
func (s *Source) Server() string { return s.cfg.Addr }

// Run runs q and emits its rows. See package driver for the contract.
func (s *Source) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	a := &execution{q: q, progress: p, emit: emit, dialer: dialer{q: q, progress: p}}
	a.answer.Warnings = slices.Clone(s.notes)
	err := s.run(ctx, a)
	if a.refused != nil {
		return a.answer, a.refused
	}
	// At its deadline the network's timer may fire before that of ctx.
	if deadline, ok := ctx.Deadline(); ok && err != nil && !time.Now().Before(deadline) {
		<-ctx.Done()
	}
	if ctx.Err() != nil { // whatever error the driver returned
		err = a.dialer.wire.silent(context.Cause(ctx), p.Phase(), a.link)
	}
	if err == nil {
		return a.answer, nil
	}
	return a.answer, explain(err, p.Phase(), a.dialer.wire)
}

func (s *Source) run(ctx context.Context, a *execution) error {
	cfg := s.cfg.Clone()
	if s.password != nil {
		a.progress.Enter(driver.Open)
		pw, err := s.password(ctx)
		if err != nil {
			return fmt.Errorf("password: %w", err)
		}
		cfg.Passwd = pw
	}
	a.progress.Enter(driver.Resolve)
	err := s.runOn(ctx, a, cfg, true)
	if errors.Is(err, errUnpreparable) {
		// A connection that accepts several statements at once would not restrict a
		// text to one.
		a.textual = true
		a.dialer = dialer{q: a.q, progress: new(driver.Progress)}
		a.dialer.q.ConnectBy = time.Time{}
		err = s.runOn(ctx, a, cfg, false)
	}
	return err
}

// runOn runs the statement on a new connection, which accepts several statements at
// once or only one. On the former, the user's text is prepared, and a prepared text is
// always one statement. On the latter it is sent as it is.
func (s *Source) runOn(ctx context.Context, a *execution, cfg *mysql.Config, several bool) error {
	cfg = cfg.Clone()
	cfg.MultiStatements = several
	log := new(loginLog)
	cfg.Logger = log
	conn, link, err := logIn(ctx, cfg, s.security, a.dialer.dial)
	a.link, a.channel = link, nil
	if err != nil {
		return log.explain(err)
	}
	k := &killer{cfg: cfg, security: s.security, victim: a.dialer.wire, tag: a.q.Tag, grace: a.q.Grace, pool: a.q.Standby}
	stop := context.AfterFunc(ctx, func() { k.kill(ctx) })
	defer func() { k.standby.drop() }() // after the kill
	if s.plain {
		a.channel = link
	}
	err = s.executeOn(ctx, a, conn, k, several)
	if !stop() || err != nil && !errors.Is(err, errUnpreparable) {
		// The socket is closed first: a driver that still expects rows would otherwise
		// read all of them before it closes. Then comes kill, which waits for the kill
		// that the end of ctx has begun, if there is one.
		_ = a.dialer.wire.Close()
		k.kill(ctx)
		a.answer.Cancel = k.state
	}
	if a.q.AwaitPeerClose && (err == nil || errors.Is(err, errUnpreparable)) {
		a.dialer.wire.awaitPeerClose = func() bool { return ctx.Err() == nil }
	}
	_ = conn.Close() // read-only and verified: nothing can be lost by now
	return err
}

// executeOn runs the statement on an open connection.
func (s *Source) executeOn(ctx context.Context, a *execution, conn sqldriver.Conn, k *killer, several bool) (err error) {
	defer func() {
		if a.emitting { // a bug of ours, and not in the data
			return
		}
		if r := recover(); r != nil {
			err = fmt.Errorf("the server sent what cannot be read: %v", r)
		}
	}()
	a.session, err = setUp(ctx, conn, setUpOptions{
		several: several, maria: a.dialer.wire.greeting.Load().maria(), collate: s.collate,
		zone: cmp.Or(a.q.TimeZone, s.zone, utc), bestEffort: a.q.BestEffort, snapshot: a.q.More != nil,
	})
	if err != nil {
		return err
	}
	a.said = warningList{}
	for _, line := range a.session.warnings {
		a.said.note(line)
	}
	a.answer.Warnings = a.said.lines()
	k.server = a.session.server
	k.standBy(ctx, time.Since(a.dialer.wire.begun))
	return a.execute(ctx, conn, k)
}

// logIn opens a connection of the driver's through a channel.
func logIn(ctx context.Context, cfg *mysql.Config, s security, dial func(ctx context.Context, network, addr string) (*wire, error)) (sqldriver.Conn, *channel, error) {
	var live *mysql.Config // the one connection's
	var link *channel
	cfg = cfg.Clone()
	if err := cfg.Apply(mysql.BeforeConnect(func(_ context.Context, own *mysql.Config) error {
		live = own
		return nil
	})); err != nil {
		return nil, nil, err
	}
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		w, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		link = newChannel(w, s, live)
		return link, nil
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, nil, err
	}
	conn, err := connecting(ctx, connector)
	return conn, link, err
}

// connecting is connector.Connect that converts a panic to an error: the driver trusts
// its input.
func connecting(ctx context.Context, connector sqldriver.Connector) (conn sqldriver.Conn, err error) {
	defer unreadable(&err)
	return connector.Connect(ctx)
}

// unreadable converts a panic of the driver to an error.
func unreadable(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the server sent what cannot be read: %v", r)
	}
}
