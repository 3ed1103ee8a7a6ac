// Parquet is read back by two other implementations: DuckDB and the library's own reader.

package output

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

// parquetFile writes batches to a file.
func parquetFile(t testing.TB, o Options, batches ...*row.Batch) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.parquet")
	if err := os.WriteFile(path, []byte(written(t, "parquet", o, batches...)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// inDuckDB returns the rows of a query over a file, after the columns as DuckDB reads them.
func inDuckDB(t testing.TB, path, sql string) (lines []string) {
	t.Helper()
	db, err := engine.Open(engine.Options{Files: []string{path}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Query(context.Background(), strings.ReplaceAll(sql, "FILE", engine.Literal(path)), func(b *row.Batch) error {
		defer b.Release()
		lines = append(lines, testrow.Lines(b)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// typedColumns returns columns of every type, with values at the limits of the types.
func typedColumns() *row.Batch {
	s := columns("b:boolean", "i:integer", "u:unsigned integer", "f:float", "f4:float", "d9:decimal", "d18:decimal", "d38:decimal",
		"day:date", "at:time", "stamp:timestamp", "instant:timestamp with time zone", "note", "doc:json", "raw:bytes", "id")
	for name, c := range map[string]row.Column{
		"f4": {Database: "float4"}, "d9": {Width: 9, Scale: 2}, "d18": {Width: 18, Scale: 6}, "d38": {Width: 38, Scale: 10}, "id": {Database: "uuid"},
	} {
		at := slices.IndexFunc(s.Columns, func(other row.Column) bool { return other.Name == name })
		s.Columns[at].Database, s.Columns[at].Width, s.Columns[at].Scale = c.Database, c.Width, c.Scale
	}
	return batch(s,
		line{
			true, math.MaxInt64, uint64(math.MaxUint64), 0.1, float32(0.1), decimal("1234567.80"), decimal("-123456789012.000001"), decimal("1234567890123456789012345678.0000000001"),
			day("2026-01-31"), clock("08:30:00.25"), stamp("2026-01-31 08:30:00.250001"), instant("2026-01-31 08:30:00.5+00"), "é\x00x", jsonDoc(`{"a": 1.10}`),
			[]byte{0, 255},
			"00112233-4455-6677-8899-aabbccddeeff",
		},
		line{
			false, math.MinInt64, uint64(0), math.Inf(-1), float32(math.Inf(1)), decimal("-1234567.80"), decimal("0.000000"), decimal("-1234567890123456789012345678.0000000001"),
			day("0001-01-01"), clock("00:00:00"), stamp("0001-01-01 00:00:00"), instant("9999-12-31 23:59:59.999999+00"), "", jsonDoc(`null`),
			[]byte{},
			"ffffffff-ffff-ffff-ffff-ffffffffffff",
		},
		line{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil},
		line{
			true, 0, uint64(1 << 63), math.MaxFloat64, float32(math.MaxFloat32), decimal("0.00"), decimal("1.500000"), decimal("-0.0000000001"),
			day("9999-12-31"), clock("23:59:59.999999"), stamp("9999-12-31 23:59:59.999999"), instant("0001-01-01 00:00:00+00"), strings.Repeat("long", 1000), jsonDoc(`[1,"x"]`), []byte("abc"), "00000000-0000-0000-0000-000000000000",
		},
	)
}

func TestParquetInDuckDB(t *testing.T) {
	path := parquetFile(t, Options{}, typedColumns())
	want := []string{
		"b|BOOLEAN", "i|BIGINT", "u|UBIGINT", "f|DOUBLE", "f4|FLOAT", "d9|DECIMAL(9,2)", "d18|DECIMAL(18,6)", "d38|DECIMAL(38,10)", "day|DATE", "at|TIME",
		"stamp|TIMESTAMP", "instant|TIMESTAMP WITH TIME ZONE", "note|VARCHAR", "doc|JSON", "raw|BLOB", "id|UUID",
	}
	if got := inDuckDB(t, path, "select column_name, column_type from (describe select * from read_parquet(FILE))"); !slices.Equal(got, want) {
		t.Errorf("the columns are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var texts []string
	b := typedColumns()
	texts = append(texts, testrow.Lines(b)...)
	if got := inDuckDB(t, path, "select * from read_parquet(FILE)"); !slices.Equal(got, texts) {
		t.Errorf("the rows are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(texts, "\n"))
	}
}

// Readers skip row groups by the least and the largest value of a column.
func TestParquetStatisticsMisleadNobody(t *testing.T) {
	path := parquetFile(t, Options{}, typedColumns())
	// The library compares wide decimals as bytes and not as numbers, so they have no statistics.
	if got := inDuckDB(t, path, "select stats_min_value, stats_max_value from parquet_metadata(FILE) where path_in_schema = 'd38'"); got[0] != "NULL|NULL" {
		t.Errorf("wide decimals have the ends %s", got[0])
	}
	for where, want := range map[string]string{
		"d9 < 0": "1", "d9 > 0": "1", "d9 = 0": "1", "d18 < 0": "1", "d18 > 0": "1", "d38 < 0": "2", "d38 > 0": "1", "u > 9223372036854775807": "2", "u = 0": "1",
		"i < 0": "1", "f < 0": "1", "f4 > 1": "2", "day > date '2000-01-01'": "2", "stamp > timestamp '2000-01-01'": "2", "instant > timestamptz '2000-01-01 00:00:00+00'": "2",
		"note = ''": "1", "id > '80000000-0000-0000-0000-000000000000'": "1", "raw > '\\x01'::blob": "1", "d38 is null": "1", "b": "2",
	} {
		if got := inDuckDB(t, path, "select count(*) from read_parquet(FILE) where "+where); got[0] != want {
			t.Errorf("%s: %s rows, want %s", where, got[0], want)
		}
	}
}

func TestParquetInTheLibrarysReader(t *testing.T) {
	text := written(t, "parquet", Options{}, typedColumns())
	f, err := parquet.OpenFile(strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, c := range f.Root().Columns() {
		types = append(types, c.Name()+" "+c.Type().String())
	}
	want := []string{
		"b BOOLEAN", "i INT(64,true)", "u INT(64,false)", "f DOUBLE", "f4 FLOAT", "d9 DECIMAL(9,2)", "d18 DECIMAL(18,6)", "d38 DECIMAL(38,10)", "day DATE",
		"at TIME(isAdjustedToUTC=false,unit=MICROS)", "stamp TIMESTAMP(isAdjustedToUTC=false,unit=MICROS)", "instant TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)",
		"note STRING", "doc JSON", "raw BYTE_ARRAY", "id UUID",
	}
	if !slices.Equal(types, want) {
		t.Errorf("the types are %q, want %q", types, want)
	}
	rows := f.RowGroups()[0].Rows()
	defer rows.Close()
	all := make([]parquet.Row, 10)
	n, err := rows.ReadRows(all)
	if n != 4 || err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("%d rows, %v", n, err)
	}
	for at, v := range all[2] {
		if !v.IsNull() {
			t.Errorf("column %d is %v, want NULL", at, v)
		}
	}
	first := all[0]
	wide := new(big.Int).SetBytes(first[7].ByteArray()).String()
	got := fmt.Sprintln(first[0].Boolean(), first[1].Int64(), first[2].Uint64(), first[3].Double(), first[4].Float(), first[5].Int32(), first[6].Int64(), wide,
		first[8].Int32(), first[9].Int64(), first[10].Int64(), first[11].Int64(), first[12].ByteArray(), string(first[13].ByteArray()), first[14].ByteArray(), first[15].ByteArray()) //nolint:staticcheck // bytes are shown as numbers
	const exact = "true 9223372036854775807 18446744073709551615 0.1 0.1 123456780 -123456789012000001 12345678901234567890123456780000000001 " +
		"20484 30600250000 1769848200250001 1769848200500000 [195 169 0 120] {\"a\": 1.10} [0 255] [0 17 34 51 68 85 102 119 136 153 170 187 204 221 238 255]\n"
	if got != exact {
		t.Errorf("the first row is\n%s\nwant\n%s", got, exact)
	}
}

// A cell that its column's type cannot hold is an error. The error names the source, the column and
// the value.
func TestWhatParquetCannotHold(t *testing.T) {
	for _, c := range []struct {
		column row.Column
		value  any
		want   string
	}{
		{row.Column{Type: row.Decimal, Width: 5, Scale: 2}, decimal("NaN"), `"NaN", which is no DECIMAL(5,2) of Parquet`},
		{row.Column{Type: row.Decimal, Width: 5, Scale: 2}, decimal("1000.00"), `"1000.00", which is no DECIMAL(5,2) of Parquet`},
		{row.Column{Type: row.Decimal, Width: 5, Scale: 2}, decimal("1.001"), `"1.001", which is no DECIMAL(5,2) of Parquet`},
		{row.Column{Type: row.Decimal, Width: 20, Scale: 2}, decimal("1000000000000000000.00"), `"1000000000000000000.00", which is no DECIMAL(20,2) of Parquet`},
		{row.Column{Type: row.Decimal, Database: "HUGEINT"}, decimal("170141183460469231731687303715884105727"), `"170141183460469231731687303715884105727", which is no DECIMAL(38,0) of Parquet`},
		{row.Column{Type: row.Date}, day("infinity"), `"infinity", which is no DATE of Parquet`},
		{row.Column{Type: row.Date}, day("0000-00-00"), `"0000-00-00", which is no DATE of Parquet`},
		{row.Column{Type: row.Timestamp}, stamp("-infinity"), `"-infinity", which is no TIMESTAMP of Parquet`},
		{row.Column{Type: row.Time}, clock("-12:00:00"), `"-12:00:00", which is no TIME of Parquet`},
		{row.Column{Type: row.Time}, clock("24:00:00"), `"24:00:00", which is no TIME of Parquet`},
		{row.Column{Type: row.Time}, clock("838:59:59"), `"838:59:59", which is no TIME of Parquet`},
		{row.Column{Type: row.Float}, 1<<53 + 1, `"9007199254740993", which is no FLOAT of Parquet`},
		{row.Column{Type: row.Float}, decimal("0.10000000000000000001"), `"0.10000000000000000001", which is no FLOAT of Parquet`},
		{row.Column{Type: row.Float, Database: "float4"}, 0.1, `"0.1", which is no FLOAT of Parquet`},
		{row.Column{Type: row.Text, Database: "uuid"}, "none", `"none", which is no UUID of Parquet`},
		{row.Column{Type: row.JSON}, "text", `"text", which is no JSON of Parquet`},
		{row.Column{Type: row.Uint}, -1, `"-1", which is no UNSIGNED INTEGER of Parquet`},
	} {
		for _, source := range []string{"source", HiddenSource, ""} {
			s := &row.Schema{Columns: []row.Column{{Name: source, Type: row.Text}, c.column}}
			s.Columns[1].Name = "c"
			w := format(t, "parquet").New(io.Discard, Options{SourceColumn: source})
			b := batch(s, line{"eu", nil}, line{"eu", c.value})
			err := errors.Join(w.Write(b), w.Close())
			want := `column "c" holds ` + c.want + ": cast it to text in the query"
			if source != "" {
				want = "source eu: " + want
			}
			if text, _, _ := strings.Cut(fmt.Sprint(err), "\n"); text != want {
				t.Errorf("%v: %s, want %s", c.value, text, want)
			}
		}
	}
}

// Columns whose type Parquet lacks are written as text. This is reported before the first row.
func TestWhatIsTextInParquet(t *testing.T) {
	s := &row.Schema{Columns: []row.Column{
		{Name: HiddenSource, Type: row.Text},
		{Name: "sum", Type: row.Decimal},
		{Name: "wide", Type: row.Decimal, Width: 65, Scale: 30},
		{Name: "at", Type: row.Time, Database: "timetz"},
		{Name: "any", Type: row.Any},
		{Name: "a,b\"é.", Type: row.Null},
		{Name: "A,b\"é.", Type: row.Int},
		{Name: "neg", Type: row.Decimal, Width: 3, Scale: -2},
	}}
	var notes []string
	o := Options{Note: func(column, warning string) { notes = append(notes, column+": "+warning) }}
	path := parquetFile(t, o, batch(s, line{"eu", decimal("1.10"), decimal("1e40"), clock("08:30:00+02"), []byte("x"), nil, 7, decimal("12300")}, line{"us", nil, nil, nil, 1.5, nil, nil, nil}))
	if got, want := inDuckDB(t, path, "select * from read_parquet(FILE)"), []string{`1.10|1e40|08:30:00+02|\x78|NULL|7|12300`, "NULL|NULL|NULL|1.5|NULL|NULL|NULL"}; !slices.Equal(got, want) {
		t.Errorf("the rows are %q, want %q", got, want)
	}
	want := []string{
		"sum: its digits are not declared, so that a DECIMAL of Parquet could not hold all of them; with a cast such as numeric(20,2) it is one: it is written as text",
		"wide: it has up to 65 digits, and a DECIMAL of Parquet has 38: it is written as text",
		"at: a time of day with a zone has no type in Parquet: it is written as text",
	}
	if !slices.Equal(notes, want) {
		t.Errorf("noted are %q", notes)
	}
}

// Rows are written in groups. DuckDB and the library read them back in the same order.
func TestParquetRowGroups(t *testing.T) {
	s := columns("n:integer", "note")
	var batches []*row.Batch
	const rows = 20_000
	for n := 0; n < rows; n += row.MaxRows {
		b := row.NewBatch(s)
		for i := n; i < min(n+row.MaxRows, rows); i++ {
			b.Int(int64(i))
			b.TextString(strings.Repeat(fmt.Sprint(i%1000), 20))
			b.EndRow()
		}
		batches = append(batches, b)
	}
	path := parquetFile(t, Options{Memory: 4 << 20}, batches...)
	got := inDuckDB(t, path, "select count(*), sum(n), bool_and(n = file_row_number), bool_and(note = repeat((n % 1000)::varchar, 20)) from read_parquet(FILE, file_row_number = true)")
	if got[0] != "20000|199990000|true|true" {
		t.Errorf("got %s", got[0])
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
	if err != nil || len(f.RowGroups()) < 2 || f.NumRows() != rows {
		t.Errorf("%d groups of %d rows, %v", len(f.RowGroups()), f.NumRows(), err)
	}
}

func TestParquetDecimalsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 38).Draw(t, "width")
		scale := rapid.IntRange(0, width).Draw(t, "scale")
		c := parquetColumnOf(row.Column{Type: row.Decimal, Width: width, Scale: scale})
		n := new(big.Int)
		n.SetString(rapid.StringMatching(fmt.Sprintf(`[0-9]{1,%d}`, width)).Draw(t, "digits"), 10)
		if rapid.Bool().Draw(t, "negative") {
			n.Neg(n)
		}
		text := new(big.Rat).SetFrac(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)).FloatString(scale)
		b := batch(columns("d:decimal"), line{decimal(text)})
		v, ok := c.value(new(parquetEncoder), b, &b.Cells[0])
		if !ok {
			t.Fatalf("%s is refused as DECIMAL(%d,%d)", text, width, scale)
		}
		var got *big.Int
		switch v.Kind() {
		case parquet.Int32:
			got = big.NewInt(int64(v.Int32()))
		case parquet.Int64:
			got = big.NewInt(v.Int64())
		default:
			got = new(big.Int).SetBytes(v.ByteArray())
			if v.ByteArray()[0] >= 0x80 {
				got.Sub(got, new(big.Int).Lsh(big.NewInt(1), uint(8*len(v.ByteArray()))))
			}
		}
		if got.Cmp(n) != 0 {
			t.Fatalf("%s as DECIMAL(%d,%d) is %s", text, width, scale, got)
		}
	})
}

// If the disk is full or the reader has left, the error is the writer's, and nothing runs on.
func TestParquetThatCannotBeWritten(t *testing.T) {
	gone := errors.New("gone")
	w := format(t, "parquet").New(leaving{gone}, Options{})
	if err := errors.Join(w.Write(typedColumns()), w.Close()); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
	if err := w.Close(); !errors.Is(err, gone) {
		t.Errorf("once more: %v", err)
	}
}
