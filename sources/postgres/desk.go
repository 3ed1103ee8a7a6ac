// Waiting for a server with little memory: thousands may be waited for at once.

package postgres

import (
	"io"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// A desk is what pgconn reads and writes messages with: 8 KiB to read into, what it
// writes into, and the messages themselves. There are as many as connections that have
// something to do.
type desk struct {
	*pgproto3.Frontend
	ends
}

// ends are those of the connection that a desk is at.
type ends struct {
	io.Reader
	io.Writer
}

var desks = sync.Pool{New: func() any {
	d := new(desk)
	d.Frontend = pgproto3.NewFrontend(&d.ends, &d.ends)
	return d
}}

// mostBody is how long pgproto3 lets the body of a message be by itself.
const mostBody = 1<<30 - 1

// A seat is a connection's place at a desk. While the connection waits it has none, and
// pgconn's Frontend is an empty one.
type seat struct {
	front *pgproto3.Frontend // pgconn's
	ends  ends
	desk  *desk // or nil
}

// newSeat returns a connection a desk.
func newSeat(from io.Reader, to io.Writer) *seat {
	s := &seat{front: new(pgproto3.Frontend), ends: ends{from, to}}
	s.sit()
	return s
}

// sit returns the connection a desk.
func (s *seat) sit() {
	s.desk = desks.Get().(*desk)
	s.desk.ends = s.ends
	*s.front = *s.desk.Frontend
}

// empty reports whether nothing is left on the desk to be read.
func (s *seat) empty() bool { return s.front.ReadBufferLen() == 0 }

// rise gives the desk back, which must be empty. A connection that has failed in the
// middle of a message keeps it.
func (s *seat) rise() {
	s.desk.ends = ends{}
	*s.desk.Frontend = *s.front
	s.desk.SetMaxBodyLen(mostBody)
	*s.front = pgproto3.Frontend{}
	desks.Put(s.desk)
	s.desk = nil
}

// await waits for the server without a desk. What goes wrong shows in the next read.
func (r *run) await() {
	if m := r.messages; m.Buffered()+len(m.ready)+m.left > 0 || !r.seat.empty() {
		return
	}
	r.seat.rise()
	_, _ = r.messages.Peek(headerSize)
	r.seat.sit()
}

// results is the line's GetResults.
func (r *run) results(line *pgconn.Pipeline) (any, error) {
	r.await()
	return line.GetResults()
}
