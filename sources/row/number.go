// Numbers: floats and decimals into cells.

package row

import (
	"bytes"
	"math"
)

// Float appends a 64-bit float.
func (b *Batch) Float(v float64) {
	b.Cells = append(b.Cells, Cell{Bits: math.Float64bits(v), Kind: Float})
}

// Float32 appends a 32-bit float, which is printed as one.
func (b *Batch) Float32(v float32) {
	b.Cells = append(b.Cells, Cell{Bits: math.Float64bits(float64(v)), Kind: Float, Flags: Single})
}

// Decimal appends an exact decimal from the server's text, such as -12.340, and keeps
// the scale. Leading zeros that a server pads a number with are left out, and a zero is
// put before a leading point, so that the text is a number in every format. Text that
// is not of the plain form [-]digits[.digits], or is longer than 18 digits, is kept as
// it is (NaN, Infinity, 1E+20, …).
func (b *Batch) Decimal(v []byte) {
	unscaled, scale, ok := parseDecimal(v)
	if !ok {
		if unpadded, padded := unpad(v); padded {
			b.Decimal(unpadded)
			return
		}
		b.Exact(Decimal, v)
		return
	}
	b.Cells = append(b.Cells, Cell{Bits: uint64(unscaled), Kind: Decimal, Scale: scale})
}

// unpad returns a number without needless leading zeros, as in 007.50 and -00.5, and with a
// zero before a leading point, as in .5. It reports whether the text has changed.
func unpad(v []byte) (_ []byte, padded bool) {
	digits, negative := bytes.CutPrefix(v, []byte{'-'})
	rest := digits
	for len(rest) > 1 && rest[0] == '0' && rest[1]-'0' <= 9 {
		rest = rest[1:]
	}
	pointed := len(rest) > 1 && rest[0] == '.' && rest[1]-'0' <= 9
	if len(rest) == len(digits) && !pointed {
		return v, false
	}
	number := make([]byte, 0, len(rest)+2)
	if negative {
		number = append(number, '-')
	}
	if pointed {
		number = append(number, '0')
	}
	return append(number, rest...), true
}

// parseDecimal reads only what appendDecimal writes back character by character, so
// that the value form never changes how a number looks.
func parseDecimal(v []byte) (unscaled int64, scale uint8, ok bool) {
	digits := v
	neg := len(digits) > 0 && digits[0] == '-'
	if neg {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > 19 || digits[0] == '.' ||
		(len(digits) > 1 && digits[0] == '0' && digits[1] != '.') {
		return 0, 0, false
	}
	point := -1
	for i, ch := range digits {
		if digit := ch - '0'; digit <= 9 {
			unscaled = unscaled*10 + int64(digit)
			continue
		}
		if ch != '.' || point >= 0 || i == len(digits)-1 {
			return 0, 0, false
		}
		point = i
	}
	n := len(digits)
	if point >= 0 {
		scale = uint8(len(digits) - point - 1)
		n--
	}
	if n > 18 || (neg && unscaled == 0) { // -0.00 keeps its sign as text
		return 0, 0, false
	}
	if neg {
		unscaled = -unscaled
	}
	return unscaled, scale, true
}

// maxScale is the largest scale that parseDecimal returns.
const maxScale = 18

// appendDecimal writes unscaled with scale digits after the point, maxScale at
// most.
func appendDecimal(dst []byte, unscaled int64, scale uint8) []byte {
	if unscaled < 0 {
		return appendFixed(dst, true, -uint64(unscaled), int(scale))
	}
	return appendFixed(dst, false, uint64(unscaled), int(scale))
}
