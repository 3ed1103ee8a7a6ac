// Escaping for terminals: characters that could control a terminal are shown and never
// sent.

package output

import (
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Sanitize makes a text from elsewhere (an error of a server, a name) safe to print in one
// line: control characters, line breaks, bidirectional controls and invisible characters
// become visible escapes such as \n, \x1b and \u202e. Joiners between letters and between
// emoji stay.
func Sanitize(s string) string { return string(appendVisible(nil, []byte(s), "")) }

// unseen are the characters, other than C0, DEL and C1, that a terminal might act on or
// that are invisible: marks, embeddings and isolates of bidirectional text, line
// separators, soft hyphens, joiners, fillers, invisible operators, byte order marks,
// annotations, variation selectors and tags.
var unseen = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x00ad, 0x00ad, 1},
		{0x034f, 0x034f, 1},
		{0x061c, 0x061c, 1},
		{0x17b4, 0x17b5, 1},
		{0x180b, 0x180f, 1},
		{0x200b, 0x200f, 1},
		{0x2028, 0x202e, 1},
		{0x2060, 0x206f, 1},
		{0x3164, 0x3164, 1},
		{0xfe00, 0xfe0f, 1},
		{0xfeff, 0xfeff, 1},
		{0xffa0, 0xffa0, 1},
		{0xfff0, 0xfffb, 1},
	},
	R32:         []unicode.Range32{{0x1bca0, 0x1bca3, 1}, {0x1d173, 0x1d17a, 1}, {0xe0000, 0xe0fff, 1}},
	LatinOffset: 1,
}

// steers reports whether the character of size bytes at v[i] must be shown as an escape.
// For joiners and variation selectors this depends on the characters next to them.
func steers(v []byte, i int, r rune, size int) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	case r < 0xad || r < 0x2000 && !unicode.Is(unseen, r):
		return false
	case !unicode.Is(unseen, r):
		return false
	}
	before, _ := utf8.DecodeLastRune(v[:i])
	after, _ := utf8.DecodeRune(v[i+size:])
	switch {
	case r == zwnj:
		return !word(before) || !word(after)
	case r == zwj:
		return (!word(before) || !word(after)) && (!pictorial(before) || !pictorial(after))
	case r >= 0xfe00 && r <= 0xfe0f: // selects a form of a character or an emoji
		return before == 0xfe0f || !pictorial(before) && !keycap(before) && (before < utf8.RuneSelf || !word(before))
	case r >= 0xe0100 && r <= 0xe01ef, r >= 0x180b && r <= 0x180f && r != 0x180e: // selects a form of an ideograph or of a Mongolian letter
		return before < utf8.RuneSelf || !unicode.IsLetter(before)
	}
	return true
}

const zwnj, zwj = '\u200c', '\u200d'

// word reports whether a character may be joined to a letter.
func word(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) && !unicode.Is(unseen, r))
}

// pictorial reports whether a character is an emoji, or the end of one.
func pictorial(r rune) bool {
	return r != utf8.RuneError && r >= 0xa9 && (unicode.Is(unicode.So, r) || unicode.Is(unicode.Sm, r) || r == 0xfe0f || r >= 0x1f3fb && r <= 0x1f3ff ||
		r == 0x203c || r == 0x2049 || r == 0x3030 || r == 0x303d)
}

func keycap(r rune) bool { return r >= '0' && r <= '9' || r == '#' || r == '*' }

// appendVisible appends v. It escapes all characters for which steers is true, except those
// in keep. Bytes that are not UTF-8 become \xNN.
func appendVisible(dst, v []byte, keep string) []byte { return appendPart(dst, v, 0, len(v), keep) }

// appendPart is appendVisible for v[i:end]. The bytes around that part may affect the
// result.
func appendPart(dst, v []byte, i, end int, keep string) []byte {
	for i < end {
		start := i
		for i < end && v[i] >= 0x20 && v[i] < 0x7f {
			i++
		}
		dst = append(dst, v[start:i]...)
		if i == end {
			break
		}
		r, size := utf8.DecodeRune(v[i:end])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = appendByte(dst, v[i])
		case !steers(v, i, r, size) || r < utf8.RuneSelf && kept(byte(r), keep):
			dst = append(dst, v[i:i+size]...)
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\r':
			dst = append(dst, '\\', 'r')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case r < utf8.RuneSelf:
			dst = appendByte(dst, byte(r))
		case r > 0xffff:
			dst = append(append(dst, `\U00`...), hexDigits[r>>20&15], hexDigits[r>>16&15], hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
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

// appendShown is like appendVisible. It also returns the width on the screen, counted by
// grapheme clusters. If limit is not 0, it may stop as soon as the width exceeds it.
func appendShown(dst, v []byte, limit int) ([]byte, int) {
	if printable(v) {
		if limit > 0 && len(v) > limit {
			v = v[:limit+1]
		}
		return append(dst, v...), len(v)
	}
	width, state := 0, -1
	for rest := v; len(rest) > 0 && (limit == 0 || width <= limit); {
		var cluster []byte
		var w int
		start := len(v) - len(rest)
		cluster, rest, w, state = uniseg.FirstGraphemeCluster(rest, state)
		before := len(dst)
		dst = appendPart(dst, v, start, start+len(cluster), "")
		if escaped := len(dst) - before; escaped != len(cluster) {
			w = escaped // an escape is ASCII, and longer than the character
		}
		width += w
	}
	return dst, width
}

// cut returns the longest prefix of a shown text that is at most width wide.
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
