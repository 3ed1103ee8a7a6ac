// The request's values, converted to SQLite's. SQLite has no decimals, dates or booleans,
// and a parameter has no type except the storage class of its value.

package sqlite

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/fanql/fanql/sources/driver"
)

// bind returns the values for ?1, ?2 and so on. Dates and timestamps are bound as text,
// in the form that SQLite's functions understand, timestamps without the +00:00.
func bind(args []driver.Arg) (values []any, warnings []string, err error) {
	values = make([]any, len(args))
	for i, arg := range args {
		v, err := value(arg)
		if err != nil {
			return nil, nil, fmt.Errorf("parameter :%s: %w", arg.Name, err)
		}
		if _, text := v.(string); text && arg.Type == driver.Auto && numberForm().MatchString(arg.Value) && len(warnings) < 20 {
			warnings = append(warnings, fmt.Sprintf("parameter :%[1]s looks like a number and is bound as text, which to SQLite is greater than every number: give its type, as in %[1]s:decimal=... or %[1]s:text=...", arg.Name))
		}
		values[i] = v
	}
	return values, warnings, nil
}

func value(arg driver.Arg) (any, error) {
	if arg.Null {
		return nil, nil
	}
	switch arg.Type {
	case driver.Int:
		v, err := strconv.ParseInt(arg.Value, 10, 64)
		if err != nil {
			return nil, errors.New("not an integer of 64 bits, which is all that SQLite has")
		}
		return v, nil
	case driver.Decimal:
		return decimal(arg.Value)
	case driver.Bool:
		switch arg.Value {
		case "true":
			return int64(1), nil
		case "false":
			return int64(0), nil
		}
		return nil, errors.New("neither true nor false")
	case driver.Timestamp:
		return strings.TrimSuffix(arg.Value, "+00:00"), nil
	case driver.Auto:
		return auto(arg.Value), nil
	}
	return arg.Value, nil
}

// auto binds a number as a number. SQLite gives a parameter no affinity, so that amount*2 >
// '5' would silently be false for every amount. This loses nothing if text was meant:
// SQLite converts the number back to text when it compares it with a TEXT column. A text
// counts as a number only if it reads back as the same text, so 007, +5, 1e3 and 12.50 stay
// text, and bind warns of them.
func auto(v string) any {
	if n, err := strconv.ParseInt(v, 10, 64); err == nil && strconv.FormatInt(n, 10) == v {
		return n
	}
	if f, err := strconv.ParseFloat(v, 64); err == nil && printed(f) == v {
		return f
	}
	return v
}

// printed returns SQLite's text of a float, or an empty string if that is not certain.
// For up to 13 digits from 0.001 on it is the shortest text, which 1.5 million random
// numbers confirm. Beyond that, 3.54.1 prints some with 17 digits: 0.000999 is
// 0.00099900000000000011.
func printed(f float64) string {
	if f == 0 {
		if math.Signbit(f) {
			return ""
		}
		return "0.0"
	}
	if a := math.Abs(f); !(a >= 0.001 && a < 1e13) {
		return ""
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		return s + ".0"
	}
	if len(strings.TrimLeft(strings.Replace(s, ".", "", 1), "-0")) > 13 {
		return ""
	}
	return s
}

// decimal binds an integer if the value is one, and otherwise the float that prints as
// exactly these digits, because SQLite stores such a number in the same way. A number with
// 19 digits and a fraction has no such float: it is an error, since a neighbour would be
// bound instead.
func decimal(v string) (any, error) {
	digits, negative := strings.CutPrefix(v, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	fraction = strings.TrimRight(fraction, "0")
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	exact := whole
	if fraction != "" {
		exact += "." + fraction
	}
	if negative {
		exact = "-" + exact
	}
	if n, err := strconv.ParseInt(exact, 10, 64); err == nil {
		return n, nil
	}
	if f, err := strconv.ParseFloat(exact, 64); err == nil && strconv.FormatFloat(f, 'f', -1, 64) == exact {
		return f, nil
	}
	return nil, errors.New("SQLite has no decimals, and no float is exactly this one: declare it as text, or round it")
}

// numberForm matches texts that look like a number to their author.
var numberForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$`)
})
