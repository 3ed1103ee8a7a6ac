// Temporary files that are damaged, cut or incomplete.

package query

import (
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fanql/fanql/sources/row"
)

// damage flips one random bit of the file and returns a function that flips it back.
func damage(t *testing.T, s *spill) (mend func()) {
	t.Helper()
	at := rand.Int64N(s.size)
	var was [1]byte
	if _, err := s.f.ReadAt(was[:], at); err != nil {
		t.Fatal(err)
	}
	put := func(b byte) {
		if _, err := s.f.WriteAt([]byte{b}, at); err != nil {
			t.Fatal(err)
		}
	}
	put(was[0] ^ 1<<rand.IntN(8))
	return func() { put(was[0]) }
}

func TestADamagedByteIsFoundBeforeAnyRowIsUsed(t *testing.T) {
	s := spilled(t, 3000)
	open := *s.spill // its state before the footer is written
	for range 300 {
		mend := damage(t, s.spill)
		err := s.Seal(t.Context())
		if _, damaged := errors.AsType[*SpillError](err); !damaged {
			t.Fatalf("sealed over a damaged byte: %v", err)
		}
		mend()
		*s.spill = open
		if err := s.spill.f.Truncate(open.size); err != nil {
			t.Fatal(err)
		}
		if _, err := s.spill.f.Seek(open.size, io.SeekStart); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 300 { // damage after sealing, which may be in the footer, too
		mend := damage(t, s.spill)
		err := s.spill.read(func(block) error { return nil })
		if _, damaged := errors.AsType[*SpillError](err); !damaged {
			t.Fatalf("read over a damaged byte: %v", err)
		}
		mend()
	}
	drain(t, s, 3000)
}

// rewrite replaces the content of the file.
func rewrite(t *testing.T, s *spill, file []byte) {
	t.Helper()
	if _, err := s.f.WriteAt(file, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.f.Truncate(int64(len(file))); err != nil {
		t.Fatal(err)
	}
}

// blocksOf returns the file's blocks, the last of which is the footer.
func blocksOf(t *testing.T, s *spill) (blocks [][]byte) {
	t.Helper()
	for at := int64(0); at < s.size; {
		from := at
		if _, err := s.next(&at, uint64(len(blocks))); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, at-from)
		if _, err := s.f.ReadAt(b, from); err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, b)
	}
	return blocks
}

// Each block, and the footer, is intact, but some are missing or at another position. If
// the number of blocks is right, only the numbers in the blocks show that.
func TestABlockOutOfItsPlaceIsFound(t *testing.T) {
	s := spilled(t, 3000)
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	blocks := blocksOf(t, s.spill)
	last := len(blocks) - 2 // the last block before the footer
	if last < 10 {
		t.Fatalf("%d blocks in the file, want some", last+1)
	}
	for i := range last + 1 {
		for name, file := range map[string][][]byte{
			"lost":                         slices.Concat(blocks[:i], blocks[i+1:]),
			"there twice":                  slices.Concat(blocks[:i+1], blocks[i:]),
			"there instead of the next":    slices.Concat(blocks[:i+1], blocks[i:i+1], blocks[min(i+2, last+1):]),
			"there instead of the first":   slices.Concat(blocks[i:i+1], blocks[1:]),
			"after the next":               slices.Concat(blocks[:i], blocks[i+1:min(i+2, last+1)], blocks[i:i+1], blocks[min(i+2, last+1):]),
			"lost, and the first is twice": slices.Concat(blocks[:1], blocks[:i], blocks[i+1:]),
		} {
			if slices.EqualFunc(file, blocks, slices.Equal) {
				continue // no change: a block was replaced by itself, or moved to its own place
			}
			rewrite(t, s.spill, slices.Concat(file...))
			used := 0
			err := s.spill.read(func(block) error { used++; return nil })
			if _, found := errors.AsType[*SpillError](err); !found {
				t.Errorf("block %d is %s: %v", i, name, err)
			}
			if used > i+1 {
				t.Errorf("block %d is %s, and %d blocks were used", i, name, used)
			}
		}
	}
	rewrite(t, s.spill, slices.Concat(blocks...))
	drain(t, s, 3000)
}

// A queue's file is checked in the same way while it grows, even after it has been emptied
// once.
func TestABlockOfAnEarlierTurnIsFound(t *testing.T) {
	s := &spill{folder: t.TempDir()}
	defer s.close()
	var earlier []byte
	for turn := range 2 {
		for _, b := range numbered(2, func() int { return 1 }) {
			if err := s.write(b); err != nil {
				t.Fatal(err)
			}
			b.Release()
		}
		if turn == 1 {
			rewrite(t, s, earlier)
			if _, err := s.pull(); !errors.Is(err, errDisplaced) {
				t.Errorf("got %v", err)
			}
			return
		}
		earlier = slices.Concat(blocksOf(t, s)...)
		for range 2 {
			b, err := s.pull()
			if err != nil {
				t.Fatal(err)
			}
			b.Release()
		}
		if err := s.empty(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestACutFileIsFound(t *testing.T) {
	s := spilled(t, 3000)
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	size, err := s.spill.f.Seek(0, io.SeekEnd)
	if err != nil {
		t.Fatal(err)
	}
	for size > 0 {
		size -= 1 + rand.Int64N(1000)
		if err := s.spill.f.Truncate(max(size, 0)); err != nil {
			t.Fatal(err)
		}
		if err := s.spill.read(func(block) error { return nil }); !errors.Is(err, errCut) {
			t.Fatalf("cut to %d bytes: %v", size, err)
		}
	}
}

func TestNextAndScanFindDamageAndCuts(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(s *spill, size int64) error
		want error
	}{
		"a damaged byte": {func(s *spill, size int64) error { _, err := s.f.WriteAt([]byte{0xff, 0xee}, size/2); return err }, errDamaged},
		"a cut":          {func(s *spill, size int64) error { return s.f.Truncate(size / 2) }, errCut},
		"no footer":      {func(s *spill, size int64) error { return s.f.Truncate(size - blockHeader - 16) }, errCut},
	} {
		t.Run(name, func(t *testing.T) {
			s := spilled(t, 3000)
			if err := s.Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := c.harm(s.spill, s.spill.size); err != nil {
				t.Fatal(err)
			}
			if err := s.Scan(func(*row.Batch) error { return nil }); !errors.Is(err, c.want) {
				t.Errorf("scan: %v", err)
			}
			for {
				b, err := s.Next()
				if err == nil && b != nil {
					b.Release()
					continue
				}
				if !errors.Is(err, c.want) {
					t.Errorf("next: %v", err)
				}
				return
			}
		})
	}
}

func TestAFileWithoutItsFooterIsNotRead(t *testing.T) {
	s := spilled(t, 3000)
	if err := s.spill.read(func(block) error { return nil }); !errors.Is(err, errCut) {
		t.Errorf("got %v", err)
	}
}
