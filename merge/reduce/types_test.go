// Types and values: in, through DuckDB, and out again.

package reduce

import (
	"math"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/row"
)

func TestEveryKindComesBackAsItWas(t *testing.T) {
	for _, c := range []struct {
		kind   row.Kind
		duckdb string
		cells  []fill
		want   string // of distinct values in order of arrival
	}{
		{row.Bool, "BOOLEAN", []fill{truth(true), truth(false), null}, "true false NULL"},
		{row.Int, "BIGINT", []fill{integer(math.MinInt64), integer(math.MaxInt64), null, integer(0)}, "-9223372036854775808 9223372036854775807 NULL 0"},
		{row.Uint, "UBIGINT", []fill{unsigned(math.MaxUint64), unsigned(0)}, "18446744073709551615 0"},
		{row.Float, "DOUBLE", []fill{flt(0.1), flt(math.Inf(-1)), flt(math.NaN()), flt(5e-324), flt(1e300), flt(math.Copysign(0, -1))}, "0.1 -Infinity NaN 5e-324 1e+300 -0"},
		{row.Float, "DOUBLE", []fill{single(0.5)}, "0.5"},
		{row.Decimal, "DECIMAL(38,3)", []fill{dec("1.10"), dec("-0.005"), dec("12345678901234567890123456789012345"), null}, "1.100 -0.005 12345678901234567890123456789012345.000 NULL"},
		{row.Decimal, "DECIMAL(38,0)", []fill{dec("99999999999999999999999999999999999999"), dec("-99999999999999999999999999999999999999")}, "99999999999999999999999999999999999999 -99999999999999999999999999999999999999"},
		{row.Decimal, "DECIMAL(38,38)", []fill{dec("0.00000000000000000000000000000000000001"), dec("-0.12")}, "0.00000000000000000000000000000000000001 -0.12000000000000000000000000000000000000"},
		{row.Date, "DATE", []fill{day("2026-01-31"), day("infinity"), day("-infinity"), day("0044-03-15 BC"), day("0001-01-01"), day("9999-12-31"), day("12026-02-03")}, "2026-01-31 infinity -infinity 0044-03-15 BC 0001-01-01 9999-12-31 12026-02-03"},
		{row.Time, "TIME", []fill{clock("08:30:00"), clock("23:59:59.999999"), clock("24:00:00"), clock("00:00:00.25")}, "08:30:00 23:59:59.999999 24:00:00 00:00:00.25"},
		{row.Timestamp, "TIMESTAMP", []fill{stamp("2026-01-31 08:30:00.25"), stamp("infinity"), stamp("0044-03-15 08:30:00.5 BC"), stamp("9999-12-31 23:59:59.999999"), stamp("12026-02-03 00:00:00")}, "2026-01-31T08:30:00.25 infinity 0044-03-15 08:30:00.5 BC 9999-12-31T23:59:59.999999 12026-02-03 00:00:00"},
		{row.TimestampTZ, "TIMESTAMP WITH TIME ZONE", []fill{stampTZ("2026-01-31 08:30:00+00"), stampTZ("-infinity"), stampTZ("0044-03-15 08:30:00+00 BC")}, "2026-01-31T08:30:00Z -infinity 0044-03-15 08:30:00+00 BC"},
		{row.Text, "VARCHAR", []fill{txt(""), txt("twelve bytes"), txt("thirteen byte"), txt("naïve\x00zero"), txt(strings.Repeat("x", 5000))}, " twelve bytes thirteen byte naïve\x00zero " + strings.Repeat("x", 5000)},
		{row.JSON, "JSON", []fill{jsn(`{"a": [1, 2]}`), jsn("null")}, `{"a": [1, 2]} null`},
		{row.Bytes, "BLOB", []fill{bin("\x00\xff"), bin(""), bin(strings.Repeat("\xfe", 13))}, `\x00ff \x \x` + strings.Repeat("fe", 13)},
	} {
		r := reduced(t, Options{}, "select x from rows", 1, one("eu", c.kind, c.cells...))
		if r.err != nil {
			t.Errorf("%s: %v", c.kind, r.err)
			continue
		}
		if got := strings.Join(r.lines[1:], " "); got != c.want || r.kinds[0] != c.kind {
			t.Errorf("%s came back as %s %q, want %q", c.kind, r.kinds[0], got, c.want)
		}
		if got := reduced(t, Options{}, "select distinct typeof(x) from rows", 1, one("eu", c.kind, c.cells...)); got.lines[1] != c.duckdb {
			t.Errorf("%s is %s in DuckDB, want %s", c.kind, got.lines[1], c.duckdb)
		}
	}
}
