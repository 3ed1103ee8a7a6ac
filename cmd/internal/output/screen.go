// The screen: the one writer through which all output reaches a terminal.

package output

import (
	"bytes"
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"
)

// A Screen is a terminal. It writes characters that could control the terminal, or that are
// invisible, as escapes. It is safe for concurrent use.
type Screen struct {
	f *os.File

	mu   sync.Mutex
	to   io.Writer // the writer to use instead of the terminal; nil is the terminal
	rest []byte    // the beginning of a character that a write has split
}

// ForTerminal returns a [Screen] for a writer that is a terminal, and any other writer
// unchanged. Only the descriptor decides.
func ForTerminal(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &Screen{f: f}
	}
	return w
}

// Fd returns the terminal's descriptor.
func (s *Screen) Fd() uintptr { return s.f.Fd() }

// File returns the terminal, for programs that write to it themselves.
func (s *Screen) File() *os.File { return s.f }

// Divert sends all further output, still escaped, to another writer instead of the
// terminal. Nil ends the diversion.
func (s *Screen) Divert(to io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = to
}

// send writes text that has already been escaped.
func (s *Screen) send(text []byte) (err error) {
	if s.to != nil {
		_, err = s.to.Write(text)
	} else {
		_, err = s.f.Write(text)
	}
	return err
}

// Write writes p. Line breaks and tabs are written as they are, all other control
// characters as escapes.
func (s *Screen) Write(p []byte) (int, error) { return s.write(p, nil) }

// Styled returns a writer to the screen that passes the escape sequences that fanql itself
// uses for colours and for erasing a line. The caller must make text from elsewhere safe
// before, with [Sanitize] or [Options].Terminal.
func (s *Screen) Styled() io.Writer { return styled{s} }

type styled struct{ s *Screen }

func (t styled) Write(p []byte) (int, error) { return t.s.write(p, ownSequences) }

// ownSequences are all escape sequences that fanql sends to a terminal.
var ownSequences = append([][]byte{
	[]byte("\x1b[0m"), []byte("\x1b[1m"), []byte("\x1b[2m"), []byte("\x1b[7m"), []byte("\x1b[31m"), []byte("\x1b[32m"), []byte("\x1b[33m"), []byte("\x1b[34m"), []byte("\x1b[36m"), []byte("\x1b[35m"),
	[]byte("\r\x1b[K"),
}, bytes.Fields([]byte(strings.Join(manyColors, " ")))...)

func (s *Screen) write(p []byte, own [][]byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := append(s.rest, p...)
	whole := len(text) - cutCharacter(text)
	err := s.send(escapeAllBut(nil, text[:whole], own))
	s.rest = bytes.Clone(text[whole:])
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// Safe returns a text as [Screen.Styled] would write it.
func Safe(text []byte) []byte { return escapeAllBut(nil, text, ownSequences) }

// Flush writes the rest of a character that was never completed.
func (s *Screen) Flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rest) == 0 {
		return nil
	}
	err := s.send(appendVisible(nil, s.rest, "\n\t"))
	s.rest = nil
	return err
}

// cutCharacter returns how many bytes at the end are the beginning of an incomplete
// character.
func cutCharacter(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if ch := text[len(text)-n]; utf8.RuneStart(ch) {
			if ch >= utf8.RuneSelf && !utf8.FullRune(text[len(text)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// escapeAllBut is like appendVisible, but keeps line breaks, tabs and the given sequences.
func escapeAllBut(dst, text []byte, own [][]byte) []byte {
	begin := 0
	for i := 0; i < len(text) && len(own) > 0; i++ {
		if text[i] != '\x1b' && text[i] != '\r' {
			continue
		}
		for _, sequence := range own {
			if bytes.HasPrefix(text[i:], sequence) {
				dst = append(appendPart(dst, text, begin, i, "\n\t"), sequence...)
				begin = i + len(sequence)
				i = begin - 1
				break
			}
		}
	}
	return appendPart(dst, text, begin, len(text), "\n\t")
}

// Size returns how many columns and lines a terminal shows. 0 lines means unknown.
func Size(stream any) (width, height int) {
	width, ok := Terminal(stream)
	if !ok {
		return 0, 0
	}
	if _, lines, err := term.GetSize(int(stream.(interface{ Fd() uintptr }).Fd())); err == nil {
		height = lines
	}
	return width, height
}

// Terminal reports whether a stream is a terminal, and how many columns it shows.
func Terminal(stream any) (width int, ok bool) {
	f, isFile := stream.(interface{ Fd() uintptr }) // a file, or a screen
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 1 {
		width = 80
	}
	return width, true
}
