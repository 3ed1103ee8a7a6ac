// Errors as users read them: the server's text and number, or what really
// happened to the connection.

package mysql

import (
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/fanql/fanql/sources/driver"
)

// Errors of the server that may be over soon.
const (
	tooManyConnections     = 1040
	tooManyUserConnections = 1203 // of the account, by max_user_connections of the server
	userLimitReached       = 1226 // a limit of the account: connections at a time, or something an hour
	deadlock               = 1213
)

// retry is whether the server may not say so again, in a phase. Of the limits of an
// account the one to connections at a time passes; its name stands in the message in
// all languages.
func retry(said *mysql.MySQLError, phase driver.Phase) driver.Retry {
	switch said.Number {
	case deadlock:
		return driver.Soon
	case userLimitReached:
		if !strings.Contains(said.Message, "'max_user_connections'") {
			return driver.Never
		}
	case tooManyConnections, tooManyUserConnections:
	default:
		return driver.Never
	}
	if phase < driver.Query {
		return driver.Crowded
	}
	return driver.Soon
}

// explain returns the error its phase and code. The wire may be nil.
func explain(err error, phase driver.Phase, w *wire) error {
	if e, ok := errors.AsType[*driver.Error](err); ok {
		return e
	}
	if w != nil && (connectionLost(err) || phase == driver.Auth && !serverSaid(err)) {
		// What the guard refuses, the driver takes for a lost connection.
		if broke := w.broke.Load(); broke != nil && serverSaid(*broke) {
			err = *broke
		}
	}
	e := &driver.Error{Phase: phase, Err: plain(err)}
	if said, ok := errors.AsType[*mysql.MySQLError](err); ok {
		e.Code = strconv.Itoa(int(said.Number))
		e.Err = errors.New(said.Message)
		e.Retry = retry(said, phase)
		return e
	}
	// Before the session stands, a failed write has an error of the driver's own
	// that nothing identifies.
	if w != nil && (connectionLost(err) || (phase == driver.Auth && w.broke.Load() != nil)) {
		e.Err = hungUp{} // what the driver saw of it, it keeps to itself
		if broke := w.broke.Load(); broke != nil {
			e.Err = plain(*broke)
		}
	}
	e.Retry = driver.Transport(e.Err, phase)
	return e
}

// connectionLost reports whether the driver's error hides another. It marks a
// failed write as ErrBadConn, and everything else as ErrInvalidConn.
func connectionLost(err error) bool {
	return errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, sqldriver.ErrBadConn)
}

// plain strips the addresses and calls that package net puts before a cause.
func plain(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return hungUp{}
	}
	return err
}

// hungUp is io.ErrUnexpectedEOF in words.
type hungUp struct{}

func (hungUp) Error() string { return "the server closed the connection" }
func (hungUp) Unwrap() error { return io.ErrUnexpectedEOF }

// inOneLine is a joined error on one line.
type inOneLine struct{ error }

func (e inOneLine) Error() string { return strings.ReplaceAll(e.error.Error(), "\n", "; ") }
func (e inOneLine) Unwrap() error { return e.error }

// serverSaid reports whether err is the server's own end of a statement, after
// which nothing runs there any more.
func serverSaid(err error) bool {
	_, ok := errors.AsType[*mysql.MySQLError](err)
	return ok
}

// A columnError names the column, and the row where it is about a value.
func columnError(name string, rowNumber int, format string, args ...any) error {
	where := fmt.Sprintf("column %q", name)
	if rowNumber > 0 {
		where += fmt.Sprintf(", row %d", rowNumber)
	}
	return fmt.Errorf("%s: %w", where, fmt.Errorf(format, args...))
}
