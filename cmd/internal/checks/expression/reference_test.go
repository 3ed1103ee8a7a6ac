// A second evaluator of the language for tests: three-valued logic over exact fractions. It follows
// the package's documentation and shares no code with the first evaluator. Instants and durations
// are whole nanoseconds of any size.

package expression

import (
	"errors"
	"math/big"
	"strings"
)

// Values of the reference are nil, bool, *big.Rat, string, point, span and beyond.
type (
	point  struct{ ns *big.Int } // an instant, in nanoseconds since 1970
	span   struct{ ns *big.Int }
	beyond struct { // NaN, or an infinite number or instant: only its order is known
		class string // "number" or "instant"
		rank  int    // negative: below all others, positive: above all others
	}
)

// A formula is a generated expression: an operator or a function with its operands, a
// column, or a literal.
type formula struct {
	op   string
	kids []*formula
	v    any    // the value, if op is "literal" or "column"
	text string // the same as it is written in the expression; also set if op is "past"
	alt  bool   // written in another notation with the same meaning
	// If op is "past", past has the numbers of earlier runs, and of is the name of the function
	// over them.
	past []*big.Rat
	of   string
}

var errReference = errors.New("an error")

// dates are the texts in the tests that can be read as instants, in seconds since 1970.
var dates = map[string]int64{
	"2026-01-31": 1769817600, "2026-01-31 11:00:00": 1769857200, "2026-01-31T13:00:00+02:00": 1769857200, "1969-12-31 23:59:59": -1, "2026-02-01": 1769904000,
}

var billion = big.NewInt(1_000_000_000)

func seconds(n int64) *big.Int { return new(big.Int).Mul(big.NewInt(n), billion) }

// className returns the class of a value: values of one class can be compared.
func className(v any) string {
	switch v := v.(type) {
	case bool:
		return "boolean"
	case *big.Rat:
		return "number"
	case string:
		return "text"
	case point:
		return "instant"
	case span:
		return "duration"
	case beyond:
		return v.class
	}
	return "null"
}

func fraction(v any) (*big.Rat, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return big.NewRat(1, 1), true
		}
		return big.NewRat(0, 1), true
	case *big.Rat:
		return v, true
	}
	return nil, false
}

// readInstant returns the instant of a value, or the instant that its text can be read as.
func readInstant(v any) (*big.Int, bool) {
	switch v := v.(type) {
	case point:
		return v.ns, true
	case string:
		at, ok := dates[v]
		return seconds(at), ok
	}
	return nil, false
}

// order compares two values that are not NULL.
func order(a, b any) (int, error) {
	ca, cb := className(a), className(b)
	if ca == "text" && cb == "text" {
		return strings.Compare(a.(string), b.(string)), nil
	}
	x, isX := a.(beyond)
	y, isY := b.(beyond)
	if isX || isY {
		numeric := func(c string) bool { return c == "number" || c == "boolean" }
		timed := func(v any) bool {
			_, readable := readInstant(v)
			return className(v) == "instant" || readable
		}
		if numeric(ca) && numeric(cb) || (ca == "instant" || cb == "instant") && timed(a) && timed(b) {
			return x.rank - y.rank, nil
		}
		return 0, errReference
	}
	if p, ok := fraction(a); ok {
		if q, ok := fraction(b); ok {
			return p.Cmp(q), nil
		}
		return 0, errReference
	}
	if ca == "instant" || cb == "instant" {
		p, ok1 := readInstant(a)
		q, ok2 := readInstant(b)
		if ok1 && ok2 {
			return p.Cmp(q), nil
		}
		return 0, errReference
	}
	if ca == "duration" || cb == "duration" {
		return orderLengths(a, b)
	}
	return 0, errReference
}

// durationOf returns a duration, or an error if it is longer than 292 years.
func durationOf(n *big.Int) (any, error) {
	if !n.IsInt64() {
		return nil, errReference
	}
	return span{n}, nil
}

// calculate returns the result of an arithmetic operator for two values that are not
// NULL.
func calculate(op string, a, b any) (any, error) {
	p, ok1 := fraction(a)
	q, ok2 := fraction(b)
	if ok1 && ok2 {
		return calculateNumbers(op, p, q)
	}
	d, isD := a.(span)
	e, isE := b.(span)
	s, isS := a.(string)
	u, isU := b.(string)
	at, isAt := readInstant(a)
	to, isTo := readInstant(b)
	switch {
	case op == "+" && isS && isU:
		return s + u, nil
	case op == "+" && isD && isE:
		return durationOf(new(big.Int).Add(d.ns, e.ns))
	case op == "-" && isD && isE:
		return durationOf(new(big.Int).Sub(d.ns, e.ns))
	case op == "+" && isAt && isE:
		return point{new(big.Int).Add(at, e.ns)}, nil
	case op == "+" && isD && isTo:
		return point{new(big.Int).Add(to, d.ns)}, nil
	case op == "-" && isAt && isE:
		return point{new(big.Int).Sub(at, e.ns)}, nil
	case op == "-" && isAt && isTo:
		return durationOf(new(big.Int).Sub(at, to))
	case op == "*" && isD && ok2:
		return durationOf(truncated(new(big.Rat).Mul(new(big.Rat).SetInt(d.ns), q)))
	case op == "*" && isE && ok1:
		return durationOf(truncated(new(big.Rat).Mul(new(big.Rat).SetInt(e.ns), p)))
	case op == "/" && isD && ok2 && q.Sign() != 0:
		return durationOf(truncated(new(big.Rat).Quo(new(big.Rat).SetInt(d.ns), q)))
	case op == "/" && isD && isE && e.ns.Sign() != 0:
		return new(big.Rat).SetFrac(d.ns, e.ns), nil
	}
	return nil, errReference
}

func truncated(r *big.Rat) *big.Int { return new(big.Int).Quo(r.Num(), r.Denom()) }

func calculateNumbers(op string, p, q *big.Rat) (any, error) {
	if (op == "/" || op == "%") && q.Sign() == 0 {
		return nil, errReference
	}
	r := new(big.Rat)
	switch op {
	case "+":
		return r.Add(p, q), nil
	case "-":
		return r.Sub(p, q), nil
	case "*":
		return r.Mul(p, q), nil
	case "/":
		return r.Quo(p, q), nil
	case "%":
		whole := new(big.Rat).SetInt(truncated(new(big.Rat).Quo(p, q)))
		return r.Sub(p, whole.Mul(whole, q)), nil
	}
	if !q.IsInt() || !q.Num().IsInt64() || q.Num().Int64() > 1000 || q.Num().Int64() < -1000 {
		return nil, errReference
	}
	n := q.Num().Int64()
	times := max(n, -n)
	if int64(max(p.Num().BitLen(), p.Denom().BitLen()))*times > 500_000 || n < 0 && p.Sign() == 0 {
		return nil, errReference
	}
	r.SetInt64(1)
	for range times {
		r.Mul(r, p)
	}
	if n < 0 {
		r.Inv(r)
	}
	return r, nil
}
