// Recognising messages about several things that differ only in the name.

package nearest

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Common returns a text about a named thing with an ellipsis instead of the last part of
// the name, if that part is a whole word in the text. The texts about shops/shop_a and
// shops/shop_b are then equal. A part of one character is not replaced.
func Common(text, name string) string {
	word := name[strings.LastIndexByte(name, '/')+1:]
	if utf8.RuneCountInString(word) < 2 {
		return text
	}
	var b strings.Builder
	for rest := text; ; {
		at := strings.Index(rest, word)
		if at < 0 {
			b.WriteString(rest)
			return b.String()
		}
		before, _ := utf8.DecodeLastRuneInString(text[:len(text)-len(rest)+at])
		after, _ := utf8.DecodeRuneInString(rest[at+len(word):])
		b.WriteString(rest[:at])
		if inWord(before) || inWord(after) {
			b.WriteString(word)
		} else {
			b.WriteString("…")
		}
		rest = rest[at+len(word):]
	}
}

func inWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
