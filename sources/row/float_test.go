// Floats: the function shortest, compared with strconv.

package row

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

func same(t *testing.T, v float64) {
	t.Helper()
	if math.Abs(v) < leastFixed || math.Abs(v) >= limitFixed {
		return
	}
	got, want := string(appendFloat(nil, v, false)), strconv.FormatFloat(v, 'f', -1, 64)
	if got != want {
		t.Errorf("%x is %s, want %s", v, got, want)
	}
}

func TestFloatsHaveTheirShortestDigits(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, v := range []float64{
		leastFixed, math.Nextafter(limitFixed, 0), 0.1, 0.3, 1, 1.5, 2, 3, 10, 100, 1e14, 123456789012345,
		9007199254740991.0 / 16, 0.1 + 0.2, 5e-4, 299792458, 1.0 / 3, 2.0 / 3, 99.99, 0.00012345678901234567,
		123456789.12345678, 999999999999999.9, 0.9999999999999999, 9.999999999999998,
	} {
		for _, v := range []float64{v, -v, math.Nextafter(v, 0), math.Nextafter(v, 1e300)} {
			same(t, v)
		}
	}
	for range 200_000 {
		e := random.IntN(66) - 15
		same(t, math.Ldexp(1+random.Float64(), e))                               // with all digits
		same(t, float64(random.Int64N(1e15))/math.Pow10(random.IntN(15)))        // with few digits
		same(t, math.Ldexp(float64(random.Int64N(1<<20)), -random.IntN(30)))     // the last digit is a tie
		same(t, math.Nextafter(math.Ldexp(1, e), math.Inf(random.IntN(2)*2-1)))  // next to powers of two
		same(t, math.Nextafter(math.Pow10(random.IntN(19)-4), float64(e)*1e300)) // next to powers of ten
		same(t, math.Float64frombits(random.Uint64()&^(0x7ff<<52)|(1008+random.Uint64N(66))<<52))
	}
}

func FuzzFloats(f *testing.F) {
	f.Add(math.Float64bits(0.1))
	f.Fuzz(func(t *testing.T, bits uint64) { same(t, math.Float64frombits(bits)) })
}

func BenchmarkFloats(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, 1024)
	for name, draw := range map[string]func() float64{
		"all digits": func() float64 { return random.Float64() * 100 },
		"two places": func() float64 { return float64(random.IntN(1e6)) / 100 },
	} {
		for i := range values {
			values[i] = draw()
		}
		var dst []byte
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				dst = appendFloat(dst[:0], values[i%len(values)], false)
			}
		})
		b.Run(name+" by strconv", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				dst = strconv.AppendFloat(dst[:0], values[i%len(values)], 'f', -1, 64)
			}
		})
	}
}
