// The table of drivers: what each line and its dialect must contain.

package sources_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
)

func TestEveryDialectIsComplete(t *testing.T) {
	for _, d := range sources.Dialects {
		t.Run(d.Name, func(t *testing.T) {
			want := func(what string, ok bool) {
				if !ok {
					t.Errorf("it has no %s", what)
				}
			}
			want("name of lower-case letters", d.Name != "" && strings.Trim(d.Name, "abcdefghijklmnopqrstuvwxyz0123456789") == "")
			want("product", len(d.Products) > 0 && d.Products[0] != "")
			want("scheme", len(d.Schemes) > 0)
			want("suffix, though its databases are files", !d.File || len(d.Suffixes) > 0)
			want("server: only files have suffixes", d.File || len(d.Suffixes)+len(d.Sidecars) == 0)
			want("SELECT and WITH among its verbs", slices.Contains(d.Verbs, "SELECT") && slices.Contains(d.Verbs, "WITH"))
			want("form of EXPLAIN", !slices.Contains(d.Verbs, "EXPLAIN") || d.Explain != 0)
			want("list of pragmas that read", !slices.Contains(d.Verbs, "PRAGMA") || d.Pragma != nil)
			want("placeholder", d.Placeholder != nil)
			want("limit of placeholders", d.MaxPlaceholders > 0)
			for _, verb := range slices.Concat(d.Verbs, d.Plans) {
				want("verb in upper case: "+verb, verb == strings.ToUpper(verb) && verb != "")
			}
			for _, verb := range d.Queries {
				want("verb "+verb+", though a query can begin with it", slices.Contains(d.Verbs, verb))
			}
			for _, phrase := range d.Refused {
				want("reason for a refused phrase", phrase.Why != "" && len(phrase.Words) > 0)
			}
			for key, why := range d.Meaningless {
				want("reason why "+key+" does nothing", why != "")
			}
			want("catalogue with a text, quotes and types", d.Catalog != nil && d.Catalog.Text != nil && d.Catalog.Quote != nil && d.Catalog.Type != nil)
			if d.Placeholder == nil {
				return
			}
			seen := map[string]bool{}
			for n := 1; n <= 2; n++ {
				for typ := driver.Auto; typ <= driver.Timestamp; typ++ {
					p := d.Placeholder(n, driver.Arg{Type: typ, Value: "1"})
					want("placeholder for a value of type "+typ.String(), p != "")
					if typ == driver.Auto {
						seen[p] = true
					}
				}
			}
			want("placeholder with a number, though Positional is false", d.Positional == (len(seen) == 1))
		})
	}
}

func TestNoTwoDialectsShareAWord(t *testing.T) {
	words, locations := map[string]string{}, map[string]string{}
	use := func(of map[string]string, word string, d *driver.Dialect) {
		if other, taken := of[word]; taken {
			t.Errorf("%q is %s's, and %s's as well", word, other, d)
		}
		if word == "" || word != strings.ToLower(word) {
			t.Errorf("%s: %q is no word in lower case", d, word)
		}
		of[word] = d.Name
	}
	for _, d := range sources.Dialects {
		for _, w := range append([]string{d.Name}, d.Words...) {
			use(words, w, d)
		}
		for _, list := range [][]string{d.Schemes, d.Alike, d.Suffixes} {
			for _, w := range list {
				use(locations, w, d)
			}
		}
	}
}

// Every scheme and suffix leads to the driver of its line. Every name of a dialect leads to
// the text for that dialect.
func TestEveryLineIsReached(t *testing.T) {
	for _, d := range sources.Dialects {
		t.Run(d.Name, func(t *testing.T) {
			var locations []string
			for _, s := range d.Schemes {
				if d.File {
					locations = append(locations, s+":x.file")
				} else {
					locations = append(locations, s+"://reader@127.0.0.1:1/shop")
				}
			}
			for _, s := range d.Suffixes {
				locations = append(locations, "x"+s)
			}
			for _, location := range locations {
				c := &config.Config{Dialects: sources.Dialects}
				list, err := c.Resolve([]string{"a=" + location})
				if err != nil || len(list) != 1 || list[0].Kind != d {
					t.Errorf("%s: %v, %v", location, list, err)
					continue
				}
				opened := sources.Open(list, func(string) string { return "" })[0]
				if d.File && opened.Err == nil {
					t.Errorf("%s: a missing file is not noticed before the query", location)
				}
				if !d.File && (opened.Err != nil || opened.Kind != d || opened.Place() == "") {
					t.Errorf("%s is opened as %s at %q: %v", location, opened.Kind, opened.Place(), opened.Err)
				}
			}
			for _, word := range append([]string{d.Name}, d.Words...) {
				q := statement.Query{Dialects: sources.Dialects, Text: "select 0", Variants: map[string]string{strings.ToUpper(word): "select :n"}}
				v, err := statement.ParseValues([]string{"n:int=1"})
				if err != nil {
					t.Fatal(err)
				}
				asked, err := q.Bind("a", d, driver.Modes{}, v)
				if want := "select " + d.Placeholder(1, driver.Arg{Type: driver.Int, Value: "1"}); err != nil || asked.SQL != want {
					t.Errorf("a text for %s gives %q, %v; want %q", word, asked.SQL, err, want)
				}
			}
			if d.ZoneOf(driver.ServerZone) != driver.ServerZone {
				t.Errorf("the server's own zone is spelt %q", d.ZoneOf(driver.ServerZone))
			}
		})
	}
}

// Every dialect takes part in the conformance test.
func TestEveryDialectHasARig(t *testing.T) {
	for _, d := range sources.Dialects {
		for _, product := range d.Products {
			if !slices.ContainsFunc(rigs, func(r conforming) bool { return r.name == product }) {
				t.Errorf("the conformance test has no rig for %s", product)
			}
		}
	}
}
