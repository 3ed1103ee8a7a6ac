// Between two rounds: sources that have given the rows of the first keep their
// transactions open until all have, so that both rounds see one snapshot.

package run

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/fanql/fanql/query/federate"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// mostHeld is how long a source keeps its transaction open for others: a reader of a SQLite
// file without WAL locks out who writes, and servers count such a session as idle.
const mostHeld = 5 * time.Second

// A between is where sources meet that are asked in two rounds. Its methods may be called
// by several goroutines at once; nil is for one round.
type between struct {
	plan *federate.Plan
	hold bool         // both rounds are one dispatch
	only map[int]bool // the sources that are asked; nil for all

	mu       sync.Mutex
	missing  map[int]bool // sources that have not given the first round's rows
	keys     map[int]federate.Keys
	late     map[int]bool  // those that have not kept their transaction open
	open     chan struct{} // closed when the second round begins
	isOpen   bool
	restrain sync.Once
	wrong    error
}

func newBetween(p *federate.Plan) *between {
	return &between{plan: p, missing: map[int]bool{}, keys: map[int]federate.Keys{}, late: map[int]bool{}, open: make(chan struct{})}
}

// expect has the second round wait for a source.
func (b *between) expect(source int) { b.missing[source] = true }

func (b *between) wants(source int) bool { return b == nil || b.only == nil || b.only[source] }
func (b *between) holds() bool           { return b != nil && b.hold }

// begin forgets what a source gave in an attempt before.
func (b *between) begin(source int) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.isOpen {
		b.keys[source] = federate.Keys{}
	}
}

// collect takes rows of the first round.
func (b *between) collect(source int, f *federate.Fragment, batch *row.Batch) {
	if b == nil {
		return
	}
	b.mu.Lock()
	k := b.keys[source]
	b.mu.Unlock()
	b.plan.Collect(k, f, batch) // which only this source has
}

// errMet is the end of a source that is asked again when others have its keys.
var errMet = errors.New("it was to be asked again, when others had been asked for rows that meet those which it gave before")

// meet says that a source has given the first round's rows, and waits until all have. It
// reports whether the second round has begun; else, where the source has a transaction
// open, it was enough.
func (b *between) meet(ctx context.Context, source int, inTransaction bool) (begun bool, err error) {
	b.mu.Lock()
	if b.isOpen && inTransaction {
		b.mu.Unlock()
		return false, &driver.Error{Phase: driver.Query, Err: errMet}
	}
	b.arrive(source)
	b.mu.Unlock()
	var enough <-chan time.Time
	if inTransaction {
		t := time.NewTimer(mostHeld)
		defer t.Stop()
		enough = t.C
	}
	select {
	case <-b.open:
		return true, nil
	case <-ctx.Done():
		return false, &driver.Error{Phase: driver.Query, Err: context.Cause(ctx)}
	case <-enough:
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.isOpen {
		b.late[source] = true
	}
	return b.isOpen, nil
}

// leave says that a source has ended. The keys of one that has not ended well do not
// count, unless others have them already.
func (b *between) leave(source int, well bool) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !well {
		delete(b.keys, source)
	}
	b.arrive(source)
}

func (b *between) arrive(source int) {
	expected := len(b.missing) > 0
	delete(b.missing, source)
	if expected && len(b.missing) == 0 && !b.isOpen {
		b.restrictNow()
		b.isOpen = true
		close(b.open)
	}
}

// restrict has the second round ask for the rows that meet those of the first.
func (b *between) restrict() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.restrictNow()
}

func (b *between) restrictNow() {
	b.restrain.Do(func() {
		var all []federate.Keys
		for _, k := range b.keys {
			all = append(all, k)
		}
		b.wrong = b.plan.Restrict(all)
	})
}
