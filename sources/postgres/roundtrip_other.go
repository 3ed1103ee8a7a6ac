//go:build !linux

package postgres

import (
	"net"
	"syscall"
	"time"
)

// roundTrip returns a round trip of a connection that was made in a time, which is one.
func roundTrip(_ net.Conn, connecting time.Duration) time.Duration { return connecting }

// giveUpAfter sets nothing: TCP_USER_TIMEOUT is Linux's. libpq ignores it elsewhere, too.
func giveUpAfter(time.Duration) func(network, address string, c syscall.RawConn) error { return nil }
