// Differences: what counts as equal, the warnings, and agreement with a map of all rows.

package compare

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

// table is a source with a fixed table: a header of "name:type", and rows of fill
// functions.
type table struct {
	name string
	cols []row.Column
	rows [][]fill
	err  error
}

type fill = testrow.Fill

// stage returns the rows in batches of two.
func (t table) stage(budget *query.Budget) (*query.Stage, error) {
	stage := budget.Stage()
	if err := testrow.Emit(t.cols, t.rows, 2, stage.Add); err != nil {
		return nil, err
	}
	return stage, stage.Seal(context.Background())
}

// Short names, since these tests write many rows.
var (
	null, integer, unsigned, flt, single = testrow.Null, testrow.Int, testrow.Uint, testrow.Float, testrow.Float32
	boolean, txt, doc, blob, dec         = testrow.Bool, testrow.Text, testrow.JSON, testrow.Blob, testrow.Decimal
	date, clock, stamp, instant          = testrow.Date, testrow.Time, testrow.Timestamp, testrow.TimestampTZ
	cols, lines                          = testrow.Columns, testrow.Lines
)

type diffed struct {
	lines    []string // the header, then the rows; | separates cells
	compared map[int]Comparison
	refused  map[int]string
	notes    []string
	err      error
}

func (d *diffed) Note(source int, warning string) {
	d.notes = append(d.notes, fmt.Sprint(source, ": ", warning))
}

func (d *diffed) Refuse(source int, err error) { d.refused[source] = err.Error() }

func (d *diffed) Kept([]int64, bool) {}

// diff compares tables, which arrive in the given order. A table that has an error
// arrives without rows.
func diff(t interface{ Fatal(...any) }, how Diff, run merge.Run, budget *query.Budget, order []int, tables ...table) *diffed {
	d := &diffed{compared: map[int]Comparison{}, refused: map[int]string{}}
	how.Compared = func(i int, c Comparison) { d.compared[i] = c }
	run.Notes = d
	for _, s := range tables {
		run.Sources = append(run.Sources, s.name)
	}
	d.err = how.Merge(run, arrivals(t, budget, order, tables), d.take)
	return d
}

// take collects the emitted rows.
func (d *diffed) take(b *row.Batch) error {
	if d.lines == nil {
		var names []string
		for _, c := range b.Schema.Columns {
			names = append(names, c.Name)
		}
		d.lines = append(d.lines, strings.Join(names, "|"))
	}
	d.lines = append(d.lines, lines(b)...)
	b.Release()
	return nil
}

func arrivals(t interface{ Fatal(...any) }, budget *query.Budget, order []int, tables []table) iter.Seq[query.Arrival] {
	return func(yield func(query.Arrival) bool) {
		for _, i := range order {
			a := query.Arrival{Outcome: query.Outcome{Index: i, State: query.Failed}}
			if tables[i].err == nil {
				stage, err := tables[i].stage(budget)
				if err != nil {
					t.Fatal(err)
				}
				a = query.Arrival{Outcome: query.Outcome{Index: i, State: query.OK}, Schema: &row.Schema{Columns: tables[i].cols}, Rows: stage}
			}
			if !yield(a) {
				return
			}
		}
	}
}

// diffOfTwo compares one source with the first.
func diffOfTwo(t *testing.T, o Diff, baseline, source table) *diffed {
	t.Helper()
	baseline.name, source.name = "eu", "us"
	budget := query.NewBudget(1<<20, 2, t.TempDir())
	d := diff(t, o, merge.Run{}, budget, []int{1, 0}, baseline, source)
	if d.err != nil {
		t.Fatal(d.err)
	}
	wantBudgetFree(t, budget)
	return d
}

func want(t *testing.T, got []string, lines ...string) {
	t.Helper()
	if !slices.Equal(got, lines) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(lines, "\n  "))
	}
}

// wantBudgetFree checks that nothing is charged to the memory budget any more.
func wantBudgetFree(t interface{ Errorf(string, ...any) }, s *query.Budget) {
	l := s.Loan()
	if !l.Take(s.Limit() / 2) {
		t.Errorf("memory is still charged")
	}
	l.Return()
}

