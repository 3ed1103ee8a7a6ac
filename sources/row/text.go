// The canonical text of every value: what all formats print.

package row

import (
	"math"
	"strconv"
)

// AppendText appends the canonical text of a cell of the batch to dst:
//
//   - NULL appends nothing: the caller decides how NULL looks;
//   - booleans are true and false;
//   - integers and decimals are as the server has them, scale kept;
//   - floats have as few digits as read back to the same float, with an exponent
//     below 1e-4 and from 1e15 on, as PostgreSQL prints them: NaN, Infinity;
//   - dates are 2026-01-31, timestamps 2026-01-31T08:30:00.25 without trailing
//     zeros in the fraction, with Z if the type is an instant;
//   - bytes are \x and hexadecimal digits;
//   - text and JSON are untouched;
//   - values without such a form (zero dates, infinity, BC) are as the server prints them.
//
// AppendText may overwrite the bytes of dst between its length and its capacity.
func (b *Batch) AppendText(dst []byte, c Cell) []byte {
	if c.Flags&InArena != 0 {
		if c.Kind == Bytes {
			return appendHex(dst, b.Bytes(c))
		}
		return append(dst, b.Bytes(c)...)
	}
	return AppendValue(dst, c)
}

// AppendValue does the same as AppendText for a cell that is not InArena.
func AppendValue(dst []byte, c Cell) []byte {
	switch c.Kind {
	case Bool:
		return strconv.AppendBool(dst, c.Bits != 0)
	case Int:
		if int64(c.Bits) < 0 {
			return appendUint(append(dst, '-'), -c.Bits)
		}
		return appendUint(dst, c.Bits)
	case Uint:
		return appendUint(dst, c.Bits)
	case Float:
		return appendFloat(dst, math.Float64frombits(c.Bits), c.Flags&Single != 0)
	case Decimal:
		return appendDecimal(dst, int64(c.Bits), c.Scale)
	case Date:
		return appendDate(dst, int64(c.Bits))
	case Timestamp:
		return appendTimestamp(dst, int64(c.Bits))
	case TimestampTZ:
		return append(appendTimestamp(dst, int64(c.Bits)), 'Z')
	}
	return dst
}

func appendHex(dst, v []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '\\', 'x')
	for _, ch := range v {
		dst = append(dst, hex[ch>>4], hex[ch&15])
	}
	return dst
}
