// Edits of the config's text: finds where keys and values begin and end.

package config

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

var (
	plainForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[\pL\pN_./~][\pL\pN_./:@%?=&+~{}$,*-]*[\pL\pN_/=}*-]$`)
	})
	plainFlowForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\pL\pN_./~][\pL\pN_./@%+~-]*$`) })
)

// An edit replaces bytes of a file by a text.
type edit struct {
	from, to int
	text     string
}

// A fileText is the text of a file, with the positions of its lines.
type fileText struct {
	bytes   []byte
	lines   []int // the offset of each line
	newline string
}

func newFileText(text []byte) fileText {
	t := fileText{bytes: text, newline: "\n"}
	begin := len(text) - len(bytes.TrimPrefix(text, []byte("\ufeff")))
	t.lines = []int{begin}
	for i := begin; i < len(text); i++ {
		switch {
		case text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n':
			t.newline = "\r\n"
		case text[i] == '\n' || text[i] == '\r':
			t.lines = append(t.lines, i+1)
		}
	}
	return t
}

// at returns the byte at a line and a column in characters; ok is false beyond the text.
func (t fileText) at(line, col int) (offset int, ok bool) {
	if line < 1 || line > len(t.lines) {
		return 0, false
	}
	offset = t.lines[line-1]
	for ; col > 1; col-- {
		if offset >= len(t.bytes) {
			return 0, false
		}
		_, n := utf8.DecodeRune(t.bytes[offset:])
		offset += n
	}
	return offset, offset <= len(t.bytes)
}

// line returns the text of line n, counted from 1, without its end.
func (t fileText) line(n int) string {
	return strings.TrimRight(string(t.bytes[t.lines[n-1]:t.end(n)]), "\r\n")
}

// end returns the offset of the next line, or of the end of the text.
func (t fileText) end(n int) int {
	if n < len(t.lines) {
		return t.lines[n]
	}
	return len(t.bytes)
}

// errElsewhere is the error for a value that is not written at the place where it is used.
var errElsewhere = errors.New("it is written in a way that cannot be changed here (an alias, an escape, or several lines)")

// span returns the offsets of a key or a value with this text, without its quotes.
func (t fileText) span(at Pos, text string) (from, to int, err error) {
	from, ok := t.at(at.Line, at.Col)
	if ok && from < len(t.bytes) && (t.bytes[from] == '"' || t.bytes[from] == '\'') {
		quote := t.bytes[from]
		from++
		to = from + len(text)
		ok = to < len(t.bytes) && t.bytes[to] == quote
	} else {
		to = from + len(text)
	}
	if !ok || to > len(t.bytes) || string(t.bytes[from:to]) != text || text == "" {
		return 0, 0, errElsewhere
	}
	return from, to, nil
}

// replace gives a key or a value another text, and keeps its quotes.
func (f *editedFile) replace(at Pos, old, text string) error {
	from, to, err := f.text.span(at, old)
	if err != nil {
		return errors.Join(errors.New(at.String() + ": " + err.Error()))
	}
	f.renamed[at] = text
	f.edits = append(f.edits, edit{from, to, text})
	return nil
}

// indent returns the blanks before a key. ok is false if other text precedes it.
func (t fileText) indent(at *token.Position) (blanks string, ok bool) {
	from, there := t.at(at.Line, at.Column)
	if !there {
		return "", false
	}
	blanks = string(t.bytes[t.lines[at.Line-1]:from])
	return blanks, strings.Trim(blanks, " ") == ""
}

// block returns the lines of a block mapping's entry, by the token of its key: from the
// key's line to the next key of it or of a mapping around it. Empty lines at the end, and
// comments there that are not indented more than the key, do not belong to the entry.
func (t fileText) block(key *token.Token) (first, after int) {
	first, after = key.Position.Line, len(t.lines)+1
	depth := 0
	for k := key.Next; k != nil; k = k.Next {
		switch k.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth--
			continue
		case token.CommentType:
			continue
		}
		if k.Prev.Type == token.LiteralType || k.Prev.Type == token.FoldedType {
			continue // a block of text, whose column has no meaning
		}
		if depth <= 0 && k.Position.Line > first && k.Position.Column <= key.Position.Column {
			after = k.Position.Line
			break
		}
	}
	for after-1 > first {
		line := t.line(after - 1)
		blanks := len(line) - len(strings.TrimLeft(line, " "))
		if rest := strings.TrimSpace(line); rest == "" || rest[0] == '#' && blanks < key.Position.Column {
			after--
			continue
		}
		break
	}
	return first, after
}

