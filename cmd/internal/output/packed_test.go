// Compressed results.

package output

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/compression"
)

func decompressed(text []byte, k compression.Kind) ([]byte, error) {
	r, err := compression.NewReader(bytes.NewReader(text), k)
	if err != nil {
		return nil, err
	}
	text, err = io.ReadAll(r)
	return text, errors.Join(err, r.Close())
}

func TestACompressedResultIsThePlainOne(t *testing.T) {
	each := func(t *testing.T, f Format, k compression.Kind) {
		var plain, packed bytes.Buffer
		schema := columns("n:integer", "note")
		for _, w := range []Writer{f.New(&plain, Options{}), f.New(&packed, Options{Compression: k})} {
			for _, size := range []int{3, 0, 300} {
				if err := errors.Join(w.Write(fatBatch(schema, "a", size)), w.Flush()); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
		got, err := decompressed(packed.Bytes(), k)
		if err != nil || !bytes.Equal(got, plain.Bytes()) {
			t.Fatalf("%s, %s: %d bytes, %v, want %d", f.Name, k, len(got), err, plain.Len())
		}
	}
	for _, f := range ofText() {
		for _, k := range compression.Kinds {
			each(t, f, k)
		}
	}
}

// ofText returns the formats whose output is text.
func ofText() (formats []Format) {
	for _, f := range Formats {
		if !f.Binary {
			formats = append(formats, f)
		}
	}
	return formats
}

// Rows that were flushed can be read before the rest is written.
func TestAFlushLetsCompressedRowsOut(t *testing.T) {
	for _, k := range compression.Kinds {
		var out bytes.Buffer
		w := format(t, "csv").New(&out, Options{Compression: k})
		if err := errors.Join(w.Write(batch(columns("a"), line{"x"})), w.Flush()); err != nil {
			t.Fatal(err)
		}
		got, err := decompressed(out.Bytes(), k)
		if err != nil || string(got) != "a\nx\n" {
			t.Errorf("%s: %q, %v", k, got, err)
		}
	}
}

func TestNoRowsAreACompressedFileToo(t *testing.T) {
	for _, k := range compression.Kinds {
		out := written(t, "jsonl", Options{Compression: k})
		if got, err := decompressed([]byte(out), k); err != nil || len(got) > 0 || out == "" {
			t.Errorf("%s: %q is %q, %v", k, out, got, err)
		}
	}
}

// The usual programs can read compressed results.
func TestGunzipAndZstdReadCompressedResults(t *testing.T) {
	for k, program := range map[compression.Kind][]string{compression.Gzip: {"gzip", "-dc"}, compression.Zstd: {"zstd", "-dcq"}} {
		path, err := exec.LookPath(program[0])
		if err != nil && k == compression.Zstd { // gzip is installed on every machine
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		schema := columns("n:integer", "note")
		file := filepath.Join(t.TempDir(), "out.csv"+k.Suffix())
		if err := os.WriteFile(file, []byte(written(t, "csv", Options{Compression: k}, fatBatch(schema, "a", 5000))), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := exec.CommandContext(t.Context(), path, append(program[1:], file)...).Output()
		if want := written(t, "csv", Options{}, fatBatch(schema, "a", 5000)); err != nil || string(got) != want {
			t.Errorf("%s: %d bytes, %v, want %d", program[0], len(got), err, len(want))
		}
	}
}

// If the reader leaves, the writer ends with that error, and nothing runs on.
func TestACompressedResultWhoseReaderLeaves(t *testing.T) {
	gone := errors.New("gone")
	for _, k := range compression.Kinds {
		w := format(t, "csv").New(leaving{gone}, Options{Compression: k})
		var err error
		for range 100 {
			if err = w.Write(fatBatch(columns("n:integer", "note"), "a", 200)); err != nil {
				break
			}
		}
		if !errors.Is(err, gone) || !errors.Is(w.Flush(), gone) || !errors.Is(w.Close(), gone) {
			t.Errorf("%s: %v", k, err)
		}
	}
}

type leaving struct{ err error }

func (l leaving) Write([]byte) (int, error) { return 0, l.err }

func TestWhatSuffixesStandFor(t *testing.T) {
	for path, want := range map[string]string{
		"orders.csv": "csv", "orders.csv.gz": "csv gzip", "out/{source}.JSONL.ZST": "jsonl zstd", "x.tab": "tsv", "a.csv/b": "", "x.gz": " gzip",
		".gz": "", "": "", "-": "", "x.csv.bz2": "", "x.zst.csv": "csv", "x.csv.gz.gz": " gzip",
	} {
		f, k, ok := ForPath(path)
		if got := strings.TrimRight(f.Name+" "+k.String(), " "); got != want || ok != (f.Name != "") {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	}
}
