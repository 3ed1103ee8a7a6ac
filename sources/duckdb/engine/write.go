// Cells of one column into a vector.

package engine

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

// A writer writes one column of some rows into a vector. The rows' arena is pinned
// until the vector has been read.
type writer struct {
	*vector
	b           *row.Batch
	cells       []row.Cell // the column's first, and each width further one
	width, rows int
	text        []byte
}

// absent writes a column that the source lacks.
func (w *writer) absent() {
	for r := range w.rows {
		w.null(r)
	}
}

func (w *writer) write(c Column) error {
	switch c.Type {
	case Varchar, JSON, Blob:
		return w.strings(c)
	case BigInt:
		return words[int64](w, c, row.Int)
	case UBigInt:
		return words[uint64](w, c, row.Uint)
	case Double:
		return w.doubles(c)
	case Decimal:
		return each(w, c, w.decimal(c.Scale))
	case Boolean:
		return each(w, c, func(x row.Cell) (uint8, bool) { return uint8(x.Bits), x.Kind == row.Bool })
	case Date:
		return each(w, c, func(x row.Cell) (int32, bool) {
			switch {
			case x.Kind != row.Date:
				return 0, false
			case x.Flags&row.InArena != 0:
				return dateOf(w.b.Bytes(x))
			}
			return int32(int64(x.Bits)), true
		})
	case Time:
		return each(w, c, func(x row.Cell) (int64, bool) {
			if x.Kind != row.Time {
				return 0, false
			}
			return timeOf(w.b.Bytes(x))
		})
	case TimeTZ:
		return each(w, c, func(x row.Cell) (uint64, bool) {
			if x.Kind != row.Time {
				return 0, false
			}
			return timetzOf(w.b.Bytes(x))
		})
	case Timestamp:
		return each(w, c, w.instant(row.Timestamp))
	case TimestampTZ:
		return each(w, c, w.instant(row.TimestampTZ))
	}
	return nil
}

// each writes the results of a function for the cells that are not NULL.
func each[T any](w *writer, c Column, value func(row.Cell) (T, bool)) error {
	to := unsafe.Slice((*T)(w.data), w.rows)
	for r, at := 0, 0; r < len(to); r, at = r+1, at+w.width {
		x := w.cells[at]
		if x.Kind == row.Null {
			w.null(r)
			continue
		}
		v, ok := value(x)
		if !ok {
			return c.Unheld(string(w.b.AppendText(nil, x)))
		}
		to[r] = v
	}
	return nil
}

// words writes cells of one kind, and booleans, whose value is all of their bits.
func words[T int64 | uint64](w *writer, c Column, kind row.Kind) error {
	to := unsafe.Slice((*T)(w.data), w.rows)
	for r, at := 0, 0; r < len(to); r, at = r+1, at+w.width {
		switch x := &w.cells[at]; x.Kind {
		case kind, row.Bool:
			to[r] = T(x.Bits)
		case row.Null:
			w.null(r)
		default:
			return c.Unheld(string(w.b.AppendText(nil, *x)))
		}
	}
	return nil
}

// doubles writes floats, and the doubles nearest to integers and decimals. A 32-bit
// float becomes the double that is printed for it, not the one with the same leading
// bits.
func (w *writer) doubles(c Column) error {
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
			p, ok := FloatDigits(w.b, x)
			if !ok {
				return n, false
			}
			return p.at(scale)
		default:
			return n, false
		}
		w.text = w.b.AppendText(w.text[:0], x)
		p, ok := ParseNumber(w.text)
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

// A stringRef is DuckDB's form of a text: up to 12 bytes in place, or the first four
// bytes and a pointer. Texts in the pinned arena are read from there, so that no cell
// costs a call: with one call for each, loading took twice as long.
type stringRef struct {
	length uint32
	prefix [4]byte
	at     uintptr
}

const inPlace = 12

func (w *writer) strings(c Column) error {
	to := unsafe.Slice((*stringRef)(w.data), w.rows)
	for r, at := 0, 0; r < len(to); r, at = r+1, at+w.width {
		x := w.cells[at]
		switch {
		case x.Kind == row.Null:
			w.null(r)
			continue
		case x.Flags&row.InArena == 0 || (x.Kind == row.Bytes) != (c.Type == Blob):
			if c.Type != Varchar {
				return c.Unheld(string(w.b.AppendText(nil, x)))
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

// repeat writes one value of an ENUM, a number as wide as its names require.
func (w *writer) repeat(wide duckdb.Type, value int) {
	switch wide {
	case duckdb.TypeUTinyInt:
		fill(unsafe.Slice((*uint8)(w.data), w.rows), uint8(value))
	case duckdb.TypeUSmallInt:
		fill(unsafe.Slice((*uint16)(w.data), w.rows), uint16(value))
	default:
		fill(unsafe.Slice((*uint32)(w.data), w.rows), uint32(value))
	}
}

func fill[T any](to []T, v T) {
	for i := range to {
		to[i] = v
	}
}
