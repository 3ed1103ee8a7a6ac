// Text read as what it stands for, where one side of a comparison has a type and
// the other has not.

package merge

import (
	"encoding/hex"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// readAs gives a text cell of the batch as a cell of the kind, or as it is where
// it is none.
func readAs(b *row.Batch, c row.Cell, to row.Kind) row.Cell {
	v := b.Bytes(c)
	switch to {
	case row.Bool, row.Int, row.Uint, row.Decimal, row.Float:
		switch strings.ToLower(string(v[:min(len(v), 6)])) {
		case "true", "t":
			return row.Cell{Kind: row.Bool, Bits: 1}
		case "false", "f":
			return row.Cell{Kind: row.Bool}
		}
		if plainNumber(v) || isNumber(v) { // the latter also knows NaN and Infinity
			c.Kind = row.Decimal
		}
	case row.Date, row.Time, row.Timestamp, row.TimestampTZ:
		c.Kind = to // what is no date is different from all that are
	case row.Bytes:
		digits, ok := strings.CutPrefix(string(v), `\x`)
		raw, err := hex.DecodeString(digits)
		if ok && err == nil {
			c = b.Keep(row.Bytes, string(raw))
		}
	}
	return c
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
