// Package query sends one logical query to many databases at once and gathers their
// rows, under one shared deadline.
//
// [Dispatch] queries all sources at the same time and yields one [Arrival] for each as it
// ends: with its rows if it ended well, otherwise without any. A source that fails, hangs
// or is late never delays or cancels another. Every source ends in exactly one [State],
// with the reason:
//
//	summary := query.NewSummary(tasks)
//	for a := range query.Dispatch(ctx, tasks, query.Options{Timeout: 30 * time.Second, Ended: summary.Ended}) {
//		if a.Outcome.State == query.OK {
//			err := a.Rows.Each(emit)
//		}
//	}
//
// This package does not know what a database is: a [Source] is anything that keeps the
// contract of package driver.
//
// # From a database to the result
//
//  1. [github.com/fanql/fanql/sources.Open] makes a source of each configured
//     database; it dials nothing.
//  2. [github.com/fanql/fanql/query/statement.Query.Bind] converts one text, with
//     variants and parameters, to the [github.com/fanql/fanql/sources/driver.Request]
//     for a source's dialect. Source and request are a [Task].
//  3. [Dispatch] runs every task. A driver pushes batches of rows
//     ([github.com/fanql/fanql/sources/row.Batch]) into a [Stage]. The rows stay in
//     memory as long as the budget of all stages allows it, and then go to a temporary
//     file.
//  4. When a source has ended well and its rows are verified, its [Arrival] holds the
//     stage. [Stream] and [Pull] pass rows on earlier, for merges that can use them.
//  5. A [github.com/fanql/fanql/merge.Strategy] ranges over the arrivals and emits the
//     rows of one result. Columns meet by name, and their types in a lattice.
//  6. A [Summary] holds the [Outcome] of every source. [Require] decides whether enough
//     sources ended well, and [Progress] shows the sources while they run.
package query

import (
	"context"
	"slices"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A Source is one database that can be queried. Run keeps the contract in the
// documentation of package driver.
type Source interface {
	Name() string
	Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error)
}

// A Task is a source and its request.
type Task struct {
	Source  Source
	Request driver.Request
	// Local means that the rows are made in this process. It then pays to encode them on a
	// second goroutine. For the rows of a server it does not: that goroutine would wake up
	// for fewer rows at a time. Dispatch also waits for a local source (see
	// Options.Coalesce) that has not begun its query yet.
	Local bool
	// Timeout is this source's own timeout. It is counted from dispatch or, if OnTurn is
	// set, from the source's turn. ConnectTimeout bounds everything before the query is
	// sent. 0 is no timeout. Options.Timeout caps both.
	Timeout        time.Duration
	OnTurn         bool
	ConnectTimeout time.Duration
	// Limits are the limits in which the source counts. The source acquires a place in
	// each, in this order, and starts when it has all of them. While it waits for one it
	// holds its places in those before. Limits for few sources come first. The wait counts
	// against Timeout, unless OnTurn is set. It does not count against ConnectTimeout.
	Limits []*Limit
}

// OwnTimeout is the What of a [TimeoutError] for a source's own timeout.
const OwnTimeout = "the source's own timeout"

// ownTimeout returns the error of a source that has reached its own timeout.
func (a Task) ownTimeout() *TimeoutError {
	return &TimeoutError{What: OwnTimeout, After: a.Timeout}
}

// DefaultGrace is how long sources may take to cancel and clean up once their time is over.
// All of them do so in parallel.
const DefaultGrace = time.Second

// Options are the options of a dispatch. The zero value has no deadline and no memory
// limit.
type Options struct {
	// Timeout is absolute and shared, from dispatch to the last row of the last source. 0
	// is no timeout.
	Timeout time.Duration
	// Since is when the run began, if it did something before this dispatch. Timeout and
	// all times of an outcome are counted from then. The zero time means the start of the
	// dispatch.
	Since time.Time
	// Grace replaces DefaultGrace.
	Grace time.Duration
	// Memory bounds how many bytes all sources together may stage in memory; the rest
	// goes to temporary files in TempDir. 0 is no limit.
	Memory int64
	// TempDir replaces [os.TempDir].
	TempDir string
	// Coalesce is how long Dispatch holds back the first arrival that ended well and waits
	// for others. So arrivals at about the same time are yielded in source order. It waits
	// less for a server that is still connecting: until a sixth of Coalesce has passed
	// since dispatch or, if that is later, until a twentieth more time has passed than the
	// first arrival took. 0 is no wait.
	Coalesce time.Duration
	// Stall ends a source that delivers no rows for this long. The time counts from when
	// the query was sent, but not while a batch is being taken. 0 is no such limit. It
	// requires requests that are Eager.
	Stall time.Duration
	// Sink, if set, is called for each attempt of source i. It returns the function that
	// takes the rows of that attempt instead of a stage. That function runs on the source's
	// own goroutine. Arrival.Rows is then nil.
	Sink func(i int) row.Emit
	// Revocable means that a call of Sink also drops the rows of an earlier attempt of that
	// source. Without it, a source whose rows have reached the sink is not retried.
	Revocable bool
	// PipeSink runs Sink's function on a second goroutine, a few batches behind, if the
	// source is Local. It is for few sources on many cores.
	PipeSink bool
	// Shape, if set, is called for each attempt of source i. It returns a function that
	// takes over a batch of the source and returns the batch that is staged. That function
	// runs on the source's own goroutine. Arrival.Schema stays the source's own.
	Shape func(i int) func(*row.Batch) *row.Batch
	// Ended, if set, is called for each source as it ends, before its arrival is yielded.
	// The call is on the goroutine that ranges over the arrivals. Ended is also called for
	// sources that end after the range was left.
	Ended func(Outcome)
	// Ending, if set, is called once, on a goroutine of its own, if the run ends while
	// sources still run: at its deadline, when ctx ends, or because the caller left the
	// range.
	Ending func()
	// Progress, if set, shows the progress of every source.
	Progress *Progress
}

// An Arrival is the result of one source: its rows if it ended well, and how it ended.
type Arrival struct {
	Outcome Outcome
	// Schema and Rows are nil unless Outcome.State is OK. The receiver of the arrival
	// owns the rows, and calls Each or Discard once.
	Schema *row.Schema
	Rows   *Stage
	// More means that the next arrival is available already.
	More bool

	refused bool // the server refused the source for lack of connections; the source waits for another turn
}

// note adds a warning, unless it is empty.
func (a *Arrival) note(warning string) {
	if warning != "" {
		a.Outcome.Warnings = append(slices.Clip(a.Outcome.Warnings), warning)
	}
}
