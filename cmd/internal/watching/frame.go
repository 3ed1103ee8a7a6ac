// A frame: the result of a round as lines of a screen.

package watching

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/fanql/fanql/cmd/internal/output"
)

// A Frame is what the screen shows of a round. All texts are safe for a terminal, and may
// have colours; see [output.Safe].
type Frame struct {
	// Head are the lines at the top.
	Head []string
	// Body writes the result for a screen of a width.
	Body func(w io.Writer, width int) error
	// Foot is the number of lines at the end of the body that are shown in any case.
	Foot int
	// Notes are lines about the result below it, such as which sources are missing.
	Notes string
	// ASCII says that the terminal's locale has only ASCII characters.
	ASCII bool
}

// leastOfBody is the least number of lines of the body if there are too many notes.
const leastOfBody = 3

// Lines returns the frame's lines for a screen of the given size. No line is longer than the
// width: the body is cut, and notes are wrapped.
func (f *Frame) Lines(width, height int) (lines []string, err error) {
	for _, line := range f.Head {
		lines = append(lines, clip(line, width))
	}
	var text bytes.Buffer
	if f.Body != nil {
		if err := f.Body(&text, width); err != nil {
			return nil, err
		}
	}
	var body, notes []string
	for line := range strings.Lines(string(output.Safe(text.Bytes()))) {
		body = append(body, clip(strings.TrimSuffix(line, "\n"), width))
	}
	for line := range strings.Lines(strings.Trim(f.Notes, "\n")) {
		notes = append(notes, wrap(strings.TrimSuffix(line, "\n"), width)...)
	}
	room := height - len(lines)
	if len(body) > 0 {
		lines, room = append(lines, ""), room-1
	}
	if len(notes) > 0 {
		room--
	}
	notes = f.last(notes, max(1, room-min(len(body), leastOfBody)))
	lines = append(lines, f.first(body, room-len(notes))...)
	if len(notes) > 0 {
		lines = append(append(lines, ""), notes...)
	}
	return lines[:min(len(lines), max(height, 0))], nil
}

// first cuts the body to a number of lines, the last of which says so.
func (f *Frame) first(body []string, room int) []string {
	if len(body) <= room || room < 1 {
		return body[:min(len(body), max(room, 0))]
	}
	foot := min(f.Foot, room-1)
	head := room - 1 - foot
	cut := append([]string{}, body[:head]...)
	cut = append(cut, f.more(len(body)-head-foot, "below"))
	return append(cut, body[len(body)-foot:]...)
}

// last cuts notes to a number of lines. It keeps the end, which is most important.
func (f *Frame) last(notes []string, room int) []string {
	if len(notes) <= room {
		return notes
	}
	if room < 2 {
		return notes[len(notes)-room:]
	}
	return append([]string{f.more(len(notes)-room+1, "above")}, notes[len(notes)-room+1:]...)
}

func (f *Frame) more(n int, where string) string {
	dots := "…"
	if f.ASCII {
		dots = "..."
	}
	if n == 1 {
		return fmt.Sprintf("%s 1 more line %s", dots, where)
	}
	return fmt.Sprintf("%s %d more lines %s", dots, n, where)
}

// pieces yields the pieces of a line. A piece is an escape sequence, which has no width, or
// a grapheme cluster.
func pieces(line string, yield func(text string, width int) bool) {
	state := -1
	for len(line) > 0 {
		if strings.HasPrefix(line, "\x1b[") {
			if end := strings.IndexAny(line, "mK"); end > 0 {
				if !yield(line[:end+1], 0) {
					return
				}
				line, state = line[end+1:], -1
				continue
			}
		}
		var text string
		var width int
		text, line, width, state = uniseg.FirstGraphemeClusterInString(line, state)
		if text == "\t" {
			text, width = " ", 1
		}
		if !yield(text, width) {
			return
		}
	}
}

// clip cuts a line to a width, and ends its colours.
func clip(line string, width int) string {
	var b strings.Builder
	at, colored := 0, false
	for text, w := range iterate(line) {
		if at+w > width {
			break
		}
		at += w
		colored = (colored || text[0] == '\x1b') && text != endColor
		b.WriteString(text)
	}
	if colored {
		b.WriteString(endColor)
	}
	return b.String()
}

const endColor = "\x1b[0m"

// iterate is pieces as a sequence.
func iterate(line string) func(yield func(string, int) bool) {
	return func(yield func(string, int) bool) { pieces(line, yield) }
}

// wrap splits a line at blanks, or where a word is longer than the width.
func wrap(line string, width int) (lines []string) {
	width = max(width, 1)
	var b strings.Builder
	at, blank, blankAt := 0, -1, 0 // the last blank: its index in b, and the width up to it
	for text, w := range iterate(line) {
		if at+w > width && at > 0 {
			rest := ""
			if blank >= 0 && text != " " {
				rest = b.String()[blank+1:]
				head := b.String()[:blank]
				b.Reset()
				b.WriteString(head)
				at -= blankAt + 1
			} else {
				at = 0
			}
			lines = append(lines, b.String())
			b.Reset()
			b.WriteString(rest)
			blank = -1
			if text == " " {
				continue
			}
		}
		if text == " " {
			blank, blankAt = b.Len(), at
		}
		at += w
		b.WriteString(text)
	}
	return append(lines, b.String())
}

// widthOf returns the width of a line on the screen.
func widthOf(line string) (n int) {
	for _, w := range iterate(line) {
		n += w
	}
	return n
}
