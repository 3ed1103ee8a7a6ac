// Styles of CSV: a file that is written in a style reads back as it was.

package separated

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/sources/option"
)

func TestWordsMeanStyles(t *testing.T) {
	for _, c := range []struct {
		words Words
		want  Style
		err   string
	}{
		{Words{}, Style{}, ""},
		{Words{For: "excel"}, Style{BOM: true, CRLF: true, Digits: true}, ""},
		{Words{For: "excel", Decimal: ","}, Style{BOM: true, CRLF: true, Digits: true, Comma: true, Delimiter: ';'}, ""},
		{Words{For: "excel", Decimal: ",", Delimiter: "tab"}, Style{BOM: true, CRLF: true, Digits: true, Comma: true, Delimiter: '\t', Chosen: true}, ""},
		{Words{Delimiter: ",", Decimal: ".", Quote: "needed"}, Style{Delimiter: ',', Chosen: true}, ""},
		{Words{Quote: "all", Bool: "yes/no", Formulas: true}, Style{QuoteAll: true, True: "yes", False: "no", Formulas: true}, ""},
		{Words{For: "numbers"}, Style{}, `csv-for "numbers": the only program known is excel`},
		{Words{Decimal: ";"}, Style{}, `decimal ";": give , or .`},
		{Words{Quote: "some"}, Style{}, `quote "some": give all or needed`},
		{Words{Bool: "t"}, Style{}, `bool "t": give two different words, as in t/f`},
		{Words{Bool: "t/t"}, Style{}, `bool "t/t": give two different words, as in t/f`},
		{Words{Bool: "a/b/c"}, Style{}, `bool "a/b/c": give two different words, as in t/f`},
		{Words{Bool: "\"/x"}, Style{}, `bool "\"/x": give two different words, as in t/f`},
		{Words{Delimiter: "ab"}, Style{}, `delimiter "ab": give one character, such as ; or |, or tab; letters, digits, quotes and the signs of numbers cannot be one`},
		{Words{Delimiter: "-"}, Style{}, `delimiter "-": give one character, such as ; or |, or tab; letters, digits, quotes and the signs of numbers cannot be one`},
		{Words{Delimiter: "é"}, Style{}, `delimiter "é": give one character, such as ; or |, or tab; letters, digits, quotes and the signs of numbers cannot be one`},
	} {
		got, err := c.words.Style()
		if text := fmt.Sprint(err); c.err == "" && (err != nil || got != c.want) || c.err != "" && text != c.err {
			t.Errorf("%+v: got %+v, %v, want %+v, %s", c.words, got, err, c.want, c.err)
		}
	}
}

func TestWordsThatWereGiven(t *testing.T) {
	all := Words{For: "excel", Delimiter: ";", Decimal: ",", Bool: "t/f", Quote: "all", BOM: true, CRLF: true, Formulas: true}
	want := []option.Option{OptionFor, OptionDelimiter, OptionDecimal, OptionBool, OptionQuote, OptionBOM, OptionCRLF, OptionFormulas}
	if got := all.Given(); !slices.Equal(got, want) || (Words{}).Given() != nil {
		t.Errorf("given are %q", got)
	}
}

func TestGuardsOfText(t *testing.T) {
	both := Style{Digits: true, Formulas: true}
	for text, want := range map[string][3]string{ // digits, formulas, both
		"":                  {"", "", ""},
		"x":                 {"x", "x", "x"},
		"123":               {"123", "123", "123"},
		"0":                 {"0", "0", "0"},
		"0.5":               {"0.5", "0.5", "0.5"},
		"007":               {`="007"`, "007", `="007"`},
		"1234567890123456":  {`="1234567890123456"`, "1234567890123456", `="1234567890123456"`},
		"123456789012345":   {"123456789012345", "123456789012345", "123456789012345"},
		"12E5":              {`="12E5"`, "12E5", `="12E5"`},
		"E5":                {"E5", "E5", "E5"},
		"+4915112345":       {`="+4915112345"`, "'+4915112345", "'+4915112345"},
		"=1+1":              {"=1+1", "'=1+1", "'=1+1"},
		`="x"`:              {`="=""x"""`, `'="x"`, `'="x"`},
		"'=x":               {"'=x", "''=x", "''=x"},
		"'x":                {"'x", "'x", "'x"},
		"\t=1":              {"\t=1", "'\t=1", "'\t=1"},
		"＝1":                {"＝1", "'＝1", "'＝1"},
		"@sum":              {"@sum", "'@sum", "'@sum"},
		"2026-01-31":        {"2026-01-31", "2026-01-31", "2026-01-31"},
		"-12:00:00":         {"-12:00:00", "'-12:00:00", "'-12:00:00"},
		"++":                {"++", "'++", "'++"},
		"0049 151":          {"0049 151", "0049 151", "0049 151"},
		"1,5":               {"1,5", "1,5", "1,5"},
		"-0012":             {`="-0012"`, "'-0012", "'-0012"},
		"1.234567890123456": {`="1.234567890123456"`, "1.234567890123456", `="1.234567890123456"`},
	} {
		for i, s := range []Style{{Digits: true}, {Formulas: true}, both} {
			got := s.AppendText(nil, []byte(text))
			if string(got) != want[i] {
				t.Errorf("%q in %+v is %q, want %q", text, s, got, want[i])
			}
			if back := s.Text(got); string(back) != text {
				t.Errorf("%q in %+v comes back as %q", text, s, back)
			}
		}
	}
}

