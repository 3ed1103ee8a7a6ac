// Values that contain others, in binary: arrays, ranges and geometric values whose text
// depends on the session's settings. They are written as the server prints them with
// ISO dates, intervals in ISO 8601, hexadecimal bytes and all digits.

package postgres

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// An element writes a value in binary as text, and reports whether it could be read.
type element func(dst, v []byte) ([]byte, bool)

// elements are the types whose text depends on settings.
var elements = map[uint32]element{
	17: func(dst, v []byte) ([]byte, bool) { return hex.AppendEncode(append(dst, `\x`...), v), true },
	700: sized(4, func(dst, v []byte) []byte {
		return appendSingle(dst, math.Float32frombits(binary.BigEndian.Uint32(v)))
	}),
	701:  sized(8, appendDouble),
	1082: sized(4, appendBinaryDate),
	1114: sized(8, func(dst, v []byte) []byte { return appendBinaryTimestamp(dst, v, "") }),
	1184: sized(8, func(dst, v []byte) []byte { return appendBinaryTimestamp(dst, v, "+00") }),
	1186: sized(intervalSize, func(dst, v []byte) []byte { return binaryInterval(v).append(dst) }),

	600: sized(16, appendPoint),
	601: sized(32, func(dst, v []byte) []byte { return append(appendPoints(append(dst, '['), v), ']') }),
	602: appendPath,
	603: sized(32, appendPoints),
	604: func(dst, v []byte) ([]byte, bool) {
		points, ok := counted(v, 16)
		return append(appendPoints(append(dst, '('), points), ')'), ok
	},
	628: sized(24, func(dst, v []byte) []byte {
		dst = append(appendDouble(append(dst, '{'), v[:8]), ',')
		dst = append(appendDouble(dst, v[8:16]), ',')
		return append(appendDouble(dst, v[16:]), '}')
	}),
	718: sized(24, func(dst, v []byte) []byte {
		dst = append(appendPoint(append(dst, '<'), v[:16]), ',')
		return append(appendDouble(dst, v[16:]), '>')
	}),
}

// ranges and multiranges have elements of these types; arrays have elements of ranges.
var (
	ranges      = map[uint32]uint32{3908: 1114, 3910: 1184, 3912: 1082}
	multiranges = map[uint32]uint32{4533: 3908, 4534: 3910, 4535: 3912}
	arrays      = map[uint32]uint32{
		1001: 17, 1021: 700, 1022: 701, 1182: 1082, 1115: 1114, 1185: 1184, 1187: 1186,
		1017: 600, 1018: 601, 1019: 602, 1020: 603, 1027: 604, 629: 628, 719: 718,
		3909: 3908, 3911: 3910, 3913: 3912, 6152: 4533, 6153: 4534, 6155: 4535,
	}
)

// elementOf returns the type's element. It is nil for a type whose text depends on no
// setting, or that is not built in.
func elementOf(oid uint32) element {
	if e := elements[oid]; e != nil {
		return e
	}
	if of, ok := ranges[oid]; ok {
		return func(dst, v []byte) ([]byte, bool) { return appendRange(dst, v, elements[of]) }
	}
	if of, ok := multiranges[oid]; ok {
		return func(dst, v []byte) ([]byte, bool) { return appendMultirange(dst, v, elementOf(of)) }
	}
	if of, ok := arrays[oid]; ok {
		delimiter := byte(',')
		if of == 603 {
			delimiter = ';'
		}
		return func(dst, v []byte) ([]byte, bool) { return appendArray(dst, v, elementOf(of), delimiter) }
	}
	return nil
}

// readElement returns the reader of a type that becomes Text.
func readElement(e element) reader {
	return func(b *row.Batch, v []byte) (what verdict) {
		var room [64]byte
		text, ok := e(room[:0], v)
		if !ok {
			return malformed
		}
		b.Text(text)
		return sound
	}
}

