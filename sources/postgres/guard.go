// Checks of the lengths and counts that a server sends, before pgconn allocates for
// them.

package postgres

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Limits for what a server may send. The request limits a row.
const (
	mostBeforeLogin = 64 << 10 // all messages before the first ReadyForQuery
	mostParameters  = 64 << 10 // all ParameterStatus messages after it
	mostColumns     = 4096     // PostgreSQL has 1664
	mostDescription = 1 << 20  // of all columns, or parameters
	mostSimple      = 64 << 10 // of any other message
	mostMessage     = 8 << 10  // of an error's text
	mostOwn         = 1 << 20  // a row of one of our own statements
)

// bounds follow the messages of a connection and refuse those that no honest server
// sends.
type bounds struct {
	begun    bool // a message has arrived
	loggedIn bool // the login is over
	// asked says that the server asked for a login or refused one. accepted says that it
	// accepted the login, possibly without asking. loggedIn follows.
	asked, accepted bool
	// entersLogin is called when asked becomes true. It may be nil.
	entersLogin func()
	// noPassword says that there is no password for a server that asks for one.
	noPassword bool
	// keepsPassword says that a server must not get the password itself, only a proof
	// of it.
	keepsPassword bool
	before        int // bytes before the end of the login
	parameters    int // bytes of ParameterStatus after it
	mostRow       int // bytes of a row's message; 0 is for rows of our own statements
}

// errClear is the error for a server that asks for the password in clear text over a
// connection that others may read.
var errClear error = &rewordedError{text: "the server asks for the password in clear, over a connection that is not encrypted: " +
	"use TLS (sslmode=require, better verify-full), or allow it by require_auth=password"}

// errNoPassword is the error for a server that asks for a password when there is none.
// Like libpq, we do not send an empty one: the server would count a wrong password.
var errNoPassword error = &rewordedError{text: "the server asks for a password, and none was given: " +
	"write it into the URL, PGPASSWORD or ~/.pgpass, or have a password_command print it"}

// errStranger is the error for a server of another protocol.
var errStranger error = &rewordedError{text: "what answers there is no PostgreSQL server: look at the host and the port"}

// An excess is the error for a message that is larger than the guard accepts.
type excess struct {
	what       string
	size, most int
}

func (e *excess) Error() string {
	return fmt.Sprintf("the server sends %s of %d bytes: %d are the most", e.what, e.size, e.most)
}

// Read gives pgconn at most the rest of a message.
func (m *messages) Read(b []byte) (int, error) {
	if m.left == 0 && len(m.ready) == 0 {
		if err := m.next(); err != nil {
			return 0, err
		}
	}
	if len(m.ready) > 0 {
		n := copy(b, m.ready)
		m.ready = m.ready[n:]
		return n, nil
	}
	n, err := m.Reader.Read(b)
	m.left = max(m.left-n, 0)
	return n, err
}

// next checks the next message. pgconn gets no part of a long message before all of it has
// arrived.
func (m *messages) next() error {
	const long = 64 << 10
	for {
		header, err := m.Peek(headerSize)
		if err != nil {
			return nil // the read returns the same error //nolint:nilerr // see above
		}
		kind, size := header[0], messageSize(header)
		if !m.begun && !beginsLogin(kind, size) {
			return errStranger
		}
		m.begun = true
		if size < headerSize || size > math.MaxInt32 {
			return fmt.Errorf("the server sends a message of %d bytes", int32(size-1))
		}
		if over, err := m.admit(kind, size-headerSize); err != nil {
			return err
		} else if over {
			if err := m.shorten(kind, size); err != nil {
				return err
			}
			if len(m.ready) > 0 {
				return nil
			}
			continue
		}
		if kind == 'S' && !m.isOfUse(size) {
			if err := m.Skip(size); err != nil {
				return err
			}
			continue
		}
		if !m.loggedIn {
			if err := m.followLogin(kind, size); err != nil {
				return err
			}
		}
		if kind == 'T' {
			if err := m.countable(size); err != nil {
				return err
			}
		}
		if m.left = size; size > long {
			_, _ = m.Peek(size) // likewise
		}
		return nil
	}
}

// beginsLogin reports whether a server's first message is one of PostgreSQL's: about
// the login, an error, a notice or its protocol version. MySQL's greeting may begin
// with any letter; read as a message of PostgreSQL's it is 10 bytes long, which none of
// these is.
func beginsLogin(kind byte, size int) bool {
	const greeting = 1 + 10 // with the letter
	return bytes.IndexByte([]byte("RENv"), kind) >= 0 && size != greeting
}

