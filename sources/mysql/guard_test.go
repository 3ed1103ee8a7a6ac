package mysql

import (
	"bytes"
	"io"
	"testing"

	"github.com/fanql/fanql/testdata/hostile"
)

// guarded returns packets with a guard that expects the answer to a command.
func guarded(sent []byte, command byte) *packets {
	p := newPackets(bytes.NewReader(sent))
	p.guard, p.said = &guard{row: 1 << 10}, func(error) {}
	p.guard.command(command)
	return p
}

// Whatever a server sends, a reader that trusts each header gets no more bytes than the
// guard allows, and nothing panics.
func FuzzTheGuard(f *testing.F) {
	definition := []byte("\x03def\x03def\x03def\x03def\x03def\x03def\x0c\x2d\x00\x00\x00\x00\x00\xfd\x00\x00\x00\x00\x00")
	for _, command := range []byte{3, 0x16, 0x17, 0x1c} {
		f.Add(command, hostile.Packets(1, []byte{1}, definition, []byte{0xfe, 0, 0, 2, 0}, []byte("\x04fine"), []byte{0xfe, 0, 0, 2, 0}))
		f.Add(command, hostile.Packets(1, []byte{0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}, definition))
		f.Add(command, hostile.Packets(1, []byte{0xfe, 0, 0, 0, 0x80, 0, 0, 0, 0}))
		f.Add(command, hostile.Packets(1, []byte("\xff\x50\x04#HY000no")))
		f.Add(command, []byte{0xff, 0xff, 0xff, 1, 0})
		f.Add(command, []byte{0, 0, 0, 1})
	}
	f.Fuzz(func(t *testing.T, command byte, sent []byte) {
		p := guarded(sent, command)
		read, err := io.ReadAll(p)
		if len(read) > len(sent) {
			t.Errorf("%d bytes of %d", len(read), len(sent))
		}
		if p.guard.columns > mostColumns {
			t.Errorf("%d columns are believed (%v)", p.guard.columns, err)
		}
		number := byte(1)
		for rows := guarded(sent, 0x1c); ; {
			row, err := rows.next(&number)
			if err != nil {
				break
			}
			if len(row) > 1<<10 {
				t.Errorf("a row of %d bytes", len(row))
			}
		}
	})
}

// A frame is inflated to no more than the size in its header.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{5, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0})
	f.Add([]byte{1, 0, 0, 0, 0xff, 0xff, 0xff, 0})
	f.Add([]byte("\x0c\x00\x00\x00\xff\x00\x00\x78\x9c\x4b\x4c\x4a\x06\x00\x02\x4d\x01\x27"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		read, _ := io.ReadAll(io.LimitReader(&inflater{from: bytes.NewReader(sent)}, 1<<26))
		if most := (len(sent)/frameSize + 1) << 24; len(read) > most {
			t.Errorf("%d bytes", len(read))
		}
		commandOf(sent)
	})
}
