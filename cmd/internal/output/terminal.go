// The terminal's safety: what could steer it is shown, never sent.

package output

import (
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Sanitize makes a text that came from elsewhere (an error of a server, a name)
// safe to print in one line: control characters, line breaks and bidirectional
// overrides become visible escapes such as \n, \x1b and \u202e.
func Sanitize(s string) string { return string(appendVisible(nil, []byte(s), "")) }

// steers reports whether a terminal might act on the character, or show others
// in another order: C0, DEL, C1, and the marks and overrides of bidirectional
// text with the two line separators between them.
func steers(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	case r < 0x200e:
		return false
	}
	return r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// appendVisible appends v with all that steers written as escapes, except the
// characters in keep. Bytes that are not UTF-8 are \xNN.
func appendVisible(dst, v []byte, keep string) []byte {
	for i := 0; i < len(v); {
		start := i
		for i < len(v) && v[i] >= 0x20 && v[i] < 0x7f {
			i++
		}
		dst = append(dst, v[start:i]...)
		if i == len(v) {
			break
		}
		r, size := utf8.DecodeRune(v[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = appendByte(dst, v[i])
		case !steers(r) || r < utf8.RuneSelf && kept(byte(r), keep):
			dst = append(dst, v[i:i+size]...)
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\r':
			dst = append(dst, '\\', 'r')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case r < utf8.RuneSelf:
			dst = appendByte(dst, byte(r))
		default:
			dst = appendUnicode(dst, r)
		}
		i += size
	}
	return dst
}

func kept(ch byte, keep string) bool {
	for i := range len(keep) {
		if keep[i] == ch {
			return true
		}
	}
	return false
}

func appendByte(dst []byte, ch byte) []byte {
	return append(dst, '\\', 'x', hexDigits[ch>>4], hexDigits[ch&15])
}

// appendShown is appendVisible that also gives the width on the screen, counted
// by what a reader sees as one character. Where limit is not 0 it may stop as
// soon as the width is past it.
func appendShown(dst, v []byte, limit int) ([]byte, int) {
	if printable(v) {
		if limit > 0 && len(v) > limit {
			v = v[:limit+1]
		}
		return append(dst, v...), len(v)
	}
	width, state := 0, -1
	for len(v) > 0 && (limit == 0 || width <= limit) {
		var cluster []byte
		var w int
		cluster, v, w, state = uniseg.FirstGraphemeCluster(v, state)
		before := len(dst)
		dst = appendVisible(dst, cluster, "")
		if escaped := len(dst) - before; escaped != len(cluster) {
			w = escaped // an escape is ASCII, and longer than what it stands for
		}
		width += w
	}
	return dst, width
}

// cut gives the longest beginning of a shown text that is at most width wide.
func cut(v []byte, width int) (head []byte, w int) {
	if printable(v) {
		return v[:min(width, len(v))], min(width, len(v))
	}
	rest, state := v, -1
	for len(rest) > 0 {
		var cw int
		var after []byte
		_, after, cw, state = uniseg.FirstGraphemeCluster(rest, state)
		if w+cw > width {
			break
		}
		rest, w = after, w+cw
	}
	return v[:len(v)-len(rest)], w
}

// printable reports whether v is ASCII without control characters.
func printable(v []byte) bool {
	for _, ch := range v {
		if ch < 0x20 || ch >= 0x7f {
			return false
		}
	}
	return true
}
