// The plan of a run: the meaning of its request, and all errors that can be found
// before anything is sent.

package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/config"
)

// A Plan describes what a run will do. It is for one run, and only one goroutine may use
// it, except for Progress and Discard. Its owner calls Close at the end.
type Plan struct {
	Targets Targets
	// Progress shows the progress of the run, to any goroutine.
	Progress *query.Progress
	// Warnings are about texts that mean different things to different sources.
	Warnings []string
	// Inputs are files that the run reads, and so must not overwrite.
	Inputs []NamedFile

	request Request
	merge   Merge
	require query.Require
	options query.Options
	style   output.Options
	file    *output.File // nil is the host's Out
	report  *output.File // nil is none
	reduce  *reducing    // nil is none

	coercing *coercing // nil is none
	// catalogue is nil if rows are wanted.
	catalogue  *cataloguing
	federation *federation   // nil is none
	exporting  *exporting    // nil is none
	hashes     hashes        // empty where there is no query
	load       *loadPlan     // nil is none
	opening    time.Duration // how long New took
}

// New checks the request, opens its sources, which dials nothing, and prepares the
// request of each.
func New(r Request) (*Plan, error) {
	began := time.Now()
	p, err := prepare(r)
	if p != nil {
		p.opening = time.Since(began)
	}
	return p, err
}

// countOpening adds the duration of New to the time that counts against the deadline. The
// time between New and Execute does not count, because a run may wait there for another
// run's files.
func (p *Plan) countOpening() {
	if p.request.Started.IsZero() {
		p.request.Started = time.Now().Add(-p.opening)
		p.options.Since = p.request.Started
	}
}

// prepare is New without its clock.
func prepare(r Request) (*Plan, error) {
	if err := r.contradictions(); err != nil {
		return nil, err
	}
	p := &Plan{request: r, merge: r.Merge, style: r.Style}
	if err := p.templated(&r); err != nil {
		return nil, err
	}
	p.options.Timeout, p.options.Memory, p.options.Stall, p.options.Since = r.Limits.Timeout, r.Memory, r.Stall, r.Started
	p.merge.SourceOrder = r.Merge.SourceOrder || (r.Output != "" || r.Load != nil || r.Format.Binary) && !r.Merge.EndOrder
	p.style.SourceColumn = r.SourceColumn
	p.typed(&r)
	if r.Load != nil && !r.Load.direct(&r) {
		p.options.Memory /= 2 // rows are read out of the sources' stages into one of the result
	}
	switch {
	case r.Stream: // rows are printed before it is known how the sources end
	case r.Require != nil:
		p.require = *r.Require
	case r.Output != "", r.Load != nil, r.Reduce != nil, r.Federate != nil: // an aggregate of some sources looks complete
		p.require = query.RequireAll
	}
	if err := p.bindLoad(&r); err != nil {
		return nil, err
	}
	p.reducing()
	if err := p.bind(&r); err != nil {
		return nil, err
	}
	if n := len(p.Warnings); r.Strict && n > 0 {
		more := ""
		if n > 1 {
			more = fmt.Sprintf(" (and %d more)", n-1)
		}
		return nil, fmt.Errorf("%s: %s%s", r.Spelling.Name(OptionStrict), p.Warnings[0], more)
	}
	if err := p.limit(&r); err != nil {
		return nil, err
	}
	p.Inputs = append(p.Inputs, Inputs(r.Config, p.Targets, r.Getenv)...)
	if err := p.compare(&r); err != nil {
		return nil, err
	}
	if need := p.require.Of(len(p.Targets)); need > len(p.Targets) && p.Targets.Missing() == 0 {
		return nil, fmt.Errorf("%s %s: only %d are asked", r.Spelling.Name(OptionRequire), p.require, len(p.Targets))
	}
	if err := p.preferred(r.Spelling); err != nil {
		return nil, err
	}
	p.watch()
	p.coerce(&r)
	if err := p.export(&r); err != nil {
		return nil, err
	}
	p.Progress = query.NewProgress(p.Targets.Tasks())
	return p, p.startReduce()
}

// typed prepares for a format that needs the types of all columns. Errors about a cell name
// its source. If the column of sources is not wanted, it is a hidden column, except if
// columns are counted by position.
func (p *Plan) typed(r *Request) {
	if !r.Format.Binary {
		return
	}
	rows := r.Reduce == nil && r.Federate == nil && r.Diff == nil && r.Catalogue == nil
	if rows && r.SourceColumn == "" && !r.Merge.mixes() {
		r.SourceColumn = output.HiddenSource
		p.request.SourceColumn = r.SourceColumn
	}
	p.style.SourceColumn, p.style.Memory = r.SourceColumn, r.Memory/4
	if p.typedRows() {
		p.options.Memory /= stagedOfTyped
	}
}

// If rows of the sources go to a typed format, the whole program must stay within --memory: a
// quarter of it is for rows that wait for their source, and the garbage collector runs when
// the heap reaches five eighths. The rest is for the program itself.
const (
	stagedOfTyped = 4
	heapOfTyped   = 5
	heapOfAll     = 8
)

