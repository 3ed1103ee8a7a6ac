// Connecting: from the hosts of the URL to one authenticated session, with a
// slice of the time for each address, so that a dead one leaves time for the
// rest.

package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/ask"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// connect leaves the session in r. Hosts and their addresses are tried in
// order, as libpq does.
func (s *Source) connect(ctx context.Context, r *run) error {
	d := dialler{run: r, config: s.config.Copy()}
	if deadline, ok := ctx.Deadline(); ok && d.config.RuntimeParams["statement_timeout"] == "" {
		r.limit = []setting{timeout(time.Until(deadline))}
	}
	if s.password != nil {
		r.p.Enter(ask.Open)
		password, err := s.password(ctx)
		if err != nil {
			return fmt.Errorf("password: %w", err)
		}
		d.config.Password = password
	}
	hosts := hostsOf(s.config)
	var standIn []address
	for i, h := range hosts {
		hostsLeft := len(hosts) - i
		addresses, err := d.resolve(ctx, h, hostsLeft)
		if err != nil {
			d.failed = append(d.failed, err)
			continue
		}
		for j, a := range addresses {
			conn, err := d.at(ctx, a, hostsLeft-1+len(addresses)-j)
			if err == nil {
				r.conn = conn
				return nil
			}
			d.failed = append(d.failed, err)
			if over(ctx) || final(err) {
				return joined(d.failed)
			}
			if errors.As(err, new(*pgconn.NotPreferredError)) {
				standIn = []address{a}
			}
		}
	}
	// Of target_session_attrs=prefer-standby, only the preference is left.
	for _, a := range standIn {
		d.config.ValidateConnect = nil
		conn, err := d.at(ctx, a, 1)
		if err == nil {
			r.conn = conn
			return nil
		}
		d.failed = append(d.failed, err)
	}
	return joined(d.failed)
}

// An address is one that a host's name stands for.
type address struct {
	host
	ip    string // the name again for a socket
	label string // for errors
}

type dialler struct {
	run    *run
	config *pgconn.Config
	failed []error
}

func (d *dialler) resolve(ctx context.Context, h host, parts int) ([]address, error) {
	if h.local() {
		return []address{{h, h.name, h.String()}}, nil
	}
	d.run.p.Enter(ask.Resolve)
	ctx, cancel := d.slice(ctx, parts)
	defer cancel()
	// Go's own resolver: a hung server costs it no thread of the system. And not
	// LookupHost, which heeds the deadline of ctx and not its cancel.
	ips, err := (&net.Resolver{PreferGo: true}).LookupNetIP(ctx, "ip", h.name)
	if err != nil {
		return nil, connecting(ctx, h.String(), err)
	}
	addresses := make([]address, len(ips))
	for i, found := range ips {
		ip := found.Unmap().String()
		addresses[i] = address{h, ip, h.String()}
		if len(ips) > 1 && ip != h.name {
			addresses[i].label += " (" + ip + ")"
		}
	}
	return addresses, nil
}

// at connects to one address, encrypted or not in the order that sslmode gives.
func (d *dialler) at(ctx context.Context, a address, parts int) (conn *pgconn.PgConn, err error) {
	ctx, cancel := d.slice(ctx, parts)
	defer cancel()
	for _, mode := range a.tls {
		conn, err = d.once(ctx, a, mode)
		if !d.run.plain && code(err, "42704", "08P01", "22023") {
			// An older server, a pooler or an unusual platform does not
			// know one of our settings.
			d.run.plain = true
			conn, err = d.once(ctx, a, mode)
		}
		// Without a connection there is nothing that TLS could change.
		if err == nil || over(ctx) || final(err) || d.run.p.Phase() == ask.Connect {
			break
		}
	}
	if err != nil {
		return nil, connecting(ctx, a.label, err)
	}
	return conn, nil
}

func (d *dialler) once(ctx context.Context, a address, mode *tls.Config) (*pgconn.PgConn, error) {
	c := d.config.Copy()
	c.Host, c.Port, c.TLSConfig, c.Fallbacks = a.name, a.port, mode, nil
	c.ConnectTimeout = 0 // it is part of the slice
	c.LookupFunc = func(context.Context, string) ([]string, error) { return []string{a.ip}, nil }
	c.DialFunc = d.run.wire.dialFunc(d.run.p, mode != nil)
	c.OnNotice = d.run.notice
	c.BuildFrontend = func(from io.Reader, to io.Writer) *pgproto3.Frontend {
		d.run.messages = newMessages(listening{from, d.run})
		return pgproto3.NewFrontend(d.run.messages, to)
	}
	c.RuntimeParams = startup(c.RuntimeParams, d.run.plain, c.ValidateConnect != nil, d.run.limit)
	return pgconn.ConnectConfig(ctx, c)
}

// slice is the part of the remaining time that one of so many parts may use,
// at most the URL's connect_timeout.
func (d *dialler) slice(ctx context.Context, parts int) (context.Context, context.CancelFunc) {
	limit := d.config.ConnectTimeout
	if deadline, ok := d.run.q.ConnectDeadline(ctx); ok && parts > 1 {
		share := max(time.Until(deadline)/time.Duration(parts), 1)
		if limit == 0 || share < limit {
			limit = share
		}
	}
	if limit == 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s", limit.Round(time.Millisecond)))
}

// final reports errors that no other address or encryption would change, as
// libpq sees it: the password, the database, the right to connect.
func final(err error) bool { return code(err, "28P01", "3D000", "42501") }

// joined is the errors of all addresses on one line.
func joined(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	const shown = 4
	texts := make([]string, 0, shown+1)
	for i, err := range errs {
		if i == shown {
			texts = append(texts, fmt.Sprintf("and %d more", len(errs)-shown))
			break
		}
		texts = append(texts, err.Error())
	}
	return &told{strings.Join(texts, "; "), errs}
}
