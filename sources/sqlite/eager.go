// Rows that are wanted as soon as they are there, without the cost of each alone.

package sqlite

import (
	"sync"
	"time"

	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite/engine"
)

// soon is how long a row may wait for others that come right behind it. SQLite does not
// say whether its next row is there already.
const soon = time.Millisecond

// A flow emits rows that come one by one: the first at once, and one that follows within
// soon together with those that come until then, also while SQLite works on the next.
type flow struct {
	emit  row.Emit
	timer *time.Timer

	mu   sync.Mutex
	rows *row.Batch // that wait, or nil
	last time.Time  // when rows were emitted
	err  error      // of emit
	over bool
}

// eager emits the rows, the last batch perhaps empty.
func (r *execution) eager(stmt *engine.Stmt, schema *row.Schema, more bool) (err error) {
	f := &flow{emit: r.emit}
	f.timer = time.AfterFunc(time.Hour, f.late)
	defer f.end()
	limits := engine.Limits{Rows: 1, Cell: r.q.MaxCell}
	for more {
		b, raw := row.NewBatch(schema), 0
		if more, raw, err = stmt.Fill(b, limits); err != nil {
			b.Release()
			if refused := f.rest(nil); refused != nil { // what came before the error is out
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

// add takes over a batch of a row.
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

// rest emits what still waits, and at least one batch in all where there is a schema.
func (f *flow) rest(schema *row.Schema) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rows == nil && f.last.IsZero() && schema != nil {
		f.rows = row.NewBatch(schema)
	}
	return f.out()
}

// late emits what has waited for long enough.
func (f *flow) late() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.over {
		_ = f.out() // add gives the error
	}
}

// out emits what waits, and gives the first error.
func (f *flow) out() error {
	if b := f.rows; b != nil && f.err == nil {
		f.rows = nil
		f.err = f.emit(b)
		f.last = time.Now()
	}
	return f.err
}

// end drops what has not been emitted, after an error. Nothing is emitted after it.
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
