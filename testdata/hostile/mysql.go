// A MySQL server that answers every query with one row that has one text.

package hostile

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
)

// MySQL returns host:port of a MySQL server that tells the lie. seen returns the fields that the
// server has sent so far.
func MySQL(t testing.TB, lie Lie) (address string, seen func() []Field) {
	var notes notebook
	return testkit.Serve(t, func(c net.Conn) {
		m := mysqlTalk{talk{conn: c, lie: lie, note: notes.note}, 0}
		if !m.greet() {
			return
		}
		if _, ok := m.read(); !ok { // the login packet
			return
		}
		if !m.ok("login", 2) {
			return
		}
		for {
			command, ok := m.read()
			if !ok || len(command) == 0 || !m.answer(command[0], string(command[1:])) {
				return
			}
		}
	}), notes.fields
}

type mysqlTalk struct {
	talk
	number byte // of the next packet
}

// read reads a packet from the client.
func (m *mysqlTalk) read() ([]byte, bool) {
	header := make([]byte, 4)
	if _, err := io.ReadFull(m.conn, header); err != nil {
		return nil, false
	}
	body := make([]byte, int(header[0])|int(header[1])<<8|int(header[2])<<16)
	_, err := io.ReadFull(m.conn, body)
	m.number = header[3] + 1
	return body, err == nil
}

// packet sends a packet.
func (m *mysqlTalk) packet(message string, body []byte) bool {
	b := m.little(nil, message, "length of the packet", uint64(len(body)), 3)
	b = append(b, m.number)
	m.number++
	return m.say(append(b, body...))
}

// integer appends a number in MySQL's length-encoded form.
func (m *mysqlTalk) integer(b []byte, message, name string, truth uint64) []byte {
	n := m.talk.number(message, name, truth, 8)
	if n < 251 {
		return append(b, byte(n))
	}
	b = append(b, 0xfe)
	for range 8 {
		b = append(b, byte(n))
		n >>= 8
	}
	return b
}

func (m *mysqlTalk) text(b []byte, message, name, text string) []byte {
	return append(m.integer(b, message, name, uint64(len(text))), text...)
}

func (m *mysqlTalk) greet() bool { return m.greetWith(false) }

// greetWith sends the greeting, with or without TLS among the capabilities.
func (m *mysqlTalk) greetWith(offersTLS bool) bool {
	b := append([]byte{10}, "8.4.0\x00"...)
	b = append(b, 1, 0, 0, 0)
	b = append(b, "abcdefgh\x00"...)
	b = append(b, 0x08, 0xa2) // capabilities: with a database, 4.1, transactions, secure
	if offersTLS {
		b[len(b)-1] |= 0x08
	}
	b = append(b, 45, 2, 0, 0x0b, 0, 21) // utf8mb4, autocommit, several statements, plugins
	b[len(b)-1] = byte(m.talk.number("greeting", "length of the challenge", 21, 1))
	b = append(b, make([]byte, 10)...)
	b = append(b, "ijklmnopqrst\x00"...)
	return m.packet("greeting", append(b, "mysql_native_password\x00"...))
}

const more = 8

// ok sends the end of a command that returns no rows.
func (m *mysqlTalk) ok(message string, status byte) bool {
	b := m.integer([]byte{0}, message, "affected rows", 0)
	b = m.integer(b, message, "last id", 0)
	return m.packet(message, m.little(append(b, status, 0), message, "warnings", 0, 2))
}

func (m *mysqlTalk) eof(message string, warnings uint64) bool {
	return m.packet(message, append(m.little([]byte{0xfe}, message, "warnings", warnings, 2), 2, 0))
}

func (m *mysqlTalk) definition(message string, kind byte) bool {
	b := []byte{}
	for _, name := range []string{"catalog", "schema", "table", "table's own name", "name", "own name"} {
		b = m.text(b, message, "length of the "+name, "def")
	}
	b = m.integer(b, message, "length of the rest", 12)
	b = append(b, 45, 0)
	b = m.little(b, message, "width", 1000, 4)
	return m.packet(message, append(b, kind, 0, 0, 0, 0, 0))
}

const varString = 253

// rows sends a text row set.
func (m *mysqlTalk) rows(message string, cells ...string) bool {
	if !m.packet(message+"'s head", m.integer(nil, message+"'s head", "number of columns", uint64(len(cells)))) {
		return false
	}
	for range cells {
		if !m.definition(message+"'s column", varString) {
			return false
		}
	}
	var row []byte
	for _, cell := range cells {
		row = m.text(row, message+"'s row", "length of a value", cell)
	}
	return m.eof(message+"'s columns' end", 0) && m.packet(message+"'s row", row) && m.eof(message+"'s end", 0)
}

// answer answers a command.
func (m *mysqlTalk) answer(command byte, text string) bool {
	const query, prepare, execute = 3, 0x16, 0x17
	switch command {
	case query:
		if strings.HasPrefix(text, "SHOW WARNINGS") {
			return m.rows("warnings", "Warning", "1292", "a warning")
		}
		if !strings.HasPrefix(text, "SET") || !strings.Contains(text, "SELECT") {
			return m.ok("answer", 2)
		}
		for range strings.Count(text, "; ") {
			if !m.ok("setting", 2|more) {
				return false
			}
		}
		return m.rows("question", "server", "", "+00:00", "UTC", "0")
	case prepare:
		b := append([]byte{0}, 1, 0, 0, 0)
		b = m.little(b, "prepared", "number of columns", 1, 2)
		b = m.little(b, "prepared", "number of parameters", 0, 2)
		return m.packet("prepared", m.little(append(b, 0), "prepared", "warnings", 0, 2)) &&
			m.definition("prepared column", varString) && m.eof("prepared columns' end", 0)
	case execute:
		if !m.packet("head", m.integer(nil, "head", "number of columns", 1)) || !m.definition("column", varString) || !m.eof("columns' end", 0) {
			return false
		}
		row := m.text([]byte{0, 0}, "row", "length of a value", "fine")
		return m.packet("row", row) && m.eof("end", 1)
	}
	return false
}

// Packets frames bodies as a server does, numbered from number.
func Packets(number byte, bodies ...[]byte) []byte {
	var b bytes.Buffer
	for _, body := range bodies {
		for more := true; more; number++ {
			part := body[:min(len(body), 1<<24-1)]
			body, more = body[len(part):], len(part) == 1<<24-1
			b.Write([]byte{byte(len(part)), byte(len(part) >> 8), byte(len(part) >> 16), number})
			b.Write(part)
		}
	}
	return b.Bytes()
}
