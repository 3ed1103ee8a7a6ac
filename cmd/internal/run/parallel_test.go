// If rows are written before all columns are known, the file is the same as if they had waited for
// the columns.

package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

// A scripted source sends its rows after another source has ended.
type scripted struct {
	name    string
	columns []row.Column
	rows    [][]testrow.Fill
	every   int
	pause   time.Duration   // pause before each batch
	lost    bool            // the first attempt fails after its last row
	after   <-chan struct{} // if it is nil, the source starts at once
	ended   chan struct{}
}

func (s *scripted) Name() string { return s.name }

func (s *scripted) Run(ctx context.Context, _ driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	if s.after != nil {
		select {
		case <-s.after:
		case <-ctx.Done():
			return driver.Answer{}, ctx.Err()
		}
	}
	p.Enter(driver.Stream)
	later := func(b *row.Batch) error {
		time.Sleep(s.pause)
		return emit(b)
	}
	if err := testrow.Emit(s.columns, s.rows, s.every, later); err != nil {
		return driver.Answer{}, err
	}
	if s.lost {
		s.lost = false
		return driver.Answer{}, &driver.Error{Phase: driver.Stream, Err: errors.New("the line was cut"), Retry: driver.Once}
	}
	if s.ended != nil {
		close(s.ended)
	}
	return driver.Answer{}, nil
}

// fills returns values for a column. Some of them can be read as values of another type.
func fills(c row.Column) []testrow.Fill {
	texts := []testrow.Fill{
		testrow.Text("7"), testrow.Text("true"), testrow.Text("2020-01-31"), testrow.Text("2020-01-31 10:20"), testrow.Text("12:30"),
		testrow.Text("x,\"y\"\n|"), testrow.Text("NULL"), testrow.Text(""), testrow.Text(`{"a": 1}`),
	}
	all := map[row.Kind][]testrow.Fill{
		row.Int: {testrow.Int(1), testrow.Int(-5)}, row.Text: texts, row.Bool: {testrow.Bool(true)}, row.Float: {testrow.Float(0.1), testrow.Float32(3)},
		row.Date: {testrow.Date("2020-01-31"), testrow.Date("infinity")}, row.Timestamp: {testrow.Timestamp("2020-01-31 10:20:30")},
		row.TimestampTZ: {testrow.TimestampTZ("2020-01-31 10:20:30+00")}, row.JSON: {testrow.JSON("{\"a\":\n 1}")}, row.Decimal: {testrow.Decimal("1.10")},
		row.Any: slices.Concat(texts, []testrow.Fill{testrow.Int(3), testrow.Float(1.5), testrow.Blob("\x00a")}),
	}
	return append(all[c.Type], testrow.Null)
}

// randomSources returns random sources. Many of them have the same columns.
func randomSources(t *rapid.T) []*scripted {
	kinds := []row.Kind{row.Int, row.Text, row.Bool, row.Float, row.Date, row.Timestamp, row.TimestampTZ, row.JSON, row.Decimal, row.Any, row.Any}
	var variants [][]row.Column
	for range rapid.IntRange(1, 3).Draw(t, "variants") {
		var cols []row.Column
		for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "A", "c"}), 0, 3).Draw(t, "columns") {
			c := row.Column{Name: name, Type: rapid.SampledFrom(kinds).Draw(t, "type")}
			if c.Type == row.Any {
				c.Declared = rapid.SampledFrom([]row.Kind{row.Null, row.Text, row.Date, row.Time}).Draw(t, "declared")
			}
			cols = append(cols, c)
		}
		variants = append(variants, cols)
	}
	var all []*scripted
	for i := range rapid.IntRange(1, 6).Draw(t, "sources") {
		s := &scripted{name: fmt.Sprint("s", i), columns: rapid.SampledFrom(variants).Draw(t, "variant"), every: rapid.IntRange(1, 3).Draw(t, "every"), lost: rapid.IntRange(0, 15).Draw(t, "lost") == 13}
		for range rapid.IntRange(0, 4).Draw(t, "rows") {
			var r []testrow.Fill
			for _, c := range s.columns {
				r = append(r, rapid.SampledFrom(fills(c)).Draw(t, "value"))
			}
			s.rows = append(s.rows, r)
		}
		all = append(all, s)
	}
	return all
}

