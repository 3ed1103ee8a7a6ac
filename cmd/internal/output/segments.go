// Several sources writing into one file at the same time, in source order.

package output

import (
	"errors"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

const (
	// segmentBuffer is how many bytes of a source are held in memory before they are
	// written.
	segmentBuffer = 256 << 10
	// packedBuffer replaces segmentBuffer if another core compresses the blocks. Each block
	// wakes threads several times, and each call into C makes Go's scheduler poll at short
	// intervals. With blocks of 256 KiB, an export of 179 MB takes 60 ms more CPU time and
	// twice as many switches between threads. Blocks of 4 MiB do not stay in a cache.
	packedBuffer = 1 << 20
	// heldSegments is how many bytes of all sources together are held in memory. Beyond
	// that, data is written at once.
	heldSegments = 32 << 20
	// ownFiles is how many sources may have a temporary file of their own at a time. The
	// others share one file, so that thousands of sources do not need a file each.
	ownFiles = 32
)

// Segments gather the encoded rows of n sources, each in a segment of its own, and join
// them in source order. The result has the same bytes that [Format.New] would write for the
// rows in that order. The first source that has not ended writes into the file itself. A
// later source follows as soon as all sources before it have ended; until then it needs a
// temporary file only if it outgrows its buffer. Joining temporary files copies no data if
// the file system can share blocks.
//
// Rows may be called concurrently for different sources, but not for the same source. The
// header is written once, with the columns of the first batch of any source. If Finish gets
// other columns, the file is rewritten.
type Segments struct {
	to     Target
	enc    Encoder
	framer *compression.Framer // nil if nothing is compressed
	block  int                 // how many bytes of a source are buffered before they are written

	held    atomic.Int64 // the bytes in all buffers
	mu      sync.Mutex   // guards the following fields, the result, and the segments' places
	err     error        // the error of writing the header
	schema  *row.Schema  // the schema of the header
	header  []byte
	begun   bool
	front   int  // the first source that has not ended: all before it are in the result
	rows    bool // some rows are in the result
	stale   bool // something in the result is no longer valid
	owners  int  // how many sources have a file of their own
	shared  *os.File
	written int64 // the bytes in it

	sources []segment
}

// A segment is the data of one source so far: the pieces in their order, then the buffer.
type segment struct {
	pieces []piece
	own    *os.File // a file of its own
	buf    []byte
	counts int                // the bytes of buf that are counted in held
	begin  int64              // the end of the result before the segment was written there
	direct bool               // a part of the segment is in the result
	done   bool               // the source has ended
	rows   bool               // the segment has rows
	queue  *compression.Queue // blocks that are being compressed; or nil
	packed bool               // buf is compressed, and nothing follows
	seen   *row.Schema        // the schema of its last batch
}

// NewSegments begins a result of n sources. It writes nothing yet.
func NewSegments(t Target, enc Encoder, n int) *Segments {
	return &Segments{to: t, enc: enc, block: segmentBuffer, sources: make([]segment, n)}
}

// Compress compresses the result: each source's rows separately, on other cores. Call it
// before all other methods.
func (s *Segments) Compress(k compression.Kind) {
	if k != compression.None {
		s.framer = compression.NewFramer(k, engine.Zstd)
		// Each source may have a block for each core, and one more.
		if n := len(s.sources); n < runtime.GOMAXPROCS(0) && n*(runtime.GOMAXPROCS(0)+1)*packedBuffer <= heldSegments {
			s.block = packedBuffer
		}
	}
}

// result returns the temporary file of the target, in which segments can be written at any
// offset. It returns nil for a target that can only be appended to.
func (s *Segments) result() *os.File {
	if f, ok := s.to.(*File); ok && !f.Direct() {
		return f.f
	}
	return nil
}

// failed adds the file to an error.
func (s *Segments) failed(err error) error {
	if f, ok := s.to.(*File); ok {
		return f.failed(err)
	}
	return err
}

// Rows adds rows of source i. It borrows the batch, as a Writer does.
func (s *Segments) Rows(i int, b *row.Batch) error {
	g := &s.sources[i]
	if b.Schema != g.seen {
		if g.seen != nil && !sameNames(g.seen, b.Schema) {
			return errOtherColumns
		}
		if err := s.begin(b.Schema); err != nil {
			return err
		}
		g.seen = b.Schema
	}
	if g.buf == nil {
		g.buf = *buffers.Get().(*[]byte)
	}
	g.buf = s.enc.Rows(g.buf, b, !g.rows)
	if b.Rows() > 0 && !g.rows { // the fields are read while a block is being written
		g.rows = true
	}
	held := s.count(g)
	if len(g.buf) < s.block && held < heldSegments {
		return nil
	}
	return s.spill(i)
}

var errOtherColumns = errors.New("the columns differ from those of the header")

// count adds the buffer of a segment to held, and returns the sum of all buffers.
func (s *Segments) count(g *segment) int64 {
	more := len(g.buf) - g.counts
	g.counts = len(g.buf)
	return s.held.Add(int64(more))
}

// begin writes the header, once. A target whose output cannot be undone gets it only when
// it is final.
func (s *Segments) begin(schema *row.Schema) error {
	if s.result() == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head(schema)
}

func (s *Segments) head(schema *row.Schema) error {
	if !s.begun {
		s.begun, s.schema, s.header = true, schema, s.enc.Header(nil, schema)
		s.err = s.text(s.header)
	}
	return s.err
}

// ahead begins the segment in the result, after everything that is there.
func (s *Segments) ahead(g *segment) (err error) {
	if g.begin, err = s.result().Seek(0, io.SeekCurrent); err != nil {
		return s.failed(err)
	}
	g.direct = true
	return s.separate(g)
}

// separate writes the separator between the rows in the result and those of the segment.
func (s *Segments) separate(g *segment) error {
	if !g.rows {
		return nil
	}
	var err error
	if s.rows {
		err = s.text([]byte(s.enc.Separator()))
	}
	s.rows = true
	return err
}

// text writes text that belongs to no segment.
func (s *Segments) text(b []byte) error {
	if s.framer != nil && len(b) > 0 {
		b = s.framer.Frame(nil, b)
	}
	_, err := s.to.Write(b)
	return err
}

// end writes the footer. A compressed file without content is not empty.
func (s *Segments) end() error {
	footer := s.enc.Footer(nil, s.rows)
	if s.framer != nil && !s.rows && len(s.header)+len(footer) == 0 {
		_, err := s.to.Write(s.framer.Frame(nil, nil))
		return err
	}
	return s.text(footer)
}

// pour writes data of a segment to the end of the result.
func (s *Segments) pour(g *segment, data []byte) error {
	result := s.result()
	at, err := result.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = result.Write(data)
	}
	if err == nil {
		g.add(piece{result, at, int64(len(data))})
	}
	return err
}

