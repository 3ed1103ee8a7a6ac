// Dates that are relative to the time of the run, such as today - 7d.

package statement

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// relativeForm describes the grammar in messages.
const relativeForm = "now, today, yesterday, tomorrow or start of minute|hour|day|week|month|quarter|year, then + or - with s, m, h, d, w, month, quarter, year as in today - 7d"

// wanted describes the forms of dates and timestamps in messages.
var wanted = map[driver.Type]string{
	driver.Date:      "a date (YYYY-MM-DD, or " + relativeForm + ")",
	driver.Timestamp: "a timestamp (YYYY-MM-DD HH:MM[:SS[.ffffff]], then Z or +HH:MM where it has a zone; or " + relativeForm + ")",
}

var (
	anchorForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(now|today|yesterday|tomorrow|start of ([a-z]+))`)
	})
	stepForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^ ?([+-]) ?([0-9]{1,9}) ?([a-z]+)`) })
)

// A unit is a number of months, a number of days, or a fixed duration.
type unit struct {
	months, days int
	time         time.Duration
}

var units = map[string]unit{
	"s": {time: time.Second}, "sec": {time: time.Second}, "second": {time: time.Second}, "seconds": {time: time.Second},
	"m": {time: time.Minute}, "min": {time: time.Minute}, "minute": {time: time.Minute}, "minutes": {time: time.Minute},
	"h": {time: time.Hour}, "hour": {time: time.Hour}, "hours": {time: time.Hour},
	"d": {days: 1}, "day": {days: 1}, "days": {days: 1},
	"w": {days: 7}, "week": {days: 7}, "weeks": {days: 7},
	"month": {months: 1}, "months": {months: 1},
	"quarter": {months: 3}, "quarters": {months: 3},
	"y": {months: 12}, "year": {months: 12}, "years": {months: 12},
}

// isRelative reports whether a text is meant as a relative date. It is if it begins with a
// letter, since no other date does.
func isRelative(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && ('a' <= s[0]|0x20 && s[0]|0x20 <= 'z')
}

// relative returns the instant that a text means at now, in now's zone. Days, months and
// years are those of the calendar, so that a day may have 23 hours. A day that the month
// does not have becomes its last day. Weeks begin on Monday.
func relative(s string, now time.Time) (at time.Time, ok bool) {
	s = strings.Join(strings.Fields(strings.ToLower(s)), " ")
	m := anchorForm().FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	if at, ok = anchor(m[1], m[2], now); !ok {
		return time.Time{}, false
	}
	for s = s[len(m[0]):]; s != ""; {
		m := stepForm().FindStringSubmatch(s)
		if m == nil {
			return time.Time{}, false
		}
		s = s[len(m[0]):]
		n, err := strconv.Atoi(m[1] + m[2])
		u, known := units[m[3]]
		if err != nil || !known {
			return time.Time{}, false
		}
		if at, ok = u.add(at, n); !ok {
			return time.Time{}, false
		}
	}
	return at, true
}

func anchor(word, of string, now time.Time) (time.Time, bool) {
	year, month, day := now.Date()
	hour, minute := now.Hour(), now.Minute()
	midnight := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, now.Location())
	}
	switch word {
	case "now":
		return now, true
	case "today":
		return midnight(year, month, day), true
	case "yesterday":
		return midnight(year, month, day-1), true
	case "tomorrow":
		return midnight(year, month, day+1), true
	}
	switch of {
	case "minute":
		return time.Date(year, month, day, hour, minute, 0, 0, now.Location()), true
	case "hour":
		return now.Add(-time.Duration(minute)*time.Minute - time.Duration(now.Second())*time.Second - time.Duration(now.Nanosecond())), true
	case "day":
		return midnight(year, month, day), true
	case "week":
		return midnight(year, month, day-(int(now.Weekday())+6)%7), true
	case "month":
		return midnight(year, month, 1), true
	case "quarter":
		return midnight(year, month-(month-1)%3, 1), true
	case "year":
		return midnight(year, 1, 1), true
	}
	return time.Time{}, false
}

// add moves at by n of the unit; ok is false if the result is outside of all calendars.
func (u unit) add(at time.Time, n int) (time.Time, bool) {
	const far = 5_000_000 // in days: more than the years 1 to 9999 have
	switch {
	case u.time > 0:
		if n > far*86400 || n < -far*86400 || n != 0 && time.Duration(n)*u.time/u.time != time.Duration(n) {
			return time.Time{}, false
		}
		return at.Add(time.Duration(n) * u.time), true
	case n*max(u.days, 1) > far || n*max(u.days, 1) < -far:
		return time.Time{}, false
	case u.days > 0:
		return at.AddDate(0, 0, n*u.days), true
	}
	year, month, day := at.Date()
	first := time.Date(year, month+time.Month(n*u.months), 1, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), at.Location())
	last := time.Date(first.Year(), first.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return time.Date(first.Year(), first.Month(), min(day, last), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), at.Location()), true
}
