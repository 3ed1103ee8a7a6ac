package testkit

// A server that replaces thousands of servers. It speaks the protocol of PostgreSQL or MySQL. It
// costs so little that a benchmark measures its clients, although they share the cores with it.

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// A StandIn answers at every address of Linux's loopback network, 127.0.0.0/8, so it can be any
// number of servers. Every login succeeds. It knows the statements begin and rollback. Any other
// statement returns one row with one integer, after the seconds of its pg_sleep, unless it is
// cancelled. If the client has set client_connection_check_interval and has closed the connection,
// the statement ends at the next half second of its sleep, as with PostgreSQL 14 and later.
//
// One thread serves all connections. It decodes the messages of the clients. Its answers are
// encoded in advance.
type StandIn struct {
	Port int

	url  string // a server's URL without the last three bytes of its address and the port
	stop func() error
	wake func() error

	woken    atomic.Bool  // Wake was called
	open     atomic.Int64 // connections
	sleeping atomic.Int64 // statements that sleep
}

// StandInFor starts a stand-in with [Stand] or [StandAsMySQL]. It stops at the end of the test.
func StandInFor(t testing.TB, start func(context.Context) (*StandIn, error)) *StandIn {
	t.Helper()
	s, err := start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// A Health is the kind of server at an address. It is the second byte of the address.
type Health int

// The kinds of servers.
const (
	Healthy Health = iota
	Hanging        // accepts the connection, and never sends anything
	Dead           // refuses the connection
)

// URLs returns the URLs of that number of servers. Each has its own address.
func (s *StandIn) URLs(what Health, servers int) []string {
	port := s.Port
	if what == Dead {
		port = 1
	}
	list := make([]string, servers)
	for i := range list {
		list[i] = fmt.Sprintf(s.url, what, i/250, i%250+1, port)
	}
	return list
}

// Stop closes all connections, and returns when they are closed.
func (s *StandIn) Stop() error { return s.stop() }

// Wake ends the sleep of all statements, and of statements that come later.
func (s *StandIn) Wake() error {
	s.woken.Store(true)
	return s.wake()
}

// Left returns the number of open connections, and of statements that sleep.
func (s *StandIn) Left() (connections, statements int) {
	return int(s.open.Load()), int(s.sleeping.Load())
}

// A talk is the server's side of one connection. Only one goroutine uses it.
type talk interface {
	// next answers the first message of the bytes that the client has sent. It returns the length
	// of the message, or 0 if the message is incomplete. An error ends the connection.
	next(unread []byte) (length int, err error)
	// awake continues after the sleep that next has begun.
	awake(cancelled bool)
	// end releases what the talk has registered elsewhere.
	end()
}

// An answer is what a talk wants its connection to do. The connection sends the flushed bytes
// before it waits for the client, and then removes them.
type answer struct {
	bytes   []byte        // for the client
	flushed int           // this number of bytes is sent now
	sleep   time.Duration // no messages are read during the sleep; 0 means that there is none
	checks  bool          // the connection is checked every half second of the sleep
}

// flush makes the connection send all bytes so far.
func (a *answer) flush() { a.flushed = len(a.bytes) }
