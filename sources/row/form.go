// Dates and timestamps in the forms that SQLite stores as text.

package row

import (
	"bytes"
	"math"
)

// A Moment is a date that may have a time and a zone.
type Moment struct {
	Micros int64 // local time since 1970-01-01
	Clock  bool  // it has a time of day
	Zoned  bool
	Offset int64 // microseconds east of UTC
}

// Days returns the local days since 1970-01-01.
func (m Moment) Days() int64 {
	days := m.Micros / MicrosPerDay
	if m.Micros%MicrosPerDay < 0 {
		days--
	}
	return days
}

// ParseMoment reads YYYY-MM-DD. After a blank or T, HH:MM, HH:MM:SS or HH:MM:SS with a
// fraction may follow, and then Z or [+-]HH:MM or [+-]HH, which may have a blank before it.
// These are SQLite's forms that name a day, PostgreSQL's and our own. It refuses a date
// that does not exist, and a fraction finer than microseconds.
func ParseMoment(v []byte) (m Moment, ok bool) {
	if len(v) < 10 {
		return m, false
	}
	days, ok := ParseDate(v[:10])
	if m.Micros = days * MicrosPerDay; !ok || len(v) == 10 {
		return m, ok
	}
	rest := v[11:]
	if v[10] != ' ' && v[10] != 'T' || len(rest) < 5 || rest[2] != ':' {
		return m, false
	}
	m.Clock = true
	clock := [3]int64{twoDigits(rest), twoDigits(rest[3:]), 0}
	rest = rest[5:]
	if len(rest) >= 3 && rest[0] == ':' {
		clock[2], rest = twoDigits(rest[1:]), rest[3:]
		if len(rest) > 1 && rest[0] == '.' {
			n := digitsOf(rest[1:])
			fraction, fine := microsOf(rest[1 : 1+n])
			if !fine {
				return m, false
			}
			m.Micros, rest = m.Micros+fraction, rest[1+n:]
		}
	}
	if clock[0] < 0 || clock[0] > 23 || clock[1] < 0 || clock[1] > 59 || clock[2] < 0 || clock[2] > 59 {
		return m, false
	}
	m.Micros += ((clock[0]*60+clock[1])*60 + clock[2]) * 1e6
	if len(rest) == 0 {
		return m, true
	}
	rest = bytes.TrimPrefix(rest, []byte(" "))
	switch {
	case len(rest) == 0:
		return m, false
	case string(rest) == "Z":
		m.Zoned = true
		return m, true
	case rest[0] != '+' && rest[0] != '-' || len(rest) != 3 && (len(rest) != 6 || rest[3] != ':'):
		return m, false
	}
	hours, minutes := twoDigits(rest[1:]), int64(0)
	if len(rest) == 6 {
		minutes = twoDigits(rest[4:])
	}
	if hours < 0 || hours > 15 || minutes < 0 || minutes > 59 {
		return m, false
	}
	m.Zoned, m.Offset = true, (hours*60+minutes)*60e6
	if rest[0] == '-' {
		m.Offset = -m.Offset
	}
	return m, true
}

// microsOf reads the digits of a fraction of a second. ok is false if there are none, or if
// a digit beyond microseconds is not zero.
func microsOf(v []byte) (micros int64, ok bool) {
	for i, ch := range v {
		if i >= 6 && ch != '0' {
			return 0, false
		}
		if i < 6 {
			micros = micros*10 + int64(ch-'0')
		}
	}
	return micros * int64(math.Pow10(6-min(len(v), 6))), len(v) > 0
}

// twoDigits reads two digits, or returns a number below 0.
func twoDigits(v []byte) int64 {
	if len(v) < 2 || v[0]-'0' > 9 || v[1]-'0' > 9 {
		return -1
	}
	return int64(v[0]-'0')*10 + int64(v[1]-'0')
}

// digitsOf counts the digits at the beginning.
func digitsOf(v []byte) (n int) {
	for n < len(v) && v[n]-'0' <= 9 {
		n++
	}
	return n
}
