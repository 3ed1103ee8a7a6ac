// Waiting for a server with little memory: thousands of connections may wait at once.

package postgres

import (
	"io"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// A desk holds pgconn's buffers for messages: 8 KiB to read into, a buffer to write
// into, and the messages themselves. There are only as many desks as connections with
// work to do.
type desk struct {
	*pgproto3.Frontend
	ends
}

// ends are the two directions of the connection that uses a desk.
type ends struct {
	io.Reader
	io.Writer
}

var desks = sync.Pool{New: func() any {
	d := new(desk)
	d.Frontend = pgproto3.NewFrontend(&d.ends, &d.ends)
	return d
}}

// mostBody is the largest body of a message that pgproto3 accepts by default.
const mostBody = 1<<30 - 1

// A seat connects a connection to a desk. While the connection waits it has no desk,
// and pgconn's Frontend is an empty one.
type seat struct {
	front *pgproto3.Frontend // pgconn's
	ends  ends
	desk  *desk // or nil
}

// newSeat returns a seat with a desk.
func newSeat(from io.Reader, to io.Writer) *seat {
	s := &seat{front: new(pgproto3.Frontend), ends: ends{from, to}}
	s.sit()
	return s
}

// sit takes a desk for the connection.
func (s *seat) sit() {
	s.desk = desks.Get().(*desk)
	s.desk.ends = s.ends
	*s.front = *s.desk.Frontend
}

// empty reports whether the desk has no unread bytes.
func (s *seat) empty() bool { return s.front.ReadBufferLen() == 0 }

// rise gives back the desk, which must be empty. A connection that failed in the middle
// of a message keeps its desk.
func (s *seat) rise() {
	s.desk.ends = ends{}
	*s.desk.Frontend = *s.front
	s.desk.SetMaxBodyLen(mostBody)
	*s.front = pgproto3.Frontend{}
	desks.Put(s.desk)
	s.desk = nil
}

// await waits for the server without a desk. It returns an error if the wire was closed
// meanwhile; other errors appear again in the next read.
func (r *run) await() error {
	if m := r.messages; m.Buffered()+len(m.ready)+m.left > 0 || !r.seat.empty() {
		return nil
	}
	r.seat.rise()
	r.messages.Rest()
	if _, err := r.messages.Peek(headerSize); err != nil && r.wire.isClosed() {
		r.cut = true
		return err
	}
	r.yield()
	r.seat.sit()
	return nil
}

// results calls the line's GetResults, unless the wire was closed.
func (r *run) results(line *pgconn.Pipeline) (any, error) {
	if err := r.await(); err != nil {
		return nil, err
	}
	return line.GetResults()
}
