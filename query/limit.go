// What bounds how many sources are at work at once.

package query

import (
	"fmt"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// A Limit bounds how many sources are at work at once: those whose [Task] has it.
type Limit struct {
	// What says it to who waited in vain: at most 4 at once on eu.db:5432.
	What string
	Most int // 1 at least
	// A source gives its place back when it enters the phase Until, and when it has
	// held it for AtMost; where these are zero, when it ends. A Task may have one limit
	// with AtMost.
	Until  driver.Phase
	AtMost time.Duration
	// Overflow, where set, takes over a source that has held its place for AtMost, as
	// soon as it has room: so slow sources do not keep the quick ones waiting.
	Overflow *Limit
	// Idle, where set, reports whether this process has nothing to do just now, and Most
	// is only what to begin with, and the least: there are as many more as keep the
	// process from being idle, if that makes more sources reach Until in a time; and
	// those from which nothing comes while it is idle hold up nobody. It wants Until.
	Idle func() bool
	// Server, where set, names the server that these sources are on. Where it refuses
	// one for lack of connections ([driver.Crowded]), that one waits for another turn,
	// and Most is for the rest of the run what the server has shown to take, 1 at
	// least. Such a limit is the first of its Task.
	Server string
}

// A TurnError is why a source was not asked: it waited for its turn until there
// was no time any more.
type TurnError struct {
	Limit string // what it waited for
	Err   error  // what ended the wait
	// Refusal is what the server said when it had no connection for the source, and
	// nil if it was never tried.
	Refusal error
}

func (e *TurnError) Error() string {
	text := fmt.Sprintf("%v: its turn had not come (%s)", e.Err, e.Limit)
	if e.Refusal != nil {
		text += ": " + e.Refusal.Error()
	}
	return text
}

// Unwrap returns what ended the wait, and the refusal.
func (e *TurnError) Unwrap() []error {
	if e.Refusal != nil {
		return []error{e.Err, e.Refusal}
	}
	return []error{e.Err}
}

// server is the limit of the task's server, or nil.
func (a *Task) server() *Limit {
	if len(a.Limits) > 0 && a.Limits[0].Server != "" {
		return a.Limits[0]
	}
	return nil
}

// A room is what is taken of a limit, and who waits for it.
type room struct {
	most, used int
	queue      []int
	pace       *pace  // of a limit that has Idle
	holders    []int  // there, in the order in which they came; also some that have left
	watched    bool   // there: it is looked at soon
	crowd      *crowd // of a limit that has a Server
}

func newRoom(l *Limit) *room {
	r := &room{most: l.Most}
	if l.Idle != nil {
		r.pace = newPace(l.Most)
	}
	if l.Server != "" {
		r.crowd = &crowd{server: l.Server, wanted: l.Most}
	}
	return r
}

// open reports whether there is a place.
func (r *room) open() bool { return r.used < r.most && (r.crowd == nil || !r.crowd.shut) }
