// Charts as text: what they show, which columns they use, and which queries are rejected.

package output

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/rivo/uniseg"

	"github.com/fanql/fanql/sources/row"
)

func drawn(t *testing.T, spec string, o Options, batches ...*row.Batch) (string, error) {
	t.Helper()
	c, err := ParseChart(spec)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	o.SourceColumn = "source"
	w := c.Format().New(&out, o)
	for _, b := range batches {
		if err := w.Write(b); err != nil {
			return "", err
		}
	}
	err = w.Close()
	return out.String(), err
}

func TestCharts(t *testing.T) {
	revenue := func() *row.Batch {
		return batch(columns("source", "category", "n:integer", "revenue:decimal"),
			line{"eu", "tea", 1, decimal("1000.50")}, line{"us", "tea", 2, decimal("500")}, line{"eu", "coffee", 3, nil}, line{"us", "coffee", 4, decimal("-250")})
	}
	days := func() *row.Batch {
		return batch(columns("source", "day:date", "n:integer"),
			line{"eu", day("2026-01-03"), 30}, line{"eu", day("2026-01-01"), 0}, line{"us", day("2026-01-01"), 10}, line{"eu", day("2026-01-02"), nil}, line{"us", day("2026-01-05"), 20})
	}
	for _, c := range []struct {
		name, spec string
		o          Options
		in         *row.Batch
		want       string
	}{
		{"bars of named columns", "bar x=category y=revenue by=source", Options{Width: 44, Thousands: true}, revenue(), `
tea     eu       ██████████████████ 1,000.50
        us       █████████ 500
coffee  eu       NULL
        us  █████ -250
`},
		{"bars of columns that are guessed, in ASCII", "bar", Options{Width: 40, ASCII: true}, revenue(), `
tea     eu  ####### 1
        us  ############# 2
coffee  eu  #################### 3
        us  ########################## 4
`},
		{"a part of a character", "bar", Options{Width: 30}, batch(columns("k", "v:float"), line{"a", 1.0}, line{"b", 0.52}, line{"東", 0.0}), `
a   █████████████████████ 1
b   ██████████▉ 0.52
東  0
`},
		{"lines", "line x=day y=n by=source", Options{Width: 40}, days(), `
30 │                 •
   │
   │
   │
   │
   │                              ×××××
   │                      ××××××××
15 │             ×××××××××
   │     ××××××××
   │×××××
   │
   │
   │
   │
 0 │•
   └───────────────────────────────────
    2026-01-01               2026-01-05
• eu   × us
`},
		{"sparks", "spark y=n", Options{Width: 60}, days(), `
eu  █▁   least 0, most 30, last 0
us  ▃▆  least 10, most 20, last 20
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := drawn(t, c.spec, c.o, c.in)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "\n"+got, c.want)
			for l := range strings.Lines(got) {
				if w := uniseg.StringWidth(strings.TrimRight(l, "\n")); w > c.o.Width {
					t.Errorf("%d wide: %q", w, l)
				}
			}
		})
	}
	for _, c := range []struct{ spec, want string }{
		{"pie", `"pie" is no kind of chart: give one of bar, line, spark`},
		{"bar size=3", `"size=3": give x=COLUMN, y=COLUMN or by=COLUMN after the kind`},
		{"bar x=", "x= needs the name of a column"},
		{"bar x=a x=b", "x is given twice"},
		{`bar x="a b`, `"bar x=\"a b": a quote is not closed`},
		{"bar x=categry", "a chart with x=categry: there is no such column: did you mean category?"},
		{"bar y=zzz", "a chart with y=zzz: there is no such column: the columns are source, category, n, revenue"},
	} {
		if _, err := drawn(t, c.spec, Options{}, revenue()); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v", c.spec, err)
		}
	}
	if _, err := drawn(t, "line", Options{}, batch(columns("a"), line{"x"})); err == nil || err.Error() != "a chart needs a column of numbers: the columns are a" {
		t.Error(err)
	}
	if got, err := drawn(t, "bar", Options{}, batch(columns("a", "n:integer"))); err != nil || got != "no rows to draw\n" {
		t.Errorf("%q, %v", got, err)
	}
	if got, _ := drawn(t, `bar x="a b" y=n`, Options{Width: 30, Color: true}, batch(columns("a b", "n:integer"), line{"\x1b[31m", 1})); !strings.Contains(got, `\x1b`) || strings.Contains(got, "\x1b") {
		t.Errorf("a hostile label: %q", got)
	}
}

// Each series has its own color if the terminal has enough colors. A chart can be read without
// colors.
func TestChartsHaveAsManyColorsAsTheTerminal(t *testing.T) {
	const series = 10
	var lines []line
	for i := range series {
		lines = append(lines, line{string(rune('a' + i)), "k", i + 1})
	}
	in := func() *row.Batch { return batch(columns("source", "k", "n:integer"), lines...) }
	plain, err := drawn(t, "bar x=k y=n by=source", Options{Width: 60}, in())
	if err != nil {
		t.Fatal(err)
	}
	escape := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for _, c := range []struct {
		many bool
		want int
	}{{false, len(colors)}, {true, series}} {
		got, err := drawn(t, "bar x=k y=n by=source", Options{Width: 60, Color: true, ManyColors: c.many}, in())
		if err != nil {
			t.Fatal(err)
		}
		different := map[string]bool{}
		for _, e := range escape.FindAllString(got, -1) {
			different[e] = e != "\x1b[0m"
		}
		if n := len(different) - 1; n != c.want {
			t.Errorf("many %v: %d colors, want %d", c.many, n, c.want)
		}
		same(t, escape.ReplaceAllString(got, ""), plain)
	}
}

// On a screen of 200 columns, a chart has 200 columns.
func TestAChartIsAsWideAsAWideScreen(t *testing.T) {
	in := func() *row.Batch {
		return batch(columns("k", "n:integer"), line{"few", 50}, line{"many", 100})
	}
	got, err := drawn(t, "bar", Options{Width: 200}, in())
	if err != nil {
		t.Fatal(err)
	}
	const room = 200 - len("many") - 2 - 1 - len("100")
	same(t, got, "few   "+strings.Repeat("█", room/2)+" 50\nmany  "+strings.Repeat("█", room)+" 100\n")
}

func TestChartsOfTheLeastAndTheGreatestNumbers(t *testing.T) {
	extremes := []float64{math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 0, 1, -1, 1e300}
	for _, kind := range ChartKinds {
		for _, a := range extremes {
			for _, b := range extremes {
				for _, spec := range []string{kind + " x=a y=b", kind + " x=b y=a", kind} {
					in := batch(columns("a:float", "b:float"), line{a, b}, line{b, a}, line{a, 0.0}, line{0.0, nil}, line{0.5, b})
					got, err := drawn(t, spec, Options{Width: 100}, in)
					if err != nil || strings.Contains(got, "Inf") || strings.Contains(got, "NaN") {
						t.Errorf("%s of %g and %g: %v\n%s", spec, a, b, err, got)
					}
					for l := range strings.Lines(got) {
						if uniseg.StringWidth(strings.TrimSuffix(l, "\n")) > 100 {
							t.Errorf("the %s of %g and %g is wider than the screen\n%s", spec, a, b, got)
						}
					}
				}
			}
		}
	}
	got, err := drawn(t, "bar", Options{Width: 40}, batch(columns("k", "v:float"), line{"a", math.MaxFloat64}, line{"b", -math.MaxFloat64}, line{"c", 0.0}))
	if want := "a        ██████ 1.7976931348623157e+308\nb  ██████ -1.7976931348623157e+308\nc        0\n"; err != nil || got != want {
		t.Errorf("%v\n%swant\n%s", err, got, want)
	}
}
