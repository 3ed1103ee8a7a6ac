// Arithmetic: with fractions, so that no digit is lost, and with instants.

package expression

import (
	"errors"
	"fmt"
	"math/big"
	"time"
)

// numbers returns both operands as numbers.
func numbers(a, b any) (x, y *big.Rat, ok bool) {
	x, ok1 := rat(a)
	y, ok2 := rat(b)
	return x, y, ok1 && ok2
}

// reduced returns a result in its simplest form.
func reduced(r *big.Rat) any {
	if r.IsInt() && r.Num().IsInt64() {
		return r.Num().Int64()
	}
	return r
}

func impossible(a any, op string, b any) error {
	for _, v := range []any{a, b} {
		if o, ok := v.(odd); ok {
			return fmt.Errorf("%s cannot be calculated with", o.text)
		}
	}
	return fmt.Errorf("%s, %s, %s %s, %s: there is no such thing", class(a), show(a), op, class(b), show(b))
}

func add(a, b any) (any, error) {
	if x, y, ok := numbers(a, b); ok {
		return reduced(new(big.Rat).Add(x, y)), nil
	}
	if x, ok := a.(string); ok {
		if y, ok := b.(string); ok {
			return x + y, nil
		}
	}
	x, ok1 := a.(time.Duration)
	y, ok2 := b.(time.Duration)
	switch {
	case ok1 && ok2:
		return lasting(new(big.Int).Add(big.NewInt(int64(x)), big.NewInt(int64(y))))
	case ok1:
		if t, ok := moment(b); ok {
			return t.Add(x), nil
		}
	case ok2:
		if t, ok := moment(a); ok {
			return t.Add(y), nil
		}
	}
	return nil, impossible(a, "+", b)
}

// moment returns a value as an instant. The value may be text.
func moment(v any) (time.Time, bool) {
	t, ok := readAs(v, time.Time{}).(time.Time)
	return t, ok
}

func subtract(a, b any) (any, error) {
	if x, y, ok := numbers(a, b); ok {
		return reduced(new(big.Rat).Sub(x, y)), nil
	}
	if y, ok := b.(time.Duration); ok {
		if x, ok := a.(time.Duration); ok {
			return lasting(new(big.Int).Sub(big.NewInt(int64(x)), big.NewInt(int64(y))))
		}
		if x, ok := moment(a); ok {
			return x.Add(-(y + 1)).Add(1), nil // the least duration has no positive counterpart
		}
		return nil, impossible(a, "-", b)
	}
	x, ok1 := moment(a)
	y, ok2 := moment(b)
	if !ok1 || !ok2 {
		return nil, impossible(a, "-", b)
	}
	d := x.Sub(y)
	if !y.Add(d).Equal(x) { // Sub returns the largest duration if the difference does not fit
		return nil, fmt.Errorf("%s and %s are too far apart: more than 292 years", show(x), show(y))
	}
	return d, nil
}

// lasting returns a duration of n nanoseconds.
func lasting(n *big.Int) (any, error) {
	if !n.IsInt64() {
		return nil, errors.New("a duration of more than 292 years")
	}
	return time.Duration(n.Int64()), nil
}

func multiply(a, b any) (any, error) {
	if x, y, ok := numbers(a, b); ok {
		return reduced(new(big.Rat).Mul(x, y)), nil
	}
	if n, ok := rat(a); ok {
		if d, ok := b.(time.Duration); ok {
			return times(d, n)
		}
	}
	if n, ok := rat(b); ok {
		if d, ok := a.(time.Duration); ok {
			return times(d, n)
		}
	}
	return nil, impossible(a, "*", b)
}

// times multiplies a duration, to whole nanoseconds.
func times(d time.Duration, n *big.Rat) (any, error) {
	r := new(big.Rat).Mul(new(big.Rat).SetInt64(int64(d)), n)
	return lasting(new(big.Int).Quo(r.Num(), r.Denom()))
}

func divide(a, b any) (any, error) {
	d, isDuration := a.(time.Duration)
	if e, ok := b.(time.Duration); ok && isDuration {
		if e == 0 {
			return nil, errors.New("a division by zero")
		}
		return reduced(big.NewRat(int64(d), int64(e))), nil
	}
	n, ok := rat(b)
	if !ok {
		return nil, impossible(a, "/", b)
	}
	if n.Sign() == 0 {
		return nil, errors.New("a division by zero")
	}
	if isDuration {
		return times(d, new(big.Rat).Inv(n))
	}
	x, y, ok := numbers(a, b)
	if !ok {
		return nil, impossible(a, "/", b)
	}
	return reduced(new(big.Rat).Quo(x, y)), nil
}

// modulo returns the remainder with the sign of the left side, as in SQL.
func modulo(a, b any) (any, error) {
	x, y, ok := numbers(a, b)
	switch {
	case !ok:
		return nil, impossible(a, "%", b)
	case y.Sign() == 0:
		return nil, errors.New("a division by zero")
	}
	q := new(big.Rat).Quo(x, y)
	whole := new(big.Rat).SetInt(new(big.Int).Quo(q.Num(), q.Denom()))
	return reduced(new(big.Rat).Sub(x, whole.Mul(whole, y))), nil
}

// mostBits bounds the size of numbers. It is more than any database's numbers have:
// PostgreSQL's have up to 147,455 digits.
const mostBits = 500_000

// power accepts only integer exponents, because roots are not exact.
func power(a, b any) (any, error) {
	const most = 1000
	x, y, ok := numbers(a, b)
	if !ok {
		return nil, impossible(a, "**", b)
	}
	n, whole := reduced(y).(int64)
	switch {
	case !whole || n > most || n < -most:
		return nil, fmt.Errorf("to the power of %s: only whole numbers from -%d to %d are exact", show(b), most, most)
	case max(x.Num().BitLen(), x.Denom().BitLen())*int(max(n, -n)) > mostBits:
		return nil, fmt.Errorf("%s to the power of %d is a number of more than %d bits", show(x), n, mostBits)
	case n < 0 && x.Sign() == 0:
		return nil, errors.New("a division by zero")
	}
	e := big.NewInt(max(n, -n))
	r := new(big.Rat).SetFrac(new(big.Int).Exp(x.Num(), e, nil), new(big.Int).Exp(x.Denom(), e, nil))
	if n < 0 {
		r.Inv(r)
	}
	return reduced(r), nil
}

func negative(v any) (any, error) {
	if d, ok := v.(time.Duration); ok {
		return lasting(new(big.Int).Neg(big.NewInt(int64(d))))
	}
	n, err := signed(v)
	if err != nil {
		return nil, err
	}
	return reduced(new(big.Rat).Neg(n)), nil
}

// positive applies the sign + to a value: it returns the value itself, or an error if the
// value cannot have a sign.
func positive(v any) (any, error) {
	if _, ok := v.(time.Duration); ok || v == nil {
		return v, nil
	}
	n, err := signed(v)
	if err != nil {
		return nil, err
	}
	return reduced(n), nil
}

// signed returns a value as a number, or an error if it cannot have a sign.
func signed(v any) (*big.Rat, error) {
	if n, ok := rat(v); ok {
		return n, nil
	}
	if o, ok := v.(odd); ok && class(v) == number {
		return nil, fmt.Errorf("%s cannot be calculated with", o.text)
	}
	return nil, fmt.Errorf("%s, %s, has no sign", class(v), show(v))
}
