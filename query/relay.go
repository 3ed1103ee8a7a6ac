// Rows that are used while they arrive, and are kept in case they are needed once more.

package query

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/fanql/fanql/sources/row"
)

// A Relay keeps the rows of the sources of a dispatch, in memory and in temporary files as
// stages do, for a reader that does not wait until all of them are there. The reader may
// read them more than once. Sources never wait for it.
//
//	o.Sink, o.Revocable = relay.Sink, true
//	for a := range Dispatch(ctx, tasks, o) { relay.End(a.Outcome) }  // on one goroutine
//	err := relay.Each(ctx, 0, emit)                                  // on the reader's
type Relay struct {
	budget  *Budget
	sources []relayed
	bytes   atomic.Int64  // of all rows that have arrived
	news    chan struct{} // for the reader: something has changed
}

// relayed is the state of one source in a relay.
type relayed struct {
	mu      sync.Mutex
	schema  *row.Schema // nil until the source has shown it
	stage   *Stage      // of the current attempt
	attempt int
	ended   bool
	well    bool
}

// ErrRestarted is the error for a reader of a source that was queried once more after some
// of its rows had been read. Those rows are void.
var ErrRestarted = errors.New("the source was queried once more")

// ErrNotWell is the error for a reader of a source that has not ended well.
var ErrNotWell = errors.New("the source has not ended well")

var errOtherColumns = errors.New("queried once more, it gave other columns")

// NewRelay returns a relay for the given number of sources. The budget bounds its memory,
// and says where its temporary files are. The caller must call Close when all sources have
// ended.
func NewRelay(b *Budget, sources int) *Relay {
	return &Relay{budget: b, sources: make([]relayed, sources), news: make(chan struct{}, 1)}
}

// Sink begins an attempt of source i: it drops the rows of an earlier attempt, and returns
// the function that takes the rows of this one. It is meant for Options.Sink.
func (r *Relay) Sink(i int) row.Emit {
	s := &r.sources[i]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.discard()
	s.stage = r.budget.Stage()
	s.attempt++
	attempt := s.attempt
	r.tell()
	return func(b *row.Batch) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if err := s.refuse(b, attempt); err != nil {
			b.Release()
			return err
		}
		r.bytes.Add(int64(b.Size()))
		err := s.stage.Add(b)
		r.tell()
		return err
	}
}

// refuse returns why a batch of an attempt is not taken, or nil. It records the columns of
// the first batch.
func (s *relayed) refuse(b *row.Batch, attempt int) error {
	switch {
	case s.ended || attempt != s.attempt: // an abandoned driver still sends rows
		return ErrUnwanted
	case s.schema == nil:
		s.schema = b.Schema
	case s.schema != b.Schema && !slices.Equal(s.schema.Columns, b.Schema.Columns):
		return errOtherColumns
	}
	return nil
}

// tell wakes the reader.
func (r *Relay) tell() {
	select {
	case r.news <- struct{}{}:
	default: // a wake-up is pending already
	}
}

// End records how a source ended, and drops the rows of a source that did not end well. It
// is meant for the outcomes of arrivals.
func (r *Relay) End(o Outcome) {
	s := &r.sources[o.Index]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended, s.well = true, o.State == OK
	if !s.well {
		s.discard()
	}
	r.tell()
}

func (s *relayed) discard() {
	if s.stage != nil {
		s.stage.Discard()
		s.stage = nil
	}
}

// Close drops all rows.
func (r *Relay) Close() {
	for i := range r.sources {
		s := &r.sources[i]
		s.mu.Lock()
		s.ended = true
		s.discard()
		s.mu.Unlock()
	}
}

// Wait waits until all sources have ended, or until all have shown their columns and this
// many bytes have arrived in all. It returns the cause of ctx's end if ctx ends earlier.
func (r *Relay) Wait(ctx context.Context, enough int64) error {
	for {
		shown, ended, _ := r.state()
		if ended || shown && r.bytes.Load() >= enough {
			return nil
		}
		if err := r.wait(ctx); err != nil {
			return err
		}
	}
}

func (r *Relay) wait(ctx context.Context) error {
	select {
	case <-r.news:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Ended reports whether all sources have ended, and whether all of them have ended well.
func (r *Relay) Ended() (ended, well bool) {
	_, ended, well = r.state()
	return ended, ended && well
}

// state reports whether all sources have shown their columns, have ended, and have ended
// well.
func (r *Relay) state() (shown, ended, well bool) {
	shown, ended, well = true, true, true
	for i := range r.sources {
		s := &r.sources[i]
		s.mu.Lock()
		shown, ended, well = shown && s.schema != nil, ended && s.ended, well && s.well
		s.mu.Unlock()
	}
	return shown, ended, well
}

// Schema returns the columns of source i, or nil if it has not shown them.
func (r *Relay) Schema(i int) *row.Schema {
	s := &r.sources[i]
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.schema
}

// Each passes copies of the rows of source i to emit, from the first on, and waits for
// further rows. Emit owns each copy. Each returns nil once the source has ended well and
// all rows are passed. Otherwise it returns the error of emit or of a temporary file,
// [ErrRestarted], [ErrNotWell], or the cause of ctx's end.
func (r *Relay) Each(ctx context.Context, i int, emit row.Emit) error {
	s := &r.sources[i]
	for at := (bookmark{}); ; {
		b, ended, err := s.next(&at)
		switch {
		case err != nil:
			return err
		case b != nil:
			err = emit(b)
		case ended:
			return nil
		default:
			err = r.wait(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// A bookmark is how far a reader has read.
type bookmark struct {
	attempt int
	batches int    // batches read from memory
	blocks  uint64 // blocks read from the file
	at      int64  // the offset of the next block
}

// next returns a copy of the next batch. It is nil if the batch has not arrived yet, or if
// ended is true and all were read.
func (s *relayed) next(at *bookmark) (b *row.Batch, ended bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended && !s.well:
		return nil, true, ErrNotWell
	case at.attempt != s.attempt && (at.batches > 0 || at.blocks > 0):
		return nil, false, ErrRestarted
	case s.stage == nil:
		return nil, s.ended, nil
	}
	at.attempt = s.attempt
	if at.batches < len(s.stage.batches) {
		kept := s.stage.batches[at.batches]
		at.batches++
		b = row.NewBatch(kept.Schema)
		b.Append(kept)
		return b, false, nil
	}
	f := s.stage.spill
	if f == nil || at.blocks == f.blocks {
		return nil, s.ended, nil
	}
	f.borrow()
	defer f.giveBack()
	k, err := f.next(&at.at, at.blocks)
	if err != nil {
		return nil, false, err
	}
	at.blocks++
	b, err = f.batch(k)
	return b, false, err
}
