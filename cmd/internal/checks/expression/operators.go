// The operators. If an operand is NULL, the result is NULL, unless the other operand
// decides.

package expression

import (
	"errors"
	"fmt"
	"strings"
)

// An operator has two sides. Call gets two values that are not NULL.
type operator struct {
	call  func(a, b any) (any, error)
	gives kind // if it is reckoned, calculated returns the kind for the kinds of the sides
}

// operators are the operators of the language, by name.
var operators = map[string]operator{
	"==": {ordering(func(c int) bool { return c == 0 }), boolean},
	"!=": {ordering(func(c int) bool { return c != 0 }), boolean},
	"<":  {ordering(func(c int) bool { return c < 0 }), boolean},
	"<=": {ordering(func(c int) bool { return c <= 0 }), boolean},
	">":  {ordering(func(c int) bool { return c > 0 }), boolean},
	">=": {ordering(func(c int) bool { return c >= 0 }), boolean},

	"+": {add, reckoned}, "-": {subtract, reckoned}, "*": {multiply, reckoned}, "/": {divide, reckoned},
	"%": {modulo, reckoned}, "**": {power, reckoned}, "^": {power, reckoned},

	"contains":   {texts(strings.Contains), boolean},
	"startsWith": {texts(strings.HasPrefix), boolean},
	"endsWith":   {texts(strings.HasSuffix), boolean},
}

// comparisons are the operators that compare.
var comparisons = map[string]bool{"==": true, "!=": true, "<": true, "<=": true, ">": true, ">=": true}

// calculated returns the kind of a calculation's result. ok is false if the calculation is
// not possible. A boolean counts as a number, and text next to an instant or a duration
// counts as an instant.
func calculated(op string, a, b kind) (kind, bool) {
	if open(a) || open(b) {
		return reckoned, true
	}
	numeric := func(k kind) bool { return k == number || k == boolean }
	timed := func(k kind) bool { return k == instant || k == text }
	switch {
	case numeric(a) && numeric(b):
		return number, true
	case op == "+" && a == text && b == text:
		return text, true
	case op == "-" && timed(a) && timed(b):
		return duration, true
	case (op == "+" || op == "-") && a == duration && b == duration:
		return duration, true
	case (op == "+" || op == "-") && timed(a) && b == duration, op == "+" && a == duration && timed(b):
		return instant, true
	case op == "*" && (a == duration && numeric(b) || numeric(a) && b == duration), op == "/" && a == duration && numeric(b):
		return duration, true
	case op == "/" && a == duration && b == duration:
		return number, true
	}
	return unknown, false
}

// truth converts a value to true, false or NULL. It returns an error if that is not
// possible.
func truth(v any) (any, error) {
	switch x := v.(type) {
	case nil, bool:
		return x, nil
	case int64:
		if x == 0 || x == 1 {
			return x == 1, nil
		}
	}
	return nil, fmt.Errorf("%s, %s, where true or false is wanted", class(v), show(v))
}

func ordering(holds func(int) bool) func(a, b any) (any, error) {
	return func(a, b any) (any, error) {
		c, err := compare(a, b)
		if err != nil {
			return nil, err
		}
		return holds(c), nil
	}
}

func texts(holds func(s, part string) bool) func(a, b any) (any, error) {
	return func(a, b any) (any, error) {
		s, ok1 := a.(string)
		part, ok2 := b.(string)
		if !ok1 || !ok2 {
			return nil, fmt.Errorf("contains, startsWith and endsWith are for text, not %s, %s, and %s, %s", class(a), show(a), class(b), show(b))
		}
		return holds(s, part), nil
	}
}

// in returns true if the first value equals one of the others. It returns NULL if NULL
// among the values makes that unknown.
func in(v []any) (any, error) {
	if v[0] == nil {
		return nil, nil
	}
	unknown := false
	for _, member := range v[1:] {
		if member == nil {
			unknown = true
			continue
		}
		c, err := compare(v[0], member)
		if err != nil {
			return nil, err
		}
		if c == 0 {
			return true, nil
		}
	}
	if unknown {
		return nil, nil
	}
	return false, nil
}

// between reports whether the first value is neither below the second nor above the third.
// As in SQL, if one end is NULL and the value is beyond the other end, the result is false.
func between(v []any) (any, error) {
	if v[0] == nil {
		return nil, nil
	}
	within := [2]any{}
	var wrong error
	for i, end := range v[1:3] {
		if end == nil {
			continue
		}
		c, err := compare(v[0], end)
		if err != nil {
			wrong = errors.Join(wrong, err)
			continue
		}
		within[i] = i == 0 && c >= 0 || i == 1 && c <= 0
	}
	switch {
	case wrong != nil:
		return nil, wrong
	case within[0] == false || within[1] == false:
		return false, nil
	case within[0] == nil || within[1] == nil:
		return nil, nil
	}
	return true, nil
}
