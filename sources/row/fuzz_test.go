// Properties of any text that a server may send, and of any bytes in a file.

package row

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
)

// FuzzFrame checks that bytes are either rejected, or decode to a batch that encodes to
// the same bytes and whose cells can all be printed.
func FuzzFrame(f *testing.F) {
	for width, fill := range []func(*Batch){
		func(*Batch) {},
		func(b *Batch) { b.Decimal([]byte("-12.340")) },
		func(b *Batch) { b.Bool(true); b.TextString("ünï") },
		func(b *Batch) { b.Null(); b.Int(-1); b.DateText([]byte("0001-01-01")) },
		func(b *Batch) {
			b.Float(0.1)
			b.TimestampText([]byte("9999-12-31 23:59:59.999999"), false)
			b.TimestampText([]byte("0001-01-01 00:00:00+00"), true)
			b.Blob([]byte{0, 255})
		},
	} {
		b := NewBatch(wide(width))
		for range 2 {
			fill(b)
			b.EndRow()
		}
		f.Add(byte(width), b.AppendFrame(nil))
		b.Release()
	}
	f.Fuzz(func(t *testing.T, width byte, p []byte) {
		b := NewBatch(wide(int(width % 5)))
		defer b.Release()
		if b.DecodeFrame(p) != nil {
			return
		}
		if second := b.AppendFrame(nil); !bytes.Equal(second, p) {
			t.Fatalf("%x became %x", p, second)
		}
		for _, c := range b.Cells {
			_ = b.AppendText(nil, c)
		}
	})
}

func wide(columns int) *Schema { return &Schema{Columns: make([]Column, columns)} }

// plainTimestamp matches the timestamps that have a value form: a date and a time, perhaps
// with a fraction and a zone.
var plainTimestamp = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:(\.\d{1,6}?)0*)?(Z|\+00|\+00:00)?$`)

// padding matches leading zeros of a number.
var padding = regexp.MustCompile(`^(-?)0+([0-9])`)

// FuzzCanonical checks the text of numbers, dates and timestamps. They are printed as they
// came, with two exceptions. Numbers lose leading zeros. A timestamp that exists gets T
// between its parts, loses trailing zeros, and gets Z if it is an instant.
func FuzzCanonical(f *testing.F) {
	for _, v := range []string{
		"0", "-12.340", "-0.00", "007", ".5", "5.", "999999999999999999", "-1234567890123456789", "1E+20", "NaN",
		"2024-02-29", "1900-02-29", "0000-00-00", "9999-12-31", "0044-03-15 BC", "infinity",
		"2024-01-31 08:30:00", "2024-01-31T08:30:00.250000", "1969-12-31 23:59:59.999999", "2024-01-31 24:00:00",
		"2024-01-31 08:30:00.10+00", "2024-01-31 08:30:00.000Z", "2024-01-31 08:30:00.1234567", "2024-01-31 08:30:00+00:00",
	} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		if got := text(func(b *Batch) { b.DateText([]byte(v)) }); got != v {
			t.Errorf("the date %q became %q", v, got)
		}
		if got, want := text(func(b *Batch) { b.Decimal([]byte(v)) }), padding.ReplaceAllString(v, "${1}${2}"); got != want && got != strings.Replace(want, ".", "0.", 1) {
			t.Errorf("the decimal %q became %q, want %q", v, got, want)
		}
		for _, zoned := range []bool{false, true} {
			fill := func(v string) string {
				return text(func(b *Batch) { b.TimestampText([]byte(v), zoned) })
			}
			want := canonical(v, zoned)
			if got := fill(v); got != want {
				t.Errorf("the timestamp %q (zoned: %v) became %q, want %q", v, zoned, got, want)
			}
			if second := fill(want); second != want {
				t.Errorf("the canonical %q became %q", want, second)
			}
		}
	})
}

// canonical returns the same text as TimestampText and AppendText, by means of the standard
// library.
func canonical(v string, zoned bool) string {
	m := plainTimestamp.FindStringSubmatch(v)
	if m == nil || (m[4] != "" && !zoned) {
		return v
	}
	_, fraction, _ := strings.Cut(strings.TrimSuffix(v, m[4]), ".")
	at, err := time.Parse(time.DateTime, m[1]+" "+m[2])
	if err != nil || at.Year() == 0 || len(fraction) > 6 {
		return v
	}
	out := m[1] + "T" + m[2] + strings.TrimRight(m[3], ".0")
	if zoned {
		out += "Z"
	}
	return out
}
