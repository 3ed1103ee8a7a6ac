// The state of an export: each source is queried for rows that are new since its own last
// export.

package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/exportstate"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// SinceParam is the parameter that a state binds, for each source to its own value.
const SinceParam = "since"

// A State has the options for the state that is kept from run to run.
type State struct {
	Path string
	// Watermark is the column whose largest value of a source is kept.
	Watermark string
	// Initial is the value for sources that the state does not have yet; nil is none.
	Initial *string
	// Overlap is subtracted from the last value of a source; the zero value is nothing. Key
	// are the columns that identify rows that were exported before, which are left out; nil
	// leaves out none.
	Overlap exportstate.Overlap
	Key     columns.Order
	// Force accepts a state of another query and other sources.
	Force bool
}

// contradictions returns an error for options that cannot be used with a state.
func (s *State) contradictions(r *Request) error {
	if s == nil {
		return nil
	}
	what := option.Option("")
	switch {
	case s.Path == "":
		return option.New("{state} needs a file")
	case s.Watermark == "":
		return option.New("{state} needs {watermark} COLUMN, whose largest value is kept for each source")
	case s.Key != nil && s.Overlap.String() == "":
		return option.New("{key} of a {state} goes with {overlap}")
	case r.Federate != nil:
		return option.New("{state} keeps a value for each source, and one statement over all sources has none")
	case r.Reduce != nil || len(r.Tables) > 0:
		what = OptionReduce
	case r.Merge.Slice.Limited:
		what = OptionLimit
	case r.Merge.Slice.Offset > 0:
		what = OptionOffset
	case r.Stream:
		what = "stream"
	}
	if what != "" {
		return option.Errorf("{state} keeps what was written of each source, which %s would hide", option.Hint("{"+what+"}"))
	}
	for _, p := range r.Params {
		if ParamName(p) == SinceParam {
			return option.Errorf("{state} gives :%s its value for each source: leave {param} %s out, or give {since-initial}", SinceParam, SinceParam)
		}
	}
	return nil
}

// stating is the part of a plan about a state.
type stating struct {
	*State
	kept   *exportstate.State
	file   *output.File
	marked []*marked // by target
	query  string    // the hash of the texts
	// portable says that the text is portable: its values have SQL types, and not a
	// database's own storage.
	portable bool
	since    map[string]string // the texts of :since, by source
}

// load returns the values of :since for each target, from the state file on the disk.
func (s *stating) load(targets Targets, spelling option.Spelling) ([]statement.Values, error) {
	kept, found, err := exportstate.ReadState(s.Path)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", spelling.Name(OptionState), output.Sanitize(s.Path), err)
	}
	s.kept = kept
	if found && !s.Force {
		if err := s.ours(targets); err != nil {
			return nil, err
		}
	}
	values := make([]statement.Values, len(targets))
	s.since = map[string]string{}
	var unknown []string
	for i := range targets {
		mark, ok := kept.Sources[targets[i].Name()]
		switch {
		case ok && s.ofAnother(targets[i], mark): // accepted with force
			ok = s.Initial == nil
		case ok && kept.Watermark != "" && kept.Watermark != s.Watermark: // likewise
			ok = false
		}
		if !ok {
			if s.Initial == nil {
				unknown = append(unknown, targets[i].Name())
				continue
			}
			values[i], s.since[targets[i].Name()] = statement.Values{SinceParam: {Text: *s.Initial}}, *s.Initial
			continue
		}
		since, err := s.Overlap.Before(mark.Since)
		if err == nil {
			var v statement.Value
			if v, err = since.Arg(); s.portable && since.Type == exportstate.Stored {
				v.Type = momentType(v.Text)
			}
			values[i], s.since[targets[i].Name()] = statement.Values{SinceParam: v}, v.Text
		}
		if err != nil {
			return nil, fmt.Errorf("%s %s: source %s: %w", spelling.Name(OptionState), output.Sanitize(s.Path), targets[i].Name(), err)
		}
	}
	if len(unknown) > 0 {
		return nil, option.Errorf("{state} %s has nothing of %s: give {since-initial} VALUE for the first time", output.Sanitize(s.Path), List(unknown))
	}
	return values, nil
}

