// JSON strings, and JSON values embedded in a line.

package output

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

func appendJSONString(dst, v []byte) []byte {
	dst = append(dst, '"')
	if plainJSON(v) {
		dst = append(dst, v...)
	} else {
		dst = appendEscaped(dst, v)
	}
	return append(dst, '"')
}

// plainJSON reports whether v is ASCII that needs no escape. It checks eight bytes at a
// time, like needles.
func plainJSON(v []byte) bool {
	if len(v) < 8 {
		for _, ch := range v {
			if ch < 0x20 || ch >= 0x7f || ch == '"' || ch == '\\' {
				return false
			}
		}
		return true
	}
	last := len(v) - 8
	for i := 0; ; i += 8 {
		i = min(i, last)
		w := binary.LittleEndian.Uint64(v[i:])
		s := w & seven
		printable := s + low*0x60 // 0x20 and above
		if ok := printable & differ(s, low*'"') & differ(s, low*'\\') & differ(s, seven) &^ w; ok&high != high {
			return false
		}
		if i == last {
			return true
		}
	}
}

// appendEscaped appends the inside of a JSON string.
func appendEscaped(dst, v []byte) []byte {
	start := 0
	for i := 0; i < len(v); {
		ch := v[i]
		if ch >= 0x20 && ch < 0x7f && ch != '"' && ch != '\\' {
			i++
			continue
		}
		size := 1
		if ch >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRune(v[i:]); !steers(v, i, r, size) && (r != utf8.RuneError || size > 1) {
				i += size
				continue
			}
			dst = appendUnicode(append(dst, v[start:i]...), r)
		} else {
			dst = appendShort(append(dst, v[start:i]...), ch)
		}
		i += size
		start = i
	}
	return append(dst, v[start:]...)
}

// appendShort escapes an ASCII character.
func appendShort(dst []byte, ch byte) []byte {
	switch ch {
	case '"', '\\':
		return append(dst, '\\', ch)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return appendUnicode(dst, rune(ch))
}

// appendUnicode appends a character as \uXXXX, or as a surrogate pair of two such escapes.
func appendUnicode(dst []byte, r rune) []byte {
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return appendUnicode(appendUnicode(dst, high), low)
	}
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// SafeJSON returns a JSON text in which characters that control a terminal or are invisible
// are escaped as \uXXXX, which changes no value. Line breaks and tabs stay.
func SafeJSON(text []byte) []byte {
	if printableLines(text) {
		return text
	}
	var dst []byte
	for line := range bytes.Lines(text) {
		end := len(bytes.TrimRight(line, "\r\n\t "))
		dst = append(appendJSONValue(dst, line[:end]), line[end:]...)
	}
	return dst
}

// printableLines reports whether the text has only printable ASCII characters and line
// breaks.
func printableLines(text []byte) bool {
	for _, ch := range text {
		if (ch < 0x20 || ch >= 0x7f) && ch != '\n' {
			return false
		}
	}
	return true
}

// appendJSONValue appends a valid JSON value on one line: line breaks and tabs can occur
// only between its tokens, and other control characters only inside its strings.
func appendJSONValue(dst, v []byte) []byte {
	start := 0
	for i := 0; i < len(v); {
		ch, size := v[i], 1
		if ch >= 0x20 && ch < 0x7f {
			i++
			continue
		}
		r := rune(ch)
		if ch >= utf8.RuneSelf {
			if r, size = utf8.DecodeRune(v[i:]); !steers(v, i, r, size) && (r != utf8.RuneError || size > 1) {
				i += size
				continue
			}
		}
		dst = append(dst, v[start:i]...)
		if ch < 0x20 {
			dst = append(dst, ' ')
		} else {
			dst = appendUnicode(dst, r)
		}
		i += size
		start = i
	}
	return append(dst, v[start:]...)
}
