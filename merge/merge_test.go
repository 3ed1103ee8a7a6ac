// Union: columns, types, and the warnings about them.

package merge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

// table is a source with a fixed table: a header of "name:type", and rows of fill
// functions.
type table struct {
	name  string
	cols  []row.Column
	rows  [][]fill
	err   error // after the rows
	batch int   // rows in a batch; 0 is 2
	late  bool  // it ends only after rows of another source were emitted
	wait  chan struct{}
}

type fill = testrow.Fill

func (t table) Name() string { return t.name }

func (t table) Run(ctx context.Context, _ driver.Request, _ *driver.Progress, emit row.Emit) (driver.Answer, error) {
	if t.wait != nil {
		select {
		case <-t.wait:
		case <-ctx.Done():
			return driver.Answer{}, context.Cause(ctx)
		}
	}
	if err := testrow.Emit(t.cols, t.rows, cmp.Or(t.batch, 2), emit); err != nil { // in several batches
		return driver.Answer{}, err
	}
	return driver.Answer{}, t.err
}

// Short names, since these tests write many rows.
var (
	null, integer, flt = testrow.Null, testrow.Int, testrow.Float
	boolean, txt, dec  = testrow.Bool, testrow.Text, testrow.Decimal
	date, stamp        = testrow.Date, testrow.Timestamp
	cols, lines        = testrow.Columns, testrow.Lines
)

type outcome struct {
	lines   []string // the header, then the rows; | separates cells
	kinds   []row.Kind
	summary *query.Summary
}