func filled(rows ...[]fill) [][]fill { return rows }
func cells(c ...fill) []fill         { return c }

// keyOf returns a key with these columns.
func keyOf(names ...string) (key columns.Order) {
	for _, n := range names {
		key = append(key, columns.Term{Name: n})
	}
	return key
}

var byID = Diff{Key: keyOf("id")}

func TestADiffShowsWhatWasAddedRemovedAndChanged(t *testing.T) {
	d := diffOfTwo(t, byID,
		table{cols: cols("id", row.Int, "name", row.Text, "n", row.Int), rows: filled(
			cells(integer(3), txt("c"), integer(30)), cells(integer(1), txt("a"), null), cells(integer(2), txt("b"), integer(20)), cells(integer(10), txt("z"), null))},
		table{cols: cols("ID", row.Int, "n", row.Int, "Name", row.Text), rows: filled(
			cells(integer(10), null, txt("z")), cells(integer(4), integer(40), txt(`"d"`)), cells(integer(1), integer(10), txt("A")), cells(integer(3), integer(30), null))})
	want(t, d.lines,
		"source|change|id|column|baseline|value",
		"us|changed|1|name|a|A",
		"us|changed|1|n|NULL|10",
		`us|removed|2|NULL|{"name":"b","n":20}|NULL`,
		"us|changed|3|name|c|NULL",
		`us|added|4|NULL|NULL|{"name":"\"d\"","n":40}`)
	if c := d.compared[1]; c.Added != 1 || c.Removed != 1 || c.Changed != 2 || c.Rows != 4 || c.Baseline != 4 || fmt.Sprint(c.Cells) != "[{name 2} {n 1}]" || c.Same() {
		t.Errorf("%+v", c)
	}
}

func TestWithoutAKeyRowsAreCounted(t *testing.T) {
	one := table{cols: cols("id", row.Int, "v", row.Decimal), rows: filled(
		cells(integer(1), dec("1.10")), cells(integer(1), dec("1.10")), cells(integer(1), dec("1.10")), cells(integer(2), null), cells(integer(3), null))}
	other := table{cols: cols("v", row.Float, "id", row.Int), rows: filled(
		cells(flt(1.1), integer(1)), cells(null, integer(2)), cells(null, integer(2)), cells(null, integer(2)), cells(null, integer(4)))}
	d := diffOfTwo(t, Diff{}, one, other)
	want(t, d.lines, "source|change|count|id|v", "us|removed|2|1|1.10", "us|added|2|2|NULL", "us|removed|1|3|NULL", "us|added|1|4|NULL")
	if c := d.compared[1]; c.Added != 3 || c.Removed != 3 || c.Changed != 0 {
		t.Errorf("%+v", c)
	}
	if d := diffOfTwo(t, Diff{}, one, one); !d.compared[1].Same() || len(d.lines) != 1 {
		t.Errorf("a table is not the same as itself: %q", d.lines)
	}
}

