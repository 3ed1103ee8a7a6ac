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
//     zeros in the fraction, with Z where the type is an instant;
//   - bytes are \x and hexadecimal digits;
//   - text and JSON are untouched;
//   - what has no such form (zero dates, infinity, BC) is as the server prints it.
func (b *Batch) AppendText(dst []byte, c Cell) []byte {
	if c.Flags&InArena != 0 {
		if c.Kind == Bytes {
			return appendHex(dst, b.Bytes(c))
		}
		return append(dst, b.Bytes(c)...)
	}
	return AppendValue(dst, c)
}

// AppendValue is AppendText for a cell that is not InArena.
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

const pairs = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"

func append2(dst []byte, v int) []byte {
	return append(dst, pairs[2*v], pairs[2*v+1])
}

func appendUint(dst []byte, v uint64) []byte {
	var buf [20]byte
	return append(dst, buf[putUint(buf[:], v):]...)
}

// putUint writes four digits a step, up to the end of the buffer, and gives where
// they begin.
func putUint(buf []byte, v uint64) int {
	i := len(buf)
	for v >= 1e4 {
		q := v / 1e4
		i -= 4
		put4(buf[i:], uint32(v-q*1e4))
		v = q
	}
	n := uint32(v)
	if n >= 100 {
		i -= 2
		put2(buf[i:], n%100)
		n /= 100
	}
	if n >= 10 {
		i -= 2
		put2(buf[i:], n)
	} else {
		i--
		buf[i] = byte('0' + n)
	}
	return i
}

// put2 writes a number below 100, put4 one below 10,000.
func put2(buf []byte, v uint32) {
	_ = buf[1]
	buf[0], buf[1] = pairs[2*v], pairs[2*v+1]
}

func put4(buf []byte, v uint32) {
	_ = buf[3]
	high := v / 100
	low := v - high*100
	buf[0], buf[1], buf[2], buf[3] = pairs[2*high], pairs[2*high+1], pairs[2*low], pairs[2*low+1]
}

// appendFixed writes digits with a point before the last places of them.
func appendFixed(dst []byte, negative bool, digits uint64, places int) []byte {
	var buf [48]byte
	i := len(buf)
	if places > 0 {
		for ; places >= 4; places -= 4 {
			q := digits / 1e4
			i -= 4
			put4(buf[i:], uint32(digits-q*1e4))
			digits = q
		}
		for ; places > 0; places-- {
			q := digits / 10
			i--
			buf[i] = byte('0' + digits - q*10)
			digits = q
		}
		i--
		buf[i] = '.'
	}
	i = putUint(buf[:i], digits)
	if negative {
		i--
		buf[i] = '-'
	}
	return append(dst, buf[i:]...)
}

func appendDate(dst []byte, days int64) []byte {
	y, m, d := civilFromDays(days)
	dst = append2(append2(dst, y/100), y%100)
	dst = append2(append(dst, '-'), m)
	return append2(append(dst, '-'), d)
}

func appendTimestamp(dst []byte, micros int64) []byte {
	days := micros / MicrosPerDay
	rest := micros - days*MicrosPerDay
	if rest < 0 {
		days, rest = days-1, rest+MicrosPerDay
	}
	dst = append(appendDate(dst, days), 'T')
	s, frac := int(rest/microsPerSecond), int(rest%microsPerSecond)
	dst = append(append2(dst, s/3600), ':')
	dst = append(append2(dst, s/60%60), ':')
	dst = append2(dst, s%60)
	if frac == 0 {
		return dst
	}
	dst = append(dst, '.')
	dst = append2(append2(append2(dst, frac/10000), frac/100%100), frac%100)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
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
