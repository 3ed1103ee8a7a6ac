// The table of functions: a new one is a line here.

package expression

import (
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// A function is a function that an expression can call.
type function struct {
	call        func(any) (any, error) // nil if the translator handles the function itself
	least, most int                    // numbers of arguments
	arguments   string
	gives       kind
	folds       bool // a call with a literal argument is evaluated when the text is read
}

var functions = map[string]function{
	"now":      {nil, 0, 0, "no argument", instant, false},
	"duration": {asDuration, 1, 1, `one text, as in duration("2h")`, duration, true},
	"instant":  {asInstant, 1, 1, `one text, as in instant("2026-01-31 08:30")`, instant, true},
	"number":   {asNumber, 1, 1, `one text, as in number(amount)`, number, true},
	"abs":      {absolute, 1, 1, "one number", unknown, false},
	"lower":    {ofText("lower", func(s string) any { return strings.ToLower(s) }), 1, 1, "one text", text, false},
	"upper":    {ofText("upper", func(s string) any { return strings.ToUpper(s) }), 1, 1, "one text", text, false},
	"trim":     {ofText("trim", func(s string) any { return strings.TrimSpace(s) }), 1, 1, "one text", text, false},
	"len":      {ofText("len", func(s string) any { return int64(utf8.RuneCountInString(s)) }), 1, 1, "one text", number, false},
	"coalesce": {nil, 1, 100, "at least one value", unknown, false},
}

func functionNames() []string { return slices.Sorted(maps.Keys(functions)) }

var (
	durationForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^([+-]?)((?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|[smhdw]))+|0)$`)
	})
	durationPart = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`([0-9.]+)([a-zµμ]+)`) })
)

// units are the units of durations. A day has 24 hours.
var units = map[string]time.Duration{
	"ns": time.Nanosecond, "us": time.Microsecond, "µs": time.Microsecond, "μs": time.Microsecond, "ms": time.Millisecond,
	"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
}

// asDuration reads a duration as Go writes it, also with days of 24 hours (d) and
// weeks (w), to whole nanoseconds; or as databases write intervals and times.
func asDuration(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	if _, ok := v.(time.Duration); ok {
		return v, nil
	}
	s, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("duration is for text, not %s, %s", class(v), show(v))
	}
	form := durationForm().FindStringSubmatch(s)
	if form == nil {
		if d, ok, err := elapsedOf(s); ok {
			return any(d), err
		}
		return nil, fmt.Errorf("%s is not a duration such as 90s, 15m, 2h, 1d12h or 1w", show(s))
	}
	sum := new(big.Rat)
	for _, part := range durationPart().FindAllStringSubmatch(form[2], -1) {
		n, ok := new(big.Rat).SetString(part[1])
		if !ok {
			return nil, fmt.Errorf("%s is not a duration such as 90s, 15m, 2h, 1d12h or 1w", show(s))
		}
		sum.Add(sum, n.Mul(n, new(big.Rat).SetInt64(int64(units[part[2]]))))
	}
	if form[1] == "-" {
		sum.Neg(sum)
	}
	return lasting(new(big.Int).Quo(sum.Num(), sum.Denom()))
}

func asInstant(v any) (any, error) {
	switch x := v.(type) {
	case string:
		if t, ok := instantOf(x); ok {
			return t, nil
		}
		return nil, fmt.Errorf("%s is not an instant such as 2026-01-31, 2026-01-31 08:30:00 or 2026-01-31T08:30:00Z", show(x))
	}
	if v == nil || class(v) == instant {
		return v, nil
	}
	return nil, fmt.Errorf("instant is for text, not %s, %s", class(v), show(v))
}

func asNumber(v any) (any, error) {
	switch x := v.(type) {
	case string:
		if r, ok := rational(strings.TrimSpace(x)); ok {
			return reduced(r), nil
		}
		return nil, fmt.Errorf("%s is not a number", show(x))
	case bool:
		return numeral(x), nil
	}
	if v == nil || class(v) == number {
		return v, nil
	}
	return nil, fmt.Errorf("number is for text, not %s, %s", class(v), show(v))
}

func absolute(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	if d, ok := v.(time.Duration); ok {
		if d < 0 {
			return negative(d)
		}
		return d, nil
	}
	n, err := signed(v)
	if err != nil {
		return nil, fmt.Errorf("abs: %w", err)
	}
	return reduced(new(big.Rat).Abs(n)), nil
}

func ofText(name string, f func(string) any) func(any) (any, error) {
	return func(v any) (any, error) {
		switch x := v.(type) {
		case nil:
			return nil, nil
		case string:
			return f(x), nil
		}
		return nil, fmt.Errorf("%s is for text, not %s, %s", name, class(v), show(v))
	}
}