// runInOrder makes the sources run one after another, in the given order.
func runInOrder(all []*scripted, order []int) {
	var before chan struct{}
	for _, i := range order {
		all[i].after, all[i].ended = before, make(chan struct{})
		before = all[i].ended
	}
}

// exportAll exports the sources to a file. It returns the content of the file and the outcomes.
func exportAll(t interface {
	Fatal(...any)
	Context() context.Context
}, path string, f output.Format, all []*scripted,
) (string, []query.Outcome) {
	x, o := &execution{plan: &Plan{}}, output.Options{}
	var err error
	if x.plan.file, err = output.CreateFor(t.Context(), "-o", path); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range all {
		x.tasks, names = append(x.tasks, query.Task{Source: s}), append(names, s.name)
	}
	summary := query.NewSummary(x.tasks)
	x.verdict = &report.Verdict{Summary: summary, Require: query.RequireAll}
	x.run = merge.Run{Sources: names, SourceColumn: "source", Notes: summary, Need: len(all)}
	x.options = query.Options{Memory: 1 << 20, Ended: summary.Ended}
	x.encoder, _ = f.Encoder(o)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	x.cancel = cancel
	if err := parallel(ctx, x); err != nil {
		t.Fatal(err)
	}
	if !summary.Complete() {
		_ = x.plan.file.Discard()
		return "", summary.Outcomes
	}
	if err := x.plan.file.Commit(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), summary.Outcomes
}

// gatherUnion returns the union of the sources in source order, and the outcomes.
func gatherUnion(t *rapid.T, f output.Format, all []*scripted) (string, []query.Outcome) {
	var tasks []query.Task
	var names []string
	for _, s := range all {
		tasks, names = append(tasks, query.Task{Source: &scripted{name: s.name, columns: s.columns, rows: s.rows, every: s.every}}), append(names, s.name)
	}
	summary := query.NewSummary(tasks)
	var text bytes.Buffer
	w := f.New(&text, output.Options{})
	run := merge.Run{Sources: names, SourceColumn: "source", Notes: summary, Need: len(all)}
	err := merge.InSourceOrder{}.Merge(run, query.Dispatch(t.Context(), tasks, query.Options{Ended: summary.Ended}), into(w))
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return text.String(), summary.Outcomes
}

func TestAnExportIsTheUnionWhicheverSourceIsFirst(t *testing.T) {
	folder := t.TempDir()
	var formats []output.Format
	for _, f := range output.Formats {
		if _, ok := f.Encoder(output.Options{}); ok {
			formats = append(formats, f)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		all := randomSources(t)
		f := rapid.SampledFrom(formats).Draw(t, "format")
		want, noted := gatherUnion(t, f, all)
		if rapid.IntRange(0, 3).Draw(t, "in a row") > 0 {
			order := make([]int, len(all))
			for i := range order {
				order[i] = i
			}
			runInOrder(all, rapid.Permutation(order).Draw(t, "order"))
		}
		got, said := exportAll(t, filepath.Join(folder, "out"), f, all)
		if got != want {
			t.Fatalf("%s: the file is\n%s\nwant\n%s", f.Name, got, want)
		}
		for i := range said {
			if !slices.Equal(slices.Sorted(slices.Values(said[i].Warnings)), slices.Sorted(slices.Values(noted[i].Warnings))) {
				t.Fatalf("%s: warnings %q, want %q", all[i].name, said[i].Warnings, noted[i].Warnings)
			}
		}
	})
	if left, err := os.ReadDir(folder); err != nil || len(left) > 1 {
		t.Errorf("there are %v (%v)", left, err)
	}
}

