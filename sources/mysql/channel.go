// The connection as the driver has it: in plain text also over TLS, so that what a
// server says can be looked at before the driver allocates for it, and rows be read
// past the driver.

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
// driver knows of no TLS: the channel begins it before the login.
type channel struct {
	net.Conn // the wire, or TLS over it
	wire     *wire
	packets  *packets
	guard    *guard
	security security
	config   *mysql.Config // that the driver goes by; it may be changed during the login
	logged   bool          // the login is over
	compress bool          // packets travel in frames from then on
	frames   *framing      // nil as long as they do not
	cursor   bool          // the next statement that is executed opens a cursor
	direct   bool          // the next statement that is prepared is executed at once; see ahead.go
	ahead    bool          // the server was told to execute one, and the driver has not said so yet
}

func newChannel(w *wire, s security, config *mysql.Config) *channel {
	c := &channel{Conn: w, wire: w, security: s, config: config, guard: &guard{row: mostOwn, keyless: !s.keys && !w.local()}}
	c.reads(newPackets(w))
	c.packets.greet = w.greet
	return c
}

// reads has the channel read packets.
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

// Write sends what the driver writes at once: a packet, or a part of one, or a frame.
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

// sends notes that a command is sent, the first of which ends the login.
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

// unsolicited is the error of a server that sends more than it was asked for.
func (c *channel) unsolicited() error {
	err := errors.New("the server sends what it was not asked for")
	c.wire.note(err)
	return err
}

// Bits of the capabilities, which the driver's first packet begins with.
const (
	withCompression = 1 << 5
	withTLS         = 1 << 11
	withoutEOF      = 1 << 24
)

// login sends a packet of the login. Before the first, which has the name and may have
// the password, TLS is begun.
func (c *channel) login(b []byte) (int, error) {
	const request = headerSize + 32 // of TLS, and the beginning of the driver's packet
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
	b[headerSize-1] += c.packets.shift
	return c.Conn.Write(b)
}

// secure asks for TLS and begins it. From then on the driver logs in as it does over
// TLS: it sends a password as it is, which nobody else can read.
func (c *channel) secure(request []byte) error {
	if c.packets.Buffered() > 0 { // it would count as said over TLS
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

// send sends a command past the driver, which must have none under way.
func (c *channel) send(command []byte) error {
	c.guard.command(command[headerSize])
	_ = c.SetWriteDeadline(time.Time{}) // that of the driver's last command
	if _, err := c.Conn.Write(command); err != nil {
		return mysql.ErrInvalidConn // the wire knows why
	}
	return nil
}

// connectionError is the driver's for a connection that broke.
func connectionError(err error) error {
	if errors.Is(err, mysql.ErrPktSync) || errors.As(err, new(*rowError)) {
		return err
	}
	return mysql.ErrInvalidConn // the wire knows why
}
