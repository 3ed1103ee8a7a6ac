// Several sources writing into one file at the same time, in source order.

package output

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/fanql/fanql/sources/leftover"
	"github.com/fanql/fanql/sources/row"
)

// segmentBuffer is how much of a source is held in memory before it is written.
const segmentBuffer = 256 << 10

// Segments gather the encoded rows of n sources, each in a segment of its own,
// and join them in source order. The result is, to the byte, what
// [Format.New] would write of the rows in that order. The first source writes
// into the file itself; the others need a temporary file only when they outgrow
// their buffer, and joining those costs the system no copy where the file system
// can share blocks.
//
// Rows of different sources may be called at the same time, those of one source
// one after another. All batches must have the same column names: the merged
// ones. The header is written once, with the first batch of any source.
type Segments struct {
	to  Target
	enc Encoder

	start  sync.Once
	schema *row.Schema // of the header
	header int64       // its length
	err    error       // of writing it

	sources []segment
}

// A segment is what one source has given so far: what is in its file, then what
// is in its buffer.
type segment struct {
	file *os.File // nil until the buffer overflows; of the first source, the result
	buf  []byte
	seen *row.Schema // the last one compared with the header's
	rows bool
}

// NewSegments begins a result of n sources. It writes nothing yet.
func NewSegments(t Target, enc Encoder, n int) *Segments {
	return &Segments{to: t, enc: enc, sources: make([]segment, n)}
}

// result is the file that the target writes beside its place, in which the segments may
// be put side by side; nil for any other target.
func (s *Segments) result() *os.File {
	if f, ok := s.to.(*File); ok && !f.Direct() {
		return f.f
	}
	return nil
}

// failed says which file an error is about.
func (s *Segments) failed(err error) error {
	if f, ok := s.to.(*File); ok {
		return f.failed(err)
	}
	return err
}

// Rows adds rows of source i. It borrows the batch, as a Writer does.
func (s *Segments) Rows(i int, b *row.Batch) error {
	if err := s.begin(b.Schema); err != nil {
		return err
	}
	g := &s.sources[i]
	if b.Schema != g.seen {
		if !sameNames(s.schema, b.Schema) {
			return errors.New("the columns differ from those of the header")
		}
		g.seen = b.Schema
	}
	g.buf = s.enc.Rows(g.buf, b, !g.rows)
	g.rows = g.rows || b.Rows() > 0
	if len(g.buf) < segmentBuffer {
		return nil
	}
	return s.spill(i)
}

// begin writes the header, once.
func (s *Segments) begin(schema *row.Schema) error {
	s.start.Do(func() {
		header := s.enc.Header(nil, schema)
		s.schema, s.header = schema, int64(len(header))
		_, s.err = s.to.Write(header)
	})
	return s.err
}

// spill writes the buffer of source i to its file.
func (s *Segments) spill(i int) error {
	g := &s.sources[i]
	if g.file == nil {
		if err := s.own(i); err != nil {
			return s.failed(err)
		}
	}
	_, err := g.file.Write(g.buf)
	g.buf = g.buf[:0]
	if cap(g.buf) > 4*segmentBuffer {
		g.buf = nil
	}
	return s.failed(err)
}

// own finds a file for source i. What is written directly cannot be taken back:
// there the first source gets one of its own too.
func (s *Segments) own(i int) (err error) {
	g := &s.sources[i]
	switch result := s.result(); {
	case result == nil:
		g.file, err = unnamed("")
	case i == 0:
		g.file = result
	default:
		g.file, err = unnamed(filepath.Dir(result.Name()))
	}
	return err
}

// Restart takes back what source i has given, which then gives its rows anew.
func (s *Segments) Restart(i int) error {
	g := &s.sources[i]
	g.buf, g.rows = g.buf[:0], false
	if g.file == nil {
		return nil
	}
	begin := int64(0)
	if g.file == s.result() {
		begin = s.header
	}
	if err := g.file.Truncate(begin); err != nil {
		return s.failed(err)
	}
	_, err := g.file.Seek(begin, io.SeekStart)
	return s.failed(err)
}

// unnamed gives a file that vanishes when it is closed, or with the process.
func unnamed(folder string) (*os.File, error) {
	if f, ok := leftover.Nameless(folder); ok {
		return f, nil
	}
	f, err := os.CreateTemp(folder, ".fanql.*.tmp")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Finish joins the segments and writes what stands behind them; the schema is
// for the header where no source gave a batch, and may be nil. It does not
// commit the file. After it only Close may be called.
func (s *Segments) Finish(schema *row.Schema) (err error) {
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.begin(schema); err != nil {
		return err
	}
	rows := false
	var later []placing
	for i := range s.sources {
		g := &s.sources[i]
		if !g.rows {
			continue
		}
		if rows {
			if _, err := io.WriteString(s.to, s.enc.Separator()); err != nil {
				return err
			}
		}
		rows = true
		if later, err = s.join(g, later); err != nil {
			return err
		}
	}
	if _, err := s.to.Write(s.enc.Footer(nil, rows)); err != nil {
		return err
	}
	return s.failed(placeAll(s.result(), later))
}

// join appends a segment to the file. Of a file of its own it leaves a gap there,
// to be filled later, if that can be.
func (s *Segments) join(g *segment, later []placing) ([]placing, error) {
	switch result := s.result(); {
	case g.file == nil, g.file == result:
	case result == nil:
		if _, err := g.file.Seek(0, io.SeekStart); err != nil {
			return later, s.failed(err)
		}
		_, err := io.Copy(s.to, g.file)
		if _, reading := errors.AsType[*fs.PathError](err); reading { // a target names itself
			err = s.failed(err)
		}
		if err != nil {
			return later, err
		}
	default:
		size, err := g.file.Seek(0, io.SeekCurrent) // it has been written from its beginning
		if err != nil {
			return later, s.failed(err)
		}
		end, err := result.Seek(size, io.SeekCurrent)
		if err != nil {
			return later, s.failed(err)
		}
		later = append(later, placing{g, end - size, size})
	}
	_, err := s.to.Write(g.buf)
	return later, err
}

// Close gives up the temporary files. It may be called twice, and is needed only
// where Finish was not reached.
func (s *Segments) Close() error {
	var errs []error
	for i := range s.sources {
		g := &s.sources[i]
		if g.file == s.result() {
			g.file = nil
		}
		errs = append(errs, g.close())
	}
	return errors.Join(errs...)
}

// close gives up what a segment holds; its file must not be the result.
func (g *segment) close() (err error) {
	if g.file != nil {
		err = g.file.Close()
	}
	g.file, g.buf = nil, nil
	return err
}
