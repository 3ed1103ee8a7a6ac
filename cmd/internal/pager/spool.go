// Text that waits for the pager.

package pager

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"

	"github.com/fanql/fanql/sources/leftover"
)

// inMemory is how many bytes of a text wait in memory; the rest waits in a file.
const inMemory = 4 << 20

// A spool keeps the text for a pager, which reads it as the user turns the pages. A run
// does not wait for the user, so reading time does not count against the run's timeout. The
// run waits only if no file can be written.
type spool struct {
	mu    sync.Mutex
	moved *sync.Cond // something was written or read, or one side has ended
	head  []byte     // the first inMemory bytes
	file  *os.File   // the bytes after head; nil if there are none
	tail  []byte     // the bytes after file, if no more could be written to it
	size  int64      // the bytes in head and file
	read  int64      // how much the pager has read
	whole bool       // nothing more will be written
	gone  bool       // the pager has ended
}

func newSpool() *spool {
	s := &spool{}
	s.moved = sync.NewCond(&s.mu)
	return s
}

// Write appends a text. It returns EPIPE if the pager has ended.
func (s *spool) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.moved.Broadcast()
	if s.gone {
		return 0, syscall.EPIPE
	}
	n := min(len(text), inMemory-len(s.head))
	s.head, s.size = append(s.head, text[:n]...), s.size+int64(n)
	rest := text[n:]
	if len(rest) > 0 {
		rest = rest[s.store(rest):]
	}
	if s.tail = rest; len(rest) > 0 {
		s.moved.Broadcast()
		for len(s.tail) > 0 && !s.gone {
			s.moved.Wait()
		}
	}
	return len(text), nil
}

// store appends a text to the file, and returns how much of it is there.
func (s *spool) store(text []byte) int {
	if s.file == nil {
		f, err := temporary()
		if err != nil {
			return 0
		}
		s.file = f
	}
	n, _ := s.file.WriteAt(text, s.size-inMemory) // bytes that the disk cannot hold wait in tail
	s.size += int64(n)
	return n
}

func temporary() (*os.File, error) {
	if f, ok := leftover.Nameless(os.TempDir()); ok {
		return f, nil
	}
	f, err := os.CreateTemp("", ".fanql.*.tmp")
	if err != nil {
		return nil, err
	}
	return f, errors.Join(os.Remove(f.Name()))
}

// end says that nothing more will be written.
func (s *spool) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whole = true
	s.moved.Broadcast()
}

// leave records that the pager has ended.
func (s *spool) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = true
	s.moved.Broadcast()
}

// next waits for a piece that has not been read, and returns it. An empty piece is the end.
func (s *spool) next(buffer []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.gone:
			return nil
		case s.read < s.size:
			n := s.at(buffer, s.read)
			s.read += int64(n)
			return buffer[:n]
		case len(s.tail) > 0:
			n := copy(buffer, s.tail)
			s.tail = s.tail[n:]
			s.moved.Broadcast()
			return buffer[:n]
		case s.whole:
			return nil
		}
		s.moved.Wait()
	}
}

// at reads from an offset before size.
func (s *spool) at(buffer []byte, place int64) int {
	if place < int64(len(s.head)) {
		return copy(buffer, s.head[place:])
	}
	n, _ := s.file.ReadAt(buffer[:min(int64(len(buffer)), s.size-place)], place-inMemory)
	return n
}

// feed writes the text to the pager until its end, or until the pager has ended.
func (s *spool) feed(to io.WriteCloser) {
	defer func() { _ = to.Close() }() // the pager may have ended
	buffer := make([]byte, 64<<10)
	for {
		piece := s.next(buffer)
		if len(piece) == 0 {
			return
		}
		if _, err := to.Write(piece); err != nil {
			return
		}
	}
}

// print writes all that was written so far to a terminal.
func (s *spool) print(to io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	buffer := make([]byte, 64<<10)
	for place := int64(0); place < s.size; {
		n := s.at(buffer, place)
		if n == 0 {
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
		place += int64(n)
	}
	_, _ = to.Write(s.tail) // a closed terminal is not a failure of the run
	s.tail = nil
}

// discard frees what the spool holds.
func (s *spool) discard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		_ = s.file.Close() // the file has no name, so closing removes it
		s.file = nil
	}
	s.head = nil
}
