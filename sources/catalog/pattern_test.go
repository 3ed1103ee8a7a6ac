package catalog

import (
	"strings"
	"testing"
)

func table(schema, name string) Table {
	return Table{Schema: schema, Name: name, Visible: schema == ""}
}

func TestPatternsChooseTables(t *testing.T) {
	for _, c := range []struct {
		pattern string
		table   Table
		want    bool
	}{
		{"orders", table("", "orders"), true},
		{"orders", table("", "Orders"), true},
		{"ORDERS", table("", "orders"), true},
		{"orders", table("", "orders2"), false},
		{"orders", table("sales", "orders"), false},
		{"sales.orders", table("sales", "orders"), true},
		{"sales.*", table("sales", "orders"), true},
		{"*.*", table("sales", "orders"), true},
		{"*.orders", table("", "orders"), true}, // the schema may be empty
		{"ord*", table("", "orders"), true},
		{"*ord*s", table("", "ordinals and orders"), true},
		{"o?ders", table("", "orders"), true},
		{"o?ders", table("", "oders"), false},
		{"*", table("", ""), true},
		{`"or*"`, table("", "orders"), false},
		{`"or*"`, table("", "or*"), true},
		{`"a.b"`, table("", "a.b"), true},
		{"a.b", table("", "a.b"), false},
		{`a"".b`, table("a", "b"), true},
		{`"say ""hi"""`, table("", `say "hi"`), true},
		{`"Über"`, table("", "über"), true},
		{"ü*", table("", "Überweisung"), true},
		{"100%", table("", "1000"), false},
		{"a_b", table("", "axb"), false},
	} {
		p, err := ParsePattern(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
		} else if got := p.Match(c.table); got != c.want {
			t.Errorf("%s matches %s.%s: %v", c.pattern, c.table.Schema, c.table.Name, got)
		}
	}
}

func TestInvalidPatterns(t *testing.T) {
	for text, want := range map[string]string{
		"":        "the pattern is empty",
		`"`:       "ends inside double quotes",
		`"a`:      "ends inside double quotes",
		"a.":      "names no table",
		".a":      "no schema before its dot",
		"a.b.c":   "a dot too many",
		`""`:      "names no table",
		"sales..": "a dot too many",
	} {
		if _, err := ParsePattern(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// A pattern made from a name matches that name. The LIKE of a pattern accepts every name
// that the pattern matches, since otherwise tables would be missing.
func FuzzPatterns(f *testing.F) {
	for _, seed := range []string{"orders", "Ord*", `a"b`, "a.b", "ıİß", "x'y\\", "%_?*", "e\u0301", "\xff"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		if exact := Exactly("", name); !exact.Match(table("", name)) || !exact.Whole() {
			t.Errorf("%q is not chosen by its own name", name)
		}
		if p, err := ParsePattern(quoted(name)); name != "" && (err != nil || !p.Match(table("", name)) && strings.ToValidUTF8(name, "") == name) {
			t.Errorf("%q, written as %s, is not chosen: %v", name, quoted(name), err)
		}
		p, err := ParsePattern(text)
		if err != nil {
			return
		}
		n := p.like()
		if strings.Trim(n.Name+n.Schema, "abcdefghijklmnopqrstuvwxyz0123456789_%") != "" {
			t.Fatalf("%q gives %+v: not for all modes", text, n)
		}
		for _, candidate := range []Table{table("", name), table(name, name), table("", text)} {
			if p.Match(candidate) && !likes(n.Name, strings.ToLower(candidate.Name)) {
				t.Errorf("%q matches %q, and the LIKE %q does not", text, candidate.Name, n.Name)
			}
		}
	})
}

// likes reports whether a text matches a pattern of SQL's LIKE.
func likes(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case pattern[0] == '%':
		for i := range len(text) + 1 {
			if likes(strings.TrimLeft(pattern, "%"), text[i:]) {
				return true
			}
		}
		return false
	case text == "":
		return false
	case pattern[0] == '_':
		_, left := rest(text)
		return likes(pattern[1:], left)
	}
	return pattern[0] == text[0] && likes(pattern[1:], text[1:])
}

func rest(text string) (rune, string) {
	for i, r := range text {
		if i > 0 {
			return r, text[i:]
		}
	}
	return 0, ""
}