// run merges the tables. It fills in the sources and the summary of settings.
func run(t testing.TB, settings Run, strategy Strategy, tables ...table) outcome {
	t.Helper()
	var tasks []query.Task
	emitted := make(chan struct{})
	for _, s := range tables {
		if s.late {
			s.wait = emitted
		}
		tasks = append(tasks, query.Task{Source: s})
		settings.Sources = append(settings.Sources, s.name)
	}
	r := outcome{summary: query.NewSummary(tasks)}
	settings.Notes = r.summary
	var last string
	var once sync.Once
	err := strategy.Merge(settings, query.Dispatch(t.Context(), tasks, query.Options{Ended: r.summary.Ended}), func(b *row.Batch) error {
		var names []string
		r.kinds = nil
		for _, c := range b.Schema.Columns {
			names = append(names, c.Name)
			r.kinds = append(r.kinds, c.Type)
		}
		if h := strings.Join(names, "|"); h != last {
			r.lines = append(r.lines, h)
			last = h
		}
		r.lines = append(r.lines, lines(b)...)
		b.Release()
		once.Do(func() { close(emitted) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func want(t *testing.T, got []string, lines ...string) {
	t.Helper()
	if !slices.Equal(got, lines) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(lines, "\n  "))
	}
}

func TestColumnsMatchByNameInTheFirstSourcesOrder(t *testing.T) {
	r := run(t, Run{SourceColumn: "source"}, InSourceOrder{},
		table{name: "eu", cols: cols("id", row.Int, "Region", row.Text), rows: [][]fill{{integer(1), txt("north")}}},
		table{name: "us", cols: cols("region", row.Text, "ID", row.Int), rows: [][]fill{{txt("west"), integer(2)}}})
	want(t, r.lines, "source|id|Region", "eu|1|north", "us|2|west")
}

func TestAColumnThatASourceLacksIsNullAndReported(t *testing.T) {
	r := run(t, Run{}, InSourceOrder{},
		table{name: "eu", cols: cols("id", row.Int), rows: [][]fill{{integer(1)}}},
		table{name: "us", cols: cols("id", row.Int, "note", row.Text), rows: [][]fill{{integer(2), txt("x")}}})
	want(t, r.lines, "id|note", "1|NULL", "2|x")
	want(t, r.summary.Outcomes[0].Warnings, `has no column "note": NULL in its rows`)
	want(t, r.summary.Outcomes[1].Warnings)
}

func TestStrictRefusesASourceWithOtherColumns(t *testing.T) {
	r := run(t, Run{Strict: true}, InSourceOrder{},
		table{name: "eu", cols: cols("id", row.Int, "a", row.Int), rows: [][]fill{{integer(1), null}}},
		table{name: "less", cols: cols("id", row.Int), rows: [][]fill{{integer(2)}}},
		table{name: "more", cols: cols("id", row.Int, "a", row.Int, "b", row.Int), rows: [][]fill{{integer(3), null, null}}})
	want(t, r.lines, "id|a", "1|NULL")
	for i, text := range map[int]string{1: `column "a" of eu is missing here (strict)`, 2: `column "b" is not in eu (strict)`} {
		if o := r.summary.Outcomes[i]; o.State != query.Failed || o.Err.Error() != text || o.Rows != 0 || o.Discarded != 1 {
			t.Errorf("%s: %s, %v, %d rows", o.Source, o.State, o.Err, o.Rows)
		}
	}
}

func TestAnInexactMatchIsNotedOnce(t *testing.T) {
	r := run(t, Run{SourceColumn: "s"}, InSourceOrder{},
		table{name: "a", cols: cols("id", row.Int, "A", row.Int, "a", row.Int), rows: [][]fill{{integer(1), integer(2), integer(3)}}},
		table{name: "b", cols: cols("a", row.Int, "A", row.Int, "ID", row.Int), rows: [][]fill{{integer(30), integer(20), integer(10)}}})
	want(t, r.lines, "s|id|A|a", "a|1|2|3", "b|10|20|30")
	want(t, r.summary.Outcomes[1].Warnings, `names are taken without regard to case: "ID" as "id"`)
	want(t, r.summary.Outcomes[0].Warnings)
}

func TestDuplicateNamesGetASuffix(t *testing.T) {
	r := run(t, Run{SourceColumn: "source"}, InSourceOrder{},
		table{
			name: "eu", cols: cols("id", row.Int, "ID", row.Int, "id_2", row.Int, "", row.Int, "", row.Int, "source", row.Int),
			rows: [][]fill{{integer(1), integer(2), integer(3), integer(4), integer(5), integer(6)}},
		})
	want(t, r.lines, "source|id|ID|id_2||_2|source_2", "eu|1|2|3|4|5|6")
}

func TestTypesAreMerged(t *testing.T) {
	for _, c := range []struct {
		a, b    row.Kind
		va, vb  fill
		kind    row.Kind
		lines   []string
		warning string
	}{
		{row.Int, row.Uint, integer(-1), func(b *row.Batch) { b.Uint(1<<64 - 1) }, row.Decimal, []string{"-1", "18446744073709551615"}, ""},
		{row.Int, row.Decimal, integer(1), dec("1.10"), row.Decimal, []string{"1", "1.10"}, ""},
		{row.Decimal, row.Float, dec("1.10"), flt(0.5), row.Float, []string{"1.10", "0.5"}, `column "v" is float in one source and decimal in another: taken as float`},
		{row.Int, row.Float, integer(9007199254740993), flt(0.5), row.Float, []string{"9007199254740993", "0.5"}, `column "v" is integer in one source and float in another: taken as float`},
		{row.Date, row.Timestamp, date("2026-01-31"), stamp("2026-01-31 08:30:00"), row.Timestamp, []string{"2026-01-31T00:00:00", "2026-01-31T08:30:00"}, ""},
		{row.Date, row.Timestamp, date("infinity"), stamp("infinity"), row.Timestamp, []string{"infinity", "infinity"}, ""},
		{row.Text, row.Int, txt("x"), integer(7), row.Text, []string{"x", "7"}, `column "v" is integer in one source and text in another: taken as text`},
		{row.Bool, row.Int, boolean(true), integer(1), row.Any, []string{"true", "1"}, `column "v" is boolean in one source and integer in another: each value is kept as its source has it`},
		{row.Null, row.Date, null, date("2026-01-31"), row.Date, []string{"NULL", "2026-01-31"}, ""},
		{row.Any, row.Int, txt("x"), integer(1), row.Any, []string{"x", "1"}, `column "v": "x" is no integer, as in b: such values are printed as they are`},
		{row.Any, row.Date, txt("2026-01-31 00:00"), date("2026-02-01"), row.Any, []string{"2026-01-31", "2026-02-01"}, ""},
		{row.Any, row.Timestamp, txt("2026-01-31 08:30"), stamp("2026-02-01 00:00:00"), row.Any, []string{"2026-01-31T08:30:00", "2026-02-01T00:00:00"}, ""},
		{row.Text, row.Any, txt("x"), integer(1), row.Text, []string{"x", "1"}, `column "v": integer values are taken as text`},
		{row.Text, row.Any, txt("x"), txt("y"), row.Text, []string{"x", "y"}, ""},
	} {
		for _, turned := range []bool{false, true} {
			a := table{name: "a", cols: cols("v", c.a), rows: [][]fill{{c.va}}}
			b := table{name: "b", cols: cols("v", c.b), rows: [][]fill{{c.vb}}}
			lines := append([]string{"v"}, c.lines...)
			if turned {
				a, b = b, a
				slices.Reverse(lines[1:])
			}
			t.Run(fmt.Sprintf("%s with %s", a.cols[0].Type, b.cols[0].Type), func(t *testing.T) {
				r := run(t, Run{}, InSourceOrder{}, a, b)
				want(t, r.lines, lines...)
				if r.kinds[0] != c.kind {
					t.Errorf("the column is %s, want %s", r.kinds[0], c.kind)
				}
				got := append(r.summary.Outcomes[0].Warnings, r.summary.Outcomes[1].Warnings...)
				if strings.Join(got, ";") != c.warning {
					t.Errorf("warnings %q, want %q", got, c.warning)
				}
			})
		}
	}
}

func TestIncompatibleTypesShareAColumnInAUnion(t *testing.T) {
	for _, c := range []struct {
		a, b row.Kind
		cure string
	}{
		{row.Timestamp, row.TimestampTZ, "say which instants those of a are (timestamps_in), or cast one of them"},
		{row.Date, row.TimestampTZ, "cast one of them"},
		{row.Int, row.Bytes, "cast one of them"},
		{row.Date, row.Int, "cast one of them"},
		{row.Bool, row.Float, "cast one of them"},
		{row.JSON, row.Int, "cast one of them"},
		{row.Time, row.Timestamp, "cast one of them"},
	} {
		for _, late := range []bool{false, true} { // the first source arrives first, or last
			r := run(t, Run{}, Union{},
				table{name: "a", cols: cols("v", c.a), rows: [][]fill{{null}}, late: late},
				table{name: "b", cols: cols("v", c.b), rows: [][]fill{{null}}, late: !late},
				table{name: "c", cols: cols("v", c.b), rows: [][]fill{{null}}, late: !late})
			text := fmt.Sprintf(`column "v" is %s here and %s in a, which do not meet: each value is printed as its source has it; to compare them, %s`, c.b, c.a, c.cure)
			want(t, r.summary.Outcomes[1].Warnings, text)
			if len(r.summary.Outcomes[0].Warnings)+len(r.summary.Outcomes[2].Warnings) > 0 {
				t.Errorf("more than one warning: %q %q", r.summary.Outcomes[0].Warnings, r.summary.Outcomes[2].Warnings)
			}
			want(t, r.lines, "v", "NULL", "NULL", "NULL")
		}
	}
}

func TestIncompatibleTypesFailTheLaterSourceIfTheyAreCompared(t *testing.T) {
	kinds := map[string]row.Kind{"zoned": row.TimestampTZ, "plain": row.Timestamp, "any": row.Any, "text": row.Text}
	for _, order := range [][]string{{"zoned", "any", "plain"}, {"any", "plain", "zoned"}, {"text", "zoned", "plain"}, {"plain", "text", "zoned"}} {
		for name, c := range map[string]struct {
			strategy Strategy
			fails    bool
		}{
			"union":           {InSourceOrder{}, false},
			"by another":      {Ordered{Order: columns.Order{{Name: "n"}}}, false},
			"by it":           {Ordered{Order: columns.Order{{Name: "v"}}}, true},
			"distinct":        {Distinct{}, true},
			"another as key":  {Distinct{Key: columns.Order{{Name: "n"}}}, false},
			"it as key":       {Distinct{Key: columns.Order{{Name: "v"}}}, true},
			"in a comparison": {InSourceOrder{Compared: []string{"V"}}, true},
		} {
			var tables []table
			for i, name := range order {
				tables = append(tables, table{name: name, cols: cols("v", kinds[name], "n", row.Int), rows: [][]fill{{null, integer(int64(i))}}})
			}
			r := run(t, Run{}, c.strategy, tables...)
			for i, o := range r.summary.Outcomes {
				other := map[string]string{"zoned": "plain", "plain": "zoned"}[o.Source]
				late := other != "" && slices.Index(order, other) < i
				if (o.State == query.Failed) != (late && c.fails) {
					t.Errorf("%s of %v: %s is %s (%v)", name, order, o.Source, o.State, o.Err)
				}
				if o.Err != nil && !strings.Contains(o.Err.Error(), "say which instants those of plain are (timestamps_in)") {
					t.Errorf("%s: %v", name, o.Err)
				}
			}
		}
	}
}

func TestNothingIsEmittedUntilEnoughSourcesFit(t *testing.T) {
	same := func(name string) table {
		return table{name: name, cols: cols("v", row.Int), rows: [][]fill{{integer(1)}}}
	}
	other := table{name: "other", cols: cols("w", row.Bytes), rows: [][]fill{{null}}}
	for _, strategy := range []Strategy{Union{}, InSourceOrder{}} {
		if r := run(t, Run{Need: 2}, strategy, same("a"), same("b")); len(r.lines) != 3 {
			t.Errorf("two of two: %q", r.lines)
		}
		if r := run(t, Run{Need: 2, Strict: true}, strategy, same("a"), other); r.lines != nil || r.summary.Count(query.OK) != 1 {
			t.Errorf("one fits and two are needed: %q", r.lines)
		}
		if r := run(t, Run{Need: 3}, strategy, same("a"), same("b")); r.lines != nil {
			t.Errorf("three of two: %q", r.lines)
		}
	}
}

func TestASourceThatFailsContributesNothing(t *testing.T) {
	r := run(t, Run{}, InSourceOrder{},
		table{name: "bad", cols: cols("id", row.Int), rows: [][]fill{{integer(1)}, {integer(2)}, {integer(3)}}, err: errors.New("lost")},
		table{name: "good", cols: cols("id", row.Int), rows: [][]fill{{integer(4)}}})
	want(t, r.lines, "id", "4")
	if o := r.summary.Outcomes[0]; o.Discarded != 3 || o.Rows != 0 {
		t.Errorf("%d discarded, %d rows", o.Discarded, o.Rows)
	}
}

func TestUnionEmitsByEndAndMatchesLaterColumnsByName(t *testing.T) {
	r := run(t, Run{SourceColumn: "source"}, Union{},
		table{name: "slow", cols: cols("b", row.Int, "a", row.Int, "c", row.Int), rows: [][]fill{{integer(1), integer(2), integer(3)}}, late: true},
		table{name: "fast", cols: cols("a", row.Int, "b", row.Int), rows: [][]fill{{integer(20), integer(10)}}})
	want(t, r.lines, "source|a|b", "fast|20|10", "source|a|b|c", "slow|2|1|3")
}

func TestUnionUnderAFixedHeaderRefusesNewColumns(t *testing.T) {
	r := run(t, Run{}, Union{Fixed: true},
		table{name: "slow", cols: cols("a", row.Int, "c", row.Int), rows: [][]fill{{integer(1), integer(3)}}, late: true},
		table{name: "fast", cols: cols("a", row.Int), rows: [][]fill{{integer(20)}}})
	want(t, r.lines, "a", "20")
	o := r.summary.Outcomes[0]
	if o.State != query.Failed || o.Err.Error() != `column "c" is not among those already printed: use order source, or output` {
		t.Errorf("%s, %v", o.State, o.Err)
	}
}

func TestAnEmptySourceGivesItsColumns(t *testing.T) {
	r := run(t, Run{SourceColumn: "source"}, Union{}, table{name: "a", cols: cols("id", row.Int)})
	want(t, r.lines, "source|id")
}

func TestRowsWithoutColumnsKeepTheirCount(t *testing.T) {
	r := run(t, Run{SourceColumn: "source"}, Union{}, table{name: "a", rows: [][]fill{{}, {}, {}}})
	want(t, r.lines, "source", "a", "a", "a")
}

func TestEmitsErrorEndsTheMerge(t *testing.T) {
	full := errors.New("disk full")
	for _, strategy := range []Strategy{Union{}, InSourceOrder{}} {
		tasks := []query.Task{{Source: table{name: "a", cols: cols("v", row.Int), rows: [][]fill{{integer(1)}}}}, {Source: table{name: "b", cols: cols("v", row.Int)}}}
		s := query.NewSummary(tasks)
		err := strategy.Merge(Run{Sources: []string{"a", "b"}, Notes: s}, query.Dispatch(t.Context(), tasks, query.Options{}), func(b *row.Batch) error { b.Release(); return full })
		if !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
	}
}

// For any order of the reports, a barrier results in the columns of the union in source
// order.
func TestASchemaBarrierAgreesWithTheUnion(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(rt, "sources")
		var tables []table
		var names []string
		for i := range n {
			tab := table{name: fmt.Sprint("s", i)}
			for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "A", ""}), 0, 4).Draw(rt, "columns") {
				kind := rapid.SampledFrom([]row.Kind{row.Int, row.Text, row.Decimal, row.Bytes, row.Null}).Draw(rt, "type")
				tab.cols = append(tab.cols, row.Column{Name: name, Type: kind})
			}
			for range rapid.IntRange(0, 5).Draw(rt, "rows") {
				r := make([]fill, len(tab.cols))
				for c := range r {
					switch tab.cols[c].Type {
					case row.Int:
						r[c] = integer(int64(rapid.IntRange(0, 99).Draw(rt, "v")))
					case row.Text:
						r[c] = txt(rapid.StringMatching("[a-z]{0,3}").Draw(rt, "v"))
					default:
						r[c] = null
					}
				}
				tab.rows = append(tab.rows, r)
			}
			tables, names = append(tables, tab), append(names, tab.name)
		}
		expect := run(t, Run{SourceColumn: "source"}, InSourceOrder{}, tables...)

		notes := query.NewSummary(make([]query.Task, 0))
		notes.Outcomes = make([]query.Outcome, n)
		a := columns.NewSchemaBarrier(Run{Sources: names, SourceColumn: "source", Notes: notes}.Columns(), nil)
		for _, i := range rapid.Permutation(slices.Collect(seq(n))).Draw(rt, "order") {
			if a.Schema() != nil {
				rt.Fatal("the columns were fixed before all were known")
			}
			a.Report(i, &row.Schema{Columns: tables[i].cols})
		}
		var got []string
		for i, tab := range tables {
			s := &row.Schema{Columns: tab.cols}
			p, err := a.Projection(i, s)
			if err != nil {
				if r := expect.summary.Outcomes[i]; r.State != query.Failed || r.Err.Error() != err.Error() {
					rt.Fatalf("refused with %v, not with %v", err, r.Err)
				}
				continue
			}
			_, _ = tab.Run(t.Context(), driver.Request{}, nil, func(b *row.Batch) error {
				b = p.Apply(b)
				got = append(got, lines(b)...)
				b.Release()
				return nil
			})
		}
		var header []string
		for _, c := range a.Schema().Columns {
			header = append(header, c.Name)
		}
		if all := append([]string{strings.Join(header, "|")}, got...); len(expect.lines) > 0 && !slices.Equal(all, expect.lines) {
			rt.Fatalf("barrier\n%s\nunion\n%s", strings.Join(all, "\n"), strings.Join(expect.lines, "\n"))
		}
	})
}

func seq(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}
