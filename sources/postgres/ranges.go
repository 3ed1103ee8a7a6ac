// Ranges and multiranges in binary, written as the server prints them.

package postgres

import (
	"encoding/binary"
	"strings"
)

// The flags of a range.
const (
	rangeEmpty         = 0x01
	rangeLowerIn       = 0x02
	rangeUpperIn       = 0x04
	rangeLowerInfinite = 0x08
	rangeUpperInfinite = 0x10
)

// appendRange writes a value as range_out does.
func appendRange(dst, v []byte, e element) ([]byte, bool) {
	if len(v) == 0 {
		return dst, false
	}
	flags := v[0]
	v = v[1:]
	if flags&rangeEmpty != 0 {
		return append(dst, "empty"...), len(v) == 0
	}
	bracket := func(in byte, closed, open byte) {
		if flags&in != 0 {
			dst = append(dst, closed)
		} else {
			dst = append(dst, open)
		}
	}
	bound := func(infinite byte) bool {
		if flags&infinite != 0 {
			return true
		}
		value, rest, null, ok := part(v)
		if !ok || null {
			return false
		}
		v = rest
		from := len(dst)
		if dst, ok = e(dst, value); !ok {
			return false
		}
		// Of the characters that occur in ranges here, only a blank needs quotes.
		if strings.Contains(asString(dst[from:]), " ") {
			dst = append(dst, "  "...)
			copy(dst[from+1:], dst[from:len(dst)-2])
			dst[from], dst[len(dst)-1] = '"', '"'
		}
		return true
	}
	bracket(rangeLowerIn, '[', '(')
	if !bound(rangeLowerInfinite) {
		return dst, false
	}
	dst = append(dst, ',')
	if !bound(rangeUpperInfinite) {
		return dst, false
	}
	bracket(rangeUpperIn, ']', ')')
	return dst, len(v) == 0
}

func appendMultirange(dst, v []byte, of element) ([]byte, bool) {
	if len(v) < 4 {
		return dst, false
	}
	n := int64(binary.BigEndian.Uint32(v))
	v = v[4:]
	dst = append(dst, '{')
	for i := int64(0); i < n; i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		value, rest, null, ok := part(v)
		if !ok || null {
			return dst, false
		}
		v = rest
		if dst, ok = of(dst, value); !ok {
			return dst, false
		}
	}
	return append(dst, '}'), len(v) == 0
}
