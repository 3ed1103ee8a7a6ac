// Package separated describes the styles of CSV that other programs need, for writing and
// for reading. A reader with the style of the writer gets back the values that were
// written.
//
//	style, err := separated.Words{For: "excel", Decimal: ","}.Style()
//	dst = style.AppendText(dst, text)    // as a spreadsheet leaves it
//	text, _ = style.Text(field)          // and back
package separated

import (
	"bytes"
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/fanql/fanql/sources/option"
)

// A Style is a style of CSV. The zero value is RFC 4180 with lines that end in \n.
type Style struct {
	// Delimiter is the character between fields; 0 is a comma.
	Delimiter byte
	// Chosen says that the user has chosen the delimiter, even if it is a comma.
	Chosen bool
	// Comma says that numbers have a decimal comma.
	Comma bool
	// True and False are the words for booleans; empty is true and false.
	True, False string
	// Digits guards digits that a spreadsheet would change when it opens the file, such
	// as more than 15 of them or leading zeros: ="0123" is text to it.
	Digits bool
	// Formulas guards text that a spreadsheet would run: it puts a ' before it.
	Formulas bool
	// BOM begins the file with a byte order mark, CRLF ends lines with \r\n, and
	// QuoteAll puts all fields except NULL in quotes. Readers need not know these.
	BOM, CRLF, QuoteAll bool
}

// Separator returns the character between fields.
func (s Style) Separator() byte { return cmp.Or(s.Delimiter, ',') }

// Words are a style as a user states it. An empty word leaves the style's own setting.
type Words struct {
	For       string // a program: excel
	Delimiter string // a character, or tab
	Decimal   string // , or .
	Bool      string // two words, as in t/f
	Quote     string // all or needed
	BOM, CRLF bool
	Formulas  bool
}

// The options that errors name.
const (
	OptionFor       option.Option = "csv-for"
	OptionDelimiter option.Option = "delimiter"
	OptionDecimal   option.Option = "decimal"
	OptionBool      option.Option = "bool"
	OptionQuote     option.Option = "quote"
	OptionBOM       option.Option = "bom"
	OptionCRLF      option.Option = "crlf"
	OptionFormulas  option.Option = "guard-formulas"
)

// Given returns the options that were given, in the order of the fields.
func (w Words) Given() (given []option.Option) {
	for _, o := range []struct {
		given  bool
		option option.Option
	}{
		{w.For != "", OptionFor},
		{w.Delimiter != "", OptionDelimiter},
		{w.Decimal != "", OptionDecimal},
		{w.Bool != "", OptionBool},
		{w.Quote != "", OptionQuote},
		{w.BOM, OptionBOM},
		{w.CRLF, OptionCRLF},
		{w.Formulas, OptionFormulas},
	} {
		if o.given {
			given = append(given, o.option)
		}
	}
	return given
}

// Style returns the style that the words describe.
func (w Words) Style() (s Style, err error) {
	s = Style{BOM: w.BOM, CRLF: w.CRLF, Formulas: w.Formulas}
	switch w.Decimal {
	case "", ".":
	case ",":
		s.Comma = true
	default:
		return s, option.Errorf("{decimal} %q: give , or .", w.Decimal)
	}
	switch w.For {
	case "":
	case "excel":
		s.BOM, s.CRLF, s.Digits = true, true, true
		if s.Comma { // where numbers have a comma, Excel separates fields by semicolons
			s.Delimiter = ';'
		}
	default:
		return s, option.Errorf("{csv-for} %q: the only program known is excel", w.For)
	}
	switch w.Quote {
	case "", "needed":
	case "all":
		s.QuoteAll = true
	default:
		return s, option.Errorf("{quote} %q: give all or needed", w.Quote)
	}
	if w.Delimiter != "" {
		if s.Delimiter, err = delimiter(w.Delimiter); err != nil {
			return s, err
		}
		s.Chosen = true
	}
	if w.Bool != "" {
		yes, no, two := strings.Cut(w.Bool, "/")
		if !two || yes == "" || no == "" || yes == no || strings.ContainsAny(w.Bool, "\"\r\n") || strings.Contains(no, "/") {
			return s, option.Errorf("{bool} %q: give two different words, as in t/f", w.Bool)
		}
		s.True, s.False = yes, no
	}
	return s, nil
}

// delimiters are the characters that may separate fields: those that are part of no number,
// date or name of a boolean, and have no other meaning in a field.
const delimiters = ",;\t|~^!#$%&*/?@_<>()[]{}`"

