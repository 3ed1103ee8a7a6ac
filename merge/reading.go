// Cells without a type read as what they stand for, where another source has a type
// for their column.

package merge

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// readAs gives a cell of the batch as one of the type: text in the type's canonical
// form, or in one that SQLite itself writes and reads as such. If it is none, that is
// not ok, the cell is as it was, and since may say more. The zone, where there is one,
// is that of timestamps that have none; without it they are in UTC, as SQLite has them.
func readAs(b *row.Batch, c row.Cell, to row.Kind, zone *row.Zone) (_ row.Cell, ok bool, since string) {
	if to == row.JSON && c.Kind.Numeric() {
		if text := b.AppendText(nil, c); json.Valid(text) {
			return b.Keep(row.JSON, string(text)), true, ""
		}
	}
	if c.Kind != row.Text {
		return c, passing(to).has(c.Kind), ""
	}
	v := b.Bytes(c)
	switch to {
	case row.Bool, row.Int, row.Uint, row.Decimal, row.Float:
		c, ok = readNumber(v, c, to)
		return c, ok, ""
	case row.Date, row.Timestamp, row.TimestampTZ, mixed:
		return readMoment(v, c, to, zone)
	case row.Time:
		c, ok = readTime(b, v, c)
		return c, ok, ""
	case row.Bytes:
		digits, ok := strings.CutPrefix(string(v), `\x`)
		if raw, err := hex.DecodeString(digits); ok && err == nil {
			return b.Keep(row.Bytes, string(raw)), true, ""
		}
	case row.JSON:
		if json.Valid(v) {
			c.Kind = row.JSON
			return c, true, ""
		}
	}
	return c, false, ""
}

// readNumber reads a boolean or a number; the latter as JSON has it, so that text with
// zeros at its front, such as a postal code, is none.
func readNumber(v []byte, c row.Cell, to row.Kind) (row.Cell, bool) {
	switch strings.ToLower(string(v[:min(len(v), 6)])) {
	case "true", "t":
		return row.Cell{Kind: row.Bool, Bits: 1}, true
	case "false", "f":
		return row.Cell{Kind: row.Bool}, true
	}
	if to == row.Bool && string(v) != "0" && string(v) != "1" {
		return c, false
	}
	if plainNumber(v) || isNumber(v) { // the latter also knows NaN and Infinity
		c.Kind = row.Decimal
		return c, true
	}
	return c, false
}

// readTime reads a time of day, with the seconds that SQLite leaves out.
func readTime(b *row.Batch, v []byte, c row.Cell) (row.Cell, bool) {
	clock, zone := v, []byte(nil)
	if i := bytes.IndexAny(v[min(len(v), 1):], "+-"); i >= 0 {
		clock, zone = v[:i+1], v[i+1:]
	}
	if bytes.Count(clock, []byte(":")) == 1 {
		text := string(clock) + ":00" + string(zone)
		if row.IsTime([]byte(text)) {
			return b.Keep(row.Time, text), true
		}
	}
	if row.IsTime(v) {
		c.Kind = row.Time
		return c, true
	}
	return c, false
}

// readMoment reads a date or a timestamp. One without a zone is no instant but in the
// zone given, or UTC; one with a zone is never a timestamp without.
func readMoment(v []byte, c row.Cell, to row.Kind, zone *row.Zone) (_ row.Cell, ok bool, since string) {
	m, ok := parseMoment(v)
	if !ok {
		if isOddMoment(v, to) {
			if c.Kind = to; to == mixed {
				c.Kind = row.Timestamp
			}
			return c, true, ""
		}
		return c, false, ""
	}
	if to == mixed {
		switch {
		case m.zoned:
			to = row.TimestampTZ
		case m.clock:
			to = row.Timestamp
		default:
			to = row.Date
		}
	}
	if m.zoned && to != row.TimestampTZ {
		return c, false, ", since it has a zone"
	}
	switch to {
	case row.Date:
		if m.micros%row.MicrosPerDay != 0 {
			return c, false, ", since it has a time"
		}
		return row.Cell{Kind: row.Date, Bits: uint64(m.days())}, true, ""
	case row.TimestampTZ:
		switch {
		case m.zoned:
			m.micros -= m.offset
			if m.days() < row.FirstDay || m.days() > row.LastDay {
				return c, false, ""
			}
		case zone != nil:
			at, err := zone.Instant(m.micros)
			if err != nil {
				return c, false, ": " + err.Error()
			}
			m.micros = at
		}
	}
	return row.Cell{Kind: to, Bits: uint64(m.micros)}, true, ""
}