func TestWhatIsEqual(t *testing.T) {
	for _, c := range []struct {
		name        string
		a, b        row.Kind
		x, y        fill
		same, exact bool
		untyped     bool
		loose       bool // equal only if compared cell by cell
	}{
		{name: "NULL", a: row.Int, b: row.Text, x: null, y: null, same: true, exact: true},
		{name: "NULL and the empty string", a: row.Text, b: row.Text, x: null, y: txt("")},
		{name: "a boolean and 1", a: row.Bool, b: row.Int, x: boolean(true), y: integer(1), same: true},
		{name: "a boolean and 2", a: row.Bool, b: row.Int, x: boolean(true), y: integer(2)},
		{name: "scales", a: row.Decimal, b: row.Decimal, x: dec("1.10"), y: dec("1.1"), same: true},
		{name: "kinds of numbers", a: row.Int, b: row.Uint, x: integer(7), y: unsigned(7), same: true, exact: true},
		{name: "a float and a decimal", a: row.Float, b: row.Decimal, x: flt(0.1), y: dec("0.10"), same: true},
		{name: "a 32-bit float and a decimal", a: row.Float, b: row.Decimal, x: single(0.1), y: dec("0.1"), same: true, exact: true},
		{name: "numbers past 2^53", a: row.Int, b: row.Float, x: integer(9007199254740993), y: flt(9007199254740992)},
		{name: "a date and its midnight", a: row.Date, b: row.Timestamp, x: date("2026-01-31"), y: stamp("2026-01-31 00:00:00"), same: true},
		{name: "fractions of a second", a: row.Timestamp, b: row.Timestamp, x: stamp("2026-01-31 00:00:00.5"), y: stamp("2026-01-31 00:00:00.50"), same: true, exact: true},
		{name: "text and a number", a: row.Text, b: row.Decimal, x: txt("1.10"), y: dec("1.10"), same: true},
		{name: "text and another form of a number", a: row.Text, b: row.Decimal, x: txt("1.1"), y: dec("1.10")},
		{name: "text and text that is a number", a: row.Text, b: row.Text, x: txt("1.1"), y: txt("1.10")},
		{name: "text in another case", a: row.Text, b: row.Text, x: txt("a"), y: txt("A")},
		{name: "text and a timestamp", a: row.Text, b: row.Timestamp, x: txt("2026-01-31T08:30:00"), y: stamp("2026-01-31 08:30:00"), same: true},
		{name: "bytes", a: row.Bytes, b: row.Bytes, x: blob("\x00a"), y: blob("\x00a"), same: true, exact: true},
		{name: "JSON", a: row.JSON, b: row.JSON, x: doc(`{"a": 1}`), y: doc(`{"a":1}`)},
		// a column without a type, as in SQLite, and one with that type
		{name: "stored text and a timestamp", a: row.Timestamp, b: row.Any, x: stamp("2026-01-31 08:30:00.250"), y: txt("2026-01-31 08:30:00.25"), same: true},
		{name: "stored text and an instant", a: row.Any, b: row.TimestampTZ, x: txt("2026-01-31 10:30:00+02:00"), y: instant("2026-01-31 08:30:00"), same: true},
		{name: "stored text and a date", a: row.Date, b: row.Any, x: date("2026-01-31"), y: txt("2026-01-31"), same: true},
		{name: "stored text that is not a date", a: row.Date, b: row.Any, x: date("2026-01-31"), y: txt("soon")},
		{name: "stored text and a number", a: row.Any, b: row.Decimal, x: txt("1.1"), y: dec("1.10"), same: true},
		{name: "stored text with zeros", a: row.Any, b: row.Int, x: txt("007"), y: integer(7)},
		{name: "a stored real and a decimal", a: row.Any, b: row.Decimal, x: flt(10.5), y: dec("10.50"), same: true},
		{name: "stored 0 and false", a: row.Bool, b: row.Any, x: boolean(false), y: integer(0), same: true},
		{name: "stored text and a time", a: row.Time, b: row.Any, x: clock("08:30:00"), y: txt("8:30:00.0"), same: true},
		{name: "stored text and bytes", a: row.Bytes, b: row.Any, x: blob("a"), y: txt(`\x61`), same: true},
		{name: "stored text and JSON", a: row.JSON, b: row.Any, x: doc(`{"a":1}`), y: txt(`{"a":1}`), same: true},
		// two columns without types
		{name: "stored text and a stored number", a: row.Any, b: row.Any, x: txt("1.1"), y: flt(1.1), same: true},
		{name: "stored text with a needless zero", a: row.Any, b: row.Any, x: txt("1.10"), y: flt(1.1)},
		{name: "stored texts", a: row.Any, b: row.Any, x: txt("1.10"), y: txt("1.1")},
		{name: "stored numbers", a: row.Any, b: row.Any, x: flt(3), y: integer(3), same: true, exact: true},
		{name: "a stored 1e20", a: row.Any, b: row.Any, x: txt("1e+20"), y: flt(1e20), same: true},
		// a baseline of text, as in a CSV file
		{name: "saved decimal", untyped: true, a: row.Text, b: row.Decimal, x: txt("1.10"), y: dec("1.1"), same: true},
		{name: "saved decimal, its scale kept", untyped: true, a: row.Text, b: row.Decimal, x: txt("1.10"), y: dec("1.10"), same: true, exact: true},
		{name: "saved boolean", untyped: true, a: row.Text, b: row.Bool, x: txt("t"), y: boolean(true), same: true},
		{name: "saved boolean of a system with booleans", untyped: true, a: row.Text, b: row.Int, x: txt("false"), y: integer(0), same: true},
		{name: "saved timestamp", untyped: true, a: row.Text, b: row.Timestamp, x: txt("2026-01-31T08:30:00.25"), y: stamp("2026-01-31 08:30:00.25"), same: true, exact: true},
		{name: "saved zero date", untyped: true, a: row.Text, b: row.Date, x: txt("0000-00-00"), y: date("0000-00-00"), same: true, exact: true},
		{name: "saved date that no month has", untyped: true, a: row.Text, b: row.Date, x: txt("2026-02-30"), y: date("2026-02-30"), same: true, exact: true},
		{name: "stored zero date", a: row.Any, b: row.Date, x: txt("0000-00-00"), y: date("0000-00-00"), same: true},
		{name: "stored infinity", a: row.Any, b: row.Timestamp, x: txt("infinity"), y: stamp("infinity"), same: true},
		{name: "stored year before 1", a: row.Any, b: row.Date, x: txt("0044-03-15 BC"), y: date("0044-03-15 BC"), same: true},
		{name: "saved text that is not a number", untyped: true, a: row.Text, b: row.Int, x: txt("seven"), y: integer(7)},
		{name: "saved NaN", untyped: true, a: row.Text, b: row.Float, x: txt("NaN"), y: dec("NaN"), same: true, exact: true},
		{name: "saved text", untyped: true, a: row.Text, b: row.Text, x: txt("007"), y: txt("7")},
		{name: "saved real of SQLite", untyped: true, a: row.Text, b: row.Any, x: txt("10.5"), y: flt(10.5), same: true, exact: true},
		{name: "a saved boolean and a stored number", untyped: true, a: row.Text, b: row.Any, x: txt("true"), y: integer(1), same: true, loose: true},
		{name: "a saved decimal and a stored real", untyped: true, a: row.Text, b: row.Any, x: txt("10.50"), y: flt(10.5), same: true, loose: true},
		{name: "saved text that looks like a number", untyped: true, a: row.Text, b: row.Any, x: txt("1.10"), y: txt("1.1")},
		{name: "saved bytes of SQLite", untyped: true, a: row.Text, b: row.Any, x: txt(`\x61`), y: blob("a"), same: true, exact: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for exact, equal := range map[bool]bool{false: c.same, true: c.exact} {
				for _, key := range []columns.Order{nil, keyOf("id"), keyOf("id", "v")} {
					same := equal
					d := diffOfTwo(t, Diff{Key: key, Exact: exact, Untyped: c.untyped},
						table{cols: cols("id", row.Text, "v", c.a), rows: filled(cells(txt("k"), c.x))},
						table{cols: cols("id", row.Text, "v", c.b), rows: filled(cells(txt("k"), c.y))})
					if c.loose && len(key) == 2 { // values of a key must have the same form
						same = false
					}
					if got := d.compared[1]; len(d.compared) != 1 || got.Same() != same {
						t.Errorf("key %v, exact %v: same is %v: %q %v", key, exact, got.Same(), d.lines, d.refused)
					}
				}
			}
		})
	}
}

