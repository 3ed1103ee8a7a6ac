// Package tap takes messages out of a connection that a driver reads: rows, which
// a driver splits and copies more often than an export can afford.
//
// A [Reader] stands between the two and hands the driver one message at a time, so
// that it never has more than it asked for. Whenever it waits for its caller, the
// next message can be looked at and taken, and the driver never sees it:
//
//	r := tap.New(conn, headerSize, sizeOf)
//	driver.Reads(r)
//	if head, err := r.Peek(headerSize); err == nil && isRow(head) {
//		message, err := r.Take(sizeOf(head))
//	}
//
// It imports nothing of ours.
package tap

import "io"

// At first a buffer is small, as there may be thousands of connections that wait: it
// holds what a server says of itself at a login. One that is to become wide, for rows,
// does so as reads fill it, in steps: most answers are short. A longer message gets a
// longer one.
const (
	narrow = 1 << 10
	wide   = 64 << 10
	step   = 4
)

// A Reader splits what a server sends into messages. It is for one goroutine at a
// time.
type Reader struct {
	from       io.Reader
	header     int
	size       func(header []byte) int
	buf        []byte
	begin, end int   // of what is in buf and not read
	left       int   // bytes of the message that the driver is reading
	widens     bool  // it is to become wide
	full       bool  // the last read has filled the buffer
	err        error // of from, which is not asked again
}

// New returns a reader of messages that begin with a header of so many bytes, from
// which size tells how many there are with the header.
func New(from io.Reader, header int, size func(header []byte) int) *Reader {
	return &Reader{from: from, header: header, size: size, buf: make([]byte, narrow)}
}

// Widen has the buffer become one for rows.
func (r *Reader) Widen() { r.widens = true }

// Read returns the driver at most the rest of a message.
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

// Peek returns the next n bytes without taking them, or, with the connection's error,
// what there is of them. They are the reader's, valid until its next call.
func (r *Reader) Peek(n int) ([]byte, error) {
	if r.Buffered() < n {
		if err := r.fill(n); err != nil {
			return r.buf[r.begin:r.end], err
		}
	}
	return r.buf[r.begin : r.begin+n], nil
}

// Take is Peek and takes the bytes, unless there is an error.
func (r *Reader) Take(n int) ([]byte, error) {
	p, err := r.Peek(n)
	if err == nil {
		r.begin += n
	}
	return p, err
}

// Buffered is how many bytes can be had without waiting.
func (r *Reader) Buffered() int { return r.end - r.begin }

// Skip passes over the next n bytes, of which it holds few at a time.
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

// fill reads until n bytes are there. What a server only says that it will send takes
// no memory: a buffer beyond wide is at most twice as long as what has come.
func (r *Reader) fill(n int) error {
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

// into moves what is there to the beginning of a buffer.
func (r *Reader) into(buf []byte) {
	r.end = copy(buf, r.buf[r.begin:r.end])
	r.begin, r.buf = 0, buf
}
