// Intervals in ISO 8601, as PostgreSQL prints them with intervalstyle=iso_8601:
// from its binary form, and from the text of its default style.

package postgres

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
)

// An interval is what PostgreSQL stores.
type interval struct {
	months, days int32
	micros       int64
}

const intervalSize = 16

func binaryInterval(v []byte) interval {
	return interval{int32(binary.BigEndian.Uint32(v[12:])), int32(binary.BigEndian.Uint32(v[8:])), int64(binary.BigEndian.Uint64(v))}
}

// append writes it by the server's own rules for signs and zeros.
func (i interval) append(dst []byte) []byte {
	switch i {
	case interval{}:
		return append(dst, "PT0S"...)
	case interval{math.MaxInt32, math.MaxInt32, math.MaxInt64}: // from PostgreSQL 17 on
		return append(dst, "infinity"...)
	case interval{math.MinInt32, math.MinInt32, math.MinInt64}:
		return append(dst, "-infinity"...)
	}
	part := func(n int64, unit byte) {
		if n != 0 {
			dst = append(strconv.AppendInt(dst, n, 10), unit)
		}
	}
	dst = append(dst, 'P')
	part(int64(i.months/12), 'Y')
	part(int64(i.months%12), 'M')
	part(int64(i.days), 'D')
	if i.micros == 0 {
		return dst
	}
	dst = append(dst, 'T')
	part(i.micros/3_600_000_000, 'H')
	part(i.micros/60_000_000%60, 'M')
	rest := i.micros % 60_000_000
	if rest == 0 {
		return dst
	}
	if rest < 0 {
		dst, rest = append(dst, '-'), -rest
	}
	return append(appendSeconds(dst, rest), 'S')
}

// appendSeconds writes microseconds as seconds, without zeros at the end.
func appendSeconds(dst []byte, micros int64) []byte {
	dst = strconv.AppendInt(dst, micros/1_000_000, 10)
	if micros %= 1_000_000; micros == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit := int64(100_000); micros > 0; unit /= 10 {
		dst = append(dst, '0'+byte(micros/unit))
		micros %= unit
	}
	return dst
}

// appendIntervalText rewrites the text of an interval in the style postgres, such as 1
// year 2 mons -3 days +04:05:06.7. A text in the style iso_8601 is copied.
func appendIntervalText(dst, v []byte) ([]byte, bool) {
	text := asString(v)
	if strings.HasPrefix(text, "P") || text == "infinity" || text == "-infinity" {
		return append(dst, v...), true
	}
	var i interval
	months := int64(0)
	for text != "" {
		word, rest, _ := strings.Cut(text, " ")
		if strings.Contains(word, ":") {
			if rest != "" {
				return dst, false
			}
			var ok bool
			if i.micros, ok = clock(word); !ok {
				return dst, false
			}
			break
		}
		n, err := strconv.ParseInt(word, 10, 32)
		if err != nil {
			return dst, false
		}
		unit, rest, _ := strings.Cut(rest, " ")
		switch text = rest; unit {
		case "year", "years":
			months += n * 12
		case "mon", "mons":
			months += n
		case "day", "days":
			i.days = int32(n)
		default:
			return dst, false
		}
	}
	if months < math.MinInt32 || months > math.MaxInt32 {
		return dst, false
	}
	i.months = int32(months)
	return i.append(dst), true
}

// clock reads [+-]hours:minutes:seconds[.fraction] of any number of hours.
func clock(text string) (micros int64, ok bool) {
	negative := strings.HasPrefix(text, "-")
	parts := strings.Split(strings.TrimLeft(text, "+-"), ":")
	if len(parts) != 3 {
		return 0, false
	}
	seconds, fraction, _ := strings.Cut(parts[2], ".")
	if len(fraction) > 6 {
		return 0, false
	}
	total := uint64(0)
	for i, digits := range []string{parts[0], parts[1], seconds, fraction + "000000"[len(fraction):]} {
		n, err := strconv.ParseUint(digits, 10, 64)
		if err != nil || n > math.MaxInt64/3_600_000_000 {
			return 0, false
		}
		total += n * [...]uint64{3_600_000_000, 60_000_000, 1_000_000, 1}[i]
	}
	switch {
	case negative && total <= 1<<63:
		return int64(-total), true
	case total > math.MaxInt64:
		return 0, false
	}
	return int64(total), true
}
