// The canonical text of values for each type, as driver.Arg requires it.

package statement

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/fanql/fanql/sources/driver"
)

// canonical returns the canonical text of a value. It returns an error if the value does
// not fit the type.
func canonical(typ driver.Type, s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", fmt.Errorf("%.60q is not UTF-8", s)
	}
	if strings.IndexByte(s, 0) >= 0 {
		return "", fmt.Errorf("%.60q holds a NUL byte", s)
	}
	text, ok, want := s, true, ""
	switch typ {
	case driver.Int:
		text, ok = canonicalInt(s)
		want = "an int (digits, -2^63 to 2^64-1)"
	case driver.Decimal:
		ok = decimalForm().MatchString(s)
		want = "a decimal (such as -12.50)"
	case driver.Bool:
		text, ok = boolWords[strings.ToLower(s)]
		want = "a bool (true or false)"
	case driver.Date:
		ok = isDate(s)
		want = wanted[typ]
	case driver.Timestamp:
		text, ok = canonicalTimestamp(s)
		want = wanted[typ]
	}
	if !ok {
		return "", fmt.Errorf("%.60q is not %s", s, want)
	}
	return text, nil
}

var (
	intForm       = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^-?[0-9]+$`) })
	decimalForm   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`) })
	timestampForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})?$`)
	})

	minInt, maxInt = big.NewInt(-1 << 63), new(big.Int).SetUint64(1<<64 - 1)

	boolWords = map[string]string{
		"true": "true", "t": "true", "yes": "true", "1": "true",
		"false": "false", "f": "false", "no": "false", "0": "false",
	}
)

func canonicalInt(s string) (string, bool) {
	if !intForm().MatchString(s) {
		return "", false
	}
	n, ok := new(big.Int).SetString(s, 10)
	if !ok || n.Cmp(minInt) < 0 || n.Cmp(maxInt) > 0 {
		return "", false
	}
	return n.String(), true
}

// isDate reports whether s is a day that exists, in the years that all three dialects
// support.
func isDate(s string) bool {
	d, err := time.Parse(time.DateOnly, s)
	return err == nil && d.Year() >= 1
}

// canonicalTimestamp returns a timestamp without a zone, or an instant in UTC. It keeps the
// digits of the fraction as they are, since .5 and .500000 differ in SQLite, where a
// timestamp is text.
func canonicalTimestamp(s string) (string, bool) {
	m := timestampForm().FindStringSubmatch(s)
	if m == nil || m[3] == "" && m[4] != "" {
		return "", false
	}
	day, minute, second, fraction, zone := m[1], m[2], m[3], m[4], m[5]
	if second == "" {
		second = ":00"
	}
	at, err := time.Parse(time.DateTime, day+" "+minute+second)
	if err != nil {
		return "", false
	}
	if zone != "" {
		offset, ok := zoneOffset(zone)
		if !ok {
			return "", false
		}
		at = at.Add(-offset)
		zone = "+00:00"
	}
	if at.Year() < 1 || at.Year() > 9999 {
		return "", false
	}
	return at.Format(time.DateTime) + fraction + zone, true
}

// zoneOffset parses Z or +HH:MM. It accepts up to 15:59, as PostgreSQL does.
func zoneOffset(zone string) (time.Duration, bool) {
	if zone == "Z" {
		return 0, true
	}
	d, err := time.Parse("15:04", zone[1:])
	if err != nil || d.Hour() > 15 {
		return 0, false
	}
	offset := time.Duration(d.Hour())*time.Hour + time.Duration(d.Minute())*time.Minute
	if zone[0] == '-' {
		offset = -offset
	}
	return offset, true
}
