// Statements, from their text to their rows.

package engine

// #include <stdlib.h>
// #include "layer.h"
import "C"

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/fanql/fanql/sources/row"
)

// A Stmt is one compiled statement.
type Stmt struct {
	conn  *Conn
	stmt  *C.sqlite3_stmt
	tail  string
	state C.fanql_state
	// cells and arena are the sizes of the last full batch. The next batch gets as much
	// room at once if it is new. (Batches whose rows wait for the end of their source are
	// not reused.)
	cells, arena int
}

// Prepare compiles the first statement of the text, which must not contain a NUL byte,
// and runs nothing.
func (c *Conn) Prepare(sql string) (*Stmt, error) {
	text := C.CString(sql)
	defer C.free(unsafe.Pointer(text))
	s := &Stmt{conn: c}
	var tail *C.char
	if err := c.check(C.sqlite3_prepare_v2(c.db, text, C.int(len(sql)), &s.stmt, &tail)); err != nil {
		return nil, err
	}
	s.tail = sql[uintptr(unsafe.Pointer(tail))-uintptr(unsafe.Pointer(text)):]
	return s, nil
}

// Close ends the statement. It returns the error of the last step again, if that
// failed.
func (s *Stmt) Close() error { return s.conn.check(C.sqlite3_finalize(s.stmt)) }

// Tail returns the text after the statement.
func (s *Stmt) Tail() string { return s.tail }

// Readonly reports whether the statement writes nothing itself or, for an EXPLAIN,
// whether the explained statement would write nothing.
func (s *Stmt) Readonly() bool { return C.sqlite3_stmt_readonly(s.stmt) != 0 }

// Explains reports whether the statement is an EXPLAIN, which does not run the
// explained statement.
func (s *Stmt) Explains() bool { return C.sqlite3_stmt_isexplain(s.stmt) != 0 }

// Parameters returns the number of values that the statement needs.
func (s *Stmt) Parameters() int { return int(C.sqlite3_bind_parameter_count(s.stmt)) }

// Bind sets parameter i, from 1, to a value: nil, an int64, a float64 or a string.
func (s *Stmt) Bind(i int, value any) error {
	switch v := value.(type) {
	case nil:
		return s.conn.check(C.sqlite3_bind_null(s.stmt, C.int(i)))
	case int64:
		return s.conn.check(C.sqlite3_bind_int64(s.stmt, C.int(i), C.longlong(v)))
	case float64:
		return s.conn.check(C.sqlite3_bind_double(s.stmt, C.int(i), C.double(v)))
	case string:
		text := C.CString(v)
		defer C.free(unsafe.Pointer(text))
		return s.conn.check(C.fanql_bind_text(s.stmt, C.int(i), text, C.int(len(v))))
	}
	return fmt.Errorf("no value of SQLite's: %T", value)
}

// Insert runs the statement, an INSERT with a value for each column of the batch, for each
// row. The kinds of its cells must be NULL, Int, Float, Text or Bytes. Done is the number
// of rows before the one that failed.
func (s *Stmt) Insert(b *row.Batch) (done int, err error) {
	if b.Rows() == 0 {
		return 0, nil
	}
	var n C.int64_t
	rc := C.fanql_insert(s.stmt, s.conn.stop, C.int(b.Schema.Width()), C.int64_t(b.Rows()),
		(*C.fanql_cell)(unsafe.Pointer(unsafe.SliceData(b.Cells))), (*C.uint8_t)(unsafe.SliceData(b.Arena)), &n)
	return int(n), s.conn.check(rc)
}

// Columns returns the names of the columns and their declared types in lower case. A type
// is empty if the column is not from a table. There are no columns if the statement is not
// a query.
func (s *Stmt) Columns() (names, declared []string) {
	for i := range C.sqlite3_column_count(s.stmt) {
		names = append(names, C.GoString(C.sqlite3_column_name(s.stmt, i)))
		declared = append(declared, strings.ToLower(C.GoString(C.sqlite3_column_decltype(s.stmt, i))))
	}
	return names, declared
}

// First runs the statement up to its first row, which Fill then returns, and reports
// whether there is one.
func (s *Stmt) First() (more bool, err error) {
	s.state.max_rows = 0
	rc := C.fanql_fill(s.stmt, s.conn.stop, 0, nil, nil, &s.state)
	return s.ended(rc)
}

// Only runs a statement that returns one value, and returns its text.
func (s *Stmt) Only() (string, error) {
	more, err := s.First()
	if err == nil && !more {
		err = errors.New("no answer")
	}
	if err != nil {
		return "", err
	}
	return C.GoString((*C.char)(unsafe.Pointer(C.sqlite3_column_text(s.stmt, 0)))), nil
}

