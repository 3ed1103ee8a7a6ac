// Package row is the ground floor: values, rows and the batches they travel in.
//
// A [Batch] holds up to [MaxRows] rows of one source as tagged 16-byte cells in
// row order, and a byte arena for what does not fit into a cell. Cells hold no
// pointers, nothing is boxed, and batches are recycled, so that a row costs no
// allocation.
//
// A driver fills a batch cell by cell and hands it over:
//
//	b := row.NewBatch(schema)
//	for ... {
//		b.Int(7)
//		b.Text(name)
//		if b.EndRow() {
//			if err := emit(b); err != nil { return err }
//			b = row.NewBatch(schema)
//		}
//	}
//	return emit(b) // the rest, perhaps empty: the schema counts as well
//
// It imports nothing of ours.
package row

import (
	"math/bits"
	"slices"
	"sync"
	"unicode/utf8"
	"unsafe"
)

// A batch is full at MaxRows rows or MaxBytes bytes of cells and arena,
// whichever comes first; one row may exceed MaxBytes alone.
const (
	MaxRows  = 256
	MaxBytes = 128 << 10
)

// CellSize is the size of a Cell in bytes.
const CellSize = int(unsafe.Sizeof(Cell{}))

// Emit takes over a batch: from the call on the batch belongs to the callee, which
// calls [Batch.Release] when it no longer needs it. All rows are handed over in this
// way. An error tells the caller to stop producing.
type Emit func(*Batch) error

// A Cell is one tagged value. Bits holds the value itself or, if InArena is set, the offset
// of its Len bytes in the batch's arena.
//
//	Bool         0 or 1
//	Int          int64
//	Uint         uint64
//	Float        math.Float64bits; Single marks a 32-bit float widened to 64
//	Decimal      the unscaled int64, with Scale digits after the point; else in
//	             the arena as the server wrote it (more than 18 digits, NaN, …)
//	Date         days since 1970-01-01, years 1 to 9999; else in the arena
//	Timestamp,   microseconds since 1970-01-01T00:00:00 (UTC for TimestampTZ),
//	TimestampTZ  years 1 to 9999; else in the arena as the server wrote it
//	             (infinity, BC, zero dates)
//	Time, Text,  always in the arena
//	JSON, Bytes
type Cell struct {
	Bits  uint64
	Len   uint32
	Kind  Kind
	Scale uint8
	Flags Flags
}

// Flags qualify a cell.
type Flags uint8

const (
	// InArena: the value is in the arena, as its canonical text (Bytes: raw).
	InArena Flags = 1 << iota
	// Single: a Float that arrived as 32 bits. It is printed with just as many digits
	// as distinguish it from other 32-bit floats.
	Single
	// Escaped: a Text that was not valid UTF-8; its invalid bytes are written as \xNN.
	Escaped
)

// A Batch is a run of rows of one source. The zero value is not usable: see
// [NewBatch]. A batch has one owner at a time and is not safe for concurrent use.
type Batch struct {
	Schema *Schema
	Cells  []Cell // row after row, Schema.Width() each
	Arena  []byte
	rows   int
}

// free holds batches for reuse. Narrow rows and wide rows have separate pools: a batch for
// wide rows has too much room for narrow ones, and would be copied when it has to wait.
var free [8]sync.Pool

func freeOf(s *Schema) *sync.Pool { return &free[min(bits.Len(uint(s.Width())), len(free)-1)] }

// NewBatch returns an empty batch for rows of the schema.
func NewBatch(s *Schema) *Batch {
	b, ok := freeOf(s).Get().(*Batch)
	if !ok {
		b = new(Batch)
	}
	b.Schema = s
	return b
}

// Reserve makes room for this number of additional cells, and of bytes in the arena.
func (b *Batch) Reserve(cells, arena int) {
	b.Cells, b.Arena = slices.Grow(b.Cells, cells), slices.Grow(b.Arena, arena)
}

// Release returns the batch for reuse. The caller must not touch it again, nor bytes of
// its arena.
func (b *Batch) Release() {
	if cap(b.Arena) > 4*MaxBytes { // one huge value must not stay for good
		b.Arena = nil
	}
	pool := freeOf(b.Schema)
	b.Schema, b.Cells, b.Arena, b.rows = nil, b.Cells[:0], b.Arena[:0], 0
	pool.Put(b)
}

// Rows returns the number of complete rows.
func (b *Batch) Rows() int { return b.rows }

