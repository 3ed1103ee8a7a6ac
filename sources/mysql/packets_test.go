package mysql

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/go-sql-driver/mysql"
)

func packet(number byte, body []byte) []byte {
	return append([]byte{byte(len(body)), byte(len(body) >> 8), byte(len(body) >> 16), number}, body...)
}

// A message of more than 16 MiB is sent as several packets. The last of these is shorter,
// and may be empty. Sequence numbers continue at 0 after 255.
func TestAPacketOfManyPartsIsOne(t *testing.T) {
	part := bytes.Repeat([]byte{7}, partSize)
	for _, rest := range []int{0, 1, 10} {
		sent := slices.Concat(
			packet(252, []byte("a")), packet(253, part), packet(254, part), packet(255, part[:rest]), packet(0, []byte("b")))
		p, number := newPackets(bytes.NewReader(sent)), byte(252)
		for _, want := range []int{1, 2*partSize + rest, 1} {
			if got, err := p.next(&number); err != nil || len(got) != want {
				t.Fatalf("%d bytes, want %d (%v)", len(got), want, err)
			}
		}
		if number != 1 || !p.waiting() {
			t.Errorf("the next number is %d; waiting is %v", number, p.waiting())
		}
	}
	p, number := newPackets(bytes.NewReader(packet(3, []byte("x")))), byte(4)
	if _, err := p.next(&number); !errors.Is(err, mysql.ErrPktSync) {
		t.Errorf("a packet out of its turn: %v", err)
	}
}
