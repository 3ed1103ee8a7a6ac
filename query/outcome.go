// How a source ended: its state, and our own reasons.

package query

import (
	"errors"
	"fmt"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// A State is how a source ended. Every source ends in exactly one.
type State uint8

const (
	// Running means that the source has not ended. No Outcome has it.
	Running  State = iota
	OK             // complete and verified: its rows are in the result
	Failed         // it could not be queried, or its rows cannot be trusted
	Timeout        // it had not ended when its time was over
	Canceled       // the run was ended from outside: a signal, a closed pipe
	Skipped        // it was not queried: its turn did not come in time
	// Truncated: our own row or byte limit was reached; the earlier rows are in the
	// result.
	Truncated
)

// String returns the state's name in reports.
func (s State) String() string {
	return [...]string{"running", "ok", "failed", "timeout", "canceled", "skipped", "truncated"}[s]
}

// An Outcome says how one source ended.
type Outcome struct {
	Index  int // the source's place in source order
	Source string
	State  State
	// Phase is the phase in which the source ended, and Err the reason, unless State is
	// OK.
	Phase driver.Phase
	Err   error
	// Attempts is how often it was queried.
	Attempts int
	// Rows are in the result; Discarded were received but are not, because the source
	// did not end well. Bytes were received, as cells and arena.
	Rows, Discarded, Bytes int64
	// Waited, Asked, FirstRow and Total are counted from dispatch: the time when its
	// turn came, if it had to wait; when the query was sent; when its first row (or
	// empty row set) arrived; and when the source ended. 0 if that never happened.
	Waited, Asked, FirstRow, Total time.Duration
	// Cancel is what is known of the query on its server, if it was cancelled.
	Cancel driver.Cancel
	// Abandoned: the driver did not return within the grace, and nobody waits for it
	// any more.
	Abandoned bool
	Server    string // product and version, if known
	Warnings  []string
}

// Code returns the server's own code for the error, such as an SQLSTATE, or an empty
// string.
func (o Outcome) Code() string {
	if e, ok := errors.AsType[*driver.Error](o.Err); ok {
		return e.Code
	}
	return ""
}

// A TimeoutError is the cause of a context that timed out.
type TimeoutError struct {
	// What names the limit that was reached, such as connect timeout; empty for the
	// shared deadline.
	What  string
	After time.Duration
}

func (e *TimeoutError) Error() string {
	if e.What == "" {
		return fmt.Sprintf("timed out after %s", e.After)
	}
	return fmt.Sprintf("timed out after %s (%s)", e.After, e.What)
}

// Timeout makes a TimeoutError a timeout in the sense of net.Error.
func (e *TimeoutError) Timeout() bool { return true }

// ErrUnwanted cancels sources when nobody takes the arrivals any more.
var ErrUnwanted = errors.New("no longer wanted")

// ErrNoRowSet is the error for a driver that ends well without a batch, against the
// contract of package driver.
var ErrNoRowSet = errors.New("the driver returned no row set")

// ErrNotNeeded is the reason if a source was cancelled, or is not used, although
// nothing is missing: no more rows were needed. More precise reasons, such as
// ErrEnough, wrap it.
var ErrNotNeeded = errors.New("not needed")

// ErrEnough is the ErrNotNeeded of a result that has all the rows that it needs.
var ErrEnough = fmt.Errorf("%w: the limit was reached", ErrNotNeeded)

// ErrRequirement is the reason if a source was cancelled because so many others had
// failed that the requirement could no longer be met.
var ErrRequirement = errors.New("the requirement cannot be met any more")
