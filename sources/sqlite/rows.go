// The rows: from SQLite's storage classes into batches.

package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/sources/row"
	"github.com/mattn/go-sqlite3"
)

// errTooBig stands beside SQLite's own limit, which is 30 bytes at least and is
// not looked at where a value needs no memory of its own.
var errTooBig = errors.New("value too big")

// rows runs the statement and emits what it gives. The driver interrupts SQLite
// when ctx is done, in the first step, which the query takes, and in each Next.
// Its ctx check and its step leave a gap of some nanoseconds in which the
// interrupt is lost: that one step is then late, like a long opcode.
func (r *reading) rows(ctx context.Context, stmt *sqlite3.SQLiteStmt, args []driver.NamedValue) (err error) {
	if n := stmt.NumInput(); n != len(args) {
		return fmt.Errorf("placeholders in the statement: %d, values for them: %d", n, len(args))
	}
	r.asked = true
	answer, err := stmt.QueryContext(ctx, args)
	if err != nil {
		return err
	}
	rows := answer.(*sqlite3.SQLiteRows)
	defer func() {
		if closing := rows.Close(); err == nil {
			err = closing
		}
	}()
	schema := describe(rows)
	if schema.Width() == 0 {
		return errors.New("the statement gives no rows: it is not a query")
	}
	r.p.Enter(ask.Stream)
	return r.batches(rows, schema)
}

// describe gives the columns, and keeps the driver from bending values: it turns
// what stands in a column declared date, datetime, timestamp or boolean into
// times and booleans ('not a date' into year 1, 2 into true), going by the very
// slice that DeclTypes hands out. Blanked, it gives what is stored.
func describe(rows *sqlite3.SQLiteRows) *row.Schema {
	declared := rows.DeclTypes()
	schema := &row.Schema{Columns: make([]row.Column, len(declared))}
	for i, name := range rows.Columns() {
		if !utf8.ValidString(name) {
			name = strings.Trim(strconv.Quote(name), `"`)
		}
		schema.Columns[i] = row.Column{Name: name, Type: row.Any, Database: declared[i]}
	}
	clear(declared)
	return schema
}

func (r *reading) batches(rows *sqlite3.SQLiteRows, schema *row.Schema) error {
	cells := make([]driver.Value, schema.Width())
	r.said = make([]bool, schema.Width())
	b := row.NewBatch(schema)
	for {
		switch err := rows.Next(cells); {
		case err == io.EOF: //nolint:errorlint // an error that only wraps it is no end of rows
			return r.emit(b)
		case err != nil:
			b.Release()
			return err
		}
		for i := range cells {
			if err := r.cell(b, i, cells[i]); err != nil {
				b.Release()
				return fmt.Errorf("column %q: %w", schema.Columns[i].Name, err)
			}
		}
		if b.EndRow() || r.q.Eager {
			if err := r.emit(b); err != nil {
				return err
			}
			b = row.NewBatch(schema)
		}
	}
}

// cell appends the value of a column.
func (r *reading) cell(b *row.Batch, column int, v driver.Value) error {
	size := 0
	switch v := v.(type) {
	case nil:
		b.Null()
	case int64:
		b.Int(v)
	case float64:
		b.Float(v)
	case string: // TEXT
		if !b.TextString(v) {
			r.escaped(column, b.Schema)
		}
		size = len(v)
	case []byte: // BLOB, of length 0 too
		b.Blob(v)
		size = len(v)
	default:
		return fmt.Errorf("the driver has made a %T of the stored value", v)
	}
	if r.q.MaxCell > 0 && size > r.q.MaxCell {
		return errTooBig
	}
	return nil
}

// escaped warns of text that is not UTF-8, once for each column.
func (r *reading) escaped(column int, s *row.Schema) {
	if r.said[column] {
		return
	}
	r.said[column] = true
	if len(r.answer.Warnings) < 20 {
		r.answer.Warnings = append(r.answer.Warnings, line(fmt.Sprintf(
			"column %q holds text that is not UTF-8: such bytes are shown as \\xNN", s.Columns[column].Name)))
	}
}
