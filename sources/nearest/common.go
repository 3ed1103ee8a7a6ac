// What is said of several things in the same words, but for what each is called.

package nearest

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Common returns a text about something of the name with an ellipsis in the place of the
// name's last part, where that stands as a word: what is said of shops/shop_a and of
// shops/shop_b is the same then. A part of one character is left alone.
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
