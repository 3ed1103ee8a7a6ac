// DuckDB's errors, as one line with a position.

package engine

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An Error is DuckDB's error for a statement.
type Error struct {
	Kind string // DuckDB's own, such as Parser, Binder or Conversion
	Text string // one line
	// Line and Column count from 1, in characters; they are 0 if DuckDB reports no
	// place.
	Line, Column int
	// Table is the name of a missing table, if that is the error.
	Table string
	// OutOfMemory is set if Memory of [Options] was too small.
	OutOfMemory bool
	// OutOfDisk is set if the temporary files needed more than nine tenths of the free disk.
	OutOfDisk bool
	// NoTempDir is set if the folder of temporary files cannot be created, which is not
	// needed with more memory.
	NoTempDir bool
}

// Kinds of errors that we create ourselves.
const (
	KindParser         = "Parser" // an error of syntax
	KindNotImplemented = "Not implemented"
	kindPermission     = "Permission"
)

func (e *Error) Error() string {
	text := strings.ToLower(e.Kind) + " error: " + e.Text
	if e.Line > 0 {
		text += fmt.Sprintf(" (line %d, column %d)", e.Line, e.Column)
	}
	return text
}

// newError reads an error that DuckDB wrote as JSON, or as text before it knew that
// setting. Its position is in the SQL.
func newError(text, sql string) error {
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
		first, _, _ := strings.Cut(j.Text, "\n\n") // advice about DuckDB's settings follows, which users cannot change
		e.Text = oneLine(first)
		e.OutOfMemory = true
		if size := spilled(j.Text); size != "" {
			e.Kind, e.Text = "Out of disk", "its temporary files took "+size+", nine tenths of what was free"
			e.OutOfMemory, e.OutOfDisk = false, true
		}
	}
	if j.Kind == "IO" && strings.Contains(j.Text, "fanql") && strings.Contains(j.Text, "create directory") {
		e.NoTempDir = true
	}
	if first, _, ok := strings.Cut(e.Text, ". Please try installing and loading"); ok {
		e.Text = first + ": extensions are not loaded here"
	}
	if j.Kind == "Catalog" && j.Type == "Table" {
		e.Table = j.Name
	}
	if at, err := strconv.Atoi(j.Position); err == nil {
		e.place(sql, at)
	}
	return e
}

// spilled returns how much the temporary files took, such as 53.9 MiB, if an error says that
// they must not take more: (53.9 MiB/54.0 MiB used) ... max_temp_directory_size.
func spilled(text string) string {
	before, _, full := strings.Cut(text, " used)")
	if !full || !strings.Contains(text, "max_temp_directory_size") {
		return ""
	}
	size, _, _ := strings.Cut(before[strings.LastIndexByte(before, '(')+1:], "/")
	return size
}

// place sets line and column. The parser counts characters, everything else bytes.
func (e *Error) place(sql string, at int) {
	if at < 0 || sql == "" {
		return
	}
	if e.Kind == KindParser {
		at = len(string([]rune(sql)[:min(at, utf8.RuneCountInString(sql))]))
	}
	if at > len(sql) {
		return
	}
	before := sql[:at]
	begin := strings.LastIndexByte(before, '\n') + 1
	e.Line, e.Column = strings.Count(before, "\n")+1, utf8.RuneCountInString(before[begin:])+1
}

// oneLine joins lines: a line that begins a list continues after a blank, others become
// sentences.
func oneLine(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		word := strings.TrimSpace(line)
		if word == "" {
			continue
		}
		if b.Len() > 0 {
			if before := b.String(); !strings.ContainsAny(before[len(before)-1:], ":;.!") {
				b.WriteByte(';')
			}
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	return b.String()
}
