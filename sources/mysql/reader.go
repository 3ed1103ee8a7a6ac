// Rows through the driver: for statements that cannot be prepared, and where only the
// driver can read the connection.

package mysql

import (
	sqldriver "database/sql/driver"
	"fmt"

	"github.com/fanql/fanql/sources/row"
)

// A rowReader appends rows to batches.
type rowReader interface {
	schema() *row.Schema
	// read appends a row. It returns io.EOF, unwrapped, after the last row, and a
	// *valueError for a bad value.
	read(b *row.Batch) error
	// waits reports whether the next row may not have arrived yet.
	waits() bool
	// warnings returns the server's count of warnings at the end of the rows, or 1 if
	// it is not known.
	warnings() int
}

type driverReader struct {
	rows    sqldriver.Rows
	head    *row.Schema
	writers []writer
	values  []sqldriver.Value
	most    int // the largest value in bytes; 0 is no limit
}

type valueError struct {
	column int
	err    error
}

func (e *valueError) Error() string { return e.err.Error() }
func (e *valueError) Unwrap() error { return e.err }

func (r *driverReader) read(b *row.Batch) error {
	if err := r.rows.Next(r.values); err != nil {
		return err
	}
	for i, v := range r.values {
		if err := r.cell(b, r.writers[i], v); err != nil {
			return &valueError{i, err}
		}
	}
	return nil
}

func (r *driverReader) cell(b *row.Batch, write writer, v sqldriver.Value) error {
	if v == nil {
		b.Null()
		return nil
	}
	if v, ok := v.([]byte); ok && r.most > 0 && len(v) > r.most {
		return tooLarge(len(v), r.most)
	}
	return write(b, v)
}

func (r *driverReader) schema() *row.Schema { return r.head }
func (r *driverReader) waits() bool         { return true }
func (r *driverReader) warnings() int       { return 1 }

func tooLarge(bytes, most int) error {
	return fmt.Errorf("a value of %d bytes is larger than the limit of %d bytes", bytes, most)
}
