package testkit

// The stand-in as thousands of PostgreSQL servers.

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Stand starts a stand-in with PostgreSQL's protocol, until [StandIn.Stop] is called.
func Stand(ctx context.Context) (*StandIn, error) {
	return stand(ctx, "postgres://bench@127.%d.%d.%d:%d/bench?sslmode=disable", func(s *server, p *peer) talk {
		return &postgresTalk{server: s, peer: p, answer: &p.answer, status: 'I'}
	})
}

// A postgresTalk is the state of one connection.
type postgresTalk struct {
	server *server
	peer   *peer
	*answer
	process uint32 // 0 before the login

	checks bool   // the client wants its connection to be checked while statements run
	failed bool   // messages up to the next Sync are ignored
	simple bool   // the statement that sleeps uses the simple protocol
	status byte   // the status of the transaction in ReadyForQuery
	tag    string // the tag of the statement that was parsed last, if it has no rows
	pause  string // the seconds of its pg_sleep, or empty
	sets   bool   // the statement sets client_connection_check_interval
	binary bool   // its rows were requested in binary form
}

// Messages that are the same for all clients.
var (
	pgAccepted     = encoded(&pgproto3.AuthenticationOk{})
	pgParsed       = encoded(&pgproto3.ParseComplete{})
	pgBound        = encoded(&pgproto3.BindComplete{})
	pgNoParameters = encoded(&pgproto3.ParameterDescription{})
	pgNoData       = encoded(&pgproto3.NoData{})
	pgOneText      = describedOne(pgproto3.TextFormat)
	pgOneBinary    = describedOne(pgproto3.BinaryFormat)
	pgRowText      = rowOf([]byte("1"))
	pgRowBinary    = rowOf([]byte{0, 0, 0, 1})
	pgReady        = map[byte][]byte{
		'I': encoded(&pgproto3.ReadyForQuery{TxStatus: 'I'}),
		'T': encoded(&pgproto3.ReadyForQuery{TxStatus: 'T'}),
		'E': encoded(&pgproto3.ReadyForQuery{TxStatus: 'E'}),
	}
	pgCommands = map[string][]byte{
		"BEGIN":    encoded(&pgproto3.CommandComplete{CommandTag: []byte("BEGIN")}),
		"ROLLBACK": encoded(&pgproto3.CommandComplete{CommandTag: []byte("ROLLBACK")}),
	}
	pgStatusAfter = map[string]byte{"BEGIN": 'T', "ROLLBACK": 'I'}
	// pgParameters are the parameters that every session reports, except the two that depend on the
	// client.
	pgParameters = func() (b []byte) {
		for _, p := range [][2]string{
			{"client_encoding", "UTF8"},
			{"DateStyle", "ISO, MDY"},
			{"default_transaction_read_only", "off"},
			{"in_hot_standby", "off"},
			{"integer_datetimes", "on"},
			{"IntervalStyle", "postgres"},
			{"is_superuser", "off"},
			{"server_encoding", "UTF8"},
			{"server_version", "15.0"},
			{"session_authorization", "bench"},
			{"standard_conforming_strings", "on"},
		} {
			b = append(b, encoded(&pgproto3.ParameterStatus{Name: p[0], Value: p[1]})...)
		}
		return b
	}()
)

func encoded(m pgproto3.BackendMessage) []byte {
	b, err := m.Encode(nil)
	if err != nil {
		panic(err) // all of them are constants
	}
	return b
}

func describedOne(format int16) []byte {
	const int4 = 23
	return encoded(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{
		{Name: []byte("one"), DataTypeOID: int4, DataTypeSize: 4, TypeModifier: -1, Format: format},
	}})
}

// rowOf returns a row with one value, followed by the end of its statement.
func rowOf(value []byte) []byte {
	return append(encoded(&pgproto3.DataRow{Values: [][]byte{value}}), encoded(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})...)
}

// Requests that replace a startup message, or precede it.
const (
	pgCancel  = 80877102
	pgTLS     = 80877103
	pgGSS     = 80877104
	pgMost    = 1 << 20 // bytes of a message
	pgSmaller = 8       // bytes of the smallest message without a kind
)

func (t *postgresTalk) next(unread []byte) (length int, err error) {
	if t.process == 0 {
		return t.first(unread)
	}
	const header = 5
	if len(unread) < header {
		return 0, nil
	}
	size := int(binary.BigEndian.Uint32(unread[1:])) + 1
	if size < header || size > pgMost {
		return 0, fmt.Errorf("a message of %d bytes", size)
	}
	if len(unread) < size {
		return 0, nil
	}
	return size, t.message(unread[0], unread[header:size])
}

// first answers the first message of a client.
func (t *postgresTalk) first(unread []byte) (length int, err error) {
	if len(unread) < pgSmaller {
		return 0, nil
	}
	size := int(binary.BigEndian.Uint32(unread))
	if size < pgSmaller || size > pgMost {
		return 0, fmt.Errorf("a first message of %d bytes", size)
	}
	if len(unread) < size {
		return 0, nil
	}
	switch body := unread[4:size]; binary.BigEndian.Uint32(body) {
	case pgCancel:
		var m pgproto3.CancelRequest
		if err := m.Decode(body); err != nil {
			return 0, err
		}
		t.server.cancel(m.ProcessID)
		return 0, io.EOF
	case pgTLS, pgGSS:
		t.bytes = append(t.bytes, 'N')
		t.flush()
		return size, nil
	default:
		return size, t.login(body)
	}
}

