package testkit

// A server that stands in for thousands. It speaks PostgreSQL's protocol or MySQL's, and
// costs so little that a benchmark measures its clients, with which it shares the cores.

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// A StandIn answers at every address of Linux's loopback network, 127.0.0.0/8, so it can
// be any number of servers. Every login succeeds. It knows the statements begin and
// rollback. Any other statement returns one row with one integer, after the seconds of
// its pg_sleep, unless it is cancelled. As PostgreSQL 14 and later do, it ends a statement
// whose client has closed the connection, if the client has set
// client_connection_check_interval: at the next half second of its sleep.
//
// One thread serves all connections. It decodes the messages of the clients, and what it
// answers is encoded in advance.
type StandIn struct {
	Port int

	url  string // a server's URL without the last three bytes of its address and the port
	stop func() error
	wake func() error

	woken    atomic.Bool  // by Wake
	open     atomic.Int64 // connections
	sleeping atomic.Int64 // statements that sleep
}

// StandInFor starts a stand-in, by [Stand] or [StandAsMySQL], until the end of the test.
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

// A Health says what answers at an address. It is the address's second byte.
type Health int

// The kinds of servers.
const (
	Healthy Health = iota
	Hanging        // accepts the connection, and never sends anything
	Dead           // refuses the connection
)

// URLs returns the URLs of that many servers, each with its own address.
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

// Wake ends the sleep of all statements, and of those that come.
func (s *StandIn) Wake() error {
	s.woken.Store(true)
	return s.wake()
}

// Left returns the number of open connections, and of statements that sleep.
func (s *StandIn) Left() (connections, statements int) {
	return int(s.open.Load()), int(s.sleeping.Load())
}

// A talk is the server's side of one connection. It is used by one goroutine.
type talk interface {
	// next answers the first message of what the client has sent, and returns its length,
	// or 0 if it is not whole yet. An error ends the connection.
	next(unread []byte) (length int, err error)
	// awake goes on after the sleep that next has begun.
	awake(cancelled bool)
	// end frees what the talk has outside of it.
	end()
}

// An answer is what a talk tells its connection. The connection sends what is flushed
// before it waits for the client, and drops it then.
type answer struct {
	bytes   []byte        // for the client
	flushed int           // this many of them are to be sent now
	sleep   time.Duration // no more messages are read for so long; 0 is none
	checks  bool          // the connection is checked every half second of the sleep
}

// flush has everything so far sent.
func (a *answer) flush() { a.flushed = len(a.bytes) }
