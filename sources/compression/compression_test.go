// Compressed data reads back as it was. Data that is cut or damaged is an error.

package compression

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func unpack(text []byte, k Kind) ([]byte, error) {
	r, err := NewReader(bytes.NewReader(text), k)
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(r)
	return out, errors.Join(err, r.Close())
}

// sample returns a text of n bytes, in several blocks if n is large.
func sample(n int) []byte {
	from := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for b.Len() < n {
		fmt.Fprintf(&b, "%d,%x,shop\n", from.IntN(1e6), from.Uint64())
	}
	return b.Bytes()
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	text := sample(3*blockSize + 10)
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom([]Kind{Gzip, Zstd}).Draw(t, "kind")
		var out bytes.Buffer
		w := NewWriter(&out, k, nil)
		size := 0
		for _, n := range rapid.SliceOfN(rapid.SampledFrom([]int{0, 1, 1000, blockSize + 1}), 0, 3).Draw(t, "writes") {
			n = min(n, len(text)-size)
			if _, err := w.Write(text[size : size+n]); err != nil {
				t.Fatal(err)
			}
			size += n
			if rapid.Bool().Draw(t, "flush") {
				if err := w.Flush(); err != nil {
					t.Fatal(err)
				}
				if size == 0 { // no reader takes a text of zero bytes for the whole
					continue
				}
				if got, err := unpack(out.Bytes(), k); err != nil || !bytes.Equal(got, text[:size]) {
					t.Fatalf("%d bytes after a flush, %v, want %d", len(got), err, size)
				}
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := unpack(out.Bytes(), k); err != nil || !bytes.Equal(got, text[:size]) {
			t.Fatalf("%d bytes, %v, want %d", len(got), err, size)
		}
	})
}

func TestWhatIsCutOrDamagedIsAnError(t *testing.T) {
	for _, k := range Kinds {
		var out bytes.Buffer
		w := NewWriter(&out, k, nil)
		_, _ = w.Write(sample(2 * blockSize))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		whole := out.Bytes()
		for _, cut := range []int{1, 5, len(whole) / 3, len(whole) - 1} {
			if _, err := unpack(whole[:cut], k); fmt.Sprint(err) != fmt.Sprintf("its end is missing (%s)", k) {
				t.Errorf("%s, cut at %d: %v", k, cut, err)
			}
		}
		if _, err := unpack([]byte("id,name\n1,a\n"), k); fmt.Sprint(err) != fmt.Sprintf("it is damaged, or not compressed with %s", k) {
			t.Errorf("%s of text: %v", k, err)
		}
		bent := bytes.Clone(whole)
		bent[len(bent)/2] ^= 0x55
		if _, err := unpack(bent, k); err == nil {
			t.Errorf("%s: the damage is not found", k)
		}
	}
}

func TestAFrameThatWantsTooMuchMemory(t *testing.T) {
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out, zstd.WithWindowSize(4*maxWindow))
	if err == nil {
		_, err = w.Write(sample(blockSize))
	}
	if err = errors.Join(err, w.Flush()); err != nil { // after a flush the frame's header cannot have the size
		t.Fatal(err)
	}
	_, _ = w.Write(sample(blockSize))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := unpack(out.Bytes(), Zstd); fmt.Sprint(err) != "it was compressed with a window of more than 128 MiB: compress it without the long mode of zstd" {
		t.Error(err)
	}
}

func TestKindsByNameAndSuffix(t *testing.T) {
	for _, k := range Kinds {
		if got, err := Parse(k.String()); got != k || err != nil {
			t.Errorf("%s is %v, %v", k, got, err)
		}
		if got, rest := OfPath("a/B.csv" + k.Suffix()); got != k || rest != "a/B.csv" {
			t.Errorf("%s: %v, %s", k.Suffix(), got, rest)
		}
	}
	if _, err := Parse("lzma"); fmt.Sprint(err) != `"lzma": give gzip or zstd` {
		t.Error(err)
	}
	for _, path := range []string{"", ".gz", "a.gzip", "gz"} {
		if k, rest := OfPath(path); k != None || rest != path {
			t.Errorf("%q is %s, %s", path, k, rest)
		}
	}
}

// The frames are emitted in the order of their blocks, one at a time. After an error no
// frame is emitted, and the queue returns that error for all later blocks.
func TestAQueueEmitsInOrderUntilAnError(t *testing.T) {
	broken := errors.New("no space")
	for _, most := range []int{0, 1, 5, 100} {
		var got bytes.Buffer
		emitted := 0 // not synchronised, so that the race detector reports concurrent calls
		q := NewQueue(NewFramer(Zstd, nil), func(frame []byte) error {
			if emitted == most {
				return broken
			}
			emitted++
			got.Write(frame)
			return nil
		})
		var want []byte
		var failed error
		next := func() {
			if err := q.Pop(nil); failed == nil {
				failed = err
			} else if !errors.Is(err, failed) || err.Error() != failed.Error() {
				t.Errorf("at most %d: %v after %v", most, err, failed)
			}
		}
		for i := range 20 {
			block := append(q.Buffer(), sample(1000*(20-i))...)
			if i < most {
				want = append(want, block...)
			}
			q.Push(block)
			for q.Full() {
				next()
			}
		}
		for q.Len() > 0 {
			next()
		}
		if wrong := most < 20; wrong != errors.Is(failed, broken) || emitted != min(most, 20) {
			t.Errorf("at most %d: %d were emitted, %v", most, emitted, failed)
		}
		if len(want) > 0 {
			if text, err := unpack(got.Bytes(), Zstd); err != nil || !bytes.Equal(text, want) {
				t.Errorf("at most %d: %d bytes, want %d (%v)", most, len(text), len(want), err)
			}
		}
	}
}
