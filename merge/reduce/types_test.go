// Types and values: loaded into DuckDB and read back.

package reduce

import (
	"errors"
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
		want   string // the distinct values in order of arrival
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
		r := reduced(t, "select x from rows", 1, one("eu", c.kind, c.cells...))
		if r.err != nil {
			t.Errorf("%s: %v", c.kind, r.err)
			continue
		}
		if got := strings.Join(r.lines[1:], " "); got != c.want || r.kinds[0] != c.kind {
			t.Errorf("%s came back as %s %q, want %q", c.kind, r.kinds[0], got, c.want)
		}
		if got := reduced(t, "select distinct typeof(x) from rows", 1, one("eu", c.kind, c.cells...)); got.lines[1] != c.duckdb {
			t.Errorf("%s is %s in DuckDB, want %s", c.kind, got.lines[1], c.duckdb)
		}
	}
}

func TestColumnsOfSeveralTypesHoldEachValueExactly(t *testing.T) {
	const big = 9007199254740993 // not representable as a double
	for name, c := range map[string]struct {
		sources []given
		duckdb  string
		want    string
		warning string
	}{
		"any of integers":              {[]given{one("eu", row.Any, integer(1), null, integer(2))}, "BIGINT", "1 NULL 2", ""},
		"any of text":                  {[]given{one("eu", row.Any, txt("a"))}, "VARCHAR", "a", ""},
		"any of bytes":                 {[]given{one("eu", row.Any, bin("a"))}, "BLOB", `\x61`, ""},
		"any of numbers":               {[]given{one("eu", row.Any, integer(1), flt(0.5))}, "DOUBLE", "1 0.5", ""},
		"any with a large integer":     {[]given{one("eu", row.Any, integer(big), flt(0.1), flt(1.5e-7))}, "DECIMAL(38,8)", "9007199254740993.00000000 0.10000000 0.00000015", ""},
		"a large power of two":         {[]given{one("eu", row.Any, integer(1<<62), flt(0.5))}, "DOUBLE", "4.611686018427388e+18 0.5", ""},
		"floats with no decimal":       {[]given{one("eu", row.Any, integer(big), flt(1e300))}, "VARCHAR", "9007199254740993 1e+300", `column "x" holds integer and float values that neither a double nor a decimal holds exactly`},
		"infinity and large integers":  {[]given{one("eu", row.Any, integer(big), flt(math.Inf(1)))}, "VARCHAR", "9007199254740993 Infinity", "neither a double nor a decimal"},
		"any of mixed kinds":           {[]given{one("eu", row.Any, integer(1), txt("a"), flt(1), bin("z"))}, "VARCHAR", `1 a 1 \x7a`, `eu: column "x" holds integer and float and text and bytes values: taken as text in the reduce`},
		"any without a value":          {[]given{one("eu", row.Any, null)}, `"NULL"`, "NULL", ""},
		"null":                         {[]given{one("eu", row.Null, null)}, `"NULL"`, "NULL", ""},
		"integers, signed and not":     {[]given{one("eu", row.Int, integer(-1)), one("us", row.Uint, unsigned(math.MaxUint64))}, "DECIMAL(38,0)", "-1 18446744073709551615", ""},
		"integers and decimals":        {[]given{one("eu", row.Int, integer(math.MinInt64)), one("us", row.Decimal, dec("1.25"))}, "DECIMAL(38,2)", "-9223372036854775808.00 1.25", ""},
		"integers and floats":          {[]given{one("eu", row.Int, integer(7)), one("us", row.Float, flt(0.5))}, "DOUBLE", "7 0.5", "is integer in one source and float in another: taken as float"},
		"large integers and floats":    {[]given{one("eu", row.Int, integer(big)), one("us", row.Float, flt(0.5))}, "DOUBLE", "9.007199254740992e+15 0.5", "taken as float"},
		"decimals and floats":          {[]given{one("eu", row.Decimal, dec("1.10")), one("us", row.Float, flt(0.1))}, "DOUBLE", "1.1 0.1", "taken as float"},
		"an empty float among them":    {[]given{one("eu", row.Int, integer(7)), one("us", row.Float)}, "DOUBLE", "7", "taken as float"},
		"long decimals and floats":     {[]given{one("eu", row.Decimal, dec("12345678901234567890.5")), one("us", row.Float, flt(0.25))}, "DOUBLE", "1.2345678901234567e+19 0.25", "taken as float"},
		"scales differ":                {[]given{one("eu", row.Decimal, dec("1.5")), one("us", row.Decimal, dec("-0.001"), dec("7"))}, "DECIMAL(38,3)", "1.500 -0.001 7.000", ""},
		"dates and timestamps":         {[]given{one("eu", row.Date, day("2026-01-31"), day("infinity"), day("0044-03-15 BC")), one("us", row.Timestamp, stamp("2026-02-01 08:00:00"))}, "TIMESTAMP", "2026-01-31T00:00:00 infinity 0044-03-15 00:00:00 BC 2026-02-01T08:00:00", ""},
		"numbers and text":             {[]given{one("eu", row.Decimal, dec("1.10")), one("us", row.Text, txt("a"))}, "VARCHAR", "1.10 a", "taken as text"},
		"truth and numbers":            {[]given{one("eu", row.Bool, truth(true), truth(false), null), one("us", row.Int, integer(-7))}, "BIGINT", "1 0 NULL -7", `eu: column "x" holds boolean and integer values: booleans taken as 0 and 1 in the reduce`},
		"truth and unsigned numbers":   {[]given{one("eu", row.Uint, unsigned(math.MaxUint64)), one("us", row.Bool, truth(true))}, "UBIGINT", "18446744073709551615 1", "taken as 0 and 1"},
		"truth and floats":             {[]given{one("eu", row.Bool, truth(true)), one("us", row.Any, flt(0.5))}, "DOUBLE", "1 0.5", "boolean and float values: booleans taken as 0 and 1"},
		"truth and decimals":           {[]given{one("eu", row.Bool, truth(true)), one("us", row.Any, dec("0.25"))}, "DECIMAL(38,2)", "1.00 0.25", "boolean and decimal values: booleans taken as 0 and 1"},
		"truth and text":               {[]given{one("eu", row.Bool, truth(true)), one("us", row.Int, integer(1)), one("ap", row.Any, txt("false"), txt("7"))}, "DECIMAL(38,0)", "1 1 0 7", "boolean and integer and decimal values: booleans taken as 0 and 1 in the reduce"},
		"a column that one lacks":      {[]given{one("eu", row.Int, integer(1)), {name: "us", cols: cols("y", row.Int), rows: [][]fill{{integer(2)}}}}, "BIGINT", "1 NULL", ""},
		"a zero date taken as text":    {[]given{one("eu", row.Date, day("0000-00-00")), one("us", row.Text, txt("a"))}, "VARCHAR", "0000-00-00 a", "taken as text"},
		"JSON that is not UTF-8":       {[]given{one("eu", row.JSON, jsn("\"\xff\""))}, "JSON", `"\xff"`, ""},
		"a float32 by its digits":      {[]given{one("eu", row.Float, single(0.1), single(16777216), single(1e30))}, "DOUBLE", "0.1 16777216 1e+30", ""},
		"a float32 and a decimal":      {[]given{one("eu", row.Float, single(0.1)), one("us", row.Decimal, dec("0.1"))}, "DOUBLE", "0.1 0.1", "taken as float"},
		"stored reals and decimals":    {[]given{one("eu", row.Decimal, dec("1.10")), one("us", row.Any, flt(12.5), integer(3), txt("0.001"))}, "DECIMAL(38,3)", "1.100 12.500 3.000 0.001", ""},
		"stored reals and integers":    {[]given{one("eu", row.Int, integer(1)), one("us", row.Any, flt(12.5))}, "DECIMAL(38,1)", "1.0 12.5", ""},
		"stored integers and integers": {[]given{one("eu", row.Int, integer(1)), one("us", row.Any, integer(2))}, "BIGINT", "1 2", ""},
		"stored integers and floats":   {[]given{one("eu", row.Float, flt(0.5)), one("us", row.Any, integer(2), txt("NaN"))}, "DOUBLE", "0.5 2 NaN", ""},
		"large stored integers":        {[]given{one("eu", row.Float, flt(0.5)), one("us", row.Any, integer(big))}, "DOUBLE", "0.5 9.007199254740992e+15", "holds numbers that no double holds exactly: taken as float"},
		"stored text and dates":        {[]given{one("eu", row.Date, day("2026-01-31")), one("us", row.Any, txt("2026-02-01"), txt("2026-02-02 00:00"), null)}, "DATE", "2026-01-31 2026-02-01 2026-02-02 NULL", ""},
		"stored text and timestamps":   {[]given{one("us", row.Any, txt("2026-01-31"), txt("2026-01-31T08:30")), one("eu", row.Timestamp, stamp("2026-01-31 08:30:00"))}, "TIMESTAMP", "2026-01-31T00:00:00 2026-01-31T08:30:00 2026-01-31T08:30:00", ""},
		"stored text and instants":     {[]given{one("eu", row.TimestampTZ, stampTZ("2026-01-31 08:30:00+00")), one("us", row.Any, txt("2026-01-31 08:30"), txt("2026-01-31 10:30+02:00"))}, "TIMESTAMP WITH TIME ZONE", "2026-01-31T08:30:00Z 2026-01-31T08:30:00Z 2026-01-31T08:30:00Z", ""},
		"dates, stored text, instants": {[]given{one("eu", row.Date, day("2026-01-31")), one("us", row.Any, txt("2026-01-31 08:30:00")), one("my", row.Timestamp)}, "TIMESTAMP", "2026-01-31T00:00:00 2026-01-31T08:30:00", ""},
		"stored text and times":        {[]given{one("eu", row.Time, clock("08:30:00")), one("us", row.Any, txt("08:30"))}, "TIME", "08:30:00 08:30:00", ""},
		"stored text and bytes":        {[]given{one("eu", row.Bytes, bin("a")), one("us", row.Any, txt(`\x62`), bin("c"))}, "BLOB", `\x61 \x62 \x63`, ""},
		"stored text and truth":        {[]given{one("eu", row.Bool, truth(true)), one("us", row.Any, txt("false"))}, "BOOLEAN", "true false", ""},
		"stored numbers and JSON":      {[]given{one("eu", row.JSON, jsn("[1]")), one("us", row.Any, integer(5), txt(`{"a": 1}`))}, "JSON", `[1] 5 {"a": 1}`, ""},
		"declared text and numbers":    {[]given{one("eu", row.Int, integer(7)), {name: "us", cols: []row.Column{{Name: "x", Type: row.Any, Declared: row.Text}}, rows: [][]fill{{txt("7")}, {bin("a")}}}}, "VARCHAR", `7 7 \x61`, "is integer in one source and text in another: taken as text"},
		"times with a zone":            {[]given{one("eu", row.Time, clock("08:30:00+02"), clock("24:00:00-12"), clock("23:59:59.5+05:30"), clock("00:00:00-03:30:15"), null, clock("00:00:00+15:59:59"))}, "TIME WITH TIME ZONE", "08:30:00+02 24:00:00-12 23:59:59.5+05:30 00:00:00-03:30:15 NULL 00:00:00+15:59:59", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := reduced(t, "select x from rows", len(c.sources), c.sources...)
			if r.err != nil {
				t.Fatal(r.err)
			}
			if got := strings.Join(r.lines[1:], " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if got := r.warnings(); !strings.Contains(got, c.warning) || c.warning == "" && strings.Contains(got, "taken") {
				t.Errorf("the warnings are %q, want %q", got, c.warning)
			} else if strings.Count(got, `column "x" `) > 1 {
				t.Errorf("two warnings of one column: %q", got)
			}
			want(t, reduced(t, "select distinct typeof(x) as t from rows", len(c.sources), c.sources...), "t", c.duckdb)
		})
	}
}

