// Every target behaves as a file does: everything appears on Commit, and nothing before.

package output

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

func zip(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }

func unzip(t *testing.T, text string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestTargetsAreThereOnCommitAndNotBefore(t *testing.T) {
	same := func(_ *testing.T, text string) string { return text }
	for name, c := range map[string]struct {
		wrap  func(*testing.T, *File) Target
		plain func(*testing.T, string) string
	}{
		"a file": {func(_ *testing.T, f *File) Target { return f }, same},
		"compressed": {func(t *testing.T, f *File) Target {
			target, err := Compressed(f, zip)
			if err != nil {
				t.Fatal(err)
			}
			return target
		}, unzip},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "out")
			put(t, path, "old", 0o640)
			for _, keep := range []bool{false, true} {
				target := c.wrap(t, create(t, path))
				if _, err := io.WriteString(target, strings.Repeat("new\n", 100_000)); err != nil {
					t.Fatal(err)
				}
				wantContent(t, path, "old")
				first, second := target.Discard, target.Commit
				if keep {
					first, second = second, first
				}
				if err := errors.Join(first(), second()); err != nil {
					t.Error(err)
				}
				wantOnlyFiles(t, folder, "out")
			}
			if got := c.plain(t, read(t, path)); got != strings.Repeat("new\n", 100_000) {
				t.Errorf("it has %d bytes", len(got))
			}
		})
	}
}

func TestPutCommitsWhatWasWrittenWell(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "out")
	put(t, path, "old", 0o640)
	bad := errors.New("bad")
	err := Put(create(t, path), func(w io.Writer) error { _, _ = io.WriteString(w, "half"); return bad })
	if !errors.Is(err, bad) {
		t.Error(err)
	}
	wantContent(t, path, "old")
	if err := Put(create(t, path), func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Error(err)
	}
	wantContent(t, path, "new")
	wantOnlyFiles(t, folder, "out")
}

func TestACodecThatFailsLeavesTheOldFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "out")
	put(t, path, "old", 0o640)
	bad := errors.New("bad")
	if _, err := Compressed(create(t, path), func(io.Writer) (io.WriteCloser, error) { return nil, bad }); !errors.Is(err, bad) {
		t.Error(err)
	}
	target, err := Compressed(create(t, path), func(w io.Writer) (io.WriteCloser, error) { return failing{w, bad}, nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(target, "new"); err != nil {
		t.Error(err)
	}
	if err := target.Commit(); !errors.Is(err, bad) {
		t.Error(err)
	}
	wantContent(t, path, "old")
	wantOnlyFiles(t, folder, "out")
}

// failing is a codec that cannot write its trailer.
type failing struct {
	io.Writer
	err error
}

func (f failing) Close() error { return f.err }

func TestSegmentsIntoEveryTarget(t *testing.T) {
	schema := columns("n:integer", "note")
	want := written(t, "csv", Options{}, fatBatch(schema, "a", 700), fatBatch(schema, "b", 700))
	join := func(target Target) {
		t.Helper()
		enc, _ := format(t, "csv").Encoder(Options{})
		s := NewSegments(target, enc, 2)
		err := errors.Join(s.Rows(1, fatBatch(schema, "b", 700)), s.Rows(0, fatBatch(schema, "lost", 400)), s.Restart(0), s.Rows(0, fatBatch(schema, "a", 700)), s.Finish(nil), target.Commit())
		if err != nil {
			t.Error(err)
		}
	}
	var pipe bytes.Buffer
	join(Standard(&pipe))
	if pipe.String() != want {
		t.Errorf("a pipe got %d bytes, want %d", pipe.Len(), len(want))
	}
	path := filepath.Join(t.TempDir(), "out.csv.gz")
	target, err := Compressed(create(t, path), zip)
	if err != nil {
		t.Fatal(err)
	}
	join(target)
	if got := unzip(t, read(t, path)); got != want {
		t.Errorf("compressed are %d bytes, want %d", len(got), len(want))
	}
}
