// Servers that fall silent before the query: what they have not answered.

package driver

import (
	"errors"
	"fmt"
)

// What a server has not answered, for [Silent].
const (
	// NoAnswer: the network connection exists, and the server has said nothing about a
	// login, by far the most often because something else listens there, or is stuck.
	NoAnswer = "no answer from the server"
	// NoVerdict: the server asked for the login, and has neither accepted nor refused it.
	NoVerdict = "the server asked for the login and did not answer it"
	// NotReady: the login was accepted, as a pool does that has no server to give.
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
