// Temporary files that are damaged, cut or not whole.

package query

import (
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fanql/fanql/sources/row"
)

// damage changes one bit at random of what the file holds, and gives a function
// that takes that back.
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
	open := *s.spill // before its footer
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
	for range 300 { // what is damaged later, the footer too
		mend := damage(t, s.spill)
		err := s.spill.read(func(block) error { return nil })
		if _, damaged := errors.AsType[*SpillError](err); !damaged {
			t.Fatalf("read over a damaged byte: %v", err)
		}
		mend()
	}
	drain(t, s, 3000)
}

// Each of the others is as it was written, and the footer too.
func TestABlockThatIsLostOrThereTwiceIsFound(t *testing.T) {
	s := spilled(t, 3000)
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	whole := make([]byte, s.spill.size)
	if _, err := s.spill.f.ReadAt(whole, 0); err != nil {
		t.Fatal(err)
	}
	var ends []int64
	for at := int64(0); at < int64(len(whole)); ends = append(ends, at) {
		if _, err := s.spill.next(&at); err != nil {
			t.Fatal(err)
		}
	}
	begins := append([]int64{0}, ends[:len(ends)-2]...) // but for the footer
	for i, from := range begins {
		for name, file := range map[string][]byte{
			"lost":        slices.Concat(whole[:from], whole[ends[i]:]),
			"there twice": slices.Concat(whole[:ends[i]], whole[from:]),
		} {
			if _, err := s.spill.f.WriteAt(file, 0); err != nil {
				t.Fatal(err)
			}
			if err := s.spill.f.Truncate(int64(len(file))); err != nil {
				t.Fatal(err)
			}
			err := s.spill.read(func(block) error { return nil })
			if _, found := errors.AsType[*SpillError](err); !found {
				t.Errorf("block %d is %s: %v", i, name, err)
			}
		}
	}
	if len(begins) < 10 {
		t.Errorf("%d blocks in the file, want some", len(begins))
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