// typedRows reports whether the sources' own rows go to a typed format.
func (p *Plan) typedRows() bool {
	r := &p.request
	return r.Format.Binary && r.Reduce == nil && r.Federate == nil
}

// bind opens the sources and prepares the request of each.
func (p *Plan) bind(r *Request) (err error) {
	now := r.Limits.Clock(r.Now)
	if len(r.Tables) > 0 {
		return p.bindTables(r, now)
	}
	if r.Federate != nil {
		return p.bindFederated(r, now)
	}
	given, err := r.given()
	if err == nil {
		given, err = r.retried(given, now)
	}
	if err != nil {
		return err
	}
	p.Targets = Open(given.Sources, r.Getenv)
	if err := p.Targets.NoneOpened(); err != nil {
		return err
	}
	switch {
	case r.Catalogue != nil:
		return p.bindCatalogue(r)
	case r.Sample != nil:
		return p.Targets.bindSample(*r.Sample)
	}
	bind := func() error { return p.Targets.Bind(r.Query, r.Config, r.Params, now) }
	if r.Export.State != nil {
		bind = func() error { return p.bindState(r, now) }
	}
	if err := bind(); err != nil {
		return err
	}
	p.Warnings = p.Targets.Ambiguous(r.Query, "")
	return p.oneTable(r.Spelling)
}

// given returns the sources to query, and those that are excluded.
func (r *Request) given() (config.Given, error) {
	if r.Given != nil {
		return *r.Given, nil
	}
	return r.Config.Given(r.Sources)
}

// limit sets each target's limits.
func (p *Plan) limit(r *Request) error {
	p.options.Memory = p.Targets.Copies(p.options.Memory, r.Stall, 1)
	for i := range p.Targets {
		q := &p.Targets[i].Task.Request
		if p.options.Memory > 0 { // a value that does not fit into memory is not read
			q.MaxCell = int(min(int64(q.MaxCell), p.options.Memory))
		}
		q.Eager, q.Verify = r.Stream, r.Verify
	}
	if err := r.Limits.Sessions(p.Targets, r.Config.Defaults); err != nil {
		return err
	}
	return r.Limits.Admit(p.Targets, r.Config.Defaults)
}

// need returns how many sources must end well before a row is emitted. If any is not
// enough and some discoveries failed, it is more than there are sources.
func (p *Plan) need() int {
	if p.Targets.Missing() > 0 && !p.require.Any() {
		return len(p.Targets) + 1
	}
	return p.require.Of(len(p.Targets))
}

// reserve returns the width that the column of source names will need.
func (p *Plan) reserve() map[string]int {
	if p.reduce != nil || p.federation != nil { // its columns are not those of the sources
		return nil
	}
	width := 0
	for _, t := range p.Targets {
		width = max(width, runewidth.StringWidth(output.Sanitize(t.Name())))
	}
	return map[string]int{p.request.SourceColumn: width}
}

// before returns what is at the path of the result.
func (p *Plan) before() report.Before {
	switch {
	case p.exporting != nil && p.exporting.set != nil:
		return p.exporting.before()
	case p.file != nil && p.file.Direct():
		return report.Stream
	}
	if _, err := os.Stat(p.request.Output); errors.Is(err, fs.ErrNotExist) {
		return report.Nothing
	}
	return report.Old
}

// DryRun returns what would be sent to which source. Shown makes each line fit for its
// destination.
func (p *Plan) DryRun(shown func(string) string) string {
	var b strings.Builder
	for _, t := range p.Targets {
		b.WriteString(t.Sent(t.Name(), ";", shown))
	}
	return b.String()
}

// Sent returns what a target is sent, after a line that begins with its name. End
// follows the SQL.
func (t Target) Sent(called, end string, shown func(string) string) string {
	var b strings.Builder
	line := func(format string, args ...any) {
		for text := range strings.SplitSeq(fmt.Sprintf(format, args...), "\n") {
			b.WriteString(shown(text) + "\n")
		}
	}
	if t.Missing() {
		line("-- %s: %s: %v", called, t.Opened.Place(), t.Opened.Err)
		return b.String()
	}
	if t.Opened.Err != nil {
		line("-- %s: cannot be opened: %v", called, t.Opened.Err)
		return b.String()
	}
	if u, ok := t.Task.Source.(unasked); ok {
		line("-- %s: %s %s: not asked: %v", called, t.Opened.Kind, t.Opened.Place(), u.err)
		return b.String()
	}
	q := t.Task.Request
	line("-- %s: %s %s", called, t.Opened.Kind, t.Opened.Place())
	line("%s%s", strings.TrimSpace(q.SQL), end)
	for n, arg := range q.Args {
		value := arg.Value
		if arg.Null {
			value = "NULL"
		}
		line("--   %d = %s (%s)", n+1, value, arg.Type)
	}
	return b.String()
}

// HeaderLines returns how many lines at the beginning of the result name its columns.
func (p *Plan) HeaderLines() int { return p.request.Format.HeaderLines(p.style) }

// Memory returns the limit for waiting rows, and for their encoded form in a typed format,
// in bytes; 0 is no limit.
func (p *Plan) Memory() int64 {
	if p.typedRows() {
		return p.request.Memory / heapOfAll * heapOfTyped
	}
	return p.options.Memory
}
