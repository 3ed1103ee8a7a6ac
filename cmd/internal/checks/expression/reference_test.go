// A second evaluator of the language, for tests: three-valued logic over exact
// fractions, written from the package's documentation and sharing nothing with the
// first one. Instants and durations are whole nanoseconds of any size.

package expression

import (
	"errors"
	"math/big"
	"strings"
	"unicode/utf8"
)

// The reference's values: nil, bool, *big.Rat, string, point, span, and beyond.
type (
	point  struct{ ns *big.Int } // an instant, since 1970
	span   struct{ ns *big.Int }
	beyond struct { // a number or an instant that has only its place among others
		class string // "number" or "instant"
		rank  int    // below 0: under all, above: over all
	}
)

// A formula is an expression of a test: an operator or a function with operands, a
// column, or a value that stands in the text.
type formula struct {
	op   string
	kids []*formula
	v    any    // of op "literal" and "column"
	text string // likewise, as it is written
	alt  bool   // written in another way that means the same
}

var errReference = errors.New("an error")

// dates are the texts of tests that stand for instants.
var dates = map[string]int64{ // seconds since 1970
	"2026-01-31": 1769817600, "2026-01-31 11:00:00": 1769857200, "2026-01-31T13:00:00+02:00": 1769857200, "1969-12-31 23:59:59": -1, "2026-02-01": 1769904000,
}

var billion = big.NewInt(1_000_000_000)

func seconds(n int64) *big.Int { return new(big.Int).Mul(big.NewInt(n), billion) }

// className is the class of a value for comparing.
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

// moments reads an instant, or text that stands for one.
func moments(v any) (*big.Int, bool) {
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
			_, readable := moments(v)
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
		p, ok1 := moments(a)
		q, ok2 := moments(b)
		if ok1 && ok2 {
			return p.Cmp(q), nil
		}
		return 0, errReference
	}
	if ca == "duration" && cb == "duration" {
		return a.(span).ns.Cmp(b.(span).ns), nil
	}
	return 0, errReference
}

// lasts is a duration, if it is one of at most 292 years.
func lasts(n *big.Int) (any, error) {
	if !n.IsInt64() {
		return nil, errReference
	}
	return span{n}, nil
}

// calculate is what an arithmetic operator makes of two values that are not NULL.
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
	at, isAt := moments(a)
	to, isTo := moments(b)
	switch {
	case op == "+" && isS && isU:
		return s + u, nil
	case op == "+" && isD && isE:
		return lasts(new(big.Int).Add(d.ns, e.ns))
	case op == "-" && isD && isE:
		return lasts(new(big.Int).Sub(d.ns, e.ns))
	case op == "+" && isAt && isE:
		return point{new(big.Int).Add(at, e.ns)}, nil
	case op == "+" && isD && isTo:
		return point{new(big.Int).Add(to, d.ns)}, nil
	case op == "-" && isAt && isE:
		return point{new(big.Int).Sub(at, e.ns)}, nil
	case op == "-" && isAt && isTo:
		return lasts(new(big.Int).Sub(at, to))
	case op == "*" && isD && ok2:
		return lasts(truncated(new(big.Rat).Mul(new(big.Rat).SetInt(d.ns), q)))
	case op == "*" && isE && ok1:
		return lasts(truncated(new(big.Rat).Mul(new(big.Rat).SetInt(e.ns), p)))
	case op == "/" && isD && ok2 && q.Sign() != 0:
		return lasts(truncated(new(big.Rat).Quo(new(big.Rat).SetInt(d.ns), q)))
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

// logic is a value as true, false or NULL.
func logic(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case *big.Rat:
		if v.Sign() == 0 || v.Cmp(big.NewRat(1, 1)) == 0 {
			return v.Sign() != 0, nil
		}
	}
	return nil, errReference
}

// condition evaluates an operand that has to be true, false or NULL.
func (e *formula) condition() (any, error) {
	v, err := e.eval()
	if err != nil {
		return nil, err
	}
	return logic(v)
}

func (e *formula) eval() (any, error) {
	switch e.op {
	case "literal", "column":
		return e.v, nil
	case "&&", "||":
		a, err := e.kids[0].condition()
		if decides := e.op == "||"; err != nil || a == decides {
			return a, err
		}
		b, err := e.kids[1].condition()
		switch {
		case err != nil:
			return nil, err
		case a == nil && b != (e.op == "||"):
			return nil, nil
		}
		return b, nil
	case "!":
		v, err := e.kids[0].condition()
		if err != nil || v == nil {
			return nil, err
		}
		return !v.(bool), nil
	case "?":
		v, err := e.kids[0].condition()
		switch {
		case err != nil:
			return nil, err
		case v == true:
			return e.kids[1].eval()
		}
		return e.kids[2].eval()
	case "??", "coalesce":
		for _, k := range e.kids {
			if v, err := k.eval(); err != nil || v != nil {
				return v, err
			}
		}
		return nil, nil
	}
	if e.op == "< <" { // a < b && b < c
		pair := func(i int) *formula { return &formula{op: "<", kids: e.kids[i : i+2]} }
		return (&formula{op: "&&", kids: []*formula{pair(0), pair(1)}}).eval()
	}
	v := make([]any, len(e.kids))
	for i, k := range e.kids {
		var err error
		if v[i], err = k.eval(); err != nil {
			return nil, err
		}
	}
	return apply(e.op, v)
}

