// Where in the query's text a fault is.

package statement

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// An Error is a fault at a place of the text as the user wrote it: of the whole
// file where it has sections.
type Error struct {
	Text         string
	Line, Column int // from 1; columns count characters
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s (line %d, column %d)", e.Text, e.Line, e.Column)
}

// source is a text and where it stands in its file.
type source struct {
	text  string
	above int // lines of the file above the text
}

func (s source) fault(offset int, format string, args ...any) error {
	return s.placed(offset, fmt.Sprintf(format, args...))
}

func (s source) placed(offset int, text string) *Error {
	e := &Error{Text: text}
	e.Line, e.Column = s.place(offset)
	return e
}

// place gives the line and the column of a byte of the text.
func (s source) place(offset int) (line, column int) {
	before := s.text[:offset]
	lineStart := strings.LastIndexByte(before, '\n') + 1
	return 1 + s.above + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[lineStart:])
}
