// The connection after the login, as the driver sees it: in plain text also over
// TLS, so that rows can be read past the driver.

package mysql

import (
	"database/sql/driver"
	"errors"
	"net"
	"reflect"
	"time"

	"github.com/go-sql-driver/mysql"
)

// A channel carries packets between the driver and the server, one at a time.
type channel struct {
	net.Conn // the wire, or TLS over it
	packets  *packets
	cursor   bool // the next statement that is executed opens a cursor
}

// tapped puts a channel between the driver and its connection. It gives nil where
// that cannot be done; then the driver reads the rows. The driver has no way to do
// so with TLS, whose handshake it makes itself: the field is set from outside.
func tapped(conn driver.Conn) *channel {
	c := reflect.ValueOf(conn)
	if c.Kind() != reflect.Pointer || c.Elem().Kind() != reflect.Struct {
		return nil
	}
	field := c.Elem().FieldByName("netConn")
	if !field.IsValid() || field.Type() != reflect.TypeFor[net.Conn]() || field.IsNil() {
		return nil
	}
	at := reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Interface().(*net.Conn)
	ch := &channel{Conn: *at, packets: newPackets(*at)}
	*at = ch
	return ch
}

func (c *channel) Read(b []byte) (int, error) { return c.packets.Read(b) }

func (c *channel) Write(b []byte) (int, error) {
	const (
		execute = 0x17
		command = headerSize
		flags   = command + 1 + 4 // after the statement's id
		cursor  = 1               // for reading
	)
	if c.cursor && len(b) > flags && b[command] == execute {
		c.cursor = false
		b = append([]byte(nil), b...)
		b[flags] = cursor
	}
	return c.Conn.Write(b)
}

// send sends a command past the driver, which must have none under way.
func (c *channel) send(command []byte) error {
	_ = c.SetWriteDeadline(time.Time{}) // that of the driver's last command
	if _, err := c.Conn.Write(command); err != nil {
		return mysql.ErrInvalidConn // the wire knows why
	}
	return nil
}

// connectionError is the driver's for a connection that broke.
func connectionError(err error) error {
	if errors.Is(err, mysql.ErrPktSync) {
		return err
	}
	return mysql.ErrInvalidConn // the wire knows why
}
