// How a source ended: its state, and the reasons that are ours.

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
	// Running is no end: the source is still out. No Outcome has it.
	Running  State = iota
	OK             // complete and verified: its rows are in the result
	Failed         // it could not be asked, or what it gave is not to be trusted
	Timeout        // it had not ended when its time was over
	Canceled       // the run was ended from outside: a signal, a closed pipe
	Skipped        // it was not asked at all: its turn did not come in time
	// Truncated: our own row or byte limit was hit; what came before is in.
	Truncated
)

// String returns the state's name as reports have it.
func (s State) String() string {
	return [...]string{"running", "ok", "failed", "timeout", "canceled", "skipped", "truncated"}[s]
}

// An Outcome is the closing statement on one source.
type Outcome struct {
	Index  int // the source's place in the order asked
	Source string
	State  State
	// Phase is the one in which the source ended, and Err why, where State is
	// not OK.
	Phase driver.Phase
	Err   error
	// Attempts is how often it was asked.
	Attempts int
	// Rows are in the result; Discarded were received and are not, because the
	// source did not end well. Bytes were received, as cells and arena.
	Rows, Discarded, Bytes int64
	// Waited, Asked, FirstRow and Total are counted from dispatch: when its turn
	// came, for which it had to wait, when the query was sent, when its first row
	// (or empty row set) was here, when the source had ended. 0 where that never
	// came.
	Waited, Asked, FirstRow, Total time.Duration
	// Cancel is what is known of the query on its server, where it was told to
	// end.
	Cancel driver.Cancel
	// Abandoned: the driver did not return within the grace and was left
	// behind.
	Abandoned bool
	Server    string // product and version, where known
	Warnings  []string
}

// Code is the server's own code for the error, such as an SQLSTATE, or empty.
func (o Outcome) Code() string {
	if e, ok := errors.AsType[*driver.Error](o.Err); ok {
		return e.Code
	}
	return ""
}

// A TimeoutError is the cause of a context whose time was over.
type TimeoutError struct {
	// What is the setting that was hit, such as connect timeout; empty for the
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

// ErrUnwanted cancels what still runs when nobody takes the arrivals any more.
var ErrUnwanted = errors.New("no longer wanted")

// ErrNoRowSet fails a driver that ends well without a batch, against the
// contract of package ask.
var ErrNoRowSet = errors.New("the driver gave no row set")

// ErrNotNeeded is why a source was cancelled, or is not used, although nothing is
// missing for it: nobody wanted more rows than there were. More precise reasons,
// such as ErrEnough, wrap it.
var ErrNotNeeded = errors.New("not needed")

// ErrEnough is the ErrNotNeeded of a result that had all the rows that were wanted.
var ErrEnough = fmt.Errorf("%w: the limit was reached", ErrNotNeeded)

// ErrRequirement is why a source was cancelled when so many others had failed that
// the requirement could not be met any more.
var ErrRequirement = errors.New("the requirement cannot be met any more")
