package engine

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// Another implementation of zstd reads the frames, and checks their checksums. Several
// goroutines make frames at the same time.
func TestZstdMakesFramesThatOthersRead(t *testing.T) {
	d, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	random := make([]byte, 1<<20+7)
	for i := range random {
		random[i] = byte(rand.Uint32())
	}
	var all sync.WaitGroup
	for _, block := range [][]byte{nil, {}, []byte("a"), []byte(strings.Repeat("2026-01-31,orders,12.50\n", 50_000)), random} {
		for range 4 {
			all.Go(func() {
				frame, ok := Zstd([]byte("before"), block)
				if !ok || !bytes.HasPrefix(frame, []byte("before")) {
					t.Errorf("%d bytes: not ok", len(block))
					return
				}
				frame = frame[len("before"):]
				if got, err := d.DecodeAll(frame, nil); err != nil || !bytes.Equal(got, block) {
					t.Errorf("%d bytes: %v", len(block), err)
				}
				frame[len(frame)-1] ^= 1 // a byte of the checksum
				if _, err := d.DecodeAll(frame, nil); err == nil {
					t.Errorf("%d bytes: a frame that is damaged is read", len(block))
				}
			})
		}
	}
	all.Wait()
}
