// The styles of tables, grouped digits, and the last line with sums.

package output

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/sources/row"
)

func TestTableStyles(t *testing.T) {
	cities := func() *row.Batch {
		return batch(columns("city", "n:integer", "amount:decimal"), line{"東京", 1234567, decimal("-1234.50")}, line{"eu", nil, decimal("0.05")})
	}
	for _, c := range []struct {
		name, format string
		o            Options
		want         string
	}{
		{"psql", "table", Options{Table: "psql", Thousands: true}, `
 city |         n |    amount
------+-----------+-----------
 東京 | 1,234,567 | -1,234.50
 eu   |      NULL |      0.05
`},
		{"box", "table", Options{Table: "box"}, `
┌──────┬─────────┬──────────┐
│ city │       n │   amount │
├──────┼─────────┼──────────┤
│ 東京 │ 1234567 │ -1234.50 │
│ eu   │    NULL │     0.05 │
└──────┴─────────┴──────────┘
`},
		{"box in ASCII only, without names, and cut", "table", Options{Table: "box", ASCII: true, NoHeader: true, Terminal: true, Width: 34}, `
+------+---------+----------+
| 東京 | 1234567 | -1234.50 |
| eu   |    NULL |     0.05 |
+------+---------+----------+
`},
		{"plain", "table", Options{Table: "plain"}, `
city        n    amount
東京  1234567  -1234.50
eu       NULL      0.05
`},
		{"compact", "table", Options{Table: "compact"}, `
city|      n|  amount
----+-------+--------
東京|1234567|-1234.50
eu  |   NULL|    0.05
`},
		{"a total", "table", Options{Total: true}, `
 city |           n |   amount
------+-------------+----------
 東京 |     1234567 | -1234.50
 eu   |        NULL |     0.05
- total of 2 rows --+----------
      | 1234567 (1) | -1234.45
`},
		{"a total in a box", "table", Options{Table: "box", Total: true, Thousands: true}, `
┌──────┬───────────────┬───────────┐
│ city │             n │    amount │
├──────┼───────────────┼───────────┤
│ 東京 │     1,234,567 │ -1,234.50 │
│ eu   │          NULL │      0.05 │
├─ total of 2 rows ────┼───────────┤
│      │ 1,234,567 (1) │ -1,234.45 │
└──────┴───────────────┴───────────┘
`},
		{"a total without lines", "table", Options{Table: "plain", Total: true}, `
city            n    amount
東京      1234567  -1234.50
eu           NULL      0.05
total of 2 rows
      1234567 (1)  -1234.45
`},
		{"a total in Markdown", "markdown", Options{Total: true}, `
| city |           n |   amount |
| ---- | ----------: | -------: |
| 東京 |     1234567 | -1234.50 |
| eu   |        NULL |     0.05 |
| **total of 2 rows** | 1234567 (1) | -1234.45 |
`},
		{"digits of a record", "vertical", Options{Thousands: true, NoHeader: true}, `
city   | 東京
n      | 1,234,567
amount | -1,234.50

city   | eu
n      | NULL
amount | 0.05
`},
	} {
		t.Run(c.format+": "+c.name, func(t *testing.T) { same(t, "\n"+written(t, c.format, c.o, cities()), c.want) })
	}
	t.Run("a total without rows, and with columns that come later", func(t *testing.T) {
		same(t, "\n"+written(t, "table", Options{Total: true}, batch(columns("n:integer"))), `
 n
---
- total of 0 rows

`)
		same(t, "\n"+written(t, "table", Options{Total: true}, batch(columns("n:integer"), line{1}), nil, batch(columns("n:integer", "m:integer"), line{2, 40})), `
 n
---
 1

 n |      m
---+--------
 2 |     40
- total of 2 rows
 3 | 40 (1)
`)
	})
	t.Run("a box that is flushed and widens", func(t *testing.T) {
		s := columns("source", "n:integer")
		same(t, "\n"+written(t, "table", Options{Table: "box"}, batch(s, line{"eu", 1}), nil, batch(columns("a"), line{"x"})), `
┌────────┬───┐
│ source │ n │
├────────┼───┤
│ eu     │ 1 │
└────────┴───┘

┌───┐
│ a │
├───┤
│ x │
└───┘
`)
	})
}

