// Texts with positions inside.

package config

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// A Text is a value with its place, so that errors can point to a part of it.
type Text struct {
	Value string
	Pos   Pos // the place of its beginning
	form  form
}

// A form is how a text is written in the file.
type form uint8

const (
	folded form = iota // not written literally: its parts have no places of their own
	inline             // literally, on one line
	block              // literally, line by line, each indented like Pos
)

// At returns the place of a line and column within the text, both counted from 1, or the
// place of the text if it is not written literally.
func (t Text) At(line, col int) Pos {
	at := t.Pos
	switch t.form {
	case inline:
		at.Col += col - 1
	case block:
		at.Line, at.Col = at.Line+line-1, at.Col+col-1
	case folded:
	}
	return at
}

// text reads a single value with its place.
func (d *document) text(e entry, what string) (t Text, ok bool) {
	t.Value, ok = d.scalar(e, what)
	t.Pos = e.place()
	if !ok {
		return t, ok
	}
	switch n := e.value.(type) {
	case *ast.LiteralNode:
		if strings.HasPrefix(n.Start.Value, "|") {
			indent := 0
			for line := range strings.Lines(n.Value.GetToken().Origin) {
				if trimmed := strings.TrimLeft(line, " "); strings.TrimSpace(trimmed) != "" {
					indent = len(line) - len(trimmed)
					break
				}
			}
			t.Pos.Line, t.Pos.Col, t.form = n.Start.Position.Line+1, indent+1, block
		}
	default:
		origin := strings.TrimSpace(n.GetToken().Origin)
		switch quoted := strings.Trim(origin, `"'`); {
		case strings.Contains(origin, "\n"):
		case origin == t.Value:
			t.form = inline
		case quoted == t.Value && len(origin) == len(t.Value)+2:
			t.Pos.Col++
			t.form = inline
		}
	}
	return t, true
}
