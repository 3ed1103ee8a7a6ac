// The time of a run: one instant, in one zone.

package run

import (
	"fmt"
	"time"
	_ "time/tzdata" // zone names work on systems without zones, too

	"github.com/fanql/fanql/sources/driver"
)

// A Clock returns the instant of the run in its zone, or an error if the zone is unknown.
// All calls return the same.
type Clock func() (time.Time, error)

// Clock returns the clock of a run that begins at now: in the zone of all sessions, if
// there is one, else in UTC, whatever the zones of the sources are.
func (l Limits) Clock(now time.Time) Clock {
	zone, err := zoneOf(l.TimeZone)
	return func() (time.Time, error) { return now.In(zone), err }
}

// zoneOf reads a zone as returned by [config.ParseZone].
func zoneOf(name string) (*time.Location, error) {
	if name == "" || name == driver.ServerZone {
		return time.UTC, nil
	}
	if at, err := time.Parse("-07:00", name); err == nil {
		return at.Location(), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC, fmt.Errorf("the time zone %s is not known here, and what is relative to today depends on it", name)
	}
	return zone, nil
}
