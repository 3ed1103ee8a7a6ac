// What our operators do. An operand that is NULL makes NULL of the whole, but where
// the other one decides.

package expression

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// operators are functions that no text can name.
var operators = map[string]func(...any) (any, error){
	"$eq": ordering(func(c int) bool { return c == 0 }),
	"$ne": ordering(func(c int) bool { return c != 0 }),
	"$lt": ordering(func(c int) bool { return c < 0 }),
	"$le": ordering(func(c int) bool { return c <= 0 }),
	"$gt": ordering(func(c int) bool { return c > 0 }),
	"$ge": ordering(func(c int) bool { return c >= 0 }),

	"$add": binary(add), "$subtract": binary(subtract), "$multiply": binary(multiply), "$divide": binary(divide),
	"$modulo": binary(modulo), "$power": binary(power), "$negative": negative,

	"$contains": texts(strings.Contains), "$startsWith": texts(strings.HasPrefix), "$endsWith": texts(strings.HasSuffix),
	"$matches": binary(func(a, b any) (any, error) {
		s, ok := a.(string)
		if !ok {
			return nil, fmt.Errorf("matches is for text, not %s, %s", class(a), show(a))
		}
		return b.(*regexp.Regexp).MatchString(s), nil
	}),

	"$isNull":    func(v ...any) (any, error) { return v[0] == nil, nil },
	"$isNotNull": func(v ...any) (any, error) { return v[0] != nil, nil },
	"$in":        in, "$between": between,

	"$truth":   truth,
	"$certain": func(v ...any) (any, error) { return v[0] == true, nil },
	"$false":   func(v ...any) (any, error) { return v[0] == false, nil },
	"$true":    func(v ...any) (any, error) { return v[0] == true, nil },
	"$not": func(v ...any) (any, error) {
		if v[0] == nil {
			return nil, nil
		}
		return v[0] == false, nil
	},
	// These two are reached only if the left side does not decide.
	"$and": func(v ...any) (any, error) {
		if v[1] == false {
			return false, nil
		}
		return either(v), nil
	},
	"$or": func(v ...any) (any, error) {
		if v[1] == true {
			return true, nil
		}
		return either(v), nil
	},
}

// either is NULL if one of two is, else the right one.
func either(v []any) any {
	if v[0] == nil || v[1] == nil {
		return nil
	}
	return v[1]
}

// truth makes a value true, false or NULL, or says that it is none of them.
func truth(v ...any) (any, error) {
	switch x := v[0].(type) {
	case nil, bool:
		return x, nil
	case int64:
		if x == 0 || x == 1 {
			return x == 1, nil
		}
	}
	return nil, fmt.Errorf("%s, %s, where true or false is wanted", class(v[0]), show(v[0]))
}

// binary gives NULL where one of two operands is.
func binary(f func(a, b any) (any, error)) func(...any) (any, error) {
	return func(v ...any) (any, error) {
		if v[0] == nil || v[1] == nil {
			return nil, nil
		}
		return f(v[0], v[1])
	}
}

func ordering(holds func(int) bool) func(...any) (any, error) {
	return binary(func(a, b any) (any, error) {
		c, err := compare(a, b)
		if err != nil {
			return nil, err
		}
		return holds(c), nil
	})
}

func texts(holds func(s, part string) bool) func(...any) (any, error) {
	return binary(func(a, b any) (any, error) {
		s, ok1 := a.(string)
		part, ok2 := b.(string)
		if !ok1 || !ok2 {
			return nil, fmt.Errorf("contains, startsWith and endsWith are for text, not %s, %s, and %s, %s", class(a), show(a), class(b), show(b))
		}
		return holds(s, part), nil
	})
}

// in is true if the first value is one of the others, and NULL if it might be.
func in(v ...any) (any, error) {
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

func between(v ...any) (any, error) {
	if v[0] == nil || v[1] == nil || v[2] == nil {
		return nil, nil
	}
	low, err1 := compare(v[0], v[1])
	high, err2 := compare(v[0], v[2])
	return low >= 0 && high <= 0, errors.Join(err1, err2)
}
