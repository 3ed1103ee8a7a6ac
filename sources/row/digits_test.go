// Digits of numbers, compared with strconv and fmt.

package row

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// Digits are written eight at a time, so the numbers near powers of ten matter.
func TestDigitsAroundEachPowerOfTen(t *testing.T) {
	for power := uint64(1); ; power *= 10 {
		for _, v := range []uint64{power - 1, power, power + 1, math.MaxUint64 - power} {
			want := strconv.FormatUint(v, 10)
			if got := string(appendUint(nil, v)); got != want {
				t.Errorf("%s is written as %s", want, got)
			}
			for places := range 22 {
				padded := strings.Repeat("0", max(0, places+1-len(want))) + want
				fixed := "-" + padded
				if places > 0 {
					fixed = "-" + padded[:len(padded)-places] + "." + padded[len(padded)-places:]
				}
				if got := string(appendFixed(nil, true, v, places)); got != fixed {
					t.Errorf("%s is written as %s", fixed, got)
				}
			}
		}
		if power > math.MaxUint64/10 {
			return
		}
	}
}

// The keys that are made directly from integers equal the keys made from their digits.
func TestKeysOfIntegersAreThoseOfTheirDigits(t *testing.T) {
	same := func(v uint64) {
		for scale := range 4 {
			for _, negative := range []bool{false, true} {
				digits := strconv.AppendUint(nil, v, 10)
				want := appendDigitsKey(nil, digits, len(digits)-scale, negative)
				if got := appendUintKey(nil, v, negative, scale); !bytes.Equal(got, want) {
					t.Errorf("%d, of scale %d (negative: %v): %x, want %x", v, scale, negative, got, want)
				}
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for power := uint64(1); ; power *= 10 {
		for _, v := range []uint64{power - 1, power, power + 1, power * 9, math.MaxUint64 - power} {
			same(v)
		}
		for range 1000 {
			same(random.Uint64N(power))
		}
		if power > math.MaxUint64/10 {
			return
		}
	}
}

func TestEightDigits(t *testing.T) {
	for four := range uint64(1e4) { // in the upper and in the lower half
		for _, v := range []uint64{four*1e4 + (four*7919+1)%1e4, (four*7919+1)%1e4*1e4 + four} {
			var got [8]byte
			put8(got[:], v)
			if want := fmt.Sprintf("%08d", v); string(got[:]) != want {
				t.Fatalf("%s is written as %s", want, got)
			}
		}
	}
}

func BenchmarkDigits(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	cells := make([]Cell, 1024)
	for _, c := range []struct {
		name string
		cell Cell
		bits func() uint64
	}{
		{"integers of five", Cell{Kind: Int}, func() uint64 { return random.Uint64N(1e5) }},
		{"integers of nineteen", Cell{Kind: Int}, func() uint64 { return 1e18 + random.Uint64N(8e18) }},
		{"decimals of two places", Cell{Kind: Decimal, Scale: 2}, func() uint64 { return random.Uint64N(1e7) }},
		{"timestamps", Cell{Kind: Timestamp}, func() uint64 { return 1_700_000_000_000_000 + random.Uint64N(3e13)*1000 }},
	} {
		for i := range cells {
			cells[i] = c.cell
			cells[i].Bits = c.bits()
		}
		b.Run(c.name, func(b *testing.B) {
			var dst []byte
			for i := 0; b.Loop(); i++ {
				dst = AppendValue(dst[:0], cells[i%len(cells)])
			}
		})
	}
}
