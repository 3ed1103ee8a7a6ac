// Fields read as values: a style's words and commas become the canonical text.

package separated

import (
	"bytes"
	"strings"
)

// Plain reports whether values have their canonical text in the style.
func (s Style) Plain() bool { return !s.Comma && s.True == "" }

// Numerals reports whether one of the words for booleans could be a number.
func (s Style) Numerals() bool {
	return strings.ContainsAny(s.True[:min(len(s.True), 1)]+s.False[:min(len(s.False), 1)], "0123456789-+.")
}

// Bool returns the canonical text of a field that is one of the words for booleans; ok is
// false for any other.
func (s Style) Bool(field []byte) (text string, ok bool) {
	switch {
	case s.True == "":
		return "", false
	case string(field) == s.True:
		return "true", true
	case string(field) == s.False:
		return "false", true
	}
	return "", false
}

// Number returns the canonical text of a field that is a number with a decimal comma; ok
// is false for any other.
func (s Style) Number(field []byte) (text []byte, ok bool) {
	if !s.Comma {
		return nil, false
	}
	at := bytes.IndexByte(field, ',')
	if at < 0 || at+1 == len(field) {
		return nil, false
	}
	whole, fraction := bytes.TrimPrefix(field[:at], []byte("-")), field[at+1:]
	if e := bytes.IndexAny(fraction, "eE"); e >= 0 {
		exponent := bytes.TrimLeft(fraction[e+1:], "+-")
		if !digits(exponent) || len(exponent) < len(fraction)-e-2 {
			return nil, false
		}
		fraction = fraction[:e]
	}
	if !digits(whole) || !digits(fraction) {
		return nil, false
	}
	text = bytes.Clone(field)
	text[at] = '.'
	return text, true
}

// digits reports whether a text has only digits, and at least one.
func digits(v []byte) bool {
	for _, ch := range v {
		if ch-'0' > 9 {
			return false
		}
	}
	return len(v) > 0
}

// Looks returns the separator that the first lines of a file seem to have, if that is not
// the style's: it occurs equally often in each of them, outside of quotes, and the style's
// own separator does not. Whole says that the text is all of the file.
func (s Style) Looks(text []byte, whole bool) (separator byte, ok bool) {
	if s.Chosen && s.Separator() == ',' { // the user insists
		return 0, false
	}
	lines := firstLines(text, whole)
	if len(lines) == 0 || equally(lines, s.Separator()) {
		return 0, false
	}
	for _, other := range []byte{';', '\t', ',', '|'} {
		if other != s.Separator() && equally(lines, other) {
			return other, true
		}
	}
	return 0, false
}

// mostLines is the number of lines that Looks reads.
const mostLines = 20

// firstLines returns the first lines, without the text in quotes.
func firstLines(text []byte, whole bool) (lines [][]byte) {
	var line []byte
	quoted := false
	for _, ch := range text {
		switch {
		case ch == '"':
			quoted = !quoted
		case quoted:
		case ch == '\n':
			if lines, line = append(lines, line), nil; len(lines) == mostLines {
				return lines
			}
		default:
			line = append(line, ch)
		}
	}
	if whole && len(line) > 0 {
		lines = append(lines, line)
	}
	return lines
}

// equally reports whether a separator occurs in all lines, equally often.
func equally(lines [][]byte, separator byte) bool {
	n := bytes.Count(lines[0], []byte{separator})
	for _, line := range lines {
		if bytes.Count(line, []byte{separator}) != n {
			return false
		}
	}
	return n > 0
}
