// Package report says how a run went: as a summary for people ([Summary]), as a
// JSON document for programs ([JSON]), and, while it runs, as a line on the
// terminal ([Live]).
//
// A [Verdict] is the one judgement that all three and the exit status share.
package report

import (
	"errors"
	"slices"

	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/option"
)

// A Verdict is how a dispatch ended as a whole.
type Verdict struct {
	*query.Summary
	Require query.Require
	// Failure is what kept the result from being written; nil if nothing did.
	Failure error
	// ReaderLeft says that the reader of stdout wanted no more of the result.
	ReaderLeft bool
	// Interrupted is the exit status of the signal that ended the run, or 0.
	Interrupted int
	// Reduced says that the result is not the sources' rows but what became of
	// all of them together, in so many rows.
	Reduced    bool
	ResultRows int64
	// Listed says what the result is where it is no rows of the sources: 12 tables.
	Listed string
	// Federated says the same of a statement over the tables of all sources, and Sent is
	// what each source was asked for it, by its place.
	Federated bool
	Sent      [][]Sent
	// Output is the file that the result was meant for; empty for stdout.
	Output string
	// Before is what stood there before the run.
	Before Before
	// Merging names what was done to all rows together, such as --order-by, so
	// that a missing source could have changed more than its own rows; empty
	// where a missing source's rows are all that is missing.
	Merging string
	// Unfound is how many of the sources stand for others that were to be found: nobody
	// knows how many, so that no number of sources can be required but any.
	Unfound int
	// Diff is what sources were compared for; nil where they were not.
	Diff *Diff
	// Spelling is how the user calls options.
	Spelling option.Spelling
}

// A Sent text is one that a source was asked, in its own SQL, for its part of a statement.
type Sent struct {
	SQL string `json:"sql"`
	// Here are the reasons why more of the statement's work was not done at the source.
	Here []string `json:"here"`
}

// Before is what stands at a path before it is written.
type Before uint8

const (
	Old     Before = iota // a file, to be replaced by an answer that counts
	Nothing               // to be created by one
	Stream                // a device, a pipe, an open file: nothing can be said of it
)

// Incomplete reports whether the answer could mislead: rows were merged, and a
// source is missing.
func (v Verdict) Incomplete() bool { return v.Merging != "" && v.Result() == "partial" }

// Met reports whether enough sources ended well, or were not needed, for the
// answer to count; of a comparison, whether enough were compared.
func (v Verdict) Met() bool {
	if v.unknown() {
		return false
	}
	if v.Diff != nil {
		return v.Diff.met(v.Require.Of(len(v.Outcomes)))
	}
	return v.Count(query.OK)+v.Unneeded() >= v.Require.Of(len(v.Outcomes))
}

// unknown reports whether a number of sources is required while some could not be
// found, so that nobody knows how many there are.
func (v Verdict) unknown() bool { return v.Unfound > 0 && !v.Require.Any() }

// Hopeless reports whether the answer cannot count any more, however well the
// sources end that still run. It is safe while the dispatch runs.
func (v Verdict) Hopeless() bool {
	if v.unknown() {
		return true
	}
	asked := len(v.Outcomes)
	need := v.Require.Of(asked)
	if v.Diff != nil {
		least := 1
		if base := v.Diff.baseline; base >= 0 {
			if v.Lost(base) {
				return true
			}
			least = 2 // the baseline, and one to compare with it
		}
		need = max(need, least)
	}
	return asked-v.Failing() < need
}

// decided reports whether sources were cancelled since the answer could not count any
// more.
func (v Verdict) decided() bool {
	return slices.ContainsFunc(v.Outcomes, func(o query.Outcome) bool { return errors.Is(o.Err, query.ErrRequirement) })
}

// Exit is the exit status.
func (v Verdict) Exit() int {
	switch {
	case v.Interrupted != 0:
		return v.Interrupted
	case v.Failure != nil, !v.Met():
		return exitcode.None
	case !v.Complete():
		return exitcode.Partial
	}
	if v.Diff != nil {
		if _, different := v.Diff.sum(); different > 0 {
			return exitcode.No
		}
	}
	return exitcode.Complete
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
