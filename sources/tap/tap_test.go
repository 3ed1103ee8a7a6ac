package tap_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/fanql/fanql/sources/tap"
)

// header is the size of a message's header: two bytes with the length of the rest.
const header = 2

func size(head []byte) int { return header + int(head[0])<<8 + int(head[1]) }

func message(body []byte) []byte {
	return append([]byte{byte(len(body) >> 8), byte(len(body))}, body...)
}

var errBroken = errors.New("broken")

// For any sizes of messages and reads, and whichever side reads a message, each byte is
// delivered once and in order. After the last byte, every read returns the connection's
// error.
func TestEachMessageComesOnceWhoeverTakesIt(t *testing.T) {
	for seed := range uint64(12) {
		dice := rand.New(rand.NewPCG(seed, 1))
		var sent, driven, wantDriven, taken, wantTaken []byte
		var mine []bool
		for range 40 {
			body := make([]byte, []int{0, 1, 3, 200, 5_000, 65_530}[dice.IntN(6)])
			for i := range body {
				body[i] = byte(dice.Uint32())
			}
			m := message(body)
			sent = append(sent, m...)
			mine = append(mine, dice.IntN(2) == 0)
			if mine[len(mine)-1] {
				wantTaken = append(wantTaken, m...)
			} else {
				wantDriven = append(wantDriven, m...)
			}
		}
		rest := dice.IntN(4) // the number of bytes of a last message that is cut
		sent = append(sent, message(make([]byte, 9))[:rest]...)
		wantDriven = append(wantDriven, message(make([]byte, 9))[:rest]...)
		from := io.MultiReader(bytes.NewReader(sent), iotest.ErrReader(errBroken))
		switch seed % 3 {
		case 1:
			from = iotest.OneByteReader(from)
		case 2:
			from = iotest.HalfReader(from)
		}
		r := tap.New(from, header, size)
		buffer := make([]byte, header+dice.IntN(9_000))
		for i, own := range mine {
			if i == 15 {
				r.Widen()
			}
			if own {
				head, err := r.Peek(header)
				if err != nil {
					t.Fatal(err)
				}
				m, err := r.Take(size(head))
				if err != nil {
					t.Fatal(err)
				}
				taken = append(taken, m...)
				continue
			}
			for left := -1; left != 0; {
				n, err := r.Read(buffer)
				if err != nil {
					t.Fatal(err)
				}
				if left < 0 { // the driver reads the rest of the header by itself
					for n < header {
						more, err := r.Read(buffer[n : n+1 : n+1])
						if err != nil {
							t.Fatal(err)
						}
						n += more
					}
					left = size(buffer)
				}
				driven = append(driven, buffer[:n]...)
				if left -= n; left < 0 {
					t.Fatalf("seed %d: the driver has %d bytes of the next message", seed, -left)
				}
			}
		}
		if head, err := r.Peek(9); !errors.Is(err, errBroken) || len(head) != rest {
			t.Errorf("seed %d: beyond the end there are %d bytes and %v", seed, len(head), err)
		}
		if _, err := r.Take(9); !errors.Is(err, errBroken) {
			t.Errorf("seed %d: a message after the end was taken: %v", seed, err)
		}
		for range 2 {
			last, err := io.ReadAll(r)
			driven = append(driven, last...)
			if !errors.Is(err, errBroken) {
				t.Errorf("seed %d: the driver gets the error %v", seed, err)
			}
		}
		if !bytes.Equal(driven, wantDriven) || !bytes.Equal(taken, wantTaken) {
			t.Errorf("seed %d: the driver has %d bytes of %d, and %d of %d were taken", seed, len(driven), len(wantDriven), len(taken), len(wantTaken))
		}
	}
}

// The length in a header may be too small for the header itself. The tap leaves it to the
// driver, which rejects it.
func TestAnImpossibleLengthIsLeftToTheDriver(t *testing.T) {
	r := tap.New(bytes.NewReader([]byte{0, 0, 1, 2}), header, func([]byte) int { return 0 })
	got, err := io.ReadAll(r)
	if err != nil || len(got) != 4 {
		t.Errorf("the driver has %v, %v", got, err)
	}
}
