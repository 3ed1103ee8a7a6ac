// Decimal digits, eight at a time: the basis of every number and date as text.

package row

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// room is more bytes than any value outside the arena takes, including the bytes that are
// stored beyond its end while it is written.
const room = 64

// roomy returns dst with room bytes of capacity after its end.
func roomy(dst []byte) []byte {
	if cap(dst)-len(dst) < room {
		return slices.Grow(dst, room)
	}
	return dst
}

// zeros are eight of the character 0.
const zeros = 0x3030303030303030

// twos splits a number below 1e8 into pairs of digits, in four fields of 16 bits, the
// first pair in the lowest: it splits into fields of 32 bits and then of 16, and
// divides by multiplication.
func twos(v uint64) uint64 {
	high := v / 1e4
	fours := high | (v-high*1e4)<<32
	hundreds := fours * 10486 >> 20 & (0x7f<<32 | 0x7f)
	return hundreds | (fours-hundreds*100)<<16
}

// eight returns the digits of a number below 1e8 as bytes from 0 to 9, the first digit
// in the lowest byte.
func eight(v uint64) uint64 {
	pairsOfDigits := twos(v)
	tens := pairsOfDigits * 103 >> 10 & 0x000f_000f_000f_000f
	return tens | (pairsOfDigits-tens*10)<<8
}

// put8 writes the digits of a number below 1e8, with zeros before them.
func put8(dst []byte, v uint64) { binary.LittleEndian.PutUint64(dst, eight(v)|zeros) }

// appendUint writes a number without zeros before it.
func appendUint(dst []byte, v uint64) []byte {
	dst = roomy(dst)
	n := len(dst)
	switch {
	case v < 10:
		return append(dst, '0'+byte(v))
	case v < 100:
		return append(dst, pairs[v][:]...)
	case v < 1e8:
		digits := eight(v)
		skip := bits.TrailingZeros64(digits) &^ 7
		binary.LittleEndian.PutUint64(dst[n:n+8], (digits|zeros)>>skip)
		return dst[:n+8-skip/8]
	}
	high := v / 1e8
	dst = roomy(appendUint(dst, high))
	n = len(dst)
	put8(dst[n:n+8], v-high*1e8)
	return dst[:n+8]
}

// tens are the powers of ten that 64 bits hold.
var tens = func() (p [20]uint64) {
	p[0] = 1
	for i := range p[1:] {
		p[i+1] = p[i] * 10
	}
	return p
}()

// length returns the number of digits of a number that is not 0.
func length(v uint64) int {
	n := bits.Len64(v) * 1233 >> 12 // log10(2)
	if v >= tens[n] {
		n++
	}
	return n
}

// appendFixed writes digits with a point before the last places of them; places is 24
// at most.
func appendFixed(dst []byte, negative bool, digits uint64, places int) []byte {
	if negative {
		dst = append(dst, '-')
	}
	whole, fraction := uint64(0), digits
	switch {
	case places == 0:
		return appendUint(dst, digits)
	case places == 2: // of most
		whole = digits / 100
		dst = append(appendUint(dst, whole), '.')
		return append(dst, pairs[digits-whole*100][:]...)
	case places < len(tens):
		whole = digits / tens[places]
		fraction = digits - whole*tens[places]
	}
	dst = roomy(append(appendUint(dst, whole), '.'))
	if places > 16 {
		head := fraction / 1e16
		dst = roomy(appendLeft(dst, head, places-16))
		fraction, places = fraction-head*1e16, 16
	}
	return appendLeft(dst, fraction, places)
}

// appendLeft appends a number of at most 16 digits, padded with zeros to this length.
// dst must have room for them.
func appendLeft(dst []byte, v uint64, digits int) []byte {
	n := len(dst)
	if digits <= 8 {
		put8(dst[n:n+8], v*tens[8-digits])
		return dst[:n+digits]
	}
	v *= tens[16-digits]
	high := v / 1e8
	put8(dst[n:n+8], high)
	put8(dst[n+8:n+16], v-high*1e8)
	return dst[:n+digits]
}

// pairs are the numbers below 100 with two digits.
var pairs = func() (p [100][2]byte) {
	for i := range p {
		p[i] = [2]byte{'0' + byte(i/10), '0' + byte(i%10)}
	}
	return p
}()

// dateSize is how long YYYY-MM-DD is.
const dateSize = 10

func putDate(dst []byte, days int64) {
	y, m, d := civilFromDays(days)
	p := (*[dateSize]byte)(dst)
	*(*[2]byte)(p[0:]) = pairs[y/100]
	*(*[2]byte)(p[2:]) = pairs[y%100]
	p[4] = '-'
	*(*[2]byte)(p[5:]) = pairs[m]
	p[7] = '-'
	*(*[2]byte)(p[8:]) = pairs[d]
}

func appendDate(dst []byte, days int64) []byte {
	dst = roomy(dst)
	n := len(dst)
	putDate(dst[n:n+dateSize], days)
	return dst[:n+dateSize]
}

func appendTimestamp(dst []byte, micros int64) []byte {
	days, rest := divFloor(micros, MicrosPerDay)
	dst = roomy(dst)
	n := len(dst)
	const toSeconds = dateSize + len("T08:30:00")
	p := (*[toSeconds + 1 + 8]byte)(dst[n : n+toSeconds+1+8])
	putDate(p[:], days)
	seconds := uint64(rest) / microsPerSecond
	fraction := uint64(rest) - seconds*microsPerSecond
	minutes := seconds / 60
	hours := minutes / 60
	p[10], p[13], p[16] = 'T', ':', ':'
	*(*[2]byte)(p[11:]) = pairs[hours]
	*(*[2]byte)(p[14:]) = pairs[minutes-hours*60]
	*(*[2]byte)(p[17:]) = pairs[seconds-minutes*60]
	if fraction == 0 {
		return dst[:n+toSeconds]
	}
	digits := eight(fraction * 100) // of six digits
	p[toSeconds] = '.'
	binary.LittleEndian.PutUint64(p[toSeconds+1:], digits|zeros)
	return dst[:n+toSeconds+1+8-bits.LeadingZeros64(digits)/8]
}
