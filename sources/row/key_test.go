// Keys are ordered as the values are, and are equal only if the values are.

package row

import (
	"bytes"
	"cmp"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// keyOf returns the key of the cell that fill appends.
func keyOf(fill func(*Batch)) []byte {
	b := NewBatch(wide(1))
	defer b.Release()
	fill(b)
	return b.AppendKey(nil, b.Cells[0])
}

// The values of a line are equal, and less than those of the next line.
func TestKeysOfAllClassesInOrder(t *testing.T) {
	decimal := func(s string) func(*Batch) { return func(b *Batch) { b.Decimal([]byte(s)) } }
	date := func(s string) func(*Batch) { return func(b *Batch) { b.DateText([]byte(s)) } }
	stamp := func(s string) func(*Batch) { return func(b *Batch) { b.TimestampText([]byte(s), false) } }
	instant := func(s string) func(*Batch) { return func(b *Batch) { b.TimestampText([]byte(s), true) } }
	clock := func(s string) func(*Batch) { return func(b *Batch) { b.Exact(Time, []byte(s)) } }
	text := func(s string) func(*Batch) { return func(b *Batch) { b.TextString(s) } }
	ascending := [][]func(*Batch){
		{(*Batch).Null},
		{decimal("-Infinity"), func(b *Batch) { b.Float(math.Inf(-1)) }},
		{decimal("-123456789012345678901234567890.5")},
		{func(b *Batch) { b.Int(math.MinInt64) }, decimal("-9223372036854775808")},
		{decimal("-1.1"), decimal("-1.100")},
		{decimal("-1"), func(b *Batch) { b.Int(-1) }, func(b *Batch) { b.Float(-1) }},
		{decimal("-0.5")},
		{decimal("0"), decimal("0.00"), decimal("-0.00"), func(b *Batch) { b.Float(math.Copysign(0, -1)) }, func(b *Batch) { b.Bool(false) }},
		{func(b *Batch) { b.Float(5e-324) }, decimal("5e-324")},
		{func(b *Batch) { b.Float(0.1) }, func(b *Batch) { b.Float32(0.1) }, decimal("0.1"), decimal("0.10")},
		{decimal("0.1000000000000000055511151231257827")},
		{func(b *Batch) { b.Bool(true) }, func(b *Batch) { b.Int(1) }, func(b *Batch) { b.Uint(1) }, decimal("1.000000000000000000000")},
		{func(b *Batch) { b.Int(9007199254740992) }, func(b *Batch) { b.Float(9007199254740992) }},
		{func(b *Batch) { b.Int(9007199254740993) }},
		{func(b *Batch) { b.Uint(math.MaxUint64) }, decimal("18446744073709551615")},
		{func(b *Batch) { b.Float(math.MaxFloat64) }},
		{decimal("Infinity"), func(b *Batch) { b.Float(math.Inf(1)) }},
		{decimal("NaN"), func(b *Batch) { b.Float(math.NaN()) }},

		{date("-infinity"), stamp("-infinity")},
		{date("4713-01-01 BC")},
		{date("0001-12-31 BC"), stamp("0001-12-31 00:00:00 BC")},
		{date("0001-01-01")},
		{date("2020-02-29"), stamp("2020-02-29 00:00:00"), instant("2020-02-29 00:00:00+00")},
		{stamp("2020-02-29 00:00:00.000001")},
		{date("2020-03-01")},
		{date("2020-02-30")}, // this day does not exist, so it equals neither of its neighbours
		{stamp("9999-12-31 23:59:59.999999")},
		{date("10000-01-01"), stamp("10000-01-01 00:00:00")},
		{stamp("294276-12-31 23:59:59.999999")},
		{date("5874897-12-31")},
		{date("infinity"), instant("infinity")},

		{clock("-838:59:59")},
		{clock("00:00:00"), clock("00:00:00.000")},
		{clock("12:00:00+02")},
		{clock("10:00:00+00")},
		{clock("08:00:00-02")},
		{clock("10:00:00.000001")},
		{clock("24:00:00")},
		{clock("838:59:59")},
		{clock("noon")},

		{text("")},
		{text("\x00")},
		{text("\x00\x00")},
		{text("\x00a")},
		{text("a"), func(b *Batch) { b.JSON([]byte("a")) }},
		{text("a\x00")},
		{text("a\x00b")},
		{text("ab")},
		{text("b")},
		{text("é")},

		{func(b *Batch) { b.Blob(nil) }},
		{func(b *Batch) { b.Blob([]byte{0}) }},
		{func(b *Batch) { b.Blob([]byte{0xff}) }},
	}
	var last []byte
	for i, equal := range ascending {
		first := keyOf(equal[0])
		if bytes.Compare(last, first) >= 0 {
			t.Errorf("line %d is not above the one before: %x, %x", i, last, first)
		}
		if last != nil && bytes.HasPrefix(first, last) {
			t.Errorf("line %d begins with the key before it: %x, %x", i, last, first)
		}
		for j, fill := range equal[1:] {
			if k := keyOf(fill); !bytes.Equal(k, first) {
				t.Errorf("line %d, value %d: key %x, want %x", i, j+1, k, first)
			}
		}
		last = first
	}
}

func TestADateThatDoesNotExistIsNearItsPlace(t *testing.T) {
	date := func(s string) []byte { return keyOf(func(b *Batch) { b.DateText([]byte(s)) }) }
	for _, s := range []string{"2020-00-00", "2020-00-15", "2020-02-30"} {
		k := date(s)
		if bytes.Compare(k, date("2019-12-01")) < 0 || bytes.Compare(k, date("2020-03-02")) > 0 {
			t.Errorf("%s is not ordered between its neighbours", s)
		}
		if bytes.Equal(k, date("2020-01-01")) || bytes.Equal(k, date("2020-03-01")) {
			t.Errorf("%s has the key of another date", s)
		}
	}
	if bytes.Compare(date("0000-00-00"), date("0001-01-01")) >= 0 {
		t.Error("0000-00-00 is not below 0001-01-01")
	}
}

// Numbers compare by their printed values.
func TestNumbersCompareByWhatIsPrinted(t *testing.T) {
	number := rapid.Custom(func(t *rapid.T) func(*Batch) {
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			v := rapid.Int64().Draw(t, "int")
			return func(b *Batch) { b.Int(v) }
		case 1:
			v := rapid.Uint64().Draw(t, "uint")
			return func(b *Batch) { b.Uint(v) }
		case 2:
			v := rapid.Float64().Draw(t, "float")
			return func(b *Batch) { b.Float(v) }
		case 3:
			v := rapid.Float32().Draw(t, "single")
			return func(b *Batch) { b.Float32(v) }
		case 4:
			v := rapid.IntRange(-20, 20).Draw(t, "small")
			return func(b *Batch) { b.Float(float64(v) / 4) }
		}
		v := rapid.StringMatching(`-?[0-9]{1,25}(\.[0-9]{1,25})?`).Draw(t, "decimal")
		return func(b *Batch) { b.Decimal([]byte(v)) }
	})
	rapid.Check(t, func(t *rapid.T) {
		x, y := number.Draw(t, "x"), number.Draw(t, "y")
		if got, want := bytes.Compare(keyOf(x), keyOf(y)), rat(t, x).Cmp(rat(t, y)); got != want {
			t.Fatalf("%s against %s is %d, want %d", text(x), text(y), got, want)
		}
	})
}

