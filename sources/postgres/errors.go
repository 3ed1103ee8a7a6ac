// Error messages for users: the server's message, or the network's, without URL,
// password or the names of Go types.

package postgres

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fanql/fanql/sources/driver"
)

// A rewordedError is an error with a text of fanql. errors.Is and errors.As reach its
// causes.
type rewordedError struct {
	text   string
	causes []error
}

func (e *rewordedError) Error() string   { return e.text }
func (e *rewordedError) Unwrap() []error { return e.causes }

// failure converts err to the error that Run returns. Once ctx is done, that is the
// reason for everything that fails afterwards.
func (r *run) failure(ctx context.Context, err error) error {
	e := &driver.Error{Phase: r.p.Phase()}
	if over(ctx) {
		e.Err = r.unanswered(context.Cause(ctx))
		return e
	}
	e.Retry = driver.Transport(err, e.Phase)
	if server := new(pgconn.PgError); errors.As(err, &server) {
		e.Code, e.Retry = server.Code, driver.Never
		switch {
		case crowded(err) && e.Phase < driver.Query:
			e.Retry = driver.Crowded
		case slices.Contains(passing, server.Code):
			e.Retry = driver.Soon
		}
	}
	e.Err = err
	if r.conn != nil {
		e.Err = r.queryError(err)
	}
	return e
}

// unanswered adds to the cause of a timeout that the server has not answered the connection
// or the login, if the run still waits for one of them.
func (r *run) unanswered(cause error) error {
	switch {
	case r.conn != nil || !r.wire.reached:
		return cause
	case r.messages == nil || !r.messages.asked && !r.messages.accepted:
		return driver.Silent(cause, driver.NoAnswer)
	case r.messages.accepted:
		return driver.Silent(cause, driver.NotReady)
	}
	return driver.Silent(cause, driver.NoVerdict)
}

// passing are the codes of errors that may soon pass: too many connections, a starting
// server, serialization failure, deadlock.
var passing = []string{"53300", "57P03", "40001", "40P01"}

// crowded reports whether a server or a pooler has too many clients. PgBouncer has no
// error code for that. Its message is "no more connections allowed (max_client_conn)",
// and since 1.24 also "client connections exceeded (max_db_client_connections)".
func crowded(err error) bool {
	e := new(pgconn.PgError)
	return errors.As(err, &e) && (e.Code == "53300" || e.Code == "08P01" &&
		(strings.HasPrefix(e.Message, "no more connections allowed") || strings.HasPrefix(e.Message, "client connections exceeded")))
}

// connecting describes the failure to connect to one address.
func connecting(ctx context.Context, label string, err error) error {
	if over(ctx) {
		return &rewordedError{label + ": " + context.Cause(ctx).Error(), []error{err, context.Cause(ctx)}}
	}
	return &rewordedError{label + ": " + reason(err), []error{err}}
}

// queryError describes an error of the query. Positions count in the statement as the
// user wrote it, without the tag.
func (r *run) queryError(err error) error {
	server, tooLong, said := new(pgconn.PgError), new(pgproto3.ExceededMaxBodyLenErr), new(rewordedError)
	switch {
	case errors.As(err, &said):
		return err
	case errors.As(err, &tooLong) && r.width > 1:
		return &rewordedError{fmt.Sprintf("a row of %d bytes: its values are together over the limit of %d bytes", tooLong.ActualBodyLen, r.q.MaxCell), []error{err}}
	case errors.As(err, &tooLong):
		return &rewordedError{fmt.Sprintf("a row of %d bytes: its largest value is over the limit of %d bytes", tooLong.ActualBodyLen, r.q.MaxCell), []error{err}}
	case errors.As(err, &server):
		text := reason(server)
		if at := int(server.Position) - utf8.RuneCountInString(r.prefix()); server.Position > 0 && at > 0 {
			text += r.place(at)
		}
		if server.Code == "57014" && r.serverLimit > 0 && time.Since(r.sent) >= r.serverLimit {
			text += fmt.Sprintf(": the server's own limit (statement_timeout) is %v", r.serverLimit)
		}
		if server.Detail != "" && len(server.Detail) <= 200 {
			text += ": " + oneLine(server.Detail)
		}
		if server.Hint != "" && len(server.Hint) <= 200 {
			text += " (hint: " + oneLine(server.Hint) + ")"
		}
		return &rewordedError{text, []error{err}}
	case lost(err):
		return &rewordedError{"connection lost: " + reason(err), []error{err}}
	}
	return err
}

// place returns where a character of the statement is in the user's text.
func (r *run) place(at int) string {
	if r.q.Locate != nil {
		if line, column, ok := r.q.Locate(at); ok {
			return fmt.Sprintf(" (line %d, column %d)", line, column)
		}
		return ""
	}
	return fmt.Sprintf(" at character %d", at)
}

// over reports whether ctx is done. At its deadline the network's timer may fire before
// that of ctx; then over waits for ctx.
func over(ctx context.Context) bool {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		<-ctx.Done()
	}
	return ctx.Err() != nil
}

func lost(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// reason returns the innermost cause that a user can understand.
func reason(err error) string {
	var (
		server  = new(pgconn.PgError)
		dns     = new(net.DNSError)
		unknown = x509.UnknownAuthorityError{}
		errno   syscall.Errno
		said    = new(rewordedError)
	)
	switch {
	case errors.As(err, &said):
		return said.text
	case errors.As(err, &server):
		return oneLine(cutMessage(server.Message, len(server.Message)))
	case errors.As(err, &dns) && dns.IsNotFound:
		return "no such host"
	case errors.As(err, &dns):
		return "cannot resolve the name: " + dns.Err
	case errors.As(err, &unknown):
		return "the server's certificate is signed by an unknown authority (sslrootcert names the one to trust)"
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return "the server closed the connection"
	}
	// pgconn wraps an attempt's error with user and database, address and step, and joins
	// it with the errors of other attempts. Here there are none.
	if e := new(pgconn.ConnectError); errors.As(err, &e) {
		err = e.Unwrap()
		if all, ok := err.(interface{ Unwrap() []error }); ok && len(all.Unwrap()) == 1 {
			err = all.Unwrap()[0]
		}
		if step := errors.Unwrap(err); step != nil {
			err = step
		}
	}
	return oneLine(err.Error())
}

func code(err error, codes ...string) bool {
	server, ok := errors.AsType[*pgconn.PgError](err)
	return ok && slices.Contains(codes, server.Code)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
