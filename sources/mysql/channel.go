// The connection that the driver uses. It carries plain text even over TLS, so that the
// server's messages can be checked before the driver allocates for them, and rows can
// be read past the driver.

package mysql

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net"
	"time"

	"github.com/go-sql-driver/mysql"
)

// A channel carries packets between the driver and the server, one at a time. The
// driver does not know of TLS: the channel begins it before the login.
type channel struct {
	net.Conn // the wire, or TLS over it
	wire     *wire
	packets  *packets
	guard    *guard
	security security
	config   *mysql.Config // the driver's; it may change during the login
	logged   bool          // the login is over
	compress bool          // packets travel in frames from then on
	frames   *framing      // nil as long as there are no frames
	cursor   bool          // the next statement that is executed opens a cursor
	direct   bool          // the next statement that is prepared is executed at once; see ahead.go
	ahead    bool          // the server is executing a statement that the driver has not yet executed
}

func newChannel(w *wire, s security, config *mysql.Config) *channel {
	c := &channel{Conn: w, wire: w, security: s, config: config, guard: &guard{row: mostOwn, keyless: !s.keys && !w.local()}}
	c.reads(newPackets(w))
	c.packets.greet = w.greet
	return c
}

// reads makes the channel read from packets.
func (c *channel) reads(p *packets) {
	c.packets = p
	p.guard, p.said = c.guard, c.wire.note
}

// Close closes the wire. It may be called while others read and write.
func (c *channel) Close() error { return c.wire.Close() }

func (c *channel) Read(b []byte) (int, error) {
	if c.frames != nil {
		return c.frames.read(b, c.packets)
	}
	return c.packets.Read(b)
}

// Write sends what the driver writes in one call: a packet, a part of one, or a frame.
func (c *channel) Write(b []byte) (int, error) {
	const (
		command = headerSize
		flags   = command + 1 + 4 // after the statement's id
		cursor  = 1               // for reading
	)
	switch {
	case len(b) <= headerSize:
	case !c.logged && b[headerSize-1] != 0:
		return c.login(b)
	case b[headerSize-1] == 0:
		if c.ahead {
			if done, err := c.caughtUp(b); done || err != nil {
				return len(b), err
			}
		}
		if err := c.sends(b); err != nil {
			return 0, err
		}
		if c.direct && b[command] == comPrepare && c.frames == nil && len(b) < headerSize+partSize {
			return c.executeAhead(b)
		}
	}
	if c.cursor && len(b) > flags && b[command] == comExecute {
		c.cursor = false
		b = append([]byte(nil), b...)
		b[flags] = cursor
	}
	return c.Conn.Write(b)
}

// sends records that a command is sent. The first command ends the login.
func (c *channel) sends(b []byte) error {
	if !c.logged {
		c.logged, c.packets.shift = true, 0
		if c.compress {
			if c.packets.Buffered() > 0 {
				return c.unsolicited()
			}
			c.frames = &framing{}
			c.reads(newPackets(&inflater{from: c.Conn}))
		}
	}
	if c.frames != nil {
		c.guard.command(commandOf(b))
		return nil
	}
	c.guard.command(b[headerSize])
	return nil
}

// unsolicited returns the error for a server that sends an answer without a request.
func (c *channel) unsolicited() error {
	err := errors.New("the server sends data that nobody requested")
	c.wire.note(err)
	return err
}

// Capability bits, at the beginning of the driver's first packet.
const (
	withCompression = 1 << 5
	withTLS         = 1 << 11
	withoutEOF      = 1 << 24
)

// login sends a packet of the login. It begins TLS before the first packet, which
// contains the name and perhaps the password.
func (c *channel) login(b []byte) (int, error) {
	const request = headerSize + 32 // the request for TLS, which is the beginning of the driver's packet
	b = append([]byte(nil), b...)
	if b[headerSize-1] == 1 && len(b) >= request {
		capabilities := binary.LittleEndian.Uint32(b[headerSize:])
		c.guard.ends = capabilities&withoutEOF != 0
		c.compress = capabilities&withCompression != 0
		wanted, err := c.security.wants(c.wire)
		if err != nil {
			c.wire.note(err)
			return 0, err
		}
		if wanted {
			binary.LittleEndian.PutUint32(b[headerSize:], capabilities|withTLS)
			hello := append([]byte{request - headerSize, 0, 0, 1}, b[headerSize:request]...)
			if err := c.secure(hello); err != nil {
				return 0, err
			}
		}
	}
	c.wire.login()
	b[headerSize-1] += c.packets.shift
	return c.Conn.Write(b)
}

// secure requests TLS and begins it. From then on the driver logs in as it does over
// TLS: it sends a password as it is, which nobody else can read.
func (c *channel) secure(request []byte) error {
	if c.packets.Buffered() > 0 { // it would seem to have arrived over TLS
		return c.unsolicited()
	}
	if _, err := c.Conn.Write(request); err != nil {
		return err
	}
	over := tls.Client(c.wire, c.security.config)
	if err := over.Handshake(); err != nil { //nolint:noctx // closing the wire ends it, as it does every write
		err = explainTLS(err)
		c.wire.note(err)
		return err
	}
	c.Conn = over
	c.guard.keyless = false
	c.reads(newPackets(over))
	c.packets.shift = 1
	c.config.TLS = c.security.config
	if c.security.verified() && !c.security.clearSaid {
		c.config.AllowCleartextPasswords = true
	}
	return nil
}

// send sends a command past the driver, which must not have one in progress.
func (c *channel) send(command []byte) error {
	c.guard.command(command[headerSize])
	_ = c.SetWriteDeadline(time.Time{}) // the deadline was the driver's last command's
	if _, err := c.Conn.Write(command); err != nil {
		return mysql.ErrInvalidConn // the wire holds the reason
	}
	return nil
}

// connectionError converts an error of a broken connection to the driver's.
func connectionError(err error) error {
	if errors.Is(err, mysql.ErrPktSync) || errors.As(err, new(*rowError)) {
		return err
	}
	return mysql.ErrInvalidConn // the wire holds the reason
}
