//go:build !linux

package postgres

import (
	"net"
	"syscall"
	"time"
)

// roundTrip returns the round trip of a connection: the time that connecting took, because
// connecting takes one round trip.
func roundTrip(_ net.Conn, connecting time.Duration) time.Duration { return connecting }

// giveUpAfter does nothing: TCP_USER_TIMEOUT exists on Linux only. libpq ignores it
// elsewhere, too.
func giveUpAfter(time.Duration) func(network, address string, c syscall.RawConn) error { return nil }

// cork does nothing: written bytes are sent at once.
func cork(net.Conn) {}
