//go:build unix

// A terminal for tests: a pseudo-terminal, and what its screen shows.

package testkit

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// A Screen is a terminal as a person sees it. [Screen.Start] starts programs on it. A test can
// write to it with [Screen.Open].
type Screen struct {
	keyboard *os.File
	terminal *os.File // it stays open, so that the output of programs that have ended can be read

	mu      sync.Mutex
	shown   vt10x.Terminal
	written strings.Builder
}

// NewScreen returns a screen. It is closed at the end of the test.
func NewScreen(t testing.TB, columns, lines int) *Screen {
	t.Helper()
	ours, its, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	s := &Screen{keyboard: ours, terminal: its, shown: vt10x.New(vt10x.WithSize(columns, lines))}
	s.Resize(t, columns, lines)
	go s.read()
	t.Cleanup(func() { _ = errors.Join(its.Close(), ours.Close()) })
	return s
}

// Resize changes the size, and notifies the programs.
func (s *Screen) Resize(t testing.TB, columns, lines int) {
	t.Helper()
	if err := pty.Setsize(s.keyboard, &pty.Winsize{Rows: uint16(lines), Cols: uint16(columns)}); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown.Resize(columns, lines)
}

func (s *Screen) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := s.keyboard.Read(buffer)
		s.mu.Lock()
		s.written.Write(buffer[:n])
		_, _ = s.shown.Write(buffer[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Open returns another file of the terminal.
func (s *Screen) Open(t testing.TB) *os.File {
	t.Helper()
	f, err := os.OpenFile(s.terminal.Name(), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// Start starts a program as the only one in the terminal's session. If stdin, stdout or stderr is
// nil, it is the terminal.
func (s *Screen) Start(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if cmd.Stdin == nil {
		cmd.Stdin = s.terminal
	}
	if cmd.Stdout == nil {
		cmd.Stdout = s.terminal
	}
	if cmd.Stderr == nil {
		cmd.Stderr = s.terminal
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// Type sends keys: "\x03" is Ctrl-C.
func (s *Screen) Type(t testing.TB, keys string) {
	t.Helper()
	if _, err := s.keyboard.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// Shown returns the lines of the screen, without blanks at their ends and without empty lines at
// the end of the screen.
func (s *Screen) Shown() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for line := range strings.SplitSeq(s.shown.String(), "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// CursorShown reports whether the cursor is visible.
func (s *Screen) CursorShown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.CursorVisible()
}

// Clear clears the screen, and shows a line at its top.
func (s *Screen) Clear(t testing.TB, line string) {
	t.Helper()
	if _, err := s.terminal.WriteString("\x1b[0m\x1b[2J\x1b[H" + line + "\n"); err != nil {
		t.Fatal(err)
	}
}

// Mark waits until the screen shows everything that was written to the terminal before.
func (s *Screen) Mark(t testing.TB) {
	t.Helper()
	const mark = "\x1b[0;0m" // it is invisible, and no program writes it
	before := strings.Count(s.Written(), mark)
	if _, err := s.terminal.WriteString(mark); err != nil {
		t.Fatal(err)
	}
	if !Within(screenLimit, func() bool { return strings.Count(s.Written(), mark) > before }) {
		t.Fatal("the screen was not read to its end")
	}
}

// Written returns everything that was written to the terminal, with \n as the end of lines.
func (s *Screen) Written() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.ReplaceAll(s.written.String(), "\r\n", "\n")
}

// screenLimit is the longest wait for a screen, also on a busy machine.
const screenLimit = 30 * time.Second

// Await waits until the screen shows a text.
func (s *Screen) Await(t testing.TB, text string) {
	t.Helper()
	if !Within(screenLimit, func() bool { return strings.Contains(s.Shown(), text) }) {
		t.Fatalf("the screen does not show %q:\n%s", text, s.Shown())
	}
}

// AwaitAll waits until the screen shows this text and nothing else.
func (s *Screen) AwaitAll(t testing.TB, text string) {
	t.Helper()
	if !Within(screenLimit, func() bool { return s.Shown() == text }) {
		t.Fatalf("the screen shows\n%s\nwant\n%s", s.Shown(), text)
	}
}
