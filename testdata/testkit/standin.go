package testkit

// A server that stands in for thousands. It speaks PostgreSQL's protocol or MySQL's, and
// costs so little that a benchmark measures its clients.

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// A StandIn answers at every address of Linux's loopback network, 127.0.0.0/8, so it can
// be any number of servers. Every login succeeds. It knows the statements begin and
// rollback. Any other statement returns one row with one integer, after the seconds of
// its pg_sleep, unless it is cancelled. As PostgreSQL 14 and later do, it ends a statement
// whose client has closed the connection, if the client has set
// client_connection_check_interval: at the next half second of its sleep.
type StandIn struct {
	Port int

	url      string                          // a server's URL without the last three bytes of its address and the port
	speak    func(s *StandIn, conn net.Conn) // answers on a connection until its client leaves
	listener net.Listener

	mu       sync.Mutex
	open     map[net.Conn]bool // nil after Stop
	talks    map[uint32]*talk  // by process id
	last     uint32            // the last process id
	sleeping int               // number of statements that sleep
	woken    chan struct{}     // closed by Wake
	served   sync.WaitGroup
}

// A Health says what answers at an address. It is the address's second byte.
type Health int

// The kinds of servers.
const (
	Healthy Health = iota
	Hanging        // accepts the connection, and never sends anything
	Dead           // refuses the connection
)

// Stand starts the stand-in, until [StandIn.Stop] is called.
func Stand(ctx context.Context) (*StandIn, error) {
	return stand(ctx, "postgres://bench@127.%d.%d.%d:%d/bench?sslmode=disable", func(s *StandIn, conn net.Conn) {
		first, err := s.greet(conn)
		if err != nil {
			return
		}
		t := &talk{s: s, conn: conn, b: pgproto3.NewBackend(io.MultiReader(bytes.NewReader(first), conn), conn), status: 'I', cancelled: make(chan struct{}, 1)}
		if t.login() == nil {
			for t.next() == nil {
			}
		}
		s.mu.Lock()
		delete(s.talks, t.process)
		s.mu.Unlock()
	})
}

// greet reads the first bytes of a client's first message. It handles a cancel request,
// for which it needs none of a session's buffers: thousands may arrive at once.
func (s *StandIn) greet(conn net.Conn) (first []byte, err error) {
	const size, cancel = 16, 80877102 // with the process and a key of four bytes
	first = make([]byte, size)
	n, err := io.ReadAtLeast(conn, first, 8)
	if err != nil || binary.BigEndian.Uint32(first[4:]) != cancel {
		return first[:n], err
	}
	if _, err := io.ReadFull(conn, first[n:]); err != nil {
		return nil, err
	}
	s.cancel(binary.BigEndian.Uint32(first[8:]))
	return nil, io.EOF
}

func stand(ctx context.Context, url string, speak func(*StandIn, net.Conn)) (*StandIn, error) {
	l, err := (&net.ListenConfig{KeepAlive: -1}).Listen(ctx, "tcp4", "0.0.0.0:0") // serve closes connections from other machines
	if err != nil {
		return nil, err
	}
	s := &StandIn{url: url, speak: speak, listener: l, Port: l.Addr().(*net.TCPAddr).Port, open: map[net.Conn]bool{}, talks: map[uint32]*talk{}, woken: make(chan struct{})}
	s.served.Go(s.accept)
	return s, nil
}

// URLs returns the URLs of that many servers, each with its own address.
func (s *StandIn) URLs(what Health, servers int) []string {
	port := s.Port
	if what == Dead {
		port = 1
	}
	list := make([]string, servers)
	for i := range list {
		list[i] = fmt.Sprintf(s.url, what, i/250, i%250+1, port)
	}
	return list
}

// Stop closes all connections, and returns when they are closed.
func (s *StandIn) Stop() error {
	err := s.listener.Close()
	s.mu.Lock()
	for conn := range s.open {
		_ = conn.Close() // its client has left, or should
	}
	s.open = nil
	s.mu.Unlock()
	s.served.Wait()
	return err
}

func (s *StandIn) accept() {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // for example too many open files: the client whose turn it is fails
			<-time.After(time.Millisecond)
			continue
		}
		s.served.Go(func() { s.serve(conn) })
	}
}

// serve answers on a connection until its client leaves.
func (s *StandIn) serve(conn net.Conn) {
	s.mu.Lock()
	if s.open == nil {
		s.mu.Unlock()
		_ = conn.Close()
		return
	}
	s.open[conn] = true
	s.mu.Unlock()
	defer func() {
		_ = conn.Close()
		s.mu.Lock()
		delete(s.open, conn)
		s.mu.Unlock()
	}()
	at := conn.LocalAddr().(*net.TCPAddr).IP.To4()
	switch {
	case !at.IsLoopback():
	case at[1] == byte(Hanging):
		var b [16]byte
		for err := error(nil); err == nil; _, err = conn.Read(b[:]) {
		}
	default:
		s.speak(s, conn)
	}
}

// Left returns the number of open connections, and of statements that sleep.
func (s *StandIn) Left() (connections, statements int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open), s.sleeping
}

// count counts statements that sleep.
func (s *StandIn) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sleeping += n
}

// cancel ends the sleep of a process.
func (s *StandIn) cancel(process uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.talks[process]; t != nil {
		select {
		case t.cancelled <- struct{}{}:
		default: // it is told already
		}
	}
}

// A talk is the state of one connection.
type talk struct {
	s         *StandIn
	conn      net.Conn
	process   uint32
	cancelled chan struct{}

	b      *pgproto3.Backend
	checks bool   // the client wants its connection to be checked while statements run
	failed bool   // messages up to the next Sync are ignored
	status byte   // of the transaction, as in ReadyForQuery
	text   string // the unnamed statement that was parsed last
	binary bool   // its rows were requested in binary
}

