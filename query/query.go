// Package query sends one logical question to many databases at once and
// gathers what comes back, under one shared deadline.
//
// [Dispatch] asks every source at the same time and yields one [Arrival] for
// each, as it ends: with its rows where it ended well, without any otherwise. A
// source that fails, hangs or is late never delays or cancels another, and ends
// in exactly one [State] with the reason why:
//
//	summary := query.NewSummary(tasks)
//	for a := range query.Dispatch(ctx, tasks, query.Options{Timeout: 30 * time.Second, Ended: summary.Ended}) {
//		if a.Outcome.State == query.OK {
//			err := a.Rows.Each(emit)
//		}
//	}
//
// What a database is, this package does not know: a [Source] is anything that
// keeps the contract of package driver.
//
// # The rows' journey
//
//  1. [github.com/fanql/fanql/sources.Open] makes a source of each configured
//     database; nothing is dialled.
//  2. [github.com/fanql/fanql/query/statement.Query.Bind] makes of one text, with
//     variants and parameters, the [github.com/fanql/fanql/sources/driver.Request]
//     that a source's dialect reads. Source and request are a [Task].
//  3. [Dispatch] runs every task. A driver pushes batches of rows
//     ([github.com/fanql/fanql/sources/row.Batch]) into a [Stage], in memory within
//     the budget of all stages and else in a temporary file.
//  4. When a source has ended well and what came is verified, its [Arrival] has the
//     stage. [Stream] and [Pull] hand rows over before, for who can take that.
//  5. A [github.com/fanql/fanql/merge.Strategy] ranges over the arrivals and emits the
//     rows of one result. Columns meet by name, and their types in a lattice.
//  6. A [Summary] has the one [Outcome] of every source: [Require] says whether they
//     are enough, and [Progress] shows them while they run.
package query

import (
	"context"
	"slices"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A Source is one database that can be asked. Run keeps the contract given in
// the documentation of package driver.
type Source interface {
	Name() string
	Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error)
}

// A Task is a source and what it is asked.
type Task struct {
	Source  Source
	Request driver.Request
	// Local says that the rows are made in this process. To encode them on a
	// goroutine beside is worth it there, while one that waits for a server would be
	// woken for fewer rows at a time; and the source may be waited for before it has
	// begun the query.
	Local bool
	// Timeout is this source's own, from dispatch on or, if it is OnTurn, from
	// its turn; ConnectTimeout bounds all that comes before the query is sent.
	// 0 is none; both are capped by Options.Timeout.
	Timeout        time.Duration
	OnTurn         bool
	ConnectTimeout time.Duration
	// Limits are those that the source counts in: it is asked once all of them
	// have room for it, and until then it waits, holding places in the first
	// ones. Those that bound few sources come first. Waiting takes of Timeout, unless
	// that is OnTurn, and not of ConnectTimeout.
	Limits []*Limit
}

// OwnTimeout is the What of the end of a source whose own time is over.
const OwnTimeout = "the source's own timeout"

// ownTimeout is the cause of its end when the source's own time is over.
func (a Task) ownTimeout() *TimeoutError {
	return &TimeoutError{What: OwnTimeout, After: a.Timeout}
}

// DefaultGrace is how long sources may take, all in parallel, to cancel and
// clean up once they have been told to end.
const DefaultGrace = time.Second

// Options of a dispatch. The zero value has no deadline and no memory limit.
type Options struct {
	// Timeout is absolute and shared, from dispatch to the last row of the
	// last source. 0 is none.
	Timeout time.Duration
	// Since is when the run began whose sources these are, if it did something before:
	// Timeout and all times of an outcome are counted from then. Zero is the dispatch.
	Since time.Time
	// Grace replaces DefaultGrace.
	Grace time.Duration
	// Memory bounds what all sources together may stage in memory, in bytes;
	// the rest goes to temporary files in TempDir. 0 is no limit.
	Memory int64
	// TempDir replaces [os.TempDir].
	TempDir string
	// Coalesce is how long the first arrival that ended well waits for others, so
	// that what comes at about the same time is yielded in source order. A server
	// that is still connecting is waited for only until a sixth of it has passed
	// since dispatch, or a twentieth more than that arrival took. 0 is not at all.
	Coalesce time.Duration
	// Stall ends a source that gives no rows for so long, counted from when
	// its query was sent and not while a batch is being taken. 0 is none. It
	// wants questions that are Eager.
	Stall time.Duration
	// Sink, where set, gives the function that takes the rows of source i
	// instead of a stage; it is called on that source's own goroutine, and
	// Arrival.Rows is nil then.
	Sink func(i int) row.Emit
	// Revocable says that Sink, which is called for each attempt, takes back
	// what an earlier attempt of that source has given.
	Revocable bool
	// PipeSink has Sink's function called on a goroutine beside the source's own, a
	// few batches behind, if the source is Local: for few sources on many cores.
	PipeSink bool
	// Shape, where set, is called for each attempt of source i and gives what
	// makes of its batches those that are staged, on that source's own
	// goroutine. Arrival.Schema stays that of the source.
	Shape func(i int) func(*row.Batch) *row.Batch
	// Ended, where set, is called for each source as it ends, before its
	// arrival is yielded, on the goroutine that ranges over the arrivals; also
	// for those that end after the range was left.
	Ended func(Outcome)
	// Progress, where set, shows from beside how far every source has got.
	Progress *Progress
}

// An Arrival is what one source gave: its rows if it ended well, and how it
// ended.
type Arrival struct {
	Outcome Outcome
	// Schema and Rows are nil unless Outcome.State is OK. Who receives the
	// arrival owns the rows, and calls Each or Discard once.
	Schema *row.Schema
	Rows   *Stage
	// More says that the next arrival is there already.
	More bool

	refused bool // by its server, for lack of connections: it is no arrival yet
}

// note adds a warning, unless it is empty.
func (a *Arrival) note(warning string) {
	if warning != "" {
		a.Outcome.Warnings = append(slices.Clip(a.Outcome.Warnings), warning)
	}
}