// start returns the offset of a line, which may be the one after the last line.
func (t fileText) start(line int) int {
	if line > len(t.lines) {
		return len(t.bytes)
	}
	return t.lines[line-1]
}

// flowEnd returns the offset of the end of a flow mapping's entry, and the comma or the
// brace after it.
func (t fileText) flowEnd(key *token.Token) (end int, after *token.Token, err error) {
	depth := 0
	var comment *token.Token
	for k := key.Next; k != nil; k = k.Next {
		switch k.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.CommentType:
			if comment == nil {
				comment = k
			}
			continue
		case token.CollectEntryType:
			if depth == 0 {
				after = k
			}
		case token.MappingEndType, token.SequenceEndType:
			if depth--; depth < 0 {
				after = k
			}
		}
		if after != nil {
			break
		}
		comment = nil
	}
	if after == nil {
		return 0, nil, errElsewhere
	}
	end, err = t.mark(after)
	if err == nil && comment != nil {
		end, err = t.mark(comment)
	}
	return len(bytes.TrimRight(t.bytes[:end], " \t\r\n")), after, err
}

// mark returns the offset of a token with one character.
func (t fileText) mark(k *token.Token) (int, error) {
	marks := map[token.Type]byte{token.CollectEntryType: ',', token.MappingEndType: '}', token.MappingStartType: '{', token.CommentType: '#'}
	at, ok := t.at(k.Position.Line, k.Position.Column)
	if !ok || at >= len(t.bytes) || t.bytes[at] != marks[k.Type] {
		return 0, errElsewhere
	}
	return at, nil
}

// pairIn finds an entry of a mapping by the place of its key, and the entry before it.
func pairIn(n ast.Node, at Pos) (before, own *ast.MappingValueNode) {
	mapping, ok := n.(ast.MapNode)
	if !ok {
		return nil, nil
	}
	for i := mapping.MapRange(); i.Next(); {
		if p := i.Key().GetToken().Position; p.Line == at.Line && p.Column == at.Col {
			return before, i.KeyValue()
		}
		before = i.KeyValue()
	}
	return nil, nil
}

// remove removes the entry of a source.
func (f *editedFile) remove(at Pos) error {
	_, own := f.below("sources")
	before, entry := pairIn(own.value, at)
	if entry == nil {
		return errElsewhere // it comes from a merge
	}
	key := entry.Key.GetToken()
	if m, ok := own.value.(*ast.MappingNode); ok && m.IsFlowStyle {
		return f.removeFlow(before, key)
	}
	if _, ok := f.text.indent(key.Position); !ok {
		return errElsewhere
	}
	first, after := f.text.block(key)
	f.edits = append(f.edits, edit{f.text.start(first), f.text.start(after), ""})
	return nil
}

// removeFlow removes an entry of a flow mapping, with the superfluous comma and the line
// that would be empty.
func (f *editedFile) removeFlow(before *ast.MappingValueNode, key *token.Token) error {
	from, ok := f.text.at(key.Position.Line, key.Position.Column)
	to, after, err := f.text.flowEnd(key)
	if !ok || err != nil {
		return errors.Join(err, errElsewhere)
	}
	_, alone := f.text.indent(key.Position)
	if after.Type == token.CollectEntryType {
		if to, err = f.text.mark(after); err != nil {
			return err
		}
		to++
		rest := f.text.bytes[to:]
		to += len(rest) - len(bytes.TrimLeft(rest, " \t"))
	} else if before != nil {
		end, comma, err := f.text.flowEnd(before.Key.GetToken())
		if err != nil {
			return err
		}
		if comma.Position.Line == key.Position.Line || !alone {
			from = end
		}
	}
	if line := f.text.lines[key.Position.Line-1]; alone && from >= line {
		rest := f.text.bytes[to:]
		if end := len(rest) - len(bytes.TrimLeft(rest, "\r\n")); end > 0 && from > 0 {
			from = line
			to += len(newlineOf(rest))
		}
	}
	f.edits = append(f.edits, edit{from, to, ""})
	return nil
}

