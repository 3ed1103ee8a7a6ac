// Statements that return rows: their chunks are read back into batches.

package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/fanql/fanql/sources/row"
)

// Query runs one statement that returns rows, and emits them. An empty result is a
// batch without rows. Columns of types without a kind of their own are text, as DuckDB
// prints them. Names may occur twice. The end of ctx interrupts it.
func (c *Conn) Query(ctx context.Context, sql string, emit row.Emit) error {
	stop := c.interrupt(ctx)
	defer stop()
	columns, err := c.outputs(sql)
	if err != nil {
		return err
	}
	text, shown := sql, sql
	if foreign(columns) {
		text, shown = wrapped(sql, columns), "" // in which positions are not the user's
	}
	schema := &row.Schema{Columns: ownColumns(columns)}
	var p duckdb.PreparedStatement
	defer duckdb.DestroyPrepare(&p)
	if duckdb.Prepare(c.conn, text, &p) != duckdb.StateSuccess {
		return newError(duckdb.PrepareError(p), shown)
	}
	// ExecutePrepared would hold the whole result in memory.
	var r duckdb.Result
	defer duckdb.DestroyResult(&r)
	if duckdb.ExecutePreparedStreaming(p, &r) != duckdb.StateSuccess {
		return newError(duckdb.ResultError(&r), shown)
	}
	return read(ctx, &r, schema, columns, shown, emit)
}

// Columns returns the columns that a statement will have, without running it.
func (c *Conn) Columns(sql string) ([]row.Column, error) {
	columns, err := c.outputs(sql)
	return ownColumns(columns), err
}

func ownColumns(outputs []output) []row.Column {
	columns := make([]row.Column, len(outputs))
	for i, o := range outputs {
		columns[i] = o.Column
	}
	return columns
}

// outputs returns Columns, and how each is read.
func (c *Conn) outputs(sql string) ([]output, error) {
	var p duckdb.PreparedStatement
	defer duckdb.DestroyPrepare(&p)
	if duckdb.Prepare(c.conn, sql, &p) != duckdb.StateSuccess {
		return nil, newError(duckdb.PrepareError(p), sql)
	}
	var columns []output
	for i := range duckdb.PreparedStatementColumnCount(p) {
		t := duckdb.PreparedStatementColumnLogicalType(p, i)
		o := outputOf(t)
		o.Name = duckdb.PreparedStatementColumnName(p, i)
		duckdb.DestroyLogicalType(&t)
		columns = append(columns, o)
	}
	if len(columns) == 0 {
		return nil, errors.New("the statement gives no columns")
	}
	return columns, nil
}

// wrapped returns SQL in which DuckDB casts the columns that we do not read to text.
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
	return fmt.Sprintf("select %s from query(%s) as t(%s)", strings.Join(shown, ", "), Literal(sql), strings.Join(names, ", "))
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
				return newError(text, sql)
			}
			return emit(b) // the rest; it is emitted even if it is empty, for its schema
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

// show makes a vector the current one.
func (v *vector) show(d duckdb.Vector) {
	v.renew(d)
	if mask := duckdb.VectorGetValidity(d); mask != nil {
		v.valid = unsafe.Slice((*uint64)(mask), (duckdb.VectorSize()+63)/64)
	}
}

func (v *vector) has(r int) bool { return v.valid == nil || v.valid[r/64]>>(r%64)&1 != 0 }
