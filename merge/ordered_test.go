// Ordered, distinct, and the first rows of a result: the warnings and the errors.

package merge

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// attempt runs a strategy that is expected to return an error.
func attempt(t *testing.T, settings Run, strategy Strategy, tables ...table) error {
	t.Helper()
	var tasks []query.Task
	for _, s := range tables {
		tasks, settings.Sources = append(tasks, query.Task{Source: s}), append(settings.Sources, s.name)
	}
	summary := query.NewSummary(tasks)
	settings.Notes = summary
	return strategy.Merge(settings, query.Dispatch(t.Context(), tasks, query.Options{Ended: summary.Ended}), func(b *row.Batch) error {
		t.Error("something was emitted")
		b.Release()
		return nil
	})
}

func TestAnUnknownColumnIsReportedBeforeARowIsPrinted(t *testing.T) {
	one := table{name: "eu", cols: cols("id", row.Int, "placed_at", row.Text), rows: [][]fill{{integer(1), txt("x")}}}
	for _, c := range []struct {
		run      Run
		strategy Strategy
		want     string
	}{
		{Run{}, Ordered{Order: columns.Order{{Name: "plcaed_at"}}}, `order-by: unknown column "plcaed_at": did you mean "placed_at"?`},
		{Run{}, Ordered{Order: columns.Order{{Name: "region"}}}, `order-by: unknown column "region": the result has "id", "placed_at"`},
		{Run{SourceColumn: "source"}, Ordered{Order: columns.Order{{Place: 4}}}, `order-by: there is no column 4: the result has 3`},
		{Run{}, Distinct{Key: columns.Order{{Name: "ids"}}}, `key: unknown column "ids": did you mean "id"?`},
	} {
		if err := attempt(t, c.run, c.strategy, one); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestTheSourceColumnIsOrderedByItsText(t *testing.T) {
	r := run(t, Run{SourceColumn: "source"}, Ordered{Order: columns.Order{{Name: "SOURCE"}}},
		table{name: "us", cols: cols("id", row.Int), rows: [][]fill{{integer(1)}}},
		table{name: "eu", cols: cols("id", row.Int), rows: [][]fill{{integer(2)}}})
	want(t, r.lines, "source|id", "eu|2", "us|1")
}

func TestASourceOutOfOrderIsRefusedWithTheRow(t *testing.T) {
	numbered := func(name string, ids ...int64) table {
		tab := table{name: name, cols: cols("id", row.Int)}
		for _, id := range ids {
			tab.rows = append(tab.rows, []fill{integer(id)})
		}
		return tab
	}
	r := run(t, Run{}, Ordered{Order: columns.Order{{Name: "id"}}, Sorted: true},
		numbered("late", 1, 2, 3, 4, 6, 7, 5), numbered("good", 1, 1, 7), numbered("down", 2, 1), numbered("none"))
	want(t, r.lines, "id", "1", "1", "7")
	for i, text := range map[int]string{
		0: "row 7 is out of order: it comes before row 6 in order-by; without sorted it is put in its place",
		2: "row 2 is out of order: it comes before row 1 in order-by; without sorted it is put in its place",
	} {
		if o := r.summary.Outcomes[i]; o.State != query.Failed || o.Err.Error() != text || o.Rows != 0 {
			t.Errorf("%s: %s, %v, %d rows", o.Source, o.State, o.Err, o.Rows)
		}
	}
	r = run(t, Run{Need: 2}, Ordered{Order: columns.Order{{Name: "id"}}, Sorted: true}, numbered("good", 1), numbered("down", 2, 1))
	want(t, r.lines)
}

// A live merge refuses sources with the same errors as a merge of complete sources, and
// then uses none of the rows. The other sources end as usual.
func TestALiveMergeEndsWithTheFirstSourceThatIsMissing(t *testing.T) {
	ids := func(name string, all ...int64) table {
		tab := table{name: name, cols: cols("id", row.Int), batch: 3}
		for _, id := range all {
			tab.rows = append(tab.rows, []fill{integer(id)})
		}
		return tab
	}
	failing := ids("failing", 1, 2, 3, 4)
	failing.err = errors.New("lost")
	both := ids("both", 2, 1)
	both.err = errors.New("lost after a row out of order")
	texts := table{name: "texts", cols: cols("id", row.Bytes)}
	for want, bad := range map[string]table{
		"row 7 is out of order: it comes before row 6 in order-by; without sorted it is put in its place": ids("down", 1, 2, 3, 4, 5, 6, 5),
		"lost":                          failing,
		"lost after a row out of order": both,
		`column "id" is bytes here and integer in good, which do not meet: cast one of them`: texts,
		`column "id" holds "x", which is no integer, as in good: cast it in the query`: {
			name: "unread", cols: cols("id", row.Any), rows: [][]fill{{integer(1)}, {txt("2")}, {txt("x")}},
		},
	} {
		for _, render := range []Render{nil, func(dst []byte, b *row.Batch) []byte { return append(dst, lines(b)[0]...) }} {
			aLiveMergeWithout(t, bad, want, render, ids("good", 1, 2, 9), bad, ids("last", 4))
		}
	}
}

// aLiveMergeWithout merges tables and checks that bad is the only one that fails, with
// the error want.
func aLiveMergeWithout(t *testing.T, bad table, want string, render Render, tables ...table) {
	t.Helper()
	var tasks []query.Task
	var settings Run
	for _, tab := range tables {
		tasks, settings.Sources = append(tasks, query.Task{Source: tab}), append(settings.Sources, tab.name)
	}
	summary := query.NewSummary(tasks)
	settings.Notes = summary
	m := LiveOrdered{Order: columns.Order{{Name: "id"}}, Render: render}.Begin(settings)
	err := query.Pull(t.Context(), tasks, query.Options{Ended: summary.Ended, Shape: m.Shape}, func(rows *query.Readers) error {
		return m.Merge(rows, func(b *row.Batch) error { b.Release(); return nil })
	})
	if err != nil {
		t.Errorf("%s: %v", bad.name, err)
	}
	for i, o := range summary.Outcomes {
		if (o.State == query.OK) != (i != 1) {
			t.Errorf("%s: %s is %s (%v)", bad.name, o.Source, o.State, o.Err)
		}
	}
	if got := summary.Outcomes[1].Err; got == nil || got.Error() != want {
		t.Errorf("%s: %v, want %s", bad.name, got, want)
	}
}

// The order is that of the result's values. 9 comes before 10 as a number, but after it
// as a text, and another source with texts can turn the column into texts.
func TestWhetherASourceIsInOrderIsJudgedInTheResultsTypes(t *testing.T) {
	numbers := table{name: "numbers", cols: cols("v", row.Int), rows: [][]fill{{integer(9)}, {integer(10)}}}
	texts := table{name: "texts", cols: cols("v", row.Text), rows: [][]fill{{txt("a")}}}
	r := run(t, Run{}, Ordered{Order: columns.Order{{Name: "v"}}, Sorted: true}, numbers)
	want(t, r.lines, "v", "9", "10")
	r = run(t, Run{}, Ordered{Order: columns.Order{{Name: "v"}}, Sorted: true}, numbers, texts)
	want(t, r.lines, "v", "a")
}

func TestDroppedDuplicatesAreReportedWithTheirSource(t *testing.T) {
	ids := func(name string, all ...int64) table {
		tab := table{name: name, cols: cols("id", row.Int)}
		for _, id := range all {
			tab.rows = append(tab.rows, []fill{integer(id)})
		}
		return tab
	}
	r := run(t, Run{SourceColumn: "source"}, Distinct{}, ids("a", 1, 2, 2), ids("b", 1, 3), ids("c", 3, 2, 1, 1, 9), ids("d", 9))
	want(t, r.lines, "source|id", "a|1", "a|2", "b|3", "c|9")
	want(t, r.summary.Outcomes[0].Warnings, "1 row dropped as duplicates of its own rows")
	want(t, r.summary.Outcomes[1].Warnings, "1 row dropped as duplicates of a")
	want(t, r.summary.Outcomes[2].Warnings, "4 rows dropped as duplicates: 3 of a, 1 of b")
	for i, kept := range []int64{2, 1, 1, 0} {
		if o := r.summary.Outcomes[i]; o.Rows != kept || o.State != query.OK {
			t.Errorf("%s: %d rows, want %d", o.Source, o.Rows, kept)
		}
	}
	r = run(t, Run{SourceColumn: "source"}, Distinct{Key: columns.Order{{Name: "id"}}, Prefer: []int{2, 1}}, ids("a", 1, 2, 5), ids("b", 1, 3), ids("c", 3))
	want(t, r.lines, "source|id", "a|2", "a|5", "b|1", "c|3")
	var many []table
	for i := range 8 {
		many = append(many, ids(fmt.Sprint("s", i), int64(i)))
	}
	r = run(t, Run{}, Distinct{}, append(many, ids("all", 0, 1, 2, 3, 4, 5, 6, 7))...)
	want(t, r.summary.Outcomes[8].Warnings, "8 rows dropped as duplicates: 1 of s0, 1 of s1, 1 of s2, 1 of s3, 1 of s4, 3 of other sources")
}

func TestRowsWithoutColumnsAreOneRow(t *testing.T) {
	r := run(t, Run{}, Distinct{}, table{name: "a", rows: [][]fill{{}, {}}}, table{name: "b", rows: [][]fill{{}}})
	want(t, r.lines, "") // without a column there are no names either
}

func TestAUnionThatHasItsRowsCancelsTheRest(t *testing.T) {
	never := make(chan struct{}) // the source waits until it is cancelled
	fast := table{name: "fast", cols: cols("id", row.Int), rows: [][]fill{{integer(1)}, {integer(2)}, {integer(3)}, {integer(4)}, {integer(5)}}}
	for _, c := range []struct {
		w    Slice
		want []string
		rows int64
	}{
		{Slice{Limit: 2, Limited: true}, []string{"id", "1", "2"}, 2},
		{Slice{Limit: 2, Limited: true, Offset: 3}, []string{"id", "4", "5"}, 2},
		{Slice{Limit: 0, Limited: true}, []string{"id"}, 0},
	} {
		start := time.Now()
		r := run(t, Run{}, Union{Slice: c.w}, fast, table{name: "slow", wait: never})
		want(t, r.lines, c.want...)
		s := r.summary
		if o := s.Outcomes[0]; o.State != query.OK || o.Rows != c.rows || o.Discarded != 5-c.rows {
			t.Errorf("%s: %s, %d rows, %d discarded", o.Source, o.State, o.Rows, o.Discarded)
		}
		if o := s.Outcomes[1]; o.State != query.Canceled || !errors.Is(o.Err, query.ErrEnough) || !s.Complete() || s.Unneeded() != 1 {
			t.Errorf("%s: %s, %v", o.Source, o.State, o.Err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
	}
}

func TestASliceWithinOneBatch(t *testing.T) {
	tab := table{name: "a", cols: cols("id", row.Int), batch: 9}
	for i := range int64(7) {
		tab.rows = append(tab.rows, []fill{integer(i)})
	}
	for _, strategy := range []func(Slice) Strategy{
		func(s Slice) Strategy { return Union{Slice: s} },
		func(s Slice) Strategy { return InSourceOrder{Slice: s} },
		func(s Slice) Strategy { return Distinct{Slice: s} },
	} {
		r := run(t, Run{}, strategy(Slice{Offset: 2, Limit: 3, Limited: true}), tab)
		want(t, r.lines, "id", "2", "3", "4")
		r = run(t, Run{}, strategy(Slice{Offset: 5}), tab)
		want(t, r.lines, "id", "5", "6")
		r = run(t, Run{}, strategy(Slice{Offset: 9, Limit: 1, Limited: true}), tab)
		want(t, r.lines, "id")
	}
}

func TestTooFewRowsForALimitLeaveNoSourceOut(t *testing.T) {
	r := run(t, Run{}, Union{Slice: Slice{Limit: 9, Limited: true, Offset: 1}},
		table{name: "a", cols: cols("id", row.Int), rows: [][]fill{{integer(1)}, {integer(2)}}},
		table{name: "b", err: errors.New("lost")})
	want(t, r.lines, "id", "2")
	if r.summary.Complete() || r.summary.Unneeded() != 0 {
		t.Errorf("%v", r.summary.Outcomes)
	}
}

func TestALimitInSourceOrderCountsAcrossSources(t *testing.T) {
	tab := func(name string) table {
		return table{name: name, cols: cols("id", row.Int), rows: [][]fill{{integer(1)}, {integer(2)}, {integer(3)}}}
	}
	r := run(t, Run{SourceColumn: "source"}, InSourceOrder{Slice: Slice{Offset: 2, Limit: 3, Limited: true}}, tab("a"), tab("b"), tab("c"))
	want(t, r.lines, "source|id", "a|3", "b|1", "b|2")
}
