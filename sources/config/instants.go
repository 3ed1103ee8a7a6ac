// timestamps_in and timestamps_gap: how timestamps without a zone are converted to
// instants.

package config

import (
	"strings"
	"time"
	_ "time/tzdata" // for systems without zones, such as Windows and small containers

	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/row"
)

// location reads a zone by its name or offset. It returns nil, and records the reason,
// for anything else.
func (d *document) location(e entry, what string) *time.Location {
	what += ": " + e.key
	text, ok := d.setting(e, what)
	if !ok {
		return nil
	}
	zone, err := ParseZone(text)
	if err == nil && offsetForm().MatchString(zone) {
		at, _ := time.Parse("-07:00", zone)
		_, seconds := at.Zone()
		return time.FixedZone(zone, seconds)
	}
	if err == nil && !strings.EqualFold(zone, "local") && !strings.EqualFold(zone, "server") {
		if l, err := time.LoadLocation(zone); err == nil {
			return l
		}
	}
	d.add(e.place(), "%s: %s is no time zone: give a name such as Europe/Oslo, or an offset such as +02:00", what, shown(text))
	return nil
}

// gap reads the rule for local times that the zone does not have, or has twice.
func (d *document) gap(e entry, what string) row.Gap {
	what += ": " + e.key
	text, ok := d.setting(e, what)
	if !ok {
		return row.NoGap
	}
	switch text {
	case "earlier":
		return row.Earlier
	case "later":
		return row.Later
	}
	hint := "give earlier or later; without it such a time is an error"
	if near, ok := nearest.Name(text, []string{"earlier", "later"}); ok {
		hint = "did you mean " + near + "?"
	}
	d.add(e.place(), "%s: %s: %s", what, shown(text), hint)
	return row.NoGap
}
