package testkit

// The stand-in as thousands of MySQL servers.

import (
	"context"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"time"
)

// StandAsMySQL starts a stand-in as [Stand] does, with MySQL's protocol. Every login succeeds. A
// text with several statements returns rows only for the last statement, which is fanql's query of
// the session. Any other text returns one row with one integer, after the seconds of its sleep.
// Statements cannot be cancelled.
func StandAsMySQL(ctx context.Context) (*StandIn, error) {
	return stand(ctx, "mysql://bench@127.%d.%d.%d:%d/bench?ssl-mode=DISABLED", func(s *server, p *peer) talk {
		m := &mysqlTalk{server: s, answer: &p.answer, thread: s.register(p)}
		m.greet()
		return m
	})
}

// A mysqlTalk is the state of one connection.
type mysqlTalk struct {
	server *server
	*answer
	thread   uint32
	loggedIn bool
	number   byte   // of the next packet
	pause    string // the seconds of the sleep in the statement that was prepared last, or empty
	binary   bool   // the statement that sleeps was prepared
}

// Commands, types of columns, and bits of the status.
const (
	mysqlQuit    = 0x01
	mysqlQuery   = 0x03
	mysqlPrepare = 0x16
	mysqlExecute = 0x17

	mysqlLong   = 0x03
	mysqlBigint = 0x08
	mysqlText   = 0xfd

	mysqlMore = 8
)

func (m *mysqlTalk) next(unread []byte) (length int, err error) {
	const header = 4
	if len(unread) < header {
		return 0, nil
	}
	length = header + (int(unread[0]) | int(unread[1])<<8 | int(unread[2])<<16)
	if len(unread) < length {
		return 0, nil
	}
	m.number = unread[3] + 1
	return length, m.command(unread[header:length])
}

// packet writes a packet. It is flushed with the last packet of an answer.
func (m *mysqlTalk) packet(body ...byte) {
	m.bytes = append(m.bytes, byte(len(body)), byte(len(body)>>8), 0, m.number)
	m.bytes = append(m.bytes, body...)
	m.number++
}

func (m *mysqlTalk) ok(status byte) { m.packet(0, 0, 0, 2|status, 0, 0, 0) }

func (m *mysqlTalk) eof() { m.packet(0xfe, 0, 0, 2, 0) }

// greet writes the server's first message.
func (m *mysqlTalk) greet() {
	b := binary.LittleEndian.AppendUint32(append([]byte{10}, "8.4.0-standin\x00"...), m.thread)
	b = append(b, "abcdefgh\x00"...)
	// Capabilities: with a database, 4.1, transactions, secure; utf8mb4, autocommit;
	// several statements, plugins.
	b = append(b, 0x08, 0xa2, 45, 2, 0, 0x0b, 0, 21)
	b = append(append(b, make([]byte, 10)...), "ijklmnopqrst\x00mysql_native_password\x00"...)
	m.packet(b...)
	m.flush()
}

// command answers a command. The first one is the login, which needs no password. An error ends the
// connection.
func (m *mysqlTalk) command(body []byte) error {
	if !m.loggedIn {
		m.loggedIn = true
		m.ok(0)
		m.flush()
		return nil
	}
	if len(body) == 0 || body[0] == mysqlQuit {
		return io.EOF
	}
	switch body[0] {
	case mysqlQuery:
		m.query(string(body[1:]))
	case mysqlPrepare:
		m.pause = pauseOf(string(body[1:]))
		m.packet(0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) // statement 1, with one column and no parameter
		m.column("one", mysqlLong)
		m.eof()
	case mysqlExecute:
		m.binary = true
		m.begin(m.pause)
	default:
		m.ok(0)
	}
	if m.sleep == 0 {
		m.flush()
	}
	return nil
}

// begin begins the sleep of a statement, or answers it.
func (m *mysqlTalk) begin(pause string) {
	if seconds, err := strconv.ParseFloat(pause, 64); err == nil {
		m.sleep = max(time.Duration(seconds*float64(time.Second)), 1)
		return
	}
	m.one()
}

func (m *mysqlTalk) awake(bool) {
	m.one()
	m.flush()
}

// one writes the result of a statement: a row with one integer.
func (m *mysqlTalk) one() {
	if !m.binary {
		m.row([]string{"one"}, []string{"1"}, mysqlLong)
		return
	}
	m.packet(1)
	m.column("one", mysqlLong)
	m.eof()
	m.packet(0, 0, 1, 0, 0, 0)
	m.eof()
}

func (m *mysqlTalk) end() { m.server.forget(m.thread) }

// query answers a text. If it has several statements, the last one queries the session.
func (m *mysqlTalk) query(text string) {
	if several := strings.Count(text, ";"); several > 0 {
		for range several {
			m.ok(mysqlMore)
		}
		m.row([]string{"server", "sql_mode", "zone", "system zone", "limit"}, []string{"standin", "", "+00:00", "UTC", "0"}, mysqlText, mysqlText, mysqlText, mysqlText, mysqlBigint)
		return
	}
	if !strings.HasPrefix(strings.ToLower(strings.TrimSpace(text)), "select") {
		m.ok(0)
		return
	}
	m.binary = false
	m.begin(pauseOf(text))
}

// row writes a result with one row as text.
func (m *mysqlTalk) row(names, values []string, kinds ...byte) {
	m.packet(byte(len(names)))
	for i, name := range names {
		m.column(name, kinds[i])
	}
	m.eof()
	var b []byte
	for _, v := range values {
		b = append(append(b, byte(len(v))), v...)
	}
	m.packet(b...)
	m.eof()
}

func (m *mysqlTalk) column(name string, kind byte) {
	b := append([]byte("\x03def\x00\x00\x00"), byte(len(name)))
	b = append(append(b, name...), 0, 0x0c, 63, 0, 255, 0, 0, 0, kind, 0, 0, 0, 0, 0)
	if kind == mysqlText {
		b[len(b)-12] = 45 // utf8mb4
	}
	m.packet(b...)
}

// pauseOf returns the seconds of a statement's sleep, or an empty text.
func pauseOf(text string) string {
	_, rest, _ := strings.Cut(text, "sleep(")
	seconds, _, _ := strings.Cut(rest, ")")
	return seconds
}
