// Whether the same question may be answered if it is asked once more.

package driver

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
)

// An Retry is what a driver thinks of asking once more after an error.
type Retry uint8

const (
	// Never: the answer would be the same, or nobody knows. So it is after
	// errors of login, syntax and permission, timeouts, damage and kills.
	Never Retry = iota
	// Soon: the server could not take the question just now. It refused or
	// reset the connection, is starting, or there was a conflict that it resolved
	// at our cost.
	Soon
	// Once: the line broke after the question had been sent. What had come of
	// the answer is void.
	Once
	// Crowded: the server had no connection left for the question, which it has not
	// seen. There may be room when another has ended.
	Crowded
)

// Transport judges an error of the network in a phase. Where the server itself
// said what is wrong, its code decides, not this.
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
