// The values up to which sources were exported, and how an overlap lowers them.

package exportstate

import (
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

func TestAnOverlapMakesAValueSmaller(t *testing.T) {
	for _, c := range []struct{ kind, value, overlap, want, wrong string }{
		{kind: Integer, value: "100", overlap: "7", want: "93"},
		{kind: Integer, value: "5", overlap: "7", want: "-2"},
		{kind: Integer, value: "18446744073709551615", overlap: "1", want: "18446744073709551614"},
		{kind: Integer, value: "100", overlap: "0.5", wrong: "is not whole"},
		{kind: Integer, value: "100", overlap: "5m", wrong: "is a time, and the watermark an integer: give a number"},
		{kind: Decimal, value: "100.50", overlap: "0.125", want: "100.375"},
		{kind: Decimal, value: "0.1000000000000000000000001", overlap: "0.1", want: "0.0000000000000000000000001"},
		{kind: Date, value: "2026-03-01", overlap: "24h", want: "2026-02-28"},
		{kind: Date, value: "2026-03-01", overlap: "5m", want: "2026-02-28"},
		{kind: Date, value: "2026-03-01", overlap: "0s", want: "2026-03-01"},
		{kind: Timestamp, value: "2026-01-01T00:00:00.000001", overlap: "1us", want: "2026-01-01T00:00:00"},
		{kind: Timestamp, value: "2026-01-01T00:00:00", overlap: "5m", want: "2025-12-31T23:55:00"},
		{kind: Timestamp, value: "2026-01-01T00:00:00", overlap: "1ns", want: "2025-12-31T23:59:59.999999"},
		{kind: Timestamp, value: "0001-01-01T00:00:01", overlap: "5m", want: "0001-01-01T00:00:00"},
		{kind: Timestamp, value: "2026-01-01T00:00:00", overlap: "3", wrong: "is a number, and the watermark a timestamp"},
		{kind: Timestamp, value: "2026-01-01T00:00:00", overlap: "0", want: "2026-01-01T00:00:00"},
		{kind: Instant, value: "2026-01-01T00:00:00.25Z", overlap: "1h", want: "2025-12-31T23:00:00.25Z"},
		{kind: Stored, value: "2026-01-01 00:00:00", overlap: "5m", want: "2025-12-31 23:55:00"},
		{kind: Stored, value: "2026-01-01T00:00:00Z", overlap: "5m", want: "2025-12-31T23:55:00Z"},
		{kind: Stored, value: "2026-01-01T00:00:00.500+02:00", overlap: "250ms", want: "2026-01-01T00:00:00.250+02:00"},
		{kind: Stored, value: "2026-01-01 00:00:00.5", overlap: "1us", want: "2026-01-01 00:00:00.4"},
		{kind: Stored, value: "2026-01-01 00:05", overlap: "30s", want: "2026-01-01 00:04"},
		{kind: Stored, value: "2026-01-01", overlap: "5m", want: "2025-12-31"},
	} {
		o, err := ParseOverlap(c.overlap)
		if err != nil {
			t.Fatal(err)
		}
		s := Since{Type: c.kind, Value: c.value}
		got, err := o.Before(s)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%v - %s: %v, want %s", s, c.overlap, err, c.wrong)
			}
			continue
		}
		if err != nil || got.Value != c.want || got.Type != c.kind {
			t.Errorf("%v - %s is %v (%v), want %s", s, c.overlap, got, err, c.want)
		}
		if err := got.Check(); err != nil {
			t.Errorf("%v: %v", got, err)
		}
	}
	for _, bad := range []string{"", "x", "-5m", "-3", "1/2", "1e3", "5 m"} {
		if _, err := ParseOverlap(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestValuesAreBoundByTheirTypes(t *testing.T) {
	for _, c := range []struct {
		kind, value string
		want        driver.Type
		wrong       string
	}{
		{Integer, "-7", driver.Int, ""},
		{Integer, "7.5", 0, "is not an integer"},
		{Decimal, "7.50", driver.Decimal, ""},
		{Decimal, "1e5", 0, "is not a decimal"},
		{Decimal, "NaN", 0, "is not a decimal"},
		{Date, "2026-02-28", driver.Date, ""},
		{Date, "2026-02-30", 0, "is not a date"},
		{Timestamp, "2026-02-28T01:02:03.5", driver.Timestamp, ""},
		{Timestamp, "2026-02-28T01:02:03Z", 0, "is not a timestamp"},
		{Timestamp, "2026-02-28", 0, "is not a timestamp"},
		{Instant, "2026-02-28T01:02:03Z", driver.Timestamp, ""},
		{Instant, "2026-02-28T01:02:03", 0, "is not an instant"},
		{Instant, "infinity", 0, "is not an instant"},
		{Stored, "2026-02-28 01:02", driver.Text, ""},
		{Stored, "soon", 0, "is not a date or a timestamp"},
		{"float", "1.5", 0, `unknown type "float"`},
	} {
		v, err := Since{Type: c.kind, Value: c.value}.Arg()
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s %s: %v, want %s", c.kind, c.value, err, c.wrong)
			}
			continue
		}
		if err != nil || v.Type != c.want || v.Text != c.value {
			t.Errorf("%s %s: %+v (%v)", c.kind, c.value, v, err)
		}
	}
}
