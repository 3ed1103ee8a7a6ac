// Unboxed values: cells, literals and calculated numbers while the fast path judges rows.
// See compile.go.

package expression

import (
	"bytes"
	"cmp"
	"math"
	"math/big"
	"math/bits"
	"time"

	"github.com/fanql/fanql/sources/row"
)

// A quick is a value that needs no allocation. It is undecided if only the tree can
// represent the value: NaN, numbers of many digits, durations.
type quick struct {
	is    quickKind
	scale uint8   // the scale of an exact number, which is n / 10^scale; at most 18
	n     int64   // 0 or 1, a number, or an instant in microseconds since 1970
	below int64   // the nanoseconds of an instant, in addition to n
	float float64 // finite; it stands for the decimal that is printed for it
	text  []byte  // the bytes of a text; those of a cell belong to the batch
}

type quickKind uint8

const (
	undecided quickKind = iota
	absent              // NULL
	yesNo
	exact
	double
	instantly
	words
)

// quickCell returns the value of a cell.
func quickCell(b *row.Batch, c *row.Cell) quick {
	inArena := c.Flags&row.InArena != 0
	switch c.Kind {
	case row.Null:
		return quick{is: absent}
	case row.Bool:
		if c.Bits != 0 {
			return quick{is: yesNo, n: 1}
		}
		return quick{is: yesNo}
	case row.Int:
		return quick{is: exact, n: int64(c.Bits)}
	case row.Uint:
		if c.Bits <= math.MaxInt64 {
			return quick{is: exact, n: int64(c.Bits)}
		}
	case row.Decimal:
		if !inArena {
			return quick{is: exact, n: int64(c.Bits), scale: c.Scale}
		}
	case row.Float:
		if !inArena {
			return quickFloat(row.DoubleOf(*c))
		}
	case row.Date:
		if !inArena {
			return quick{is: instantly, n: int64(c.Bits) * 86_400_000_000}
		}
	case row.Timestamp, row.TimestampTZ:
		if !inArena {
			return quick{is: instantly, n: int64(c.Bits)}
		}
	case row.Text, row.JSON, row.Time:
		if inArena {
			return quick{is: words, text: b.Bytes(*c)}
		}
	}
	return quick{}
}

func quickFloat(v float64) quick {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return quick{}
	}
	return quick{is: double, float: v}
}

// quickOf converts a value of the tree.
func quickOf(v any) quick {
	switch v := v.(type) {
	case nil:
		return quick{is: absent}
	case bool:
		return quick{is: yesNo, n: numeral(v).(int64)}
	case int64:
		return quick{is: exact, n: v}
	case *big.Rat:
		digits, whole := v.FloatPrec()
		if !whole || digits >= len(tens) {
			break
		}
		n := new(big.Int).Mul(v.Num(), big.NewInt(tens[digits]))
		if n.Quo(n, v.Denom()); n.IsInt64() {
			return quick{is: exact, n: n.Int64(), scale: uint8(digits)}
		}
	case time.Time:
		return quick{is: instantly, n: v.UnixMicro(), below: int64(v.Nanosecond() % 1000)}
	case string:
		return quick{is: words, text: []byte(v)}
	}
	return quick{}
}

// numeric reports whether the value is exact, or a boolean, which counts as 0 or 1 next to
// a number.
func (q *quick) numeric() bool { return q.is == exact || q.is == yesNo }

// compareQuick compares like compare. ok is false if only compare can decide.
func compareQuick(a, b *quick) (sign int, ok bool) {
	switch {
	case a.numeric() && b.numeric():
		return compareScaled(a.n, a.scale, b.n, b.scale), true
	case a.is == words && b.is == words:
		return bytes.Compare(a.text, b.text), true
	case a.is == instantly && b.is == instantly:
		return cmp.Or(cmp.Compare(a.n, b.n), cmp.Compare(a.below, b.below)), true
	case a.is == double && b.is == double: // a greater float prints as a greater decimal
		return cmp.Compare(a.float, b.float), true
	case a.is == double && b.numeric():
		return compareDouble(a.float, b.n, b.scale)
	case a.numeric() && b.is == double:
		sign, ok = compareDouble(b.float, a.n, a.scale)
		return -sign, ok
	case a.is == words && b.is == instantly:
		at := quickInstant(a.text)
		return cmp.Or(cmp.Compare(at.n, b.n), cmp.Compare(at.below, b.below)), at.is == instantly
	case a.is == instantly && b.is == words:
		sign, ok = compareQuick(b, a)
		return -sign, ok
	}
	return 0, false
}

