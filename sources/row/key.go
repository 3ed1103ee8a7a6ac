// Keys: bytes that compare as values do, across kinds.

package row

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// The first byte of a key: the class of the value, or a part of the class.
const (
	keyNull     = 0x01
	keyNegInf   = 0x10
	keyNegative = 0x11
	keyZero     = 0x12
	keyPositive = 0x13
	keyInf      = 0x14
	keyNaN      = 0x15
	keyInstant  = 0x20
	keyClock    = 0x30
	keyText     = 0x40
	keyBytes    = 0x50
)

// AppendKey appends bytes to dst that compare, by [bytes.Compare], as values do;
// those of equal values are the same. No key begins with another, so that keys of
// several cells may follow each other.
//
//   - NULL is equal to NULL and below every other value;
//   - numbers compare by value whatever their kind: a boolean is 0 or 1, a float
//     is the decimal that is printed for it, 1.10 is 1.1, -0 is 0, and NaN is one
//     number above all others;
//   - dates and timestamps compare by instant: a date as its midnight, and a value
//     without a zone as if it were in UTC; a date that does not exist compares as if
//     it existed;
//   - times of day compare by instant, and then by zone if they have one;
//   - text and JSON compare by bytes, without regard to any locale;
//   - bytes compare by bytes.
//
// Values of different classes compare in the order given here.
func (b *Batch) AppendKey(dst []byte, c Cell) []byte {
	switch c.Kind {
	case Null:
		return append(dst, keyNull)
	case Bool, Uint:
		return appendUintKey(dst, c.Bits, false, 0)
	case Int:
		return appendIntKey(dst, int64(c.Bits), 0)
	case Decimal:
		if c.Flags&InArena != 0 {
			return appendNumberKey(dst, b.Bytes(c))
		}
		return appendIntKey(dst, int64(c.Bits), int(c.Scale))
	case Float:
		return appendFloatKey(dst, math.Float64frombits(c.Bits), c.Flags&Single != 0)
	case Date:
		if c.Flags&InArena == 0 {
			return appendInstantKey(dst, int64(c.Bits), 0)
		}
		return appendInstantTextKey(dst, b.Bytes(c))
	case Timestamp, TimestampTZ:
		if c.Flags&InArena == 0 {
			days, micros := divFloor(int64(c.Bits), MicrosPerDay)
			return appendInstantKey(dst, days, micros)
		}
		return appendInstantTextKey(dst, b.Bytes(c))
	case Time:
		return appendClockKey(dst, b.Bytes(c))
	case Bytes:
		return appendBytesKey(append(dst, keyBytes), b.Bytes(c))
	}
	return appendBytesKey(append(dst, keyText), b.Bytes(c))
}

// AppendFoldedKey does the same as AppendKey, but ignores the case of letters.
func (b *Batch) AppendFoldedKey(dst []byte, c Cell) []byte {
	if c.Kind != Text {
		return b.AppendKey(dst, c)
	}
	dst = append(dst, keyText)
	start := len(dst)
	for v := b.Bytes(c); len(v) > 0; {
		r, n := utf8.DecodeRune(v)
		dst = utf8.AppendRune(dst, unicode.ToLower(r))
		v = v[n:]
	}
	if bytes.IndexByte(dst[start:], 0) < 0 {
		return append(dst, 0, 1)
	}
	folded := append([]byte(nil), dst[start:]...)
	return appendBytesKey(dst[:start], folded)
}

// AppendTextKey does the same as AppendKey for a text that is not in a cell.
func AppendTextKey(dst, text []byte) []byte { return appendBytesKey(append(dst, keyText), text) }

// appendBytesKey ends v so that a longer text compares above it. The byte that follows
// a zero byte distinguishes it from the end.
func appendBytesKey(dst, v []byte) []byte {
	for {
		i := bytes.IndexByte(v, 0)
		if i < 0 {
			return append(append(dst, v...), 0, 1)
		}
		dst = append(append(dst, v[:i]...), 0, 0xff)
		v = v[i+1:]
	}
}

func appendIntKey(dst []byte, v int64, scale int) []byte {
	if v < 0 {
		return appendUintKey(dst, -uint64(v), true, scale)
	}
	return appendUintKey(dst, uint64(v), false, scale)
}

func appendUintKey(dst []byte, v uint64, negative bool, scale int) []byte {
	if v == 0 {
		return append(dst, keyZero)
	}
	n := length(v)
	if n > 16 {
		var buf [2 * room]byte
		return appendDigitsKey(dst, appendUint(buf[:0], v), n-scale, negative)
	}
	// The same as appendDigitsKey, in one step.
	v *= tens[16-n]
	high := v / 1e8
	packed := bytewise(twos(high)) | bytewise(twos(v-high*1e8))<<32
	last := 8 - bits.LeadingZeros64(packed)/8
	packed += 0x0101_0101_0101_0101
	dst = appendExponent(roomy(dst), n-scale, negative)
	start := len(dst)
	dst = append(binary.LittleEndian.AppendUint64(dst, packed)[:start+last], 0)
	if negative {
		Invert(dst[start:])
	}
	return dst
}

// bytewise returns the low bytes of four fields of 16 bits.
func bytewise(v uint64) uint64 {
	v = (v | v>>8) & 0x0000_ffff_0000_ffff
	return (v | v>>16) & 0xffff_ffff
}

