// Dialling: the lookup, the addresses in turn, and the connection that reads the
// greeting as it passes.

package mysql

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// addressTimeout is the limit for one of several addresses if there is no deadline.
const addressTimeout = 10 * time.Second

// A dialer makes the one connection of a Run and reports its progress.
type dialer struct {
	q        driver.Request
	progress *driver.Progress
	wire     *wire // the connection, once there is one
}

// dial connects to one of the addresses.
func (d *dialer) dial(ctx context.Context, network, addr string) (*wire, error) {
	targets := []string{addr}
	if network != "unix" {
		var err error
		if targets, err = resolve(ctx, addr); err != nil {
			return nil, err
		}
	}
	d.progress.Enter(driver.Connect)
	var failed error
	for i, target := range targets {
		w, err := dialWire(ctx, network, target, d.share(ctx, len(targets)-i))
		if err == nil {
			w.greeted, w.entersLogin = d.progress.Greeted, func() { d.progress.Enter(driver.Auth) }
			d.wire = w
			return w, nil
		}
		failed = errors.Join(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, inOneLine{failed}
}

// resolve returns the addresses of a host:port. It uses the Go resolver: each hung
// lookup through the C library would occupy an OS thread.
func resolve(ctx context.Context, addr string) ([]string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("the port %q of ~/.my.cnf is not a number", port) // the port is from the option file
	}
	ips, err := (&net.Resolver{PreferGo: true}).LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	targets := make([]string, len(ips))
	for i, ip := range ips {
		targets[i] = netip.AddrPortFrom(ip.Unmap(), uint16(number)).String()
	}
	return targets, nil
}

// share returns the time for the first of several addresses, so that time is left for the
// others if it never answers; 0 is no limit.
func (d *dialer) share(ctx context.Context, addresses int) time.Duration {
	if addresses == 1 {
		return 0
	}
	if deadline, ok := d.q.ConnectDeadline(ctx); ok {
		return max(time.Until(deadline)/time.Duration(addresses), 1)
	}
	return addressTimeout
}

// dialWire connects to one address within a limit; 0 leaves it to ctx.
func dialWire(ctx context.Context, network, target string, limit time.Duration) (*wire, error) {
	if limit > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, limit)
		defer stop()
	}
	begun := time.Now()
	conn, err := new(net.Dialer).DialContext(ctx, network, target)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", target, plain(err))
	}
	return &wire{Conn: conn, network: network, target: target, begun: begun}, nil
}

// A wire is a connection that remembers why it broke: the driver reports every failure
// as "invalid connection". The wire reads the greeting as it passes, which costs no
// round trip.
type wire struct {
	net.Conn
	network, target string
	begun           time.Time
	greeted         func(server string) // may be nil
	entersLogin     func()              // called when the login begins, or is refused at once; may be nil
	greeting        atomic.Pointer[greeting]
	broke           atomic.Pointer[error]
	awaitPeerClose  func() bool // if not nil, Close waits for the server's end while it returns true
}

func (w *wire) Close() error {
	if w.awaitPeerClose != nil {
		driver.AwaitPeerClose(w.Conn, w.awaitPeerClose)
	}
	return w.Conn.Close()
}

func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	w.note(err)
	return n, err
}

func (w *wire) Write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	w.note(err)
	return n, err
}

// note keeps the first error: later ones follow from it.
func (w *wire) note(err error) {
	if err != nil && !errors.Is(err, net.ErrClosed) {
		w.broke.CompareAndSwap(nil, &err)
	}
}

// greet reads the greeting, which is the next packet, before the driver does.
func (w *wire) greet(p *packets) error {
	header, err := p.Peek(headerSize)
	if err == nil {
		_, err = readGreeting(header)
	} else {
		return nil // the driver gets the same error //nolint:nilerr // see above
	}
	if err != nil {
		return err
	}
	packet, err := p.Peek(packetSize(header))
	if err != nil {
		return nil // likewise //nolint:nilerr // likewise
	}
	g, err := readGreeting(packet)
	if err != nil {
		return err
	}
	w.greeting.Store(&g)
	if g.version == "" {
		w.login() // an error instead of a greeting
	}
	if w.greeted != nil && g.version != "" {
		w.greeted(g.product())
	}
	return nil
}

// login notes that the login begins, or that the server refuses it.
func (w *wire) login() {
	if w.entersLogin != nil {
		w.entersLogin()
	}
}

// silent adds to the cause of a timeout what the server has not answered, if that is the
// connection or the login. The link may be nil.
func (w *wire) silent(cause error, phase driver.Phase, link *channel) error {
	switch {
	case w == nil || phase > driver.Auth:
		return cause
	case phase < driver.Auth:
		return driver.Silent(cause, driver.NoAnswer)
	case link != nil && link.logged:
		return driver.Silent(cause, driver.NotReady)
	}
	return driver.Silent(cause, driver.NoVerdict)
}

// local reports whether nobody can intercept the connection.
func (w *wire) local() bool {
	if w.network == "unix" {
		return true
	}
	at, err := netip.ParseAddrPort(w.target)
	return err == nil && at.Addr().IsLoopback()
}
