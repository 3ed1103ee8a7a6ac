// Sources that write concurrently produce the same file as sources that write one after
// another.

package output

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/row"
)

// fatBatch returns n rows of about 1 KiB.
func fatBatch(s *row.Schema, label string, n int) *row.Batch {
	b := row.NewBatch(s)
	for i := range n {
		add(b, i)
		add(b, label+strings.Repeat(`x"`, 500))
		b.EndRow()
	}
	return b
}

func encodable() []Format {
	var formats []Format
	for _, f := range Formats {
		if _, ok := f.Encoder(Options{}); ok {
			formats = append(formats, f)
		}
	}
	return formats
}

func TestSegmentsAreTheRowsInSourceOrder(t *testing.T) {
	folder := t.TempDir()
	schema := columns("n:integer", "note")
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(encodable()).Draw(t, "format")
		o := Options{NoHeader: rapid.Bool().Draw(t, "no header")}
		packing := rapid.SampledFrom([]compression.Kind{compression.None, compression.Gzip, compression.Zstd}).Draw(t, "compression")
		n := rapid.IntRange(0, 5).Draw(t, "sources")
		sizes := rapid.SliceOfN(rapid.SampledFrom([]int{0, 1, 3, 60, 200, 400}), 0, 4)
		sources, before := make([][]int, n), make([][]int, n) // sources has the sizes of each source's batches; before has those of a first attempt that is discarded
		ends, late := make([]bool, n), make([]bool, n)        // ends: the end of the source is reported before that of the last source; late: the source is discarded after that
		other := rapid.Bool().Draw(t, "other columns") && n > 0
		for i := range sources {
			ends[i], late[i] = rapid.IntRange(0, 3).Draw(t, "ends") > 0, other || rapid.IntRange(0, 3).Draw(t, "late") == 3
			sources[i] = sizes.Draw(t, "sizes")
			if rapid.Bool().Draw(t, "restarts") {
				before[i] = sizes.Draw(t, "taken back")
			}
		}

		path := filepath.Join(folder, "out")
		file, err := Create(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Discard() }()
		enc, _ := f.Encoder(o)
		s := NewSegments(file, enc, n)
		s.Compress(packing)
		errs := make([]error, n)
		give := func(i int, sizes []int, schema *row.Schema) {
			for _, size := range sizes {
				if err := s.Rows(i, fatBatch(schema, string(rune('a'+i)), size)); err != nil {
					errs[i] = err
				}
			}
		}
		var all sync.WaitGroup
		first := schema
		if other {
			first = columns("n:integer", "before it was called so")
		}
		for i, sizes := range sources {
			all.Go(func() {
				if before[i] != nil {
					give(i, before[i], first)
					if err := s.Restart(i); err != nil {
						errs[i] = err
					}
				}
				give(i, sizes, first)
				if ends[i] {
					if err := s.Done(i); err != nil {
						errs[i] = err
					}
				}
			})
		}
		all.Wait()
		for i, sizes := range sources {
			if late[i] {
				if err := s.Restart(i); err != nil {
					errs[i] = err
				}
				give(i, sizes, schema)
			}
		}
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Finish(schema); err != nil {
			t.Fatal(err)
		}
		if err := file.Commit(); err != nil {
			t.Fatal(err)
		}

		var want bytes.Buffer
		w := f.New(&want, o)
		if err := w.Write(row.NewBatch(schema)); err != nil {
			t.Fatal(err)
		}
		for i, sizes := range sources {
			for _, size := range sizes {
				if err := w.Write(fatBatch(schema, string(rune('a'+i)), size)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if packing != compression.None && len(got) == 0 {
			t.Fatal("a compressed file must not be empty")
		}
		if got, err = decompressed(got, packing); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("%s of %+v: %d bytes, want %d", f.Name, sources, len(got), want.Len())
		}
		if entries, _ := os.ReadDir(folder); len(entries) != 1 {
			t.Fatalf("left behind: %v", entries)
		}
	})
}

func TestSegmentsIntoATargetThatCannotBeDiscarded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan []byte)
	go func() {
		got, _ := os.ReadFile(path)
		read <- got
	}()
	schema := columns("n:integer", "note")
	file := create(t, path)
	enc, _ := format(t, "csv").Encoder(Options{})
	s := NewSegments(file, enc, 2)
	for _, err := range []error{
		s.Rows(0, fatBatch(schema, "a", 700)), s.Rows(1, fatBatch(schema, "b", 700)), s.Finish(nil), file.Commit(),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if got, want := string(<-read), written(t, "csv", Options{}, fatBatch(schema, "a", 700), fatBatch(schema, "b", 700)); got != want {
		t.Errorf("the reader got %d bytes, want %d", len(got), len(want))
	}
}

func TestSegmentsWithoutAnyBatch(t *testing.T) {
	for name, want := range map[string]string{"csv": "a\n", "json": "[]\n", "jsonl": ""} {
		path := filepath.Join(t.TempDir(), "out")
		file := create(t, path)
		enc, _ := format(t, name).Encoder(Options{})
		s := NewSegments(file, enc, 3)
		if err := s.Finish(columns("a")); err != nil {
			t.Fatal(err)
		}
		if err := file.Commit(); err != nil {
			t.Fatal(err)
		}
		wantContent(t, path, want)
	}
}

func TestSegmentsWithOtherColumns(t *testing.T) {
	file := create(t, filepath.Join(t.TempDir(), "out"))
	enc, _ := format(t, "csv").Encoder(Options{})
	s := NewSegments(file, enc, 2)
	if err := s.Rows(1, batch(columns("a"), line{1})); err != nil {
		t.Fatal(err)
	}
	if err := s.Rows(1, batch(columns("b"), line{1})); err == nil {
		t.Error("one source has two headers")
	}
	if err := s.Rows(0, batch(columns("b"), line{1})); err != nil {
		t.Error(err)
	}
	if err := s.Finish(nil); err == nil {
		t.Error("two sources have two headers")
	}
}

// The system call that copies between files may copy everything, a part, or nothing. It depends on
// the file systems.
func TestASegmentIsCopiedToItsPlace(t *testing.T) {
	folder := t.TempDir()
	const text = "the bytes of a segment"
	for done := range int64(len(text)) - 3 {
		result := create(t, filepath.Join(folder, "out"))
		own, err := unnamed(folder)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := own.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if _, err := own.WriteString(" and more"); err != nil {
			t.Fatal(err)
		}
		const at = 4
		p := placing{piece: piece{own, at, int64(len(text)) - at}, to: 3}
		if _, err := result.f.WriteAt([]byte("abc"+text[at:at+done]), 0); err != nil {
			t.Fatal(err)
		}
		if err := p.rest(result.f, done); err != nil {
			t.Errorf("after %d bytes: %v", done, err)
		}
		if err := result.Commit(); err != nil {
			t.Fatal(err)
		}
		wantContent(t, filepath.Join(folder, "out"), "abc"+text[at:])
		if err := own.Close(); err != nil {
			t.Error(err)
		}
	}
}

// It is an error if the file of a segment is shorter than what was written to it.
func TestASegmentThatWasCutShortIsAnError(t *testing.T) {
	result := create(t, filepath.Join(t.TempDir(), "out"))
	own, err := unnamed(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := placeAll(result.f, []placing{{piece: piece{own, 0, 5}, owner: &segment{own: own}}}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	if err := own.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the file of the segment is still open: %v", err)
	}
}
