// The progress of a run for programs: a line of JSON at each interval, and one at the end.

package report

import (
	"encoding/json"
	"io"
	"math"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
)

// progressInterval is the time between two lines.
const progressInterval = time.Second

// A ProgressLog writes the progress of a run, until it is stopped. It writes each line with
// one call of Write.
type ProgressLog struct {
	w        io.Writer
	progress *query.Progress
	stop     chan struct{}
	done     chan struct{}
}

// A ProgressLine is a line of a [ProgressLog]. Lines with Event "progress" are written
// during the run. The last line has Event "end", and also the fields from Result on.
type ProgressLine struct {
	Event string `json:"event"`
	// Seconds is the time since the run began.
	Seconds float64 `json:"seconds"`
	// Step is the step of a run that has several, such as fetching.
	Step string `json:"step,omitempty"`
	// Sources is the number of all sources. Ended, Running and Waiting are the numbers of
	// those that have ended, run, and wait to begin.
	Sources int `json:"sources"`
	Ended   int `json:"ended"`
	Running int `json:"running"`
	Waiting int `json:"waiting"`
	// Rows and Bytes were received from the sources so far; Bytes are those that the rows
	// take in memory.
	Rows          int64 `json:"rows"`
	Bytes         int64 `json:"bytes"`
	RowsPerSecond int64 `json:"rows_per_second"`

	Result     string   `json:"result,omitempty"` // complete, partial or none
	ExitStatus *int     `json:"exit_status,omitempty"`
	Missing    []string `json:"missing,omitempty"` // sources that are not in the result
	Error      string   `json:"error,omitempty"`   // why the result could not be written
}

// StartProgressLog begins to write to w.
func StartProgressLog(w io.Writer, progress *query.Progress) *ProgressLog {
	l := &ProgressLog{w: w, progress: progress, stop: make(chan struct{}), done: make(chan struct{})}
	go l.run()
	return l
}

func (l *ProgressLog) run() {
	defer close(l.done)
	tick := time.NewTicker(progressInterval)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-tick.C:
		}
		l.write(l.line("progress"))
	}
}

// Stop ends the lines. It may be called more than once; a nil log does nothing.
func (l *ProgressLog) Stop() {
	if l == nil {
		return
	}
	select {
	case <-l.done:
		return
	default:
	}
	close(l.stop)
	<-l.done
}

// End stops, and writes the last line.
func (l *ProgressLog) End(v Verdict) {
	if l == nil {
		return
	}
	l.Stop()
	v.Failure = option.Spelled(v.Failure, v.Spelling)
	line, exit := l.line("end"), v.Exit()
	line.Result, line.ExitStatus = v.Result(), &exit
	line.Rows, line.Bytes, line.Ended, line.Running, line.Waiting = 0, 0, 0, 0, 0
	for _, o := range v.Outcomes {
		line.Rows, line.Bytes, line.Ended = line.Rows+o.Rows, line.Bytes+o.Bytes, line.Ended+1
		if o.State != query.OK {
			line.Missing = append(line.Missing, o.Source)
		}
	}
	line.Sources = len(v.Outcomes)
	line.rate()
	if v.Failure != nil {
		line.Error = v.Failure.Error()
	}
	l.write(line)
}

func (l *ProgressLog) line(event string) ProgressLine {
	line := ProgressLine{Event: event, Seconds: math.Round(l.progress.Elapsed().Seconds()*1000) / 1000, Step: l.progress.Step()}
	for _, s := range l.progress.Statuses() {
		line.Sources++
		line.Rows, line.Bytes = line.Rows+s.Rows, line.Bytes+s.Bytes
		switch {
		case s.State != query.Running:
			line.Ended++
		case s.Phase == driver.Waiting:
			line.Waiting++
		default:
			line.Running++
		}
	}
	line.rate()
	return line
}

func (p *ProgressLine) rate() {
	if p.RowsPerSecond = 0; p.Seconds > 0 {
		p.RowsPerSecond = int64(float64(p.Rows) / p.Seconds)
	}
}

// write writes a line with one call. It ignores errors: a missing reader is not a failure
// of the run.
func (l *ProgressLog) write(line ProgressLine) {
	text, err := json.Marshal(line)
	if err == nil {
		_, _ = l.w.Write(append(text, '\n'))
	}
}
