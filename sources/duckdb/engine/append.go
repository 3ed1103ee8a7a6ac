// Writes rows into a table: cells are written into DuckDB's own chunks, one chunk for a
// batch.

package engine

import (
	"context"
	"errors"
	"runtime"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/fanql/fanql/sources/row"
)

// An Appender writes batches into a table, in a transaction on its own connection. Several
// appenders of one engine can run in parallel. Only one goroutine at a time may use an
// appender.
type Appender struct {
	conn    *Conn
	app     duckdb.Appender
	columns []Column
	types   []duckdb.LogicalType
	chunk   duckdb.DataChunk
	vectors []vector
	text    []byte
}

// Append begins to append to a table with these columns. The caller closes the
// appender.
func (db *DB) Append(schema, table string, columns []Column) (*Appender, error) {
	return db.AppendAfter(nil, "", schema, table, columns)
}

// AppendAfter is Append to a table of a catalogue, in a transaction that begins with
// internal statements.
func (db *DB) AppendAfter(statements []string, catalog, schema, table string, columns []Column) (*Appender, error) {
	conn, err := db.Connect()
	if err != nil {
		return nil, err
	}
	a := &Appender{conn: conn, columns: columns}
	for _, sql := range append([]string{"begin"}, statements...) {
		if err := conn.Exec(sql); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	if duckdb.AppenderCreateExt(conn.conn, catalog, schema, table, &a.app) != duckdb.StateSuccess {
		return nil, errors.Join(a.failed(), a.Close())
	}
	for i := range duckdb.AppenderColumnCount(a.app) {
		a.types = append(a.types, duckdb.AppenderColumnType(a.app, i))
	}
	if len(a.types) != len(columns) {
		return nil, errors.Join(errors.New("the table has other columns than are appended"), a.Close())
	}
	a.chunk = duckdb.CreateDataChunk(a.types)
	a.vectors = make([]vector, len(a.types))
	return a, nil
}

// Add appends the rows of a batch, which still belongs to the caller. Places has, for each
// column of the table, the column's index in the batch, or -1 for NULL; for a column of
// type [Enum], it has the value of all rows. A cell that its column cannot hold is an error
// that names column and value.
func (a *Appender) Add(b *row.Batch, places []int) error {
	var pin runtime.Pinner
	defer pin.Unpin()
	if len(b.Arena) > 0 {
		pin.Pin(unsafe.SliceData(b.Arena)) // DuckDB reads texts from it when the chunk is appended
	}
	most := int(duckdb.VectorSize())
	for begin := 0; begin < b.Rows(); begin += most {
		n := min(b.Rows()-begin, most)
		duckdb.DataChunkReset(a.chunk)
		width := b.Schema.Width()
		cells := b.Cells[begin*width : (begin+n)*width]
		for i, c := range a.columns {
			a.vectors[i].renew(duckdb.DataChunkGetVector(a.chunk, duckdb.IdxT(i)))
			w := writer{vector: &a.vectors[i], b: b, width: width, rows: n, text: a.text}
			switch {
			case places[i] < 0:
				w.absent()
				continue
			case c.Type == Enum:
				w.repeat(duckdb.EnumInternalType(a.types[i]), places[i])
				continue
			}
			w.cells = cells[places[i]:]
			if err := w.write(c); err != nil {
				return err
			}
			a.text = w.text
		}
		duckdb.DataChunkSetSize(a.chunk, duckdb.IdxT(n))
		if duckdb.AppendDataChunk(a.app, a.chunk) != duckdb.StateSuccess {
			return a.failed()
		}
	}
	return nil
}

// Flush writes the remaining rows into the table, and frees everything except the
// transaction.
func (a *Appender) Flush() (err error) {
	if a.app.Ptr != nil {
		if duckdb.AppenderClose(a.app) != duckdb.StateSuccess {
			err = a.failed()
		}
		duckdb.AppenderDestroy(&a.app)
	}
	if a.chunk.Ptr != nil {
		duckdb.DestroyDataChunk(&a.chunk)
	}
	for i := range a.types {
		duckdb.DestroyLogicalType(&a.types[i])
	}
	a.types = nil
	return err
}

// Exec runs an internal statement in the transaction, after Flush. The end of ctx
// interrupts it.
func (a *Appender) Exec(ctx context.Context, sql string) error {
	stop := a.conn.interrupt(ctx)
	defer stop()
	return a.conn.Exec(sql)
}

// Commit makes the flushed rows visible to other connections. The rows of the appender
// that commits first come first.
func (a *Appender) Commit() error { return a.conn.Exec("commit") }

// Close frees everything, and rolls back uncommitted rows. It may be called more than
// once.
func (a *Appender) Close() error {
	err := a.Flush()
	a.conn.Close()
	return err
}

func (a *Appender) failed() error {
	data := duckdb.AppenderErrorData(a.app)
	defer duckdb.DestroyErrorData(&data)
	return newError(duckdb.ErrorDataMessage(data), "")
}
