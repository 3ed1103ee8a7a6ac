// Limits on how many sources are at work at once.

package query

import (
	"fmt"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// A Limit bounds how many of the sources whose [Task] has it are at work at once.
type Limit struct {
	// What describes the limit to a source that waited in vain: at most 4 at once on
	// eu.db:5432.
	What string
	Most int // at least 1
	// A source returns its place when it enters the phase Until, and when it has held
	// it for AtMost; if these are zero, when it ends. A Task may have one limit with
	// AtMost. A limit with Until is the last of its Task: before a source is retried, it
	// takes a place of it again.
	Until  driver.Phase
	AtMost time.Duration
	// Overflow, if set, takes over a source that has held its place for AtMost, as soon
	// as it has room. So slow sources do not delay the quick ones.
	Overflow *Limit
	// Idle, if set, reports whether this process has nothing to do. Most is then only
	// the initial and the least number of places. There are as many more as keep the
	// process from being idle, if they let more sources reach Until in the same time.
	// Sources from which nothing arrives while the process is idle delay nobody. Idle
	// requires Until.
	Idle func() bool
	// Server, if set, names the server of these sources. If it refuses one for lack of
	// connections ([driver.Crowded]), that one waits for another turn, and for the rest
	// of the run Most is the number of connections that the server has accepted, at
	// least 1. Such a limit is the first of its Task.
	Server string
}

// A TurnError says why a source was not queried: its turn did not come in time.
type TurnError struct {
	Limit string // the limit that it waited for
	Err   error  // what ended the wait
	// Refusal is the server's error if it had no connection for the source, and nil if
	// the source was never tried.
	Refusal error
}

func (e *TurnError) Error() string {
	text := fmt.Sprintf("%v: its turn had not come (%s)", e.Err, e.Limit)
	if e.Refusal != nil {
		text += ": " + e.Refusal.Error()
	}
	return text
}

// Unwrap returns the cause of the end, and the refusal.
func (e *TurnError) Unwrap() []error {
	if e.Refusal != nil {
		return []error{e.Err, e.Refusal}
	}
	return []error{e.Err}
}

// server returns the limit of the task's server, or nil.
func (a *Task) server() *Limit {
	if len(a.Limits) > 0 && a.Limits[0].Server != "" {
		return a.Limits[0]
	}
	return nil
}

// A room is the state of a limit: how many places are taken, and which sources wait.
type room struct {
	limit      *Limit
	overflow   *room // of the limit's Overflow, or nil
	most, used int
	queue      []int
	pace       *pace  // for a limit with Idle
	holders    []int  // likewise; the sources in the order of their turns, including some that have left
	watched    bool   // likewise; it is checked soon
	crowd      *crowd // for a limit with a Server
}

func newRoom(l *Limit) *room {
	r := &room{limit: l, most: l.Most}
	if l.Idle != nil {
		r.pace = newPace(l.Most)
	}
	if l.Server != "" {
		r.crowd = &crowd{server: l.Server, wanted: l.Most}
	}
	return r
}

// passed records that a source has left the phases which the limit bounds.
func (r *room) passed() {
	if r.pace != nil {
		r.pace.end(time.Now())
		r.most = r.pace.width
	}
}

// open reports whether a place is free.
func (r *room) open() bool { return r.used < r.most && (r.crowd == nil || !r.crowd.shut) }
