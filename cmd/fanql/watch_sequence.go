// --watch into a pipe or a file, or for formats that programs read: one result after the
// other.

package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/cmd/internal/watching"
	"github.com/fanql/fanql/sources/row"
)

// A sequence shows rounds one after the other. In formats for people a line with the time
// is above each result, as in psql's \watch. CSV and TSV have one header for all rounds, so
// the whole output is one table. A round with other columns fails.
type sequence struct {
	w      *watch
	titles bool     // print titles, for people
	header []string // the columns of the header; nil if there is no header yet
}

func (s *sequence) open(context.Context) {}
func (s *sequence) close() error         { return nil }
func (s *sequence) begin() (over func()) { return func() {} }
func (s *sequence) interrupted()         {}

func (s *sequence) end(condition string) error {
	if condition != "" && condition != "not yet" && condition != "true" && !s.w.quiet {
		_, _ = fmt.Fprintf(s.w.stderr, "fanql: --until: %s\n", output.Sanitize(condition)) // like all output on stderr
	}
	return nil
}

// title writes the line above a result.
func (s *sequence) title(to io.Writer, bare bool) error {
	text := ""
	if s.w.n > 1 {
		text = "\n"
	}
	if !bare {
		text += fmt.Sprintf("%s (every %s)\n\n", s.w.began.Format("2006-01-02 15:04:05"), s.w.interval())
	}
	_, err := io.WriteString(to, text)
	return err
}

// writer returns the writer of a round's rows in a format.
func (s *sequence) writer(f output.Format, to io.Writer, o output.Options) output.Writer {
	if f.Fixed {
		if s.header != nil {
			o.NoHeader, o.CSV.BOM = true, false
		}
		return &headed{Writer: f.New(to, o), s: s, format: f.Name}
	}
	if !s.titles {
		return f.New(to, o)
	}
	return titled{f.New(to, o), sync.OnceValue(func() error { return s.title(to, o.NoHeader) })}
}

// titled writes a title before the first row.
type titled struct {
	output.Writer
	title func() error
}

func (t titled) Write(b *row.Batch) error {
	if err := t.title(); err != nil {
		return err
	}
	return t.Writer.Write(b)
}

// headed writes rows below the header of an earlier round.
type headed struct {
	output.Writer
	s      *sequence
	format string
	schema *row.Schema
	names  []string
}

func (h *headed) Write(b *row.Batch) error {
	if b.Schema != h.schema {
		h.schema, h.names = b.Schema, []string{}
		for _, c := range b.Schema.Columns {
			h.names = append(h.names, c.Name)
		}
		if h.s.header != nil && !slices.Equal(h.s.header, h.names) {
			return fmt.Errorf("%s: the columns are not those of the header, which was written in an earlier round: use json or jsonl", h.format)
		}
	}
	return h.Writer.Write(b)
}

func (h *headed) Flush() error { return h.written(h.Writer.Flush()) }
func (h *headed) Close() error { return h.written(h.Writer.Close()) }

// written notes that the header has been written.
func (h *headed) written(err error) error {
	if err == nil && h.schema != nil && h.s.header == nil {
		h.s.header = h.names
	}
	return err
}

// judged passes all rows to the condition of the watch.
type judged struct {
	output.Writer
	judge *watching.Judge
}

func (j judged) Write(b *row.Batch) error {
	if err := j.judge.Add(b); err != nil {
		return &run.InvalidError{Err: wrongCondition(err)}
	}
	return j.Writer.Write(b)
}

// text writes a text: below a title if it is for people, or without one if it is for
// programs.
func (s *sequence) text(write func(io.Writer) error, to io.Writer) error {
	if s.titles {
		if err := s.title(to, false); err != nil {
			return err
		}
	}
	return write(to)
}

// everyLine is the first line of a frame: the interval, the number of the round, and its
// time.
func (w *watch) everyLine() string {
	return fmt.Sprintf("every %s: round %d, %s", w.interval(), w.n, w.began.Format("15:04:05"))
}

// interval is the time between rounds, as it is written: 1h and not 1h0m0s.
func (w *watch) interval() string {
	text := w.flags.every.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
