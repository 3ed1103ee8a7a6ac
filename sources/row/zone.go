// Conversion of local times to instants, in zones with daylight saving time.

package row

import (
	"fmt"
	"slices"
	"time"
)

// A Zone converts local times to instants. [Zone.Instant] caches what it has found, so only
// one goroutine at a time may use a Zone; other goroutines use a [Zone.Clone].
type Zone struct {
	Location *time.Location
	// Gap says what to do with local times that the zone skips, or has twice.
	Gap Gap

	since, until int64 // local times, in microseconds, between which the offset is known
	offset       int64 // microseconds east of UTC there
}

// A Gap chooses the instant for a local time that the zone skips, or has twice.
type Gap uint8

const (
	NoGap   Gap = iota // it is an error
	Earlier            // it is the earlier of the two instants
	Later              // it is the later one
)

// Clone returns the same zone for another goroutine.
func (z *Zone) Clone() *Zone { return &Zone{Location: z.Location, Gap: z.Gap} }

// Instant returns the instant of a local time. Both are in microseconds since
// 1970-01-01T00:00:00, local and in UTC. It returns an error if the zone skips the time or
// has it twice, unless Gap chooses one of the two instants.
//
// If the clock is set forward, a skipped time has two instants: the earlier one by the
// later offset, and the later one by the offset before the change.
func (z *Zone) Instant(local int64) (micros int64, _ error) {
	if local >= z.since && local < z.until {
		return local - z.offset, nil
	}
	const day = int64(MicrosPerDay)
	var offsets []int64 // that hold at some time within a day
	var found []int64   // the instants that have this local time
	for at, last := time.UnixMicro(local-day).In(z.Location), local+day; at.UnixMicro() <= last; {
		start, end := at.ZoneBounds()
		if offset := offsetAt(at); !slices.Contains(offsets, offset) {
			offsets = append(offsets, offset)
			if instant := time.UnixMicro(local - offset).In(z.Location); offsetAt(instant) == offset {
				found = append(found, instant.UnixMicro())
				z.sure(local, offset, start, end)
			}
		}
		if end.IsZero() {
			break
		}
		if !end.After(at) { // so it is around New Year in the far future of some zones
			end = at.Add(time.Hour)
		}
		at = end
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case z.Gap == NoGap && len(found) > 1:
		return 0, fmt.Errorf("%s has the time %s twice: say timestamps_gap: earlier or later, or give an instant", z.Location, AppendValue(nil, Cell{Kind: Timestamp, Bits: uint64(local)}))
	case z.Gap == NoGap:
		return 0, fmt.Errorf("%s does not have the time %s, as its clocks skip it: say timestamps_gap: earlier or later, or give an instant", z.Location, AppendValue(nil, Cell{Kind: Timestamp, Bits: uint64(local)}))
	}
	if len(found) == 0 {
		for _, offset := range offsets {
			found = append(found, local-offset)
		}
	}
	if z.Gap == Earlier {
		return slices.Min(found), nil
	}
	return slices.Max(found), nil
}

func offsetAt(at time.Time) int64 {
	_, seconds := at.Zone()
	return int64(seconds) * microsPerSecond
}

// sure caches the range of local times in which only this offset can apply: at least two
// days from its beginning and its end.
func (z *Zone) sure(local, offset int64, start, end time.Time) {
	const margin = 2 * int64(MicrosPerDay)
	since, until := int64(FirstDay)*MicrosPerDay, int64(LastDay+1)*MicrosPerDay
	if !start.IsZero() {
		since = max(since, start.UnixMicro()+offset+margin)
	}
	if !end.IsZero() {
		until = min(until, end.UnixMicro()+offset-margin)
	}
	if local >= since && local < until {
		z.since, z.until, z.offset = since, until, offset
	}
}
