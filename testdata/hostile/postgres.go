// A PostgreSQL server that answers every query with one row that has one text.

package hostile

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
)

// Postgres returns host:port of a PostgreSQL server that tells the lie. seen returns the fields
// that the server has sent so far. The server has no TLS.
func Postgres(t testing.TB, lie Lie) (address string, seen func() []Field) {
	var notes notebook
	return testkit.Serve(t, func(c net.Conn) {
		p := postgresTalk{talk{conn: c, lie: lie, note: notes.note}, ""}
		if p.start() {
			for p.answer() {
			}
		}
	}), notes.fields
}

type postgresTalk struct {
	talk
	sql string // the statement that was parsed last
}

// ReadStartup reads the first packet of a connection.
func ReadStartup(c net.Conn) bool {
	var size [4]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return false
	}
	_, err := io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint32(size[:]))-4)
	return err == nil
}

func (p *postgresTalk) message(name string, kind byte, body []byte) bool {
	b := p.big([]byte{kind}, name, "length of the message", uint64(len(body)+4), 4)
	return p.say(append(b, body...))
}

func (p *postgresTalk) start() bool {
	return ReadStartup(p.conn) &&
		p.message("authentication", 'R', p.big(nil, "authentication", "kind", 0, 4)) &&
		p.message("parameter", 'S', []byte("server_version\x0018.0\x00")) &&
		p.message("parameter", 'S', []byte("standard_conforming_strings\x00on\x00")) &&
		p.message("key", 'K', []byte{0, 0, 0, 1, 0, 0, 0, 1}) &&
		p.message("ready", 'Z', []byte{'I'})
}

// answer reads a message and answers it.
func (p *postgresTalk) answer() bool {
	var header [5]byte
	if _, err := io.ReadFull(p.conn, header[:]); err != nil {
		return false
	}
	body := make([]byte, binary.BigEndian.Uint32(header[1:])-4)
	if _, err := io.ReadFull(p.conn, body); err != nil {
		return false
	}
	rows := strings.Contains(strings.ToLower(p.sql), "select")
	switch header[0] {
	case 'P':
		_, rest, _ := strings.Cut(string(body), "\x00")
		p.sql, _, _ = strings.Cut(rest, "\x00")
		return p.message("parsed", '1', nil)
	case 'B':
		return p.message("bound", '2', nil)
	case 'D':
		if body[0] == 'S' && !p.message("parameters' description", 't', p.big(nil, "parameters' description", "number of parameters", 0, 2)) {
			return false
		}
		if !rows {
			return p.message("no rows", 'n', nil)
		}
		b := append(p.big(nil, "description", "number of columns", 1, 2), "note\x00"...)
		b = append(b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25)
		b = append(p.big(b, "description", "size of the type", 0xffff, 2), 0xff, 0xff, 0xff, 0xff, 0, 0)
		return p.message("description", 'T', b)
	case 'E':
		if !rows {
			return p.message("done", 'C', []byte(strings.ToUpper(p.sql)+"\x00"))
		}
		b := p.big(nil, "row", "number of values", 1, 2)
		b = append(p.big(b, "row", "length of a value", 4, 4), "fine"...)
		return p.message("row", 'D', b) && p.message("done with rows", 'C', []byte("SELECT 1\x00"))
	case 'S':
		return p.message("ready again", 'Z', []byte{'I'})
	case 'X':
		return false
	}
	return true
}

// Message frames a body as a server does.
func Message(kind byte, body string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4)), body...)
}
