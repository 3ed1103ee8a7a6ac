package tap

import (
	"bytes"
	"testing"
)

// A long message gets a larger buffer, which the reader does not keep.
func TestTheBufferOfALongMessageDoesNotStay(t *testing.T) {
	const long = 1 << 20
	r := New(bytes.NewReader(make([]byte, long+3*wide)), 1, func([]byte) int { return 1 })
	if _, err := r.Take(long); err != nil {
		t.Fatal(err)
	}
	for range 3 * wide {
		if _, err := r.Take(1); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.buf) != wide {
		t.Errorf("the buffer has %d bytes", len(r.buf))
	}
}
