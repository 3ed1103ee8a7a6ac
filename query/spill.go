// Rows that do not fit into memory: a temporary file of framed blocks.

package query

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"

	"github.com/fanql/fanql/sources/leftover"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// A spill is a file of blocks. Each is a header (magic, schema, length, checksum, number)
// and a batch's frame. A footer of the same form has the number of blocks and of rows as
// its payload, which proves that nothing is missing. Blocks are numbered consecutively, so
// that a block in the place of another is detected. The file has mode 0600. It has no
// name, or is unlinked as soon as it is open, so that it disappears even if the process is
// killed. On Windows, an open file keeps its name.
type spill struct {
	folder  string
	f       *os.File
	name    string // the name of f if an open file cannot be unlinked; else empty
	buf     []byte // the block that is being written or read; see scratch
	schemas []*row.Schema
	blocks  uint64
	rows    uint64
	first   uint64 // the number of the file's first block: no number occurs twice
	size    int64  // of the file
	at      int64  // the offset at which pull continues
	pulled  uint64
	room    diskRoom
}

const (
	blockMagic  = 0xfa9c0b10
	footerMagic = 0xfa9c0f07
	blockHeader = 24
	maxBlock    = 1 << 31
)

// castagnoli is computed only when it is needed: it takes 0.3 ms, and most runs never need
// it.
var castagnoli = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })

// A SpillError is the error of a source whose rows could not be kept in a temporary file.
type SpillError struct {
	Folder string // of the file
	Err    error  // the cause, without the name of the file
}

func (e *SpillError) Error() string {
	return e.Spell(nil)
}

// Spell is Error, with the names of options as the spelling gives them.
func (e *SpillError) Spell(s option.Spelling) string {
	return fmt.Sprintf("temporary file in %s: %v: raise %s, or set TMPDIR to a folder with more room", e.Folder, e.Err, s.Name("memory"))
}

func (e *SpillError) Unwrap() error { return e.Err }

var (
	errDamaged = errors.New("a block is not as it was written")
	errCut     = errors.New("its end is missing")
	// Each block is intact, but they are not in order.
	errDisplaced = errors.New("a block is where another one was written")
)

func (s *spill) open() error {
	if s.folder == "" {
		s.folder = os.TempDir()
	}
	if f, ok := leftover.Nameless(s.folder); ok {
		s.f = f
		return nil
	}
	f, err := os.CreateTemp(s.folder, "fanql-*.spill")
	if err != nil {
		return s.failed(err)
	}
	s.f = f
	if err := os.Remove(f.Name()); err != nil {
		if runtime.GOOS != "windows" { // on Windows an open file keeps its name
			return s.failed(err)
		}
		s.name = f.Name()
	}
	return nil
}

// failed returns a SpillError without the file's name, which does not exist any more.
func (s *spill) failed(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err
	}
	return &SpillError{Folder: s.folder, Err: err}
}

func (s *spill) write(b *row.Batch) error {
	if s.f == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	schema := len(s.schemas) - 1
	if schema < 0 || s.schemas[schema] != b.Schema {
		schema++
		s.schemas = append(s.schemas, b.Schema)
	}
	s.borrow()
	defer s.giveBack()
	s.buf = b.AppendFrame(append(s.buf[:0], make([]byte, blockHeader)...))
	s.rows += uint64(b.Rows())
	err := s.block(blockMagic, uint32(schema))
	s.blocks++
	return err
}

// block completes the header of the bytes in buf and writes them.
func (s *spill) block(magic, schema uint32) error {
	payload := s.buf[blockHeader:]
	if len(payload) >= maxBlock {
		return s.failed(errors.New("a row is too large"))
	}
	binary.LittleEndian.PutUint32(s.buf, magic)
	binary.LittleEndian.PutUint32(s.buf[4:], schema)
	binary.LittleEndian.PutUint32(s.buf[8:], uint32(len(payload)))
	binary.LittleEndian.PutUint64(s.buf[16:], s.first+s.blocks)
	binary.LittleEndian.PutUint32(s.buf[12:], checksum(s.buf[:blockHeader], payload))
	if _, err := s.f.Write(s.buf); err != nil {
		return s.failed(err)
	}
	s.size += int64(len(s.buf))
	if err := s.room.left(s.folder, s.size); err != nil {
		return s.failed(err)
	}
	return nil
}

// checksum returns the checksum of a payload and of its header without the checksum field.
func checksum(header, payload []byte) uint32 {
	table := castagnoli()
	sum := crc32.Checksum(header[:12], table)
	sum = crc32.Update(sum, table, header[16:])
	return crc32.Update(sum, table, payload)
}

