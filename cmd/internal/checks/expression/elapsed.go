// Durations as databases write them: intervals, and the values of TIME columns.

package expression

import (
	"errors"
	"math/big"
	"regexp"
	"sync"
	"time"
)

var (
	// intervalForm matches an interval in ISO 8601, which is the form of PostgreSQL's
	// intervals in results.
	intervalForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^P(?:([-+]?[0-9]+)Y)?(?:([-+]?[0-9]+)M)?(?:([-+]?[0-9]+)W)?(?:([-+]?[0-9]+)D)?(?:T(?:([-+]?[0-9]+)H)?(?:([-+]?[0-9]+)M)?(?:([-+]?[0-9]*\.?[0-9]+)S)?)?$`)
	})
	// clockForm matches a time of day or, in MySQL, a duration of up to 838 hours. It does
	// not match a time with a zone.
	clockForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(-?)([0-9]{1,3}):([0-5][0-9])(?::([0-5][0-9](?:\.[0-9]+)?))?$`)
	})
)

// errMonths is the error for an interval without a fixed length.
var errMonths = errors.New("years and months of an interval have no fixed length: let the database say it in seconds")

// elapsedOf reads text as a duration: an interval, or the time since midnight. ok is false
// if it is neither. A duration of more than 292 years is an error, and so is an interval
// with months.
func elapsedOf(s string) (d time.Duration, ok bool, err error) {
	sum := new(big.Rat)
	add := func(number string, unit time.Duration) {
		if n, ok := new(big.Rat).SetString(number); ok {
			sum.Add(sum, n.Mul(n, new(big.Rat).SetInt64(int64(unit))))
		}
	}
	if part := clockForm().FindStringSubmatch(s); part != nil {
		add(part[2], time.Hour)
		add(part[3], time.Minute)
		add(part[4], time.Second)
		if part[1] != "" {
			sum.Neg(sum)
		}
	} else {
		part := intervalForm().FindStringSubmatch(s)
		if part == nil || s == "P" || s[len(s)-1] == 'T' {
			return 0, false, nil
		}
		for _, months := range part[1:3] {
			if n, ok := new(big.Int).SetString(months, 10); ok && n.Sign() != 0 {
				return 0, true, errMonths
			}
		}
		for i, unit := range []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second} {
			add(part[3+i], unit)
		}
	}
	v, err := lasting(new(big.Int).Quo(sum.Num(), sum.Denom()))
	if err != nil {
		return 0, true, err
	}
	return v.(time.Duration), true, nil
}

// matchDuration converts a text that is compared with a duration into a duration. It
// returns other values unchanged.
func matchDuration(v, other any) (any, error) {
	s, isText := v.(string)
	if _, timed := other.(time.Duration); !timed || !isText {
		return v, nil
	}
	d, ok, err := elapsedOf(s)
	if !ok || err != nil {
		return v, err
	}
	return d, nil
}