func TestIncompatibleTypesCannotBeCompared(t *testing.T) {
	a := table{cols: cols("id", row.Int, "at", row.Timestamp), rows: filled(cells(integer(1), stamp("2026-01-31 08:30:00")))}
	b := table{cols: cols("id", row.Int, "at", row.TimestampTZ), rows: filled(cells(integer(1), instant("2026-01-31 08:30:00")))}
	d := diffOfTwo(t, byID, a, b)
	if d.refused[1] != `column "at" is timestamp with time zone here and timestamp in eu, which do not meet: say which instants those of eu are (timestamps_in), or cast one of them` || len(d.compared) != 0 || d.lines != nil {
		t.Errorf("%v %q", d.refused, d.lines)
	}
	if d := diffOfTwo(t, Diff{Key: keyOf("id"), Exact: true}, a, b); d.compared[1].Changed != 1 {
		t.Errorf("exactly: %+v %v", d.compared, d.refused)
	}
}

func TestAMissingColumnIsOneDifference(t *testing.T) {
	for _, key := range []columns.Order{nil, keyOf("id")} {
		d := diffOfTwo(t, Diff{Key: key},
			table{cols: cols("id", row.Int, "note", row.Text), rows: filled(cells(integer(1), txt("x")), cells(integer(2), null))},
			table{cols: cols("extra", row.Int, "id", row.Int), rows: filled(cells(integer(9), integer(1)), cells(integer(8), integer(2)))})
		c := d.compared[1]
		if c.Same() || c.Added+c.Removed+c.Changed != 0 || fmt.Sprint(c.Missing, c.Extra) != "[note] [extra]" || len(d.lines) != 1 {
			t.Errorf("key %v: %+v, %q", key, c, d.lines)
		}
	}
	d := diffOfTwo(t, Diff{}, table{cols: cols("a", row.Int)}, table{cols: cols("b", row.Int)})
	if d.refused[1] != "it has no column of eu: nothing can be compared" {
		t.Errorf("%v", d.refused)
	}
}

