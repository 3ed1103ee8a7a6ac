// Verdicts: the closed set, and how several are combined.

package checks

import "github.com/fanql/fanql/cmd/internal/exitcode"

// A Verdict is the result of judging an expectation. There are no other values than these.
type Verdict string

const (
	Passed Verdict = "passed"
	Failed Verdict = "failed"
	// Warned is Failed for a check whose severity is warn.
	Warned Verdict = "warned"
	// Error means that it could not be evaluated: a source is missing, late or partial, or
	// the expectation does not fit the answer.
	Error Verdict = "error"
)

// rank orders verdicts by how bad they are.
var rank = map[Verdict]int{Passed: 0, Warned: 1, Error: 2, Failed: 3}

// worse returns the worse of two verdicts.
func worse(a, b Verdict) Verdict {
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// A Severity says how much a failure counts.
type Severity string

const (
	SeverityError Severity = "error" // a failure fails the run
	SeverityWarn  Severity = "warn"  // a failure is only reported
)

// exit returns the exit status for the verdicts: complete if all checks passed or warned,
// no if one failed, partial if none failed and at least one could not be evaluated, and
// none if nothing could be evaluated at any source.
func (r *Report) exit() int {
	switch c := r.Counts; {
	case c.Failed > 0:
		return exitcode.No
	case c.Error == 0:
		return exitcode.Complete
	}
	for _, c := range r.Checks {
		for _, s := range c.Sources {
			if s.Verdict != Error {
				return exitcode.Partial
			}
		}
	}
	return exitcode.None
}

// Conclude sets what follows from the checks: the counts, the worst verdict, and the exit
// status. If interrupted is not 0, it is the exit status.
func (r *Report) Conclude(interrupted int) {
	r.Counts, r.Verdict = Counts{}, Passed
	for _, c := range r.Checks {
		switch c.Verdict {
		case Passed:
			r.Counts.Passed++
		case Failed:
			r.Counts.Failed++
		case Warned:
			r.Counts.Warned++
		case Error:
			r.Counts.Error++
		}
		r.Verdict = worse(r.Verdict, c.Verdict)
	}
	r.ExitStatus = r.exit()
	if interrupted != 0 {
		r.ExitStatus = interrupted
	}
}
