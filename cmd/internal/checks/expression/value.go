// Values: how an expression represents a cell.

package expression

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/row"
)

// A value is nil, a bool, an int64, a *big.Rat, a time.Time, a time.Duration, a
// string, or an odd.

// An odd is a number or an instant that can be compared but not calculated with: NaN,
// infinities, years before 1 and after 9999, dates that do not exist.
type odd struct {
	kind row.Kind
	text string
}

// valueOf returns the value of a cell of a batch.
func valueOf(b *row.Batch, c row.Cell) any {
	switch c.Kind {
	case row.Null:
		return nil
	case row.Bool:
		return c.Bits != 0
	case row.Int:
		return int64(c.Bits)
	case row.Uint:
		if c.Bits <= math.MaxInt64 {
			return int64(c.Bits)
		}
		return new(big.Rat).SetInt(new(big.Int).SetUint64(c.Bits))
	case row.Decimal, row.Float:
		if c.Kind == row.Decimal && c.Flags&row.InArena == 0 {
			return reduced(new(big.Rat).SetFrac64(int64(c.Bits), tens[c.Scale]))
		}
		return numberOf(b.AppendText(nil, c))
	case row.Date:
		if c.Flags&row.InArena == 0 {
			return time.Unix(int64(c.Bits)*86_400, 0).UTC()
		}
		return odd{c.Kind, string(b.Bytes(c))}
	case row.Timestamp, row.TimestampTZ:
		if c.Flags&row.InArena == 0 {
			return time.UnixMicro(int64(c.Bits)).UTC()
		}
		return odd{c.Kind, string(b.Bytes(c))}
	}
	return string(b.AppendText(nil, c))
}

// tens are the powers of ten for the scales that a cell's decimal can have.
var tens = func() (tens [19]int64) {
	tens[0] = 1
	for i := 1; i < len(tens); i++ {
		tens[i] = 10 * tens[i-1]
	}
	return tens
}()

// numberOf reads a number in the text of servers.
func numberOf(v []byte) any {
	if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return n
	}
	if r, ok := rational(string(v)); ok {
		return reduced(r)
	}
	return odd{row.Decimal, string(v)}
}

// rational reads a number exactly. It refuses an exponent of many digits, which would need
// too much memory.
func rational(s string) (*big.Rat, bool) {
	mantissa, exponent, found := strings.Cut(strings.ToLower(s), "e")
	if found && (exponent == "" || len(exponent) > 6) || strings.Trim(mantissa, "+-.0123456789") != "" || mantissa == "" {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// instantOf reads text as an instant, in UTC if the text has no zone.
func instantOf(s string) (time.Time, bool) {
	if at := quickInstant([]byte(s)); at.is == instantly {
		return time.UnixMicro(at.n).UTC(), true
	}
	return parsedInstant(s)
}

// parsedInstant is instantOf for any notation.
func parsedInstant(s string) (time.Time, bool) {
	for _, layout := range []string{
		"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02",
		"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02T15:04Z07:00",
	} {
		if t, err := time.Parse(layout, s); err == nil { // with any fraction of seconds
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// show returns a value as messages show it.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		return shorten(strconv.Quote(v))
	case *big.Rat:
		return shorten(showNumber(v))
	case time.Time:
		return v.Format("2006-01-02T15:04:05.999999Z07:00")
	case odd:
		return shorten(v.text)
	}
	return fmt.Sprint(v)
}

// showNumber writes a number with all its digits, or as a fraction if it has infinitely
// many digits.
func showNumber(r *big.Rat) string {
	if digits, exact := r.FloatPrec(); exact {
		return r.FloatString(digits)
	}
	return r.RatString()
}

// shorten cuts a text that is too long for a message.
func shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
