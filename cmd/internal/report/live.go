// The live line: which sources have answered and which have not, on a terminal, while
// they run.

package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
)

const (
	liveDelay    = 300 * time.Millisecond // a quicker run shows no line
	liveInterval = 150 * time.Millisecond
	clearLine    = "\r\x1b[K"
)

// A Live line redraws itself on a terminal until it is stopped. Until then, all other
// output to the terminal must go through [Live.Over], which clears the line first.
type Live struct {
	w        io.Writer
	progress *query.Progress
	options  LiveOptions

	mu    sync.Mutex
	shown bool
	stop  chan struct{}
	done  chan struct{}
}

// LiveOptions say what a live line shows, and where.
type LiveOptions struct {
	Width int // the width of the terminal
	// Since has, by source, the value up to which it was exported before; may be nil.
	Since map[string]string
	// Busy reports whether another program uses the terminal: then nothing is drawn. Nil is
	// never.
	Busy func() bool
}

// StartLive begins to draw on w, a terminal. The caller calls Stop.
func StartLive(w io.Writer, progress *query.Progress, o LiveOptions) *Live {
	l := &Live{w: w, progress: progress, options: o, stop: make(chan struct{}), done: make(chan struct{})}
	go l.run()
	return l
}

// Stop removes the line. A nil Live does nothing.
func (l *Live) Stop() {
	if l == nil {
		return
	}
	close(l.stop)
	<-l.done
	l.wipe(nil)
}

// Over returns a writer to the same terminal, which writes over the line. For a nil
// Live it is w itself.
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

// wipe clears the line, and then calls a function while nothing is drawn.
func (l *Live) wipe(then func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shown {
		_, _ = io.WriteString(l.w, clearLine) // a closed terminal is not a failure of the run
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
	elapsed, step := l.progress.Elapsed(), l.progress.Step()
	line := Line(l.progress.Statuses(), elapsed, l.options.Since)
	switch {
	case step != "" && line == "":
		line = fmt.Sprintf("%.1fs: %s", elapsed.Seconds(), step)
	case step != "":
		line = step + ": " + line
	}
	if line == "" {
		l.wipe(nil)
		return
	}
	if l.options.Width > 1 {
		line = runewidth.Truncate(line, l.options.Width-1, "…")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.options.Busy != nil && l.options.Busy() {
		return
	}
	_, _ = io.WriteString(l.w, clearLine+line)
	l.shown = true
}

// Line returns how many sources have ended, their rows and their rate, when the rest
// may be done, and which running sources have taken the longest, each with its value of
// since if it has one. It is empty if none is running.
func Line(statuses []query.Status, elapsed time.Duration, since map[string]string) string {
	var out []query.Status
	var rows, size int64
	ended, waiting := 0, 0
	for _, s := range statuses {
		rows, size = rows+s.Rows, size+s.Bytes
		switch {
		case s.State != query.Running:
			ended++
		case s.Phase == driver.Waiting:
			waiting++
		default:
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return ""
	}
	line := fmt.Sprintf("%.1fs: %d of %d ended", elapsed.Seconds(), ended, len(statuses))
	if waiting > 0 {
		line += fmt.Sprintf(", %d not begun", waiting)
	}
	if rows > 0 {
		line += ", " + shortRows(rows)
		if size >= 1<<20 {
			line += fmt.Sprintf(", %d MiB", size>>20)
		}
		if elapsed >= time.Second {
			line += fmt.Sprintf(", %s/s", shortRows(int64(float64(rows)/elapsed.Seconds())))
		}
	}
	if left, ok := estimate(len(statuses), ended, waiting, elapsed); ok {
		line += ", about " + left.String() + " left"
	}
	return line + "; waiting for " + longest(out, since)
}

// estimate returns how long the sources that have not ended may take, in whole seconds.
// It is ok only if some have not begun yet, because their number then decides, and if
// enough have ended to extrapolate.
func estimate(all, ended, waiting int, elapsed time.Duration) (left time.Duration, ok bool) {
	const (
		fewestOfAll = 20
		fewestEnded = 5
	)
	if waiting == 0 || all < fewestOfAll || ended < max(fewestEnded, all/fewestOfAll) {
		return 0, false
	}
	left = time.Duration(float64(elapsed) / float64(ended) * float64(all-ended))
	return max(left.Round(time.Second), time.Second), true
}

// longest names the sources that have run the longest, and counts the others.
func longest(out []query.Status, since map[string]string) string {
	slices.SortStableFunc(out, func(a, b query.Status) int { return cmp.Compare(a.Turn, b.Turn) })
	var names []string
	for _, s := range out[:min(slowest, len(out))] {
		text := output.Sanitize(s.Source) + " (" + s.Phase.String()
		if from, ok := since[s.Source]; ok {
			text += ", since " + output.Sanitize(from)
		}
		if s.Rows > 0 {
			text += ", " + shortRows(s.Rows)
		}
		names = append(names, text+")")
	}
	if more := len(out) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
