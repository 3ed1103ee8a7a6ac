package testkit

// The stand-in as thousands of MySQL servers.

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"time"
)

// StandAsMySQL starts a stand-in as [Stand] does, with MySQL's protocol. Every login
// succeeds. A text of several statements returns rows for the last one only, which is
// fanql's query of the session. Any other text returns one row with one integer, after
// the seconds of its sleep. Nothing can be cancelled.
func StandAsMySQL(ctx context.Context) (*StandIn, error) {
	return stand(ctx, "mysql://bench@127.%d.%d.%d:%d/bench?ssl-mode=DISABLED", func(s *StandIn, conn net.Conn) {
		m := &mysqlTalk{s: s, r: bufio.NewReaderSize(conn, 512), w: bufio.NewWriterSize(conn, 1024)}
		if m.login() == nil {
			for m.next() == nil {
			}
		}
	})
}

// A mysqlTalk is the state of one connection.
type mysqlTalk struct {
	s      *StandIn
	r      *bufio.Reader
	w      *bufio.Writer
	number byte   // of the next packet
	text   string // the statement that was prepared last
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

func (m *mysqlTalk) read() ([]byte, error) {
	var header [4]byte
	if _, err := io.ReadFull(m.r, header[:]); err != nil {
		return nil, err
	}
	m.number = header[3] + 1
	body := make([]byte, int(header[0])|int(header[1])<<8|int(header[2])<<16)
	_, err := io.ReadFull(m.r, body)
	return body, err
}

// packet writes a packet, which is flushed with the last one of an answer.
func (m *mysqlTalk) packet(body ...byte) {
	_, _ = m.w.Write([]byte{byte(len(body)), byte(len(body) >> 8), 0, m.number}) // Flush reports the error
	_, _ = m.w.Write(body)
	m.number++
}

func (m *mysqlTalk) ok(status byte) { m.packet(0, 0, 0, 2|status, 0, 0, 0) }

func (m *mysqlTalk) eof() { m.packet(0xfe, 0, 0, 2, 0) }

// login accepts a client without a password.
func (m *mysqlTalk) login() error {
	m.s.mu.Lock()
	m.s.last++
	thread := m.s.last
	m.s.mu.Unlock()
	b := binary.LittleEndian.AppendUint32(append([]byte{10}, "8.4.0-standin\x00"...), thread)
	b = append(b, "abcdefgh\x00"...)
	// Capabilities: with a database, 4.1, transactions, secure; utf8mb4, autocommit;
	// several statements, plugins.
	b = append(b, 0x08, 0xa2, 45, 2, 0, 0x0b, 0, 21)
	b = append(append(b, make([]byte, 10)...), "ijklmnopqrst\x00mysql_native_password\x00"...)
	m.packet(b...)
	if err := m.w.Flush(); err != nil {
		return err
	}
	if _, err := m.read(); err != nil {
		return err
	}
	m.ok(0)
	return m.w.Flush()
}

// next answers a command. An error ends the connection.
func (m *mysqlTalk) next() error {
	body, err := m.read()
	if err != nil {
		return err
	}
	if len(body) == 0 || body[0] == mysqlQuit {
		return io.EOF
	}
	switch text := string(body[1:]); body[0] {
	case mysqlQuery:
		m.query(text)
	case mysqlPrepare:
		m.text = text
		m.packet(0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) // statement 1, with one column and no parameter
		m.column("one", mysqlLong)
		m.eof()
	case mysqlExecute:
		m.sleep(m.text)
		m.packet(1)
		m.column("one", mysqlLong)
		m.eof()
		m.packet(0, 0, 1, 0, 0, 0)
		m.eof()
	default:
		m.ok(0)
	}
	return m.w.Flush()
}

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
	m.sleep(text)
	m.row([]string{"one"}, []string{"1"}, mysqlLong)
}

// row writes a result of one row, as text.
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

// sleep waits as long as the statement says.
func (m *mysqlTalk) sleep(text string) {
	_, rest, _ := strings.Cut(text, "sleep(")
	seconds, _, _ := strings.Cut(rest, ")")
	if d, err := time.ParseDuration(seconds + "s"); err == nil {
		m.s.count(1)
		defer m.s.count(-1)
		<-time.After(d)
	}
}