func TestDuplicateKeysAreReported(t *testing.T) {
	once := table{cols: cols("id", row.Int, "r", row.Text), rows: filled(cells(integer(1), txt("a")), cells(integer(2), txt("a")))}
	twice := table{cols: cols("id", row.Decimal, "r", row.Text)}
	for _, id := range []string{"5", "3", "3.0", "1", "9", "3.00", "5", "1.0", "9", "9"} {
		twice.rows = append(twice.rows, cells(dec(id), txt("a")))
	}
	for _, c := range []struct {
		key      columns.Order
		baseline table
		source   table
		at       int
		text     string
	}{
		{keyOf("id"), once, twice, 1, "key id: several rows have the same key: 1.0, 3.0, 5"},
		{keyOf("ID"), twice, once, 0, "key id: several rows have the same key: 1.0, 3.0, 5"},
		{keyOf("r", "id"), once, twice, 1, "key r,id: several rows have the same key: (a, 1.0), (a, 3.0), (a, 5)"},
		{keyOf("id"), once, table{cols: once.cols, rows: filled(cells(null, null), cells(null, null))}, 1, "key id: several rows have the same key: NULL"},
	} {
		d := diffOfTwo(t, Diff{Key: c.key}, c.baseline, c.source)
		if len(d.refused) != 1 || d.refused[c.at] != c.text || d.lines != nil || len(d.compared) != 0 {
			t.Errorf("refused %v, emitted %q", d.refused, d.lines)
		}
	}
}

func TestKeysAreComparedAcrossTheBlocksOfAFile(t *testing.T) {
	const n = 20 * row.MaxRows
	sheet := func(name string, step int) table {
		s := table{name: name, cols: cols("id", row.Int, "v", row.Text)}
		for i := range n {
			s.rows = append(s.rows, cells(integer(int64(i*step%n)), txt(strings.Repeat("v", 50))))
		}
		return s
	}
	for at := range 3 { // first no key occurs twice; then a batch begins with the last key of the batch before it
		a, b := sheet("a", 1), sheet("b", 7)
		if at > 0 {
			a.rows[row.MaxRows*at][0] = integer(int64(row.MaxRows*at - 1))
		}
		budget := query.NewBudget(32<<10, 2, t.TempDir())
		d := diff(t, byID, merge.Run{}, budget, []int{0, 1}, a, b)
		wantBudgetFree(t, budget)
		if at == 0 && (!d.compared[1].Same() || d.compared[1].Rows != n) {
			t.Errorf("%+v, refused %v", d.compared, d.refused)
		}
		if want := fmt.Sprintf("key id: several rows have the same key: %d", row.MaxRows*at-1); at > 0 && d.refused[0] != want {
			t.Errorf("refused %v, want %s", d.refused, want)
		}
	}
}