func TestASumIsExact(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []any
		want   string
	}{
		{"integers beyond 64 bits", []any{math.MaxInt, math.MaxInt, uint64(math.MaxUint64)}, "36893488147419103229"},
		{"the smallest", []any{math.MinInt, -1, 1}, "-9223372036854775808"},
		{"decimals of several scales", []any{decimal("0.1"), decimal("0.02"), 3}, "3.12"},
		{"decimals that are long", []any{decimal("12345678901234567890.10"), decimal("-12345678901234567890.09")}, "0.01"},
		{"exponents", []any{decimal("1E+20"), decimal("1.5e-3")}, "100000000000000000000.0015"},
		{"floats that cancel out", []any{1e100, 1.0, -1e100}, "1"},
		{"floats keep their digits", []any{0.1, 0.2}, "0.30000000000000004"},
		{"floats and decimals", []any{0.5, decimal("0.25")}, "0.75"},
		{"no number", []any{1.5, math.NaN()}, "NaN"},
		{"infinities", []any{math.Inf(1), 1}, "Infinity"},
		{"opposite infinities", []any{math.Inf(1), decimal("-Infinity")}, "NaN"},
		{"an exponent that would take all memory", []any{decimal("1E+999999999")}, "NaN"},
	} {
		b := batch(columns("v:any"))
		for _, v := range c.values {
			add(b, v)
			b.EndRow()
		}
		var all totals
		for i := range b.Rows() {
			all.add(b, 0, b.Row(i)[0])
		}
		if got := string(all.sums[0].append(nil)); got != c.want || all.sums[0].values != int64(len(c.values)) {
			t.Errorf("%s: %s of %d, want %s", c.name, got, all.sums[0].values, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var s sum
		want := new(big.Rat)
		for range rapid.IntRange(1, 20).Draw(t, "numbers") {
			n, scale := rapid.Int64().Draw(t, "n"), rapid.IntRange(0, 6).Draw(t, "scale")
			s.units(n, scale)
			want.Add(want, new(big.Rat).SetFrac(big.NewInt(n), pow10(scale)))
		}
		if got, ok := new(big.Rat).SetString(string(s.append(nil))); !ok || got.Cmp(want) != 0 {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

func TestGroupedDigits(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "1": "1", "999": "999", "1000": "1,000", "-1000": "-1,000", "1234567.1234567": "1,234,567.1234567",
		"1e+21": "1e+21", "1234E+20": "1234E+20", "NaN": "NaN", "-Infinity": "-Infinity", "12345678901234567890": "12,345,678,901,234,567,890",
	} {
		if got := string(group([]byte("x"+in), 1)); got != "x"+want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// A value or a name of one megabyte takes one megabyte, whatever the number of rows.
func TestAHugeValueIsNoMeasureForOtherRows(t *testing.T) {
	const huge, rows = 1 << 20, 300
	lines := slices.Repeat([]line{{"y", "z", 1}}, rows)
	lines[7] = line{"y", strings.Repeat("x", huge), 1}
	one := batch(columns("k", "v", "n:integer"), lines...)
	lines[7] = line{"y", "z", 1}
	named := batch(columns("k", strings.Repeat("n", huge), "n:integer"), lines...)
	for _, name := range []string{"table", "markdown", "vertical"} {
		f, _ := Formats.ByName(name)
		for _, style := range TableStyleNames() {
			for what, b := range map[string]*row.Batch{"value": one, "name": named} {
				if name == "vertical" && what == "name" { // vertical repeats the names in each row
					continue
				}
				var out strings.Builder
				w := f.New(&out, Options{Table: style, Total: name != "vertical"})
				if err := errors.Join(w.Write(b), w.Close()); err != nil {
					t.Fatal(err)
				}
				if got := out.Len(); got < huge || got > huge+rows*4*(mostPadded+100) {
					t.Errorf("%s (%s), %s: %d bytes", name, style, what, got)
				}
			}
		}
	}
}
