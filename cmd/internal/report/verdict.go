// Package report describes how a run went: as a summary for people ([Summary]), as a
// JSON document for programs ([JSON]), and, while it runs, as a line on the terminal
// ([Live]).
//
// A [Verdict] is the one judgement that all three and the exit status share.
package report

import (
	"errors"
	"slices"
	"time"

	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
)

// A Verdict is how a dispatch ended as a whole.
type Verdict struct {
	*query.Summary
	Require query.Require
	// Failure is the reason why the result could not be written; nil if it could.
	Failure error
	// ReaderLeft says that the reader of stdout closed it early.
	ReaderLeft bool
	// Interrupted is the exit status of the signal that ended the run, or 0.
	Interrupted int
	// Reduced says that the result is not the sources' rows but was computed from all
	// of them together, and has ResultRows rows.
	Reduced    bool
	ResultRows int64
	// Listed describes the result if it is not rows of the sources: 12 tables.
	Listed string
	// Federated says that the result is that of a statement over the tables of all sources;
	// Sent is the statement for each source, by its index.
	Federated bool
	Sent      [][]Sent
	// Output is the file for the result; empty for stdout.
	Output string
	// Files is how many files the result has if Output is a template; otherwise 0.
	Files int
	// Command is the command that was run. The sums are checksums of its texts and
	// parameters; they are empty if there is no query.
	Command, QuerySum, ParametersSum string
	// Before is what was at the path of Output before the run.
	Before Before
	// Merging names an operation on all rows together, such as --order-by, because of
	// which a missing source could change more than its own rows; empty if only the
	// rows of a missing source are missing.
	Merging string
	// Unfound is the number of sources whose discovery failed. It is unknown how many
	// sources they stand for, so the requirement can only be any.
	Unfound int
	// Load is the load of the rows into a database; nil if they were written.
	Load *Load
	// Diff is the comparison of the sources; nil if they were not compared.
	Diff *Diff
	// UsualTimeout says that the time limit is the default.
	UsualTimeout bool
	// Hints are what the user could do, one sentence each, without a point.
	Hints []string
	// Spelling returns the user's names of options.
	Spelling option.Spelling
}

// A Load is the load of rows into a table of a database.
type Load struct {
	To, Place   string // the name of the database, and where it is
	Table, Mode string
	Rows, Bytes int64 // as they were sent
	Done        bool  // they are in the table
	Unknown     bool  // it is unknown whether they are
	Warnings    []string
}

// A Sent text is the statement that a source was sent, in its own SQL, for its part of
// a statement.
type Sent struct {
	SQL string `json:"sql"`
	// Here has the reasons why fanql and not the source did other parts of the statement.
	Here []string `json:"here"`
}

// Before is what is at a path before it is written.
type Before uint8

const (
	Old     Before = iota // a file, which an answer that counts replaces
	Nothing               // nothing: an answer that counts creates the file
	Stream                // a device, a pipe, an open file: its content is not known
)

// Incomplete reports whether the answer could mislead: rows were merged, and a source
// is missing.
func (v Verdict) Incomplete() bool { return v.Merging != "" && v.Result() == "partial" }

// Met reports whether enough sources ended well, or were not needed, for the answer to
// count; for a comparison, whether enough were compared.
func (v Verdict) Met() bool {
	if v.unknown() {
		return false
	}
	if v.Diff != nil {
		return v.Diff.met(v.Require.Of(len(v.Outcomes)))
	}
	return v.Count(query.OK)+v.Unneeded() >= v.Require.Of(len(v.Outcomes))
}

// unknown reports whether a number of sources is required although some discoveries
// failed, so that nobody knows how many sources there are.
func (v Verdict) unknown() bool { return v.Unfound > 0 && !v.Require.Any() }

// Hopeless reports whether the answer can no longer count, however well the running
// sources end. It is safe while the dispatch runs.
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

// decided reports whether sources were cancelled because the answer could no longer
// count.
func (v Verdict) decided() bool {
	return slices.ContainsFunc(v.Outcomes, func(o query.Outcome) bool { return errors.Is(o.Err, query.ErrRequirement) })
}

// outgrewUsual returns the default time limit, if it applied and rows of an export or a
// load took longer.
func (v Verdict) outgrewUsual() (limit time.Duration, yes bool) {
	if !v.UsualTimeout || v.Load == nil && (v.Output == "" || v.Before == Stream) {
		return 0, false
	}
	errs := []error{v.Failure}
	for _, o := range v.Outcomes {
		// More time does not help if a server does not answer.
		if o.State == query.Timeout && o.Phase >= driver.Query || o.State == query.Skipped {
			errs = append(errs, o.Err)
		}
	}
	for _, err := range errs {
		if late, ok := errors.AsType[*query.TimeoutError](err); ok && late.What == "" {
			return late.After, true
		}
	}
	return 0, false
}

// Exit returns the exit status.
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

// Result returns the verdict in one word: complete, partial or none.
func (v Verdict) Result() string {
	switch {
	case v.Failure != nil, !v.Met(), v.Interrupted != 0 && (v.Output != "" || v.Load != nil && !v.Load.Done):
		return "none"
	case !v.Complete():
		return "partial"
	}
	return "complete"
}
