// The screen of a terminal, on which each frame replaces the previous one.

package watching

import (
	"io"
	"strings"
	"sync"
)

// The escape sequences of a display. It uses the alternate screen, so that the user's own
// screen stays unchanged even if the terminal rewraps long lines when its size changes.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l" // also hides the cursor
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	beginUpdate = "\x1b[?2026h\x1b[H" // terminals that support it show the whole update at once
	endUpdate   = "\x1b[J\x1b[?2026l" // also erases the screen below the frame
	eraseRest   = "\x1b[K"            // erases the rest of a line
)

// A Display shows frames on a terminal. It is safe for concurrent use.
type Display struct {
	// To is the terminal, and Size how many columns and lines it has now.
	To   io.Writer
	Size func() (width, height int)
	// Quiet is called when the display takes over the terminal. It returns a function that
	// restores the terminal, such as its echo. It may be nil.
	Quiet func() (restore func())

	mu      sync.Mutex
	frame   *Frame
	status  string
	entered bool
	closed  bool
	paused  bool
	restore func()
}

// Show paints a frame instead of the previous one.
func (d *Display) Show(f *Frame) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.frame, d.status = f, ""
	return d.paint()
}

// Last sets the frame that Close leaves on the user's screen if no frame was shown.
func (d *Display) Last(f *Frame) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.frame == nil {
		d.frame = f
	}
}

// Status shows a text after the first line of the frame, until the next frame. A status
// that has not changed paints nothing.
func (d *Display) Status(line string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if line == d.status {
		return nil
	}
	d.status = line
	return d.paint()
}

// Redraw paints the frame anew, such as after the size has changed.
func (d *Display) Redraw() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.entered {
		return nil
	}
	return d.paint()
}

// Pause restores the terminal until Resume is called. Nothing is drawn until then.
func (d *Display) Pause() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.paused = true
	d.leave()
}

// Resume takes over the terminal again.
func (d *Display) Resume() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.paused = false; d.frame == nil && d.status == "" {
		return nil
	}
	return d.paint()
}

// Close restores the terminal for good, and writes the last frame to the user's own screen.
// It may be called more than once.
func (d *Display) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	d.leave()
	if d.frame == nil {
		return nil
	}
	width, height := d.Size()
	lines, err := d.frame.Lines(width, height-1) // one line is left for the shell's prompt
	if err == nil && len(lines) > 0 {
		_, err = io.WriteString(d.To, strings.Join(lines, "\n")+"\n")
	}
	return err
}

func (d *Display) leave() {
	if d.entered {
		_, _ = io.WriteString(d.To, leaveScreen) // a closed terminal needs no restoring
		d.restore()
	}
	d.entered = false
}

// paint writes the whole screen at once.
func (d *Display) paint() error {
	if d.closed || d.paused {
		return nil
	}
	var b strings.Builder
	if !d.entered {
		b.WriteString(enterScreen)
		d.entered, d.restore = true, func() {}
		if d.Quiet != nil {
			d.restore = d.Quiet()
		}
	}
	width, height := d.Size()
	shown := Frame{}
	if d.frame != nil {
		shown = *d.frame
	}
	if d.status != "" {
		shown.Head = append([]string{}, shown.Head...)
		if len(shown.Head) == 0 {
			shown.Head = []string{d.status}
		} else {
			shown.Head[0] += "; " + d.status
		}
	}
	lines, err := shown.Lines(width, height)
	if err != nil {
		return err
	}
	b.WriteString(beginUpdate)
	for i, line := range lines {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(line)
		if widthOf(line) < width { // after a full line it would erase the last character
			b.WriteString(eraseRest)
		}
	}
	if len(lines) < height {
		b.WriteString("\r\n" + endUpdate)
	} else {
		b.WriteString(strings.TrimPrefix(endUpdate, "\x1b[J"))
	}
	_, err = io.WriteString(d.To, b.String())
	return err
}
