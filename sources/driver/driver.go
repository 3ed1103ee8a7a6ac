// Package driver holds the words that dispatch and a driver exchange: what is asked
// of a database, how far it has got, and what it says in the end.
//
// A driver is anything with
//
//	Name() string
//	Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error)
//
// Run connects, asks, reads all rows, verifies and disconnects. Its contract:
//
//   - It dials nothing before it is called and holds no connection, goroutine or
//     server-side query once it has returned.
//   - It returns soon after ctx is done, having told the server to cancel; how
//     long it may take over that is [Request].Grace. Something that cannot be
//     interrupted is given up by the caller.
//   - It enters each [Phase] on p before that phase's work begins.
//   - It emits at least one batch before it returns nil, so that an empty row
//     set has its columns; an error of emit ends it and is returned as it is.
//   - It returns nil only for a complete, verified row set that ended before
//     ctx was done.
//   - An error is an [*Error], or emit's own. It names no URL and no password.
package driver

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// A Request is one reading statement for one database, ready to be sent.
type Request struct {
	// SQL has placeholders in the dialect's own form ($1, ?, ?1), numbered as
	// Args.
	SQL  string
	Args []Arg
	// Fallback marks SQL as the text of a [Catalog], of a dialect that has two. It is sent
	// instead where the database has not all the tables that SQL reads.
	Fallback string
	// Tag marks the statement on its server: a driver that can be cancelled
	// sends it as a leading comment. Letters, digits, ':', '-' and '.' only.
	Tag string
	// Eager wants each row emitted as soon as the driver has it: rows go
	// together in a batch only as long as the next one is there already, and
	// need not be waited for.
	Eager bool
	// Prepare wants the statement prepared on its server and not run: what is
	// emitted is its columns, as far as the server tells them, without a row.
	Prepare bool
	// AwaitPeerClose wants Run to return only when the server has closed its end of a
	// connection that ended well, or has had a moment for it: who counts
	// connections there then never sees this one beside the next.
	AwaitPeerClose bool
	// Verify wants the database looked over for damage first, where the driver
	// can do that.
	Verify bool
	// MaxCell is the largest value accepted, in bytes; a larger one is an
	// error. 0 is no limit.
	MaxCell int
	// ConnectBy is when the caller ends ctx unless the Query phase has begun;
	// zero for never. See [Request.ConnectDeadline].
	ConnectBy time.Time
	// Grace is how long Run may go on after ctx is done, to cancel and clean up.
	Grace time.Duration
	// Standby has a place for each connection that Run opens to cancel the question: it
	// is taken before, and given back when that connection is closed.
	Standby Pool
	// TimeZone is the zone of the session: empty is UTC, [ServerZone] leaves the
	// server's own, anything else is a zone's name as the server knows it.
	// Instants are emitted in UTC whatever it is.
	TimeZone string
	// BestEffort lets a source be asked although its server cannot be held to
	// reading only. The answer has a warning then.
	BestEffort bool
	// PlansWrite marks an EXPLAIN that does not run what it explains, a statement that
	// writes. It is not for a server that cannot be held to reading only.
	PlansWrite bool
	// Verbatim wants the rows as the server gives them: what a source's settings make of
	// its columns and timestamps is for texts of the user's.
	Verbatim bool
	// Reread reads the user's text once more as a server in other modes than the
	// usual ones reads it, and gives the question's SQL, Args and Locate for it; the
	// rest of what it gives means nothing. Its error fails the source: the text
	// cannot be sent to a server in these modes. It may be nil: then such a server
	// is not asked. Drivers call it by [Request.For].
	Reread func(Modes) (Request, error)
	// Locate gives the line and the column, in the user's text, of a character of
	// SQL; all are counted from 1, in characters, not in bytes. The character after
	// SQL's last is where the text ends; what stands for a parameter is where the
	// parameter is. A driver that sends something before SQL, such as a comment with
	// the Tag, takes its length off first. Locate may be nil, and ok is false where
	// the place is not the user's.
	Locate func(character int) (line, column int, ok bool)
}

// ServerZone is the [Request.TimeZone] that leaves a session in the zone which its
// server, role or URL gives it.
const ServerZone = "server"