func TestAnUnknownColumnIsReportedWithTheNearestName(t *testing.T) {
	a := table{cols: cols("id", row.Int, "amount", row.Int)}
	b := table{cols: cols("id", row.Int)}
	near := func(s string) Tolerance {
		tolerance, err := ParseTolerance(s)
		if err != nil {
			t.Fatal(err)
		}
		return tolerance
	}
	for text, o := range map[string]Diff{
		`0 key: unknown column "amout": did you mean "amount"?`:         {Key: keyOf("amout")},
		`0 key: unknown column "region": the result has "id", "amount"`: {Key: keyOf("region")},
		`1 key: unknown column "amount": the result has "id"`:           {Key: keyOf("id", "amount")},
		`0 tolerance: unknown column "amunt": did you mean "amount"?`:   {Key: keyOf("id"), Tolerances: []Tolerance{near("amunt=1")}},
	} {
		d := diffOfTwo(t, o, a, b)
		var got string
		for i, s := range d.refused {
			got += fmt.Sprint(i, " ", s)
		}
		if got != text {
			t.Errorf("got %s, want %s", got, text)
		}
	}
}

// asText returns the fill function for the text that a saved file has for a value.
func asText(f fill) fill {
	b := row.NewBatch(&row.Schema{Columns: cols("v", row.Any)})
	f(b)
	if b.Cells[0].Kind == row.Null {
		return null
	}
	return txt(string(b.AppendText(nil, b.Cells[0])))
}

func TestTolerances(t *testing.T) {
	for _, c := range []struct {
		tolerance string
		x, y      fill
		same      bool
	}{
		{"v=0.01", dec("1.10"), dec("1.11"), true},
		{"v=0.01", dec("1.10"), dec("1.1100000000000000000000000000001"), false},
		{"V=0.01", flt(1.1), dec("1.09"), true},
		{"v=0.01", dec("-1"), dec("1"), false},
		{"v=0", dec("1.0"), integer(1), true},
		{"v=0.1%", integer(1000), integer(1001), true},
		{"v=0.1%", integer(1000), dec("1001.001"), false},
		{"v=0.1%", integer(-1000), integer(-999), true},
		{"v=10%", integer(0), dec("0.0001"), false},
		{"v=1e3", integer(9007199254740993), integer(9007199254741993), true},
		{"v=1e3", integer(9007199254740993), integer(9007199254741994), false},
		{"v=5", null, integer(1), false},
		{"v=5", dec("NaN"), integer(1), false},
		{"v=5", dec("NaN"), dec("NaN"), true},
		{"v=1000", flt(1e20), dec("100000000000000000999"), true},
	} {
		tolerance, err := ParseTolerance(c.tolerance)
		if err != nil {
			t.Fatal(err)
		}
		// The baseline is typed or saved text; with saved text the source may lack a type.
		for _, kinds := range [][2]row.Kind{{row.Decimal, row.Decimal}, {row.Text, row.Decimal}, {row.Text, row.Any}} {
			x, saved := c.x, kinds[0] == row.Text
			if saved {
				x = asText(c.x)
			}
			d := diffOfTwo(t, Diff{Key: keyOf("id"), Tolerances: []Tolerance{tolerance}, Untyped: saved},
				table{cols: cols("id", row.Int, "v", kinds[0]), rows: filled(cells(integer(1), x))},
				table{cols: cols("id", row.Int, "v", kinds[1]), rows: filled(cells(integer(1), c.y))})
			if d.compared[1].Same() != c.same {
				t.Errorf("%s, %v: %q", c.tolerance, kinds, d.lines)
			}
		}
	}
	for _, bad := range []string{"", "v", "=1", "v=", "v=x", "v=-1", "v=1%%", "v=0x10", "v=1/3", "v=1e99999", "v=NaN"} {
		if _, err := ParseTolerance(bad); err == nil {
			t.Errorf("%q parses", bad)
		}
	}
}

