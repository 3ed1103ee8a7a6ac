// The keys of rows, and batches with keys.

package sorted

import "github.com/fanql/fanql/sources/row"

// A KeyFunc appends the sort key of row i of a batch: bytes that compare in the order
// of the rows. See [row.Batch.AppendKey].
type KeyFunc func(dst []byte, b *row.Batch, i int) []byte

// Keys says where the keys of rows come from: see [By] and [InColumn].
type Keys struct {
	compute KeyFunc
	column  int // used if compute is nil
}

// By returns Keys that a function computes from the rows.
func By(key KeyFunc) Keys { return Keys{compute: key} }

// InColumn returns Keys that are the bytes in a column of the rows.
func InColumn(at int) Keys { return Keys{column: at} }

// A KeyedBatch is a batch and the keys of its rows.
type KeyedBatch struct {
	Batch *row.Batch

	column int // the column of the keys; below 0 if they are in the field keys
	keys   []byte
	ends   []uint32 // where each key ends in the field keys
}

// fill sets the batch and finds the keys of its rows.
func (k *KeyedBatch) fill(b *row.Batch, from Keys) {
	k.Batch, k.column, k.keys, k.ends = b, from.column, k.keys[:0], k.ends[:0]
	if from.compute == nil {
		return
	}
	k.column = -1
	for i := range b.Rows() {
		k.keys = from.compute(k.keys, b, i)
		k.ends = append(k.ends, uint32(len(k.keys)))
	}
}

// Key returns the key of row i, which is valid as long as the batch is.
func (k *KeyedBatch) Key(i int) []byte {
	if k.column >= 0 {
		return k.Batch.Bytes(k.Batch.Row(i)[k.column])
	}
	start := uint32(0)
	if i > 0 {
		start = k.ends[i-1]
	}
	return k.keys[start:k.ends[i]:k.ends[i]]
}

// footprint returns the number of bytes that the batch and its keys occupy, and that
// sorting its rows needs.
func (k *KeyedBatch) footprint() int64 {
	return int64(k.Batch.Footprint() + cap(k.keys) + 4*cap(k.ends) + refSize*k.Batch.Rows())
}

func (k *KeyedBatch) release() {
	if k.Batch != nil {
		k.Batch.Release()
		k.Batch = nil
	}
}

// A ref is a row in memory and the first bytes of its key.
type ref struct {
	prefix     uint64
	batch, row uint32
}

const refSize = 16
