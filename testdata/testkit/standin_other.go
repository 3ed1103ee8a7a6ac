//go:build !linux

package testkit

import (
	"context"
	"errors"
	"net"

	"github.com/jackc/pgx/v5/pgproto3"
)

// A server is the thread of a stand-in. On this system there is none.
type server struct {
	startup pgproto3.StartupMessage
	bind    pgproto3.Bind
}

// A peer is one connection.
type peer struct{ answer }

// stand fails: only Linux has the addresses of the stand-in.
func stand(context.Context, string, func(*server, *peer) talk) (*StandIn, error) {
	return nil, errors.New("only Linux has all of 127.0.0.0/8 on loopback")
}

func (s *server) register(*peer) uint32 { return 0 }
func (s *server) forget(uint32)         {}
func (s *server) cancel(uint32)         {}

// HungUp always returns false here: only Linux has the addresses of the stand-in.
func HungUp(net.Conn) bool { return false }
