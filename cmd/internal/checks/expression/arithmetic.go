// Calculating: with fractions, so that no digit is lost, and with instants.

package expression

import (
	"errors"
	"fmt"
	"math/big"
	"time"
)

// numbers gives both operands as numbers.
func numbers(a, b any) (x, y *big.Rat, ok bool) {
	if class(a) != number || class(b) != number {
		return nil, nil, false
	}
	x, ok1 := rat(a)
	y, ok2 := rat(b)
	return x, y, ok1 && ok2
}

// reduced is a result in its simplest form.
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
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return x + y, nil
		}
	case time.Time:
		if y, ok := b.(time.Duration); ok {
			return x.Add(y), nil
		}
	case time.Duration:
		switch y := b.(type) {
		case time.Time:
			return y.Add(x), nil
		case time.Duration:
			return summed(x, y)
		}
	}
	if d, ok := b.(time.Duration); ok {
		if t, ok := beside(a, time.Time{}).(time.Time); ok {
			return t.Add(d), nil
		}
	}
	return nil, impossible(a, "+", b)
}

func subtract(a, b any) (any, error) {
	if x, y, ok := numbers(a, b); ok {
		return reduced(new(big.Rat).Sub(x, y)), nil
	}
	if y, ok := b.(time.Duration); ok {
		if x, ok := a.(time.Duration); ok {
			return summed(x, -y)
		}
		if x, ok := beside(a, time.Time{}).(time.Time); ok {
			return x.Add(-y), nil
		}
		return nil, impossible(a, "-", b)
	}
	x, ok1 := beside(a, time.Time{}).(time.Time)
	y, ok2 := beside(b, time.Time{}).(time.Time)
	if !ok1 || !ok2 {
		return nil, impossible(a, "-", b)
	}
	d := x.Sub(y)
	if !y.Add(d).Equal(x) { // Sub gives the most it can hold
		return nil, fmt.Errorf("%s and %s are too far apart: more than 292 years", show(x), show(y))
	}
	return d, nil
}

func summed(x, y time.Duration) (any, error) {
	if sum := x + y; (sum > x) == (y > 0) {
		return sum, nil
	}
	return nil, errors.New("a duration of more than 292 years")
}

func multiply(a, b any) (any, error) {
	if x, y, ok := numbers(a, b); ok {
		return reduced(new(big.Rat).Mul(x, y)), nil
	}
	if n, ok := rat(a); ok && class(a) == number {
		if d, ok := b.(time.Duration); ok {
			return times(d, n)
		}
	}
	if n, ok := rat(b); ok && class(b) == number {
		if d, ok := a.(time.Duration); ok {
			return times(d, n)
		}
	}
	return nil, impossible(a, "*", b)
}

// times multiplies a duration, to whole nanoseconds.
func times(d time.Duration, n *big.Rat) (any, error) {
	r := new(big.Rat).Mul(new(big.Rat).SetInt64(int64(d)), n)
	whole := new(big.Int).Quo(r.Num(), r.Denom())
	if !whole.IsInt64() {
		return nil, errors.New("a duration of more than 292 years")
	}
	return time.Duration(whole.Int64()), nil
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
	if !ok || class(b) != number {
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

// modulo has the sign of the left side, as in SQL.
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

// mostBits is more than any database's numbers have: PostgreSQL's have 147,455 digits.
const mostBits = 500_000

// power takes whole exponents only: roots are not exact.
func power(a, b any) (any, error) {
	const most = 1000
	x, _, ok := numbers(a, b)
	n, whole := b.(int64)
	switch {
	case !ok:
		return nil, impossible(a, "**", b)
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

func negative(v ...any) (any, error) {
	switch x := v[0].(type) {
	case nil:
		return nil, nil
	case time.Duration:
		return -x, nil
	}
	n, ok := rat(v[0])
	if !ok || class(v[0]) != number {
		return nil, fmt.Errorf("%s, %s, has no sign", class(v[0]), show(v[0]))
	}
	return reduced(new(big.Rat).Neg(n)), nil
}
