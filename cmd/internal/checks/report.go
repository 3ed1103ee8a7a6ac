// The report: what a run of checks found. The formats show nothing but the report. As JSON
// it is described in schema.json.

package checks

import (
	_ "embed" // the schema
	"time"
)

// Version of the report's shape; within a version fields are only added.
const Version = 1

// Schema is the JSON Schema of the report.
//
//go:embed schema.json
var Schema string

// A Report is the result of one run. It is written as JSON with these names.
type Report struct {
	Version        int       `json:"version"`
	Fanql          string    `json:"fanql"` // the program's version
	Run            string    `json:"run"`   // the run's name: --run-name, or that of the config
	Started        time.Time `json:"started"`
	ElapsedSeconds float64   `json:"elapsed_seconds"`
	// Verdict is the worst verdict of all checks, and ExitStatus is the exit status of the
	// program.
	Verdict    Verdict `json:"verdict"`
	ExitStatus int     `json:"exit_status"`
	// Error says what ended the run early: a signal, or a check that failed
	// under --fail-fast; nil if nothing did.
	Error  *string `json:"error"`
	Counts Counts  `json:"counts"` // of checks
	// Disabled are the names of checks that were chosen and not run.
	Disabled []string `json:"disabled"`
	Queries  int      `json:"queries"` // sent; several checks may share one
	Checks   []Check  `json:"checks"`  // in the order of the config
}

// Counts are numbers of checks by verdict. They add up to all.
type Counts struct {
	Passed int `json:"passed"`
	Failed int `json:"failed"`
	Warned int `json:"warned"`
	Error  int `json:"error"`
}

// Total returns the number of checks.
func (c Counts) Total() int { return c.Passed + c.Failed + c.Warned + c.Error }

// A Check is the result of one check.
type Check struct {
	Name     string `json:"name"`
	Describe string `json:"describe"` // empty if the config has none
	// Owner and Link are for people who have to act: empty if the config has none. The link
	// is an address of http or https.
	Owner string `json:"owner"`
	Link  string `json:"link"`
	// SnoozedUntil is the end of the snooze; nil if the check is not snoozed.
	SnoozedUntil *time.Time `json:"snoozed_until"`
	Tags         []string   `json:"tags"`
	Severity     Severity   `json:"severity"`
	Verdict      Verdict    `json:"verdict"`
	// Expected are the expectations in words, such as "no rows" or "each row:
	// amount >= 0". There is at least one.
	Expected []string `json:"expected"`
	// Asked are the texts of its queries. They are not in JSON, because programs do not
	// need them.
	Asked []Text `json:"-"`
	// Require says how many of its sources have to be evaluated: all, any, N, N%.
	Require string `json:"require"`
	// Message is one line that says why the check did not pass, or which sources are
	// missing from a check that passed; otherwise it is empty.
	Message string `json:"message"`
	// Findings are about the rows of all sources together. Those about one source are in
	// Source.Findings.
	Findings []Finding `json:"findings"`
	// Numbers are the numbers of the one answer over all sources, if the check is about
	// that and the answer is one row.
	Numbers []Number `json:"numbers"`
	// StartSeconds is when the first of its queries began, in seconds from the start of the
	// run. DurationSeconds is the time from then until the last of its sources had ended.
	StartSeconds    float64  `json:"start_seconds"`
	DurationSeconds float64  `json:"duration_seconds"`
	Sources         []Source `json:"sources"` // in source order
}

// A Source is the result of a check at one source.
type Source struct {
	Source string `json:"source"`
	// Verdict is the source's own verdict. If the rows of all sources are judged together,
	// the sources in it have the verdict of that.
	Verdict Verdict `json:"verdict"`
	// State is how its query ended: ok, failed, timeout, canceled or skipped;
	// Phase in which phase, nil if ok: waiting, open, resolve, connect, auth,
	// query, stream, verify.
	State string  `json:"state"`
	Phase *string `json:"phase"`
	// Error is why the source could not be evaluated, if its verdict is error. The state
	// may still be ok, for example if the answer lacks a column.
	Error    *Failure  `json:"error"`
	Findings []Finding `json:"findings"`
	Rows     int64     `json:"rows"`    // received, and judged unless the verdict is error
	Numbers  []Number  `json:"numbers"` // the numbers of an answer that is one row
	// StartSeconds is when its query began, in seconds from the start of the run.
	// DurationSeconds is how long the query then took. They are the bar of a time line.
	StartSeconds    float64 `json:"start_seconds"`
	DurationSeconds float64 `json:"duration_seconds"`
	Attempts        int     `json:"attempts"` // 0 if it was not queried
	// Shared says that another check uses the same answer: the query was sent once.
	Shared       bool     `json:"shared"`
	Server       *string  `json:"server"`        // product and version, if known
	ServerCancel *string  `json:"server_cancel"` // confirmed, sent, closed, unknown; nil if nothing was cancelled
	Warnings     []string `json:"warnings"`
}

// A Text is a text of a check's query, as it is written in the config.
type Text struct {
	Title string // a description of the text, if there are several
	SQL   string
}

// A Number is a number in an answer of one row.
type Number struct {
	Column string  `json:"column"`
	Type   string  `json:"type"`  // integer, unsigned integer, decimal or float
	Value  *string `json:"value"` // all its digits, in the text of the server; nil is NULL
}

// A Failure is an error in the words of the server, the driver, or ourselves.
type Failure struct {
	Code *string `json:"code"` // the server's own, such as an SQLSTATE
	Text string  `json:"text"`
}

// A Finding is an expectation that was not met.
type Finding struct {
	Expected string  `json:"expected"` // one of Check.Expected
	Verdict  Verdict `json:"verdict"`  // failed or warned
	Message  string  `json:"message"`  // the actual result, in one line
	// Rows is the number of failing rows; 0 if no single row fails.
	Rows    int64    `json:"rows"`
	Samples *Samples `json:"samples"` // the first failing rows; nil if there are none

	threshold bool // it belongs to warn or fail
}

// Samples are rows as text in its canonical form; nil is NULL.
type Samples struct {
	Columns []string    `json:"columns"`
	Rows    [][]*string `json:"rows"` // as wide as Columns
}
