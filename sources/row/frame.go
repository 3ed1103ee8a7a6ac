// Batches as bytes, for temporary files of this process only.

package row

import (
	"encoding/binary"
	"errors"
	"unsafe"
)

// ErrFrame is the error for bytes that are not an encoded batch.
var ErrFrame = errors.New("not the bytes of a batch")

// FrameHeader is the number of bytes that a frame has in addition to the batch's Size.
const FrameHeader = 12

// AppendFrame appends the rows of the batch to dst, without their schema. The form
// depends on this machine and this version: only [Batch.DecodeFrame] of the same
// process reads it.
func (b *Batch) AppendFrame(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(b.rows))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b.Cells)))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b.Arena)))
	dst = append(dst, cellBytes(b.Cells)...)
	return append(dst, b.Arena...)
}

// DecodeFrame fills the batch, which must be empty and have the right schema, with the
// rows that AppendFrame wrote, copying them. Its error is ErrFrame.
func (b *Batch) DecodeFrame(p []byte) error {
	if len(p) < FrameHeader {
		return ErrFrame
	}
	rows := int(binary.LittleEndian.Uint32(p))
	cells := int(binary.LittleEndian.Uint32(p[4:]))
	arena := int(binary.LittleEndian.Uint32(p[8:]))
	p = p[FrameHeader:]
	if cells != rows*b.Schema.Width() || len(p) != cells*CellSize+arena {
		return ErrFrame
	}
	if cap(b.Cells) < cells {
		b.Cells = make([]Cell, cells)
	}
	b.Cells = b.Cells[:cells]
	copy(cellBytes(b.Cells), p)
	b.Arena = append(b.Arena[:0], p[cells*CellSize:]...)
	b.rows = rows
	for _, c := range b.Cells {
		if !c.sound(uint64(arena)) {
			return ErrFrame
		}
	}
	return nil
}

// sound reports whether the cell's text lies within an arena of that size.
func (c Cell) sound(arena uint64) bool {
	switch v := int64(c.Bits); {
	case c.Flags&InArena != 0:
		return c.Kind <= Any && c.Bits <= arena && uint64(c.Len) <= arena-c.Bits
	case c.Kind == Decimal:
		return c.Scale <= maxScale
	case c.Kind == Date:
		return v >= FirstDay && v <= LastDay
	case c.Kind == Timestamp || c.Kind == TimestampTZ:
		return v >= FirstDay*MicrosPerDay && v < (LastDay+1)*MicrosPerDay
	}
	return c.Kind <= Any
}

// cellBytes views cells as bytes: they hold no pointers.
func cellBytes(cells []Cell) []byte {
	if len(cells) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&cells[0])), len(cells)*CellSize)
}
