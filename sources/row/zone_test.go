// Local times and their instants, compared with the time package.

package row

import (
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata" // the tests do not depend on the machine's zones
)

func zoneOf(t *testing.T, name string, gap Gap) *Zone {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return &Zone{Location: l, Gap: gap}
}

func TestALocalTimeThatAZoneSkipsOrHasTwice(t *testing.T) {
	for _, c := range []struct {
		zone, local, earlier, later, err string
	}{
		{"Europe/Oslo", "2026-01-31T08:30:00", "2026-01-31T07:30:00", "", ""},
		{"Europe/Oslo", "2026-07-31T08:30:00", "2026-07-31T06:30:00", "", ""},
		{"Europe/Oslo", "2026-03-29T01:59:59", "2026-03-29T00:59:59", "", ""},
		{"Europe/Oslo", "2026-03-29T02:30:00", "2026-03-29T00:30:00", "2026-03-29T01:30:00", "Europe/Oslo does not have the time 2026-03-29T02:30:00, as its clocks skip it: say timestamps_gap: earlier or later, or give an instant"},
		{"Europe/Oslo", "2026-03-29T03:00:00", "2026-03-29T01:00:00", "", ""},
		{"Europe/Oslo", "2026-10-25T02:30:00", "2026-10-25T00:30:00", "2026-10-25T01:30:00", "Europe/Oslo has the time 2026-10-25T02:30:00 twice: say timestamps_gap: earlier or later, or give an instant"},
		{"Europe/Oslo", "2026-10-25T03:00:00", "2026-10-25T02:00:00", "", ""},
		{"America/New_York", "2026-11-01T01:00:00", "2026-11-01T05:00:00", "2026-11-01T06:00:00", "America/New_York has the time 2026-11-01T01:00:00 twice: say timestamps_gap: earlier or later, or give an instant"},
		{"Pacific/Apia", "2011-12-30T12:00:00", "2011-12-29T22:00:00", "2011-12-30T22:00:00", "Pacific/Apia does not have the time 2011-12-30T12:00:00, as its clocks skip it: say timestamps_gap: earlier or later, or give an instant"},
		{"Asia/Kathmandu", "2026-01-31T08:30:00.25", "2026-01-31T02:45:00.25", "", ""},
		{"UTC", "0001-01-01T00:00:00", "0001-01-01T00:00:00", "", ""},
	} {
		if c.later == "" {
			c.later = c.earlier
		}
		local, _ := parseTimestamp([]byte(c.local), false)
		for gap, want := range map[Gap]string{Earlier: c.earlier, Later: c.later} {
			got, err := zoneOf(t, c.zone, gap).Instant(local)
			if text := string(AppendValue(nil, Cell{Kind: Timestamp, Bits: uint64(got)})); err != nil || text != want {
				t.Errorf("%s in %s is %s (%v), want %s", c.local, c.zone, text, err, want)
			}
		}
		_, err := zoneOf(t, c.zone, NoGap).Instant(local)
		if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%s in %s: %v, want %q", c.local, c.zone, err, c.err)
		}
	}
}

// Whatever a zone has cached, an instant's local time converts back to that instant, or to
// two candidates that include it.
func TestEveryInstantComesBackFromItsLocalTime(t *testing.T) {
	for _, name := range []string{"Europe/Oslo", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Tehran", "UTC"} {
		earlier, later, strict := zoneOf(t, name, Earlier), zoneOf(t, name, Later), zoneOf(t, name, NoGap)
		r := rand.New(rand.NewPCG(1, 2))
		twice := 0
		for range 20_000 {
			at := time.Unix(r.Int64N(8e9)-4e9, 0)
			if r.IntN(2) == 0 { // close to a change of the clocks
				if _, end := at.In(earlier.Location).ZoneBounds(); !end.IsZero() {
					at = end.Add(time.Duration(r.IntN(4*3600)-2*3600) * time.Second)
				}
			}
			_, seconds := at.In(earlier.Location).Zone()
			local := at.UnixMicro() + int64(seconds)*microsPerSecond
			a, errA := earlier.Instant(local)
			b, errB := later.Instant(local)
			if errA != nil || errB != nil || a != at.UnixMicro() && b != at.UnixMicro() || a > b {
				t.Fatalf("%s: %s came back as %d and %d (%v, %v)", name, at, a, b, errA, errB)
			}
			c, err := strict.Instant(local)
			if (err == nil) != (a == b) || err == nil && c != a {
				t.Fatalf("%s: %s is %d, and %d and %d: %v", name, at, c, a, b, err)
			}
			if a != b {
				twice++
			}
		}
		if (twice > 0) != (name != "UTC") {
			t.Errorf("%s: %d times were there twice", name, twice)
		}
	}
}