// A source whose columns arrive late changes rows that are already written.
func TestALateSourceChangesWhatWasWritten(t *testing.T) {
	one := func(name string, k row.Kind, v testrow.Fill) *scripted {
		return &scripted{name: name, columns: []row.Column{{Name: "v", Type: k}}, rows: [][]testrow.Fill{{v}}, every: 1}
	}
	for name, c := range map[string]struct {
		sources []*scripted // in source order
		order   []int       // the order in which they run
		want    string
		notes   []string // the warnings of the first source
	}{
		"text that is read as the later type": {
			[]*scripted{one("a", row.Any, testrow.Text("true")), one("b", row.Bool, testrow.Bool(false))},
			[]int{0, 1},
			`{"source":"a","v":true} {"source":"b","v":false}`, nil,
		},
		"a number that becomes text": {
			[]*scripted{one("a", row.Int, testrow.Int(1)), one("b", row.Text, testrow.Text("x"))},
			[]int{0, 1},
			`{"source":"a","v":"1"} {"source":"b","v":"x"}`, nil,
		},
		"a wider type than the one that text was read as": {
			[]*scripted{one("a", row.Any, testrow.Text("2020-01-31")), one("b", row.Date, testrow.Date("2020-02-01")), one("c", row.Timestamp, testrow.Timestamp("2020-02-02 10:20:30"))},
			[]int{1, 0, 2},
			`{"source":"a","v":"2020-01-31T00:00:00"} {"source":"b","v":"2020-02-01"} {"source":"c","v":"2020-02-02T10:20:30"}`, nil,
		},
		"a value that the later type cannot hold": {
			[]*scripted{one("a", row.Any, testrow.Text("x")), one("b", row.Int, testrow.Int(1)), one("c", row.Int, testrow.Int(2))},
			[]int{2, 0, 1},
			`{"source":"a","v":"x"} {"source":"b","v":1} {"source":"c","v":2}`,
			[]string{`column "v": "x" is no integer, as in b: such values are printed as they are`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			jsonl, _ := output.Formats.ByName("jsonl")
			runInOrder(c.sources, c.order)
			got, said := exportAll(t, filepath.Join(t.TempDir(), "out.jsonl"), jsonl, c.sources)
			if got := strings.Join(strings.Fields(got), " "); got != c.want {
				t.Errorf("it is %s, want %s", got, c.want)
			}
			if !slices.Equal(said[0].Warnings, c.notes) {
				t.Errorf("warnings %q, want %q", said[0].Warnings, c.notes)
			}
		})
	}
}

// More rows than memory holds are written before the columns of the other source are known. They
// are rewritten if that source has another column.
func TestManyRowsDoNotWaitForColumns(t *testing.T) {
	csv, _ := output.Formats.ByName("csv")
	const rows = 600
	text := strings.Repeat("x", 10_000) // one row; all rows together exceed the memory
	for name, late := range map[string][]row.Column{"the same columns": {{Name: "a", Type: row.Text}}, "one more": testrow.Columns("b", row.Int, "a", row.Text)} {
		t.Run(name, func(t *testing.T) {
			all := []*scripted{
				{name: "many", columns: []row.Column{{Name: "a", Type: row.Text}}, every: 100, ended: make(chan struct{})},
				{name: "late", columns: late, every: 1},
			}
			for range rows {
				all[0].rows = append(all[0].rows, []testrow.Fill{testrow.Text(text)})
			}
			all[1].after = all[0].ended
			got, _ := exportAll(t, filepath.Join(t.TempDir(), "out.csv"), csv, all)
			end := "\n"
			if len(late) > 1 {
				end = ",\n"
			}
			header, body, _ := strings.Cut(got, "\n")
			if want := strings.TrimSuffix("source,a"+map[bool]string{true: ",b"}[len(late) > 1], "\n"); header != want {
				t.Errorf("the header is %q, want %q", header, want)
			}
			if want := strings.Repeat("many,"+text+end, rows); body != want {
				t.Errorf("the file has %d bytes, want %d", len(body), len(want))
			}
		})
	}
}
