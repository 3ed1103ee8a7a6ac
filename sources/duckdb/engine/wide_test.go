package engine

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/sources/row"
)

// value returns n as a big integer.
func (n int128) value() *big.Int {
	v := new(big.Int).Lsh(big.NewInt(n.hi), 64)
	return v.Add(v, new(big.Int).SetUint64(n.lo))
}

func TestDecimalsAreReadAndWrittenAsTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.StringMatching(`0|[1-9][0-9]{0,37}`).Draw(t, "whole")
		fraction := rapid.StringMatching(fmt.Sprintf(`[0-9]{0,%d}`, max(38-len(whole), 0))).Draw(t, "fraction")
		text := whole
		if fraction != "" {
			text += "." + fraction
		}
		want, _ := new(big.Int).SetString(whole+fraction, 10)
		if want.Sign() != 0 && rapid.Bool().Draw(t, "negative") {
			text = "-" + text
			want.Neg(want)
		}
		p, ok := ParseNumber([]byte(text))
		n, fits := p.at(len(fraction))
		if !ok || !fits || n.value().Cmp(want) != 0 {
			t.Fatalf("%s was read as %s (%v, %v)", text, n.value(), ok, fits)
		}
		if got := string(formatInt128(n, len(fraction))); got != text {
			t.Fatalf("%s was written as %s", text, got)
		}
		if more := rapid.IntRange(0, 40).Draw(t, "more"); len(strings.TrimLeft(whole, "0"))+len(fraction)+more <= 38 {
			n, fits := p.at(len(fraction) + more)
			if got := string(formatInt128(n, len(fraction)+more)); !fits || strings.TrimRight(got, ".0") != strings.TrimRight(text, ".0") && want.Sign() != 0 {
				t.Fatalf("%s with %d digits more is %s", text, more, got)
			}
		}
	})
}

func TestScaledIsATimesAPowerOfTen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, by := rapid.Int64().Draw(t, "v"), rapid.IntRange(0, 40).Draw(t, "by")
		want := new(big.Int).Mul(big.NewInt(v), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(by)), nil))
		fits := len(strings.TrimPrefix(want.String(), "-")) <= MaxDigits
		if n, ok := scaled(v, by); ok != fits || ok && n.value().Cmp(want) != 0 {
			t.Fatalf("%d at %d is %s (%v), want %s (%v)", v, by, n.value(), ok, want, fits)
		}
	})
}

func TestTheLargestAndTheLeast(t *testing.T) {
	for want, n := range map[string]int128{
		"0": {}, "-1": {math.MaxUint64, -1},
		"170141183460469231731687303715884105727":  {math.MaxUint64, math.MaxInt64},
		"-170141183460469231731687303715884105728": {0, math.MinInt64},
		"10000000000000000000":                     {10_000_000_000_000_000_000, 0},
		"100000000000000000000000000000000000000":  {687399551400673280, 5421010862427522170},
	} {
		if got := string(formatInt128(n, 0)); got != want || n.value().String() != want {
			t.Errorf("%s was written as %s", n.value(), got)
		}
	}
}

func TestFloatsWithoutAnExponentReadBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64().Draw(t, "v")
		b := row.NewBatch(&row.Schema{Columns: []row.Column{{}}})
		b.Float(v)
		text := string(appendPlainFloat(nil, b.AppendText(nil, b.Cells[0])))
		got, err := strconv.ParseFloat(text, 64)
		if err != nil || got != v || strings.ContainsAny(text, "eE") {
			t.Fatalf("%g became %s (%v)", v, text, err)
		}
	})
}

func TestTextThatIsNotAPlainNumber(t *testing.T) {
	for _, s := range []string{"", "-", ".5", "5.", "1e5", "NaN", "+1", "1.2.3", "1 ", "٣"} {
		if _, ok := ParseNumber([]byte(s)); ok {
			t.Errorf("%q is read as a number", s)
		}
	}
}

func TestTextThatIsNotADateOrTime(t *testing.T) {
	for _, s := range []string{"", "2026-02-30", "2026-13-01", "0000-01-01", "2026-1-1", "99999999-01-01", "2026-01-01 BC BC", "+2026-01-01", "-2026-01-01", "2026-01-01 00:00:00", "Infinity", "5881581-07-11"} {
		if _, ok := dateOf([]byte(s)); ok {
			t.Errorf("%q is read as a date", s)
		}
	}
	for _, s := range []string{"", "8:30:00", "24:00:01", "24:00:00.000001", "23:60:00", "23:59:60", "08:30", "08:30:00.", "08:30:00.1234567", "08:30:00+00", "-08:30:00", "08.30.00"} {
		if _, ok := timeOf([]byte(s)); ok {
			t.Errorf("%q is read as a time", s)
		}
	}
	for _, s := range []string{"", "0000-00-00 00:00:00", "294276-12-31 00:00:00", "2026-01-31 24:00:00", "2026-01-31 08:30:00+02", "2026-01-31T08:30:00", "290310-01-01 00:00:00 BC"} {
		if _, ok := instantOf([]byte(s)); ok {
			t.Errorf("%q is read as a timestamp", s)
		}
	}
}
