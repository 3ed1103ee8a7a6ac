// Errors for users: the server's text and number, or the real reason why the connection
// broke.

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

// Errors of the server that may soon pass.
const (
	tooManyConnections     = 1040
	tooManyUserConnections = 1203 // the account's limit, set by the server's max_user_connections
	userLimitReached       = 1226 // the account's limit on concurrent connections, or on something per hour
	deadlock               = 1213
)

// retry reports whether the server's error in a phase may pass. Of the limits of an
// account, only the one on concurrent connections does; its name is part of the message
// in all languages.
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

// explain adds the phase and the code to an error. The wire may be nil.
func explain(err error, phase driver.Phase, w *wire) error {
	if e, ok := errors.AsType[*driver.Error](err); ok {
		return e
	}
	if w != nil && (connectionLost(err) || phase < driver.Query && !serverSaid(err)) {
		// The driver reports a refusal of the guard as a lost connection.
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
	// Before the login is complete, a failed write returns an error of the driver that
	// cannot be identified.
	if w != nil && (connectionLost(err) || (phase < driver.Query && w.broke.Load() != nil)) {
		e.Err = hungUp{} // the driver does not export the cause
		if broke := w.broke.Load(); broke != nil {
			e.Err = plain(*broke)
		}
	}
	e.Retry = driver.Transport(e.Err, phase)
	return e
}

// connectionLost reports whether the driver's error hides another one. The driver
// returns ErrBadConn for a failed write, and ErrInvalidConn for everything else.
func connectionLost(err error) bool {
	return errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, sqldriver.ErrBadConn)
}

// plain removes the addresses and calls that package net puts before a cause.
func plain(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return hungUp{}
	}
	return err
}

// hungUp is io.ErrUnexpectedEOF for users.
type hungUp struct{}

func (hungUp) Error() string { return "the server closed the connection" }
func (hungUp) Unwrap() error { return io.ErrUnexpectedEOF }

// inOneLine is a joined error on one line.
type inOneLine struct{ error }

func (e inOneLine) Error() string { return strings.ReplaceAll(e.error.Error(), "\n", "; ") }
func (e inOneLine) Unwrap() error { return e.error }

// serverSaid reports whether err is the server's own end of a statement, after which
// nothing runs there any more.
func serverSaid(err error) bool {
	_, ok := errors.AsType[*mysql.MySQLError](err)
	return ok
}

// columnError returns an error that names the column, and the row if it is about a
// value.
func columnError(name string, rowNumber int, format string, args ...any) error {
	where := fmt.Sprintf("column %q", name)
	if rowNumber > 0 {
		where += fmt.Sprintf(", row %d", rowNumber)
	}
	return fmt.Errorf("%s: %w", where, fmt.Errorf(format, args...))
}
