// What DuckDB says when it refuses, made one line with a position.

package reduce

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An Error is what DuckDB has to say against the SQL.
type Error struct {
	Kind string // DuckDB's own, such as Parser, Binder or Conversion
	Text string // one line
	// Line and Column count from 1, in characters; 0 where DuckDB names no place.
	Line, Column int

	missing string // the table that does not exist
}

func (e *Error) Error() string {
	text := strings.ToLower(e.Kind) + " error: " + e.Text
	if e.Line > 0 {
		text += fmt.Sprintf(" (line %d, column %d)", e.Line, e.Column)
	}
	return text
}

// said reads an error that DuckDB wrote as JSON, or as text where it was too
// early for that. The position in it is a byte of the SQL.
func said(text, sql string) error {
	var j struct {
		Kind     string `json:"exception_type"`
		Text     string `json:"exception_message"`
		Position string `json:"position"`
		Type     string `json:"type"`
		Name     string `json:"name"`
	}
	begin := max(strings.IndexByte(text, '{'), 0)
	if json.Unmarshal([]byte(text[begin:]), &j) != nil || j.Kind == "" {
		return &Error{Kind: "DuckDB", Text: oneLine(text)}
	}
	e := &Error{Kind: j.Kind, Text: oneLine(j.Text)}
	if j.Kind == "Out of Memory" {
		first, _, _ := strings.Cut(j.Text, "\n\n") // what follows are settings of DuckDB's, which are not the user's
		e.Text = oneLine(first) + ": raise --memory"
	}
	if j.Kind == "Catalog" && j.Type == "Table" {
		e.missing = j.Name
	}
	e.Line, e.Column = place(sql, j.Position)
	return e
}

// place gives line and column of a byte.
func place(sql, position string) (line, column int) {
	at, err := strconv.ParseUint(position, 10, 64)
	if err != nil || sql == "" || at > uint64(len(sql)) {
		return 0, 0
	}
	before := sql[:at]
	begin := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[begin:]) + 1
}

// oneLine joins lines: those that begin a list go on after a blank, others are
// sentences of their own.
func oneLine(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		word := strings.TrimSpace(line)
		if word == "" {
			continue
		}
		if b.Len() > 0 {
			switch before := b.String(); {
			case strings.HasSuffix(before, ":"), strings.HasSuffix(before, "."), strings.HasSuffix(before, "!"):
				b.WriteByte(' ')
			default:
				b.WriteString("; ")
			}
		}
		b.WriteString(word)
	}
	return b.String()
}
