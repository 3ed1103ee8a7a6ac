// Rows that are wanted as soon as possible, without the cost of a batch for each.

package sqlite

import (
	"sync"
	"time"

	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite/engine"
)

// soon is how long a row may wait for further ones that follow closely. SQLite does not
// say whether its next row is available.
const soon = time.Millisecond

// A flow emits rows that arrive one by one. It emits the first row at once. It keeps a row
// that follows within soon, and emits it with the rows that arrive in that time, even while
// SQLite works on the next one.
type flow struct {
	emit  row.Emit
	timer *time.Timer

	mu   sync.Mutex
	rows *row.Batch // waiting rows, or nil
	last time.Time  // when rows were emitted
	err  error      // of emit
	over bool
}

// eager emits the rows; the last batch may be empty.
func (r *execution) eager(stmt *engine.Stmt, schema *row.Schema, more bool) (err error) {
	f := &flow{emit: r.emit}
	f.timer = time.AfterFunc(time.Hour, f.late)
	defer f.end()
	limits := engine.Limits{Rows: 1, Cell: r.q.MaxCell}
	for more {
		b, raw := row.NewBatch(schema), 0
		if more, raw, err = stmt.Fill(b, limits); err != nil {
			b.Release()
			if refused := f.rest(nil); refused != nil { // the rows before the error are emitted
				return refused
			}
			return named(err, schema)
		}
		if raw > 0 {
			b = r.escape(b)
		}
		if err := f.add(b); err != nil {
			return err
		}
	}
	return f.rest(schema)
}

// add takes over a batch of one row.
func (f *flow) add(b *row.Batch) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rows == nil {
		f.rows = b
		wait := soon - time.Since(f.last)
		if wait <= 0 {
			return f.out()
		}
		f.timer.Reset(wait)
		return f.err
	}
	f.rows.Append(b)
	b.Release()
	if f.rows.Rows() >= row.MaxRows || f.rows.Size() >= row.MaxBytes {
		return f.out()
	}
	return f.err
}

// rest emits the waiting rows, and at least one batch in total if there is a schema.
func (f *flow) rest(schema *row.Schema) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rows == nil && f.last.IsZero() && schema != nil {
		f.rows = row.NewBatch(schema)
	}
	return f.out()
}

// late emits the rows that have waited long enough.
func (f *flow) late() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.over {
		_ = f.out() // add returns the error
	}
}

// out emits the waiting rows, and returns the first error.
func (f *flow) out() error {
	if b := f.rows; b != nil && f.err == nil {
		f.rows = nil
		f.err = f.emit(b)
		f.last = time.Now()
	}
	return f.err
}

// end drops the rows that have not been emitted, after an error. Nothing is emitted
// after it.
func (f *flow) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = true
	f.timer.Stop()
	if f.rows != nil {
		f.rows.Release()
		f.rows = nil
	}
}