// login accepts a client without a password.
func (t *talk) login() error {
	for {
		m, err := t.b.ReceiveStartupMessage()
		if err != nil {
			return err
		}
		start, ok := m.(*pgproto3.StartupMessage)
		if !ok { // the client offers encryption
			if _, err := t.conn.Write([]byte{'N'}); err != nil {
				return err
			}
			continue
		}
		t.b.Send(&pgproto3.AuthenticationOk{})
		zone := start.Parameters["timezone"]
		if zone == "" {
			zone = "UTC"
		}
		for _, p := range [][2]string{
			{"application_name", start.Parameters["application_name"]},
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
			{"TimeZone", zone},
		} {
			t.b.Send(&pgproto3.ParameterStatus{Name: p[0], Value: p[1]})
		}
		t.s.mu.Lock()
		t.s.last++
		t.process = t.s.last
		t.s.talks[t.process] = t
		t.s.mu.Unlock()
		t.b.Send(&pgproto3.BackendKeyData{ProcessID: t.process, SecretKey: []byte{0, 0, 0, 1}})
		return t.ready()
	}
}

func (t *talk) ready() error {
	t.b.Send(&pgproto3.ReadyForQuery{TxStatus: t.status})
	return t.b.Flush()
}

// next answers one message of the client. An error ends the connection.
func (t *talk) next() error {
	m, err := t.b.Receive()
	if err != nil {
		return err
	}
	switch m.(type) {
	case *pgproto3.Sync:
		t.failed = false
		return t.ready()
	case *pgproto3.Terminate:
		return io.EOF
	}
	if t.failed {
		return nil
	}
	switch m := m.(type) {
	case *pgproto3.Query:
		t.text, t.binary = m.String, false
		t.describe()
		if err := t.execute(); err != nil {
			return err
		}
		t.failed = false // a simple query ends the failed state itself
		return t.ready()
	case *pgproto3.Parse:
		t.text, t.binary = m.Query, false
		t.b.Send(&pgproto3.ParseComplete{})
	case *pgproto3.Bind:
		t.binary = len(m.ResultFormatCodes) > 0 && m.ResultFormatCodes[0] == pgproto3.BinaryFormat
		t.b.Send(&pgproto3.BindComplete{})
	case *pgproto3.Describe:
		if m.ObjectType == 'S' {
			t.b.Send(&pgproto3.ParameterDescription{})
		}
		t.describe()
	case *pgproto3.Execute:
		return t.execute()
	case *pgproto3.Flush:
		return t.b.Flush()
	default:
		return fmt.Errorf("the stand-in does not know %T", m)
	}
	return nil
}

// command returns the tag of a statement without rows, or an empty text.
func (t *talk) command() string {
	word, _, _ := strings.Cut(t.text, " ")
	switch word = strings.ToUpper(word); word {
	case "BEGIN", "ROLLBACK":
		return word
	}
	return ""
}

// describe sends the statement's columns: one integer, or none.
func (t *talk) describe() {
	if t.command() != "" {
		t.b.Send(&pgproto3.NoData{})
		return
	}
	const int4 = 23
	field := pgproto3.FieldDescription{Name: []byte("one"), DataTypeOID: int4, DataTypeSize: 4, TypeModifier: -1}
	if t.binary {
		field.Format = pgproto3.BinaryFormat
	}
	t.b.Send(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{field}})
}

// execute runs the statement. An error ends the connection.
func (t *talk) execute() error {
	if tag := t.command(); tag != "" {
		t.status = map[string]byte{"BEGIN": 'T', "ROLLBACK": 'I'}[tag]
		t.b.Send(&pgproto3.CommandComplete{CommandTag: []byte(tag)})
		return nil
	}
	if _, rest, ok := strings.Cut(t.text, "pg_sleep("); ok {
		seconds, _, _ := strings.Cut(rest, ")")
		pause, err := time.ParseDuration(seconds + "s")
		if err != nil {
			t.fail("42883", "the stand-in sleeps for a number of seconds only")
			return nil
		}
		cancelled, err := t.sleep(pause)
		if cancelled {
			t.fail("57014", "canceling statement due to user request")
		}
		if err != nil || cancelled {
			return err
		}
	}
	t.checks = t.checks || strings.Contains(t.text, "'client_connection_check_interval'")
	one := []byte("1")
	if t.binary {
		one = binary.BigEndian.AppendUint32(nil, 1)
	}
	t.b.Send(&pgproto3.DataRow{Values: [][]byte{one}})
	t.b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
	return nil
}

// checkInterval is the time between two checks of the connection during a statement.
const checkInterval = 500 * time.Millisecond

var errLeft = errors.New("the client has left")

// sleep reports whether it was cancelled. It returns an error if it has found that the
// client has left.
func (t *talk) sleep(d time.Duration) (cancelled bool, err error) {
	t.s.count(1)
	defer t.s.count(-1)
	end := time.Now().Add(d)
	timer := time.NewTimer(min(d, checkInterval))
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			left := time.Until(end)
			if left <= 0 {
				return false, nil
			}
			if t.checks && HungUp(t.conn) {
				return false, errLeft
			}
			timer.Reset(min(left, checkInterval))
		case <-t.s.woken:
			return false, nil
		case <-t.cancelled:
			return true, nil
		}
	}
}

// Wake ends the sleep of all statements, and of those that come. It may be called once.
func (s *StandIn) Wake() { close(s.woken) }

// fail reports an error, which ends the statement and the transaction.
func (t *talk) fail(code, message string) {
	t.b.Send(&pgproto3.ErrorResponse{Severity: "ERROR", Code: code, Message: message})
	t.failed = true
	if t.status == 'T' {
		t.status = 'E'
	}
}
