// Verdicts: the closed set, and the verdict of several together.

package checks

import "github.com/fanql/fanql/cmd/internal/exitcode"

// A Verdict is what is known of an expectation. There are no others.
type Verdict string

const (
	Passed Verdict = "passed"
	Failed Verdict = "failed"
	// Warned is Failed for a check whose severity is warn.
	Warned Verdict = "warned"
	// Error means that it could not be evaluated: a source is missing, late or
	// partial, or the expectation does not fit what came.
	Error Verdict = "error"
)

// rank orders verdicts by how bad they are.
var rank = map[Verdict]int{Passed: 0, Warned: 1, Error: 2, Failed: 3}

// worse gives the worse of two verdicts.
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
	SeverityWarn  Severity = "warn"  // a failure is only told
)

// exit is the exit status for the verdicts: what passed or warned is complete,
// partial is that none failed and at least one could not be evaluated, and none that
// nothing could, at any source.
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

// Conclude fills in what follows from the checks: the counts, the worst verdict,
// and the exit status, which is interrupted where that is not 0.
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