// login accepts a client without a password.
func (t *postgresTalk) login(startup []byte) error {
	m := &t.server.startup
	if err := m.Decode(startup); err != nil {
		return err
	}
	zone := m.Parameters["timezone"]
	if zone == "" {
		zone = "UTC"
	}
	t.process = t.server.register(t.peer)
	t.bytes = append(t.bytes, pgAccepted...)
	t.bytes = append(t.bytes, pgParameters...)
	for _, p := range [...]pgproto3.ParameterStatus{{Name: "application_name", Value: m.Parameters["application_name"]}, {Name: "TimeZone", Value: zone}} {
		var err error
		if t.bytes, err = p.Encode(t.bytes); err != nil {
			return err
		}
	}
	key := pgproto3.BackendKeyData{ProcessID: t.process, SecretKey: []byte{0, 0, 0, 1}}
	b, err := key.Encode(t.bytes)
	t.bytes = b
	t.ready()
	return err
}

func (t *postgresTalk) ready() {
	t.bytes = append(t.bytes, pgReady[t.status]...)
	t.flush()
}

// message answers a message of a client that has logged in.
func (t *postgresTalk) message(kind byte, body []byte) error {
	switch kind {
	case 'S':
		t.failed = false
		t.ready()
		return nil
	case 'X':
		return io.EOF
	}
	if t.failed {
		return nil
	}
	switch kind {
	case 'Q':
		t.parse(bytes.TrimSuffix(body, []byte{0}))
		t.binary, t.simple = false, true
		t.describe()
		t.execute()
	case 'P':
		_, text, named := bytes.Cut(body, []byte{0})
		text, _, whole := bytes.Cut(text, []byte{0})
		if !named || !whole {
			return io.ErrUnexpectedEOF
		}
		t.parse(text)
		t.binary, t.simple = false, false
		t.bytes = append(t.bytes, pgParsed...)
	case 'B':
		m := &t.server.bind
		if err := m.Decode(body); err != nil {
			return err
		}
		t.binary = len(m.ResultFormatCodes) > 0 && m.ResultFormatCodes[0] == pgproto3.BinaryFormat
		t.bytes = append(t.bytes, pgBound...)
	case 'D':
		if len(body) > 0 && body[0] == 'S' {
			t.bytes = append(t.bytes, pgNoParameters...)
		}
		t.describe()
	case 'E':
		t.execute()
	case 'H':
		t.flush()
	default:
		return fmt.Errorf("the stand-in does not know messages of the kind %q", kind)
	}
	return nil
}

// parse keeps what the answer to a statement depends on.
func (t *postgresTalk) parse(text []byte) {
	word, _, _ := bytes.Cut(text, []byte(" "))
	t.tag, t.pause = "", ""
	switch {
	case bytes.EqualFold(word, []byte("BEGIN")):
		t.tag = "BEGIN"
	case bytes.EqualFold(word, []byte("ROLLBACK")):
		t.tag = "ROLLBACK"
	}
	if _, rest, sleeps := bytes.Cut(text, []byte("pg_sleep(")); sleeps {
		seconds, _, _ := bytes.Cut(rest, []byte(")"))
		t.pause = string(seconds)
	}
	t.sets = bytes.Contains(text, []byte("'client_connection_check_interval'"))
}

// describe sends the statement's columns: one integer, or none.
func (t *postgresTalk) describe() {
	switch {
	case t.tag != "":
		t.bytes = append(t.bytes, pgNoData...)
	case t.binary:
		t.bytes = append(t.bytes, pgOneBinary...)
	default:
		t.bytes = append(t.bytes, pgOneText...)
	}
}

// execute runs the statement, or begins its sleep.
func (t *postgresTalk) execute() {
	switch {
	case t.tag != "":
		t.status = pgStatusAfter[t.tag]
		t.bytes = append(t.bytes, pgCommands[t.tag]...)
		t.executed()
	case t.pause != "":
		seconds, err := strconv.ParseFloat(t.pause, 64)
		if err != nil {
			t.fail("42883", "the stand-in sleeps for a number of seconds only")
			return
		}
		t.sleep, t.answer.checks = max(time.Duration(seconds*float64(time.Second)), 1), t.checks
	default:
		t.row()
	}
}

func (t *postgresTalk) awake(cancelled bool) {
	if cancelled {
		t.fail("57014", "canceling statement due to user request")
		return
	}
	t.row()
}

// row sends the row, which ends the statement.
func (t *postgresTalk) row() {
	t.checks = t.checks || t.sets
	if t.binary {
		t.bytes = append(t.bytes, pgRowBinary...)
	} else {
		t.bytes = append(t.bytes, pgRowText...)
	}
	t.executed()
}

// executed ends the statement. In the simple protocol, this also ends the failed state.
func (t *postgresTalk) executed() {
	if t.simple {
		t.failed = false
		t.ready()
	}
}

// fail reports an error, which ends the statement and the transaction.
func (t *postgresTalk) fail(code, message string) {
	t.bytes = append(t.bytes, encoded(&pgproto3.ErrorResponse{Severity: "ERROR", Code: code, Message: message})...)
	t.failed = true
	if t.status == 'T' {
		t.status = 'E'
	}
	t.executed()
}

func (t *postgresTalk) end() { t.server.forget(t.process) }
