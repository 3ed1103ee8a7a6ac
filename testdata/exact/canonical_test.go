// The canonical forms that the help page "results" documents. They are made from the output of a
// client.

package exact

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	stamp   = regexp.MustCompile(`^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)$`)
	instant = regexp.MustCompile(`^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00$`)
)

// same keeps the value as the client prints it.
func same(v string) string { return v }

func truth(v string) string { return map[string]string{"t": "true", "f": "false"}[v] }

// timestamp and timestampTZ do not change values without a canonical form, such as infinity, years
// after 9999 and BC.
func timestamp(v string) string   { return stamp.ReplaceAllString(v, "${1}T$2") }
func timestampTZ(v string) string { return instant.ReplaceAllString(v, "${1}T${2}Z") }

// trimZeros removes zeros at the end of fractions of a second.
func trimZeros(v string) string {
	if strings.Contains(v, ".") {
		v = strings.TrimRight(strings.TrimRight(v, "0"), ".")
	}
	return v
}

// octets returns raw bytes in hexadecimal.
func octets(v string) string { return fmt.Sprintf(`\x%x`, v) }

// integer removes the zeros with which the client pads digits.
func integer(v string) string {
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil {
		return "not an integer: " + v
	}
	return strconv.FormatUint(n, 10)
}

// double returns the shortest text that reads back to the same float.
func double(v string) string { return float(v, 64, 1e-4, 1e15) }

// single returns that text for a float of 32 bits. v is the value as a double.
func single(v string) string { return float(v, 32, float64(float32(1e-4)), 1e6) }

func float(v string, bits int, small, large float64) string {
	f, err := strconv.ParseFloat(v, 64)
	switch {
	case math.IsInf(f, 0):
		return map[bool]string{true: "Infinity", false: "-Infinity"}[f > 0]
	case err != nil:
		return "not a float: " + v
	case f == 0 || math.Abs(f) >= small && math.Abs(f) < large:
		return strconv.FormatFloat(f, 'f', -1, bits)
	}
	return strconv.FormatFloat(f, 'e', -1, bits)
}

// escaped writes bytes that are not UTF-8 as \xNN.
func escaped(v string) string {
	var b strings.Builder
	for len(v) > 0 {
		r, size := utf8.DecodeRuneInString(v)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, v[0])
		} else {
			b.WriteString(v[:size])
		}
		v = v[size:]
	}
	return b.String()
}

// steering has those characters of the test's values that are shown to people as escapes: control
// characters, characters that change the direction of text, and the byte order mark.
var steering = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x00, Hi: 0x1f, Stride: 1},
	{Lo: 0x7f, Hi: 0x9f, Stride: 1},
	{Lo: 0x200e, Hi: 0x200f, Stride: 1},
	{Lo: 0x2028, Hi: 0x202e, Stride: 1},
	{Lo: 0x2066, Hi: 0x2069, Stride: 1},
	{Lo: 0xfeff, Hi: 0xfeff, Stride: 1},
}, LatinOffset: 2}

// visible returns a text as people see it. It does not change the characters in keep.
func visible(v, keep string) string {
	var b strings.Builder
	for _, r := range v {
		switch {
		case !unicode.Is(steering, r) || strings.ContainsRune(keep, r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
