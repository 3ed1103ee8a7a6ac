// Stages return the rows that were put in, from memory and from disk, or an error.

package query

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/sources/row"
)

// numbered returns batches of n rows, numbered from 0. next returns the size of each batch.
func numbered(n int, next func() int) (batches []*row.Batch) {
	schema := &row.Schema{Columns: []row.Column{{Name: "n"}, {Name: "t"}}}
	for i := 0; i < n; {
		b := row.NewBatch(schema)
		for range min(next(), n-i) {
			b.Int(int64(i))
			b.TextString(strings.Repeat("x", i%50))
			b.EndRow()
			i++
		}
		batches = append(batches, b)
	}
	return batches
}

// drain checks that a stage returns n numbered rows.
func drain(t interface {
	Helper()
	Fatalf(string, ...any)
}, s *Stage, n int,
) {
	t.Helper()
	i := 0
	err := s.Each(func(b *row.Batch) error {
		for r := range b.Rows() {
			cells := b.Row(r)
			if int(cells[0].Bits) != i || int(cells[1].Len) != i%50 || strings.Trim(string(b.Bytes(cells[1])), "x") != "" {
				t.Fatalf("row %d is %v", i, cells)
			}
			i++
		}
		b.Release()
		return nil
	})
	if err != nil || i != n {
		t.Fatalf("%d rows, want %d (%v)", i, n, err)
	}
}

// pulled moves the rows of a stage into another stage with Next.
func pulled(t *rapid.T, s *Stage, budget *Budget) *Stage {
	t.Helper()
	to := budget.File()
	for {
		b, err := s.Next()
		if err != nil {
			t.Fatalf("next: %v", err)
		}
		if b == nil {
			break
		}
		if err := to.Add(b); err != nil {
			t.Fatalf("add: %v", err)
		}
	}
	if b, err := s.Next(); b != nil || err != nil {
		t.Fatalf("after the end: %v, %v", b, err)
	}
	if err := to.Seal(t.Context()); err != nil {
		t.Fatalf("seal: %v", err)
	}
	if to.held != 0 {
		t.Fatalf("%d bytes are charged for rows that are in a file", to.held)
	}
	return to
}

func TestAStageCanBeLookedThroughAsOftenAsOneLikes(t *testing.T) {
	for name, memory := range map[string]int64{"memory": 0, "memory and a file": 20_000, "a file": 3000} {
		stage := NewBudget(memory, 1, t.TempDir()).Stage()
		for _, b := range numbered(1000, func() int { return 20 }) {
			if err := stage.Add(b); err != nil {
				t.Fatal(err)
			}
		}
		if err := stage.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			i := 0
			err := stage.Scan(func(b *row.Batch) error {
				for r := range b.Rows() {
					if int(b.Row(r)[0].Bits) != i {
						t.Fatalf("%s: row %d is %v", name, i, b.Row(r))
					}
					i++
				}
				return nil
			})
			if err != nil || i != 1000 {
				t.Fatalf("%s: %d rows (%v)", name, i, err)
			}
		}
		stop := errors.New("enough")
		batches := 0
		if err := stage.Scan(func(*row.Batch) error { batches++; return stop }); !errors.Is(err, stop) || batches != 1 {
			t.Errorf("%s: %d batches after the first error (%v)", name, batches, err)
		}
		drain(t, stage, 1000)
	}
}

func TestAStageGivesBackWhatWasPutIn(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 3000).Draw(t, "rows")
		memory := rapid.SampledFrom([]int64{0, 64 << 10, 256 << 10, 1 << 30}).Draw(t, "memory")
		budget := NewBudget(memory, 2, dir)
		s := budget.Stage()
		for _, b := range numbered(n, func() int { return rapid.IntRange(1, 256).Draw(t, "batch") }) {
			if err := s.Add(b); err != nil {
				t.Fatalf("add: %v", err)
			}
		}
		if err := s.Seal(t.Context()); err != nil {
			t.Fatalf("seal: %v", err)
		}
		looked := 0
		for range 2 {
			if err := s.Scan(func(b *row.Batch) error { looked += b.Rows(); return nil }); err != nil {
				t.Fatalf("scan: %v", err)
			}
		}
		if looked != 2*n {
			t.Fatalf("%d rows were looked at twice, want %d", looked, n)
		}
		if rapid.Bool().Draw(t, "pull") {
			s = pulled(t, s, budget)
		}
		drain(t, s, n)
		if left := budget.borrowed.Load(); left != 0 {
			t.Fatalf("%d bytes are still charged", left)
		}
	})
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left in the folder: %v (%v)", left, err)
	}
}

// spilled returns a sealed stage with most of its rows in a file.
func spilled(t *testing.T, n int) *Stage {
	t.Helper()
	s := NewBudget(16<<10, 1, t.TempDir()).Stage()
	for _, b := range numbered(n, func() int { return 100 }) {
		if err := s.Add(b); err != nil {
			t.Fatal(err)
		}
	}
	if s.spill == nil || s.spill.f == nil {
		t.Fatal("nothing went to a file")
	}
	t.Cleanup(s.Discard)
	return s
}

func TestASpillHasNoNameAndIsNobodyElses(t *testing.T) {
	s := spilled(t, 5000)
	if left, err := os.ReadDir(s.spill.folder); err != nil || len(left) > 0 {
		t.Errorf("in the folder: %v (%v)", left, err)
	}
	if info, err := s.spill.f.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
}

