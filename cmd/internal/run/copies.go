// Sources with several URLs: the first copy that ends well counts.

package run

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// copies is a source with several copies. The first one is queried, and the next one when a
// copy fails or after the hedge. The rows are those of the first copy that ends well; the
// others are then cancelled on their servers. No row is emitted before that, so no row of a
// failed copy is ever used.
type copies struct {
	sources.Source                  // the first
	all            []sources.Opened // in the order in which they are queried
	hedge          time.Duration    // 0 means to wait until one fails
	// Limits that usually belong to a task apply to each copy.
	connectTimeout, stall time.Duration
	memory                int64 // the limit for the rows of one copy
}

// withCopies returns the opened source with its copies, if it has any.
func withCopies(s config.Source, o sources.Opened, getenv func(string) string) (sources.Opened, *copies) {
	if len(s.Copies) == 0 {
		return o, nil
	}
	c := &copies{Source: o.Source, all: append([]sources.Opened{o}, sources.Open(s.Copies, getenv)...), hedge: s.Hedge}
	var wrong []error
	for _, one := range c.all {
		if wrong = append(wrong, one.Err); one.Err == nil && o.Err != nil { // this copy replaces those that cannot be opened
			o.Kind, o.Server, o.Err = one.Kind, one.Server, nil
		}
	}
	if o.Err != nil {
		o.Err = errors.Join(wrong...)
		return o, nil
	}
	o.Source = c
	return o, c
}

// copyMemory divides the run's memory: one part in copyMemory is for waiting rows of
// copies.
const copyMemory = 4

// Copies sets the limits of the copies of all sources. times is how often each source is
// queried at once. memory is the run's memory in bytes, 0 for unlimited; Copies returns the
// rest of the memory, for everything else.
func (t Targets) Copies(memory int64, stall time.Duration, times int) int64 {
	asked := 0
	for i := range t {
		if c := t[i].copies; c != nil {
			asked += times * len(c.all)
		}
	}
	if asked == 0 {
		return memory
	}
	share := memory / copyMemory
	for i := range t {
		if c := t[i].copies; c != nil {
			c.stall = stall
			if memory > 0 {
				c.memory = max(share/int64(asked), 1)
			}
		}
	}
	return memory - share
}

// opened returns the copies of the target, or the target itself.
func (t Target) opened() []sources.Opened {
	if t.copies == nil {
		return []sources.Opened{t.Opened}
	}
	return t.copies.all
}

// An attempt is how one copy ended.
type attempt struct {
	copy int
	query.Arrival
}

// Run queries the copies. The answer's warnings say which copy it is from, unless it is
// from the first alone.
func (c *copies) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	ended := make(chan attempt, len(c.all))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(query.ErrUnwanted)
	progress := &foremost{p: p, eager: c.stall == 0}
	asked, out := 0, 0
	var next <-chan time.Time
	runCopy := func() {
		if next = nil; asked == len(c.all) {
			return
		}
		go c.runCopy(ctx, asked, q, progress, ended)
		asked, out = asked+1, out+1
		if c.hedge > 0 && asked < len(c.all) {
			next = time.After(c.hedge)
		}
	}
	var winner *attempt
	var lost []attempt
	for runCopy(); out > 0; {
		select {
		case <-next:
			runCopy()
		case a := <-ended:
			out--
			switch {
			case winner != nil && a.Rows != nil:
				a.Rows.Discard()
			case winner != nil:
			case a.Outcome.State == query.OK:
				winner = &a
				cancel(query.ErrNotNeeded)
			default:
				if lost = append(lost, a); ctx.Err() == nil {
					runCopy()
				}
			}
			if winner != nil {
				next = nil
			}
		}
	}
	if winner == nil {
		return c.failed(lost)
	}
	if server := winner.Outcome.Server; server != "" {
		p.Greeted(server)
	}
	p.Enter(driver.Query)
	answer := driver.Answer{Warnings: winner.Outcome.Warnings}
	if asked > 1 {
		answer.Warnings = append([]string{c.describe(winner.copy, lost)}, answer.Warnings...)
	}
	p.Enter(driver.Stream)
	return answer, winner.Rows.Each(emit)
}

// runCopy queries one copy.
func (c *copies) runCopy(ctx context.Context, i int, q driver.Request, p *foremost, ended chan<- attempt) {
	task := query.Task{Source: watched{c.all[i].Source, p}, Request: q, Local: c.all[i].Server == "", ConnectTimeout: c.connectTimeout}
	// It must return before the caller, which waits for all copies, abandons them.
	o := query.Options{Grace: q.Grace - q.Grace/8, Memory: c.memory, Stall: c.stall}
	for a := range query.Dispatch(ctx, []query.Task{task}, o) {
		ended <- attempt{i, a}
	}
}

// failed returns the end of a source none of whose copies ended well.
func (c *copies) failed(lost []attempt) (driver.Answer, error) {
	var answer driver.Answer
	e := &driver.Error{}
	for n, a := range lost {
		o := a.Outcome
		answer.Cancel = max(answer.Cancel, o.Cancel)
		e.Phase = max(e.Phase, o.Phase)
		reason := fmt.Errorf("%s: %w", c.all[a.copy].Place(), o.Err)
		if n == 0 {
			e.Err = reason
		} else {
			e.Err = fmt.Errorf("%w; %w", e.Err, reason)
		}
		if failed, ok := errors.AsType[*driver.Error](o.Err); ok && e.Code == "" {
			e.Code = failed.Code
		}
	}
	return answer, e
}

// describe describes which copy answered and how the earlier ones ended.
func (c *copies) describe(answered int, lost []attempt) string {
	text := "answered by " + c.all[answered].Place()
	for _, a := range lost {
		text += fmt.Sprintf("; %s: %v", c.all[a.copy].Place(), a.Outcome.Err)
	}
	return text
}

// foremost shows the progress of the copy that is furthest ahead.
type foremost struct {
	p *driver.Progress
	// eager says that the query may be shown as sent before rows arrive. It must be false
	// if the caller ends sources that send no rows for some time.
	eager bool
	mu    sync.Mutex
}

func (f *foremost) enter(phase driver.Phase) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if phase > f.p.Phase() && (f.eager || phase < driver.Query) {
		f.p.Enter(min(phase, driver.Query))
	}
}

// watched is a copy whose progress is shown.
type watched struct {
	sources.Source
	to *foremost
}

// Run runs the copy.
func (w watched) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	before := p.Entered
	p.Entered = func(phase driver.Phase) {
		before(phase)
		w.to.enter(phase)
	}
	return w.Source.Run(ctx, q, p, emit)
}