func sized(size int, write func(dst, v []byte) []byte) element {
	return func(dst, v []byte) ([]byte, bool) {
		if len(v) != size {
			return dst, false
		}
		return write(dst, v), true
	}
}

func appendDouble(dst, v []byte) []byte {
	f := math.Float64frombits(binary.BigEndian.Uint64(v))
	if math.Abs(f) >= 1<<53 && !math.IsInf(f, 0) {
		return appendLarge(dst, f, 64)
	}
	return row.AppendValue(dst, row.Cell{Kind: row.Float, Bits: math.Float64bits(f)})
}

func appendSingle(dst []byte, f float32) []byte {
	if math.Abs(float64(f)) >= 1<<24 && !math.IsInf(float64(f), 0) {
		return appendLarge(dst, float64(f), 32)
	}
	return row.AppendValue(dst, row.Cell{Kind: row.Float, Bits: math.Float64bits(float64(f)), Flags: row.Single})
}

// appendLarge writes a float that is an even integer with the fewest digits that read
// back as the same float under any rounding rule, as the server does. Digits half-way
// to a neighbour read back under the rule for ties only, so they do not count. Smaller
// floats have no such digits.
func appendLarge(dst []byte, f float64, bits int) []byte {
	below, above := math.Nextafter(f, 0), math.Nextafter(f, math.Inf(1)*f)
	if bits == 32 {
		single := float32(f)
		below, above = float64(math.Nextafter32(single, 0)), float64(math.Nextafter32(single, float32(math.Inf(1))*single))
	}
	for digits := -1; ; digits++ {
		from := len(dst)
		dst = strconv.AppendFloat(dst, f, 'e', digits, bits)
		text := asString(dst[from:])
		back, err := strconv.ParseFloat(text, bits)
		if err == nil && back == f && !halfway(text, f, below) && (math.IsInf(above, 0) || !halfway(text, f, above)) {
			return dst
		}
		if digits < 0 { // the next has one digit more than the shortest
			digits = strings.IndexByte(text, 'e') - strings.IndexByte(text, '.') - 2
			if !strings.Contains(text, ".") {
				digits = -1
			}
		}
		dst = dst[:from]
	}
}

// halfway reports whether a number is exactly in the middle between two floats.
func halfway(text string, a, b float64) bool {
	const exact = 2200 // bits, for every float and its digits
	number, _, err := big.ParseFloat(text, 10, exact, big.ToNearestEven)
	if err != nil {
		return false
	}
	sum := new(big.Float).SetPrec(exact).Add(big.NewFloat(a), big.NewFloat(b))
	return number.Add(number, number).Cmp(sum) == 0
}

func appendPoint(dst, v []byte) []byte {
	dst = append(appendDouble(append(dst, '('), v[:8]), ',')
	return append(appendDouble(dst, v[8:16]), ')')
}

func appendPoints(dst, v []byte) []byte {
	for at := 0; at < len(v); at += 16 {
		if at > 0 {
			dst = append(dst, ',')
		}
		dst = appendPoint(dst, v[at:])
	}
	return dst
}

// counted returns the bytes after the count of values of one size, if there are as
// many.
func counted(v []byte, size int) ([]byte, bool) {
	if len(v) < 4 {
		return nil, false
	}
	n := int64(binary.BigEndian.Uint32(v))
	if int64(len(v)-4) != n*int64(size) {
		return nil, false
	}
	return v[4:], true
}

func appendPath(dst, v []byte) ([]byte, bool) {
	if len(v) == 0 {
		return dst, false
	}
	points, ok := counted(v[1:], 16)
	if v[0] == 0 {
		return append(appendPoints(append(dst, '['), points), ']'), ok
	}
	return append(appendPoints(append(dst, '('), points), ')'), ok
}

