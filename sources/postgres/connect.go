// Connecting: from the hosts of the URL to one authenticated session. Each address gets
// a slice of the time, so that a dead one leaves time for the others.

package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fanql/fanql/sources/driver"
)

// connect leaves the session in r. Hosts and their addresses are tried in
// order, as libpq does.
func (s *Source) connect(ctx context.Context, r *run) error {
	d := dialler{run: r, target: s.target, hosts: slices.Clone(s.target.hosts)}
	if s.password != nil {
		r.p.Enter(driver.Open)
		password, err := s.password(ctx)
		if err != nil {
			return fmt.Errorf("password: %w", err)
		}
		for i := range d.hosts {
			d.hosts[i].password = password
		}
	}
	if s.target.shuffle {
		rand.Shuffle(len(d.hosts), func(i, j int) { d.hosts[i], d.hosts[j] = d.hosts[j], d.hosts[i] })
	}
	done, err := d.all(ctx, s.target.suits.check)
	if !done && s.target.suits.preference {
		// Only servers that the user does not prefer are left.
		_, err = d.all(ctx, nil)
	}
	return err
}

// all tries the hosts in their order, each with the check if it is set, and reports
// whether it has connected or must stop.
func (d *dialler) all(ctx context.Context, check func(context.Context, *pgconn.PgConn) error) (done bool, err error) {
	d.failed, d.check = nil, check
	for i, h := range d.hosts {
		hostsLeft := len(d.hosts) - i
		addresses, err := d.resolve(ctx, h, hostsLeft)
		if err != nil {
			d.failed = append(d.failed, err)
			continue
		}
		for j, a := range addresses {
			conn, err := d.at(ctx, a, hostsLeft-1+len(addresses)-j)
			if err == nil {
				d.run.conn = conn
				return true, nil
			}
			d.failed = append(d.failed, err)
			if over(ctx) || final(err) {
				return true, joined(d.failed)
			}
		}
	}
	return false, joined(d.failed)
}

// An address is one of the addresses of a host's name.
type address struct {
	host
	ip    string // the name again for a socket
	label string // for errors
}

type dialler struct {
	run    *run
	target *target
	hosts  []host
	check  func(context.Context, *pgconn.PgConn) error // of a connected server, or nil
	failed []error
}

func (d *dialler) resolve(ctx context.Context, h host, parts int) ([]address, error) {
	if h.local() {
		return []address{{h, h.name, h.String()}}, nil
	}
	if h.ip != "" {
		return []address{{h, h.ip, h.String()}}, nil
	}
	d.run.p.Enter(driver.Resolve)
	ctx, cancel := d.slice(ctx, parts)
	defer cancel()
	// Go's own resolver, because a hung name server then costs no system thread.
	// LookupHost is not used, because it obeys the deadline of ctx but not its
	// cancellation.
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
	if d.target.shuffle {
		rand.Shuffle(len(addresses), func(i, j int) { addresses[i], addresses[j] = addresses[j], addresses[i] })
	}
	return addresses, nil
}

// at connects to one address, encrypted or not in the order of sslmode.
func (d *dialler) at(ctx context.Context, a address, parts int) (conn *pgconn.PgConn, err error) {
	ctx, cancel := d.slice(ctx, parts)
	defer cancel()
	d.run.server = a.String()
	d.run.known = d.run.servers.of(d.run.server)
	for _, mode := range a.tls {
		conn, err = d.once(ctx, a, mode)
		if !d.run.known.bare && d.refusesParameters(err) {
			d.run.learn(func(h *habits) { h.bare = true })
			conn, err = d.once(ctx, a, mode)
		}
		// TLS cannot change anything for a missing connection or password.
		if err == nil || over(ctx) || final(err) || errors.Is(err, errNoPassword) || !d.run.wire.reached {
			break
		}
	}
	if err != nil {
		return nil, connecting(ctx, a.label, d.hint(err))
	}
	return conn, nil
}

