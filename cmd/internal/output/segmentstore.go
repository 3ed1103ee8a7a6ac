// Stores the rows of segments that are not next: in memory, and then in temporary files.

package output

import (
	"os"
	"runtime"

	"github.com/fanql/fanql/sources/compression"
)

// spill writes the buffer of source i, or passes it to another core that compresses and
// writes it.
func (s *Segments) spill(i int) error {
	g := &s.sources[i]
	switch {
	case len(g.buf) == 0:
		return nil
	case s.framer == nil:
		err := s.store(i, g.buf)
		s.empty(g)
		return err
	case len(s.sources) >= runtime.GOMAXPROCS(0): // the sources keep all cores busy
		frame := s.framer.Frame(*buffers.Get().(*[]byte), g.buf)
		err := s.store(i, frame)
		giveBack(frame)
		s.empty(g)
		return err
	case g.queue == nil:
		g.queue = compression.NewQueue(s.framer, func(frame []byte) error { return s.store(i, frame) })
	}
	g.queue.Push(g.buf)
	g.buf = g.queue.Buffer()
	s.count(g)
	return stored(g.queue, g.queue.Full)
}

// stored waits for blocks that are being compressed and written, the oldest first, as long
// as more returns true.
func stored(q *compression.Queue, more func() bool) error {
	for more() {
		if err := q.Pop(nil); err != nil {
			return err
		}
	}
	return nil
}

// compressRest compresses the rest of source i, which stays in its buffer.
func (s *Segments) compressRest(i int) error {
	g := &s.sources[i]
	if s.framer == nil || g.packed {
		return nil
	}
	if q := g.queue; q != nil {
		if err := stored(q, func() bool { return q.Len() > 0 }); err != nil {
			return err
		}
	}
	g.queue, g.packed = nil, true
	if len(g.buf) > 0 {
		plain := g.buf
		g.buf = s.framer.Frame(*buffers.Get().(*[]byte), plain)
		giveBack(plain)
		s.count(g)
	}
	return nil
}

// store writes data of source i, to the result if all sources before it have ended.
func (s *Segments) store(i int, data []byte) error {
	g := &s.sources[i]
	s.mu.Lock()
	if i == s.front && s.result() != nil && len(g.pieces) == 0 || g.direct {
		defer s.mu.Unlock()
		if !g.direct {
			if err := s.ahead(g); err != nil {
				return err
			}
		}
		return s.failed(s.pour(g, data))
	}
	to, at, err := s.room(g, len(data))
	s.mu.Unlock()
	if err == nil {
		_, err = to.WriteAt(data, at)
	}
	if err != nil {
		return s.failed(err)
	}
	g.add(piece{to, at, int64(len(data))})
	return nil
}

// room finds a place for size bytes of a segment in a temporary file: its own, or the
// one that all share.
func (s *Segments) room(g *segment, size int) (to *os.File, at int64, err error) {
	if g.own == nil && s.owners < ownFiles && len(g.pieces) == 0 && (size >= segmentBuffer || s.framer != nil) {
		if g.own, err = s.temporary(); err != nil {
			return nil, 0, err
		}
		s.owners++
	}
	if g.own != nil {
		if n := len(g.pieces); n > 0 {
			at = g.pieces[n-1].end()
		}
		return g.own, at, nil
	}
	if s.shared == nil {
		if s.shared, err = s.temporary(); err != nil {
			return nil, 0, err
		}
	}
	at = s.written
	s.written += int64(size)
	return s.shared, at, nil
}

// temporary returns a file without a name, in the folder of the result if there is one.
func (s *Segments) temporary() (*os.File, error) {
	if f, ok := s.to.(*File); ok && s.result() != nil {
		return unnamed(f.folder())
	}
	return unnamed("")
}

// add records that data of a segment are in a file.
func (g *segment) add(p piece) {
	if n := len(g.pieces); n > 0 && g.pieces[n-1].file == p.file && g.pieces[n-1].end() == p.at {
		g.pieces[n-1].size += p.size
	} else if p.size > 0 {
		g.pieces = append(g.pieces, p)
	}
}

// empty empties the buffer of a segment after its bytes were written.
func (s *Segments) empty(g *segment) {
	g.buf = g.buf[:0]
	if cap(g.buf) > 4*segmentBuffer {
		g.buf = nil
	}
	s.count(g)
}