// momentType returns the type of a date or a timestamp that a database stores as text.
func momentType(text string) driver.Type {
	if m, ok := row.ParseMoment([]byte(text)); ok && !m.Clock {
		return driver.Date
	}
	return driver.Timestamp
}

// ours returns an error if the state belongs to another query or other sources.
func (s *stating) ours(targets Targets) error {
	called := output.Sanitize(s.Path)
	switch {
	case s.kept.Query != "" && s.kept.Query != s.query:
		return option.Errorf("{state} %s is of another query: give another file, or {state-force} if what it keeps is right for this one, too", called)
	case s.kept.Watermark != "" && s.kept.Watermark != s.Watermark:
		return option.Errorf("{state} %s keeps the column %s, and {watermark} is %s: give another file, or {state-force} to begin with {since-initial}", called, output.Sanitize(s.kept.Watermark), output.Sanitize(s.Watermark))
	}
	var moved []string
	for i := range targets {
		if mark, ok := s.kept.Sources[targets[i].Name()]; ok && s.ofAnother(targets[i], mark) {
			moved = append(moved, targets[i].Name())
		}
	}
	if len(moved) > 0 {
		return option.Errorf("{state} %s knows %s at another place: if these are the same databases, give {state-force}; else reset them (fanql state reset %s %s)", called, List(moved), called, List(moved[:1]))
	}
	return nil
}

// ofAnother reports whether a mark is of another database than the target.
func (s *stating) ofAnother(t Target, m exportstate.Mark) bool {
	return m.Identity != "" && t.Opened.Err == nil && m.Identity != identity(t)
}

// identity returns the hash of the source's kind and place, without user and password.
func identity(t Target) string {
	place := t.Opened.Place()
	if t.Opened.Kind.OfFiles() {
		if at, err := filepath.Abs(place); err == nil {
			place = at
		}
	}
	sum := sha256.Sum256([]byte(t.Opened.Kind.Name + "\x00" + place))
	return hex.EncodeToString(sum[:])
}

// bindSince binds the texts of all targets with their own values of :since. The rest of
// their requests is unchanged.
func (p *Plan) bindSince() error {
	r := &p.request
	values, err := p.exporting.state.load(p.Targets, r.Spelling)
	if err != nil {
		return err
	}
	bound := slices.Clone(p.Targets)
	if err := bound.bindWith(r.Query, r.Config, r.Params, values, r.Limits.Clock(r.Now)); err != nil {
		return err
	}
	for i := range bound {
		to, from := &p.Targets[i].Task.Request, bound[i].Task.Request
		to.SQL, to.Args, to.Reread, to.Locate, to.PlansWrite = from.SQL, from.Args, from.Reread, from.Locate, from.PlansWrite
		p.Targets[i].portable = bound[i].portable
		if m := p.exporting.state.marked; m != nil {
			m[i].before = p.exporting.state.kept.Sources[p.Targets[i].Name()]
		}
	}
	return nil
}

// bindState binds a query whose :since has a value for each target.
func (p *Plan) bindState(r *Request, now Clock) error {
	s := &stating{State: r.Export.State, query: queryHash(r), portable: r.Query.Portable}
	p.exporting.state = s
	values, err := s.load(p.Targets, r.Spelling)
	if err != nil {
		return err
	}
	return p.Targets.bindWith(r.Query, r.Config, r.Params, values, now)
}

// openState opens the state for the commit, and binds the texts again: another run may have
// changed the state since it was read.
func (p *Plan) openState(ctx context.Context) (err error) {
	s := p.exporting.state
	if s.file, err = p.exporting.open(ctx, p.request.Spelling.Name(OptionState), s.Path); err != nil {
		return err
	}
	s.file.Private()
	return p.bindSince()
}

// watch wraps all sources to find their watermarks, before anything changes their rows.
func (p *Plan) watch() {
	if p.exporting == nil || p.exporting.state == nil {
		return
	}
	s := p.exporting.state
	s.marked = make([]*marked, len(p.Targets))
	for i := range p.Targets {
		t := &p.Targets[i]
		m := &marked{Source: t.Task.Source, state: s.State, before: s.kept.Sources[t.Name()]}
		if s.ofAnother(*t, m.before) || s.kept.Watermark != "" && s.kept.Watermark != s.Watermark {
			m.before = exportstate.Mark{}
		}
		m.shifted = t.Config.TimestampsIn.Zone != nil
		s.marked[i], t.Task.Source = m, m
	}
}

