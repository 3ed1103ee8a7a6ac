// Positions: the places of errors in the query's text.

package statement

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/fanql/fanql/sources/option"
)

// An Error is an error at a place in the user's text. If the text is a file with sections,
// lines count from the start of the file.
type Error struct {
	Text         string // without the place
	Line, Column int    // from 1; columns count characters
	text         error  // Text as an error that can spell the names of options; may be nil
}

func (e *Error) Error() string { return e.placed(e.Text) }

func (e *Error) placed(text string) string {
	return fmt.Sprintf("%s (line %d, column %d)", text, e.Line, e.Column)
}

// Spell is Error, with the names of options as the spelling gives them.
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