// newlineOf returns the line end at the beginning of a text.
func newlineOf(text []byte) []byte {
	if bytes.HasPrefix(text, []byte("\r\n")) {
		return text[:2]
	}
	return text[:min(1, len(text))]
}

// insert adds a source after the last one of the file.
func (f *editedFile) insert(name string, value func(flow bool) string) error {
	_, own := f.below("sources")
	if own.key == "" {
		return f.insertInto(f.root, "sources", func(flow bool) string {
			if flow {
				return "{" + name + ": " + value(true) + "}"
			}
			return f.text.newline + f.nested() + name + ": " + value(false)
		})
	}
	if own.value != nil {
		return f.insertInto(own.value, name, value)
	}
	_, entry := pairIn(f.root, own.at)
	if entry == nil {
		return errElsewhere
	}
	if m, ok := f.root.(*ast.MappingNode); ok && m.IsFlowStyle {
		return errElsewhere
	}
	f.addLine(own.at.Line, f.nested()+name+": "+value(false))
	return nil
}

// nested returns the indentation of a mapping below the root of the file.
func (f *editedFile) nested() string {
	if root, ok := f.root.(ast.MapNode); ok {
		for i := root.MapRange(); i.Next(); {
			m, ok := i.Value().(*ast.MappingNode)
			if !ok || m.IsFlowStyle || len(m.Values) == 0 {
				continue
			}
			if blanks, ok := f.text.indent(m.Values[0].Key.GetToken().Position); ok && blanks != "" {
				return blanks
			}
		}
	}
	return "  "
}

// addLine adds a line after a line.
func (f *editedFile) addLine(after int, text string) {
	at := f.text.end(after)
	if at > 0 && at == len(f.text.bytes) && f.text.bytes[at-1] != '\n' && f.text.bytes[at-1] != '\r' {
		f.edits = append(f.edits, edit{at, at, f.text.newline + text})
		return
	}
	f.edits = append(f.edits, edit{at, at, text + f.text.newline})
}

// insertInto adds an entry to a mapping, or to a file without content.
func (f *editedFile) insertInto(n ast.Node, name string, value func(flow bool) string) error {
	switch m := n.(type) {
	case nil:
		f.addLine(len(f.text.lines), name+":"+blankBefore(value(false)))
		return nil
	case *ast.MappingNode:
		if m.IsFlowStyle {
			return f.insertFlow(m, name+": "+value(true))
		}
		key := m.Values[len(m.Values)-1].Key.GetToken()
		blanks, ok := f.text.indent(key.Position)
		if !ok {
			return errElsewhere
		}
		_, after := f.text.block(key)
		f.addLine(after-1, blanks+name+":"+blankBefore(value(false)))
		return nil
	}
	return errElsewhere
}

// blankBefore adds a blank before a value that begins on the line of its key.
func blankBefore(value string) string {
	if strings.HasPrefix(value, "\n") || strings.HasPrefix(value, "\r") {
		return value
	}
	return " " + value
}

// insertFlow adds an entry to a flow mapping: on a line of its own if the last entry has
// one.
func (f *editedFile) insertFlow(m *ast.MappingNode, text string) error {
	if len(m.Values) == 0 {
		at, err := f.text.mark(m.Start)
		if err == nil {
			f.edits = append(f.edits, edit{at + 1, at + 1, text})
		}
		return err
	}
	key := m.Values[len(m.Values)-1].Key.GetToken()
	end, after, err := f.text.flowEnd(key)
	if err != nil {
		return err
	}
	between := " "
	if blanks, alone := f.text.indent(key.Position); alone {
		between = f.text.newline + blanks
	}
	if after.Type == token.CollectEntryType { // a comma after the last entry
		at, err := f.text.mark(after)
		f.edits = append(f.edits, edit{at + 1, at + 1, between + text + ","})
		return err
	}
	f.edits = append(f.edits, edit{end, end, "," + between + text})
	return nil
}