// seal writes the footer, and reads the whole file once to check it. It stops when ctx
// ends.
func (s *spill) seal(ctx context.Context) error {
	if s.f == nil { // nothing was written
		if err := s.open(); err != nil {
			return err
		}
	}
	s.borrow()
	s.buf = append(s.buf[:0], make([]byte, blockHeader)...)
	s.buf = binary.LittleEndian.AppendUint64(s.buf, s.blocks)
	s.buf = binary.LittleEndian.AppendUint64(s.buf, s.rows)
	err := s.block(footerMagic, 0)
	s.giveBack()
	if err != nil {
		return err
	}
	return s.read(func(block) error { return context.Cause(ctx) })
}

func (s *spill) each(emit row.Emit) error {
	return s.read(func(k block) error {
		b, err := s.batch(k)
		if err != nil {
			return err
		}
		return emit(b)
	})
}

// batch returns the rows of a block.
func (s *spill) batch(k block) (*row.Batch, error) {
	if int(k.schema) >= len(s.schemas) {
		return nil, s.failed(errDamaged)
	}
	b := row.NewBatch(s.schemas[k.schema])
	if err := b.DecodeFrame(k.payload); err != nil {
		b.Release()
		return nil, s.failed(errDamaged)
	}
	return b, nil
}

// read iterates over the blocks from the first to the footer. It checks each before it
// is used, and the counts at the end.
func (s *spill) read(use func(block) error) error {
	s.borrow()
	defer s.giveBack()
	at := int64(0)
	for blocks := uint64(0); ; blocks++ {
		k, err := s.next(&at, blocks)
		if err != nil {
			return err
		}
		if k.magic == footerMagic {
			return s.ended(k, blocks)
		}
		if err := use(k); err != nil {
			return err
		}
	}
}

// ended checks the counts in a footer that follows the given number of blocks.
func (s *spill) ended(k block, blocks uint64) error {
	if len(k.payload) != 16 || blocks != s.blocks || binary.LittleEndian.Uint64(k.payload) != s.blocks || binary.LittleEndian.Uint64(k.payload[8:]) != s.rows {
		return s.failed(errCut)
	}
	return nil
}

// pull returns the rows of the next block, checked as read does; nil after the last.
func (s *spill) pull() (*row.Batch, error) {
	s.borrow()
	defer s.giveBack()
	k, err := s.next(&s.at, s.pulled)
	if err != nil {
		return nil, err
	}
	if k.magic == footerMagic {
		return nil, s.ended(k, s.pulled)
	}
	s.pulled++
	return s.batch(k)
}

// A block is one checked frame of the file. Its payload is valid until the next block is
// read.
type block struct {
	magic, schema uint32
	payload       []byte
}

// next reads and checks the block at an offset, and advances the offset. The block must
// have the number that follows so many others.
func (s *spill) next(at *int64, after uint64) (k block, err error) {
	var header [blockHeader]byte
	if _, err := s.f.ReadAt(header[:], *at); err != nil {
		return k, s.cut(err)
	}
	k.magic, k.schema = binary.LittleEndian.Uint32(header[:]), binary.LittleEndian.Uint32(header[4:])
	length := binary.LittleEndian.Uint32(header[8:])
	// A damaged length must not decide how much memory is allocated.
	if (k.magic != blockMagic && k.magic != footerMagic) || int64(length) > s.size-*at-blockHeader {
		return k, s.failed(errDamaged)
	}
	if cap(s.buf) < int(length) {
		s.buf = make([]byte, length)
	}
	k.payload = s.buf[:length]
	if _, err := s.f.ReadAt(k.payload, *at+blockHeader); err != nil {
		return k, s.cut(err)
	}
	if checksum(header[:], k.payload) != binary.LittleEndian.Uint32(header[12:]) {
		return k, s.failed(errDamaged)
	}
	if binary.LittleEndian.Uint64(header[16:]) != s.first+after {
		return k, s.failed(errDisplaced)
	}
	*at += blockHeader + int64(length)
	return k, nil
}

func (s *spill) cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errCut
	}
	return s.failed(err)
}

// empty drops all blocks and frees the disk space.
func (s *spill) empty() error {
	if err := s.f.Truncate(0); err != nil {
		return s.failed(err)
	}
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return s.failed(err)
	}
	s.first += s.blocks
	s.blocks, s.rows, s.size = 0, 0, 0
	s.at, s.pulled, s.room.looked = 0, 0, 0
	return nil
}

func (s *spill) close() {
	if s.f != nil {
		_ = s.f.Close() // nothing reads it any more
		s.f = nil
		if s.name != "" {
			_ = os.Remove(s.name)
			s.name = ""
		}
	}
}

// scratch holds buffers for blocks. Many files may be open at a time, but only few of them
// are written or read at a time.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

const mostScratch = 1 << 20

func (s *spill) borrow() { s.buf = *scratch.Get().(*[]byte) }

func (s *spill) giveBack() {
	if buf := s.buf; cap(buf) <= mostScratch {
		scratch.Put(&buf)
	}
	s.buf = nil
}
