// Packets, as they are on the connection, so that rows can be read past the driver.

package mysql

import (
	"encoding/binary"
	"io"

	"github.com/go-sql-driver/mysql"

	"github.com/fanql/fanql/sources/tap"
)

// packets are the packets of a server. The driver never sees those that next takes, and
// gets the packet after them under the number that it expects.
type packets struct {
	*tap.Reader
	// watch sees each packet before the driver reads it. It is set while the driver is
	// not in the middle of a packet. It may be nil.
	watch func(packet []byte)
	// guard checks each packet before the driver reads it. It may be nil.
	guard *guard
	// greet reads the server's first packet, which is the next. It may be nil.
	greet func(*packets) error
	// shift is the difference between the server's packet numbers and the driver's.
	shift byte
	// said records an error of the guard's, which the driver does not pass on. It may
	// be nil.
	said func(error)
	left int // unread bytes of the packet that the driver is reading
}

// The header of a packet: its length, and its number in the answer.
const headerSize = 4

// partSize is the length of a part that is followed by another.
const partSize = 1<<24 - 1

func newPackets(from io.Reader) *packets {
	return &packets{Reader: tap.New(from, headerSize, packetSize)}
}

// Read gives the driver at most the rest of a packet.
func (p *packets) Read(b []byte) (int, error) {
	if p.left == 0 {
		if header, err := p.Peek(headerSize); err == nil {
			if err := p.admit(packetSize(header)); err != nil {
				return 0, err
			}
			header, _ = p.Peek(headerSize)
			p.left = packetSize(header)
			if p.shift != 0 && header[headerSize-1] != 0 {
				header[headerSize-1] -= p.shift
			}
			if p.watch != nil {
				if packet, err := p.Peek(p.left); err == nil {
					p.watch(packet[headerSize:])
				}
			}
		}
	}
	n, err := p.Reader.Read(b)
	p.left = max(p.left-n, 0)
	return n, err
}

// admit lets the guard check the next packet, of the given size with its header. The
// driver allocates what a header says, so it gets nothing of a long packet before all
// of it has arrived.
func (p *packets) admit(size int) error {
	if p.guard == nil {
		return nil
	}
	const head, long = headerSize + 32, 64 << 10
	if greet := p.greet; greet != nil {
		p.greet = nil
		if err := greet(p); err != nil {
			p.said(err)
			return err
		}
	}
	first, err := p.Peek(min(size, head))
	if err == nil && len(first) > headerSize && first[headerSize] == 0xff && size > headerSize+mostMessage {
		first, err = p.Peek(headerSize + mostMessage)
	}
	if err != nil {
		return nil // the driver gets the same error //nolint:nilerr // see above
	}
	if err := p.guard.admit(size-headerSize, first[headerSize:]); err != nil {
		if p.said != nil {
			p.said(err)
		}
		return err
	}
	if size > long {
		_, _ = p.Peek(size) // likewise
	}
	return nil
}

func packetSize(header []byte) int {
	return headerSize + (int(header[0]) | int(header[1])<<8 | int(header[2])<<16)
}

// peek returns the first byte of the next packet and its number, without taking it.
func (p *packets) peek() (first, number byte, err error) {
	b, err := p.Peek(headerSize + 1)
	if err != nil {
		return 0, 0, err
	}
	return b[headerSize], b[headerSize-1], nil
}

// An end is the content of the packet that ends rows, or columns.
type end struct {
	status   uint16
	warnings int
}

// peekEnd returns the content of the next packet, without taking it; nil if it is not
// an end.
func (p *packets) peekEnd() (*end, error) {
	header, err := p.Peek(headerSize)
	if err != nil {
		return nil, err
	}
	packet, err := p.Peek(min(packetSize(header), headerSize+mostSimple))
	if err != nil || len(packet) <= headerSize || packet[headerSize] != 0xfe {
		return nil, err
	}
	e := readEnd(packet[headerSize:])
	return &e, nil
}

// readEnd reads 0xfe, and then in the older form the number of warnings and the status;
// in the newer one two numbers, the status and the number of warnings. For any other
// form it assumes that there are warnings.
func readEnd(p []byte) end {
	const older = 5
	if len(p) == older {
		return end{binary.LittleEndian.Uint16(p[3:]), int(binary.LittleEndian.Uint16(p[1:]))}
	}
	p = p[min(1, len(p)):]
	for range 2 { // affected rows, last id: numbers written as lengths
		size := 1
		if len(p) > 0 {
			switch p[0] {
			case 0xfc:
				size = 3
			case 0xfd:
				size = 4
			case 0xfe:
				size = 9
			}
		}
		p = p[min(size, len(p)):]
	}
	if len(p) < 4 {
		return end{warnings: 1}
	}
	return end{binary.LittleEndian.Uint16(p), int(binary.LittleEndian.Uint16(p[2:]))}
}

// serverError reads an error packet.
func serverError(p []byte) error {
	const head, state = 3, 6 // 0xff and the number; # and the SQLSTATE
	if len(p) < head || p[0] != 0xff {
		return errMalformed
	}
	e := &mysql.MySQLError{Number: binary.LittleEndian.Uint16(p[1:])}
	p = p[head:]
	if len(p) >= state && p[0] == '#' {
		copy(e.SQLState[:], p[1:])
		p = p[state:]
	}
	e.Message = cutMessage(string(p[:min(len(p), mostMessage)]), len(p), false)
	return e
}

// next takes a packet, and returns an error if its number is not the expected one. The
// packet is valid until the next call.
func (p *packets) next(number *byte) ([]byte, error) {
	var long []byte // of a packet in several parts
	most := 0
	if p.guard != nil {
		most = p.guard.row
	}
	for {
		header, err := p.Peek(headerSize)
		if err != nil {
			return nil, err
		}
		if header[headerSize-1] != *number {
			return nil, mysql.ErrPktSync
		}
		if most > 0 && len(long)+packetSize(header)-headerSize > most {
			return nil, &rowError{most}
		}
		*number++
		part, err := p.Take(packetSize(header))
		if err != nil {
			return nil, err
		}
		part = part[headerSize:]
		if len(part) < partSize && len(long) == 0 {
			return part, nil
		}
		long = append(long, part...)
		if len(part) < partSize {
			return long, nil
		}
	}
}

// renumber gives the next packet, which peek has seen, the number that the driver
// expects.
func (p *packets) renumber(number byte) {
	if header, err := p.Peek(headerSize); err == nil {
		header[headerSize-1] = number
	}
}

// waiting reports whether the next packet has not arrived completely.
func (p *packets) waiting() bool {
	if p.Buffered() < headerSize {
		return true
	}
	header, err := p.Peek(headerSize)
	return err != nil || p.Buffered() < packetSize(header)
}
