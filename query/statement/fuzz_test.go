// Properties that hold for every text.

package statement

import (
	"errors"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/postgres"
	"github.com/fanql/fanql/sources/sqlite"
)

var (
	Postgres, MySQL, SQLite = postgres.Dialect, mysql.Dialect, sqlite.Dialect
	dialects                = driver.Dialects{Postgres, MySQL, SQLite}
)

var allModes = []driver.Modes{
	{},
	{AnsiQuotes: true},
	{NoBackslashEscapes: true},
	{AnsiQuotes: true, NoBackslashEscapes: true},
	{AnsiQuotes: true, BracketQuotes: true},
	{BackslashEscapes: true},
}

// FuzzBind checks that what is sent has the tokens of the user's text, with placeholders
// instead of parameters, and a value for each placeholder.
func FuzzBind(f *testing.F) {
	for i, e := range corpus(f) {
		if i%7 == 0 {
			f.Add(e.sql)
		}
	}
	f.Add("select \"a\\\", 'b\\', [c], :a, x'\\', 7/2, a || b, 'x' 'y', # d\r --1")
	f.Add("select x:a, $t$ :b $t$, E'a'\n'\\':b', a[1:n], 'x' :c;")
	f.Add("select :a$b$ :c $b$, -:a, --:b\n /* /* :c */ */ :a")
	f.Fuzz(func(t *testing.T, sql string) {
		for _, f := range (Query{Text: sql}).Ambiguous(three) {
			if e, ok := errors.AsType[*Error](f.Err); !ok || e.Line < 1 || e.Column < 1 || strings.Contains(e.Text, "\n") {
				t.Fatalf("%q: %v", sql, f.Err)
			}
		}
		for n := range len(dialects) * len(allModes) {
			d, m := dialects[n%len(dialects)], allModes[n/len(dialects)]
			before, err := read(source{text: sql}, d, m)
			if err != nil {
				continue
			}
			v := Values{}
			for _, x := range before.tokens {
				if x.kind == param {
					v[before.text(x)[1:]] = Value{Text: "';"}
				}
			}
			asked, err := Query{Text: sql}.Bind("eu", d, m, v)
			if err != nil {
				continue
			}
			after, err := read(source{text: asked.SQL}, d, m)
			if err != nil {
				t.Fatalf("%s: %q is sent as %q: %v", d, sql, asked.SQL, err)
			}
			if _, err := asked.Reread(m); err != nil {
				t.Fatalf("%s: %q, read once more: %v", d, sql, err)
			}
			compare(t, before, after, asked.Args)
			locates(t, sql, asked)
		}
	})
}

func compare(t *testing.T, before, after *parsed, args []driver.Arg) {
	t.Helper()
	if len(before.tokens) != len(after.tokens) {
		t.Fatalf("%s: %q has %d tokens, %q has %d", before.dialect, before.source.text, len(before.tokens), after.source.text, len(after.tokens))
	}
	names := map[string]string{} // parameters by placeholder
	count := 0
	for i, x := range before.tokens {
		y := after.tokens[i]
		was, is := before.text(x), after.text(y)
		if x.kind != param {
			if x.kind != y.kind || was != is {
				t.Fatalf("%s: in %q, %q became %q", before.dialect, after.source.text, was, is)
			}
			continue
		}
		if y.kind != placeholder {
			t.Fatalf("%s: in %q, %q is no placeholder", before.dialect, after.source.text, is)
		}
		if name, second := names[is]; !second {
			count++
			names[is] = was
		} else if before.dialect == MySQL {
			count++
		} else if name != was {
			t.Fatalf("%s: in %q, %s is %s and %s", before.dialect, after.source.text, is, name, was)
		}
	}
	if count != len(args) {
		t.Fatalf("%s: %q has %d values", before.dialect, after.source.text, len(args))
	}
}

// FuzzStrings checks that the content of strings does not decide whether a text is sent.
func FuzzStrings(f *testing.F) {
	for i, e := range corpus(f) {
		if i%7 == 3 {
			f.Add(e.sql)
		}
	}
	f.Fuzz(sameWithOtherStrings)
}

func TestStringsDoNotDecideWhatIsSent(t *testing.T) {
	for _, e := range corpus(t) {
		sameWithOtherStrings(t, e.sql)
	}
}

func sameWithOtherStrings(t *testing.T, sql string) {
	for _, d := range dialects {
		a, err := read(source{text: sql}, d, driver.Modes{})
		if err != nil {
			continue
		}
		for _, inside := range []string{"", "insert", "; delete from t"} {
			b, err := read(source{text: withStrings(a, inside)}, d, driver.Modes{})
			if err != nil {
				t.Fatalf("%s: %q with other strings: %v", d, sql, err)
			}
			was, is := a.reads(), b.reads()
			if refusal(was) != refusal(is) {
				t.Fatalf("%s: %q: %v; with other strings, %q: %v", d, sql, was, b.source.text, is)
			}
		}
	}
}

// withStrings replaces the content of all strings.
func withStrings(p *parsed, inside string) string {
	var b strings.Builder
	written := 0
	for _, x := range p.tokens {
		if x.kind != str {
			continue
		}
		s := p.text(x)
		open := s[:strings.IndexAny(s, `'"$`)+1]
		if open == "$" {
			open = s[:strings.IndexByte(s[1:], '$')+2]
		}
		closing := open[len(open)-1:]
		if closing == "$" {
			closing = open
		}
		b.WriteString(p.source.text[written:x.start] + open + inside + closing)
		written = x.end
	}
	return b.String() + p.source.text[written:p.end]
}

// refusal returns an error's text without the position and the token that it quotes.
func refusal(err error) string {
	var at *Error
	if !errors.As(err, &at) {
		return ""
	}
	before, _, _ := strings.Cut(at.Text, "begins with ")
	return before
}
