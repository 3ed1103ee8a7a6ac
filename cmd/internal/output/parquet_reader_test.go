// Parquet is read back by hyparquet. It shares no code with the library that writes the files, nor
// with DuckDB.

package output

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testkit"
	"github.com/fanql/fanql/testdata/testrow"
)

// randomRows returns random rows for the columns of typedColumns. A value may be any value of its
// type, and one cell in nine is NULL.
func randomRows(s *row.Schema, from *rand.Rand, n int) *row.Batch {
	digits := func(width, scale int) decimal {
		v := new(big.Int)
		for range width {
			v.Add(v.Mul(v, big.NewInt(10)), big.NewInt(from.Int64N(10)))
		}
		if from.IntN(2) == 0 {
			v.Neg(v)
		}
		return decimal(new(big.Rat).SetFrac(v, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)).FloatString(scale))
	}
	date := func() string {
		return fmt.Sprintf("%04d-%02d-%02d", 1+from.IntN(9999), 1+from.IntN(12), 1+from.IntN(28))
	}
	clockTime := func() string {
		// PostgreSQL writes them without zeros at the end.
		return strings.TrimRight(fmt.Sprintf("%02d:%02d:%02d.%06d", from.IntN(24), from.IntN(60), from.IntN(60), 1+from.IntN(1e6-1)), "0")
	}
	bits := func() []byte {
		b := make([]byte, from.IntN(20))
		for i := range b {
			b[i] = byte(from.Uint32())
		}
		return b
	}
	var lines []line
	for range n {
		l := line{
			from.IntN(2) == 0, int(from.Uint64()), from.Uint64(), math.Float64frombits(from.Uint64() &^ (1 << 62)), math.Float32frombits(from.Uint32() &^ (1 << 30)),
			digits(9, 2), digits(18, 6), digits(38, 10), day(date()), clock(clockTime()), stamp(date() + " " + clockTime()), instant(date() + " " + clockTime() + "+00"),
			strings.Repeat(string(rune(0x20+from.IntN(0x3000))), from.IntN(90)), jsonDoc(fmt.Sprintf(`{"n": %d.10}`, from.Uint64())), bits(),
			fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", from.Uint32(), from.IntN(1<<16), from.IntN(1<<16), from.IntN(1<<16), from.Int64N(1<<48)),
		}
		for i := range l {
			if from.IntN(9) == 0 {
				l[i] = nil
			}
		}
		lines = append(lines, l)
	}
	return batch(s, lines...)
}

func TestParquetInHyparquet(t *testing.T) {
	from := rand.New(rand.NewPCG(20, 2026))
	ends := typedColumns()
	batches := []*row.Batch{ends}
	const rows = 10_000
	for range rows / 200 {
		batches = append(batches, randomRows(ends.Schema, from, 200))
	}
	batches = append(batches, typedColumns())
	file := testkit.ReadParquet(t, parquetFile(t, Options{Memory: 4 << 20}, batches...))

	var types []string
	for _, c := range file.Columns {
		if !c.Optional {
			t.Errorf("%s cannot be NULL", c.Name)
		}
		types = append(types, c.Name+" "+c.String())
	}
	want := []string{
		"b BOOLEAN", "i INT(64,true)", "u INT(64,false)", "f DOUBLE", "f4 FLOAT", "d9 DECIMAL(9,2) in INT32", "d18 DECIMAL(18,6) in INT64",
		"d38 DECIMAL(38,10) in FIXED_LEN_BYTE_ARRAY", "day DATE", "at TIME(false,MICROS)", "stamp TIMESTAMP(false,MICROS)", "instant TIMESTAMP(true,MICROS)",
		"note STRING", "doc JSON", "raw BYTE_ARRAY", "id UUID",
	}
	if !slices.Equal(types, want) {
		t.Errorf("the columns are\n%s\nwant\n%s", strings.Join(types, "\n"), strings.Join(want, "\n"))
	}
	if len(file.Groups) < 2 || !slices.Equal(file.Codecs, []string{"ZSTD"}) {
		t.Errorf("there are row groups of %d rows, compressed with %s", file.Groups, file.Codecs)
	}

	var cells [][]string
	for _, b := range batches {
		cells = append(cells, testrow.Cells(b, "\x00NULL")...)
	}
	if len(file.Rows) != len(cells) || len(cells) != rows+8 {
		t.Fatalf("there are %d rows, want %d", len(file.Rows), len(cells))
	}
	wrong := 0
	for r, line := range cells {
		for c, want := range line {
			got := "\x00NULL"
			if v := file.Rows[r][c]; v != nil {
				got = *v
			}
			if got != want && !sameFloat(file.Columns[c], got, want) && wrong < 20 {
				wrong++
				t.Errorf("row %d, %s: %q, want %q", r, file.Columns[c].Name, got, want)
			}
		}
	}
}

// sameFloat reports whether two texts are the same float in a column of floats.
func sameFloat(c testkit.ParquetColumn, a, b string) bool {
	size := map[string]int{"FLOAT": 32, "DOUBLE": 64}[c.Physical]
	if size == 0 {
		return false
	}
	x, err := strconv.ParseFloat(a, size)
	y, err2 := strconv.ParseFloat(b, size)
	return err == nil && err2 == nil && math.Float64bits(x) == math.Float64bits(y)
}
