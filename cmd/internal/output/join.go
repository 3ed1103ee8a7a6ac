// Segments joined in source order, while the sources run and at their end.

package output

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/fanql/fanql/sources/row"
)

// buffers are buffers that segments no longer need.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// drop releases the buffer.
func (g *segment) drop() {
	giveBack(g.buf)
	g.buf = nil
}

// giveBack puts a buffer into the pool, unless it is too large.
func giveBack(buf []byte) {
	if buf = buf[:0]; cap(buf) <= 4*segmentBuffer {
		buffers.Put(&buf)
	}
}

// shrink reduces the capacity of the segment's buffer to its content.
func (g *segment) shrink() {
	if cap(g.buf) > 2*len(g.buf) {
		buf := bytes.Clone(g.buf)
		g.drop()
		g.buf = buf
	}
}

// join appends the parts of a segment that are not yet in the result. For parts in other
// files it leaves gaps, which place fills later.
func (s *Segments) join(g *segment, later []placing) ([]placing, error) {
	result := s.result()
	if g.direct {
		err := s.pour(g, g.buf)
		g.drop()
		s.count(g)
		return later, s.failed(err)
	}
	if err := s.separate(g); err != nil {
		return later, err
	}
	begin, err := result.Seek(0, io.SeekCurrent)
	if err != nil {
		return later, s.failed(err)
	}
	at := begin
	for _, p := range g.pieces {
		later = append(later, placing{piece: p, to: at})
		at += p.size
	}
	if _, err := result.Seek(at, io.SeekStart); err != nil {
		return later, s.failed(err)
	}
	if n := len(g.pieces); n > 0 && g.pieces[n-1].file == g.own {
		later[len(later)-1].owner = g
	}
	if _, err := result.Write(g.buf); err != nil {
		return later, s.failed(err)
	}
	at += int64(len(g.buf))
	g.direct = true
	g.drop()
	s.count(g)
	g.pieces = nil
	if at > begin {
		g.pieces = []piece{{result, begin, at - begin}}
	}
	return later, nil
}

// place fills gaps in the result, and closes files that are no longer needed.
func (s *Segments) place(all []placing) error {
	err := s.failed(placeAll(s.result(), all))
	for _, p := range all {
		if p.owner != nil {
			p.owner.own = nil
			s.owners--
		}
	}
	return err
}

// Finish joins the segments and writes the footer. The schema is that of the result, whose
// columns all sources have, or nil if no source sent a batch. Finish does not commit the
// file. After Finish, only Close may be called.
func (s *Segments) Finish(schema *row.Schema) (err error) {
	defer func() { err = errors.Join(err, s.Close()) }()
	for i := range s.sources {
		if err := s.compressRest(i); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if schema == nil {
		schema = s.schema
	}
	for i := range s.sources {
		if g := &s.sources[i]; schema == nil {
			schema = g.seen
		} else if g.seen != nil && !sameNames(schema, g.seen) {
			return errOtherColumns
		}
	}
	if s.result() == nil {
		return s.concatenate(schema)
	}
	if err := s.head(schema); err != nil {
		return err
	}
	if s.stale || !bytes.Equal(s.header, s.enc.Header(nil, schema)) {
		return s.rewrite(schema)
	}
	return s.rest()
}

// rest joins all segments that are not in the result.
func (s *Segments) rest() (err error) {
	var later []placing
	for ; s.front < len(s.sources); s.front++ {
		if later, err = s.join(&s.sources[s.front], later); err != nil {
			return err
		}
	}
	if err := s.end(); err != nil {
		return err
	}
	return s.place(later)
}

// rewrite writes the result once more, from its beginning, into another file.
func (s *Segments) rewrite(schema *row.Schema) (err error) {
	f := s.to.(*File) // only a *File can be rewritten
	old, err := f.renew()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.failed(old.Close())) }()
	s.begun, s.front, s.rows = false, 0, false
	if err := s.head(schema); err != nil {
		return err
	}
	for i := range s.sources {
		s.sources[i].direct = false
	}
	return s.rest()
}

// concatenate writes the result to a target that can only be appended to.
func (s *Segments) concatenate(schema *row.Schema) error {
	if err := s.head(schema); err != nil {
		return err
	}
	for i := range s.sources {
		g := &s.sources[i]
		if err := s.separate(g); err != nil {
			return err
		}
		for _, p := range g.pieces {
			if err := s.copy(p); err != nil {
				return err
			}
		}
		if _, err := s.to.Write(g.buf); err != nil {
			return err
		}
	}
	return s.end()
}
