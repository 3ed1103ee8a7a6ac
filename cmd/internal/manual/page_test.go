package manual

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAPageOnATerminal(t *testing.T) {
	p := Page{Text: strings.ReplaceAll(`# Title

Text with |pipes| stays.

| key | |
|---|---|
| 'a \| b' | short |
| 'c' | `+strings.Repeat("word ", 30)+`|

'''console
$ fanql

| no table |
'''
<!-- a comment -->
End.
`, "'", "`")}
	want := strings.ReplaceAll(`# Title

Text with |pipes| stays.

key
-------  ---------------------------------------------------------------------------------------
'a | b'  short
'c'      word word word word word word word word word word word word word word word word word
         word word word word word word word word word word word word word

    $ fanql

    | no table |
End.
`, "'", "`")
	got := p.Shown()
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for line := range strings.Lines(got) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > lineWidth {
			t.Errorf("%d characters: %q", n, line)
		}
	}
	if p.Title() != "Title" {
		t.Errorf("title %q", p.Title())
	}
}

func TestATableOnATerminal(t *testing.T) {
	got := table([]string{"| a | Ωb |", "|---|--:|", "| 1 | two |", "| three | 4 |"})
	want := "a      Ωb\n-----  ---\n1      two\nthree  4\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	long := strings.Repeat("x", 200)
	for line := range strings.Lines(table([]string{"| a | b | c |", "|---|---|---|", "| 1 | " + long + " | " + strings.Repeat("y ", 90) + "|"})) {
		if n := utf8.RuneCountInString(strings.TrimSpace(line)); n > lineWidth {
			t.Errorf("%d characters: %q", n, line)
		}
	}
}

func TestATextIsBrokenAtBlanks(t *testing.T) {
	for text, want := range map[string]string{
		"":            "",
		"one two":     "one|two",
		"a b c":       "a b c",
		"abcdefgh ij": "abcde|fgh|ij",
		"ab cdefghij": "ab|cdefg|hij",
	} {
		if got := strings.Join(wrap(text, 5), "|"); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
