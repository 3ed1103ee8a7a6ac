// Rows that have been used already, and may be needed once more.

package query

import (
	"cmp"
	"math"
	"sync"

	"github.com/fanql/fanql/sources/row"
)

// A Log keeps the rows of each of many sources, in the order of their arrival: in
// memory up to a bound, and then in one temporary file for all of them. It is safe for
// concurrent use, except that rows of one source must not be added and read at the same
// time.
type Log struct {
	budget *Budget
	most   int64 // bytes in memory

	mu     sync.Mutex
	held   int64 // bytes that are in memory now
	spill  *spill
	trails []trail // by source
}

// A trail is a source's part of a log.
type trail struct {
	schema *row.Schema
	rows   int64
	blocks []logged
}

// A logged block is a frame in memory, or its place in the file.
type logged struct {
	frame  []byte
	at     int64
	number uint64
}

// Log returns an empty log of the given number of sources. It holds up to most bytes in
// memory; if it cannot create a file, it holds up to half of the budget's limit. The budget
// decides which row is too large, and in which folder the file is. The caller must call
// Close.
func (s *Budget) Log(sources int, most int64) *Log {
	return &Log{budget: s, most: most, trails: make([]trail, sources)}
}

// Add adds rows of source i. The batch still belongs to the caller. All rows of a source
// have the same columns.
func (l *Log) Add(i int, b *row.Batch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := &l.trails[i]
	if err := l.budget.admit(b, t.rows); err != nil {
		return err
	}
	t.schema, t.rows = b.Schema, t.rows+int64(b.Rows())
	if l.spill == nil && !l.fits(b) {
		made := &spill{folder: l.budget.folder}
		err := made.open()
		if err == nil {
			l.spill = made
		} else if l.most = cmp.Or(l.budget.limit/2, math.MaxInt64); !l.fits(b) {
			return err
		}
	}
	if l.spill == nil {
		frame := b.AppendFrame(make([]byte, 0, b.Size()+row.FrameHeader))
		l.held += int64(len(frame))
		t.blocks = append(t.blocks, logged{frame: frame})
		return nil
	}
	block := logged{at: l.spill.size, number: l.spill.blocks}
	if err := l.spill.write(b); err != nil {
		return err
	}
	t.blocks = append(t.blocks, block)
	return nil
}

// fits reports whether a batch has room in memory.
func (l *Log) fits(b *row.Batch) bool { return l.held+int64(b.Size()) <= l.most }

// Each passes copies of the rows of source i to emit, batch by batch, and keeps the rows.
// It stops at the first error. Emit owns the batch that it gets.
func (l *Log) Each(i int, emit row.Emit) error {
	for _, k := range l.trails[i].blocks {
		b, err := l.batch(i, k)
		if err != nil {
			return err
		}
		if err := emit(b); err != nil {
			return err
		}
	}
	return nil
}

// batch returns the rows of a block as a new batch.
func (l *Log) batch(i int, k logged) (*row.Batch, error) {
	if k.frame != nil {
		b := row.NewBatch(l.trails[i].schema)
		if err := b.DecodeFrame(k.frame); err != nil {
			b.Release()
			return nil, err
		}
		return b, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spill.borrow()
	defer l.spill.giveBack()
	block, err := l.spill.next(&k.at, k.number)
	if err != nil {
		return nil, err
	}
	return l.spill.batch(block)
}

// Forget drops the rows of source i. The file does not shrink.
func (l *Log) Forget(i int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range l.trails[i].blocks {
		l.held -= int64(len(k.frame))
	}
	l.trails[i] = trail{}
}

// Close drops all rows and removes the file.
func (l *Log) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trails, l.held = make([]trail, len(l.trails)), 0
	if l.spill != nil {
		l.spill.close()
		l.spill = nil
	}
}
