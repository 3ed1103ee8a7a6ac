package watching_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/rivo/uniseg"

	"github.com/fanql/fanql/cmd/internal/watching"
)

// body returns a frame with a body of numbered lines.
func body(lines int) *watching.Frame {
	return &watching.Frame{Head: []string{"head"}, Body: func(w io.Writer, _ int) error {
		for i := range lines {
			if _, err := fmt.Fprintf(w, "line %d\n", i+1); err != nil {
				return err
			}
		}
		return nil
	}}
}

func TestAFrameFitsTheScreen(t *testing.T) {
	notes := "warning: one\nwarning: two\nwarning: three\nwarning: four\npartial: us is missing"
	for _, c := range []struct {
		name          string
		lines, foot   int
		notes         string
		width, height int
		want          string
	}{
		{"it fits", 2, 0, "complete", 40, 10, "head||line 1|line 2||complete"},
		{"just", 2, 0, "complete", 40, 6, "head||line 1|line 2||complete"},
		{"the body is cut", 9, 0, "complete", 40, 7, "head||line 1|line 2|… 7 more lines below||complete"},
		{"except its last lines", 9, 1, "complete", 40, 7, "head||line 1|… 7 more lines below|line 9||complete"},
		{"too many notes: the last ones stay", 9, 0, notes, 40, 9, "head||line 1|line 2|… 7 more lines below||… 3 more lines above|warning: four|partial: us is missing"},
		{"notes are wrapped", 1, 0, "partial: 1 of 2 sources; missing: us (connect: refused)", 24, 10, "head||line 1||partial: 1 of 2 sources;|missing: us (connect:|refused)"},
		{"no body", 0, 0, "no answer", 40, 10, "head||no answer"},
		{"no room", 5, 0, notes, 40, 2, "head|"},
		{"narrow", 1, 0, "abcdef", 3, 9, "hea||lin||abc|def"},
	} {
		f := body(c.lines)
		f.Foot, f.Notes = c.foot, c.notes
		lines, err := f.Lines(c.width, c.height)
		if got := strings.Join(lines, "|"); got != c.want || err != nil {
			t.Errorf("%s:\n%s\nwant\n%s (%v)", c.name, got, c.want, err)
		}
	}
}

func TestNoLineIsWiderThanTheScreen(t *testing.T) {
	f := &watching.Frame{
		Head:  []string{"every 5s: 日本語日本語"},
		Notes: "missing: \x1b[31m日本語\x1b[0m " + strings.Repeat("日本", 20) + "👩‍👩‍👧 ende",
		Body: func(w io.Writer, _ int) error {
			_, err := io.WriteString(w, "\x1b[7m日本語日本語日本語\x1b[0m|x\nplain\x1b[2Jtext\ttab\n")
			return err
		},
	}
	for width := 1; width < 40; width++ {
		lines, err := f.Lines(width, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			plain := strings.NewReplacer("\x1b[7m", "", "\x1b[0m", "", "\x1b[31m", "").Replace(line)
			if n := uniseg.StringWidth(plain); n > max(width, 2) || strings.ContainsAny(plain, "\x1b\t\n") {
				t.Errorf("at %d: %d places: %q", width, n, line)
			}
			if strings.Contains(line, "\x1b[7m") && !strings.Contains(line, "\x1b[0m") {
				t.Errorf("at a width of %d the colour does not end: %q", width, line)
			}
		}
	}
}

// A terminal keeps the text that is written to it.
type terminal struct {
	strings.Builder
	width, height int
}

func (t *terminal) display() *watching.Display {
	return &watching.Display{To: t, Size: func() (int, int) { return t.width, t.height }}
}

func TestTheTerminalIsGivenBack(t *testing.T) {
	screen := &terminal{width: 20, height: 5}
	quiet := 0
	d := screen.display()
	d.Quiet = func() func() { quiet++; return func() { quiet-- } }
	if err := d.Redraw(); err != nil || screen.Len() > 0 {
		t.Errorf("without a frame it wrote %q", screen.String())
	}
	for _, step := range []func() error{func() error { return d.Show(body(9)) }, d.Redraw} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if quiet != 1 || strings.Count(screen.String(), "\x1b[?1049h") != 1 {
		t.Errorf("the screen was taken %d times: %q", quiet, screen.String())
	}
	d.Pause()
	size := screen.Len()
	if err := d.Redraw(); err != nil || screen.Len() != size || quiet != 0 {
		t.Errorf("it wrote while it was paused: %q", screen.String()[size:])
	}
	if err := d.Resume(); err != nil || quiet != 1 {
		t.Error("the screen was not taken again after the pause")
	}
	size = screen.Len()
	for range 2 {
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := screen.String()[size:]; got != "\x1b[?25h\x1b[?1049lhead\n\nline 1\n… 8 more lines below\n" || quiet != 0 {
		t.Errorf("at the end it wrote %q", got)
	}
	if err := d.Show(body(1)); err != nil || screen.Len() != size+len("\x1b[?25h\x1b[?1049lhead\n\nline 1\n… 8 more lines below\n") {
		t.Error("it wrote after the end")
	}
}
