// The live line: who has answered and who is still out, on a terminal, while the
// sources run.

package report

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
)

const (
	liveDelay    = 300 * time.Millisecond // a run that is quicker shows no line
	liveInterval = 150 * time.Millisecond
	clearLine    = "\r\x1b[K"
)

// A Live line redraws itself on a terminal until it is stopped. What else goes
// to the terminal meanwhile goes through [Live.Over], which wipes the line first.
type Live struct {
	w     io.Writer
	width int
	board *query.Progress

	mu    sync.Mutex
	shown bool
	stop  chan struct{}
	done  chan struct{}
}

// StartLive begins to draw on w, a terminal of the given width.
func StartLive(w io.Writer, width int, board *query.Progress) *Live {
	l := &Live{w: w, width: width, board: board, stop: make(chan struct{}), done: make(chan struct{})}
	go l.run()
	return l
}

// Stop wipes the line for good. A nil Live does nothing.
func (l *Live) Stop() {
	if l == nil {
		return
	}
	close(l.stop)
	<-l.done
	l.wipe(nil)
}

// Over gives a writer to the same terminal, which writes over the line. For a
// nil Live it is w itself.
func (l *Live) Over(w io.Writer) io.Writer {
	if l == nil {
		return w
	}
	return over{l, w}
}

type over struct {
	l *Live
	w io.Writer
}

func (o over) Write(p []byte) (n int, err error) {
	o.l.wipe(func() { n, err = o.w.Write(p) })
	return n, err
}

// wipe clears the line, and then does something while nothing is drawn.
func (l *Live) wipe(then func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shown {
		_, _ = io.WriteString(l.w, clearLine) // a terminal that is gone is no failure of the run
		l.shown = false
	}
	if then != nil {
		then()
	}
}

func (l *Live) run() {
	defer close(l.done)
	next := time.NewTimer(liveDelay)
	defer next.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-next.C:
		}
		l.draw()
		next.Reset(liveInterval)
	}
}

func (l *Live) draw() {
	line := Line(l.board.Statuses(), l.board.Elapsed())
	if line == "" {
		l.wipe(nil)
		return
	}
	if l.width > 1 {
		line = runewidth.Truncate(line, l.width-1, "…")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = io.WriteString(l.w, clearLine+line)
	l.shown = true
}

// Line says who has answered and who is still out; it is empty when nobody is.
func Line(standings []query.Status, elapsed time.Duration) string {
	var out []string
	ended, waiting := 0, 0
	for _, s := range standings {
		if s.State != query.Running {
			ended++
			continue
		}
		if s.Phase == driver.Waiting {
			waiting++
			continue
		}
		text := output.Sanitize(s.Source) + " (" + s.Phase.String()
		if s.Rows > 0 {
			text += ", " + CountRows(s.Rows)
		}
		out = append(out, text+")")
	}
	if len(out) == 0 {
		return ""
	}
	later := ""
	if waiting > 0 {
		later = fmt.Sprintf(", %d not begun", waiting)
	}
	return fmt.Sprintf("%.1fs: %d of %d ended%s; waiting for %s", elapsed.Seconds(), ended, len(standings), later, strings.Join(out, ", "))
}
