package load_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/load"
)

func TestNamesOfTables(t *testing.T) {
	for name, want := range map[string][]string{
		"Orders":           {"orders"},
		" shop . Orders ":  {"shop", "orders"},
		`"My Shop".Orders`: {"My Shop", "orders"},
		`"a""b"."c.d"`:     {`a"b`, "c.d"},
		"a.b.c":            {"a", "b", "c"},
		"größe":            {"größe"},
		"":                 nil,
		"a.":               nil,
		".a":               nil,
		`"a`:               nil,
		`"a"b`:             nil,
		"a; drop table b":  nil,
		"a(b)":             nil,
		"a'b":              nil,
		"a\x00b":           nil,
	} {
		got, err := load.SplitName(name, `"`, strings.ToLower)
		if want == nil {
			if err == nil {
				t.Errorf("%q is taken as %q", name, got)
			}
			continue
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v, want %q", name, got, err, want)
		}
	}
}

func TestDocumentsThatLoseNothing(t *testing.T) {
	for text, want := range map[string]struct{ doubles, exact bool }{
		`{"a": 1, "b": {"a": 2}}`:              {true, true},
		`[{"a": 1}, {"a": 2}]`:                 {true, true},
		`{"a": {"x": 1}, "a": 2}`:              {false, false},
		`{"a": [], "b": "a", "c": {}, "b": 1}`: {false, false},
		`18446744073709551615`:                 {true, true},
		`18446744073709551616`:                 {false, true},
		`0.1`:                                  {true, true},
		`1.50e3`:                               {true, true},
		`0.12345678901234567890123`:            {false, true},
		`1e400`:                                {false, true},
		`"a"`:                                  {true, true},
		`{`:                                    {false, false},
	} {
		if got := load.ExactJSON([]byte(text), true) == nil; got != want.doubles {
			t.Errorf("%s with doubles: %v", text, got)
		}
		if got := load.ExactJSON([]byte(text), false) == nil; got != want.exact {
			t.Errorf("%s with exact numbers: %v", text, got)
		}
	}
}
