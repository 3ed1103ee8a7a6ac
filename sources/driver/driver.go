// Package driver holds the types that dispatch and a driver exchange: the request to a
// database, its progress, and the answer at the end.
//
// A driver is anything with
//
//	Name() string
//	Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error)
//
// Run connects, sends the statement, reads all rows, verifies and disconnects. Its
// contract:
//
//   - It dials nothing before it is called and holds no connection, goroutine or
//     server-side query once it has returned.
//   - When ctx is done it asks the server to cancel the query and returns soon; [Request].Grace
//     bounds how long this may take. The caller abandons a driver that cannot be
//     interrupted.
//   - It enters each [Phase] on p before that phase's work begins.
//   - It emits at least one batch before it returns nil, so that an empty row
//     set has its columns. An error of emit ends it and is returned as it is.
//   - It returns nil only for a complete, verified row set that ended before
//     ctx was done.
//   - An error is an [*Error], or emit's own. It contains no URL and no password.
package driver

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// A Request is one reading statement for one database, ready to be sent.
type Request struct {
	// SQL has placeholders in the dialect's own form ($1, ?, ?1), numbered as Args.
	SQL  string
	Args []Arg
	// Fallback is set if SQL is the text of a [Catalog] whose dialect has two. It is sent
	// instead of SQL if the database lacks one of the tables that SQL reads.
	Fallback string
	// Tag marks the statement on its server: a driver that can be cancelled
	// sends it as a leading comment. Letters, digits, ':', '-' and '.' only.
	Tag string
	// Eager asks the driver to emit each row as soon as it has it. A batch then holds only
	// rows that had arrived before the driver would have to wait.
	Eager bool
	// Prepare asks the driver to prepare the statement on its server and not to run it. The
	// driver emits the columns, as far as the server describes them, without a row.
	Prepare bool
	// AwaitPeerClose makes Run return only after the server has closed its end of a
	// connection that ended well, or after a short wait for it. So an observer that
	// counts connections there never sees this one together with the next.
	AwaitPeerClose bool
	// Verify asks the driver to check the database for damage first, if it can.
	Verify bool
	// MaxCell is the largest value accepted, in bytes; a larger one is an
	// error. 0 is no limit.
	MaxCell int
	// ConnectBy is the time at which the caller ends ctx unless the Query phase has
	// begun; zero for never. See [Request.ConnectDeadline].
	ConnectBy time.Time
	// Grace is how long Run may continue after ctx is done, to cancel and clean up.
	Grace time.Duration
	// Standby is the pool of connections that cancel statements. Run takes a place for
	// each connection that it opens to cancel this one, and gives it back when that
	// connection is closed.
	Standby *Pool
	// FewTrips asks for as few round trips as possible, even where one more would let the
	// driver read many rows faster: the run has so many servers that connecting to them
	// is most of its work.
	FewTrips bool
	// TimeZone is the zone of the session: empty is UTC, [ServerZone] keeps the
	// server's own, anything else is a zone's name as the server knows it. Instants are
	// always emitted in UTC.
	TimeZone string
	// BestEffort sends the statement even if the server cannot limit the session to
	// reading. The answer then has a warning.
	BestEffort bool
	// PlansWrite marks an EXPLAIN of a statement that writes, which it does not run. It is
	// not sent to a server that cannot limit the session to reading.
	PlansWrite bool
	// Verbatim asks for the rows as the server sends them: a source's settings for columns
	// and timestamps apply to the user's own texts only.
	Verbatim bool
	// More, if set, is called when all rows of the statement have been emitted and verified.
	// It returns the next statement, for the same connection and the same snapshot, or nil
	// at the end; its error ends Run. It may block as long as ctx lasts. A driver that
	// cannot keep a snapshot does not call it; the caller then runs the next statement
	// separately.
	More func(ctx context.Context) (*Request, error)
	// Reread parses the user's text again for a server in unusual modes, and returns a
	// request with the SQL, Args and Locate for it; its other fields have no meaning. Its
	// error fails the source: the text cannot be sent to a server in these modes. If Reread
	// is nil, nothing is sent to such a server. Drivers call it through [Request.For].
	Reread func(Modes) (Request, error)
	// Locate returns the line and the column, in the user's text, of a character of SQL.
	// All are counted from 1, in characters and not in bytes. The character after SQL's
	// last is the end of the text; a placeholder is where its parameter is. A driver that
	// sends something before SQL, such as a comment with the Tag, subtracts its length
	// first. Locate may be nil, and ok is false if the place is not in the user's text.
	Locate func(character int) (line, column int, ok bool)
}

// ServerZone is the [Request.TimeZone] that keeps the zone which the server, role or
// URL sets.
const ServerZone = "server"