// A moment is a date, with or without a time and a zone.
type moment struct {
	micros int64 // since 1970-01-01, where it is
	clock  bool  // there is a time of day
	zoned  bool
	offset int64 // microseconds east of UTC
}

func (m moment) days() int64 {
	days := m.micros / row.MicrosPerDay
	if m.micros%row.MicrosPerDay < 0 {
		days--
	}
	return days
}

// parseMoment reads YYYY-MM-DD, and behind it, after a blank or T, HH:MM, HH:MM:SS
// or HH:MM:SS with a fraction, and then Z or [+-]HH:MM, [+-]HH, perhaps after a blank:
// the forms of SQLite that name a day, of PostgreSQL and our own. No date that does not
// exist, and no fraction beyond microseconds, is one.
func parseMoment(v []byte) (m moment, ok bool) {
	if len(v) < 10 {
		return m, false
	}
	days, ok := row.ParseDate(v[:10])
	if m.micros = days * row.MicrosPerDay; !ok || len(v) == 10 {
		return m, ok
	}
	rest := v[11:]
	if v[10] != ' ' && v[10] != 'T' || len(rest) < 5 || rest[2] != ':' {
		return m, false
	}
	m.clock = true
	clock := [3]int64{twoDigits(rest), twoDigits(rest[3:]), 0}
	rest = rest[5:]
	if len(rest) >= 3 && rest[0] == ':' {
		clock[2], rest = twoDigits(rest[1:]), rest[3:]
		if len(rest) > 1 && rest[0] == '.' {
			n := digits(string(rest[1:]))
			fraction, fine := microsOf(rest[1 : 1+n])
			if !fine {
				return m, false
			}
			m.micros, rest = m.micros+fraction, rest[1+n:]
		}
	}
	if clock[0] < 0 || clock[0] > 23 || clock[1] < 0 || clock[1] > 59 || clock[2] < 0 || clock[2] > 59 {
		return m, false
	}
	m.micros += ((clock[0]*60+clock[1])*60 + clock[2]) * 1e6
	rest = bytes.TrimPrefix(rest, []byte(" "))
	switch {
	case len(rest) == 0:
		return m, true
	case string(rest) == "Z":
		m.zoned = true
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
	m.zoned, m.offset = true, (hours*60+minutes)*60e6
	if rest[0] == '-' {
		m.offset = -m.offset
	}
	return m, true
}

// microsOf reads the digits of a fraction of a second; it is not ok where there are
// none, or some that count beyond microseconds.
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

// twoDigits reads two digits, or gives a number below 0.
func twoDigits(v []byte) int64 {
	if len(v) < 2 || v[0]-'0' > 9 || v[1]-'0' > 9 {
		return -1
	}
	return int64(v[0]-'0')*10 + int64(v[1]-'0')
}

// isOddMoment reports whether v is one of the values of servers that are no day of the
// years 1 to 9999, in their own text: infinities, years before and after, dates with
// zeros, and days that a month does not have, which MySQL can store.
func isOddMoment(v []byte, to row.Kind) bool {
	switch string(v) {
	case "infinity", "-infinity":
		return true
	}
	text, _ := strings.CutSuffix(string(v), " BC")
	at := strings.IndexAny(text, " T")
	day, clock := text, ""
	if at >= 0 {
		day, clock = text[:at], text[at+1:]
	}
	parts := strings.Split(day, "-")
	if len(parts) != 3 || len(parts[0]) < 4 || len(parts[0]) > 7 || len(parts[1]) != 2 || len(parts[2]) != 2 || strings.Trim(day, "0123456789-") != "" {
		return false
	}
	m, _ := strconv.Atoi(parts[1])
	d, _ := strconv.Atoi(parts[2])
	switch clock = strings.TrimSuffix(strings.TrimSuffix(clock, "+00"), "Z"); {
	case m > 12 || d > 31:
		return false
	case at < 0:
		return true
	}
	return to != row.Date && row.IsTime([]byte(clock)) && !strings.ContainsAny(clock, "+-")
}

// plainNumber reports whether v is a number as JSON has it, and one of a sane
// size.
func plainNumber(v []byte) bool {
	rest := strings.TrimPrefix(string(v), "-")
	whole := digits(rest)
	if whole == 0 || (whole > 1 && rest[0] == '0') {
		return false
	}
	rest = rest[whole:]
	if fraction, ok := strings.CutPrefix(rest, "."); ok {
		n := digits(fraction)
		if n == 0 {
			return false
		}
		rest = fraction[n:]
	}
	if rest == "" {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	rest = rest[1:]
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	return len(rest) < 5 && rest != "" && digits(rest) == len(rest)
}

// digits counts those at the beginning.
func digits(s string) (n int) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
