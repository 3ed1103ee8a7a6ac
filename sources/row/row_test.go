// The text of values, and that a batch returns what was appended.

package row

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func text(fill func(*Batch)) string {
	b := NewBatch(&Schema{Columns: []Column{{Name: "v"}}})
	defer b.Release()
	fill(b)
	return string(b.AppendText(nil, b.Cells[0]))
}

func TestCanonicalText(t *testing.T) {
	for name, c := range map[string]struct {
		fill func(*Batch)
		want string
	}{
		"NULL prints nothing":               {func(b *Batch) { b.Null() }, ""},
		"true":                              {func(b *Batch) { b.Bool(true) }, "true"},
		"false":                             {func(b *Batch) { b.Bool(false) }, "false"},
		"the smallest integer":              {func(b *Batch) { b.Int(math.MinInt64) }, "-9223372036854775808"},
		"the largest unsigned integer":      {func(b *Batch) { b.Uint(math.MaxUint64) }, "18446744073709551615"},
		"zero":                              {func(b *Batch) { b.Int(0) }, "0"},
		"a decimal keeps its scale":         {func(b *Batch) { b.Decimal([]byte("1.10")) }, "1.10"},
		"a decimal below one":               {func(b *Batch) { b.Decimal([]byte("-0.05")) }, "-0.05"},
		"a negative zero keeps its sign":    {func(b *Batch) { b.Decimal([]byte("-0.00")) }, "-0.00"},
		"a decimal past 18 digits":          {func(b *Batch) { b.Decimal([]byte("12345678901234567890.123")) }, "12345678901234567890.123"},
		"a decimal that is not a number":    {func(b *Batch) { b.Decimal([]byte("NaN")) }, "NaN"},
		"a double":                          {func(b *Batch) { b.Float(0.1) }, "0.1"},
		"a double that is whole":            {func(b *Batch) { b.Float(1e14) }, "100000000000000"},
		"a large double has an exponent":    {func(b *Batch) { b.Float(1e15) }, "1e+15"},
		"a small double has an exponent":    {func(b *Batch) { b.Float(0.00001) }, "1e-05"},
		"a negative zero double":            {func(b *Batch) { b.Float(math.Copysign(0, -1)) }, "-0"},
		"an infinite double":                {func(b *Batch) { b.Float(math.Inf(-1)) }, "-Infinity"},
		"a single":                          {func(b *Batch) { b.Float32(1.1) }, "1.1"},
		"a single of 1e-4":                  {func(b *Batch) { b.Float32(1e-4) }, "0.0001"},
		"a single below 1e-4":               {func(b *Batch) { b.Float32(9.999e-5) }, "9.999e-05"},
		"a single of 2^24":                  {func(b *Batch) { b.Float32(16777216) }, "1.6777216e+07"},
		"a date":                            {func(b *Batch) { b.DateText([]byte("2024-02-29")) }, "2024-02-29"},
		"an impossible date stays":          {func(b *Batch) { b.DateText([]byte("2023-02-29")) }, "2023-02-29"},
		"a zero date stays":                 {func(b *Batch) { b.DateText([]byte("0000-00-00")) }, "0000-00-00"},
		"a date before Christ stays":        {func(b *Batch) { b.DateText([]byte("0044-03-15 BC")) }, "0044-03-15 BC"},
		"a timestamp":                       {func(b *Batch) { b.TimestampText([]byte("2024-01-31 08:30:00.250"), false) }, "2024-01-31T08:30:00.25"},
		"a timestamp before 1970":           {func(b *Batch) { b.TimestampText([]byte("1969-12-31 23:59:59.999999"), false) }, "1969-12-31T23:59:59.999999"},
		"an instant":                        {func(b *Batch) { b.TimestampText([]byte("2024-01-31 08:30:00+00"), true) }, "2024-01-31T08:30:00Z"},
		"an infinite instant stays":         {func(b *Batch) { b.TimestampText([]byte("infinity"), true) }, "infinity"},
		"a year past 9999 stays":            {func(b *Batch) { b.TimestampText([]byte("10000-01-01 00:00:00"), false) }, "10000-01-01 00:00:00"},
		"a zone where none belongs stays":   {func(b *Batch) { b.TimestampText([]byte("2024-01-31 08:30:00+02"), false) }, "2024-01-31 08:30:00+02"},
		"bytes are hexadecimal":             {func(b *Batch) { b.Blob([]byte{0, 0xff}) }, `\x00ff`},
		"no bytes":                          {func(b *Batch) { b.Blob(nil) }, `\x`},
		"text is untouched":                 {func(b *Batch) { b.TextString("a\x00\"é") }, "a\x00\"é"},
		"text that is not UTF-8 is escaped": {func(b *Batch) { b.Text([]byte("a\xff\xc3é")) }, `a\xff\xc3é`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := text(c.fill); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestInvalidTextIsFlagged(t *testing.T) {
	b := NewBatch(&Schema{Columns: []Column{{}}})
	if b.Text([]byte{0xff}) || b.Cells[0].Flags&Escaped == 0 {
		t.Error("invalid UTF-8 was not flagged")
	}
	if !b.TextString("ok") || b.Cells[1].Flags&Escaped != 0 {
		t.Error("valid UTF-8 was flagged")
	}
}

// Storing a number or a date in value form never changes its text.
func TestDecimalsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,20})?`).Draw(t, "decimal")
		if got := text(func(b *Batch) { b.Decimal([]byte(s)) }); got != s {
			t.Fatalf("%q became %q", s, got)
		}
		sign, digits := "", s
		if s[0] == '-' {
			sign, digits = "-", s[1:]
		}
		padded := sign + strings.Repeat("0", rapid.IntRange(1, 40).Draw(t, "zeros")) + digits
		if got := text(func(b *Batch) { b.Decimal([]byte(padded)) }); got != s {
			t.Fatalf("%q became %q, want %q", padded, got, s)
		}
	})
}

func TestADecimalIsANumberHoweverItIsPadded(t *testing.T) {
	for from, want := range map[string]string{
		"007.50": "7.50", "-007.50": "-7.50", "000": "0", "-000.0": "-0.0", "00.5": "0.5", ".5": "0.5", "-.5": "-0.5",
		"0000000000000000000000000000000000000000.1": "0.1",
		"00012345678901234567890.5":                  "12345678901234567890.5",
		"0":                                          "0", "NaN": "NaN", "": "", "-": "-", ".": ".", "0x1": "0x1", "5.": "5.",
	} {
		if got := text(func(b *Batch) { b.Decimal([]byte(from)) }); got != want {
			t.Errorf("%q became %q, want %q", from, got, want)
		}
	}
}

func TestEveryDayAgreesWithTime(t *testing.T) {
	day := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	for n := int64(FirstDay); n <= LastDay; n++ {
		y, m, d := civilFromDays(n)
		if wy, wm, wd := day.Date(); y != wy || m != int(wm) || d != wd || daysFromCivil(y, m, d) != n {
			t.Fatalf("day %d is %d-%d-%d, want %s", n, y, m, d, day.Format(time.DateOnly))
		}
		day = day.AddDate(0, 0, 1)
	}
}

func TestTimestampsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		micros := rapid.Int64Range(FirstDay*MicrosPerDay, (LastDay+1)*MicrosPerDay-1).Draw(t, "micros")
		want := time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.999999")
		if got := string(appendTimestamp(nil, micros)); got != want {
			t.Fatalf("%d became %s, want %s", micros, got, want)
		}
		if got, ok := parseTimestamp([]byte(strings.Replace(want, "T", " ", 1)), false); !ok || got != micros {
			t.Fatalf("%s was read as %d, want %d", want, got, micros)
		}
	})
}

func TestTimestampTextThatIsNotOneStays(t *testing.T) {
	for _, s := range []string{
		"", "2024-01-31", "2024-01-31 24:00:00", "2024-01-31 08:30:60", "2024-01-31 08:30:00.", "2024-01-31 08:30:00.1234567",
		"2024-01-31 08:30:00 BC", "2024-01-31x08:30:00", "0000-00-00 00:00:00", "2020-02-30 00:00:00",
	} {
		if got := text(func(b *Batch) { b.TimestampText([]byte(s), true) }); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func TestFloatsRoundTrip(t *testing.T) {
	for range 100_000 {
		v := math.Float64frombits(rand.Uint64())
		got, err := strconv.ParseFloat(text(func(b *Batch) { b.Float(v) }), 64)
		if v == v && (err != nil || got != v) {
			t.Fatalf("%b became %b (%v)", v, got, err)
		}
	}
}

func TestABatchGivesBackItsRows(t *testing.T) {
	s := &Schema{Columns: []Column{{Name: "id"}, {Name: "name"}}}
	b := NewBatch(s)
	full := false
	n := 0
	for ; !full; n++ {
		b.Int(int64(n))
		b.TextString(strconv.Itoa(n))
		full = b.EndRow()
	}
	if n != MaxRows || b.Rows() != MaxRows {
		t.Fatalf("full after %d rows, want %d", n, MaxRows)
	}
	for i := range b.Rows() {
		r := b.Row(i)
		if len(r) != 2 || int(r[0].Bits) != i || string(b.Bytes(r[1])) != strconv.Itoa(i) {
			t.Fatalf("row %d is %v", i, r)
		}
	}
}

func TestABatchIsFullByBytes(t *testing.T) {
	b := NewBatch(&Schema{Columns: []Column{{}}})
	b.Text(make([]byte, MaxBytes))
	if !b.EndRow() {
		t.Error("a batch past MaxBytes is not full")
	}
}

func TestRowsWithoutColumnsCount(t *testing.T) {
	b := NewBatch(&Schema{})
	b.EndRow()
	b.EndRow()
	if b.Rows() != 2 || len(b.Row(1)) != 0 {
		t.Errorf("%d rows of %d cells, want 2 of 0", b.Rows(), len(b.Row(1)))
	}
}

func TestAppendedRowsAreThoseOfBoth(t *testing.T) {
	s := &Schema{Columns: []Column{{}, {}}}
	fill := func(words ...string) *Batch {
		b := NewBatch(s)
		for i, w := range words {
			b.TextString(w)
			b.Int(int64(i))
			b.EndRow()
		}
		return b
	}
	b := fill("one", "", "three")
	b.Append(fill())
	b.Append(fill("four", "five"))
	want := []string{"one", "", "three", "four", "five"}
	for i, w := range want {
		if r := b.Row(i); string(b.Bytes(r[0])) != w || int(r[1].Bits) != i%3 {
			t.Errorf("row %d is %q, %d; want %q", i, b.Bytes(r[0]), r[1].Bits, w)
		}
	}
	if b.Rows() != len(want) {
		t.Errorf("%d rows", b.Rows())
	}
}

func TestCompactKeepsTheRowsAndDropsTheRest(t *testing.T) {
	b := NewBatch(&Schema{Columns: []Column{{}}})
	b.Arena = make([]byte, 0, 1<<20)
	b.TextString("kept")
	b.EndRow()
	b = b.Compact()
	if b.Footprint() > 2048 || b.Rows() != 1 || string(b.Bytes(b.Row(0)[0])) != "kept" {
		t.Errorf("%d bytes, %d rows", b.Footprint(), b.Rows())
	}
}

func TestRowsAreCopiedOneByOneAndCut(t *testing.T) {
	wide := &Schema{Columns: []Column{{Name: "t"}, {Name: "n"}, {Name: "more"}}}
	narrow := &Schema{Columns: wide.Columns[:2]}
	from, to := NewBatch(wide), NewBatch(narrow)
	for i := range 5 {
		from.TextString(fmt.Sprint("text ", i))
		from.Int(int64(i))
		from.TextString("left out")
		from.EndRow()
	}
	for _, i := range []int{3, 0, 3, 4} {
		if to.AppendRow(from, i) {
			t.Error("a batch of four rows is full")
		}
	}
	from.Release()
	show := func() (got []string) {
		for i := range to.Rows() {
			got = append(got, fmt.Sprintf("%s %d", to.Bytes(to.Row(i)[0]), to.Row(i)[1].Bits))
		}
		return got
	}
	if got := show(); !slices.Equal(got, []string{"text 3 3", "text 0 0", "text 3 3", "text 4 4"}) {
		t.Errorf("copied %q", got)
	}
	if to.Cut(1, 3); !slices.Equal(show(), []string{"text 0 0", "text 3 3"}) {
		t.Errorf("cut to %q", show())
	}
	if to.Cut(1, 1); to.Rows() != 0 || len(to.Cells) != 0 {
		t.Errorf("cut to %q", show())
	}
}
