// Rows into a table: cells written where DuckDB reads them, a chunk for a batch.

package reduce

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// load hands the rows of all parts to the table and gives their memory back as it
// goes: several parts at a time, each run of them in a transaction of its own. The
// transactions end in order, and so the table has the rows in source order.
func (t *table) load(ctx context.Context, e *Engine) error {
	runs := t.runs(e.threads())
	loaders := make([]*loader, len(runs))
	err := query.Together(len(runs), func(i int) (err error) {
		loaders[i], err = t.loadRun(ctx, e, runs[i])
		return err
	})
	for _, l := range loaders {
		if err == nil {
			err = exec(l.conn, "commit")
		}
		duckdb.Disconnect(&l.conn) // rolls back what is not committed
	}
	return err
}

// runs splits the parts into at most n of about as many rows.
func (t *table) runs(n int) (runs [][]*part) {
	total := int64(0)
	for _, p := range t.parts {
		total += p.arrival.Rows.Rows() + 1 // a part costs something by itself
	}
	rows, begin := int64(0), 0
	for i, p := range t.parts {
		rows += p.arrival.Rows.Rows() + 1
		if i == len(t.parts)-1 || rows*int64(n) >= total*int64(len(runs)+1) {
			runs, begin = append(runs, t.parts[begin:i+1]), i+1
		}
	}
	return runs
}

// loadRun loads the rows of some parts and does not commit them.
func (t *table) loadRun(ctx context.Context, e *Engine, parts []*part) (*loader, error) {
	l := &loader{table: t}
	if duckdb.Connect(e.db, &l.conn) != duckdb.StateSuccess {
		return l, errors.New("DuckDB gives no connection")
	}
	if err := exec(l.conn, "begin"); err != nil {
		return l, err
	}
	if duckdb.AppenderCreateExt(l.conn, "", schemaName, t.physicalName(), &l.app) != duckdb.StateSuccess {
		return l, errors.Join(l.failed(), l.close())
	}
	for i := range duckdb.AppenderColumnCount(l.app) {
		l.types = append(l.types, duckdb.AppenderColumnType(l.app, i))
	}
	l.chunk = duckdb.CreateDataChunk(l.types)
	l.vectors = make([]vector, len(l.types))
	for _, p := range parts {
		l.from = l.places(p)
		err := p.arrival.Rows.Each(func(b *row.Batch) error {
			if ctx.Err() != nil {
				b.Release()
				return context.Cause(ctx)
			}
			if !p.fit.Moves() {
				b = p.fit.Apply(p.fitting.widen(b))
			}
			defer b.Release()
			return l.batch(p, b)
		})
		if err != nil {
			return l, errors.Join(err, l.close())
		}
	}
	return l, l.close()
}

// A loader is that of a run of parts.
type loader struct {
	*table
	conn    duckdb.Connection
	app     duckdb.Appender
	types   []duckdb.LogicalType
	chunk   duckdb.DataChunk
	vectors []vector
	from    []int // by column: its place in the batches that come, or -1
	text    []byte
}

// places finds where the columns stand in the batches of a part: as the source has
// them, for what is only moved need not be copied first.
func (l *loader) places(p *part) []int {
	from := make([]int, len(l.columns))
	for i := range from {
		from[i] = l.first() + i
		if p.fit.Moves() {
			from[i] = p.fitting.place(p.fit.From(from[i]))
		}
	}
	return from
}

// close writes what is left and frees all.
func (l *loader) close() (err error) {
	if l.app.Ptr != nil && duckdb.AppenderClose(l.app) != duckdb.StateSuccess {
		err = l.failed()
	}
	duckdb.AppenderDestroy(&l.app)
	duckdb.DestroyDataChunk(&l.chunk)
	for i := range l.types {
		duckdb.DestroyLogicalType(&l.types[i])
	}
	return err
}

func (l *loader) failed() error {
	data := duckdb.AppenderErrorData(l.app)
	defer duckdb.DestroyErrorData(&data)
	return said(duckdb.ErrorDataMessage(data), "")
}

// batch appends the rows of a batch, which are the table's.
func (l *loader) batch(p *part, b *row.Batch) error {
	var pin runtime.Pinner
	defer pin.Unpin()
	if len(b.Arena) > 0 {
		pin.Pin(unsafe.SliceData(b.Arena)) // texts are read from there when the chunk is appended
	}
	most := int(duckdb.VectorSize())
	for begin := 0; begin < b.Rows(); begin += most {
		n := min(b.Rows()-begin, most)
		duckdb.DataChunkReset(l.chunk)
		for i := range l.vectors {
			l.vectors[i].renew(duckdb.DataChunkGetVector(l.chunk, duckdb.IdxT(i)))
		}
		l.source(p.at, n)
		width := b.Schema.Width()
		cells := b.Cells[begin*width : (begin+n)*width]
		to := 1
		for i, c := range l.columns {
			if !c.loaded() {
				continue
			}
			w := writer{vector: &l.vectors[to], b: b, width: width, rows: n, text: l.text}
			to++
			if l.from[i] < 0 {
				w.absent()
				continue
			}
			w.cells = cells[l.from[i]:]
			if err := w.write(c); err != nil {
				return fmt.Errorf("source %s: %w", l.Sources[p.at], err)
			}
			l.text = w.text
		}
		duckdb.DataChunkSetSize(l.chunk, duckdb.IdxT(n))
		if duckdb.AppendDataChunk(l.app, l.chunk) != duckdb.StateSuccess {
			return l.failed()
		}
	}
	return nil
}

// source fills the column that says whose the rows are: an ENUM's number, as wide
// as its names want.
func (l *loader) source(at, rows int) {
	data := l.vectors[0].data
	switch duckdb.EnumInternalType(l.types[0]) {
	case duckdb.TypeUTinyInt:
		repeat(unsafe.Slice((*uint8)(data), rows), uint8(at))
	case duckdb.TypeUSmallInt:
		repeat(unsafe.Slice((*uint16)(data), rows), uint16(at))
	default:
		repeat(unsafe.Slice((*uint32)(data), rows), uint32(at))
	}
}

func repeat[T any](to []T, v T) {
	for i := range to {
		to[i] = v
	}
}
