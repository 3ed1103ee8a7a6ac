// Whatever damage a temporary file has, its rows come back unchanged or not at all.

package query

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/fanql/fanql/sources/row"
)

const fuzzed = 300 // rows in the file

// spillImage creates a spill of numbered rows and returns it, open, with the content of its
// file.
func spillImage(f *testing.F, sealed bool) (*spill, []byte) {
	f.Helper()
	s := &spill{folder: f.TempDir()}
	for _, b := range numbered(fuzzed, func() int { return 50 }) {
		if err := s.write(b); err != nil {
			f.Fatal(err)
		}
		b.Release()
	}
	if sealed {
		if err := s.seal(f.Context()); err != nil {
			f.Fatal(err)
		}
	}
	f.Cleanup(s.close)
	whole := make([]byte, s.size)
	if _, err := s.f.ReadAt(whole, 0); err != nil {
		f.Fatal(err)
	}
	last := uint16(s.size - 1)
	f.Add(uint16(0), []byte{})
	f.Add(uint16(1), []byte{})
	f.Add(last, []byte{})
	f.Add(uint16(blockHeader+16), []byte{}) // the footer
	for at := range uint16(blockHeader + 1) {
		f.Add(uint16(0), append(binary.BigEndian.AppendUint16(nil, at), 1))
		f.Add(uint16(0), append(binary.BigEndian.AppendUint16(nil, last-at), 128))
	}
	return s, whole
}

// damageFile writes the content back with cut bytes removed from its end and with edits
// applied. An edit is a position in two bytes and the bits to flip there. It reports
// whether the content differs from the original.
func damageFile(t *testing.T, s *spill, whole []byte, cut uint16, edits []byte) bool {
	t.Helper()
	damaged := append([]byte{}, whole...)
	for ; len(edits) >= 3; edits = edits[3:] {
		damaged[int(binary.BigEndian.Uint16(edits))%len(damaged)] ^= edits[2]
	}
	damaged = damaged[:max(0, len(damaged)-int(cut))]
	if err := s.f.Truncate(int64(len(damaged))); err != nil {
		t.Fatal(err)
	}
	if _, err := s.f.WriteAt(damaged, 0); err != nil {
		t.Fatal(err)
	}
	return string(damaged) != string(whole)
}

// count checks that the rows of a batch are numbered from n on, and returns the next
// number.
func count(t *testing.T, b *row.Batch, n int) int {
	t.Helper()
	defer b.Release()
	for i := range b.Rows() {
		if c := b.Row(i); int(c[0].Bits) != n || string(b.Bytes(c[1])) != xs[:n%50] {
			t.Fatalf("row %d is %v", n, c)
		}
		n++
	}
	return n
}

// FuzzSpill cuts a sealed spill and flips bits in the rest.
func FuzzSpill(f *testing.F) {
	s, whole := spillImage(f, true)
	f.Fuzz(func(t *testing.T, cut uint16, edits []byte) {
		damaged := damageFile(t, s, whole, cut, edits)
		n := 0
		err := s.each(func(b *row.Batch) error {
			n = count(t, b, n)
			return nil
		})
		if _, ok := errors.AsType[*SpillError](err); ok != damaged || (!ok && n != fuzzed) {
			t.Errorf("%d of %d rows, and %v", n, fuzzed, err)
		}
	})
}

// FuzzQueue does the same with the file of a queue. It has no footer, since the queue
// itself counts its blocks.
func FuzzQueue(f *testing.F) {
	s, whole := spillImage(f, false)
	f.Fuzz(func(t *testing.T, cut uint16, edits []byte) {
		damaged := damageFile(t, s, whole, cut, edits)
		file := *s // a copy, since reading a queue to its end empties it
		q := &queue{budget: NewBudget(1, 1, s.folder), spill: &file, waiting: int(s.blocks)}
		n := 0
		b, err := q.take()
		for ; b != nil && err == nil; b, err = q.take() {
			n = count(t, b, n)
		}
		if _, ok := errors.AsType[*SpillError](err); ok != damaged || (!ok && (n != fuzzed || q.more())) {
			t.Errorf("%d of %d rows, and %v", n, fuzzed, err)
		}
	})
}

const xs = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
