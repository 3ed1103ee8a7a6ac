// The table of functions: a new one is a line here.

package expression

import (
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A function is one that a text can call.
type function struct {
	call        func(...any) (any, error)
	least, most int // arguments
	arguments   string
	gives       kind
	folds       bool // a literal argument is judged when the text is read
}

var functions = map[string]function{
	"now":      {call: nil, arguments: "no argument", gives: instant}, // translated
	"duration": {asDuration, 1, 1, `one text, as in duration("2h")`, duration, true},
	"instant":  {asInstant, 1, 1, `one text, as in instant("2026-01-31 08:30")`, instant, true},
	"number":   {asNumber, 1, 1, `one text, as in number(amount)`, number, true},
	"abs":      {absolute, 1, 1, "one number", unknown, false},
	"lower":    {ofText("lower", func(s string) any { return strings.ToLower(s) }), 1, 1, "one text", text, false},
	"upper":    {ofText("upper", func(s string) any { return strings.ToUpper(s) }), 1, 1, "one text", text, false},
	"trim":     {ofText("trim", func(s string) any { return strings.TrimSpace(s) }), 1, 1, "one text", text, false},
	"len":      {ofText("len", func(s string) any { return int64(utf8.RuneCountInString(s)) }), 1, 1, "one text", number, false},
	"coalesce": {coalesce, 1, 100, "at least one value", unknown, false},
}

func functionNames() []string { return slices.Sorted(maps.Keys(functions)) }

var longUnits = regexp.MustCompile(`([0-9.]+)([dw])`)

// asDuration reads a duration as Go writes it, also with days of 24 hours (d) and
// weeks (w).
func asDuration(v ...any) (any, error) {
	if v[0] == nil {
		return nil, nil
	}
	s, ok := v[0].(string)
	if !ok {
		return nil, fmt.Errorf("duration is for text, not %s, %s", class(v[0]), show(v[0]))
	}
	hours := longUnits.ReplaceAllStringFunc(s, func(part string) string {
		n, err := strconv.ParseFloat(part[:len(part)-1], 64)
		if err != nil {
			return part
		}
		return strconv.FormatFloat(n*map[byte]float64{'d': 24, 'w': 7 * 24}[part[len(part)-1]], 'f', -1, 64) + "h"
	})
	d, err := time.ParseDuration(hours)
	if err != nil {
		return nil, fmt.Errorf("%s is not a duration such as 90s, 15m, 2h, 1d12h or 1w", show(s))
	}
	return d, nil
}

func asInstant(v ...any) (any, error) {
	switch x := v[0].(type) {
	case nil, time.Time:
		return x, nil
	case string:
		if t, ok := instantOf(x); ok {
			return t, nil
		}
		return nil, fmt.Errorf("%s is not an instant such as 2026-01-31, 2026-01-31 08:30:00 or 2026-01-31T08:30:00Z", show(x))
	}
	return nil, fmt.Errorf("instant is for text, not %s, %s", class(v[0]), show(v[0]))
}

func asNumber(v ...any) (any, error) {
	switch x := v[0].(type) {
	case string:
		if r, ok := rational(strings.TrimSpace(x)); ok {
			return reduced(r), nil
		}
		return nil, fmt.Errorf("%s is not a number", show(x))
	case bool:
		r, _ := rat(x)
		return reduced(r), nil
	}
	if v[0] == nil || class(v[0]) == number {
		return v[0], nil
	}
	return nil, fmt.Errorf("number is for text, not %s, %s", class(v[0]), show(v[0]))
}

func absolute(v ...any) (any, error) {
	switch x := v[0].(type) {
	case nil:
		return nil, nil
	case time.Duration:
		return x.Abs(), nil
	}
	n, ok := rat(v[0])
	if !ok || class(v[0]) != number {
		return nil, fmt.Errorf("abs is for numbers, not %s, %s", class(v[0]), show(v[0]))
	}
	return reduced(new(big.Rat).Abs(n)), nil
}

func ofText(name string, f func(string) any) func(...any) (any, error) {
	return func(v ...any) (any, error) {
		switch x := v[0].(type) {
		case nil:
			return nil, nil
		case string:
			return f(x), nil
		}
		return nil, fmt.Errorf("%s is for text, not %s, %s", name, class(v[0]), show(v[0]))
	}
}

func coalesce(v ...any) (any, error) {
	for _, x := range v {
		if x != nil {
			return x, nil
		}
	}
	return nil, nil
}