func TestTheDiffsOwnColumnsKeepTheirNames(t *testing.T) {
	s := table{cols: cols("source", row.Int, "value", row.Int, "count", row.Int), rows: filled(cells(integer(1), integer(2), integer(3)))}
	d := diffOfTwo(t, Diff{Key: keyOf("source", "value")}, s, table{cols: s.cols})
	want(t, d.lines, "source|change|source_2|value_2|column|baseline|value", `us|removed|1|2|NULL|{"count":3}|NULL`)
	s.rows = append(s.rows, s.rows[0])
	d = diffOfTwo(t, Diff{}, s, table{cols: s.cols, rows: s.rows[:1]})
	want(t, d.lines, "source|change|count|source_2|value|count_2", `us|removed|1|1|2|3`)
}

func TestARowIsShownAsAJSONObject(t *testing.T) {
	d := diffOfTwo(t, byID, table{cols: cols("id", row.Int, "<é>", row.Text, "b", row.Bool, "d", row.Decimal, "n", row.Decimal, "j", row.JSON, "x", row.Bytes, "t", row.Timestamp, "u", row.Text)},
		table{cols: cols("id", row.Int, "<é>", row.Text, "b", row.Bool, "d", row.Decimal, "n", row.Decimal, "j", row.JSON, "x", row.Bytes, "t", row.Timestamp, "u", row.Text), rows: filled(
			cells(integer(1), txt("<b>\n\x01"), boolean(true), dec("1.10"), dec("NaN"), doc(`[1]`), blob("a"), stamp("2026-01-31 08:30:00"), null))})
	want(t, d.lines[1:], `us|added|1|NULL|NULL|{"<é>":"<b>\n\u0001","b":true,"d":1.10,"n":"NaN","j":[1],"x":"\\x61","t":"2026-01-31T08:30:00","u":null}`)
}

func TestALimitCutsWhatIsShownAndNotTheCounts(t *testing.T) {
	a := table{cols: cols("id", row.Int, "v", row.Int, "w", row.Int), rows: filled(cells(integer(1), integer(1), integer(1)), cells(integer(2), integer(1), integer(1)), cells(integer(2), integer(1), integer(1)))}
	b := table{cols: a.cols, rows: filled(cells(integer(1), integer(2), integer(2)), cells(integer(3), integer(1), integer(1)))}
	d := diffOfTwo(t, Diff{Limited: true, Limit: 1}, a, b)
	if c := d.compared[1]; c.Added != 2 || c.Removed != 3 || len(d.lines) != 2 {
		t.Errorf("%+v %q", c, d.lines)
	}
	a.rows = a.rows[:2]
	d = diffOfTwo(t, Diff{Limited: true, Limit: 1, Key: keyOf("id")}, a, b)
	if c := d.compared[1]; c.Added != 1 || c.Removed != 1 || c.Changed != 1 {
		t.Errorf("%+v", c)
	}
	want(t, d.lines[1:], "us|changed|1|v|1|2", "us|changed|1|w|1|2") // one row, all of its cells
}

// several returns a baseline, in second place, and three other sources.
func several() []table {
	one := func(name string, v int64) table {
		return table{name: name, cols: cols("id", row.Int, "v", row.Int), rows: filled(cells(integer(1), integer(v)))}
	}
	return []table{one("a", 2), one("base", 1), one("b", 1), one("c", 3)}
}