func appendFloatKey(dst []byte, v float64, single bool) []byte {
	const exact = 1 << 53 // integers below it are printed with all their digits
	if v == math.Trunc(v) && math.Abs(v) < exact && !single {
		return appendIntKey(dst, int64(v), 0)
	}
	var buf [2 * room]byte
	return appendNumberKey(dst, appendFloat(buf[:0], v, single))
}

// appendNumberKey reads a number as a server writes it: digits that may have a sign, a
// point and an exponent, or a name. Anything else is not a number, and compares as text.
func appendNumberKey(dst, v []byte) []byte {
	switch string(v) {
	case "NaN":
		return append(dst, keyNaN)
	case "Infinity":
		return append(dst, keyInf)
	case "-Infinity":
		return append(dst, keyNegInf)
	}
	rest := v
	negative := len(rest) > 0 && rest[0] == '-'
	if negative || (len(rest) > 0 && rest[0] == '+') {
		rest = rest[1:]
	}
	exponent := 0
	if i := bytes.IndexAny(rest, "eE"); i >= 0 {
		n, err := strconv.Atoi(string(rest[i+1:]))
		if err != nil || n > maxExponent || n < -maxExponent {
			return appendBytesKey(append(dst, keyText), v)
		}
		rest, exponent = rest[:i], n
	}
	var buf [64]byte
	digits, point := buf[:0], -1
	for _, ch := range rest {
		switch {
		case ch >= '0' && ch <= '9':
			digits = append(digits, ch)
		case ch == '.' && point < 0:
			point = len(digits)
		default:
			return appendBytesKey(append(dst, keyText), v)
		}
	}
	if len(digits) == 0 || len(digits) > maxExponent {
		return appendBytesKey(append(dst, keyText), v)
	}
	if point < 0 {
		point = len(digits)
	}
	return appendDigitsKey(dst, digits, point+exponent, negative)
}

// maxExponent is larger than the exponent of any server's number: PostgreSQL's have 131,072
// digits before the point.
const maxExponent = 1 << 21

// appendDigitsKey encodes 0.digits times ten to the exponent: the exponent, then
// two digits a byte, then an end below all digits; all inverted below zero.
func appendDigitsKey(dst, digits []byte, exponent int, negative bool) []byte {
	for len(digits) > 0 && digits[0] == '0' {
		digits, exponent = digits[1:], exponent-1
	}
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	if len(digits) == 0 {
		return append(dst, keyZero)
	}
	dst = appendExponent(dst, exponent, negative)
	start := len(dst)
	for len(digits) > 1 {
		dst = append(dst, (digits[0]-'0')*10+digits[1]-'0'+1)
		digits = digits[2:]
	}
	if len(digits) == 1 {
		dst = append(dst, (digits[0]-'0')*10+1)
	}
	dst = append(dst, 0)
	if negative {
		Invert(dst[start:])
	}
	return dst
}

// appendExponent begins the key of a number that is not 0.
func appendExponent(dst []byte, exponent int, negative bool) []byte {
	e, class := uint32(exponent+2*maxExponent), byte(keyPositive)
	if negative {
		e, class = ^e, keyNegative
	}
	return append(dst, class, byte(e>>16), byte(e>>8), byte(e))
}

// Invert reverses the order of keys, in place.
func Invert(key []byte) {
	for i := range key {
		key[i] = ^key[i]
	}
}

// appendInstantKey encodes a day, counted from 1970-01-01, and microseconds in it. The
// last byte marks an instant that exists.
func appendInstantKey(dst []byte, days, micros int64) []byte {
	dst = binary.BigEndian.AppendUint32(append(dst, keyInstant), uint32(days+1<<31))
	dst = append(dst, byte(micros>>32))
	dst = binary.BigEndian.AppendUint32(dst, uint32(micros))
	return append(dst, 0)
}

// appendInstantTextKey encodes instants without a value form: infinities, years before
// 1 and after 9999, and dates that do not exist, which differ from all that do.
func appendInstantTextKey(dst, v []byte) []byte {
	switch string(v) {
	case "infinity":
		return appendInstantKey(dst, math.MaxUint32-1<<31, MicrosPerDay)
	case "-infinity":
		return appendInstantKey(dst, -1<<31, 0)
	}
	days, micros, exists := readInstant(v)
	dst = appendInstantKey(dst, days, micros)
	if exists {
		return dst
	}
	dst[len(dst)-1] = 1
	return appendBytesKey(dst, v)
}

// appendClockKey encodes [-]H:MM:SS[.ffffff] with a zone of +HH[:MM[:SS]] or without
// one. Any other text compares above all times.
func appendClockKey(dst, v []byte) []byte {
	micros, zone, zoned, ok := readClock(v)
	if !ok {
		micros = math.MaxInt64
	}
	dst = binary.BigEndian.AppendUint64(append(dst, keyClock), uint64(micros)+1<<63)
	switch {
	case !ok:
		return appendBytesKey(append(dst, 2), v)
	case zoned:
		return binary.BigEndian.AppendUint32(append(dst, 1), uint32(int64(zone)+1<<31))
	}
	return append(dst, 0)
}

// divFloor divides, with a remainder that is not negative.
func divFloor(v, by int64) (quotient, rest int64) {
	quotient, rest = v/by, v%by
	if rest < 0 {
		quotient, rest = quotient-1, rest+by
	}
	return quotient, rest
}
