// Sorting equals a stable sort, for any order of the rows, any memory and any number of
// runs.

package sorted

import (
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

var pairs = &row.Schema{Columns: testrow.Columns("k", row.Text, "n", row.Int)}

// pair appends a row with a key and a number.
func pair[T string | []byte](b *row.Batch, key T, n int) {
	b.Text([]byte(key))
	b.Int(int64(n))
	b.EndRow()
}

func firstColumn(dst []byte, b *row.Batch, i int) []byte { return b.AppendKey(dst, b.Row(i)[0]) }

// numbers returns the second column, in the order of a cursor.
func numbers(t interface{ Fatalf(string, ...any) }, c *Cursor) (got []int) {
	for c.Next() {
		cells := c.Batch.Row(c.Row)
		if key := string(firstColumn(nil, c.Batch, c.Row)); key != string(c.Key) {
			t.Fatalf("the key is %q, not %q", c.Key, key)
		}
		got = append(got, int(cells[1].Bits))
	}
	if c.Err() != nil {
		t.Fatalf("%v", c.Err())
	}
	if c.Next() {
		t.Fatalf("a row after the last")
	}
	return got
}

// wantBudgetFree checks that nothing is charged to the memory budget any more.
func wantBudgetFree(t interface{ Errorf(string, ...any) }, s *query.Budget) {
	l := s.Loan()
	if !l.Take(s.Limit() / 2) {
		t.Errorf("memory is still charged")
	}
	l.Return()
}

func TestASorterSortsStably(t *testing.T) {
	dir := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		memory := rapid.SampledFrom([]int64{0, 4 << 10, 64 << 10, 1 << 20}).Draw(t, "memory")
		n := rapid.SampledFrom([]int{0, 1, 10, 300, 3000}).Draw(t, "rows")
		long := rapid.SampledFrom([]int{0, 7, 9, 40}).Draw(t, "long") // the length of a common prefix of all keys
		budget := query.NewBudget(memory, 3, dir)
		s := NewSorter(budget, firstColumn, nil)
		defer s.Close()
		keys := make([]string, n)
		size := rapid.IntRange(1, 256).Draw(t, "batch")
		b := row.NewBatch(pairs)
		for i := range n {
			keys[i] = strings.Repeat("x", long) + rapid.StringMatching("[a-c\x00]{0,3}").Draw(t, "key")
			pair(b, keys[i], i)
			if b.Rows() == size {
				if err := s.Add(b); err != nil {
					t.Fatal(err)
				}
				b = row.NewBatch(pairs)
			}
		}
		if err := s.Add(b); err != nil {
			t.Fatal(err)
		}
		want := make([]int, n)
		for i := range want {
			want[i] = i
		}
		sort.SliceStable(want, func(i, j int) bool { return keys[want[i]] < keys[want[j]] })
		runs = max(runs, len(s.runs))
		c, err := s.Sorted()
		if err != nil {
			t.Fatal(err)
		}
		if files := onDisk(c.inputs); files > fanIn(memory) {
			t.Fatalf("%d files are merged at a time", files)
		}
		if got := numbers(t, c); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		s.Close()
		wantBudgetFree(t, budget)
	})
	if runs <= fanIn(4<<10) {
		t.Errorf("at most %d runs: no case merges them in several passes", runs)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left in the folder: %v (%v)", left, err)
	}
}

func TestASorterIsClosedAtAnyTime(t *testing.T) {
	for steps := range 5 {
		t.Run(fmt.Sprint("after step ", steps), func(t *testing.T) {
			budget := query.NewBudget(16<<10, 1, t.TempDir())
			s := NewSorter(budget, firstColumn, nil)
			if steps > 0 {
				addPairs(t, s, 5000)
			}
			if steps > 1 {
				c, err := s.Sorted()
				if err != nil {
					t.Fatal(err)
				}
				for i := 2; i < steps; i++ {
					if !c.Next() {
						t.Fatalf("no row: %v", c.Err())
					}
				}
			}
			s.Close()
			s.Close()
			if steps > 1 && s.cursor.Next() {
				t.Error("a closed cursor has another row")
			}
			wantBudgetFree(t, budget)
		})
	}
}

// addPairs adds rows in descending order.
func addPairs(t testing.TB, s *Sorter, n int) {
	t.Helper()
	b := row.NewBatch(pairs)
	var key []byte
	for i := range n {
		key = fmt.Appendf(key[:0], "%09d", n-i)
		pair(b, key, i)
		if b.Rows() == 200 || i == n-1 {
			if err := s.Add(b); err != nil {
				t.Fatal(err)
			}
			b = row.NewBatch(pairs)
		}
	}
}

func TestAFolderThatCannotHoldRunsIsReported(t *testing.T) {
	s := NewSorter(query.NewBudget(4<<10, 1, t.TempDir()+"/missing"), firstColumn, nil)
	defer s.Close()
	var err error
	for i := 0; i < 100 && err == nil; i++ {
		b := row.NewBatch(pairs)
		pair(b, strings.Repeat("x", 500), i)
		err = s.Add(b)
	}
	if err == nil || !strings.HasPrefix(err.Error(), "temporary file in ") {
		t.Errorf("got %v", err)
	}
}

func TestTheLoserTreeGivesTheLeastAndOfEqualsTheFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 20).Draw(t, "sequences")
		type head struct {
			key string
			i   int
		}
		var want, got []head
		sequences := make([][]string, n)
		for i := range sequences {
			sequences[i] = rapid.SliceOfN(rapid.StringMatching("[a-b]{0,10}"), 0, 6).Draw(t, "keys")
			slices.Sort(sequences[i])
			for _, key := range sequences[i] {
				want = append(want, head{key, i})
			}
		}
		sort.SliceStable(want, func(i, j int) bool { return want[i].key < want[j].key })
		tree := newLosers(n)
		move := func(i int) {
			if len(sequences[i]) == 0 {
				tree.end(i)
				return
			}
			tree.set(i, []byte(sequences[i][0]))
			sequences[i] = sequences[i][1:]
		}
		for i := range n {
			move(i)
		}
		for tree.play(); !tree.over(); tree.replay() {
			got = append(got, head{string(tree.contenders[tree.winner()].key), tree.winner()})
			move(tree.winner())
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func BenchmarkLosers(b *testing.B) {
	for _, n := range []int{3, 100} {
		b.Run(fmt.Sprint(n, " sources"), func(b *testing.B) {
			keys := make([][]byte, 1<<16)
			for i := range keys {
				keys[i] = fmt.Appendf(nil, "%09d", i)
			}
			tree := newLosers(n)
			at := make([]int, n)
			for i := range n {
				tree.set(i, keys[i])
				at[i] = i
			}
			tree.play()
			b.ReportAllocs()
			for b.Loop() {
				w := tree.winner()
				at[w] = (at[w] + 1 + w*7919%31) % len(keys)
				tree.set(w, keys[at[w]])
				tree.replay()
			}
		})
	}
}

func BenchmarkSorter(b *testing.B) {
	const rows = 200_000
	for name, memory := range map[string]int64{"in memory": 0, "in runs": 4 << 20} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := NewSorter(query.NewBudget(memory, 1, b.TempDir()), firstColumn, nil)
				addPairs(b, s, rows)
				c, err := s.Sorted()
				if err != nil {
					b.Fatal(err)
				}
				if err := emitSorted(c, func(x *row.Batch) error { x.Release(); return nil }); err != nil {
					b.Fatal(err)
				}
				s.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}
