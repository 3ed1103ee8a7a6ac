package testkit

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// HungUp reports whether the other side has closed a connection, whatever is still to be
// read from it. It reads nothing.
func HungUp(conn net.Conn) (gone bool) {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return true
	}
	if err := raw.Control(func(fd uintptr) {
		p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
		n, err := unix.Poll(p, 0)
		gone = err == nil && n > 0
	}); err != nil {
		return true
	}
	return gone
}
