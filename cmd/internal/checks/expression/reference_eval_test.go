// The reference's operators, functions and aggregates.

package expression

import (
	"math/big"
	"strings"
	"unicode/utf8"
)

// toTruth converts a value to true, false or NULL.
func toTruth(v any) (any, error) {
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

// condition evaluates an operand, which must be true, false or NULL.
func (e *formula) condition() (any, error) {
	v, err := e.eval()
	if err != nil {
		return nil, err
	}
	return toTruth(v)
}

func (e *formula) eval() (any, error) {
	switch e.op {
	case "literal", "column":
		return e.v, nil
	case "past":
		return summed(e.of, e.past), nil
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

// apply returns the result of an operator or a function on its operands.
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

// patterns has the patterns of matches, and functions that do the same.
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
		return durationOf(new(big.Int).Neg(d.ns))
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
		return nil, errReference // the tests have no text that is a number
	case "duration":
		return toLength(v)
	case "instant":
		if className(v) == "instant" {
			return v, nil
		}
		if at, ok := readInstant(v); ok {
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
	return big.NewRat(int64(utf8.RuneCountInString(s)), 1), nil // len is the only other function
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

// isBetween returns v >= low && v <= high.
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

// fold returns the result of an aggregate over values. There is one value for each row.
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
	for i, v := range there { // if there are instants, a text that is a date is an instant too
		if at, ok := readInstant(v); instants && ok {
			there[i] = point{at}
		}
	}
	var kept []any // distinct values
	for _, v := range there {
		same := false
		for _, other := range kept {
			c, err := order(v, other)
			if err != nil || className(v) != className(other) && (className(v) == "duration" || className(other) == "duration") {
				return nil, errReference // if there are durations, a text is not read as one
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