func rat(t *rapid.T, fill func(*Batch)) *big.Rat {
	r, ok := new(big.Rat).SetString(text(fill))
	if !ok {
		t.Fatalf("%q is no number", text(fill))
	}
	return r
}

func TestInstantsCompareAsTimes(t *testing.T) {
	moment := rapid.Int64Range(-3e17, 9e17)
	rapid.Check(t, func(t *rapid.T) {
		x, y := moment.Draw(t, "x"), moment.Draw(t, "y")
		written := func(micros int64) func(*Batch) {
			at := time.UnixMicro(micros).UTC()
			s := at.Format("-01-02 15:04:05.999999")
			if year := at.Year(); year > 0 {
				s = strconv.Itoa(year) + s
			} else {
				s = strconv.Itoa(1-year) + s + " BC"
			}
			return func(b *Batch) { b.TimestampText([]byte(s), false) }
		}
		if got := bytes.Compare(keyOf(written(x)), keyOf(written(y))); got != cmp.Compare(x, y) {
			t.Fatalf("%s against %s is %d", text(written(x)), text(written(y)), got)
		}
	})
}

func TestTextComparesByBytesOrWithoutCase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := rapid.StringMatching("[aAbBéÉ\x00]{0,4}").Draw(t, "x"), rapid.StringMatching("[aAbBéÉ\x00]{0,4}").Draw(t, "y")
		b := NewBatch(wide(2))
		defer b.Release()
		b.TextString(x)
		b.TextString(y)
		if got := bytes.Compare(b.AppendKey(nil, b.Cells[0]), b.AppendKey(nil, b.Cells[1])); got != strings.Compare(x, y) {
			t.Fatalf("%q against %q is %d", x, y, got)
		}
		got := bytes.Compare(b.AppendFoldedKey(nil, b.Cells[0]), b.AppendFoldedKey(nil, b.Cells[1]))
		if want := strings.Compare(strings.ToLower(x), strings.ToLower(y)); got != want {
			t.Fatalf("%q against %q is %d without case, want %d", x, y, got, want)
		}
	})
}

func TestAnInvertedKeyTurnsTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := rapid.StringMatching("[ab\x00]{0,3}").Draw(t, "x"), rapid.StringMatching("[ab\x00]{0,3}").Draw(t, "y")
		kx, ky := keyOf(func(b *Batch) { b.TextString(x) }), keyOf(func(b *Batch) { b.TextString(y) })
		Invert(kx)
		Invert(ky)
		if got := bytes.Compare(kx, ky); got != -strings.Compare(x, y) {
			t.Fatalf("%q against %q is %d", x, y, got)
		}
	})
}

func BenchmarkKey(b *testing.B) {
	for name, fill := range map[string]func(*Batch){
		"integer":   func(b *Batch) { b.Int(1234567890) },
		"decimal":   func(b *Batch) { b.Decimal([]byte("12345.67")) },
		"float":     func(b *Batch) { b.Float(0.123456789) },
		"timestamp": func(b *Batch) { b.Timestamp(1_700_000_000_000_000, false) },
		"text":      func(b *Batch) { b.TextString("a note of some length") },
	} {
		b.Run(name, func(b *testing.B) {
			batch := NewBatch(wide(1))
			fill(batch)
			b.ReportAllocs()
			var key []byte
			for b.Loop() {
				key = batch.AppendKey(key[:0], batch.Cells[0])
			}
		})
	}
}
