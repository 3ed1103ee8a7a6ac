// How long a round trip takes, by the system's own clock.

package postgres

import (
	"errors"
	"net"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// withFD calls do with the descriptor of a connection.
func withFD(conn net.Conn, do func(fd int)) error {
	if l, ok := conn.(*line); ok {
		conn = l.Conn
	}
	c, ok := conn.(syscall.Conn)
	if !ok {
		return errors.ErrUnsupported
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Control(func(fd uintptr) { do(int(fd)) })
}

// cork holds back the next bytes that are written until the connection is closed, so that
// one packet has them and the end of the connection. Then the server wakes up only once.
// Thousands of connections may close at the same moment.
func cork(conn net.Conn) {
	_ = withFD(conn, func(fd int) { _ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_CORK, 1) }) // on an error the bytes are sent at once
}

// roundTrip returns the round trip of a connection: the system's own measurement, which
// a busy machine does not distort.
func roundTrip(conn net.Conn, connecting time.Duration) time.Duration {
	if l, ok := conn.(*line); ok {
		conn = l.Conn
	}
	if _, local := conn.(*net.UnixConn); local {
		return 0
	}
	round := connecting
	err := withFD(conn, func(fd int) {
		if info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO); err == nil && info.Rtt > 0 {
			round = time.Duration(info.Rtt) * time.Microsecond
		}
	})
	if err != nil {
		return connecting
	}
	return round
}

// giveUpAfter makes a connection fail when the other side has acknowledged nothing for
// the limit (TCP_USER_TIMEOUT).
func giveUpAfter(limit time.Duration) func(network, address string, c syscall.RawConn) error {
	return func(network, _ string, c syscall.RawConn) (err error) {
		if !strings.HasPrefix(network, "tcp") {
			return nil
		}
		if wrong := c.Control(func(fd uintptr) {
			err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(limit.Milliseconds()))
		}); wrong != nil {
			return wrong
		}
		return err
	}
}
