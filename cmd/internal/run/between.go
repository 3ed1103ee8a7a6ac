// Between two rounds: sources that have sent the rows of the first round keep their
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

// mostHeld is how long a source keeps its transaction open for others. A reader of a
// SQLite file without WAL locks out writers, and servers count such a session as idle.
const mostHeld = 5 * time.Second

// A between synchronises the sources of two rounds. Its methods may be called
// concurrently; nil is for a single round.
type between struct {
	plan *federate.Plan
	hold bool         // both rounds are one dispatch
	only map[int]bool // the sources of the second round; nil for all

	mu       sync.Mutex
	missing  map[int]bool // sources that have not sent the first round's rows
	keys     map[int]federate.Keys
	late     map[int]bool  // sources that have not kept their transaction open
	open     chan struct{} // closed when the second round begins
	isOpen   bool
	restrain sync.Once
	wrong    error
}

func newBetween(p *federate.Plan) *between {
	return &between{plan: p, missing: map[int]bool{}, keys: map[int]federate.Keys{}, late: map[int]bool{}, open: make(chan struct{})}
}

// expect makes the second round wait for a source.
func (b *between) expect(source int) { b.missing[source] = true }

func (b *between) wants(source int) bool { return b == nil || b.only == nil || b.only[source] }
func (b *between) holds() bool           { return b != nil && b.hold }

// begin drops the keys of an earlier attempt of a source.
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

// collect collects the keys of rows of the first round.
func (b *between) collect(source int, f *federate.Fragment, batch *row.Batch) {
	if b == nil {
		return
	}
	b.mu.Lock()
	k := b.keys[source]
	b.mu.Unlock()
	b.plan.Collect(k, f, batch) // only this source uses its keys
}

// errMet is the error of a source that was retried after other sources had been sent its
// keys.
var errMet = errors.New("it cannot be retried, since other sources were already sent the keys of its rows")

// meet reports that a source has sent the first round's rows, and waits until all have. It
// returns whether the second round has begun. It returns false if the source has kept its
// transaction open for mostHeld.
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

// leave reports that a source has ended. If it has not ended well, its keys are dropped,
// unless other sources have been sent them already.
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

// restrict restricts the second round to the rows with the keys of the first.
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
