// Packets, as they stand on the connection: so that rows can be read past the
// driver.

package mysql

import (
	"encoding/binary"
	"io"

	"github.com/go-sql-driver/mysql"

	"github.com/fanql/fanql/sources/tap"
)

// packets are what a server sends. The driver never sees what is taken with next, and
// is given the packet after it under the number that it expects.
type packets struct {
	*tap.Reader
	// watch sees each packet before the driver reads it, from a moment on at which
	// the driver was not in the middle of one. It may be nil.
	watch func(packet []byte)
	left  int // bytes of the packet that the driver is reading
}

// The header of a packet: its length, and its number in the answer.
const headerSize = 4

// partSize is the length of a part that another follows.
const partSize = 1<<24 - 1

func newPackets(from io.Reader) *packets {
	return &packets{Reader: tap.New(from, headerSize, packetSize)}
}

// Read gives the driver at most the rest of a packet.
func (p *packets) Read(b []byte) (int, error) {
	if p.left == 0 {
		if header, err := p.Peek(headerSize); err == nil {
			p.left = packetSize(header)
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

func packetSize(header []byte) int {
	return headerSize + (int(header[0]) | int(header[1])<<8 | int(header[2])<<16)
}

// peek gives the first byte of the next packet and its number, without taking it.
func (p *packets) peek() (first, number byte, err error) {
	b, err := p.Peek(headerSize + 1)
	if err != nil {
		return 0, 0, err
	}
	return b[headerSize], b[headerSize-1], nil
}

// An end is what the packet says that ends rows, or columns.
type end struct {
	status   uint16
	warnings int
}

// peekEnd gives what the next packet says, without taking it; nil if it is no end.
func (p *packets) peekEnd() (*end, error) {
	header, err := p.Peek(headerSize)
	if err != nil {
		return nil, err
	}
	packet, err := p.Peek(packetSize(header))
	if err != nil || len(packet) <= headerSize || packet[headerSize] != 0xfe {
		return nil, err
	}
	e := readEnd(packet[headerSize:])
	return &e, nil
}

// readEnd reads 0xfe, and then in the older form the number of warnings and the
// status; in the newer one two numbers, the status and the number of warnings. A
// packet of neither form says that there may be warnings.
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
	e.Message = string(p)
	return e
}

// next takes a packet, and says so if it is not the number that is expected. It is
// valid until the next call.
func (p *packets) next(number *byte) ([]byte, error) {
	var long []byte // of a packet in more than one part
	for {
		header, err := p.Peek(headerSize)
		if err != nil {
			return nil, err
		}
		if header[headerSize-1] != *number {
			return nil, mysql.ErrPktSync
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

// waiting reports whether the next packet has not come yet as a whole.
func (p *packets) waiting() bool {
	if p.Buffered() < headerSize {
		return true
	}
	header, err := p.Peek(headerSize)
	return err != nil || p.Buffered() < packetSize(header)
}