// Modes are the server modes that change how a text is read. The zero value stands for
// the usual modes.
type Modes struct {
	AnsiQuotes         bool // MySQL: "..." is an identifier
	NoBackslashEscapes bool // MySQL: a backslash in a string is a character
	BracketQuotes      bool // MariaDB's MSSQL: [...] is an identifier
	BackslashEscapes   bool // PostgreSQL: standard_conforming_strings is off
}

// For returns the request for a server in the given modes: q itself for the usual modes,
// and otherwise the text parsed again for these modes. Its error fails the source. A place
// in the error is a place in the user's text.
func (q Request) For(m Modes) (Request, error) {
	if m == (Modes{}) {
		return q, nil
	}
	if q.Reread == nil {
		return Request{}, errors.New("the server's modes are not the usual ones, and the text cannot be read again for them")
	}
	reread, err := q.Reread(m)
	if err != nil {
		return Request{}, err
	}
	q.SQL, q.Args, q.Locate, q.PlansWrite = reread.SQL, reread.Args, reread.Locate, reread.PlansWrite
	return q, nil
}

// ConnectDeadline is when connecting must be done, the earlier of ConnectBy and ctx's
// deadline: a driver divides this time among several addresses, so that the first cannot
// use up all of it.
func (q Request) ConnectDeadline(ctx context.Context) (time.Time, bool) {
	deadline, ok := ctx.Deadline()
	if !q.ConnectBy.IsZero() && (!ok || q.ConnectBy.Before(deadline)) {
		return q.ConnectBy, true
	}
	return deadline, ok
}

// A Type is the declared type of a parameter.
type Type uint8

const (
	// Auto is a value without a declared type: it acts like a quoted literal, and the
	// server infers its type from the context.
	Auto Type = iota
	Text
	Int
	Decimal
	Bool
	Date
	Timestamp
)

// String returns the type's name as users write it; auto for Auto.
func (t Type) String() string {
	return [...]string{"auto", "text", "int", "decimal", "bool", "date", "timestamp"}[t]
}

// An Arg is the value of one placeholder.
type Arg struct {
	Name string // the parameter's name without its colon, for messages
	Type Type
	// Value is the value's canonical text: digits; true or false; 2026-01-31; 2026-01-31
	// 08:30:00[.ffffff] with +00:00 at the end if a zone was given (then converted to UTC).
	// It fits Type.
	Value string
	Null  bool // NULL; Value is empty then
}

// A Phase is a stage of a source's work.
type Phase uint32

const (
	Waiting Phase = iota // not begun
	Open                 // local work: the file, the URL, their references, the password
	Resolve
	Connect
	Auth
	Query  // the statement has been sent, and no row has arrived
	Stream // rows are arriving
	Verify // all rows have arrived; checks and the end of the transaction
)

// String returns the phase's name in reports.
func (p Phase) String() string {
	return [...]string{"waiting", "open", "resolve", "connect", "auth", "query", "stream", "verify"}[p]
}

// Progress records the current phase of a driver. The zero value is ready; it is safe for
// concurrent use.
type Progress struct {
	phase  atomic.Uint32
	server atomic.Pointer[string]
	// Entered, if set before Run, is called on each change of phase.
	Entered func(Phase)
}

// Enter records that the phase begins.
func (p *Progress) Enter(phase Phase) {
	if Phase(p.phase.Swap(uint32(phase))) != phase && p.Entered != nil {
		p.Entered(phase)
	}
}

// Phase returns the phase that was entered last.
func (p *Progress) Phase() Phase { return Phase(p.phase.Load()) }

// Greeted records the server's product and version, such as PostgreSQL 15.18.
func (p *Progress) Greeted(server string) { p.server.Store(&server) }

// Server returns what Greeted recorded, or an empty string.
func (p *Progress) Server() string {
	if s := p.server.Load(); s != nil {
		return *s
	}
	return ""
}

// A Cancel is what is known about the query on its server after ctx was done.
type Cancel uint8

const (
	NotNeeded Cancel = iota // nothing was running on the server
	Confirmed               // the server is known to have ended the query
	Sent                    // the request was sent, and its effect was not seen
	Unknown                 // the request could not be sent: the query may still run
	// Closed: no request was sent. The connection was closed, and the server is known to
	// end the query within a second when it notices that.
	Closed
)

// String returns the state's name in reports; it is empty for NotNeeded.
func (c Cancel) String() string { return [...]string{"", "confirmed", "sent", "unknown", "closed"}[c] }

// An Answer is what a driver reports at the end, even together with an error.
type Answer struct {
	// Cancel matters only when ctx was done before Run returned.
	Cancel Cancel
	// Warnings are the warnings of the server and the driver, one line each, at most 20.
	Warnings []string
}

// An Error is the reason why a source failed.
type Error struct {
	Phase Phase
	// Code is the server's own error code: an SQLSTATE, a MySQL error number, SQLITE_BUSY.
	// It is empty if there is none.
	Code string
	// Retry says whether a retry may help.
	Retry Retry
	// Err is the cause; its text is for the user: no URL, no password.
	Err error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }
