// When a partial result counts.

package query

import (
	"fmt"
	"strconv"
	"strings"
)

// A Require is the number of sources that must end well for the result to count. The zero
// value requires any one source.
type Require struct {
	all     bool
	n       int
	percent int
}

// RequireAll requires every source.
var RequireAll = Require{all: true}

// ParseRequire parses a requirement: all, any, a number of sources from 1, or a share such
// as 80%. Its error says what to give.
func ParseRequire(s string) (Require, error) {
	switch s {
	case "all":
		return RequireAll, nil
	case "any":
		return Require{}, nil
	}
	digits, percent := strings.CutSuffix(s, "%")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || (percent && n > 100) {
		return Require{}, fmt.Errorf("%q is not a requirement: give all, any, a number of sources such as 2, or a share such as 80%%", s)
	}
	if percent {
		return Require{percent: n}, nil
	}
	return Require{n: n}, nil
}

// Of returns how many of total sources are required, at least 1 unless all are. A share is
// rounded up.
func (r Require) Of(total int) int {
	switch {
	case r.all:
		return total
	case r.percent > 0:
		return max((total*r.percent+99)/100, 1)
	}
	return max(r.n, 1)
}

// Any reports whether this is the requirement any.
func (r Require) Any() bool { return r == Require{} }

// String returns the requirement as a user writes it.
func (r Require) String() string {
	switch {
	case r.all:
		return "all"
	case r.percent > 0:
		return fmt.Sprintf("%d%%", r.percent)
	case r.n > 0:
		return strconv.Itoa(r.n)
	}
	return "any"
}
