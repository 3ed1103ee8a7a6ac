// Cells of one column into a vector.

package reduce

import (
	"math"
	"strconv"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/fanql/fanql/sources/row"
)

// A vector is a column of a chunk.
type vector struct {
	duckdb.Vector
	data  unsafe.Pointer
	valid []uint64 // a bit for each row, nil while no row is NULL
}

func (v *vector) renew(d duckdb.Vector) {
	v.Vector, v.data, v.valid = d, duckdb.VectorGetData(d), nil
}

func (v *vector) null(r int) {
	if v.valid == nil {
		duckdb.VectorEnsureValidityWritable(v.Vector)
		v.valid = unsafe.Slice((*uint64)(duckdb.VectorGetValidity(v.Vector)), (duckdb.VectorSize()+63)/64)
	}
	v.valid[r/64] &^= 1 << (r % 64)
}

// A writer brings one column of some rows into a vector. The rows' arena is
// pinned until the vector has been read.
type writer struct {
	*vector
	b           *row.Batch
	cells       []row.Cell // the column's first, and each width further one
	width, rows int
	text        []byte
}

// absent is for a column that the source lacks.
func (w *writer) absent() {
	for r := range w.rows {
		w.null(r)
	}
}

func (w *writer) write(c column) error {
	switch c.form {
	case varchar, jsons, blob:
		return w.strings(c)
	case bigint:
		return words[int64](w, c, row.Int)
	case ubigint:
		return words[uint64](w, c, row.Uint)
	case double:
		return w.doubles(c)
	case decimal:
		return each(w, c, w.decimal(c.scale))
	case boolean:
		return each(w, c, func(x row.Cell) (uint8, bool) { return uint8(x.Bits), x.Kind == row.Bool })
	case dates:
		return each(w, c, func(x row.Cell) (int32, bool) {
			switch {
			case x.Kind != row.Date:
				return 0, false
			case x.Flags&row.InArena != 0:
				return dateOf(w.b.Bytes(x))
			}
			return int32(int64(x.Bits)), true
		})
	case times:
		return each(w, c, func(x row.Cell) (int64, bool) {
			if x.Kind != row.Time {
				return 0, false
			}
			return timeOf(w.b.Bytes(x))
		})
	case timetz:
		return each(w, c, func(x row.Cell) (uint64, bool) {
			if x.Kind != row.Time {
				return 0, false
			}
			return timetzOf(w.b.Bytes(x))
		})
	case timestamp:
		return each(w, c, w.instant(row.Timestamp))
	case timestamptz:
		return each(w, c, w.instant(row.TimestampTZ))
	}
	return nil
}

// each writes what a function makes of the cells that are not NULL.
func each[T any](w *writer, c column, value func(row.Cell) (T, bool)) error {
	to := unsafe.Slice((*T)(w.data), w.rows)
	for r, at := 0, 0; r < len(to); r, at = r+1, at+w.width {
		x := w.cells[at]
		if x.Kind == row.Null {
			w.null(r)
			continue
		}
		v, ok := value(x)
		if !ok {
			return c.unheld(string(w.b.AppendText(nil, x)))
		}
		to[r] = v
	}
	return nil
}

// words writes cells of one kind, and booleans, whose value is all of their bits.
func words[T int64 | uint64](w *writer, c column, kind row.Kind) error {
	to := unsafe.Slice((*T)(w.data), w.rows)
	for r, at := 0, 0; r < len(to); r, at = r+1, at+w.width {
		switch x := &w.cells[at]; x.Kind {
		case kind, row.Bool:
			to[r] = T(x.Bits)
		case row.Null:
			w.null(r)
		default:
			return c.unheld(string(w.b.AppendText(nil, *x)))
		}
	}
	return nil
}

// doubles writes floats, and the doubles nearest to integers and decimals. A float of
// 32 bits is the one that is printed for it, not the one that has the same bits in front.
func (w *writer) doubles(c column) error {
	return each(w, c, func(x row.Cell) (float64, bool) {
		switch x.Kind {
		case row.Float:
			if x.Flags&row.Single != 0 {
				w.text = row.AppendValue(w.text[:0], x)
				v, err := strconv.ParseFloat(string(w.text), 64)
				return v, err == nil
			}
			return math.Float64frombits(x.Bits), true
		case row.Int:
			return float64(int64(x.Bits)), true
		case row.Bool, row.Uint:
			return float64(x.Bits), true
		case row.Decimal:
			w.text = w.b.AppendText(w.text[:0], x)
			v, err := strconv.ParseFloat(string(w.text), 64)
			return v, err == nil
		}
		return 0, false
	})
}

func (w *writer) decimal(scale int) func(row.Cell) (int128, bool) {
	return func(x row.Cell) (n int128, ok bool) {
		switch x.Kind {
		case row.Decimal:
			if x.Flags&row.InArena == 0 {
				return scaled(int64(x.Bits), scale-int(x.Scale))
			}
		case row.Bool, row.Int:
			return scaled(int64(x.Bits), scale)
		case row.Uint:
			if x.Bits <= math.MaxInt64 {
				return scaled(int64(x.Bits), scale)
			}
		case row.Float:
			p, ok := floatDigits(w.b, x)
			if !ok {
				return n, false
			}
			return p.at(scale)
		default:
			return n, false
		}
		w.text = w.b.AppendText(w.text[:0], x)
		p, ok := parsePlain(w.text)
		if !ok {
			return n, false
		}
		return p.at(scale)
	}
}

func (w *writer) instant(kind row.Kind) func(row.Cell) (int64, bool) {
	return func(x row.Cell) (int64, bool) {
		switch {
		case x.Kind != kind:
			return 0, false
		case x.Flags&row.InArena != 0:
			return instantOf(w.b.Bytes(x))
		}
		return int64(x.Bits), true
	}
}

// A stringRef is how DuckDB keeps a text: up to 12 bytes of it in place, or its
// first four and where it is. What is in the pinned arena is read from there, so
// that no cell costs a call: with one for each, loading took twice as long.
type stringRef struct {
	length uint32
	prefix [4]byte
	at     uintptr
}

const inPlace = 12

func (w *writer) strings(c column) error {
	to := unsafe.Slice((*stringRef)(w.data), w.rows)
	for r, at := 0, 0; r < len(to); r, at = r+1, at+w.width {
		x := w.cells[at]
		switch {
		case x.Kind == row.Null:
			w.null(r)
			continue
		case x.Flags&row.InArena == 0 || (x.Kind == row.Bytes) != (c.form == blob):
			if c.form != varchar {
				return c.unheld(string(w.b.AppendText(nil, x)))
			}
			w.text = w.b.AppendText(w.text[:0], x)
			duckdb.VectorAssignStringElementLen(w.Vector, duckdb.IdxT(r), w.text)
			continue
		}
		text := w.b.Bytes(x)
		to[r] = stringRef{length: x.Len}
		if len(text) <= inPlace {
			copy(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(&to[r]), 4)), inPlace), text)
			continue
		}
		copy(to[r].prefix[:], text)
		to[r].at = uintptr(unsafe.Pointer(unsafe.SliceData(text)))
	}
	return nil
}
