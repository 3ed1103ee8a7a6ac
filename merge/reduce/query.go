// Asking: the SQL run, and its chunks read back into batches.

package reduce

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/sources/row"
)

// query runs the SQL, which [Engine.Check] has passed, and emits its rows. An
// empty answer is a batch without rows. The end of ctx interrupts it.
func (e *Engine) query(ctx context.Context, sql string, emit row.Emit) error {
	stop := e.interrupt(ctx)
	defer stop()
	columns, err := e.columns(sql)
	if err != nil {
		return err
	}
	text, shown := sql, sql
	if foreign(columns) {
		text, shown = wrapped(sql, columns), "" // in which places are not the user's
	}
	schema := &row.Schema{}
	for _, c := range columns {
		schema.Columns = append(schema.Columns, c.Column)
	}
	schema.Columns = merge.UniqueNames(schema) // a join gives names twice, of which JSON would lose a value
	var p duckdb.PreparedStatement
	defer duckdb.DestroyPrepare(&p)
	if duckdb.Prepare(e.conn, text, &p) != duckdb.StateSuccess {
		return said(duckdb.PrepareError(p), shown)
	}
	// Not ExecutePrepared, which would hold the whole result in memory.
	var r duckdb.Result
	defer duckdb.DestroyResult(&r)
	if duckdb.ExecutePreparedStreaming(p, &r) != duckdb.StateSuccess {
		return said(duckdb.ResultError(&r), shown)
	}
	return read(ctx, &r, schema, columns, shown, emit)
}

// interrupt stops what the connection runs when ctx is done: again and again,
// for an interrupt that comes just before a statement begins is lost.
func (e *Engine) interrupt(ctx context.Context) (stop func()) {
	over, left := make(chan struct{}), make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(left)
		again := time.NewTicker(10 * time.Millisecond)
		defer again.Stop()
		for {
			duckdb.Interrupt(e.conn)
			select {
			case <-again.C:
			case <-over:
				return
			}
		}
	})
	return func() {
		if !cancel() {
			close(over)
			<-left
		}
	}
}

// columns gives the columns that the SQL will have, without running it.
func (e *Engine) columns(sql string) ([]output, error) {
	var p duckdb.PreparedStatement
	defer duckdb.DestroyPrepare(&p)
	if duckdb.Prepare(e.conn, sql, &p) != duckdb.StateSuccess {
		return nil, said(duckdb.PrepareError(p), sql)
	}
	var columns []output
	for i := range duckdb.PreparedStatementColumnCount(p) {
		t := duckdb.PreparedStatementColumnLogicalType(p, i)
		c := outputOf(t)
		c.Name = duckdb.PreparedStatementColumnName(p, i)
		duckdb.DestroyLogicalType(&t)
		columns = append(columns, c)
	}
	if len(columns) == 0 {
		return nil, errors.New("the SQL of --reduce gives no columns")
	}
	return columns, nil
}

// wrapped is the SQL with the columns that we do not read cast to text by DuckDB.
func wrapped(sql string, columns []output) string {
	var names, shown []string
	for i, c := range columns {
		name := fmt.Sprintf("c%d", i)
		names = append(names, name)
		if c.read == nil {
			name += "::varchar"
		}
		shown = append(shown, name)
	}
	return fmt.Sprintf("select %s from query(%s) as t(%s)", strings.Join(shown, ", "), literal(sql), strings.Join(names, ", "))
}

// read emits the chunks of a result.
func read(ctx context.Context, r *duckdb.Result, schema *row.Schema, columns []output, sql string, emit row.Emit) error {
	vectors := make([]vector, len(columns))
	b := row.NewBatch(schema)
	for {
		chunk := duckdb.FetchChunk(*r)
		if chunk.Ptr == nil {
			if text := duckdb.ResultError(r); text != "" {
				b.Release()
				return said(text, sql)
			}
			return emit(b) // the rest, perhaps empty: the schema counts as well
		}
		for i := range vectors {
			vectors[i].show(duckdb.DataChunkGetVector(chunk, duckdb.IdxT(i)))
		}
		for at := range int(duckdb.DataChunkGetSize(chunk)) {
			for i, v := range vectors {
				if !v.has(at) {
					b.Null()
					continue
				}
				columns[i].reader()(b, v.data, at)
			}
			if !b.EndRow() {
				continue
			}
			err := context.Cause(ctx)
			if err == nil {
				err = emit(b)
			} else {
				b.Release()
			}
			if err != nil {
				duckdb.DestroyDataChunk(&chunk)
				return err
			}
			b = row.NewBatch(schema)
		}
		duckdb.DestroyDataChunk(&chunk)
	}
}

// show makes the vector one to be read.
func (v *vector) show(d duckdb.Vector) {
	v.renew(d)
	if mask := duckdb.VectorGetValidity(d); mask != nil {
		v.valid = unsafe.Slice((*uint64)(mask), (duckdb.VectorSize()+63)/64)
	}
}

func (v *vector) has(r int) bool { return v.valid == nil || v.valid[r/64]>>(r%64)&1 != 0 }
