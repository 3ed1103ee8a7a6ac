// Dates and times in the text of servers, in other forms than the plain one.

package row

import (
	"bytes"
	"strconv"
)

// ParseDate reads the 10 bytes of YYYY-MM-DD as days since 1970-01-01, if that is a
// day of the years 1 to 9999.
func ParseDate(v []byte) (days int64, ok bool) {
	if len(v) != dateSize {
		return 0, false
	}
	return parseDate(v)
}

// IsTime reports whether v is a time of day or a duration as servers write it:
// [-]H:MM:SS[.ffffff], with or without a zone.
func IsTime(v []byte) bool {
	_, _, _, ok := readClock(v)
	return ok
}

// Moment returns a date, a timestamp or a time of day, in any form, as microseconds since
// 1970-01-01, in UTC if it has a zone. ok is false for other kinds, for infinity, for dates
// that do not exist, and for values out of range.
func (b *Batch) Moment(c Cell) (micros int64, ok bool) {
	inArena := c.Flags&InArena != 0
	switch c.Kind {
	case Date:
		if !inArena {
			return int64(c.Bits) * MicrosPerDay, true
		}
	case Timestamp, TimestampTZ:
		if !inArena {
			return int64(c.Bits), true
		}
	case Time:
		micros, _, _, ok = readClock(b.Bytes(c))
		return micros, ok
	default:
		return 0, false
	}
	days, micros, exists := readInstant(b.Bytes(c))
	const most = 1<<63/MicrosPerDay - 1
	return days*MicrosPerDay + micros, exists && days < most && days > -most
}

// Day returns a date, in any form, as days since 1970-01-01. ok is false for other kinds,
// for infinity and for dates that do not exist.
func (b *Batch) Day(c Cell) (days int64, ok bool) {
	switch {
	case c.Kind != Date:
		return 0, false
	case c.Flags&InArena == 0:
		return int64(c.Bits), true
	}
	days, _, ok = readInstant(b.Bytes(c))
	return days, ok
}

// readInstant reads Y-MM-DD of any year. A time, a zone of +HH[:MM[:SS]] or Z, and BC may
// follow. Exists is false for dates such as 0000-00-00 and 2020-02-30, which sort close to
// where they would be.
func readInstant(v []byte) (days, micros int64, exists bool) {
	before := bytes.HasSuffix(v, []byte(" BC"))
	v = bytes.TrimSuffix(v, []byte(" BC"))
	date, clock := v, []byte(nil)
	if i := bytes.IndexAny(v, " T"); i >= 0 {
		date, clock = v[:i], v[i+1:]
	}
	parts := bytes.Split(date, []byte("-"))
	if len(parts) != 3 {
		return 0, 0, false
	}
	y, ok1 := readDigits(parts[0])
	m, ok2 := readDigits(parts[1])
	d, ok3 := readDigits(parts[2])
	if !ok1 || !ok2 || !ok3 || y > maxYear || m > 99 || d > 99 {
		return 0, 0, false
	}
	exists = y > 0 && m >= 1 && m <= 12 && d >= 1 && d <= daysIn(y, m)
	if before {
		y = 1 - y
		exists = m >= 1 && m <= 12 && d >= 1 && d <= daysIn(y, m)
	}
	days = daysFromCivil(y, min(max(m, 1), 12), 1) + int64(max(d, 1)-1)
	if len(clock) == 0 {
		return days, 0, exists
	}
	micros, _, _, ok := readClock(bytes.TrimSuffix(clock, []byte("Z")))
	over, micros := divFloor(micros, MicrosPerDay)
	return days + over, micros, exists && ok
}

// maxYear is a little above PostgreSQL's last year of a date, 5874897.
const maxYear = 5_880_000

// readClock reads [-]H:MM:SS[.f] of any number of hours, with or without a zone. The
// microseconds are in UTC; the zone is in seconds west of it.
func readClock(v []byte) (micros int64, zone int, zoned, ok bool) {
	negative := len(v) > 0 && v[0] == '-'
	if negative {
		v = v[1:]
	}
	if i := bytes.LastIndexAny(v, "+-"); i >= 0 {
		seconds, fine := readSexagesimal(v[i+1:])
		if !fine || i+1 == len(v) {
			return 0, 0, false, false
		}
		zone, zoned = int(seconds), true
		if v[i] == '+' {
			zone = -zone
		}
		v = v[:i]
	}
	whole, fraction := v, []byte(nil)
	if i := bytes.IndexByte(v, '.'); i >= 0 {
		whole, fraction = v[:i], v[i+1:]
	}
	if bytes.Count(whole, []byte(":")) != 2 || len(fraction) > 6 {
		return 0, 0, false, false
	}
	seconds, fine := readSexagesimal(whole)
	if !fine {
		return 0, 0, false, false
	}
	micros = seconds * microsPerSecond
	if len(fraction) > 0 {
		n, fine := readDigits(fraction)
		if !fine {
			return 0, 0, false, false
		}
		for range 6 - len(fraction) {
			n *= 10
		}
		micros += int64(n)
	}
	if negative {
		micros = -micros
	}
	return micros + int64(zone)*microsPerSecond, zone, zoned, true
}

// readSexagesimal reads H[:M[:S]] as seconds.
func readSexagesimal(v []byte) (seconds int64, ok bool) {
	parts := bytes.Split(v, []byte(":"))
	if len(parts) > 3 {
		return 0, false
	}
	for i := range 3 {
		seconds *= 60
		if i < len(parts) {
			n, fine := readDigits(parts[i])
			if !fine {
				return 0, false
			}
			seconds += int64(n)
		}
	}
	return seconds, true
}

// readDigits reads up to nine digits.
func readDigits(v []byte) (n int, ok bool) {
	if len(v) == 0 || len(v) > 9 {
		return 0, false
	}
	for _, ch := range v {
		if ch < '0' || ch > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(string(v))
	return n, err == nil
}