// Row returns the cells of row i. They are the batch's own: valid until Release.
func (b *Batch) Row(i int) []Cell {
	w := len(b.Schema.Columns)
	return b.Cells[i*w : (i+1)*w : (i+1)*w]
}

// Bytes returns the arena bytes of a cell that is InArena.
func (b *Batch) Bytes(c Cell) []byte {
	return b.Arena[c.Bits : c.Bits+uint64(c.Len) : c.Bits+uint64(c.Len)]
}

// Size returns the number of bytes in use; Footprint returns the memory that the batch
// occupies.
func (b *Batch) Size() int { return len(b.Cells)*CellSize + len(b.Arena) }

// RowSize returns the bytes that row i contributes to Size.
func (b *Batch) RowSize(i int) int {
	n := 0
	for _, c := range b.Row(i) {
		n += CellSize
		if c.Flags&InArena != 0 {
			n += int(c.Len)
		}
	}
	return n
}

// Footprint returns the number of bytes that the batch occupies, used or not.
func (b *Batch) Footprint() int { return cap(b.Cells)*CellSize + cap(b.Arena) + 96 }

// Compact returns a batch with the same rows that occupies little more than it uses: b
// itself, or a copy, in which case b is released.
func (b *Batch) Compact() *Batch {
	if b.Footprint() <= 2*b.Size()+1024 {
		return b
	}
	c := &Batch{Schema: b.Schema, rows: b.rows}
	c.Cells = append(make([]Cell, 0, len(b.Cells)), b.Cells...)
	c.Arena = append(make([]byte, 0, len(b.Arena)), b.Arena...)
	b.Release()
	return c
}

// Adopt turns b, which must be empty, into a batch of as many rows as src, with src's
// arena, so that cells of src may be appended to b as they are. Afterwards only the cells
// of src may be read, and the caller still has to release src.
func (b *Batch) Adopt(src *Batch) {
	b.Arena, src.Arena = src.Arena, b.Arena
	b.rows = src.rows
}

// Append adds the rows of src, which has the same schema, copying them.
func (b *Batch) Append(src *Batch) {
	shift := uint64(len(b.Arena))
	b.Arena = append(b.Arena, src.Arena...)
	for _, c := range src.Cells {
		if c.Flags&InArena != 0 {
			c.Bits += shift
		}
		b.Cells = append(b.Cells, c)
	}
	b.rows += src.rows
}

// AppendRow adds a copy of row i of src, which has the same columns and may have more after
// them. It reports whether the batch is full.
func (b *Batch) AppendRow(src *Batch, i int) (full bool) {
	start := len(b.Cells)
	b.Cells = append(b.Cells, src.Row(i)[:len(b.Schema.Columns)]...)
	for at := start; at < len(b.Cells); at++ {
		if c := &b.Cells[at]; c.Flags&InArena != 0 {
			v := src.Bytes(*c)
			c.Bits = uint64(len(b.Arena))
			b.Arena = append(b.Arena, v...)
		}
	}
	return b.EndRow()
}

// AppendCell adds a cell of src to the current row, copying it.
func (b *Batch) AppendCell(src *Batch, c Cell) {
	if c.Flags&InArena != 0 {
		v := src.Bytes(c)
		c.Bits = uint64(len(b.Arena))
		b.Arena = append(b.Arena, v...)
	}
	b.Cells = append(b.Cells, c)
}

// Pick returns a batch of the same rows with only these columns, in this order, under
// their schema. It releases b.
func (b *Batch) Pick(columns []int, s *Schema) *Batch {
	p := NewBatch(s)
	for i := range b.rows {
		cells := b.Row(i)
		for _, at := range columns {
			p.AppendCell(b, cells[at])
		}
	}
	p.rows = b.rows
	b.Release()
	return p
}

// Spread returns a batch of the same rows under another schema. Column i of that schema is
// the column places[i] of b, or NULL if places[i] is -1. It releases b.
func (b *Batch) Spread(places []int, s *Schema) *Batch {
	w := NewBatch(s)
	for i := range b.rows {
		cells := b.Row(i)
		for _, at := range places {
			if at < 0 {
				w.Null()
			} else {
				w.Cells = append(w.Cells, cells[at])
			}
		}
	}
	w.Adopt(b)
	b.Release()
	return w
}

