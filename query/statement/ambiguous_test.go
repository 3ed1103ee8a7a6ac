// Texts that mean something else in another dialect, and ordinary texts that do not.

package statement

import (
	"os"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

var three = map[string]*driver.Dialect{"eu": Postgres, "us": MySQL, "lite": SQLite}

func TestAmbiguous(t *testing.T) {
	eu, us := "postgres (eu)", "mysql (us)"
	for _, c := range []struct{ text, want string }{
		{`select "region" from t`, `"region" is a string to ` + us + `, and a name to ` + eu + ` and sqlite (lite): write a string in '...', or a name without quotes, or give a variant (line 1, column 8)`},
		{"select id\nfrom t order by \"net total\"", `"net total" is a string to mysql (us), and a name to`},
		{`select count(*) from t group by "a"`, "(line 1, column 33)"},
		{`select f("a"), "b" from t`, `(line 1, column 10)`},
		{"select a || b from t", "|| is OR (unless its sql_mode has PIPES_AS_CONCAT) to " + us + ", and concatenation to " + eu + " and sqlite (lite): give mysql a variant with concat(...) (line 1, column 10)"},
		{`select 'a\nb'`, `the backslash in 'a\nb' is an escape to ` + us + `, and a character to ` + eu + ` and sqlite (lite)`},
		{`select * from t where path like 'C:\\x%'`, `(line 1, column 33)`},
		{"select 5 # 3\n from t", "# is the start of a comment to " + us + ", and an operator to " + eu + ": write -- for a comment, or give mysql a variant (line 1, column 10)"},
		{"select data #>> '{a}'\n from t", "# is the start of a comment to"},
		{"select 5--1", "-- without a space after it is two minus signs to " + us + ", and a comment to " + eu + " and sqlite (lite): put a space after it, or between the two (line 1, column 9)"},
		{"select a --b\n from t", "-- without a space"},
		{"select 7/2", "/ between integers is a division that keeps the fraction to " + us + ", and one that drops it to " + eu + " and sqlite (lite): write one of them as a decimal, as in 100.0, or give a variant (line 1, column 9)"},
		{"select 100 * count(a) / count(*) from t", "(line 1, column 23)"},
		{"select a + count(*)/3 from t", "/ between"},
		{"select 2^3", "^ is XOR to " + us + ", and a power to " + eu + ": write power(a, b) (line 1, column 9)"},
		{"select * from t where tags && wanted", "&& is AND to " + us + ", and whether two arrays or ranges overlap to " + eu},
		{"select tags[1] from t", "[1] is an alias to sqlite (lite), and an element of an array to " + eu},
		{"select 'a' 'b' from t", "'b' is the end of one string to " + us + ", and an alias to sqlite (lite)"},
		{"select 'a'\n 'b'", "'b' is the end of one string to " + us + " and " + eu + ", and an alias to sqlite (lite)"},
		{"select cast(id as char) from t", "cast(... as char) is the first character to " + eu + ", and the whole text to"},
		{"select cast(at as date), count(*) from t", "cast(... as date) is the number that a date begins with to sqlite (lite), and a date to"},
		{"select log(n) from t", "log(x) is the natural logarithm to " + us + ", and the decimal one to"},
		{"select log(f(a, b)) from t", "log(x) is"},
		{"select data->>'$.a' from t", "'$.a' is a key to " + eu + ", and a path to " + us + " and sqlite (lite)"},
		{"select * from t where a = 0x1f", "0x1f is a string of bytes to " + us + ", and a number to"},
		{"select x'41'", "x'41' is a string of bits to"},
		{"select 1 /* /* */ + 1 /* */ */ */ from t", ""}, // MySQL and SQLite report an error themselves
		{"select 1 -- a\r + 1", "the carriage return in this comment is its end to " + eu + ", and a part of it to " + us + " and sqlite (lite)"},
	} {
		q := Query{Text: c.text}
		var got []string
		for _, e := range q.Ambiguous(three) {
			got = append(got, e.Err.Error())
		}
		if c.want == "" && got != nil || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
			t.Errorf("%s\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}

func TestAmbiguousOnlyWhereOneTextGoesToSeveralDialects(t *testing.T) {
	q := Query{Dialects: dialects, Text: `select "a" || 'b\n' from t where 7/2 > 3`}
	for what, sources := range map[string]map[string]*driver.Dialect{
		"one source": {"eu": Postgres}, "one dialect": {"eu": Postgres, "eu2": Postgres}, "two that agree": {"eu": Postgres, "lite": SQLite},
		"a kind that is not known yet": {"eu": Postgres, "later": nil},
	} {
		if found := q.Ambiguous(sources); found != nil {
			t.Errorf("%s: %v", what, found)
		}
	}
	if n := len(q.Ambiguous(three)); n != 4 {
		t.Errorf("%d places, want 4", n)
	}
	q.SetVariant("mysql", "select 1")
	if found := q.Ambiguous(three); found != nil {
		t.Errorf("with a variant: %v", found)
	}
	file, err := ParseFile("select 1\n-- fanql: us, lite\n\nselect 'a' || 'b'", dialects)
	if err != nil {
		t.Fatal(err)
	}
	found := file.Ambiguous(three)
	if len(found) != 1 || found[0].Name != "lite" || !strings.HasSuffix(found[0].Err.Error(), "(line 4, column 12)") || strings.Contains(found[0].Err.Error(), "eu") {
		t.Errorf("in a section: %v", found)
	}
	many := map[string]*driver.Dialect{"a": MySQL, "b": MySQL, "c": MySQL, "d": MySQL, "e": MySQL, "f": MySQL, "eu": Postgres}
	if found := (Query{Text: "select a || b"}).Ambiguous(many); len(found) != 1 || !strings.Contains(found[0].Err.Error(), "mysql (a, b, c, d and 2 more)") {
		t.Errorf("many sources: %v", found)
	}
}

func TestOrdinaryTextsAreNotAmbiguous(t *testing.T) {
	file, err := os.ReadFile("testdata/ordinary.sql")
	if err != nil {
		t.Fatal(err)
	}
	texts := strings.Split(strings.TrimSpace(string(file)), "\n;\n")
	if len(texts) < 60 {
		t.Errorf("only %d texts", len(texts))
	}
	for _, text := range texts {
		q := Query{Text: text}
		for _, e := range q.Ambiguous(three) {
			t.Errorf("%s\n%v", text, e.Err)
		}
		readers := 0
		for _, d := range three {
			if p, err := read(source{text: text}, d, driver.Modes{}); err == nil && p.reads() == nil {
				readers++
			}
		}
		if readers < 2 {
			t.Errorf("%s\nis read by %d dialects: it tests nothing", text, readers)
		}
	}
}