// part splits off a value with a length before it; a length of -1 is NULL.
func part(v []byte) (value, rest []byte, null, ok bool) {
	if len(v) < 4 {
		return nil, nil, false, false
	}
	size := int(int32(binary.BigEndian.Uint32(v)))
	v = v[4:]
	switch {
	case size == -1:
		return nil, v, true, true
	case size < 0 || size > len(v):
		return nil, nil, false, false
	}
	return v[:size], v[size:], false, true
}

// appendArray writes a value as array_out does.
func appendArray(dst, v []byte, e element, delimiter byte) ([]byte, bool) {
	if len(v) < 12 {
		return dst, false
	}
	dimensions := int(int32(binary.BigEndian.Uint32(v)))
	v = v[12:]
	if dimensions == 0 {
		return append(dst, "{}"...), len(v) == 0
	}
	if dimensions < 0 || dimensions > 6 || len(v) < 8*dimensions {
		return dst, false
	}
	sizes := make([]int, dimensions)
	bounds, usual := "", true
	for i := range sizes {
		sizes[i] = int(int32(binary.BigEndian.Uint32(v[8*i:])))
		first := int64(int32(binary.BigEndian.Uint32(v[8*i+4:])))
		if sizes[i] <= 0 || sizes[i] > len(v) {
			return dst, false
		}
		usual = usual && first == 1
		bounds += "[" + strconv.FormatInt(first, 10) + ":" + strconv.FormatInt(first+int64(sizes[i])-1, 10) + "]"
	}
	v = v[8*dimensions:]
	if !usual {
		dst = append(append(dst, bounds...), '=')
	}
	ok := true
	var level func(sizes []int)
	level = func(sizes []int) {
		dst = append(dst, '{')
		for i := 0; ok && i < sizes[0]; i++ {
			if i > 0 {
				dst = append(dst, delimiter)
			}
			if len(sizes) > 1 {
				level(sizes[1:])
				continue
			}
			var value []byte
			var null bool
			if value, v, null, ok = part(v); !ok {
				return
			}
			if null {
				dst = append(dst, "NULL"...)
				continue
			}
			from := len(dst)
			dst, ok = e(dst, value)
			dst = quoteElement(dst, from, delimiter)
		}
		dst = append(dst, '}')
	}
	level(sizes)
	return dst, ok && len(v) == 0
}

// quoteElement quotes the text from an index on, as array_out does.
func quoteElement(dst []byte, from int, delimiter byte) []byte {
	text := asString(dst[from:])
	if text != "" && !strings.EqualFold(text, "NULL") && !strings.ContainsAny(text, "\"\\{} \t\n\r\v\f"+string(delimiter)) {
		return dst
	}
	text = strings.Clone(text)
	dst = append(dst[:from], '"')
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, text[i])
	}
	return append(dst, '"')
}

// appendIntervals rewrites the text of an array of intervals, whose elements are in the
// style postgres, with elements in ISO 8601.
func appendIntervals(dst, v []byte) ([]byte, bool) {
	for len(v) > 0 {
		switch v[0] {
		case '"': // no interval's text has a quote or a backslash in it
			end := strings.IndexByte(asString(v[1:]), '"')
			if end < 0 {
				return dst, false
			}
			var ok bool
			if dst, ok = appendIntervalText(dst, v[1:1+end]); !ok {
				return dst, false
			}
			v = v[end+2:]
		case '{', '}', ',':
			dst, v = append(dst, v[0]), v[1:]
		case '[': // the bounds, before the first brace
			end := strings.IndexByte(asString(v), '=')
			if end < 0 {
				return dst, false
			}
			dst, v = append(dst, v[:end+1]...), v[end+1:]
		default:
			end := strings.IndexAny(asString(v), ",}")
			if end < 0 {
				return dst, false
			}
			if asString(v[:end]) == "NULL" {
				dst = append(dst, "NULL"...)
			} else {
				var ok bool
				if dst, ok = appendIntervalText(dst, v[:end]); !ok {
					return dst, false
				}
			}
			v = v[end:]
		}
	}
	return dst, true
}