func delimiter(word string) (byte, error) {
	switch strings.ToLower(word) {
	case "tab", `\t`:
		return '\t', nil
	case "comma":
		return ',', nil
	case "semicolon":
		return ';', nil
	}
	if len(word) == 1 && strings.Contains(delimiters, word) {
		return word[0], nil
	}
	return 0, option.Errorf("{delimiter} %q: give one character, such as ; or |, or tab; letters, digits, quotes and the signs of numbers cannot be one", word)
}

// Named returns a delimiter as a user gives it on a command line.
func Named(delimiter byte) string {
	if delimiter == '\t' {
		return "tab"
	}
	return "'" + string(rune(delimiter)) + "'"
}

// AppendText appends text with the style's guards. It is not quoted yet.
func (s Style) AppendText(dst, text []byte) []byte {
	switch {
	case s.Formulas && runs(bytes.TrimLeft(text, "'")):
		return append(append(dst, '\''), text...)
	case s.Digits && (bytes.HasPrefix(text, []byte(`="`)) || bends(text)):
		return appendConstant(dst, text)
	}
	return append(dst, text...)
}

// Guards reports whether AppendText may change a text.
func (s Style) Guards() bool { return s.Formulas || s.Digits }

// AppendNumber appends the canonical text of a number; exact says that it is not a float.
// (A spreadsheet may drop the last digits of a float.)
func (s Style) AppendNumber(dst, number []byte, exact bool) []byte {
	guard := s.Digits && exact && significant(number) > spreadsheetDigits
	if !s.Comma {
		if guard {
			return appendConstant(dst, number)
		}
		return append(dst, number...)
	}
	whole, fraction, found := bytes.Cut(number, []byte("."))
	if guard {
		dst = append(dst, `="`...)
	}
	dst = append(dst, whole...)
	if found {
		dst = append(append(dst, ','), fraction...)
	}
	if guard {
		dst = append(dst, '"')
	}
	return dst
}

// appendConstant appends the formula whose value is a text.
func appendConstant(dst, text []byte) []byte {
	dst = append(dst, `="`...)
	for _, ch := range text {
		if ch == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, ch)
	}
	return append(dst, '"')
}

// Text returns the text that a field stands for, without guards. It may change the
// field's bytes.
func (s Style) Text(field []byte) []byte {
	if s.Digits {
		if text, ok := constant(field); ok {
			return text
		}
	}
	if s.Formulas && len(field) > 0 && field[0] == '\'' && runs(bytes.TrimLeft(field, "'")) {
		return field[1:]
	}
	return field
}

// constant returns the text of a formula that is only a text.
func constant(field []byte) ([]byte, bool) {
	if len(field) < 3 || !bytes.HasPrefix(field, []byte(`="`)) || field[len(field)-1] != '"' {
		return nil, false
	}
	inner := field[2 : len(field)-1]
	out := make([]byte, 0, len(inner))
	for i := 0; i < len(inner); i++ {
		if inner[i] == '"' {
			if i++; i == len(inner) || inner[i] != '"' {
				return nil, false
			}
		}
		out = append(out, inner[i])
	}
	return out, true
}

// runs reports whether a spreadsheet reads a text as a formula. Spreadsheets of East Asia
// also accept the wide signs.
func runs(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	switch r, _ := utf8.DecodeRune(text); r {
	case '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠':
		return true
	}
	return false
}

// spreadsheetDigits is the number of digits that a spreadsheet keeps of a number.
const spreadsheetDigits = 15

// significant counts the digits of a number from the first that is not zero.
func significant(number []byte) (n int) {
	for _, ch := range number {
		switch {
		case ch == 'e' || ch == 'E':
			return n
		case ch-'0' <= 9 && (n > 0 || ch != '0'):
			n++
		}
	}
	return n
}

// bends reports whether a spreadsheet would read a text as a number and change its digits.
func bends(text []byte) bool {
	v := text
	signed := len(v) > 0 && v[0] == '+'
	if len(v) > 0 && (v[0] == '+' || v[0] == '-') {
		v = v[1:]
	}
	digits, points, exponent := 0, 0, false
	for i, ch := range v {
		switch {
		case ch-'0' <= 9:
			digits++
		case (ch == '.' || ch == ',') && points == 0 && !exponent:
			points++
		case (ch == 'e' || ch == 'E') && digits > 0 && !exponent:
			exponent = true
		case (ch == '+' || ch == '-') && i > 0 && (v[i-1] == 'e' || v[i-1] == 'E'):
		default:
			return false
		}
	}
	if digits == 0 {
		return false
	}
	return signed || exponent || digits > spreadsheetDigits || len(v) > 1 && v[0] == '0' && v[1]-'0' <= 9
}
