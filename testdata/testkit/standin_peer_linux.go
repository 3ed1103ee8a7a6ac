package testkit

// One connection of the stand-in: what its client sent is read, and answered.

import (
	"errors"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// A peer is one connection.
type peer struct {
	answer
	talk   talk // nil for one that hangs
	fd     int
	unread []byte    // of the client's messages
	until  time.Time // the end of the sleep; zero for none
	turn   int       // of the alarm that counts
	left   bool      // the client has closed the connection
}

// drop closes a connection.
func (s *server) drop(p *peer) {
	if s.peers[p.fd] != p {
		return
	}
	if p.talk != nil {
		p.talk.end()
	}
	if p.bytes != nil {
		p.bytes, s.unused = nil, append(s.unused, p.bytes[:0])
	}
	if !p.until.IsZero() {
		s.standIn.sleeping.Add(-1)
	}
	s.peers[p.fd] = nil
	p.turn++ // no alarm counts any more
	_ = unix.Close(p.fd)
	s.standIn.open.Add(-1)
}

// read reads what the client has sent, and answers it unless a statement sleeps.
func (s *server) read(p *peer) {
	for {
		n, err := unix.Read(p.fd, s.from)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
		case n <= 0: // the end, or a failure; a statement that sleeps finds it out at its check
			if p.left = true; p.until.IsZero() {
				s.drop(p)
			}
			return
		case p.talk == nil: // it hangs
		case !p.until.IsZero() || len(p.unread) > 0:
			p.unread = append(p.unread, s.from[:n]...)
			if p.until.IsZero() {
				s.answer(p, nil)
			}
		default:
			s.answer(p, s.from[:n])
		}
		if s.peers[p.fd] != p || n < len(s.from) && !p.left {
			return
		}
		if n < 0 { // nothing is left of a client that has left
			if p.until.IsZero() {
				s.drop(p)
			}
			return
		}
	}
}

// answer answers the messages that are not read yet, which are those given or the peer's
// own, and sends the answer.
func (s *server) answer(p *peer, unread []byte) {
	if unread == nil {
		unread = p.unread
	}
	s.prepare(p)
	for p.sleep == 0 {
		n, err := p.talk.next(unread)
		if err != nil {
			if errors.Is(err, io.EOF) {
				s.send(p)
			}
			s.drop(p)
			return
		}
		if n == 0 {
			break
		}
		unread = unread[n:]
	}
	p.unread = append(p.unread[:0], unread...)
	s.send(p)
	if p.sleep > 0 {
		if s.standIn.woken.Load() {
			p.sleep = 1
		}
		p.until, p.sleep = time.Now().Add(p.sleep), 0
		s.standIn.sleeping.Add(1)
		s.rest(p)
	}
}

// prepare gives a peer room for an answer.
func (s *server) prepare(p *peer) {
	if last := len(s.unused) - 1; p.bytes == nil && last >= 0 {
		p.bytes, s.unused = s.unused[last], s.unused[:last]
	}
}

// send sends what is flushed of the answer, which is always less than a socket takes.
func (s *server) send(p *peer) {
	if s.peers[p.fd] != p {
		return
	}
	if p.flushed > 0 {
		if n, err := unix.Write(p.fd, p.bytes[:p.flushed]); err != nil || n < p.flushed {
			s.drop(p)
			return
		}
		p.bytes, p.flushed = append(p.bytes[:0], p.bytes[p.flushed:]...), 0
	}
	if len(p.bytes) == 0 && p.bytes != nil {
		p.bytes, s.unused = nil, append(s.unused, p.bytes)
	}
}
