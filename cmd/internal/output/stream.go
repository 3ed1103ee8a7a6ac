// The writer of all formats that have an encoder.

package output

import (
	"fmt"

	"github.com/fanql/fanql/sources/row"
)

type stream struct {
	sink
	format   Format
	enc      Encoder
	form     row.Form // the form of the rows that it accepts
	terminal bool
	schema   *row.Schema // of the last batch
	rows     bool        // some rows were written
	shown    []byte      // the buffer, escaped for a terminal
}

func (s *stream) Write(b *row.Batch) error {
	if s.err != nil {
		return s.err
	}
	if b.Schema != s.schema {
		if s.columns(b.Schema); s.err != nil {
			return s.err
		}
	}
	s.buf = s.enc.Rows(s.buf, b, !s.rows)
	s.rows = s.rows || b.Rows() > 0
	if len(s.buf) < bufferSize {
		return nil
	}
	return s.Flush()
}

// columns begins the result, or changes to other columns.
func (s *stream) columns(next *row.Schema) {
	switch {
	case next.Form != s.form:
		s.err = fmt.Errorf("%s: the rows are not of the form that is written", s.format.Name)
		return
	case s.schema == nil:
		s.buf = s.enc.Header(s.buf, next)
	case sameNames(s.schema, next):
	case s.format.Fixed:
		s.err = fmt.Errorf("%s: the columns changed after the header was written: use json or jsonl", s.format.Name)
		return
	}
	s.schema = next
}

// Flush writes the buffer, which has complete rows and so complete characters.
func (s *stream) Flush() error {
	if s.terminal {
		s.shown = appendVisible(recycle(s.shown), s.buf, s.format.keep)
		s.buf, s.shown = s.shown, s.buf
	}
	return s.sink.Flush()
}

func (s *stream) Close() error {
	if s.err != nil {
		return s.err
	}
	if s.schema == nil {
		s.buf = s.enc.Header(s.buf, nil)
	}
	s.buf = s.enc.Footer(s.buf, s.rows)
	return s.Flush()
}
