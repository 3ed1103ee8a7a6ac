// The notations of dates and timestamps that SQLite databases store.

package row

import (
	"testing"
	"time"
)

func TestTheFormsOfSQLite(t *testing.T) {
	for text, want := range map[string]string{ // the notation, and the time in UTC
		"2026-01-31":                    "2026-01-31T00:00:00Z date",
		"2026-01-31 08:30":              "2026-01-31T08:30:00Z",
		"2026-01-31T08:30":              "2026-01-31T08:30:00Z",
		"2026-01-31 08:30:15":           "2026-01-31T08:30:15Z",
		"2026-01-31 08:30:15.250":       "2026-01-31T08:30:15.25Z",
		"2026-01-31 08:30:15.123456000": "2026-01-31T08:30:15.123456Z",
		"2026-01-31 08:30Z":             "2026-01-31T08:30:00Z zoned",
		"2026-01-31 08:30:15.5 Z":       "2026-01-31T08:30:15.5Z zoned",
		"2026-01-31 08:30+02:00":        "2026-01-31T06:30:00Z zoned",
		"2026-01-31T08:30:00-03:30":     "2026-01-31T12:00:00Z zoned",
		"2026-01-31 08:30:00+00":        "2026-01-31T08:30:00Z zoned",
		"2026-01-31 23:30:00-01":        "2026-02-01T00:30:00Z zoned",
		"":                              "", "soon": "", "2026-02-30": "", "2026-1-31": "", "20260131": "", "2026-01-31 ": "", "2026-01-31 08:30 ": "", "2026-01-31 8:30": "",
		"2026-01-31 24:00": "", "2026-01-31 08:60": "", "2026-01-31 08:30:60": "", "2026-01-31 08:30:15.": "", "2026-01-31 08:30:15.1234567": "",
		"2026-01-31 08:30+2": "", "2026-01-31 08:30+16:00": "", "2026-01-31 08:30+02:60": "", "2026-01-31 08:30z": "", "2026-01-31  08:30": "",
		"0000-01-01": "", "12026-01-31": "", "2461071.5": "", "2026-01-31 08:30 Europe": "",
	} {
		m, ok := ParseMoment([]byte(text))
		got := ""
		if ok {
			got = time.UnixMicro(m.Micros - m.Offset).UTC().Format(time.RFC3339Nano)
			switch {
			case m.Zoned:
				got += " zoned"
			case !m.Clock:
				got += " date"
			}
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// FuzzMoment checks that ParseMoment reads a text as the time package does.
func FuzzMoment(f *testing.F) {
	for _, v := range []string{"2026-01-31", "2026-01-31T08:30:15.25+02:00", "2026-01-31 08:30 -03:30", "9999-12-31 23:59:59.999999", "0001-01-01 00:00Z"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		m, ok := ParseMoment([]byte(v))
		if !ok {
			return
		}
		for _, layout := range []string{
			"2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05",
			"2006-01-02 15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00",
			"2006-01-02 15:04 Z07:00", "2006-01-02 15:04:05 Z07:00", "2006-01-02T15:04 Z07:00", "2006-01-02T15:04:05 Z07:00",
			"2006-01-02 15:04Z07", "2006-01-02 15:04:05Z07", "2006-01-02T15:04Z07", "2006-01-02T15:04:05Z07",
			"2006-01-02 15:04 Z07", "2006-01-02 15:04:05 Z07", "2006-01-02T15:04 Z07", "2006-01-02T15:04:05 Z07",
		} {
			if at, err := time.Parse(layout, v); err == nil {
				if at.UnixMicro() != m.Micros-m.Offset {
					t.Errorf("%q is %s, not %d", v, at, m.Micros-m.Offset)
				}
				return
			}
		}
		t.Errorf("%q is %d, and nothing to package time", v, m.Micros)
	})
}