// apply is what an operator or a function makes of its operands.
func apply(op string, v []any) (any, error) {
	switch op {
	case "!in":
		is, err := isIn(v[0], v[1:])
		if err != nil || is == nil {
			return nil, err
		}
		return is == false, nil
	case "== nil":
		return v[0] == nil, nil
	case "!= nil":
		return v[0] != nil, nil
	case "in":
		return isIn(v[0], v[1:])
	case "..":
		return isBetween(v[0], v[1], v[2])
	}
	for _, x := range v {
		if x == nil {
			return nil, nil
		}
	}
	if len(v) == 1 {
		return applyOne(op, v[0])
	}
	switch op {
	case "==", "!=", "<", "<=", ">", ">=":
		c, err := order(v[0], v[1])
		return map[string]bool{"==": c == 0, "!=": c != 0, "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[op], err
	case "contains", "startsWith", "endsWith":
		s, ok1 := v[0].(string)
		part, ok2 := v[1].(string)
		if !ok1 || !ok2 {
			return nil, errReference
		}
		return map[string]bool{"contains": strings.Contains(s, part), "startsWith": strings.HasPrefix(s, part), "endsWith": strings.HasSuffix(s, part)}[op], nil
	}
	return calculate(op, v[0], v[1])
}

// patterns are those of matches, with what they mean.
var patterns = map[string]func(string) bool{
	"^a": func(s string) bool { return strings.HasPrefix(s, "a") },
	"t":  func(s string) bool { return strings.Contains(s, "t") },
	"^$": func(s string) bool { return s == "" },
	"^.t.": func(s string) bool {
		return utf8.RuneCountInString(s) > 2 && strings.IndexByte(s, 't') == len(string([]rune(s)[:1]))
	},
}

func applyOne(op string, v any) (any, error) {
	if pattern, ok := strings.CutPrefix(op, "matches "); ok {
		s, ok := v.(string)
		if !ok {
			return nil, errReference
		}
		return patterns[pattern](s), nil
	}
	if d, ok := v.(span); ok && (op == "-" || op == "abs") {
		if op == "abs" && d.ns.Sign() >= 0 {
			return d, nil
		}
		return lasts(new(big.Int).Neg(d.ns))
	}
	switch op {
	case "-", "abs":
		p, ok := fraction(v)
		switch {
		case !ok:
			return nil, errReference
		case op == "abs":
			return new(big.Rat).Abs(p), nil
		}
		return new(big.Rat).Neg(p), nil
	case "number":
		if className(v) == "number" {
			return v, nil
		}
		if p, ok := fraction(v); ok {
			return p, nil
		}
		return nil, errReference // no text of the tests is a number
	case "instant":
		if className(v) == "instant" {
			return v, nil
		}
		if at, ok := moments(v); ok {
			return point{at}, nil
		}
		return nil, errReference
	}
	s, ok := v.(string)
	if !ok {
		return nil, errReference
	}
	switch op {
	case "lower":
		return strings.ToLower(s), nil
	case "upper":
		return strings.ToUpper(s), nil
	case "trim":
		return strings.TrimSpace(s), nil
	}
	return big.NewRat(int64(utf8.RuneCountInString(s)), 1), nil // len
}

func isIn(v any, members []any) (any, error) {
	if v == nil {
		return nil, nil
	}
	result := any(false)
	for _, m := range members {
		if m == nil {
			result = nil
			continue
		}
		if c, err := order(v, m); err != nil || c == 0 {
			return c == 0, err
		}
	}
	return result, nil
}

// isBetween is v >= low && v <= high.
func isBetween(v, low, high any) (any, error) {
	if v == nil {
		return nil, nil
	}
	result := any(true)
	outside := false
	for i, end := range []any{low, high} {
		if end == nil {
			result = nil
			continue
		}
		c, err := order(v, end)
		if err != nil {
			return nil, err
		}
		outside = outside || i == 0 && c < 0 || i == 1 && c > 0
	}
	if outside {
		return false, nil
	}
	return result, nil
}

// fold is what an aggregate makes of values, one for each row.
func fold(name string, values []any) (any, error) {
	var there []any
	instants := false
	for _, v := range values {
		if v != nil {
			there = append(there, v)
			instants = instants || className(v) == "instant"
		}
	}
	switch name {
	case "count":
		return big.NewRat(int64(len(there)), 1), nil
	case "sum":
		if len(there) == 0 {
			return nil, nil
		}
		sum := new(big.Rat)
		for _, v := range there {
			p, ok := fraction(v)
			if !ok {
				return nil, errReference
			}
			sum.Add(sum, p)
		}
		return sum, nil
	}
	for i, v := range there { // text beside instants is one
		if at, ok := moments(v); instants && ok {
			there[i] = point{at}
		}
	}
	var kept []any // no two of them equal
	for _, v := range there {
		same := false
		for _, other := range kept {
			c, err := order(v, other)
			if err != nil {
				return nil, err
			}
			same = same || c == 0
		}
		if !same {
			kept = append(kept, v)
		}
	}
	if name == "distinct" {
		return big.NewRat(int64(len(kept)), 1), nil
	}
	best := any(nil)
	for _, v := range kept {
		if best == nil {
			best = v
			continue
		}
		if c, err := order(v, best); err != nil || c < 0 == (name == "min") {
			best = v
		}
	}
	return best, nil
}
