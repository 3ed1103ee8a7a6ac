// Comparing values: exactly, and only within a class.

package expression

import (
	"bytes"
	"cmp"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/row"
)

// compare compares two values. Neither may be nil.
func compare(a, b any) (int, error) {
	x, isInt := a.(int64)
	y, alsoInt := b.(int64)
	if isInt && alsoInt {
		return cmp.Compare(x, y), nil
	}
	a, b = readAs(a, b), readAs(b, a)
	var err error
	if a, err = matchDuration(a, b); err == nil {
		b, err = matchDuration(b, a)
	}
	if err != nil {
		return 0, err
	}
	_, oddA := a.(odd)
	_, oddB := b.(odd)
	if (oddA || oddB) && class(a) == class(b) {
		return bytes.Compare(key(whole(a)), key(whole(b))), nil
	}
	switch a := a.(type) {
	case int64, *big.Rat, bool:
		if p, ok := rat(a); ok {
			if q, ok := rat(b); ok {
				return p.Cmp(q), nil
			}
		}
	case time.Time:
		if b, ok := b.(time.Time); ok {
			return a.Compare(b), nil
		}
	case time.Duration:
		if b, ok := b.(time.Duration); ok {
			return cmp.Compare(a, b), nil
		}
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b), nil
		}
	}
	return 0, errIncomparable(a, b)
}

// whole returns a number without its fraction: in comparisons with odd values, such as
// infinity, only its sign and its size matter.
func whole(v any) any {
	if r, ok := v.(*big.Rat); ok && !r.IsInt() {
		return reduced(new(big.Rat).SetInt(new(big.Int).Quo(r.Num(), r.Denom())))
	}
	return v
}

// errIncomparable returns the error that two values cannot be compared, with a hint what to
// do.
func errIncomparable(a, b any) error {
	hint := ""
	if ca, cb := class(a), class(b); ca == text && cb == number || ca == number && cb == text {
		hint = ": write number(...) around the text"
	}
	return fmt.Errorf("%s, %s, and %s, %s, cannot be compared%s", class(a), show(a), class(b), show(b), hint)
}

// readAs reads a text as an instant if the other value is one, and a boolean as a number if
// the other value is one.
func readAs(v, other any) any {
	switch x := v.(type) {
	case bool:
		if class(other) == number {
			return numeral(x)
		}
	case string:
		if class(other) != instant {
			return v
		}
		if t, ok := instantOf(x); ok {
			return t
		}
	}
	return v
}

// numeral returns a boolean as a number.
func numeral(v bool) any {
	if v {
		return int64(1)
	}
	return int64(0)
}

// class returns the kind of a value. The value must not be nil.
func class(v any) kind {
	switch v := v.(type) {
	case bool:
		return boolean
	case int64, *big.Rat:
		return number
	case time.Time:
		return instant
	case time.Duration:
		return duration
	case string:
		return text
	case odd:
		if v.kind.Numeric() {
			return number
		}
		return instant
	}
	return null
}

// rat returns a number, or a boolean as a number. The caller must not change the result.
func rat(v any) (*big.Rat, bool) {
	switch v := v.(type) {
	case bool:
		return rat(numeral(v))
	case int64:
		return new(big.Rat).SetInt64(v), true
	case *big.Rat:
		return v, true
	}
	return nil, false
}

// key returns bytes that are the same for equal values, and that compare like the values of
// one class. They are those of [row.Batch.AppendKey].
func key(v any) []byte {
	b := row.NewBatch(&row.Schema{})
	defer b.Release()
	switch v := v.(type) {
	case nil:
		b.Null()
	case bool:
		b.Bool(v)
	case int64:
		b.Int(v)
	case *big.Rat:
		digits, exact := v.FloatPrec()
		if !exact { // the fraction has infinitely many digits, so no decimal is equal to it
			return append([]byte("fraction "), v.String()...)
		}
		b.Exact(row.Decimal, []byte(v.FloatString(digits)))
	case time.Time:
		b.Cells = append(b.Cells, row.Cell{Kind: row.TimestampTZ, Bits: uint64(v.UnixMicro())})
	case time.Duration:
		b.Int(int64(v))
	case odd:
		b.Exact(v.kind, []byte(v.text))
	case string:
		b.TextString(v)
	}
	return b.AppendKey(nil, b.Cells[0])
}
