// --watch on a terminal: the screen is redrawn in place.

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/cmd/internal/watching"
)

// frames show rounds on a terminal. Each round replaces the previous one on the screen.
type frames struct {
	w       *watch
	screen  *output.Screen
	display *watching.Display
	ascii   bool
	notes   notes  // the text that a round writes to stdout and stderr
	stop    func() // ends the diversion of stdout and stderr
	closing sync.Once

	rows    *watching.Rows // the rows of this round; nil if it shows a report
	most    int64          // bounds the rows, in bytes
	format  output.Format
	foot    int
	changes watching.Changes
	marks   watching.Marks
	body    func(to io.Writer, width int) error // writes a report; nil means that rows are shown
	before  endings                             // the checks of the previous round
}

// notes collect a text that several goroutines write.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

// take returns the text and empties the notes.
func (n *notes) take() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	defer n.text.Reset()
	return n.text.String()
}

// framed returns frames for stdout, or nil if stdout cannot be redrawn.
func (w *watch) framed() *frames {
	screen, ok := w.stdout.(*output.Screen)
	if !ok || w.getenv("TERM") == "dumb" {
		return nil
	}
	f := &frames{w: w, screen: screen, ascii: w.plainLocale(), stop: func() {}}
	f.display = &watching.Display{To: screen.File(), Size: f.size, Quiet: func() func() { return hideKeys(w.stdin) }}
	return f
}

// size returns the size of the terminal. If its height is unknown, it is 24 lines.
func (f *frames) size() (width, height int) {
	width, height = output.Size(f.screen)
	if height <= 0 {
		height = 24
	}
	return width, height
}

// open diverts stdout and stderr: text that is written there is shown with its round.
func (f *frames) open(ctx context.Context) {
	f.screen.Divert(&f.notes)
	before := f.w.stderr
	screen, isScreen := before.(*output.Screen)
	if isScreen {
		screen.Divert(&f.notes)
	} else {
		f.w.stderr = io.MultiWriter(before, f.screen.Styled())
	}
	unfollow := followTerminal(ctx, f.display)
	f.stop = func() {
		unfollow()
		f.screen.Divert(nil)
		if isScreen {
			screen.Divert(nil)
		}
		f.w.stderr = before
	}
}

func (f *frames) close() (err error) {
	f.closing.Do(func() {
		err = f.display.Close()
		f.stop()
		_, _ = io.WriteString(styledWriter(f.w.stderr), f.notes.take()) // text that no frame has shown
	})
	return err
}

func (f *frames) begin() (over func()) {
	f.rows, f.format, f.body, f.marks = &watching.Rows{Most: f.most}, output.Format{}, nil, watching.Marks{}
	f.notes.take()
	return f.follow()
}

// writer returns the writer of a round's rows, which are drawn at its end.
func (f *frames) writer(format output.Format, o output.Options) output.Writer {
	f.format, f.foot = format, 0
	if o.Total {
		f.foot = 2
		if o.Table == "box" {
			f.foot = 3
		}
	}
	return f.rows.Writer(o)
}

func (f *frames) end(condition string) error {
	return f.display.Show(f.frame(condition))
}

func (f *frames) interrupted() { f.display.Last(f.frame("")) }

// frame returns the frame that shows this round.
func (f *frames) frame(condition string) *watching.Frame {
	if f.format.Name != "" {
		f.marks = f.changes.Next(f.rows, f.w.answered)
	}
	head := []string{f.w.everyLine()}
	switch n := f.marks.Cells; {
	case n == 1:
		head[0] += "; 1 change (*)"
	case n > 1:
		head[0] += fmt.Sprintf("; %d changes (*)", n)
	}
	if condition != "" {
		head = append(head, output.Sanitize(fmt.Sprintf("until %s: %s", f.w.flags.condition, condition)))
	}
	rows, format, marks, body := f.rows, f.format, f.marks, f.body
	if format.Name != "" { // else no rows arrived
		body = func(to io.Writer, width int) error {
			_, err := rows.Paint(to, format, width, marks.At)
			return err
		}
	}
	return &watching.Frame{Head: head, Body: body, Foot: f.foot, Notes: f.notes.take(), ASCII: f.ascii}
}

const (
	// runsLong is how long a round runs before the screen shows its progress.
	// progressInterval is how often the progress is shown.
	runsLong         = time.Second
	progressInterval = 250 * time.Millisecond
)

// follow shows the progress of a round that takes long, until stop is called.
func (f *frames) follow() (stop func()) {
	n, began := f.w.n, f.w.began
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		defer f.w.containGoroutine()
		tick := time.NewTicker(progressInterval)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
			}
			u := f.w.underway.Load()
			if u == nil || time.Since(began) < runsLong {
				continue
			}
			line := report.Line(u.progress.Statuses(), u.progress.Elapsed(), nil)
			if line != "" && f.display.Status(fmt.Sprintf("round %d runs: %s", n, line)) != nil {
				return
			}
		}
	}()
	return func() {
		close(over)
		<-ended
	}
}