func TestAnInvalidValueInAnUnusedColumnDoesNoHarm(t *testing.T) {
	want(t, reduced(t, "select count(*) as n from rows", 2,
		one("eu", row.Decimal, dec("1")), one("my", row.Decimal, dec("NaN"))), "n", "2")
}

func TestAValueThatItsTypeCannotHoldFailsItsSource(t *testing.T) {
	for name, c := range map[string]struct {
		source given
		text   string
	}{
		"zero date":          {given{name: "my", cols: cols("x", row.Date, "n", row.Decimal), rows: [][]fill{{day("0000-00-00"), null}}}, `column "x" holds "0000-00-00", which is no DATE of DuckDB's: cast it in the query`},
		"impossible date":    {given{name: "my", cols: cols("x", row.Timestamp, "n", row.Decimal), rows: [][]fill{{stamp("2026-02-30 00:00:00"), null}}}, `"2026-02-30 00:00:00", which is no TIMESTAMP`},
		"a long duration":    {given{name: "my", cols: cols("x", row.Time, "n", row.Any), rows: [][]fill{{clock("838:59:59"), null}}}, `"838:59:59", which is no TIME`},
		"a negative time":    {given{name: "my", cols: cols("x", row.Time, "n", row.Any), rows: [][]fill{{clock("-01:00:00"), null}}}, "no TIME"},
		"times of two kinds": {one("my", row.Time, clock("08:00:00+02"), clock("08:00:00")), `column "x" holds times of day with a zone and without one, which do not meet`},
		"too far a zone":     {one("my", row.Time, clock("08:00:00+16")), "no TIME"},
		"a date alone":       {one("my", row.Date, day("2026-01-31"), day("0000-00-00")), `column "x" holds "0000-00-00", which is no DATE of DuckDB's`},
		"a time alone":       {one("my", row.Time, clock("08:30:00"), clock("838:59:59")), "no TIME"},
		"a timestamp alone":  {one("my", row.Timestamp, stamp("2026-00-01 00:00:00")), "no TIMESTAMP"},
		"with zone alone":    {one("my", row.TimestampTZ, stampTZ("2026-00-01 00:00:00+00")), "no TIMESTAMPTZ"},
		"NaN":                {one("my", row.Decimal, dec("NaN")), `column "x" holds NaN, which no decimal of DuckDB's holds`},
		"39 digits":          {one("my", row.Decimal, dec("123456789012345678901234567890123456789")), "holds 123456789012345678901234567890123456789, and a decimal of DuckDB's has at most 38 digits"},
		"digits both sides":  {one("my", row.Decimal, dec("12345678901234567890"), dec("0.12345678901234567890")), "needs 20 digits before the point and 20 after it"},
	} {
		t.Run(name, func(t *testing.T) {
			eu := given{name: "eu", cols: c.source.cols}
			r := reduced(t, "select count(x) as n from rows", 1, eu, c.source)
			want(t, r, "n", "0")
			if o := r.summary.Outcomes[1]; o.Err == nil || !strings.Contains(o.Err.Error(), c.text) {
				t.Errorf("the source ended with %v, want %q", o.Err, c.text)
			}
			if r = reduced(t, "select count(x) from rows", 2, eu, c.source); r.err != nil || r.lines != nil {
				t.Errorf("with all required: %v %v", r.err, r.lines)
			}
		})
	}
}