// List returns the first column of a query, as text.
func (c *Conn) List(sql string) (all []string, err error) {
	s, err := c.Prepare(sql)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for {
		switch rc := C.sqlite3_step(s.stmt); rc {
		case C.SQLITE_ROW:
			all = append(all, C.GoString((*C.char)(unsafe.Pointer(C.sqlite3_column_text(s.stmt, 0)))))
		case C.SQLITE_DONE:
			return all, nil
		default:
			return nil, c.failure(rc)
		}
	}
}

// Limits are the limits of Fill.
type Limits struct {
	Rows int // in a batch, row.MaxRows at most
	Cell int // the bytes of a value; 0 is no limit
}

// A LargeError is the error for a value beyond [Limits].Cell in a column, counted from
// 0.
type LargeError struct{ Column int }

func (e *LargeError) Error() string { return "value too big" }

// crossing is the number of rows in one call into C. Go moves the processor of a call
// that takes longer than 20 µs to another thread, and looks for such calls every 20 µs:
// that cost a fifth of an export.
const crossing = 32

// Fill adds rows to the batch, which must be empty, until it is full, and reports
// whether there may be more. Each cell is the stored value, whatever type the column
// was declared with. Text that is not UTF-8 is marked as row.Escaped and not escaped
// yet: raw is the number of such cells. Fill may be called only after First or Fill has
// reported more rows.
func (s *Stmt) Fill(b *row.Batch, l Limits) (more bool, raw int, err error) {
	width := b.Schema.Width()
	st := &s.state
	st.rows, st.cells, st.arena, st.escape = 0, 0, 0, 0
	st.max_bytes, st.max_cell = row.MaxBytes, C.int64_t(l.Cell)
	b.Cells, b.Arena = slices.Grow(b.Cells, s.cells), slices.Grow(b.Arena, s.arena)
	for {
		cells, arena := b.Cells[:cap(b.Cells)], b.Arena[:cap(b.Arena)]
		st.want_cells, st.want_arena = 0, 0
		st.max_rows = min(C.int64_t(l.Rows), st.rows+crossing)
		st.cells_cap, st.arena_cap = C.int64_t(len(cells)), C.int64_t(len(arena))
		rc := C.fanql_fill(s.stmt, s.conn.stop, C.int(width),
			(*C.fanql_cell)(unsafe.Pointer(unsafe.SliceData(cells))), (*C.uint8_t)(unsafe.SliceData(arena)), st)
		b.Cells, b.Arena = cells[:st.cells], arena[:st.arena]
		switch {
		case rc == C.FANQL_GROW:
			b.Cells = room(b.Cells, int(st.want_cells), 16*width)
			b.Arena = room(b.Arena, int(st.want_arena), 4<<10)
		case rc != C.FANQL_FULL, int(st.rows) >= l.Rows, b.Size() >= row.MaxBytes:
			b.EndRows(int(st.rows))
			if more, err = s.ended(rc); more {
				s.cells, s.arena = len(b.Cells), min(len(b.Arena)+len(b.Arena)/16, row.MaxBytes)
			}
			return more, int(st.escape), err
		}
	}
}

// room returns a slice with the same elements and at least the wanted capacity, which
// is least at first.
func room[T any](s []T, want, least int) []T {
	if want <= cap(s) {
		return s
	}
	return slices.Grow(s, max(want, least, 2*cap(s))-len(s))
}

func (s *Stmt) ended(rc C.int) (more bool, err error) {
	switch rc {
	case C.SQLITE_DONE:
		return false, nil
	case C.FANQL_FULL:
		return true, nil
	case C.FANQL_LARGE:
		return false, &LargeError{Column: int(s.state.column)}
	}
	return false, s.conn.failure(rc)
}

// Checked at compile time: the cells of layer.h are those of package row.
const (
	_ = -uint(unsafe.Sizeof(C.fanql_cell{}) ^ unsafe.Sizeof(row.Cell{}))
	_ = -uint(unsafe.Offsetof(C.fanql_cell{}.len) ^ unsafe.Offsetof(row.Cell{}.Len))
	_ = -uint(unsafe.Offsetof(C.fanql_cell{}.kind) ^ unsafe.Offsetof(row.Cell{}.Kind))
	_ = -uint(unsafe.Offsetof(C.fanql_cell{}.flags) ^ unsafe.Offsetof(row.Cell{}.Flags))
	_ = -uint(C.KIND_NULL ^ row.Null)
	_ = -uint(C.KIND_INT ^ row.Int)
	_ = -uint(C.KIND_FLOAT ^ row.Float)
	_ = -uint(C.KIND_TEXT ^ row.Text)
	_ = -uint(C.KIND_BYTES ^ row.Bytes)
	_ = -uint(C.FLAG_IN_ARENA ^ row.InArena)
	_ = -uint(C.FLAG_ESCAPED ^ row.Escaped)
)
