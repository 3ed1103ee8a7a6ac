// The places of errors in the query's text.

package statement

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/fanql/fanql/sources/option"
)

// An Error is an error at a place in the user's text: in the whole file if it has
// sections.
type Error struct {
	Text         string
	Line, Column int   // from 1; columns count characters
	text         error // Text, where it names options
}

func (e *Error) Error() string { return e.placed(e.Text) }

func (e *Error) placed(text string) string {
	return fmt.Sprintf("%s (line %d, column %d)", text, e.Line, e.Column)
}

// Spell is Error with the options' names from the spelling.
func (e *Error) Spell(s option.Spelling) string {
	if e.text == nil {
		return e.Error()
	}
	return e.placed(option.Text(e.text, s))
}

// source is a text and its place in its file.
type source struct {
	text  string
	above int // lines of the file above the text
}

func (s source) fault(offset int, format string, args ...any) error {
	text := option.Errorf(format, args...)
	e := s.placed(offset, text.Error())
	e.text = text
	return e
}

func (s source) placed(offset int, text string) *Error {
	e := &Error{Text: text}
	e.Line, e.Column = s.place(offset)
	return e
}

// place returns the line and the column of a byte of the text.
func (s source) place(offset int) (line, column int) {
	before := s.text[:offset]
	lineStart := strings.LastIndexByte(before, '\n') + 1
	return 1 + s.above + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[lineStart:])
}