// If another source has a type for the column, the values of a source without types are
// read as that type, or the source fails. If two sources have times of different kinds,
// the later one fails.
func TestAValueThatCannotBeReadFailsItsSource(t *testing.T) {
	for name, c := range map[string]struct {
		eu, us given
		text   string
	}{
		"text beside dates":        {one("eu", row.Date), one("us", row.Any, txt("soon")), `column "x" holds "soon", which is no date, as in eu: cast it in the query`},
		"a number beside dates":    {one("eu", row.Date), one("us", row.Any, integer(20260131)), `column "x" holds integer 20260131, which is no date, as in eu`},
		"a time beside dates":      {one("eu", row.Date), one("us", row.Any, txt("2026-01-31 08:30")), `which is no date, as in eu, since it has a time`},
		"a zone beside timestamps": {one("eu", row.Timestamp), one("us", row.Any, txt("2026-01-31 08:30Z")), `which is no timestamp, as in eu, since it has a zone`},
		"text beside numbers":      {one("eu", row.Decimal), one("us", row.Any, txt("007")), `column "x" holds "007", which is no decimal, as in eu`},
		"NaN beside decimals":      {one("eu", row.Decimal), one("us", row.Any, flt(math.NaN())), `column "x" holds NaN, which no decimal of DuckDB's holds`},
		"a zero date":              {one("eu", row.Date), one("us", row.Any, txt("0000-00-00")), `"0000-00-00", which is no DATE of DuckDB's`},
		"instants and timestamps":  {one("eu", row.Timestamp), one("us", row.TimestampTZ), `column "x" is timestamp with time zone here and timestamp in eu, which do not meet: say which instants those of eu are (timestamps_in), or cast one of them`},
		"times with a zone":        {one("eu", row.Time, clock("08:00:00")), one("us", row.Time, clock("08:00:00+00")), `times of day with a zone and without one`},
	} {
		t.Run(name, func(t *testing.T) {
			r := reduced(t, "select count(x) as n from rows where source <> 'eu'", 1, c.eu, c.us)
			want(t, r, "n", "0")
			if o := r.summary.Outcomes[1]; o.Err == nil || !strings.Contains(o.Err.Error(), c.text) || r.summary.Outcomes[0].Err != nil {
				t.Errorf("the sources ended with %v and %v, want %q", r.summary.Outcomes[0].Err, o.Err, c.text)
			}
			if r := reduced(t, "select count(*) as n from rows", 2, c.eu, c.us); r.err != nil || r.summary.Outcomes[1].Err != nil {
				t.Errorf("a query without the column: %v, %v", r.err, r.summary.Outcomes[1].Err)
			}
		})
	}
}

