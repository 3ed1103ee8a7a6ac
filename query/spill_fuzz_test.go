// However a temporary file is damaged, its rows come back as they were or not at
// all.

package query

import (
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/fanql/fanql/sources/row"
)

// FuzzSpill cuts a sealed spill and flips bytes of what is left: edits are places
// of two bytes, and what is flipped there.
func FuzzSpill(f *testing.F) {
	const rows = 300
	s := &spill{folder: f.TempDir()}
	for _, b := range numbered(rows, func() int { return 50 }) {
		if err := s.write(b); err != nil {
			f.Fatal(err)
		}
		b.Release()
	}
	if err := s.seal(f.Context()); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(s.close)
	size, err := s.f.Seek(0, io.SeekEnd)
	if err != nil {
		f.Fatal(err)
	}
	image := make([]byte, size)
	if _, err := s.f.ReadAt(image, 0); err != nil {
		f.Fatal(err)
	}
	last := uint16(size - 1)
	f.Add(uint16(0), []byte{})
	f.Add(uint16(1), []byte{})
	f.Add(last, []byte{})
	f.Add(uint16(blockHeader+16), []byte{}) // the footer
	for at := range uint16(blockHeader + 1) {
		f.Add(uint16(0), append(binary.BigEndian.AppendUint16(nil, at), 1))
		f.Add(uint16(0), append(binary.BigEndian.AppendUint16(nil, last-at), 128))
	}
	f.Fuzz(func(t *testing.T, cut uint16, edits []byte) {
		damaged := append([]byte{}, image...)
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
		n := 0
		err := s.each(func(b *row.Batch) error {
			defer b.Release()
			for i := range b.Rows() {
				if c := b.Row(i); int(c[0].Bits) != n || string(b.Bytes(c[1])) != xs[:n%50] {
					t.Fatalf("row %d is %v", n, c)
				}
				n++
			}
			return nil
		})
		if _, ok := errors.AsType[*SpillError](err); ok != (string(damaged) != string(image)) || (!ok && n != rows) {
			t.Errorf("%d of %d rows, and %v", n, rows, err)
		}
	})
}

const xs = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