// Modes are those of a server's modes that change how a text is read. The zero
// value is the usual ones.
type Modes struct {
	AnsiQuotes         bool // MySQL: "..." is an identifier
	NoBackslashEscapes bool // MySQL: a backslash in a string is a character
	BracketQuotes      bool // MariaDB's MSSQL: [...] is an identifier
	BackslashEscapes   bool // PostgreSQL: standard_conforming_strings is off
}

// For gives the question for a server in the modes: as it is for the usual ones, and
// with the text read again otherwise. An error, which names no place of SQL's but
// the user's, is one that fails the source.
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

// ConnectDeadline is when connecting must be done, the earlier of ConnectBy and
// ctx's deadline: what a driver divides among several addresses, so that the
// first cannot use up the time of all.
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
	// Auto is a value without a declared type: it stands where a quoted
	// literal would, and the server gives it the type its place calls for.
	Auto Type = iota
	Text
	Int
	Decimal
	Bool
	Date
	Timestamp
)

// String gives the type's name as users write it; auto for Auto.
func (t Type) String() string {
	return [...]string{"auto", "text", "int", "decimal", "bool", "date", "timestamp"}[t]
}

// An Arg is the value of one placeholder.
type Arg struct {
	Name string // the parameter's, without its colon: for messages
	Type Type
	// Value is the value's canonical text: digits; true or false; 2026-01-31;
	// 2026-01-31 08:30:00[.ffffff] with +00:00 at the end where a zone was given
	// (then converted to UTC). It fits Type.
	Value string
	Null  bool // NULL; Value is empty then
}

// A Phase is how far a source has got.
type Phase uint32

const (
	Waiting Phase = iota // not begun
	Open                 // what is on this side: its file, its URL, what they refer to, the password
	Resolve
	Connect
	Auth
	Query  // the statement is sent, no row has come
	Stream // rows are coming
	Verify // all rows are there; checks and the end of the transaction
)

// String gives the phase's name as reports have it.
func (p Phase) String() string {
	return [...]string{"waiting", "open", "resolve", "connect", "auth", "query", "stream", "verify"}[p]
}

// Progress is where a driver says how far it has got. The zero value is ready;
// it is safe for concurrent use.
type Progress struct {
	phase  atomic.Uint32
	server atomic.Pointer[string]
	// Entered, where set before Run, is called on each change of phase.
	Entered func(Phase)
}

// Enter says that the phase begins.
func (p *Progress) Enter(phase Phase) {
	if Phase(p.phase.Swap(uint32(phase))) != phase && p.Entered != nil {
		p.Entered(phase)
	}
}

// Phase is the phase entered last.
func (p *Progress) Phase() Phase { return Phase(p.phase.Load()) }

// Greeted notes the server's product and version, such as PostgreSQL 15.18.
func (p *Progress) Greeted(server string) { p.server.Store(&server) }

// Server is what Greeted noted, or empty.
func (p *Progress) Server() string {
	if s := p.server.Load(); s != nil {
		return *s
	}
	return ""
}

// A Cancel says what is known of the query on its server after ctx was done.
type Cancel uint8

const (
	NotNeeded Cancel = iota // nothing was running there
	Confirmed               // the server was seen to have ended the query
	Sent                    // it was told to, and its answer was not seen
	Unknown                 // it could not be told: the query may still run
)

// String gives the state's name as reports have it; empty for NotNeeded.
func (c Cancel) String() string { return [...]string{"", "confirmed", "sent", "unknown"}[c] }

// An Answer is what a driver says at the end, also beside an error.
type Answer struct {
	// Cancel matters only when ctx was done before Run returned.
	Cancel Cancel
	// Warnings are the server's and the driver's, one line each, at most 20.
	Warnings []string
}

// An Error is why a source failed.
type Error struct {
	Phase Phase
	// Code is the server's own: an SQLSTATE, a MySQL error number,
	// SQLITE_BUSY; empty where there is none.
	Code string
	// Retry says whether asking once more may help.
	Retry Retry
	// Err is the cause; its text is for the user: no URL, no password.
	Err error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }
