// Tolerances: how far numbers and times may differ and still count as equal.

package compare

import (
	"bytes"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/sources/row"
)

// A Tolerance allows the values of a column to differ. Numbers may differ by an amount or
// by a fraction of the baseline's value, and dates and times by a duration. It is exact:
// nothing is rounded.
type Tolerance struct {
	Column   string
	by       *big.Rat // in microseconds for times
	relative bool
	timed    bool   // by is a duration
	text     string // as it was written, without the column
}

// String returns the tolerance of the column as it was written.
func (t Tolerance) String() string { return t.Column + " within " + t.text }

// ParseTolerance parses COLUMN=0.01, COLUMN=0.1%, or COLUMN=1s, where 1s may be any
// duration such as 1m30s, 500ms or 2d.
func ParseTolerance(s string) (Tolerance, error) {
	at := strings.LastIndexByte(s, '=')
	if at < 1 {
		return Tolerance{}, fmt.Errorf("%q: give a column and how far its values may be apart, as in amount=0.01, amount=0.1%% or placed_at=1s", s)
	}
	t := Tolerance{Column: strings.TrimSpace(s[:at])}
	t.text = strings.TrimSpace(s[at+1:])
	if by, ok := micros(strings.TrimPrefix(t.text, "-")); ok {
		t.by, t.timed = by, true
		if strings.HasPrefix(t.text, "-") {
			return t, fmt.Errorf("%q: it cannot be negative", s)
		}
		return t, nil
	}
	digits, relative := strings.CutSuffix(t.text, "%")
	t.relative = relative
	if !columns.PlainNumber([]byte(digits)) {
		return t, fmt.Errorf("%q: %q is neither a number nor a duration: give one such as 0.01, 0.1%% or 1s", s, s[at+1:])
	}
	t.by, _ = new(big.Rat).SetString(digits)
	if t.by.Sign() < 0 {
		return t, fmt.Errorf("%q: it cannot be negative", s)
	}
	if relative {
		t.by.Quo(t.by, big.NewRat(100, 1))
	}
	return t, nil
}

// units of durations, in nanoseconds.
var units = map[string]int64{
	"ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9, "d": 86_400e9, "w": 7 * 86_400e9,
}

// micros parses a duration, and returns it exactly, in microseconds.
func micros(s string) (*big.Rat, bool) {
	form := regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h|d|w)`)
	sum, some := new(big.Rat), false
	for s != "" {
		part := form.FindStringSubmatch(s)
		if part == nil || len(part[1]) > 30 {
			return nil, false
		}
		n, _ := new(big.Rat).SetString(part[1])
		sum.Add(sum, n.Mul(n, big.NewRat(units[part[2]], 1000)))
		s, some = s[len(part[0]):], true
	}
	return sum, some
}

// misfit returns why the tolerance cannot apply to a column of a kind. Any is a column
// whose cells have their own kinds.
func (t *Tolerance) misfit(kind row.Kind) error {
	timed := kind == row.Date || kind == row.Time || kind == row.Timestamp || kind == row.TimestampTZ
	switch {
	case kind == row.Any || kind == row.Null || timed && t.timed || kind.Numeric() && !t.timed:
		return nil
	case timed:
		return fmt.Errorf("%s: column %q holds %s values: give a duration such as 1s, 5m or 2d", t.text, t.Column, kind)
	case kind.Numeric():
		return fmt.Errorf("%s: column %q holds numbers: give one such as 0.01, or 0.1%%", t.text, t.Column)
	}
	return fmt.Errorf("%s: column %q is %s, and only numbers, dates and times can be near each other", t.text, t.Column, kind)
}

// fits reports whether the tolerance applies to the cell.
func (t *Tolerance) fits(b *row.Batch, c row.Cell) bool {
	_, ok := t.number(b, c)
	return ok
}

// within reports whether two cells are close enough.
func (t *Tolerance) within(a *row.Batch, x row.Cell, b *row.Batch, y row.Cell) bool {
	base, ok1 := t.number(a, x)
	other, ok2 := t.number(b, y)
	if !ok1 || !ok2 || t.timed && ofDay(a, x) != ofDay(b, y) {
		return false
	}
	limit := t.by
	if t.relative {
		limit = new(big.Rat).Mul(t.by, base)
		limit.Abs(limit)
	}
	distance := other.Sub(other, base)
	return distance.Abs(distance).Cmp(limit) <= 0
}

// number returns the exact value of a cell: a number or, for a duration, a moment in
// microseconds. Ok is false if the tolerance does not apply to the cell.
func (t *Tolerance) number(b *row.Batch, c row.Cell) (*big.Rat, bool) {
	if !t.timed {
		return rational(b, c)
	}
	if c.Kind == row.Text { // in a column without a type
		var lent row.Batch
		if m, ok := row.ParseMoment(b.Bytes(c)); ok {
			return new(big.Rat).SetInt64(m.Micros - m.Offset), true
		}
		read, ok := columns.ReadTime(&lent, b.Bytes(c), c)
		if !ok {
			return nil, false
		}
		if c = read; len(lent.Arena) > 0 {
			b = &lent
		}
	}
	at, ok := b.Moment(c)
	return new(big.Rat).SetInt64(at), ok
}

// ofDay reports whether a cell is a time without a date.
func ofDay(b *row.Batch, c row.Cell) bool {
	return c.Kind == row.Time || c.Kind == row.Text && !bytes.Contains(b.Bytes(c), []byte{'-'})
}

// rational returns the exact value of a number. A float counts as the decimal that is
// printed for it.
func rational(b *row.Batch, c row.Cell) (*big.Rat, bool) {
	if !c.Kind.Numeric() {
		return nil, false
	}
	text := b.AppendText(nil, c)
	if !columns.PlainNumber(text) {
		return nil, false
	}
	return new(big.Rat).SetString(string(text))
}
