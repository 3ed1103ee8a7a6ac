// Packets, as they stand on the connection: so that rows can be read past the
// driver.

package mysql

import (
	"io"

	"github.com/go-sql-driver/mysql"
)

// packets splits what a server sends. The driver reads through it a packet at a
// time and so never has more than it asked for: whenever it waits for its caller,
// the next packet can be taken away with next. What is taken, the driver never
// sees, but for the number that it expects the packet after it to have.
type packets struct {
	from       io.Reader
	buf        []byte
	begin, end int // of what is in buf and not read
	left       int // bytes of the packet that the driver is reading
}

// The header of a packet: its length, and its number in the answer.
const headerSize = 4

// partSize is the length of a part that another follows.
const partSize = 1<<24 - 1

// At first a buffer is as small as the driver's own; bufferSize is for rows, and
// holds many. A longer packet gets a longer one.
const (
	smallBuffer = 4 << 10
	bufferSize  = 64 << 10
)

func newPackets(from io.Reader) *packets {
	return &packets{from: from, buf: make([]byte, smallBuffer)}
}

// widen makes the buffer one for rows.
func (p *packets) widen() {
	wide := make([]byte, max(bufferSize, p.end-p.begin))
	p.end = copy(wide, p.buf[p.begin:p.end])
	p.begin, p.buf = 0, wide
}

// Read gives the driver at most the rest of a packet.
func (p *packets) Read(b []byte) (int, error) {
	if p.left == 0 {
		if err := p.need(headerSize); err != nil {
			return 0, err
		}
		p.left = headerSize + p.size()
	} else if err := p.need(1); err != nil {
		return 0, err
	}
	n := copy(b, p.buf[p.begin:min(p.end, p.begin+p.left)])
	p.begin += n
	p.left -= n
	return n, nil
}

// peek gives the first byte of the next packet and its number, without taking it.
func (p *packets) peek() (first, number byte, err error) {
	if err := p.need(headerSize + 1); err != nil {
		return 0, 0, err
	}
	return p.buf[p.begin+headerSize], p.buf[p.begin+headerSize-1], nil
}

// next takes a packet, and says so if it is not the number that is expected. It is
// valid until the next call.
func (p *packets) next(number *byte) ([]byte, error) {
	var long []byte // of a packet in more than one part
	for {
		if err := p.need(headerSize); err != nil {
			return nil, err
		}
		size := p.size()
		if p.buf[p.begin+headerSize-1] != *number {
			return nil, mysql.ErrPktSync
		}
		*number++
		if err := p.need(headerSize + size); err != nil {
			return nil, err
		}
		part := p.buf[p.begin+headerSize : p.begin+headerSize+size]
		p.begin += headerSize + size
		if size < partSize && len(long) == 0 {
			return part, nil
		}
		long = append(long, part...)
		if size < partSize {
			return long, nil
		}
	}
}

// renumber gives the next packet, which peek has seen, the number that the driver
// expects.
func (p *packets) renumber(number byte) { p.buf[p.begin+headerSize-1] = number }

// waiting reports whether the next packet has not come yet as a whole.
func (p *packets) waiting() bool {
	return p.end-p.begin < headerSize || p.end-p.begin < headerSize+p.size()
}

func (p *packets) size() int {
	b := p.buf[p.begin:]
	return int(b[0]) | int(b[1])<<8 | int(b[2])<<16
}

// need reads until so many bytes are there.
func (p *packets) need(n int) error {
	if p.end-p.begin >= n {
		return nil
	}
	if p.begin+n > len(p.buf) {
		to := p.buf
		if n > len(to) {
			to = make([]byte, n)
		} else if len(to) > bufferSize && n <= bufferSize { // the long packet is over
			to = make([]byte, bufferSize)
		}
		p.end = copy(to, p.buf[p.begin:p.end])
		p.begin, p.buf = 0, to
	}
	for p.end-p.begin < n {
		read, err := p.from.Read(p.buf[p.end:])
		p.end += read
		if err != nil && p.end-p.begin < n {
			return err
		}
	}
	return nil
}
