// The value up to which a source has been exported, with its type.

package exportstate

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// The types of a [Since]: those whose values are exact and have an order.
const (
	Integer   = "integer"
	Decimal   = "decimal"
	Date      = "date"
	Timestamp = "timestamp" // a timestamp without a zone
	Instant   = "instant"
	// Stored is a date or a timestamp that a database such as SQLite stores and compares as
	// text.
	Stored = "stored timestamp"
)

// Types are the types of a [Since].
var Types = []string{Integer, Decimal, Date, Timestamp, Instant, Stored}

// A Since is a value and its type.
type Since struct {
	Type string `json:"type"`
	// Value is the value's canonical text, see [row.Batch.AppendText]; for Stored the
	// text as it is stored.
	Value string `json:"value"`
}

// Check returns an error if the value does not have the type.
func (s Since) Check() error {
	_, err := s.Arg()
	return err
}

// Arg returns the type and the text that a parameter is bound to.
func (s Since) Arg() (statement.Value, error) {
	wrong := func(is string) (statement.Value, error) {
		return statement.Value{}, fmt.Errorf("%.60q is not %s", s.Value, is)
	}
	switch s.Type {
	case Integer:
		if _, ok := new(big.Int).SetString(s.Value, 10); !ok {
			return wrong("an integer")
		}
		return statement.Value{Type: driver.Int, Text: s.Value}, nil
	case Decimal:
		if _, ok := new(big.Rat).SetString(s.Value); !ok || strings.ContainsAny(s.Value, "/eE_") {
			return wrong("a decimal")
		}
		return statement.Value{Type: driver.Decimal, Text: s.Value}, nil
	case Date:
		if _, ok := row.ParseDate([]byte(s.Value)); !ok {
			return wrong("a date (YYYY-MM-DD)")
		}
		return statement.Value{Type: driver.Date, Text: s.Value}, nil
	case Timestamp, Instant:
		m, ok := row.ParseMoment([]byte(s.Value))
		if !ok || !m.Clock || m.Zoned != (s.Type == Instant) {
			return wrong(map[string]string{Timestamp: "a timestamp (YYYY-MM-DDTHH:MM:SS[.ffffff])", Instant: "an instant (YYYY-MM-DDTHH:MM:SS[.ffffff]Z)"}[s.Type])
		}
		return statement.Value{Type: driver.Timestamp, Text: s.Value}, nil
	case Stored:
		if _, ok := row.ParseMoment([]byte(s.Value)); !ok {
			return wrong("a date or a timestamp")
		}
		return statement.Value{Type: driver.Text, Text: s.Value}, nil
	}
	return statement.Value{}, fmt.Errorf("unknown type %.40q: the types are %s", s.Type, strings.Join(Types, ", "))
}

// An Overlap is how much is subtracted from the since of a source: a time, or a number.
type Overlap struct {
	text   string
	time   time.Duration
	number *big.Rat
}

// ParseOverlap reads a time such as 5m or 36h, or a number that is not negative.
func ParseOverlap(text string) (o Overlap, err error) {
	o.text = text
	if n, ok := new(big.Rat).SetString(text); ok && !strings.ContainsAny(text, "/eE_") {
		if n.Sign() < 0 {
			return o, errors.New("it cannot be negative")
		}
		o.number = n
		return o, nil
	}
	if o.time, err = time.ParseDuration(text); err != nil {
		return o, fmt.Errorf("%.40q is neither a time such as 5m or 36h nor a number", text)
	}
	if o.time < 0 {
		return o, errors.New("it cannot be negative")
	}
	return o, nil
}

// String returns the overlap as it was written.
func (o Overlap) String() string { return o.text }

// Before returns s minus the overlap. From a date it subtracts whole days.
func (o Overlap) Before(s Since) (Since, error) {
	timed := s.Type != Integer && s.Type != Decimal
	switch {
	case timed && o.number != nil && o.number.Sign() == 0, o.text == "":
		return s, nil
	case timed && o.number != nil:
		return s, fmt.Errorf("an overlap of %s is a number, and the watermark a %s: give a time such as 5m", o.text, s.Type)
	case !timed && o.number == nil:
		return s, fmt.Errorf("an overlap of %s is a time, and the watermark an %s: give a number", o.text, s.Type)
	case timed:
		return o.earlier(s)
	}
	n, ok := new(big.Rat).SetString(s.Value)
	if !ok {
		return s, s.Check()
	}
	n.Sub(n, o.number)
	if s.Type == Integer {
		if !n.IsInt() {
			return s, fmt.Errorf("an overlap of %s is not whole, and the watermark an integer", o.text)
		}
		s.Value = n.Num().String()
		return s, nil
	}
	_, fraction, _ := strings.Cut(s.Value, ".")
	_, own, _ := strings.Cut(o.text, ".")
	s.Value = n.FloatString(max(len(fraction), len(own)))
	return s, nil
}

// earlier subtracts a time.
func (o Overlap) earlier(s Since) (Since, error) {
	m, ok := row.ParseMoment([]byte(s.Value))
	if !ok {
		return s, s.Check()
	}
	less := o.time.Microseconds()
	if o.time%time.Microsecond != 0 {
		less++
	}
	at := m.Micros - less
	days := row.Moment{Micros: at}.Days()
	if days < row.FirstDay {
		days, at = row.FirstDay, row.FirstDay*row.MicrosPerDay
	}
	text := string(row.AppendValue(nil, row.Cell{Kind: row.Date, Bits: uint64(days)}))
	if m.Clock {
		text = string(row.AppendValue(nil, row.Cell{Kind: row.Timestamp, Bits: uint64(at)}))
		if s.Type == Stored {
			text = likewise(text, s.Value)
		} else if m.Zoned {
			text += s.Value[len(s.Value)-zoneSize(s.Value):]
		}
	}
	s.Value = text
	return s, nil
}

// zoneSize is the length of the zone at the end of a moment's text.
func zoneSize(text string) int {
	if at := strings.LastIndexAny(text, "Z+-"); at > len("2026-01-31") {
		return len(text) - at
	}
	return 0
}

// likewise converts a timestamp to the form of another one: its separator, seconds,
// fraction and zone. If the form has fewer digits, the result is a little earlier.
func likewise(text, form string) string {
	zone := form[len(form)-zoneSize(form):]
	clock := strings.TrimSuffix(form[:len(form)-len(zone)], " ")
	zone = form[len(clock):]
	day, at, _ := strings.Cut(text, "T")
	whole, fraction, _ := strings.Cut(at, ".")
	_, digits, pointed := strings.Cut(clock, ".")
	out := day + clock[len("2026-01-31"):len("2026-01-31T")] + whole
	switch {
	case pointed:
		out += "." + (fraction + "000000000")[:min(len(digits), 9)]
	case len(clock) == len("2026-01-31T08:30"):
		out = out[:len(clock)]
	}
	return out + zone
}