// followLogin records what a message says about the login, before the login is over. It
// refuses a request for a password if there is none, or if the server must not see it.
func (m *messages) followLogin(kind byte, size int) error {
	const accepted, clear, hashed, proof = 0, 3, 5, 10 // the password as it is, by MD5, by SASL
	if kind == 'E' {
		m.asksForLogin()
	}
	if kind != 'R' {
		return nil
	}
	head, err := m.Peek(min(size, headerSize+4))
	if err != nil || len(head) < headerSize+4 {
		return nil // the read returns the same error //nolint:nilerr // see above
	}
	how := binary.BigEndian.Uint32(head[headerSize:])
	if how == accepted {
		m.accepted = true
		return nil
	}
	m.asksForLogin()
	switch {
	case m.noPassword && (how == clear || how == hashed || how == proof):
		return errNoPassword
	case m.keepsPassword && how == clear:
		return errClear
	}
	return nil
}

// asksForLogin notes that the server asks for a login, or refuses one.
func (m *messages) asksForLogin() {
	if !m.asked && m.entersLogin != nil {
		m.entersLogin()
	}
	m.asked = true
}

// reported has the server's parameters that fanql reads. pgconn would keep a copy of every
// other one, too, for each of thousands of connections.
var reported = map[string]bool{
	"application_name": true, "client_encoding": true, "crdb_version": true, "DateStyle": true, "IntervalStyle": true,
	"server_encoding": true, "server_version": true, "standard_conforming_strings": true, "TimeZone": true,
}

// isOfUse reports whether fanql reads the parameter of a ParameterStatus.
func (m *messages) isOfUse(size int) bool {
	const longName = 64
	head, err := m.Peek(min(size, headerSize+longName))
	if err != nil {
		return true // the read returns the same error
	}
	name, _, whole := bytes.Cut(head[headerSize:], []byte{0})
	return !whole || reported[string(name)]
}

// countable checks the number of columns.
func (m *messages) countable(size int) error {
	head, err := m.Peek(min(size, headerSize+2))
	if err != nil || len(head) < headerSize+2 {
		return nil // likewise //nolint:nilerr // likewise
	}
	if n := int(binary.BigEndian.Uint16(head[headerSize:])); n > mostColumns {
		return fmt.Errorf("the server speaks of %d columns, and %d are the most", n, mostColumns)
	}
	return nil
}

// admit checks the length of a message without its header. Over says that the message
// must be shortened or left out.
func (g *bounds) admit(kind byte, size int) (over bool, err error) {
	if !g.loggedIn {
		g.loggedIn = kind == 'Z'
		if g.before += headerSize + size; g.before > mostBeforeLogin {
			return false, &excess{"messages before the login", g.before, mostBeforeLogin}
		}
		return false, nil
	}
	most, what := mostSimple, ""
	switch kind {
	case dataRow:
		if most = max(g.mostRow, mostOwn); size > most {
			return false, &pgproto3.ExceededMaxBodyLenErr{MaxExpectedBodyLen: most, ActualBodyLen: size}
		}
		return false, nil
	case 'T', 't':
		most, what = mostDescription, "a description of columns"
	case 'E', 'N':
		return size > mostSimple, nil
	case 'S':
		if g.parameters += size; g.parameters > mostParameters {
			return false, &excess{"parameters", g.parameters, mostParameters}
		}
	}
	if size > most {
		return false, &excess{cmp.Or(what, fmt.Sprintf("a message of kind %q", kind)), size, most}
	}
	return false, nil
}

// shorten reads a long error or notice. It gives pgconn only the important parts of an
// error: the code and the beginning of the text.
func (m *messages) shorten(kind byte, size int) error {
	head, err := m.Peek(headerSize + mostSimple)
	if err != nil {
		return err
	}
	if kind == 'E' {
		fields := head[headerSize:]
		body := []byte{}
		for len(fields) > 0 && fields[0] != 0 {
			name := fields[0]
			text, rest, whole := bytes.Cut(fields[1:], []byte{0})
			length := len(text)
			if !whole {
				length = size
			}
			if name == 'M' || len(text) < 64 {
				body = append(append(body, name), cutMessage(string(text), length)...)
				body = append(body, 0)
			}
			fields = rest
		}
		body = append(body, 0)
		m.ready = binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4))
		m.ready = append(m.ready, body...)
	}
	return m.Skip(size)
}

// cutMessage cuts a server's text of the given length to the accepted length, and adds
// how long it was.
func cutMessage(text string, length int) string {
	if length <= mostMessage {
		return text
	}
	return fmt.Sprintf("%s ... (%d bytes in all)", text[:min(len(text), mostMessage)], length)
}