// Restart drops all rows of source i, which then sends its rows again, possibly with other
// columns. It may also be called for a source that has ended.
func (s *Segments) Restart(i int) error {
	g := &s.sources[i]
	if g.queue != nil { // its blocks are written with the lock held
		g.queue.Clear()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	direct := g.direct
	g.buf, g.rows, g.seen, g.done, g.queue, g.packed = g.buf[:0], false, nil, false, nil, false
	s.count(g)
	g.pieces, g.direct = nil, false
	switch {
	case i < s.front: // other sources follow it
		s.stale = true
	case direct:
		s.rows = s.rowsBefore(i)
		if err := s.result().Truncate(g.begin); err != nil {
			return s.failed(err)
		}
		_, err := s.result().Seek(g.begin, io.SeekStart)
		return s.failed(err)
	case g.own != nil:
		return s.failed(g.own.Truncate(0))
	}
	return nil
}

// rowsBefore reports whether some source before i has rows in the result.
func (s *Segments) rowsBefore(i int) bool {
	for k := range i {
		if s.sources[k].rows {
			return true
		}
	}
	return false
}

// Done says that source i has sent all of its rows, so that the next sources can follow.
func (s *Segments) Done(i int) error {
	if err := s.compressRest(i); err != nil {
		return err
	}
	g := &s.sources[i]
	s.mu.Lock()
	defer s.mu.Unlock()
	g.done = true
	defer g.shrink()
	if s.result() == nil || !s.begun || s.stale {
		return nil
	}
	for s.front < len(s.sources) && s.sources[s.front].done {
		later, err := s.join(&s.sources[s.front], nil)
		if err == nil {
			err = s.place(later)
		}
		if err != nil {
			return err
		}
		s.front++
	}
	return nil
}

// Close closes the temporary files. It may be called twice, and is needed only if Finish
// was not called.
func (s *Segments) Close() error {
	var errs []error
	for i := range s.sources {
		g := &s.sources[i]
		if g.queue != nil {
			g.queue.Clear()
		}
		if g.own != nil {
			errs = append(errs, g.own.Close())
		}
		*g = segment{}
	}
	if s.shared != nil {
		errs = append(errs, s.shared.Close())
		s.shared = nil
	}
	return errors.Join(errs...)
}