// compareScaled compares a / 10^as with b / 10^bs.
func compareScaled(a int64, as uint8, b int64, bs uint8) int {
	switch {
	case as == bs:
		return cmp.Compare(a, b)
	case as > bs:
		return -compareScaled(b, bs, a, as)
	case a < 0 && b >= 0:
		return -1
	case a >= 0 && b < 0:
		return 1
	}
	sign := 1
	if a < 0 {
		sign = -1
	}
	high, low := bits.Mul64(magnitude(a), uint64(tens[bs-as]))
	if high != 0 {
		return sign
	}
	return sign * cmp.Compare(low, magnitude(b))
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// wholeFloats is the greatest n such that all integers up to n are exact floats.
const wholeFloats = 1 << 53

// compareDouble compares the decimal that is printed for a float with n / 10^scale.
// Rounding to a float keeps the order, so different floats decide. Equal ones do if n has
// at most 15 digits: then the printed decimal is that number.
func compareDouble(f float64, n int64, scale uint8) (sign int, ok bool) {
	const fewDigits = 1_000_000_000_000_000
	size := magnitude(n)
	if size > wholeFloats {
		return 0, false
	}
	nearest := float64(n) / float64(tens[scale]) // both operands are exact, so the quotient is rounded only once
	if f != nearest {
		return cmp.Compare(f, nearest), true
	}
	return 0, size < fewDigits
}

// add returns the sum of two exact numbers or, if sub is set, their difference.
func (q *quick) add(o *quick, sub bool) quick {
	a, b, scale := q.n, o.n, max(q.scale, o.scale)
	a, ok1 := scaled(a, scale-q.scale)
	b, ok2 := scaled(b, scale-o.scale)
	if sub {
		if b == math.MinInt64 {
			return quick{}
		}
		b = -b
	}
	sum := a + b
	if !ok1 || !ok2 || (a < 0) == (b < 0) && (sum < 0) != (a < 0) {
		return quick{}
	}
	return quick{is: exact, n: sum, scale: scale}
}

// times returns the product of two exact numbers.
func (q *quick) times(o *quick) quick {
	n, ok := product(q.n, o.n)
	if scale := q.scale + o.scale; ok && int(scale) < len(tens) {
		return quick{is: exact, n: n, scale: scale}
	}
	return quick{}
}

func scaled(n int64, by uint8) (int64, bool) {
	if by == 0 {
		return n, true
	}
	return product(n, tens[by])
}

func product(a, b int64) (int64, bool) {
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	switch {
	case high != 0 || low > math.MaxInt64:
		return 0, false
	case (a < 0) != (b < 0):
		return -int64(low), true
	}
	return int64(low), true
}

// quickInstant reads text as an instant if it is a date, or a date and a time without a
// zone, as databases write them.
func quickInstant(s []byte) quick {
	if len(s) != 10 && (len(s) < 19 || len(s) > 26) || s[4] != '-' || s[7] != '-' {
		return quick{}
	}
	number := func(from, to int) int {
		n := 0
		for _, c := range s[from:to] {
			if c < '0' || c > '9' {
				return -1
			}
			n = 10*n + int(c-'0')
		}
		return n
	}
	year, month, day := number(0, 4), number(5, 7), number(8, 10)
	if year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return quick{}
	}
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() * 1_000_000
	if len(s) == 10 {
		return quick{is: instantly, n: at}
	}
	hour, minute, second := number(11, 13), number(14, 16), number(17, 19)
	if s[10] != ' ' && s[10] != 'T' || s[13] != ':' || s[16] != ':' || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return quick{}
	}
	at += int64(hour*3600+minute*60+second) * 1_000_000
	if len(s) == 19 {
		return quick{is: instantly, n: at}
	}
	digits := len(s) - 20
	fraction := number(20, len(s))
	if s[19] != '.' || digits == 0 || fraction < 0 {
		return quick{}
	}
	return quick{is: instantly, n: at + int64(fraction)*tens[6-digits]}
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
