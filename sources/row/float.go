// The shortest digits of a float, for floats of common sizes.

package row

import (
	"math"
	"math/bits"
	"strconv"
)

// Floats from leastFixed up to limitFixed are written without an exponent.
const leastFixed, limitFixed = 1e-4, 1e15

func appendFloat(dst []byte, v float64, single bool) []byte {
	switch {
	case v != v:
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	}
	size, format, least, limit := 64, byte('f'), leastFixed, limitFixed
	if single {
		size, least, limit = 32, float64(float32(leastFixed)), 1e6
	}
	a := math.Abs(v)
	if a != 0 && (a < least || a >= limit) {
		format = 'e'
	}
	if !single && format == 'f' {
		if digits, places, ok := shortest(a); ok {
			return appendFixed(dst, v < 0, digits, places)
		}
	}
	return strconv.AppendFloat(dst, v, format, -1, size)
}

// DoubleOf returns the double of a Float. For one of 32 bits that is the double nearest
// to the digits that are printed for it, not the one with the same leading bits.
func DoubleOf(c Cell) float64 {
	v := math.Float64frombits(c.Bits)
	if c.Flags&Single == 0 || v != v || math.IsInf(v, 0) {
		return v
	}
	var room [32]byte
	v, _ = strconv.ParseFloat(string(appendFloat(room[:0], v, true)), 64) // it was written so
	return v
}

// shortest returns the fewest digits that read back as v, and of those the closest to it: v
// is about digits / 10^places. It is the algorithm Schubfach (Raffaello Giulietti, The
// Schubfach way to render doubles, 2020) for v from leastFixed up to limitFixed, where all
// of it is exact in 128 bits, without a table of rounded powers. It takes a third of
// strconv's time. For 0, and for powers of two, whose lower neighbour is nearer than the
// upper, ok is false.
func shortest(v float64) (digits uint64, places int, ok bool) {
	const fraction = 1<<52 - 1
	b := math.Float64bits(v)
	if b&fraction == 0 {
		return 0, 0, false
	}
	c, down := b&fraction|1<<52, uint(1075-b>>52) // v is c / 2^down
	// 10^-places is less than the gap between two floats here, and ten times that is more:
	// at least one of its multiples reads back as v, and at most one of those that end in 0
	// does.
	places = int(down*78913>>18) + 1 // log10(2)
	unit := powers[places]
	scaled := mul(unit, c) // v in these units, times 2^down
	s := scaled.right(down)
	rest := scaled.sub(left(s, down))
	reads := func(distance uint128) bool { // half the gap, which counts itself if c is even
		order := distance.add(distance).compare(unit)
		return order < 0 || order == 0 && c&1 == 0
	}
	last := s % 10
	if reads(left(last, down).add(rest)) {
		digits, places = trim(s-last, places)
		return digits, places, true
	}
	if reads(left(10-last, down).sub(rest)) {
		digits, places = trim(s-last+10, places)
		return digits, places, true
	}
	above := left(1, down).sub(rest)
	switch order := rest.compare(above); {
	case !reads(above):
		return s, places, true
	case !reads(rest), order > 0, order == 0 && s&1 == 1:
		return s + 1, places, true
	}
	return s, places, true
}

// trim drops the zeros at the end of digits, of which there is one at least.
func trim(digits uint64, places int) (uint64, int) {
	digits, places = digits/10, places-1
	if digits%10 != 0 { // of most
		return digits, places
	}
	// Constants, which need no division.
	if q := digits / 1e8; places >= 8 && q*1e8 == digits {
		digits, places = q, places-8
	}
	for range 2 {
		if q := digits / 1e4; places >= 4 && q*1e4 == digits {
			digits, places = q, places-4
		}
	}
	if q := digits / 100; places >= 2 && q*100 == digits {
		digits, places = q, places-2
	}
	if q := digits / 10; places >= 1 && q*10 == digits {
		digits, places = q, places-1
	}
	return digits, places
}

// A uint128 is an unsigned integer of 128 bits.
type uint128 struct{ high, low uint64 }

// powers are those of ten up to what a float near leastFixed needs.
var powers = func() (p [22]uint128) {
	p[0] = uint128{0, 1}
	for i := range p[1:] {
		p[i+1] = mul(p[i], 10)
	}
	return p
}()

func mul(a uint128, b uint64) uint128 {
	high, low := bits.Mul64(a.low, b)
	return uint128{high + a.high*b, low}
}

func left(a uint64, n uint) uint128 {
	if n >= 64 {
		return uint128{a << (n - 64), 0}
	}
	return uint128{a >> (64 - n), a << n}
}

// right shifts to the right. The result must fit into 64 bits.
func (a uint128) right(n uint) uint64 {
	if n >= 64 {
		return a.high >> (n - 64)
	}
	return a.high<<(64-n) | a.low>>n
}

func (a uint128) add(b uint128) uint128 {
	low, carry := bits.Add64(a.low, b.low, 0)
	return uint128{a.high + b.high + carry, low}
}

func (a uint128) sub(b uint128) uint128 {
	low, borrow := bits.Sub64(a.low, b.low, 0)
	return uint128{a.high - b.high - borrow, low}
}

func (a uint128) compare(b uint128) int {
	switch {
	case a.high != b.high:
		if a.high < b.high {
			return -1
		}
		return 1
	case a.low < b.low:
		return -1
	case a.low > b.low:
		return 1
	}
	return 0
}
