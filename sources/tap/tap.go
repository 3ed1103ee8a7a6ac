// Package tap takes messages out of a connection that a driver reads: rows, which a
// driver splits and copies more often than an export can afford.
//
// A [Reader] is placed between the two and gives the driver one message at a time, so
// that it never has more than it requested. Whenever the driver waits for its caller,
// the next message can be inspected and taken, and the driver never sees it:
//
//	r := tap.New(conn, headerSize, sizeOf)
//	driver.Reads(r)
//	if head, err := r.Peek(headerSize); err == nil && isRow(head) {
//		message, err := r.Take(sizeOf(head))
//	}
//
// It imports no other package of fanql.
package tap

import (
	"io"
	"sync"
)

// A buffer begins small: it holds a server's messages during the login. A buffer for rows
// grows in steps as reads fill it, because most results are short. A longer message gets a
// longer buffer. The first bytes after a long wait have only the room of waiting, because
// thousands of connections may be waiting.
const (
	waiting = 48
	narrow  = 1 << 10
	wide    = 64 << 10
	step    = 4
)

// narrows are narrow buffers that no reader uses.
var narrows = sync.Pool{New: func() any { return new([narrow]byte) }}

// A Reader splits a server's bytes into messages. Only one goroutine at a time may use it.
type Reader struct {
	from       io.Reader
	header     int
	size       func(header []byte) int
	buf        []byte // nil until the first read
	begin, end int    // of the unread bytes in buf
	left       int    // bytes of the message that the driver is reading
	widens     bool   // it may become wide
	full       bool   // the last read has filled the buffer
	err        error  // the error of from, which is not read again

	own     [waiting]byte // buf after Rest
	resting bool          // nothing was read since Rest
}

// New returns a reader of messages with a header of the given size. The function size
// returns the size of a message, with its header.
func New(from io.Reader, header int, size func(header []byte) int) *Reader {
	return &Reader{from: from, header: header, size: size}
}

// Rest gives the buffer back to others before a long wait, or at the end. It does nothing
// if the buffer is not empty, or has grown for rows.
func (r *Reader) Rest() {
	if r.Buffered() > 0 || len(r.buf) != narrow {
		return
	}
	narrows.Put((*[narrow]byte)(r.buf))
	r.buf, r.begin, r.end, r.full, r.resting = r.own[:], 0, 0, false, true
}

// Widen lets the buffer grow for rows.
func (r *Reader) Widen() { r.widens = true }

// Read gives the driver at most the rest of a message.
func (r *Reader) Read(b []byte) (int, error) {
	if r.left == 0 {
		head, err := r.Peek(r.header)
		if err != nil && r.Buffered() == 0 {
			return 0, err
		}
		if r.left = len(head); err == nil {
			r.left = max(r.size(head), r.header)
		}
	} else if _, err := r.Peek(1); err != nil {
		return 0, err
	}
	n := copy(b, r.buf[r.begin:min(r.end, r.begin+r.left)])
	r.begin += n
	r.left -= n
	return n, nil
}

// Peek returns the next n bytes without taking them or, with the connection's error, as
// many as there are. They belong to the reader, and are valid until its next call.
func (r *Reader) Peek(n int) ([]byte, error) {
	if r.Buffered() < n {
		if err := r.fill(n); err != nil {
			return r.buf[r.begin:r.end], err
		}
	}
	return r.buf[r.begin : r.begin+n], nil
}

// Take does the same as Peek, and also takes the bytes unless there is an error.
func (r *Reader) Take(n int) ([]byte, error) {
	p, err := r.Peek(n)
	if err == nil {
		r.begin += n
	}
	return p, err
}

// Buffered returns the number of bytes that can be read without waiting.
func (r *Reader) Buffered() int { return r.end - r.begin }

// Skip skips the next n bytes, and holds few of them at a time.
func (r *Reader) Skip(n int) error {
	for n > 0 {
		p, err := r.Peek(min(n, narrow))
		if err != nil {
			return err
		}
		r.begin += len(p)
		n -= len(p)
	}
	return nil
}

// fill reads until n bytes are available. A length alone takes no memory: a buffer
// beyond wide is at most twice as long as the bytes that have arrived.
func (r *Reader) fill(n int) error {
	if len(r.buf) < narrow && (!r.resting || n > waiting) {
		r.into(narrows.Get().(*[narrow]byte)[:])
	}
	r.resting = false
	for n > max(wide, len(r.buf)) && n > 2*len(r.buf) {
		if err := r.fill(max(wide, len(r.buf))); err != nil {
			return err
		}
		r.into(make([]byte, min(n, max(wide, 2*len(r.buf)))))
	}
	switch {
	case r.widens && r.full && max(n, len(r.buf)) < wide:
		r.into(make([]byte, min(max(n, step*len(r.buf)), wide)))
	case n > len(r.buf):
		r.into(make([]byte, n))
	case len(r.buf) > wide && max(n, r.Buffered()) <= wide: // the long message is over
		r.into(make([]byte, wide))
	case r.begin+n > len(r.buf):
		r.into(r.buf)
	}
	if r.Buffered() == 0 { // the next read has all of it
		r.begin, r.end = 0, 0
	}
	for r.Buffered() < n {
		if r.err != nil {
			return r.err
		}
		var read int
		read, r.err = r.from.Read(r.buf[r.end:])
		r.end += read
		r.full = r.end == len(r.buf)
	}
	return nil
}

// into moves the unread bytes to the beginning of a buffer.
func (r *Reader) into(buf []byte) {
	r.end = copy(buf, r.buf[r.begin:r.end])
	r.begin, r.buf = 0, buf
}
