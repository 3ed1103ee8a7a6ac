// Limits on how many sources are at work at once.

package query

import (
	"fmt"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// A Limit bounds how many of the sources whose [Task] has it are at work at once.
type Limit struct {
	// What describes the limit in the error of a source that waited in vain, such as: at
	// most 4 at once on eu.db:5432.
	What string
	Most int // at least 1
	// A source returns its place when it enters the phase Until, when it has held the place
	// for AtMost, or at the latest when it ends. A zero Until or AtMost has no effect. A
	// Task may have one limit with AtMost. A limit with Until must be the last of its Task,
	// since a source acquires its place again before a retry.
	Until  driver.Phase
	AtMost time.Duration
	// Overflow, if set, is another limit: a source that has held its place for AtMost moves
	// there as soon as it has room. So slow sources do not delay the quick ones.
	Overflow *Limit
	// Idle, if set, reports whether this process has nothing to do. Most is then only the
	// initial and the least number of places. While the process is idle, places are added,
	// and they stay if more sources then reach Until in the same time. Sources that wait
	// for a silent server while the process is idle give up their places to others. Idle
	// requires Until.
	Idle func() bool
	// Server, if set, names the server of these sources. If the server refuses a source for
	// lack of connections ([driver.Crowded]), that source waits for another turn. For the
	// rest of the run at most as many sources run as the server has accepted, at least 1.
	// Such a limit must be the first of its Task.
	Server string
}

// A TurnError is the error of a source that was not queried, because its turn did not come
// in time.
type TurnError struct {
	Limit string // the limit that it waited for
	Err   error  // what ended the wait
	// Refusal is the server's error, if it had no connection for the source. It is nil if
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

// Unwrap returns what ended the wait, and the refusal if there is one.
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
	overflow   *room // the room of the limit's Overflow, or nil
	most, used int
	queue      []int
	pace       *pace  // for a limit with Idle
	holders    []int  // likewise; sources in the order of their turns, including some that have left
	watched    bool   // likewise; a check is scheduled
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
