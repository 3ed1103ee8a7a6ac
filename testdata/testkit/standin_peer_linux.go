package testkit

// One connection of the stand-in. The messages of its client are read and answered.

import (
	"errors"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// A peer is one connection.
type peer struct {
	answer
	talk   talk // nil if the server hangs
	fd     int
	unread []byte    // messages of the client that were not answered
	until  time.Time // the end of the sleep; zero if no statement sleeps
	turn   int       // the number of the current alarm
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
	p.turn++ // no earlier alarm counts
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
		case n <= 0: // the end, or an error; if a statement sleeps, its next check finds that
			if p.left = true; p.until.IsZero() {
				s.drop(p)
			}
			return
		case p.talk == nil: // this server hangs
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
		if n < 0 { // everything of a client that has left was read
			if p.until.IsZero() {
				s.drop(p)
			}
			return
		}
	}
}

// answer answers the given messages, or those that the peer has kept, and sends the answer.
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

// prepare gives a peer a buffer for an answer.
func (s *server) prepare(p *peer) {
	if last := len(s.unused) - 1; p.bytes == nil && last >= 0 {
		p.bytes, s.unused = s.unused[last], s.unused[:last]
	}
}

// send sends the flushed bytes of the answer. They are always fewer than the socket's buffer takes.
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
