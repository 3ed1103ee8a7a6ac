// Rows into a table: cells written where DuckDB reads them, a chunk for a batch.

package reduce

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/fanql/fanql/sources/row"
)

// load hands the rows of all parts to the table and gives their memory back as it
// goes.
func (t *table) load(ctx context.Context, e *Engine) error {
	l := &loader{table: t}
	if duckdb.AppenderCreateExt(e.conn, "", schemaName, t.physicalName(), &l.app) != duckdb.StateSuccess {
		return errors.Join(l.failed(), l.close())
	}
	for i := range duckdb.AppenderColumnCount(l.app) {
		l.types = append(l.types, duckdb.AppenderColumnType(l.app, i))
	}
	l.chunk = duckdb.CreateDataChunk(l.types)
	l.vectors = make([]vector, len(l.types))
	for _, p := range t.parts {
		l.from = l.places(p)
		err := p.arrival.Rows.Each(func(b *row.Batch) error {
			if ctx.Err() != nil {
				b.Release()
				return context.Cause(ctx)
			}
			if !p.fit.Moves() {
				b = p.fit.Apply(b)
			}
			defer b.Release()
			return l.batch(p, b)
		})
		if err != nil {
			return errors.Join(err, l.close())
		}
	}
	return l.close()
}

// A loader is one table's.
type loader struct {
	*table
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
			from[i] = p.fit.From(from[i])
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
			if c.form == untyped {
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
