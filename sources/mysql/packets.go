// Packets, as they stand on the connection: so that rows can be read past the
// driver.

package mysql

import (
	"io"

	"github.com/go-sql-driver/mysql"

	"github.com/fanql/fanql/sources/tap"
)

// packets are what a server sends. The driver never sees what is taken with next, and
// is given the packet after it under the number that it expects.
type packets struct{ *tap.Reader }

// The header of a packet: its length, and its number in the answer.
const headerSize = 4

// partSize is the length of a part that another follows.
const partSize = 1<<24 - 1

func newPackets(from io.Reader) *packets {
	return &packets{tap.New(from, headerSize, packetSize)}
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
