// Dates, times and timestamps beyond the value form of a cell: infinity, years before 1
// and after 9999, in the text of PostgreSQL.

package engine

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/row"
)

// DuckDB's infinities: the largest values and their negatives.
const (
	endOfDays = math.MaxInt32
	endOfTime = math.MaxInt64
)

const (
	secondsPerDay = 86_400
	micro         = 1_000_000
)

// dateOf reads a date such as 0044-03-15 BC, 12026-01-31 or -infinity as days.
func dateOf(v []byte) (days int32, ok bool) {
	switch string(v) {
	case "infinity":
		return endOfDays, true
	case "-infinity":
		return -endOfDays, true
	}
	v, bc := bytes.CutSuffix(v, []byte(" BC"))
	n, ok := civil(v, bc)
	if !ok || n <= -endOfDays || n >= endOfDays {
		return 0, false
	}
	return int32(n), true
}

// civil reads year-month-day as days, if such a day exists.
func civil(v []byte, bc bool) (days int64, ok bool) {
	parts := strings.Split(string(v), "-")
	if len(parts) != 3 || len(parts[0]) < 4 || len(parts[0]) > 7 || len(parts[1]) != 2 || len(parts[2]) != 2 {
		return 0, false
	}
	y, okY := number(parts[0])
	m, okM := number(parts[1])
	d, okD := number(parts[2])
	if !okY || !okM || !okD || y == 0 {
		return 0, false
	}
	if bc {
		y = 1 - y
	}
	at := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if gotY, gotM, gotD := at.Date(); gotY != y || int(gotM) != m || gotD != d {
		return 0, false
	}
	return at.Unix() / secondsPerDay, true // midnight: no remainder
}

// number reads digits only.
func number(s string) (n int, ok bool) {
	u, err := strconv.ParseUint(s, 10, 31)
	return int(u), err == nil
}

// instantOf reads a timestamp such as 0044-03-15 08:30:00.5 BC, with +00 after the time
// if it is in UTC, as microseconds.
func instantOf(v []byte) (micros int64, ok bool) {
	switch string(v) {
	case "infinity":
		return endOfTime, true
	case "-infinity":
		return -endOfTime, true
	}
	v, bc := bytes.CutSuffix(v, []byte(" BC"))
	date, clock, found := bytes.Cut(v, []byte(" "))
	if !found { // a date in a column of timestamps
		clock = []byte("00:00:00")
	}
	clock, _ = bytes.CutSuffix(clock, []byte("+00"))
	days, ok := civil(date, bc)
	of, okTime := timeOf(clock)
	if !ok || !okTime || of >= row.MicrosPerDay {
		return 0, false
	}
	if days >= endOfTime/row.MicrosPerDay || days <= -endOfTime/row.MicrosPerDay {
		return 0, false
	}
	return days*row.MicrosPerDay + of, true
}

// timeOf reads a time of day HH:MM:SS[.ffffff] up to 24:00:00 as microseconds.
func timeOf(v []byte) (micros int64, ok bool) {
	if len(v) < 8 || v[2] != ':' || v[5] != ':' {
		return 0, false
	}
	at := [3]int64{}
	for i := range at {
		a, b := v[3*i]-'0', v[3*i+1]-'0'
		if a > 9 || b > 9 {
			return 0, false
		}
		at[i] = int64(a)*10 + int64(b)
	}
	if at[1] > 59 || at[2] > 59 {
		return 0, false
	}
	micros = (at[0]*3600 + at[1]*60 + at[2]) * micro
	if rest := v[8:]; len(rest) > 0 {
		if rest[0] != '.' || len(rest) < 2 || len(rest) > 7 {
			return 0, false
		}
		unit := int64(micro)
		for _, ch := range rest[1:] {
			if ch-'0' > 9 {
				return 0, false
			}
			unit /= 10
			micros += int64(ch-'0') * unit
		}
	}
	return micros, micros <= row.MicrosPerDay
}

// mostZone is the offset, in seconds, from which DuckDB's time with a zone counts.
const mostZone = 16*3600 - 1