// commitState writes the state. It changes the values only of sources that are in the
// output.
func (p *Plan) commitState(v *report.Verdict) error {
	s := p.exporting.state
	next := exportstate.NewState()
	next.Query, next.Watermark = s.query, s.Watermark
	if s.kept.Watermark == "" || s.kept.Watermark == s.Watermark {
		maps.Copy(next.Sources, s.kept.Sources)
	}
	now := time.Now().UTC().Truncate(time.Second)
	for i, o := range v.Outcomes {
		if o.State != query.OK {
			continue
		}
		mark, ok := s.marked[i].mark()
		if !ok { // there were never any rows
			continue
		}
		mark.Identity, mark.Changed = identity(p.Targets[i]), now
		if o.Rows > 0 {
			mark.Rows = o.Rows
		}
		next.Sources[o.Source] = mark
	}
	text, err := next.JSON()
	return p.stage(s.file, text, err)
}

// inspectWatermarks checks the sources that are not in the state yet. They prepare their texts and
// send no rows. It returns an error if a source lacks the watermark, or has one without an exact
// order. It ignores a source that does not answer or does not report its columns: the run finds
// out.
func (p *Plan) inspectWatermarks(ctx context.Context) error {
	if p.exporting == nil || p.exporting.state == nil {
		return nil
	}
	s := p.exporting.state
	var tasks []query.Task
	var index []int
	for i := range p.Targets {
		if p.Targets[i].Opened.Err == nil && s.marked[i].before.Since.Type == "" {
			task := p.Targets[i].Task
			task.Source, task.Request.Prepare, task.Request.Eager = s.marked[i].Source, true, false
			tasks, index = append(tasks, task), append(index, i)
		}
	}
	if len(tasks) == 0 {
		return nil
	}
	if p.options.Since.IsZero() {
		p.options.Since = time.Now()
	}
	wrong := map[int]error{}
	o := query.Options{Timeout: p.options.Timeout, Since: p.options.Since, Memory: p.options.Memory}
	for a := range query.Dispatch(ctx, tasks, o) {
		if a.Outcome.State != query.OK {
			continue
		}
		a.Rows.Discard()
		i := index[a.Outcome.Index]
		if a.Schema.Width() == 0 { // its server does not describe what it has prepared
			continue
		}
		if _, err := s.marked[i].find(a.Schema); err != nil {
			wrong[i] = err
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	var errs []string
	for _, i := range slices.Sorted(maps.Keys(wrong)) {
		if len(errs) == 10 {
			errs = append(errs, fmt.Sprintf("and %d more sources", len(wrong)-10))
			break
		}
		errs = append(errs, fmt.Sprintf("source %s: %v", p.Targets[i].Name(), wrong[i]))
	}
	return &InvalidError{errors.New(strings.Join(errs, "\n"))}
}

// countDoubles adds the number of left-out rows to the summary.
func (p *Plan) countDoubles(v *report.Verdict) {
	if p.exporting == nil || p.exporting.state == nil {
		return
	}
	for i := range v.Outcomes {
		v.Outcomes[i].Discarded += p.exporting.state.marked[i].dropped()
	}
}

// unsuitedWatermark returns the error of a run that has no answer because the column cannot
// be a watermark at some source. It needs another query.
func unsuitedWatermark(v *report.Verdict) error {
	if v.Failure != nil || v.Met() {
		return nil
	}
	for _, o := range v.Outcomes {
		if err, ok := errors.AsType[*unsuited](o.Err); ok {
			return &InvalidError{fmt.Errorf("source %s: %w", o.Source, err)}
		}
	}
	return nil
}

// since returns, by source, the value of :since for display.
func (p *Plan) since() map[string]string {
	if p.exporting == nil || p.exporting.state == nil {
		return nil
	}
	return p.exporting.state.since
}