func TestALoanIsBoundedByWhatOthersHaveBorrowed(t *testing.T) {
	budget := NewBudget(1000, 2, "")
	a, b := budget.Loan(), budget.Loan()
	if !a.Take(300) || !b.Take(200) || a.Take(1) {
		t.Error("the loans did not get exactly half of the memory")
	}
	b.Return()
	if !a.Take(200) || a.Take(1) {
		t.Error("a loan did not get exactly what the other had returned")
	}
	a.Return()
	if left := budget.borrowed.Load(); left != 0 {
		t.Errorf("%d bytes are still charged", left)
	}
	if unlimited := NewBudget(0, 1, "").Loan(); !unlimited.Take(1 << 60) {
		t.Error("a loan without a limit was refused")
	}
}

func TestAFullDiskFailsTheSource(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("needs /dev/full")
	}
	s := spilled(t, 1000)
	s.spill.close()
	s.spill.f = full
	err = s.Add(numbered(1, func() int { return 1 })[0])
	if _, ok := errors.AsType[*SpillError](err); !ok || !strings.Contains(err.Error(), "no space left on device") {
		t.Errorf("got %v", err)
	}
}

func TestAFolderThatTakesNoFilesMattersToWhatSpillsAlone(t *testing.T) {
	for _, dir := range []string{filepath.Join(t.TempDir(), "missing"), "/proc/self"} {
		s := NewBudget(1<<20, 1, dir).Stage()
		for _, b := range numbered(100, func() int { return 10 }) {
			if err := s.Add(b); err != nil {
				t.Errorf("%s: rows that fit gave %v", dir, err)
			}
		}
		s.Discard()
		s = NewBudget(1<<10, 1, dir).Stage()
		var err error
		for _, b := range numbered(1000, func() int { return 10 }) {
			if err == nil {
				err = s.Add(b)
			}
		}
		s.Discard()
		if _, ok := errors.AsType[*SpillError](err); !ok || !strings.HasPrefix(err.Error(), "temporary file in "+dir) {
			t.Errorf("%s: rows that do not fit gave %v", dir, err)
		}
	}
}

func TestARowLargerThanAllMemoryIsNamed(t *testing.T) {
	b := row.NewBatch(testSchema)
	b.Text(make([]byte, 5000))
	b.EndRow()
	err := NewBudget(1000, 1, t.TempDir()).Stage().Add(b)
	if e, ok := errors.AsType[*MemoryError](err); !ok || e.Row != 1 || !strings.HasPrefix(err.Error(), "row 1 takes 5016 bytes, and the memory budget is 1000") {
		t.Errorf("got %v", err)
	}
}

func TestOneLargeSourceLeavesTheSmallOnesTheirShare(t *testing.T) {
	budget := NewBudget(1<<20, 4, t.TempDir())
	large, small := budget.Stage(), budget.Stage()
	defer large.Discard()
	defer small.Discard()
	for _, b := range numbered(50_000, func() int { return 256 }) {
		if err := large.Add(b); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range numbered(500, func() int { return 100 }) {
		if err := small.Add(b); err != nil {
			t.Fatal(err)
		}
	}
	if large.spill == nil || small.spill != nil {
		t.Errorf("large in a file: %v, small in a file: %v", large.spill != nil, small.spill != nil)
	}
	if held := large.held + small.held; held > 1<<20 {
		t.Errorf("%d bytes are held", held)
	}
}

func TestEachStopsAtTheFirstErrorAndDropsTheRest(t *testing.T) {
	s := spilled(t, 3000)
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	n := 0
	err := s.Each(func(b *row.Batch) error {
		b.Release()
		if n++; n == 15 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || n != 15 || s.spill != nil || s.held != 0 {
		t.Errorf("%v after %d batches", err, n)
	}
}

func BenchmarkSpill(b *testing.B) {
	batches := numbered(100_000, func() int { return 256 })
	var bytes int64
	for _, x := range batches {
		bytes += int64(x.Size())
	}
	b.SetBytes(bytes)
	for b.Loop() {
		s := &spill{folder: b.TempDir()}
		for _, x := range batches {
			if err := s.write(x); err != nil {
				b.Fatal(err)
			}
		}
		if err := s.seal(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := s.each(func(x *row.Batch) error { x.Release(); return nil }); err != nil {
			b.Fatal(err)
		}
		s.close()
	}
}

func TestLentRowsAreTheSameAndStay(t *testing.T) {
	for name, memory := range map[string]int64{"in memory": 0, "in a file": 1} {
		t.Run(name, func(t *testing.T) {
			s := NewBudget(memory<<12, 1, t.TempDir()).Stage()
			for n := range 3 {
				b := row.NewBatch(testSchema)
				for i := range row.MaxRows {
					b.Int(int64(n*row.MaxRows + i))
					b.EndRow()
				}
				if err := s.Add(b); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
			if s.OnDisk() != (memory > 0) {
				t.Fatalf("on disk: %v", s.OnDisk())
			}
			discarded := s.Lend()
			discarded.Discard()
			for _, lent := range []struct {
				what string
				each func(row.Emit) error
			}{{"lent", s.Lend().Each}, {"lent again, batch by batch", byNext(s.Lend())}, {"what was lent", s.Each}} {
				what, n := lent.what, int64(0)
				err := lent.each(func(b *row.Batch) error {
					defer b.Release()
					for i := range b.Rows() {
						if got := int64(b.Row(i)[0].Bits); got != n {
							t.Fatalf("%s: row %d is %d", what, n, got)
						}
						n++
					}
					return nil
				})
				if err != nil || n != 3*row.MaxRows {
					t.Errorf("%s: %d rows, %v", what, n, err)
				}
			}
		})
	}
}

// byNext is Each by Next.
func byNext(s *Stage) func(row.Emit) error {
	return func(emit row.Emit) error {
		for {
			b, err := s.Next()
			if b == nil || err != nil {
				return err
			}
			if err := emit(b); err != nil {
				return err
			}
		}
	}
}
