// Batches and the keys of their rows.

package merge

import (
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// A KeyFunc appends the sort key of row i of a batch: bytes that compare as the
// rows are to be ordered. See [row.Batch.AppendKey]. Where the keys stand in the rows
// themselves, in keyColumn, it is nil.
type KeyFunc func(dst []byte, b *row.Batch, i int) []byte

// A keyedBatch is a batch and the keys of its rows, one behind the other.
type keyedBatch struct {
	batch  *row.Batch
	inRows bool // the keys are what stands in keyColumn
	keys   []byte
	ends   []uint32
}

// fill takes over a batch and finds its keys.
func (k *keyedBatch) fill(b *row.Batch, key KeyFunc) {
	k.batch, k.inRows, k.keys, k.ends = b, key == nil, k.keys[:0], k.ends[:0]
	if k.inRows {
		return
	}
	for i := range b.Rows() {
		k.keys = key(k.keys, b, i)
		k.ends = append(k.ends, uint32(len(k.keys)))
	}
}

// key gives the key of row i.
func (k *keyedBatch) key(i int) []byte {
	if k.inRows {
		return k.batch.Bytes(k.batch.Row(i)[keyColumn])
	}
	start := uint32(0)
	if i > 0 {
		start = k.ends[i-1]
	}
	return k.keys[start:k.ends[i]:k.ends[i]]
}

// footprint is what it occupies, and what sorting its rows takes.
func (k *keyedBatch) footprint() int64 {
	return int64(k.batch.Footprint() + cap(k.keys) + 4*cap(k.ends) + refSize*k.batch.Rows())
}

func (k *keyedBatch) release() {
	if k.batch != nil {
		k.batch.Release()
		k.batch = nil
	}
}

// An input is a sequence of rows ordered by key: those that are pulled, one batch at
// a time, or rows in memory.
type input struct {
	pull    func() (*row.Batch, error)  // nil at the end; nil itself for rows in memory
	project func(*row.Batch) *row.Batch // nil where rows are as they are wanted
	check   func(*keyedBatch) error     // nil where their order is sure
	stage   *query.Stage                // that is pulled from, if it is one
	at      keyedBatch                  // the batch pulled last

	held []keyedBatch // in memory
	refs []ref        // their order

	batch *row.Batch // the current row, and its key
	row   int
	key   []byte
}

// next moves to the next row; it reports false at the end.
func (l *input) next(key KeyFunc) (bool, error) {
	if l.pull == nil {
		if len(l.refs) == 0 {
			return false, nil
		}
		r := l.refs[0]
		l.refs = l.refs[1:]
		k := &l.held[r.batch]
		l.batch, l.row = k.batch, int(r.row)
		l.key = k.key(l.row)
		return true, nil
	}
	for l.row++; l.batch == nil || l.row >= l.batch.Rows(); l.row = 0 {
		if err := l.load(key); err != nil || l.batch == nil {
			return false, err
		}
	}
	l.key = l.at.key(l.row)
	return true, nil
}

// load pulls the next batch; there is none at the end.
func (l *input) load(key KeyFunc) error {
	l.at.release()
	l.batch = nil
	b, err := l.pull()
	if b == nil || err != nil {
		return err
	}
	if l.project != nil {
		b = l.project(b)
	}
	l.at.fill(b, key)
	l.batch = b
	if l.check != nil {
		return l.check(&l.at)
	}
	return nil
}

// close drops what is left. Rows in memory are their owner's.
func (l *input) close() {
	l.at.release()
	if l.stage != nil {
		l.stage.Discard()
	}
	*l = input{}
}