// timetzOf reads a time of day with a zone, such as 08:30:00.5+05:30, in DuckDB's form:
// microseconds, and in the last 24 bits the distance of the zone from the easternmost.
func timetzOf(v []byte) (bits uint64, ok bool) {
	at := bytes.LastIndexAny(v, "+-")
	if at <= 0 {
		return 0, false
	}
	micros, ok := timeOf(v[:at])
	seconds, unit := 0, 3600
	for part := range bytes.SplitSeq(v[at+1:], []byte(":")) {
		n, fine := number(string(part))
		if !fine || len(part) != 2 || unit == 0 {
			return 0, false
		}
		seconds, unit = seconds+n*unit, unit/60
	}
	if v[at] == '-' {
		seconds = -seconds
	}
	if !ok || seconds > mostZone || seconds < -mostZone {
		return 0, false
	}
	return uint64(micros)<<24 | uint64(mostZone-seconds), true
}

// appendTimetz writes the form that timetzOf reads.
func appendTimetz(dst []byte, bits uint64) []byte {
	dst = appendTime(dst, int64(bits>>24))
	seconds, sign := mostZone-int(bits&(1<<24-1)), byte('+')
	if seconds < 0 {
		seconds, sign = -seconds, '-'
	}
	dst = fmt.Appendf(append(dst, sign), "%02d", seconds/3600)
	if seconds%3600 != 0 {
		dst = fmt.Appendf(dst, ":%02d", seconds/60%60)
	}
	if seconds%60 != 0 {
		dst = fmt.Appendf(dst, ":%02d", seconds%60)
	}
	return dst
}

// appendTime writes a time of day without trailing zeros in its fraction.
func appendTime(dst []byte, micros int64) []byte {
	s := micros / micro
	dst = fmt.Appendf(dst, "%02d:%02d:%02d", s/3600, s/60%60, s%60)
	return appendFraction(dst, micros%micro)
}

func appendFraction(dst []byte, micros int64) []byte {
	if micros == 0 {
		return dst
	}
	return bytes.TrimRight(fmt.Appendf(dst, ".%06d", micros), "0")
}

// date appends a date to a batch.
func date(b *row.Batch, days int32) {
	switch days {
	case endOfDays:
		b.Exact(row.Date, []byte("infinity"))
		return
	case -endOfDays:
		b.Exact(row.Date, []byte("-infinity"))
		return
	}
	at := time.Unix(int64(days)*secondsPerDay, 0).UTC()
	if y := at.Year(); y >= 1 && y <= 9999 {
		b.Date(int64(days))
		return
	}
	text, era := appendCivil(nil, at)
	b.Exact(row.Date, append(text, era...))
}

// instant appends a timestamp to a batch. The value counts units, perSecond of which
// are a second.
func instant(b *row.Batch, v, perSecond int64, kind row.Kind) {
	switch v {
	case endOfTime:
		b.Exact(kind, []byte("infinity"))
		return
	case -endOfTime:
		b.Exact(kind, []byte("-infinity"))
		return
	}
	s, rest := v/perSecond, v%perSecond
	if rest < 0 {
		s, rest = s-1, rest+perSecond
	}
	rest *= micro / perSecond
	at := time.Unix(s, 0).UTC()
	if y := at.Year(); y >= 1 && y <= 9999 {
		b.Timestamp(s*micro+rest, kind == row.TimestampTZ)
		return
	}
	text, era := appendCivil(nil, at)
	text = appendFraction(at.AppendFormat(text, " 15:04:05"), rest)
	if kind == row.TimestampTZ {
		text = append(text, "+00"...)
	}
	b.Exact(kind, append(text, era...))
}

// appendCivil writes the date, and returns what PostgreSQL writes after everything else
// if its year is before 1.
func appendCivil(dst []byte, at time.Time) (_ []byte, era string) {
	y, m, d := at.Date()
	if y < 1 {
		y, era = 1-y, " BC"
	}
	return fmt.Appendf(dst, "%04d-%02d-%02d", y, m, d), era
}
