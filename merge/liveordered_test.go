package merge

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A dripping source sends numbers in order, in batches of its own size, with pauses.
type dripping struct {
	name, note string // name of the source, and text of its second column
	ids        []int64
	batch      int
	seed       uint64
}

func (d dripping) Name() string { return d.name }

func (d dripping) Run(_ context.Context, _ driver.Request, _ *driver.Progress, emit row.Emit) (driver.Answer, error) {
	dice := rand.New(rand.NewPCG(d.seed, 1))
	s := &row.Schema{Columns: cols("id", row.Int, d.note, row.Text)}
	b := row.NewBatch(s)
	time.Sleep(time.Duration(dice.IntN(3000)) * time.Microsecond) // virtual time, so that other sources are ahead
	for i, id := range d.ids {
		b.Int(id)
		b.TextString(strings.Repeat("x", int(id%50)))
		b.EndRow()
		if (i+1)%d.batch != 0 {
			continue
		}
		if err := emit(b); err != nil {
			return driver.Answer{}, err
		}
		b = row.NewBatch(s)
		if dice.IntN(10) == 0 {
			time.Sleep(time.Duration(dice.IntN(300)) * time.Microsecond) // virtual time, so that the sources take turns
		}
	}
	return driver.Answer{}, emit(b)
}

// Rows that arrive before all columns are known are rendered by the merge, all others by
// their source. Both are merged into one order, also if they were spilled to a file.
func TestRowsRenderedBySourcesAndByTheMergeAreInOneOrder(t *testing.T) {
	var both atomic.Int64 // sources with rows of either kind
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) { mergedLive(t, seed, &both) })
	}
	if both.Load() == 0 {
		t.Error("no source had rows of either kind")
	}
}

// mergedLive merges three random sources, and counts those with rows of both kinds.
func mergedLive(t *testing.T, seed uint64, both *atomic.Int64) {
	dice := rand.New(rand.NewPCG(seed, 2))
	run := Run{SourceColumn: "source"}
	var tasks []query.Task
	var want []string
	type numbered struct {
		id   int64
		line string
	}
	var all []numbered
	for i := range 3 {
		d := dripping{name: fmt.Sprint("s", i), note: fmt.Sprint("note", i%2), batch: 1 + dice.IntN(40), seed: 10*seed + uint64(i)}
		for range dice.IntN(3000) {
			d.ids = append(d.ids, dice.Int64N(5000))
		}
		slices.Sort(d.ids)
		for _, id := range d.ids {
			cells := []string{"NULL", "NULL"}
			cells[i%2] = strings.Repeat("x", int(id%50))
			all = append(all, numbered{id, fmt.Sprintf("%s|%d|%s", d.name, id, strings.Join(cells, "|"))})
		}
		tasks, run.Sources = append(tasks, query.Task{Source: d}), append(run.Sources, d.name)
	}
	slices.SortStableFunc(all, func(a, b numbered) int { return int(a.id - b.id) })
	for _, r := range all {
		want = append(want, r.line)
	}
	summary := query.NewSummary(tasks)
	run.Notes = summary
	render := func(dst []byte, b *row.Batch) []byte { return append(dst, lines(b)[0]...) }
	m := LiveOrdered{Order: columns.Order{{Name: "id"}}, Render: render}.Begin(run)
	shape := func(i int) func(*row.Batch) *row.Batch {
		shape, raw, done := m.Shape(i), false, false
		return func(b *row.Batch) *row.Batch {
			b = shape(b)
			raw = raw || b.Schema.Form == row.Values
			if raw && b.Schema.Form == row.Encoded && !done {
				done = true
				both.Add(1)
			}
			return b
		}
	}
	var got []string
	err := query.Pull(t.Context(), tasks, query.Options{
		Ended: summary.Ended, Shape: shape, Memory: []int64{0, 64 << 10, 8 << 10}[seed%3], TempDir: t.TempDir(),
	}, func(rows *query.Readers) error {
		return m.Merge(rows, func(b *row.Batch) error {
			defer b.Release()
			if b.Schema.Form != row.Encoded || b.Schema.Width() != 1 {
				t.Errorf("rows of the form %d, %d columns", b.Schema.Form, b.Schema.Width())
			}
			for i := range b.Rows() {
				got = append(got, string(b.Bytes(b.Row(i)[0])))
			}
			return nil
		})
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("seed %d: %d rows, want %d (%v)", seed, len(got), len(want), err)
	}
	for _, end := range summary.Outcomes {
		if len(end.Warnings) != 1 {
			t.Errorf("seed %d: %s: warnings %q", seed, end.Source, end.Warnings)
		}
	}
}
