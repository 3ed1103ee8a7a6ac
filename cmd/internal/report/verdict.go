// Package report says how a run went: as a summary for people ([Summary]), as a
// JSON document for programs ([JSON]), and, while it runs, as a line on the
// terminal ([Live]).
//
// A [Verdict] is the one judgement that all three and the exit status share.
package report

import (
	"github.com/fanql/fanql/query"
)

// Exit statuses of all commands.
const (
	ExitComplete = 0   // every source asked is in the result
	ExitNone     = 1   // no answer: nothing ended well, too little did, or the output failed
	ExitUsage    = 2   // nothing was sent to any database
	ExitPartial  = 3   // an answer, and at least one source is not in it
	ExitNo       = 4   // the answer is no: a check failed, a difference was found
	ExitSIGINT   = 130 // interrupted
	ExitSIGTERM  = 143
)

// A Verdict is how a dispatch ended as a whole.
type Verdict struct {
	*query.Summary
	Require query.Require
	// Failure is what kept the result from being written; nil if nothing did.
	Failure error
	// Interrupted is the exit status of the signal that ended the run, or 0.
	Interrupted int
	// Reduced says that the result is not the sources' rows but what became of
	// all of them together, in so many rows.
	Reduced    bool
	ResultRows int64
	// Output is the file that the result was meant for; empty for stdout.
	Output string
}

// Met reports whether enough sources ended well for the answer to count.
func (v Verdict) Met() bool {
	return v.Count(query.OK) >= v.Require.Of(len(v.Outcomes))
}

// Exit is the exit status.
func (v Verdict) Exit() int {
	switch {
	case v.Interrupted != 0:
		return v.Interrupted
	case v.Failure != nil, !v.Met():
		return ExitNone
	case !v.Complete():
		return ExitPartial
	}
	return ExitComplete
}

// Result is the verdict in one word: complete, partial or none.
func (v Verdict) Result() string {
	switch {
	case v.Failure != nil, !v.Met(), v.Interrupted != 0 && v.Output != "":
		return "none"
	case !v.Complete():
		return "partial"
	}
	return "complete"
}

// Incomplete reports whether the result was made of all rows together and some
// source's are not among them, so that no row of it may be what it would be with
// them.
func (v Verdict) Incomplete() bool { return v.Reduced && v.Result() == "partial" }
