// The server's greeting: thread id, version and flavour. The driver indexes into it
// without checks, so anything else is stopped here.

package mysql

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
)

var errNotMySQL = errors.New("what answers there does not speak the MySQL protocol")

// A greeting is the server's first packet. If that is an error, such as too many
// connections, the greeting is empty.
type greeting struct {
	thread  uint32
	version string
	ends    bool // rows end with an OK packet, and columns with none
	tls     bool // the server offers TLS
}

// readGreeting reads the first packet: 3 bytes of length, a sequence number 0, and
// either 10, version, NUL, thread id, ... or 255 and an error. Given the header alone,
// it checks the header.
func readGreeting(b []byte) (g greeting, err error) {
	const (
		header   = 4
		longest  = 4096
		protocol = 10
		refusal  = 0xff
		// After the version: thread id 4, scramble 8, filler 1, capabilities
		// 2; then, if anything, charset 1, status 2, capabilities 2, length 1,
		// reserved 10, scramble 13.
		short, long  = 15, 44
		lower        = 13 // offset of the capabilities
		upper        = 18 // offset of the capabilities' upper half
		deprecateEOF = 1 << 24
	)
	if len(b) < header {
		return g, nil
	}
	size := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
	if b[3] != 0 || size == 0 || size > longest {
		return g, errNotMySQL
	}
	if len(b) < header+size {
		return g, nil
	}
	body := b[header : header+size]
	switch body[0] {
	case protocol:
	case refusal:
		if size < 9 {
			return g, errNotMySQL
		}
		return g, nil
	default:
		return g, errNotMySQL
	}
	version, rest, ok := bytes.Cut(body[1:], []byte{0})
	if !ok || (len(rest) != short && len(rest) < long) {
		return g, errNotMySQL
	}
	g = greeting{thread: binary.LittleEndian.Uint32(rest), version: string(version)}
	g.tls = binary.LittleEndian.Uint16(rest[lower:])&withTLS != 0
	if len(rest) >= long {
		g.ends = uint32(binary.LittleEndian.Uint16(rest[upper:]))<<16&deprecateEOF != 0
	}
	return g, nil
}

// maria reports whether the server says that it is MariaDB.
func (g greeting) maria() bool { return strings.Contains(g.version, "MariaDB") }

// product returns the version for people: MariaDB 10.11.19, MySQL 8.0.36.
func (g greeting) product() string {
	// MariaDB before 11 puts 5.5.5- before its version for old replicas.
	number, _, _ := strings.Cut(strings.TrimPrefix(g.version, "5.5.5-"), "-")
	if g.maria() {
		return "MariaDB " + number
	}
	return "MySQL " + number
}