// Single makes one a batch that has only row i. That batch shares the cells and the arena
// of b and is valid as long as they are. It must not be released.
func (b *Batch) Single(i int, one *Batch) {
	one.Schema, one.Cells, one.Arena, one.rows = b.Schema, b.Row(i), b.Arena, 1
}

// Cut keeps the rows from from up to, but not including, to.
func (b *Batch) Cut(from, to int) {
	w := len(b.Schema.Columns)
	b.Cells = b.Cells[:copy(b.Cells, b.Cells[from*w:to*w])]
	b.rows = to - from
}

// Keep copies v into the arena and returns its cell, which may be appended to Cells
// many times: one value in many rows.
func (b *Batch) Keep(k Kind, v string) Cell {
	c := Cell{Kind: k, Flags: InArena, Bits: uint64(len(b.Arena)), Len: uint32(len(v))}
	b.Arena = append(b.Arena, v...)
	return c
}

// EndRow closes the current row and reports whether the batch is full.
func (b *Batch) EndRow() (full bool) {
	b.rows++
	return b.rows >= MaxRows || b.Size() >= MaxBytes
}

// EndRows closes n rows, whose cells and arena were appended at once.
func (b *Batch) EndRows(n int) { b.rows += n }

// Null appends NULL to the current row.
func (b *Batch) Null() { b.Cells = append(b.Cells, Cell{}) }

// Bool appends a boolean.
func (b *Batch) Bool(v bool) {
	c := Cell{Kind: Bool}
	if v {
		c.Bits = 1
	}
	b.Cells = append(b.Cells, c)
}

// Int appends a signed integer.
func (b *Batch) Int(v int64) { b.Cells = append(b.Cells, Cell{Bits: uint64(v), Kind: Int}) }

// Uint appends an unsigned integer.
func (b *Batch) Uint(v uint64) { b.Cells = append(b.Cells, Cell{Bits: v, Kind: Uint}) }

// Text appends text, copying v. Bytes that are not UTF-8 are escaped as \xNN
// and the cell is flagged; the result reports whether v was valid.
func (b *Batch) Text(v []byte) (valid bool) {
	if !utf8.Valid(v) {
		return b.escaped(v)
	}
	b.arena(Cell{Kind: Text}, v)
	return true
}

// TextString does the same as Text for a string.
func (b *Batch) TextString(v string) (valid bool) {
	return b.Text(unsafe.Slice(unsafe.StringData(v), len(v)))
}

// JSON appends a JSON document as the server wrote it, copying v; invalid UTF-8
// is treated as by Text, and the cell then is Text.
func (b *Batch) JSON(v []byte) (valid bool) {
	if !utf8.Valid(v) {
		return b.escaped(v)
	}
	b.arena(Cell{Kind: JSON}, v)
	return true
}

// Blob appends bytes, copying v.
func (b *Batch) Blob(v []byte) { b.arena(Cell{Kind: Bytes}, v) }

// Exact appends a value of the kind as the text that the server wrote, copying v. It is
// for values without a value form; see [Cell]. The text must be UTF-8; numbers and
// dates are ASCII on every server.
func (b *Batch) Exact(k Kind, v []byte) { b.arena(Cell{Kind: k}, v) }

// Build appends a value of the kind; build appends its text to the arena.
func (b *Batch) Build(k Kind, build func(dst []byte) []byte) {
	start := len(b.Arena)
	b.Arena = build(b.Arena)
	b.Cells = append(b.Cells, Cell{Bits: uint64(start), Len: uint32(len(b.Arena) - start), Kind: k, Flags: InArena})
}

func (b *Batch) arena(c Cell, v []byte) {
	c.Bits, c.Len, c.Flags = uint64(len(b.Arena)), uint32(len(v)), c.Flags|InArena
	b.Arena = append(b.Arena, v...)
	b.Cells = append(b.Cells, c)
}

func (b *Batch) escaped(v []byte) bool {
	const hex = "0123456789abcdef"
	start := len(b.Arena)
	for len(v) > 0 {
		r, n := utf8.DecodeRune(v)
		if r == utf8.RuneError && n == 1 {
			b.Arena = append(b.Arena, '\\', 'x', hex[v[0]>>4], hex[v[0]&15])
		} else {
			b.Arena = append(b.Arena, v[:n]...)
		}
		v = v[n:]
	}
	b.Cells = append(b.Cells, Cell{Bits: uint64(start), Len: uint32(len(b.Arena) - start), Kind: Text, Flags: InArena | Escaped})
	return false
}
