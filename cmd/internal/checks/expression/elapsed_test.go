package expression

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTextsThatAreLengthsOfTime(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]string{
		"PT0S": "0s", "PT9M": "9m0s", "P1DT2H": fmt.Sprint(day + 2*time.Hour), "P-1DT-0.5S": fmt.Sprint(-day - time.Second/2), "P2W": fmt.Sprint(14 * day),
		"P0Y0M3D": fmt.Sprint(3 * day), "PT1H-30M": "30m0s", "PT.25S": "250ms", "08:30:00": "8h30m0s", "08:30": "8h30m0s", "-838:59:59.5": "-838h59m59.5s", "00:00:00.000001": "1µs",
		"P1M": errMonths.Error(), "P1Y2DT3H": errMonths.Error(), "P999999999W": "a duration of more than 292 years",
		"": "none", "P": "none", "PT": "none", "P1DT": "none", "1D": "none", "P1H": "none", "8:5": "none", "08:60": "none", "08:30:00+02": "none", "1234:00:00": "none",
		"PT1.S": "none", "2h": "none", "2026-01-31": "none", "2026-01-31 08:30:00": "none",
	} {
		d, ok, err := elapsedOf(text)
		got := "none"
		if ok {
			if got = fmt.Sprint(d); err != nil {
				got = err.Error()
			}
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// The greatest text need not be the greatest length of time.
func TestTheExtremesOfTextsAreNoDurations(t *testing.T) {
	for text, refused := range map[string]bool{
		`max(x) < duration("1h")`: true, `duration("1h") > min(x)`: true, `(max(x) ?? "PT0S") < duration("1h")`: true, `coalesce(nil, max(x)) == duration("1h")`: true,
		`(count() > 1 ? max(x) : min(x)) < duration("1h")`: true, `max(x) in duration("1m")..duration("1h")`: true, `max(x) in [duration("1m")]`: true,
		`max(duration(x)) < duration("1h")`: false, `max(x) - min(x) < duration("1h")`: false, `max(x - y) < duration("1h")`: false, `max(x) < now() - duration("1h")`: false,
	} {
		_, err := Merged(text, time.Now())
		if refused != (err != nil) || err != nil && !strings.Contains(err.Error(), "of a column is that of its texts: write ") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestNotIsTheOppositeAndExplainsItself(t *testing.T) {
	e, err := Row("n > 3", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if other := e.Not(); other.String() != "n > 3" || other.root.text != "!(n > 3)" || e.root.text != "n > 3" {
		t.Errorf("%s, %s", other, other.root.text)
	}
}
