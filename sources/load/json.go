// JSON for column types that keep its meaning and not its text.

package load

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// errTwice is the reason for a document with the same key twice.
var errTwice = errors.New("a key stands twice in it, and one of the values would be lost")

// ExactJSON returns why a type that stores JSON by its meaning would lose something of a
// document: the value of a repeated key, or, if numbers are stored as doubles and integers
// of 64 bits, digits of a number.
func ExactJSON(text []byte, doubles bool) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	type level struct {
		keys  map[string]bool // nil in a list
		value bool            // a value follows, not a key
	}
	var open []level
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(open) == 0 {
			return nil
		}
		if err != nil {
			return errors.New("it is no JSON")
		}
		if n := len(open); n > 0 && open[n-1].keys != nil {
			top := &open[n-1]
			if key, ok := token.(string); ok && !top.value {
				if top.keys[key] {
					return errTwice
				}
				top.keys[key], top.value = true, true
				continue
			}
			top.value = false
		}
		switch token := token.(type) {
		case json.Delim:
			switch token {
			case '{':
				open = append(open, level{keys: map[string]bool{}})
			case '[':
				open = append(open, level{})
			default:
				open = open[:len(open)-1]
			}
		case json.Number:
			if doubles && !double(string(token)) {
				return errors.New("its number " + string(token) + " would be rounded")
			}
		}
	}
}

// double reports whether a number of JSON is an integer of 64 bits, or has no more digits
// than a double keeps.
func double(n string) bool {
	if _, err := strconv.ParseInt(n, 10, 64); err == nil {
		return true
	}
	if _, err := strconv.ParseUint(n, 10, 64); err == nil {
		return true
	}
	v, err := strconv.ParseFloat(n, 64)
	return err == nil && mantissa(n) == mantissa(strconv.FormatFloat(v, 'e', -1, 64))
}

// mantissa returns the significant digits of a number, without point and exponent.
func mantissa(n string) string {
	n, _, _ = strings.Cut(strings.ToLower(strings.TrimPrefix(n, "-")), "e")
	return strings.Trim(strings.Replace(n, ".", "", 1), "0")
}