// refusesParameters reports whether a pooler refused a parameter that the user set, and
// that can also be set with the query.
func (d *dialler) refusesParameters(err error) bool {
	return code(err, "08P01") && !crowded(err) &&
		len(startup(d.run.params, d.run.zone, false)) > len(startup(d.run.params, d.run.zone, true))
}

// hint suggests a name for a setting that the server does not know.
func (d *dialler) hint(err error) error {
	server := new(pgconn.PgError)
	if !errors.As(err, &server) || server.Code != "42704" {
		return err
	}
	for name := range d.run.params {
		if near := unknown(name); near != "" && strings.Contains(server.Message, `"`+name+`"`) {
			return &rewordedError{reason(err) + ": " + near, []error{err}}
		}
	}
	return err
}

func (d *dialler) once(ctx context.Context, a address, mode *tls.Config) (*pgconn.PgConn, error) {
	r := d.run
	r.messages = nil
	config := *d.target.config // the pointers in it are only read
	c := &config
	c.ValidateConnect = d.check
	c.Host, c.Port, c.TLSConfig, c.Fallbacks, c.Password = a.name, a.port, mode, nil, a.password
	c.ConnectTimeout = 0 // it is part of the slice
	c.LookupFunc = func(context.Context, string) ([]string, error) { return []string{a.ip}, nil }
	c.RuntimeParams = startup(r.params, r.zone, r.known.bare)
	c.DialFunc = r.wire.dialFunc(r.p, mode != nil, hello(c, mode))
	c.OnNotice = r.notice
	c.BuildFrontend = func(from io.Reader, to io.Writer) *pgproto3.Frontend {
		r.messages = newMessages(listening{from, r})
		r.messages.entersLogin = func() { r.p.Enter(driver.Auth) }
		r.messages.noPassword = a.password == ""
		r.messages.keepsPassword = mode == nil && !a.near() && !slices.Contains(list(c.RequireAuth), "password")
		r.outlet = &outlet{to: to}
		r.seat = newSeat(r.messages, r.outlet)
		return r.seat.front
	}
	conn, err := pgconn.ConnectConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	if r.own = nil; r.known.bare || dropped(conn, c.RuntimeParams) {
		r.own = setLater(r.params)
	}
	c.RuntimeParams = nil // conn keeps c, and needs only its dialling fields
	return conn, nil
}

// dropped reports whether the startup parameters had no effect, as behind proxies that
// do not pass them on.
func dropped(conn *pgconn.PgConn, sent map[string]string) bool {
	for ours, theirs := range map[string]string{"application_name": "application_name", "timezone": "TimeZone"} {
		if wanted, now := sent[ours], conn.ParameterStatus(theirs); wanted != "" && now != "" && !strings.EqualFold(wanted, now) {
			return true
		}
	}
	return false
}

// near reports whether nobody can intercept the connection.
func (a address) near() bool {
	ip := net.ParseIP(a.ip)
	return a.local() || ip != nil && ip.IsLoopback()
}

// setLater returns the user's settings that must be set with the query, because the
// startup packet could not contain them.
func setLater(params map[string]string) map[string]string {
	own := optionsOf(params["options"])
	maps.Copy(own, params)
	for _, name := range []string{"options", "timezone", "client_encoding", "application_name"} {
		delete(own, name)
	}
	return own
}

// slice returns a context for one of the given number of parts of the remaining time,
// at most the URL's connect_timeout.
func (d *dialler) slice(ctx context.Context, parts int) (context.Context, context.CancelFunc) {
	limit := d.target.config.ConnectTimeout
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

// final reports errors that no other address or encryption can change, by libpq's
// rules: the password, the database, the right to connect.
func final(err error) bool { return code(err, "28P01", "3D000", "42501") }

// joined returns the errors of all addresses on one line.
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
	return &rewordedError{strings.Join(texts, "; "), errs}
}
