// Conversion of cells without a type to the type that another source has for their column.

package columns

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// Read returns a cell of the batch as a value of the type. The cell may be text in the
// type's canonical form, or in a form that SQLite itself writes and reads as such a value.
// If the cell is no value of the type, ok is false, the cell is unchanged, and since may
// give a reason that continues an error's text. The zone, if not nil, is the zone of
// timestamps without one; otherwise these are in UTC, as in SQLite.
func Read(b *row.Batch, c row.Cell, to row.Kind, zone *row.Zone) (_ row.Cell, ok bool, since string) {
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
		c, ok = ReadTime(b, v, c)
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

// readNumber reads a boolean or a number. A number has the form of JSON. So text with
// leading zeros, such as a postal code, is not a number.
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
	if PlainNumber(v) || isNumber(v) { // the latter also knows NaN and Infinity
		c.Kind = row.Decimal
		return c, true
	}
	return c, false
}

// ReadTime reads the text v, of cell c, as a time of day. It adds the seconds that SQLite
// leaves out. If the text is not a time, it returns c and false.
func ReadTime(b *row.Batch, v []byte, c row.Cell) (row.Cell, bool) {
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

// readMoment reads a date or a timestamp. If an instant is wanted, a text without a zone is
// taken in the given zone, or in UTC. A text with a zone is never read as a timestamp
// without one.
func readMoment(v []byte, c row.Cell, to row.Kind, zone *row.Zone) (_ row.Cell, ok bool, since string) {
	m, ok := row.ParseMoment(v)
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
		case m.Zoned:
			to = row.TimestampTZ
		case m.Clock:
			to = row.Timestamp
		default:
			to = row.Date
		}
	}
	if m.Zoned && to != row.TimestampTZ {
		return c, false, ", since it has a zone"
	}
	switch to {
	case row.Date:
		if m.Micros%row.MicrosPerDay != 0 {
			return c, false, ", since it has a time"
		}
		return row.Cell{Kind: row.Date, Bits: uint64(m.Days())}, true, ""
	case row.TimestampTZ:
		switch {
		case m.Zoned:
			m.Micros -= m.Offset
			if m.Days() < row.FirstDay || m.Days() > row.LastDay {
				return c, false, ""
			}
		case zone != nil:
			at, err := zone.Instant(m.Micros)
			if err != nil {
				return c, false, ": " + err.Error()
			}
			m.Micros = at
		}
	}
	return row.Cell{Kind: to, Bits: uint64(m.Micros)}, true, ""
}

// isOddMoment reports whether v is a server's text for a date or timestamp outside of the
// days of the years 1 to 9999: an infinity, an earlier or later year, or a date with zeros.
// It rejects days that a month does not have, although MySQL can store them.
func isOddMoment(v []byte, to row.Kind) bool {
	switch string(v) {
	case "infinity", "-infinity":
		return true
	}
	text, before := strings.CutSuffix(string(v), " BC")
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
	case m > 12 || d > 31 || m > 0 && d > 0 && len(parts[0]) == 4 && parts[0] != "0000" && !before:
		return false
	case at < 0:
		return true
	}
	return to != row.Date && row.IsTime([]byte(clock)) && !strings.ContainsAny(clock, "+-")
}

// PlainNumber reports whether v is a number in the form of JSON, with at most four digits
// in its exponent.
func PlainNumber(v []byte) bool {
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

// digits returns the number of digits at the beginning of s.
func digits(s string) (n int) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// isNumber reports whether v is the canonical text of a number. A number with needless
// zeros, such as 1.10 or 007, is text.
func isNumber(v []byte) bool {
	if len(v) == 0 || (v[0] > '9' && v[0] != 'N' && v[0] != 'I') {
		return false
	}
	if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return string(v) == strconv.FormatInt(n, 10) || string(v) == "-0" // -0 is a float
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil {
		return false
	}
	var buf [32]byte
	b := row.NewBatch(&row.Schema{})
	defer b.Release()
	b.Float(f)
	return bytes.Equal(row.AppendValue(buf[:0], b.Cells[0]), v)
}