func TestEachSourceIsComparedWithTheBaselineInSourceOrder(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}} {
		for _, memory := range []int64{0, 1, 1 << 20} {
			budget := query.NewBudget(memory, 4, t.TempDir())
			if memory == 1 { // all rows are on disk
				budget = query.NewBudget(4096, 4, t.TempDir())
			}
			d := diff(t, Diff{Key: keyOf("id"), Baseline: 1}, merge.Run{}, budget, order, several()...)
			want(t, d.lines, "source|change|id|column|baseline|value", "a|changed|1|v|1|2", "c|changed|1|v|1|3")
			if !d.compared[2].Same() || len(d.compared) != 3 || d.err != nil {
				t.Errorf("%+v %v", d.compared, d.err)
			}
			wantBudgetFree(t, budget)
		}
	}
}

func TestASourceThatFailedIsNotComparedAndTheBaselineIsNeeded(t *testing.T) {
	lost := errors.New("lost")
	tables := several()
	tables[0].err = lost
	budget := query.NewBudget(1<<20, 4, t.TempDir())
	d := diff(t, Diff{Key: keyOf("id"), Baseline: 1}, merge.Run{}, budget, []int{3, 1, 0, 2}, tables...)
	want(t, d.lines[1:], "c|changed|1|v|1|3")
	if len(d.compared) != 2 || len(d.refused) != 0 {
		t.Errorf("%+v %v", d.compared, d.refused)
	}
	tables = several()
	tables[1].err = lost
	d = diff(t, Diff{Key: keyOf("id"), Baseline: 1}, merge.Run{}, budget, []int{3, 1, 0, 2}, tables...)
	if len(d.compared) != 0 || d.lines != nil {
		t.Errorf("%+v %q", d.compared, d.lines)
	}
	wantBudgetFree(t, budget)
}

func TestNothingIsEmittedUntilEnoughAreCompared(t *testing.T) {
	for need := range 6 {
		budget := query.NewBudget(1<<20, 4, t.TempDir())
		d := diff(t, Diff{Key: keyOf("id"), Baseline: 1}, merge.Run{Need: need}, budget, []int{0, 1, 2, 3}, several()...)
		if n := len(d.lines); (need <= 4 && n != 3) || (need > 4 && n != 0) {
			t.Errorf("%d are needed: %q", need, d.lines)
		}
		wantBudgetFree(t, budget)
	}
}

func TestAStoppedDiffComparesNothingMore(t *testing.T) {
	budget := query.NewBudget(1<<20, 4, t.TempDir())
	d := diff(t, Diff{Key: keyOf("id"), Baseline: 1}, merge.Run{Stop: func() error { return errors.New("enough") }}, budget, []int{0, 1, 2, 3}, several()...)
	if len(d.compared)+len(d.refused) != 0 || d.lines != nil || d.err != nil {
		t.Errorf("%+v %v %v", d.compared, d.refused, d.err)
	}
	wantBudgetFree(t, budget)
}

func TestADiffsEmitErrorEndsIt(t *testing.T) {
	full := errors.New("disk full")
	budget := query.NewBudget(1<<20, 4, t.TempDir())
	how := Diff{Key: keyOf("id"), Baseline: 1, Compared: func(int, Comparison) {}}
	run := merge.Run{Sources: []string{"a", "base", "b", "c"}, Notes: &diffed{}}
	err := how.Merge(run, arrivals(t, budget, []int{1, 0, 2, 3}, several()), func(b *row.Batch) error { b.Release(); return full })
	if !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	wantBudgetFree(t, budget)
}

func TestTextOnOneSideIsNoted(t *testing.T) {
	d := diffOfTwo(t, byID, table{cols: cols("id", row.Int, "v", row.Text)}, table{cols: cols("id", row.Int, "v", row.Int)})
	want(t, d.notes, `1: column "v" is integer in one source and text in another: taken as text`)
	d = diffOfTwo(t, byID, table{cols: cols("id", row.Int, "v", row.Decimal)}, table{cols: cols("id", row.Int, "v", row.Float)})
	want(t, d.notes)
	if !slices.Equal(d.lines, []string{"source|change|id|column|baseline|value"}) {
		t.Errorf("%q", d.lines)
	}
}
