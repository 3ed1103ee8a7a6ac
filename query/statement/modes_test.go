// Texts for servers in other modes, and positions in the sent text.

package statement

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/fanql/fanql/sources/driver"
)

func TestReread(t *testing.T) {
	ansi, plain, brackets := driver.Modes{AnsiQuotes: true}, driver.Modes{NoBackslashEscapes: true}, driver.Modes{BracketQuotes: true}
	escapes := driver.Modes{BackslashEscapes: true}
	for _, c := range []struct {
		what    string
		dialect *driver.Dialect
		text    string
		modes   driver.Modes
		want    string // the sent text, or the error
	}{
		{"a text that reads the same stays the same", MySQL, "select :a", ansi, "select ?"},
		{"an identifier where a string was", MySQL, `select "a", :a`, ansi, `select "a", ?`},
		{
			"a backslash ends no identifier", MySQL, `select "a\"b", :a`, ansi,
			`the server's sql_mode has ANSI_QUOTES ("..." is an identifier), so the text reads otherwise there: the quoted identifier has no end (line 1, column 13)`,
		},
		{"a string that ends elsewhere", MySQL, `select '\'' , :a -- '`, driver.Modes{}, `select '\'' , ? -- '`},
		{
			"a string's end elsewhere", MySQL, "select 1,\n'\\'', :a", plain,
			"the server's sql_mode has NO_BACKSLASH_ESCAPES (a backslash escapes nothing), so the text reads otherwise there: the string has no end (line 2, column 1)",
		},
		{
			"a second statement shows", MySQL, `select '\'; drop table t -- '`, plain,
			"the server's sql_mode has NO_BACKSLASH_ESCAPES (a backslash escapes nothing), so the text reads otherwise there: two statements, and fanql sends one: run them one after the other (line 1, column 13)",
		},
		{
			"a second statement of PostgreSQL's", Postgres, `select 'a\', '; drop table t --'`, escapes,
			"the server's standard_conforming_strings is off (a backslash in '...' escapes), so the text reads otherwise there: two statements, and fanql sends one: run them one after the other (line 1, column 17)",
		},
		{
			"a parameter in a string", MySQL, `select '\' , ', :a , '\' , '`, plain,
			"the server's sql_mode has NO_BACKSLASH_ESCAPES (a backslash escapes nothing), so the text reads otherwise there: :a is not a parameter (line 1, column 17)",
		},
		{
			"a new parameter without a value", MySQL, `select '\' , :b , '`, plain,
			"the server's sql_mode has NO_BACKSLASH_ESCAPES (a backslash escapes nothing), so the text reads otherwise there: the string has no end",
		},
		{"brackets", MySQL, "select [:a] , :a", brackets, "select [:a] , ?"},
		{
			"a string of PostgreSQL's", Postgres, `select 'a\', :a`, escapes,
			"the server's standard_conforming_strings is off (a backslash in '...' escapes), so the text reads otherwise there: the string has no end (line 1, column 8)",
		},
		{"a bit string has no escapes", Postgres, `select x'\', :a`, escapes, `select x'\', $1`},
		{"a string that continues a bit string has no escapes", Postgres, "select b'1'\n'\\', :a", escapes, "select b'1'\n'\\', $1"},
		{"modes of another dialect change nothing", SQLite, `select 'a\', "b", :a`, driver.Modes{AnsiQuotes: true, NoBackslashEscapes: true, BackslashEscapes: true}, `select 'a\', "b", ?1`},
	} {
		t.Run(c.what, func(t *testing.T) {
			v := Values{"a": {Text: "1"}}
			q := Query{Text: c.text}
			asked, err := q.Bind("eu", c.dialect, driver.Modes{}, v)
			if err != nil {
				t.Fatal(err)
			}
			asked.MaxCell = 7
			second, err := asked.For(c.modes)
			if strings.HasPrefix(c.want, "the server's") {
				at, placed := errors.AsType[*Error](err)
				if !placed || !strings.HasPrefix(err.Error(), c.want) || at.Line == 0 {
					t.Errorf("got %v\nwant %s", err, c.want)
				}
				return
			}
			if err != nil || second.SQL != c.want || second.MaxCell != 7 || second.Locate == nil {
				t.Errorf("got %q, %v; want %q", second.SQL, err, c.want)
			}
		})
	}
}

func TestLocate(t *testing.T) {
	file, err := ParseFile("select 1\n-- fanql: mysql\n\n  select ü,\n :day, limit:n\n+ nme\n", dialects)
	if err != nil {
		t.Fatal(err)
	}
	v := Values{"day": {Type: driver.Date, Text: "2026-01-31"}, "n": {Text: "1"}}
	asked, err := file.Bind("us", MySQL, driver.Modes{}, v)
	if err != nil {
		t.Fatal(err)
	}
	if want := "select ü,\n CAST(? AS DATE), limit ?\n+ nme"; asked.SQL != want {
		t.Fatalf("it sends %q, want %q", asked.SQL, want)
	}
	type place struct {
		Line, Column int
		OK           bool
	}
	for _, c := range []struct {
		of   string // the characters that this position must point to
		want place
	}{
		{"select", place{4, 3, true}},
		{"ü", place{4, 10, true}},
		{",\n", place{4, 11, true}},
		{"CAST", place{5, 2, true}},
		{"AS DATE", place{5, 2, true}},
		{", limit", place{5, 6, true}},
		{" ?", place{5, 13, true}},
		{"?\n", place{5, 13, true}},
		{"\n+", place{5, 15, true}},
		{"nme", place{6, 3, true}},
	} {
		at := utf8.RuneCountInString(asked.SQL[:strings.Index(asked.SQL, c.of)]) + 1
		var got place
		got.Line, got.Column, got.OK = asked.Locate(at)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q: -want +got\n%s", c.of, diff)
		}
	}
	n := utf8.RuneCountInString(asked.SQL)
	for at, want := range map[int]place{0: {}, -1: {}, n: {6, 5, true}, n + 1: {6, 6, true}, n + 2: {}} {
		var got place
		got.Line, got.Column, got.OK = asked.Locate(at)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("character %d of %d: -want +got\n%s", at, n, diff)
		}
	}
}

// locates checks that each character of the user's text is found at the position where
// the user wrote it.
func locates(t *testing.T, text string, q driver.Request) {
	t.Helper()
	lines := strings.Split(text, "\n")
	character := 0
	for range q.SQL {
		character++
		line, column, ok := q.Locate(character)
		if !ok || line > len(lines) || column > utf8.RuneCountInString(lines[line-1])+1 {
			t.Fatalf("%q: character %d of %q is at line %d, column %d (%v)", text, character, q.SQL, line, column, ok)
		}
		sent, user := []rune(q.SQL)[character-1], append([]rune(lines[line-1]), '\n')[column-1]
		if sent != user && user != ':' {
			t.Fatalf("%q: character %d of %q is %q, and at line %d, column %d there is %q", text, character, q.SQL, sent, line, column, user)
		}
	}
}
