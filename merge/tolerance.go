// How far numbers may be apart and still count as the same.

package merge

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// A Tolerance lets the numbers of a column differ: by so much, or by such a part
// of the baseline's number. It is exact: no number is rounded.
type Tolerance struct {
	Column   string
	by       *big.Rat
	relative bool
	text     string // as it was written, without the column
}

// String is how far numbers of the column may be apart, as it was written.
func (t Tolerance) String() string { return t.Column + " within " + t.text }

// ParseTolerance reads COLUMN=0.01 or COLUMN=0.1%.
func ParseTolerance(s string) (Tolerance, error) {
	at := strings.LastIndexByte(s, '=')
	if at < 1 {
		return Tolerance{}, fmt.Errorf("%q: give a column and how far its numbers may be apart, as in amount=0.01 or amount=0.1%%", s)
	}
	t := Tolerance{Column: strings.TrimSpace(s[:at])}
	t.text = strings.TrimSpace(s[at+1:])
	digits, relative := strings.CutSuffix(t.text, "%")
	t.relative = relative
	if !plainNumber([]byte(digits)) {
		return t, fmt.Errorf("%q: %q is not a number: give one such as 0.01 or 0.1%%", s, s[at+1:])
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

// within reports whether two cells are numbers that are near enough.
func (t *Tolerance) within(a *row.Batch, x row.Cell, b *row.Batch, y row.Cell) bool {
	base, ok1 := rational(a, x)
	other, ok2 := rational(b, y)
	if !ok1 || !ok2 {
		return false
	}
	limit := t.by
	if t.relative {
		limit = new(big.Rat).Mul(t.by, base)
		limit.Abs(limit)
	}
	apart := other.Sub(other, base)
	return apart.Abs(apart).Cmp(limit) <= 0
}

// rational gives a number exactly; a float is the decimal that is printed for it.
func rational(b *row.Batch, c row.Cell) (*big.Rat, bool) {
	if !c.Kind.Numeric() {
		return nil, false
	}
	text := b.AppendText(nil, c)
	if !plainNumber(text) {
		return nil, false
	}
	return new(big.Rat).SetString(string(text))
}
