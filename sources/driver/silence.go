// Servers that stop answering before the query.

package driver

import (
	"errors"
	"fmt"
)

// Descriptions of what a server has not answered, for [Silent].
const (
	// NoAnswer: the network connection exists, and the server has sent nothing about a
	// login. Most often another program listens there, or the server hangs.
	NoAnswer = "no answer from the server"
	// NoVerdict: the server asked for the login, and has neither accepted nor refused it.
	NoVerdict = "the server asked for the login and did not answer it"
	// NotReady: the login was accepted, but the session never became ready. A pool without
	// a free server connection does that.
	NotReady = "the server accepted the login and then fell silent"
)

// Silent returns cause, why a context ended, with what the server has not answered before
// it, if cause is a timeout. Any other cause is returned as it is: an interrupt says
// nothing about the server.
func Silent(cause error, what string) error {
	var late interface{ Timeout() bool }
	if errors.As(cause, &late) && late.Timeout() {
		return fmt.Errorf("%s: %w", what, cause)
	}
	return cause
}
