// The rows of many sources are kept in one log, in memory and in one file, and read back.

package query

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/sources/row"
)

func TestALogGivesTheRowsOfEachSource(t *testing.T) {
	folder := t.TempDir()
	schema := &row.Schema{Columns: []row.Column{{Name: "v", Type: row.Text}}}
	rapid.Check(t, func(t *rapid.T) {
		sources := rapid.IntRange(1, 4).Draw(t, "sources")
		l := NewBudget(1<<20, sources, folder).Log(sources, int64(rapid.IntRange(0, 300).Draw(t, "most")))
		defer l.Close()
		want := make([][]string, sources)
		for n := range rapid.IntRange(0, 20).Draw(t, "batches") {
			i := rapid.IntRange(0, sources-1).Draw(t, "source")
			if rapid.IntRange(0, 9).Draw(t, "forget") == 5 {
				l.Forget(i)
				want[i] = nil
			}
			b := row.NewBatch(schema)
			for k := range rapid.IntRange(0, 3).Draw(t, "rows") {
				text := fmt.Sprint(i, n, k)
				b.TextString(text)
				b.EndRow()
				want[i] = append(want[i], text)
			}
			if err := l.Add(i, b); err != nil {
				t.Fatal(err)
			}
			b.Release() // the log has made a copy
		}
		for i := range sources {
			for range 2 { // the log can be read twice
				var got []string
				err := l.Each(i, func(b *row.Batch) error {
					defer b.Release()
					for r := range b.Rows() {
						got = append(got, string(b.Bytes(b.Row(r)[0])))
					}
					return nil
				})
				if err != nil || !slices.Equal(got, want[i]) {
					t.Fatalf("source %d has %q, not %q (%v)", i, got, want[i], err)
				}
			}
		}
	})
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left are %v (%v)", left, err)
	}
}

func TestADamagedLogIsAnError(t *testing.T) {
	l := NewBudget(1<<20, 1, t.TempDir()).Log(1, 0)
	defer l.Close()
	b := row.NewBatch(&row.Schema{Columns: []row.Column{{Name: "v", Type: row.Text}}})
	b.TextString("precious")
	b.EndRow()
	if err := l.Add(0, b); err != nil {
		t.Fatal(err)
	}
	if _, err := l.spill.f.WriteAt([]byte("x"), l.spill.size-1); err != nil {
		t.Fatal(err)
	}
	err := l.Each(0, func(b *row.Batch) error { b.Release(); return nil })
	if _, ok := errors.AsType[*SpillError](err); !ok {
		t.Errorf("got %v", err)
	}
}

func TestARowBeyondTheMemoryIsNotLogged(t *testing.T) {
	l := NewBudget(1000, 1, t.TempDir()).Log(1, 500)
	defer l.Close()
	b := row.NewBatch(&row.Schema{Columns: []row.Column{{Name: "v", Type: row.Text}}})
	b.TextString(string(make([]byte, 2000)))
	b.EndRow()
	defer b.Release()
	if _, ok := errors.AsType[*MemoryError](l.Add(0, b)); !ok {
		t.Error("the row was accepted")
	}
}

// Without a folder for temporary files, rows stay in memory up to its limit.
func TestALogWithoutAFolder(t *testing.T) {
	l := NewBudget(1000, 1, "/nowhere").Log(1, 10)
	defer l.Close()
	b := row.NewBatch(&row.Schema{Columns: []row.Column{{Name: "v", Type: row.Text}}})
	b.TextString(string(make([]byte, 300)))
	b.EndRow()
	defer b.Release()
	if err := l.Add(0, b); err != nil {
		t.Error(err)
	}
	if _, ok := errors.AsType[*SpillError](l.Add(0, b)); !ok {
		t.Error("rows beyond the memory's limit were accepted")
	}
	rows := 0
	if err := l.Each(0, func(b *row.Batch) error { rows += b.Rows(); b.Release(); return nil }); err != nil || rows != 1 {
		t.Errorf("%d rows (%v)", rows, err)
	}
}
