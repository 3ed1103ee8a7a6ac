// How a source ended: its state, and our own reasons to end it.

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
	Timeout        // its time was over before it had ended
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
	// FirstErr is why the first attempt failed, if there were several.
	FirstErr *driver.Error
	// Rows is the number of rows in the result. Discarded is the number of rows that were
	// received but are not in it, since the source did not end well or the merge left them
	// out. Bytes is the size of all rows received, as a [row.Batch] holds them.
	Rows, Discarded, Bytes int64
	// These times are counted from dispatch, or from Options.Since. Waited is when its turn
	// came, if it had to wait; Asked is when the query was sent; FirstRow is when its first
	// row (or empty row set) arrived; Total is when the source ended. 0 means that it never
	// happened.
	Waited, Asked, FirstRow, Total time.Duration
	// Cancel says what became of the query on its server, if the source was cancelled.
	Cancel driver.Cancel
	// Abandoned means that the driver did not return within the grace. It may still run,
	// and nothing waits for it.
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
	// What names the timeout that was reached, such as "connect timeout". It is empty for
	// the shared deadline.
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

// ErrUnwanted is the reason if sources were cancelled because the caller takes no more
// arrivals.
var ErrUnwanted = errors.New("no longer wanted")

// ErrNoRowSet is the error for a driver that ends well without a batch, against the
// contract of package driver.
var ErrNoRowSet = errors.New("the driver returned no row set")

// ErrNotNeeded is the reason if a source was cancelled, or is not used, because no more
// rows were needed. Nothing is missing from the result then. More precise reasons, such as
// ErrEnough, wrap it.
var ErrNotNeeded = errors.New("not needed")

// ErrEnough is the ErrNotNeeded of a result that has reached its limit of rows.
var ErrEnough = fmt.Errorf("%w: the limit was reached", ErrNotNeeded)

// ErrRequirement is the reason if a source was cancelled because so many others had
// failed that the requirement could no longer be met.
var ErrRequirement = errors.New("the requirement cannot be met any more")