func TestAnyTextComesBack(t *testing.T) {
	texts := rapid.StringOf(rapid.SampledFrom([]rune("=+-'\"@\t\r\n0159.,eEx ＝é")))
	rapid.Check(t, func(t *rapid.T) {
		s := Style{Digits: rapid.Bool().Draw(t, "digits"), Formulas: rapid.Bool().Draw(t, "formulas")}
		text := texts.Draw(t, "text")
		field := s.AppendText(nil, []byte(text))
		if got := s.Text(bytes.Clone(field)); string(got) != text {
			t.Fatalf("%q is written %q and read %q", text, field, got)
		}
	})
}

func TestNumbersOfAStyle(t *testing.T) {
	comma := Style{Comma: true, Digits: true}
	for text, want := range map[string]string{
		"1.50": "1,50", "-0.25": "-0,25", "7": "7", "1.5e+20": "1,5e+20", "NaN": "NaN",
		"12345678901234567.25": `="12345678901234567,25"`, "0.0001234567890123": "0,0001234567890123",
	} {
		field := comma.AppendNumber(nil, []byte(text), true)
		if string(field) != want {
			t.Errorf("%s is written %s, want %s", text, field, want)
		}
		back, ok := comma.Number(comma.Text(field))
		if ok != bytes.Contains(field, []byte(",")) || ok && string(back) != text {
			t.Errorf("%s is read as %s, %v", field, back, ok)
		}
	}
	if got := string(comma.AppendNumber(nil, []byte("0.12345678901234567"), false)); got != "0,12345678901234567" {
		t.Errorf("the float is written %s", got)
	}
	for _, text := range []string{"", ",", "1,", ",5", "1,5,5", "a,b", "1,5e", "1,5e++2", "1,5ee2", "--1,5", "1.5", "1,-5", "1,5e5x"} {
		if got, ok := comma.Number([]byte(text)); ok {
			t.Errorf("%q is read as %s", text, got)
		}
	}
}

func TestWhatAFileLooksLike(t *testing.T) {
	for _, c := range []struct {
		style Style
		text  string
		whole bool
		want  byte
	}{
		{Style{}, "a;b\n1;2\n", true, ';'},
		{Style{}, "a;b", true, ';'},
		{Style{}, "a;b\n1;2", false, ';'},
		{Style{}, "a\tb\n1\t2\n", true, '\t'},
		{Style{}, "a|b\n1|2\n", true, '|'},
		{Style{}, "a,b\n1,2\n", true, 0},
		{Style{}, "a;b,c\n1;2,3\n", true, 0},
		{Style{}, "a;b\n1,5;2,5\n", true, ';'},
		{Style{}, "a;b\n1,5;2,5\n\"x;\n\";7,1\n", true, ';'},
		{Style{}, "a\nx;y\nz\n", true, 0},
		{Style{}, "\"a;b\"\n\"1;2\"\n", true, 0},
		{Style{}, "", true, 0},
		{Style{Delimiter: ',', Chosen: true}, "a;b\n1;2\n", true, 0},
		{Style{Delimiter: ';', Chosen: true}, "a,b\n1,2\n", true, ','},
		{Style{Delimiter: ';', Chosen: true}, "a;b\n1;2\n", true, 0},
	} {
		if got, _ := c.style.Looks([]byte(c.text), c.whole); got != c.want {
			t.Errorf("%q of %+v looks %q-separated, want %q", c.text, c.style, got, c.want)
		}
	}
}
