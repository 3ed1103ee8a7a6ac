// Package query sends one logical query to many databases at once and gathers their
// rows, under one shared deadline.
//
// [Dispatch] queries all sources at the same time and yields one [Arrival] for each as
// it ends: with its rows if it ended well, otherwise without any. A source that fails,
// hangs or is late never delays or cancels another, and ends in exactly one [State]
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
//     ([github.com/fanql/fanql/sources/row.Batch]) into a [Stage], in memory within
//     the budget of all stages and else in a temporary file.
//  4. When a source has ended well and its rows are verified, its [Arrival] has the
//     stage. [Stream] and [Pull] pass rows on earlier, for merges that can use them.
//  5. A [github.com/fanql/fanql/merge.Strategy] ranges over the arrivals and emits the
//     rows of one result. Columns meet by name, and their types in a lattice.
//  6. A [Summary] has the one [Outcome] of every source: [Require] decides whether they
//     are enough, and [Progress] shows them while they run.
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
	// Local says that the rows are made in this process. Encoding them on a second
	// goroutine is worth it there, while one that waits for a server would be woken for
	// fewer rows at a time. Such a source may also be waited for before it has begun
	// the query.
	Local bool
	// Timeout is this source's own, counted from dispatch or, if OnTurn is set, from
	// its turn; ConnectTimeout bounds everything before the query is sent. 0 is none;
	// both are capped by Options.Timeout.
	Timeout        time.Duration
	OnTurn         bool
	ConnectTimeout time.Duration
	// Limits are the limits that the source counts in. It starts once all of them have
	// room for it, and until then it waits, holding places in the first ones. Limits
	// for few sources come first. The wait counts against Timeout, unless that is
	// OnTurn, and not against ConnectTimeout.
	Limits []*Limit
}

// OwnTimeout is the What of a source's own timeout.
const OwnTimeout = "the source's own timeout"

// ownTimeout returns the cause of its end at the source's own timeout.
func (a Task) ownTimeout() *TimeoutError {
	return &TimeoutError{What: OwnTimeout, After: a.Timeout}
}

// DefaultGrace is how long sources may take, all in parallel, to cancel and clean up
// once they have been told to end.
const DefaultGrace = time.Second

// Options are the options of a dispatch. The zero value has no deadline and no memory
// limit.
type Options struct {
	// Timeout is absolute and shared, from dispatch to the last row of the last source.
	// 0 is none.
	Timeout time.Duration
	// Since is when the run began, if it did something before this dispatch: Timeout
	// and all times of an outcome are counted from then. Zero is the dispatch.
	Since time.Time
	// Grace replaces DefaultGrace.
	Grace time.Duration
	// Memory bounds how many bytes all sources together may stage in memory; the rest
	// goes to temporary files in TempDir. 0 is no limit.
	Memory int64
	// TempDir replaces [os.TempDir].
	TempDir string
	// Coalesce is how long the first arrival that ended well waits for others, so that
	// arrivals at about the same time are yielded in source order. It waits for a
	// server that is still connecting only until a sixth of this time has passed since
	// dispatch, or a twentieth more than the time of that arrival. 0 waits not at all.
	Coalesce time.Duration
	// Stall ends a source that delivers no rows for this long, counted from when its
	// query was sent and not while a batch is being taken. 0 is none. It requires
	// requests that are Eager.
	Stall time.Duration
	// Sink, if set, returns the function that takes the rows of source i instead of a
	// stage. That function is called on the source's own goroutine, and Arrival.Rows is
	// then nil.
	Sink func(i int) row.Emit
	// Revocable says that Sink, which is called for each attempt, takes back the rows
	// of an earlier attempt of that source.
	Revocable bool
	// PipeSink runs Sink's function on a second goroutine, a few batches behind, if the
	// source is Local: for few sources on many cores.
	PipeSink bool
	// Shape, if set, is called for each attempt of source i. It returns a function that
	// converts the source's batches to those that are staged, on the source's own
	// goroutine. Arrival.Schema stays the source's own.
	Shape func(i int) func(*row.Batch) *row.Batch
	// Ended, if set, is called for each source as it ends, before its arrival is
	// yielded, on the goroutine that ranges over the arrivals. It is also called for
	// sources that end after the range was left.
	Ended func(Outcome)
	// Ending, if set, is called once, on a goroutine of its own, if the run ends while
	// sources still run: by its deadline, or as its caller wishes.
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
	// More says that the next arrival is available already.
	More bool

	refused bool // by its server, for lack of connections: it is not an arrival yet
}

// note adds a warning, unless it is empty.
func (a *Arrival) note(warning string) {
	if warning != "" {
		a.Outcome.Warnings = append(slices.Clip(a.Outcome.Warnings), warning)
	}
}
