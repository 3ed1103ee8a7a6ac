// CSV in any style is compared with the rows from which it was written.

package output

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/merge"
	mergecolumns "github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/merge/compare"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/file"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/separated"
)

// scripted is a source that sends the rows of a batch.
type scripted struct{ b *row.Batch }

func (scripted) Name() string { return "scripted" }

func (s scripted) Run(_ context.Context, _ driver.Request, _ *driver.Progress, emit row.Emit) (driver.Answer, error) {
	twin := row.NewBatch(s.b.Schema)
	twin.Append(s.b)
	return driver.Answer{}, emit(twin)
}

// words generates any words for a style.
var words = rapid.Custom(func(t *rapid.T) separated.Words {
	return separated.Words{
		For:       rapid.SampledFrom([]string{"", "excel"}).Draw(t, "for"),
		Delimiter: rapid.SampledFrom([]string{"", ",", ";", "|", "tab", "!"}).Draw(t, "delimiter"),
		Decimal:   rapid.SampledFrom([]string{"", ",", "."}).Draw(t, "decimal"),
		Bool:      rapid.SampledFrom([]string{"", "t/f", "1/0", "yes/no", "2/1", "=/-"}).Draw(t, "bool"),
		Quote:     rapid.SampledFrom([]string{"", "all", "needed"}).Draw(t, "quote"),
		BOM:       rapid.Bool().Draw(t, "bom"),
		CRLF:      rapid.Bool().Draw(t, "crlf"),
		Formulas:  rapid.Bool().Draw(t, "formulas"),
	}
})

// typed has a generator of values for each kind of column.
var typed = map[row.Kind]*rapid.Generator[any]{
	row.Bool:        rapid.Just[any](nil).Filter(func(any) bool { return false }),
	row.Int:         rapid.Map(rapid.Int64(), func(n int64) any { return int(n) }),
	row.Uint:        rapid.Map(rapid.Uint64(), func(n uint64) any { return n }),
	row.Decimal:     rapid.Map(rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,12})?`), func(s string) any { return decimal(s) }),
	row.Float:       rapid.Map(rapid.Float64().Filter(func(f float64) bool { return !math.IsNaN(f) }), func(f float64) any { return f }),
	row.Text:        rapid.Map(rapid.StringOf(rapid.SampledFrom([]rune("\",;|\t!\r\n 019.e=+-'aé\\"))), func(s string) any { return s }),
	row.JSON:        rapid.SampledFrom([]any{jsonDoc(`{"a": 1.5}`), jsonDoc(`-1.5`), jsonDoc(`"t"`), jsonDoc(`true`)}),
	row.Bytes:       rapid.Map(rapid.SliceOf(rapid.Byte()), func(v []byte) any { return v }),
	row.Date:        rapid.SampledFrom([]any{day("2026-01-31"), day("0001-01-01"), day("9999-12-31"), day("infinity")}),
	row.Time:        rapid.SampledFrom([]any{clock("08:30:00"), clock("-12:00:00.5"), clock("08:30:00+02")}),
	row.Timestamp:   rapid.SampledFrom([]any{stamp("2026-01-31 08:30:00.25"), stamp("2026-01-31 00:00:00"), stamp("-infinity")}),
	row.TimestampTZ: rapid.SampledFrom([]any{instant("2026-01-31 08:30:00.25+00"), instant("1969-12-31 23:59:59.999999+00")}),
}

func TestAFileOfAnyStyleHasNoDifferences(t *testing.T) {
	typed[row.Bool] = rapid.Map(rapid.Bool(), func(b bool) any { return b })
	// A column of SQLite can have a different kind in each cell.
	typed[row.Any] = rapid.OneOf(typed[row.Int], typed[row.Float], typed[row.Text])
	folder := t.TempDir()
	csv := format(t, "csv")
	rapid.Check(t, func(t *rapid.T) {
		w := words.Draw(t, "words")
		style, err := w.Style()
		if err != nil {
			t.Fatal(err)
		}
		kinds := []row.Kind{row.Bool, row.Int, row.Uint, row.Decimal, row.Float, row.Text, row.JSON, row.Bytes, row.Date, row.Time, row.Timestamp, row.TimestampTZ, row.Any}
		s := &row.Schema{Columns: []row.Column{{Name: "id", Type: row.Int}}}
		for i, k := range rapid.SliceOfN(rapid.SampledFrom(kinds), 1, 4).Draw(t, "columns") {
			s.Columns = append(s.Columns, row.Column{Name: rapid.StringMatching(`[=a;,']{1,3}`).Draw(t, "name") + string(rune('a'+i)), Type: k})
		}
		b := row.NewBatch(s)
		for n := range rapid.IntRange(0, 6).Draw(t, "rows") {
			b.Int(int64(n))
			for _, c := range s.Columns[1:] {
				if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
					b.Null()
				} else {
					add(b, typed[c.Type].Draw(t, "value"))
				}
			}
			b.EndRow()
		}
		packing := rapid.SampledFrom([]compression.Kind{compression.None, compression.Gzip, compression.Zstd}).Draw(t, "compression")
		path := filepath.Join(folder, "saved.csv"+packing.Suffix())
		var out bytes.Buffer
		to := csv.New(&out, Options{CSV: style, Compression: packing})
		if err := errors.Join(to.Write(b), to.Close(), os.WriteFile(path, out.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
		saved, err := file.Open(path, style)
		if err != nil {
			t.Fatalf("%v: %q", err, &out)
		}
		for _, keyed := range []bool{true, false} {
			exact := rapid.Bool().Draw(t, "exact")
			d := compare.Diff{Untyped: true, Style: style, Exact: exact}
			if keyed {
				if d.Key, err = mergecolumns.ParseColumns("id"); err != nil {
					t.Fatal(err)
				}
			}
			if got := differences(t, d, saved, scripted{b}); got != "" {
				t.Fatalf("keyed %v, exact %v: %s\nwritten %q", keyed, exact, got, out.Bytes())
			}
		}
	})
}

// differences compares two sources, and returns the differences as text.
func differences(t *rapid.T, d compare.Diff, saved, other query.Source) string {
	tasks := []query.Task{{Source: saved}, {Source: other}}
	notes := query.NewSummary(tasks)
	var shown bytes.Buffer
	compared := false
	d.Compared = func(_ int, c compare.Comparison) {
		if compared = true; !c.Same() {
			shown.WriteString("there are differences: ")
		}
	}
	run := merge.Run{Sources: []string{"saved", "scripted"}, Notes: notes, Need: 2}
	err := d.Merge(run, query.Dispatch(context.Background(), tasks, query.Options{Timeout: 10 * time.Second, Ended: notes.Ended}), func(b *row.Batch) error {
		defer b.Release()
		for i := range b.Rows() {
			for _, c := range b.Row(i) {
				shown.Write(append(b.AppendText(nil, c), '|'))
			}
		}
		return nil
	})
	if err != nil || !compared {
		for _, o := range notes.Outcomes {
			err = errors.Join(err, o.Err)
		}
		t.Fatalf("nothing was compared: %v", err)
	}
	return shown.String()
}
