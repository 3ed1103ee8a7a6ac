// Whether a request may succeed if it is sent once more.

package driver

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
)

// A Retry says whether a driver expects a retry to help after an error.
type Retry uint8

const (
	// Never: the answer would be the same, or it is unknown. This holds after errors of
	// login, syntax and permission, timeouts, damage and kills.
	Never Retry = iota
	// Soon: the server could not take the request just now. It refused or reset the
	// connection, is starting, or ended our statement to resolve a conflict.
	Soon
	// Once: the connection broke after the statement had been sent. The rows that had
	// arrived are invalid.
	Once
	// Crowded: the server had no connection left, and has not seen the request. It may
	// accept one when another connection has ended.
	Crowded
)

// Transport classifies a network error in a phase. If the server itself has reported an
// error, its code decides instead.
func Transport(err error, phase Phase) Retry {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Never
	}
	broken := errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if phase >= Query {
		if broken {
			return Once
		}
		return Never
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		if name.IsTemporary && !name.IsTimeout {
			return Soon
		}
		return Never
	}
	if broken || errors.Is(err, syscall.ECONNREFUSED) {
		return Soon
	}
	return Never
}
