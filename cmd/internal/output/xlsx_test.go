// Workbooks are read back by excelize.

package output

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/fanql/fanql/sources/row"
)

// opened returns a workbook of the batches.
func opened(t testing.TB, o Options, batches ...*row.Batch) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(written(t, "xlsx", o, batches...)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// shownCell returns a cell of a sheet: its type, its stored value, and the text that is shown.
func shownCell(t testing.TB, f *excelize.File, sheet, at string) string {
	t.Helper()
	kind, err := f.GetCellType(sheet, at)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := f.GetCellValue(sheet, at, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	text, err := f.GetCellValue(sheet, at)
	if err != nil {
		t.Fatal(err)
	}
	if formula, err := f.GetCellFormula(sheet, at); formula != "" || err != nil {
		t.Errorf("%s runs %s, %v", at, formula, err)
	}
	name := map[excelize.CellType]string{excelize.CellTypeBool: "bool", excelize.CellTypeInlineString: "text", excelize.CellTypeUnset: "number", excelize.CellTypeNumber: "number"}[kind]
	if raw == "" && name == "number" {
		return "empty"
	}
	return name + " " + raw + "|" + text
}

func TestCellsOfASheet(t *testing.T) {
	for _, c := range []struct {
		kind  string
		value any
		want  string
	}{
		{"boolean", true, "bool 1|TRUE"},
		{"integer", 42, "number 42|42"},
		{"integer", -999_999_999_999_999, "number -999999999999999|-999999999999999"},
		{"integer", 1_000_000_000_000_000, "text 1000000000000000|1000000000000000"},
		{"unsigned integer", uint64(math.MaxUint64), "text 18446744073709551615|18446744073709551615"},
		{"float", 0.1, "number 0.1|0.1"},
		{"float", float32(0.1), "number 0.1|0.1"},
		{"float", math.NaN(), "text NaN|NaN"},
		{"float", math.Inf(1), "text Infinity|Infinity"},
		{"float", 5e-324, "text 5e-324|5e-324"},
		{"float", 0.30000000000000004, "number 0.30000000000000004|0.3"},
		{"float", -1.2345678901234567e-200, "number -1.2345678901234567e-200|-1.23456789012346E-200"},
		{"decimal", decimal("1.10"), "number 1.1|1.10"},
		{"decimal", decimal("-1234567890123.45"), "number -1234567890123.45|-1234567890123.45"},
		{"decimal", decimal("12345678901234.56"), "text 12345678901234.56|12345678901234.56"},
		{"decimal", decimal("1234567890123456"), "text 1234567890123456|1234567890123456"},
		{"decimal", decimal("7"), "number 7|7"},
		{"decimal", decimal("NaN"), "text NaN|NaN"},
		{"date", day("2026-01-31"), "number 46053|2026-01-31"},
		{"date", day("1900-03-01"), "number 61|1900-03-01"},
		{"date", day("1900-02-28"), "text 1900-02-28|1900-02-28"},
		{"date", day("9999-12-31"), "number 2958465|9999-12-31"},
		{"date", day("infinity"), "text infinity|infinity"},
		{"timestamp", stamp("2026-01-31 08:30:00"), "number 46053.354166666664|2026-01-31 08:30:00"},
		{"timestamp", stamp("2026-01-31 08:30:00.25"), "number 46053.35416956018|"},
		{"timestamp with time zone", instant("2026-01-31 08:30:00+00"), "number 46053.354166666664|2026-01-31 08:30:00"},
		{"timestamp", stamp("9999-12-31 23:59:59.999999"), "text 9999-12-31T23:59:59.999999|9999-12-31T23:59:59.999999"},
		{"timestamp", stamp("0044-03-15 00:00:00"), "text 0044-03-15T00:00:00|0044-03-15T00:00:00"},
		{"time", clock("08:30:00"), "number 0.3541666666666667|08:30:00"},
		{"time", clock("-12:00:00"), "text -12:00:00|-12:00:00"},
		{"time", clock("24:00:00"), "text 24:00:00|24:00:00"},
		{"text", "=1+1", "text =1+1|=1+1"},
		{"text", "+1", "text +1|+1"},
		{"text", "00123", "text 00123|00123"},
		{"text", "  a<b>&\"'\n\r\té ", "text   a<b>&\"'\n\r\té |  a<b>&\"'\n\r\té "},
		{"text", "_x0041_", "text _x0041_|_x0041_"},
		{"text", "", "text |"},
		{"text", strings.Repeat("é", cellText), "text " + strings.Repeat("é", cellText) + "|" + strings.Repeat("é", cellText)},
		{"json", jsonDoc(`{"a": 1}`), `text {"a": 1}|{"a": 1}`},
		{"bytes", []byte{0, 255}, `text \x00ff|\x00ff`},
		{"text", nil, "empty"},
	} {
		f := opened(t, Options{}, batch(columns("c:"+c.kind), line{c.value}))
		if got := shownCell(t, f, oneSheet, "A2"); got != c.want && (c.want[len(c.want)-1] != '|' || !strings.HasPrefix(got, c.want)) {
			t.Errorf("%s %.40v is %.80q, want %.80q", c.kind, c.value, got, c.want)
		}
	}
}

func TestWhatASheetCannotHold(t *testing.T) {
	s := columns("source", "c")
	for value, want := range map[string]string{
		"a\x01b":                          `column "c" holds "a\x01b", which is no cell of a sheet: it holds the character U+0001, which XLSX has no form for: cut or replace it in the query, or write csv`,
		strings.Repeat("x", cellText+1):   `column "c" holds "` + strings.Repeat("x", 60) + `"…, which is no cell of a sheet: it has 32768 characters, and a cell takes 32767: cut or replace it in the query, or write csv`,
		strings.Repeat("😀", cellText/2+1): `column "c" holds "` + strings.Repeat("😀", 60) + `"…, which is no cell of a sheet: it has 32768 characters, and a cell takes 32767: cut or replace it in the query, or write csv`,
	} {
		w := format(t, "xlsx").New(io.Discard, Options{SourceColumn: "source"})
		err := errors.Join(w.Write(batch(s, line{"eu", value})), w.Close())
		if text, _, _ := strings.Cut(fmt.Sprint(err), "\n"); text != "source eu: "+want {
			t.Errorf("got %s\nwant source eu: %s", text, want)
		}
	}
}

func TestTheHeaderOfASheet(t *testing.T) {
	f := opened(t, Options{}, batch(columns("id:integer", "=name"), line{1, "a"}))
	style, err := f.GetCellStyle(oneSheet, "B1")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := f.GetStyle(style); err != nil || s.Font == nil || !s.Font.Bold {
		t.Errorf("the header is not bold: %v", err)
	}
	if p, err := f.GetPanes(oneSheet); err != nil || !p.Freeze || p.YSplit != 1 {
		t.Errorf("the header is not frozen: %+v, %v", p, err)
	}
	if got := shownCell(t, f, oneSheet, "B1"); got != "text =name|=name" {
		t.Errorf("the second name is %q", got)
	}
	bare := opened(t, Options{NoHeader: true}, batch(columns("id:integer"), line{1}))
	if rows, err := bare.GetRows(oneSheet); err != nil || len(rows) != 1 {
		t.Errorf("without a header there are %d rows, %v", len(rows), err)
	}
	none := opened(t, Options{}, row.NewBatch(columns("id:integer", "name")))
	if rows, err := none.GetRows(oneSheet); err != nil || len(rows) != 1 || !slices.Equal(rows[0], []string{"id", "name"}) {
		t.Errorf("no rows are %q, %v", rows, err)
	}
	opened(t, Options{}) // there are no columns at all
	if null := opened(t, Options{Null: "none", NullSet: true}, batch(columns("a"), line{nil})); shownCell(t, null, oneSheet, "A2") != "text none|none" {
		t.Error("NULL has no text")
	}
}

func TestASheetForEachSource(t *testing.T) {
	s := columns("source", "n:integer")
	long := strings.Repeat("a very long name ", 3)
	names := []string{"eu", "EU", "a[b]:c*d?e/f\\g", "'quoted'", long + "1", long + "2", "history", "", "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀"}
	var batches []*row.Batch
	for i, name := range names {
		batches = append(batches, batch(s, line{name, i}), batch(s, line{name, -i}))
	}
	f := opened(t, Options{SourceColumn: "source", SheetsBySource: true}, batches...)
	want := []string{"eu", "EU (2)", "a_b__c_d_e_f_g", "quoted", "a very long name a very long na", "a very long name a very lon (2)", "history (2)", "_", strings.Repeat("😀", 15)}
	if got := f.GetSheetList(); !slices.Equal(got, want) {
		t.Fatalf("the sheets are %q, want %q", got, want)
	}
	active := 0
	for i, sheet := range want {
		rows, err := f.GetRows(sheet)
		if err != nil || len(rows) != 3 || rows[1][1] != strconv.Itoa(i) || rows[2][1] != strconv.Itoa(-i) || rows[1][0] != names[i] {
			t.Errorf("%s holds %q, %v", sheet, rows, err)
		}
		if v, err := f.GetSheetProps(sheet); err != nil {
			t.Error(v, err)
		}
	}
	if f.GetActiveSheetIndex() != active {
		t.Errorf("sheet %d is open", f.GetActiveSheetIndex())
	}
	hidden := columns(HiddenSource, "n:integer")
	f = opened(t, Options{SourceColumn: HiddenSource, SheetsBySource: true}, batch(hidden, line{"eu", 1}, line{"us", 2}))
	if rows, err := f.GetRows("us"); err != nil || !slices.EqualFunc(rows, [][]string{{"n"}, {"2"}}, slices.Equal) {
		t.Errorf("us holds %q, %v", rows, err)
	}
}

// After the last row of a sheet, the rows continue in another sheet.
func TestRowsGoOnInAnotherSheet(t *testing.T) {
	var out bytes.Buffer
	w := format(t, "xlsx").New(&out, Options{}).(*xlsxWriter)
	w.most = 4
	s := columns("n:integer")
	for n := range 7 {
		if err := w.Write(batch(s, line{n})); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got []string
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(sheet, rows))
	}
	want := []string{"rows[[n] [0] [1] [2]]", "rows (2)[[n] [3] [4] [5]]", "rows (3)[[n] [6]]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAnyTextComesBackFromASheet(t *testing.T) {
	texts := rapid.StringOf(rapid.SampledFrom([]rune("_x005FAaf \t\r\n<&>\"'=é😀\ue000NT")))
	s := columns("c")
	b := row.NewBatch(s)
	var want []string
	for seed := range 1000 {
		text := texts.Example(seed)
		want = append(want, text)
		b.TextString(text)
		b.EndRow()
	}
	f := opened(t, Options{}, b)
	for i, text := range want {
		if got, err := f.GetCellValue(oneSheet, fmt.Sprintf("A%d", i+2)); err != nil || got != text {
			t.Errorf("%q comes back as %q, %v", text, got, err)
		}
	}
}

// A float keeps all of its digits, however the sheet is divided into writes.
func TestAnyFloatComesBackFromASheet(t *testing.T) {
	floats := rapid.Float64()
	s := columns("f:float", "t")
	b := row.NewBatch(s)
	var want []float64
	for seed := range 1000 {
		f := floats.Example(seed)
		want = append(want, f)
		b.Float(f)
		b.TextString(mark + "N1" + mark)
		b.EndRow()
	}
	f := opened(t, Options{}, b)
	for i, v := range want {
		got, err := f.GetCellValue(oneSheet, fmt.Sprintf("A%d", i+2), excelize.Options{RawCellValue: true})
		if back, bad := strconv.ParseFloat(got, 64); err != nil || bad != nil || back != v {
			t.Errorf("%v comes back as %q, %v", v, got, err)
		}
		if got, err := f.GetCellValue(oneSheet, fmt.Sprintf("B%d", i+2)); err != nil || got != mark+"N1"+mark {
			t.Errorf("the text comes back as %q, %v", got, err)
		}
	}
}

// No file is left in TMPDIR, whether a workbook is completed or not.
func TestWorkbooksLeaveNothingBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	gone := errors.New("gone")
	s := columns("n:integer", "note")
	for _, w := range []Writer{format(t, "xlsx").New(io.Discard, Options{}), format(t, "xlsx").New(leaving{gone}, Options{})} {
		err := errors.Join(w.Write(fatBatch(s, "a", 6_000)), w.Close()) // this is more than excelize keeps in memory
		if err != nil && !errors.Is(err, gone) {
			t.Error(err)
		}
	}
	left := format(t, "xlsx").New(io.Discard, Options{}).(*xlsxWriter)
	if err := errors.Join(left.Write(fatBatch(s, "a", 6_000)), left.Discard()); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left are %v, %v", entries, err)
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "missing"))
	w := format(t, "xlsx").New(io.Discard, Options{})
	if err := w.Write(batch(s, line{1, "a"})); err == nil || !strings.HasPrefix(err.Error(), "xlsx: no folder for temporary files: ") {
		t.Errorf("without TMPDIR: %v", err)
	}
}
