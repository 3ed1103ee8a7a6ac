// Rows on their way from a source, which never waits, to a reader that may be slow.

package query

import (
	"sync"

	"github.com/fanql/fanql/sources/row"
)

// A queue holds rows of one source, first in, first out: in memory as long as they fit
// and then in a temporary file. Put never waits for Take.
type queue struct {
	mu      sync.Mutex
	budget  *Budget
	batches []*row.Batch
	charged []int64 // for each batch
	held    int64   // their sum
	rows    int64   // rows that were put
	spill   *spill
	waiting int // blocks in the file that have not been taken
}

// put takes over a batch. To keep the order, it writes new rows to the file while the file
// holds rows.
func (q *queue) put(b *row.Batch) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.budget.admit(b, q.rows); err != nil {
		b.Release()
		return err
	}
	q.rows += int64(b.Rows())
	if q.waiting == 0 {
		if q.join(b) {
			return nil
		}
		b = b.Compact()
		if n := int64(b.Footprint()); q.budget.charge(q.held, n) {
			q.held += n
			q.batches, q.charged = append(q.batches, b), append(q.charged, n)
			return nil
		}
	}
	if q.spill == nil {
		q.spill = &spill{folder: q.budget.folder}
	}
	err := q.spill.write(b)
	b.Release()
	if err == nil {
		q.waiting++
	}
	return err
}

// join appends the rows of a batch to the last waiting batch, if that has room, and reports
// whether it did. So rows that arrive one by one and are not taken at once share a batch.
func (q *queue) join(b *row.Batch) bool {
	last := len(q.batches) - 1
	if last < 0 {
		return false
	}
	tail, n := q.batches[last], int64(2*b.Size()) // slices grow by doubling
	if tail.Schema != b.Schema || tail.Rows()+b.Rows() > row.MaxRows || tail.Size()+b.Size() > row.MaxBytes || !q.budget.charge(q.held, n) {
		return false
	}
	q.held += n
	q.charged[last] += n
	tail.Append(b)
	b.Release()
	return true
}

// more reports whether rows are waiting.
func (q *queue) more() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.batches) > 0 || q.waiting > 0
}

// take returns the batch that has waited longest, or nil.
func (q *queue) take() (*row.Batch, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.batches) > 0 {
		b, n := q.batches[0], q.charged[0]
		q.batches[0] = nil
		q.batches, q.charged = q.batches[1:], q.charged[1:]
		q.budget.release(q.held, n)
		q.held -= n
		return b, nil
	}
	if q.waiting == 0 {
		return nil, nil
	}
	b, err := q.spill.pull()
	if err != nil {
		return nil, err
	}
	if q.waiting--; q.waiting == 0 {
		if err := q.spill.empty(); err != nil {
			b.Release()
			return nil, err
		}
	}
	return b, nil
}

// drop drops the waiting rows.
func (q *queue) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, b := range q.batches {
		b.Release()
	}
	q.batches, q.charged, q.waiting = nil, nil, 0
	q.budget.release(q.held, q.held)
	q.held = 0
	if q.spill != nil {
		q.spill.close()
		q.spill = nil
	}
}
