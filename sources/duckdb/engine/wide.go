// Integers of 128 bits, as DuckDB holds them, from and to decimal digits.

package engine

import (
	"bytes"
	"math"
	"math/bits"
	"strconv"

	"github.com/fanql/fanql/sources/row"
)

// An int128 is a signed integer in two's complement, laid out as DuckDB's own.
type int128 struct {
	lo uint64
	hi int64
}

// MaxDigits is the largest number of digits of a DECIMAL.
const MaxDigits = 38

// pow10 are the powers of ten that fit into 64 bits.
var pow10 = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// scaled returns v times 10 to the power of by; ok is false if that has more than
// MaxDigits digits.
func scaled(v int64, by int) (n int128, ok bool) {
	u := uint64(v)
	if v < 0 {
		u = -u
	}
	if u == 0 {
		return int128{}, true
	}
	if by < 0 || Digits(u)+by > MaxDigits {
		return int128{}, false
	}
	hi, lo := bits.Mul64(u, pow10[min(by, 19)])
	if by > 19 {
		hi, lo = mul(hi, lo, pow10[by-19])
	}
	return signed(hi, lo, v < 0), true
}

// mul multiplies 128 bits by 64; the product must fit.
func mul(hi, lo, by uint64) (uint64, uint64) {
	over, low := bits.Mul64(lo, by)
	return hi*by + over, low
}

func signed(hi, lo uint64, negative bool) int128 {
	if negative {
		var carry uint64
		lo, carry = bits.Add64(^lo, 1, 0)
		hi, _ = bits.Add64(^hi, 0, carry)
	}
	return int128{lo, int64(hi)}
}

// Digits returns the number of decimal digits of u; 0 has none.
func Digits(u uint64) (n int) {
	for n < len(pow10) && u >= pow10[n] {
		n++
	}
	return n
}

// A Number is a text [-]digits[.digits], split into its parts.
type Number struct {
	Negative        bool
	Whole, Fraction []byte // digits; Whole without zeros at its front
}

// ParseNumber reads such a text; ok is false for any other.
func ParseNumber(v []byte) (p Number, ok bool) {
	if len(v) > 0 && v[0] == '-' {
		p.Negative, v = true, v[1:]
	}
	at := 0
	for at < len(v) && v[at]-'0' <= 9 {
		at++
	}
	p.Whole = v[:at]
	if at == 0 {
		return p, false
	}
	if at < len(v) {
		if v[at] != '.' || at+1 == len(v) {
			return p, false
		}
		p.Fraction = v[at+1:]
		for _, ch := range p.Fraction {
			if ch-'0' > 9 {
				return p, false
			}
		}
	}
	for len(p.Whole) > 0 && p.Whole[0] == '0' {
		p.Whole = p.Whole[1:]
	}
	return p, true
}

// at returns the number times 10 to the power of scale, which must be at least the
// number of digits of its fraction.
func (p Number) at(scale int) (n int128, ok bool) {
	if len(p.Fraction) > scale || len(p.Whole)+scale > MaxDigits {
		return n, false
	}
	var hi, lo uint64
	push := func(digit byte) {
		hi, lo = mul(hi, lo, 10)
		var carry uint64
		lo, carry = bits.Add64(lo, uint64(digit-'0'), 0)
		hi += carry
	}
	for _, d := range p.Whole {
		push(d)
	}
	for _, d := range p.Fraction {
		push(d)
	}
	for range scale - len(p.Fraction) {
		push('0')
	}
	return signed(hi, lo, p.Negative), true
}

// appendWide appends hi and lo, a number without a sign, with scale digits after
// the point.
func appendWide(dst []byte, hi, lo uint64, scale int) []byte {
	var text [64]byte
	at := len(text)
	for hi > 0 || lo > 0 || len(text)-at <= scale {
		q := hi / pow10[19] // 19 digits a step
		var group uint64
		lo, group = bits.Div64(hi%pow10[19], lo, pow10[19])
		hi = q
		for range 19 {
			if group == 0 && hi == 0 && lo == 0 && len(text)-at > scale {
				break
			}
			at--
			text[at] = byte('0' + group%10)
			group /= 10
		}
	}
	point := len(text) - scale
	dst = append(dst, text[at:point]...)
	if scale > 0 {
		dst = append(append(dst, '.'), text[point:]...)
	}
	return dst
}

// formatInt128 is appendWide for a signed number.
func formatInt128(n int128, scale int) []byte {
	var dst []byte
	if n.hi < 0 {
		n = signed(uint64(n.hi), n.lo, true) // -2^127 is its own negative, and is correct as an unsigned number
		dst = append(dst, '-')
	}
	return appendWide(dst, uint64(n.hi), n.lo, scale)
}

// appendPlainFloat writes a float's text such as 1.5e-07 or 1e+20 without the
// exponent.
func appendPlainFloat(dst, text []byte) []byte {
	mantissa, exponent, found := bytes.Cut(text, []byte("e"))
	if !found {
		return append(dst, text...)
	}
	if mantissa[0] == '-' {
		dst, mantissa = append(dst, '-'), mantissa[1:]
	}
	by, _ := strconv.Atoi(string(exponent)) // strconv wrote it
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	all := append(bytes.Clone(whole), fraction...)
	switch point := len(whole) + by; {
	case point <= 0:
		dst = append(dst, "0."...)
		dst = append(dst, bytes.Repeat([]byte("0"), -point)...)
		return append(dst, all...)
	case point >= len(all):
		dst = append(dst, all...)
		return append(dst, bytes.Repeat([]byte("0"), point-len(all))...)
	default:
		dst = append(dst, all[:point]...)
		return append(append(dst, '.'), all[point:]...)
	}
}

// FloatDigits returns a float's canonical text, which reads back to it, as plain
// digits; ok is false if it has none.
func FloatDigits(b *row.Batch, c row.Cell) (p Number, ok bool) {
	if v := math.Float64frombits(c.Bits); math.IsNaN(v) || math.IsInf(v, 0) {
		return p, false
	}
	return ParseNumber(appendPlainFloat(nil, b.AppendText(nil, c)))
}