func TestNamesThatDifferInCaseGetASuffix(t *testing.T) {
	source := given{name: "eu", cols: cols("A", row.Int, "a", row.Int), rows: [][]fill{{integer(1), integer(2)}}}
	r := reduced(t, "select a, a_2 from rows", 1, source, given{name: "us", cols: cols("a", row.Int, "A", row.Int), rows: [][]fill{{integer(4), integer(3)}}})
	want(t, r, "A|a_2", "1|2", "3|4")
	if got := r.warnings(); !strings.Contains(got, `eu: column "a" is called "a_2" in the reduce, where names do not differ in case`) {
		t.Errorf("warnings %q", got)
	}
}

// Every type that DuckDB has, and how its values are returned.
func TestEveryTypeOfAResultIsExact(t *testing.T) {
	e := opened(t, Options{})
	for sql, want := range map[string]struct {
		kind  row.Kind
		value string
	}{
		"(-128)::tinyint":        {row.Int, "-128"},
		"(-32768)::smallint":     {row.Int, "-32768"},
		"255::utinyint":          {row.Int, "255"},
		"65535::usmallint":       {row.Int, "65535"},
		"4294967295::uinteger":   {row.Int, "4294967295"},
		"(-2147483648)::integer": {row.Int, "-2147483648"},
		"7::hugeint":             {row.Decimal, "7"},
		"(-170141183460469231731687303715884105728)::hugeint": {row.Decimal, "-170141183460469231731687303715884105728"},
		"340282366920938463463374607431768211455::uhugeint":   {row.Decimal, "340282366920938463463374607431768211455"},
		"10000000000000000000000000000000000000::uhugeint":    {row.Decimal, "10000000000000000000000000000000000000"},
		"1.5::decimal(4,2)":                             {row.Decimal, "1.50"},
		"-1.5::decimal(9,3)":                            {row.Decimal, "-1.500"},
		"0.05::decimal(18,2)":                           {row.Decimal, "0.05"},
		"-0.000000000000000000005::decimal(38,21)":      {row.Decimal, "-0.000000000000000000005"},
		"0.1::float":                                    {row.Float, "0.1"},
		"0.1::double":                                   {row.Float, "0.1"},
		"true":                                          {row.Bool, "true"},
		"'2026-01-31'::date":                            {row.Date, "2026-01-31"},
		"'0044-03-15 (BC)'::date":                       {row.Date, "0044-03-15 BC"},
		"'infinity'::date":                              {row.Date, "infinity"},
		"'08:30:00.000001'::time":                       {row.Time, "08:30:00.000001"},
		"'2026-01-31 08:30:00'::timestamp":              {row.Timestamp, "2026-01-31T08:30:00"},
		"'1969-12-31 23:59:59'::timestamp_s":            {row.Timestamp, "1969-12-31T23:59:59"},
		"'1969-12-31 23:59:59.5'::timestamp_ms":         {row.Timestamp, "1969-12-31T23:59:59.5"},
		"'-infinity'::timestamp_ms":                     {row.Timestamp, "-infinity"},
		"'2026-01-31 08:30:00.123456789'::timestamp_ns": {row.Text, "2026-01-31 08:30:00.123456789"},
		"'2026-01-31 08:30:00+02'::timestamptz":         {row.TimestampTZ, "2026-01-31T06:30:00Z"},
		"'290309-12-22 (BC) 00:00:00'::timestamp":       {row.Timestamp, "290309-12-22 00:00:00 BC"},
		"'08:30:00+02'::timetz":                         {row.Time, "08:30:00+02"},
		"'08:30:00.25-03:30'::timetz":                   {row.Time, "08:30:00.25-03:30"},
		"interval '1 month 2 days 3 seconds'":           {row.Text, "1 month 2 days 00:00:03"},
		"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid":  {row.Text, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		"'b'::enum('a', 'b')":                           {row.Text, "b"},
		"'0101'::bit":                                   {row.Text, "0101"},
		"[1, null, 3]":                                  {row.Text, "[1, NULL, 3]"},
		"{'a': 1, 'b': 'x'}":                            {row.Text, "{'a': 1, 'b': x}"},
		"map(['k'], [1.50])":                            {row.Text, "{k=1.50}"},
		"[1, 2]::integer[2]":                            {row.Text, "[1, 2]"},
		"union_value(n := 3)":                           {row.Text, "3"},
		`'\x00\xFF'::blob`:                              {row.Bytes, `\x00ff`},
		`'{"a": 1}'::json`:                              {row.JSON, `{"a": 1}`},
		"'it''s'":                                       {row.Text, "it's"},
		"'12345678901234567890123456789012345678901234567890'::bignum": {row.Text, "12345678901234567890123456789012345678901234567890"},
		"null": {row.Int, "NULL"},
	} {
		var got string
		var kind row.Kind
		text := "select " + sql + " as v; -- the end"
		err := errors.Join(e.Check(text), e.query(t.Context(), text, func(b *row.Batch) error {
			kind = b.Schema.Columns[0].Type
			got = strings.Join(shown(b), " ")
			return nil
		}))
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if wanted := want.kind.String() + " " + want.value; want.value != "NULL" && got != wanted || kind != want.kind {
			t.Errorf("%s came as %s %q, want %q", sql, kind, got, wanted)
		}
	}
}

func TestAResultWithTypesOfDuckDBsKeepsItsNamesAndOrder(t *testing.T) {
	r := reduced(t, `select [x] as "a b", x as "it's", [x] as "a b", 'é' from rows order by x desc -- last`, 1, one("eu", row.Int, integer(1), integer(3), integer(2)))
	want(t, r, "a b|it's|a b_2|'é'", "[3]|3|[3]|é", "[2]|2|[2]|é", "[1]|1|[1]|é")
}

func TestDuplicateNamesGetASuffix(t *testing.T) {
	eu, us := one("eu", row.Text, txt("a")), one("us", row.Text, txt("b"))
	r := reduced(t, `select eu.*, us.*, 1 as X, 2 as x_2, [3] as "X" from eu, us`, 2, eu, us)
	want(t, r, "x|x_3|X|x_2|X_2", "a|b|1|2|[3]")
}
