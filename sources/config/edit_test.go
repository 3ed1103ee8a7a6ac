// Changing sources in the text of the config.

package config

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// edited applies a change to a text, and returns the new one.
func edited(t *testing.T, text string, change func(*Editor) error) (string, error) {
	t.Helper()
	write(t, map[string]string{"fanql.yaml": text})
	e, err := Edit("fanql.yaml", known, os.Getenv, true)
	if err != nil {
		return "", err
	}
	if err := change(e); err != nil {
		return "", err
	}
	for _, r := range e.Revisions() {
		text = string(r.New)
	}
	return text, nil
}

func adding(name, url string, tags ...string) func(*Editor) error {
	return func(e *Editor) error { return e.Add(name, url, tags) }
}

func removing(name string) func(*Editor) error {
	return func(e *Editor) error { _, err := e.Remove(name, false); return err }
}

func renaming(old, name string) func(*Editor) error {
	return func(e *Editor) error { _, err := e.Rename(old, name); return err }
}

func TestEdits(t *testing.T) {
	for what, c := range map[string]struct {
		text   string
		change func(*Editor) error
		want   string
	}{
		"add to lines":                {"sources:\n  eu: eu.db # first\n\n# more\nqueries: {}\n", adding("us", "us.db"), "sources:\n  eu: eu.db # first\n  us: us.db\n\n# more\nqueries: {}\n"},
		"add with tags":               {"sources:\n    eu: eu.db\n", adding("us", "us.db", "a", "b"), "sources:\n    eu: eu.db\n    us: {url: us.db, tags: [a, b]}\n"},
		"add behind a mapping":        {"sources:\n  eu:\n    url: eu.db\n    # inside\n  # after\ndefaults: {timeout: 1s}\n", adding("us", "us.db"), "sources:\n  eu:\n    url: eu.db\n    # inside\n  us: us.db\n  # after\ndefaults: {timeout: 1s}\n"},
		"add without a newline":       {"sources:\n  eu: eu.db", adding("us", "us.db"), "sources:\n  eu: eu.db\n  us: us.db"},
		"add with CRLF":               {"sources:\r\n  eu: eu.db\r\nqueries: {}\r\n", adding("us", "us.db"), "sources:\r\n  eu: eu.db\r\n  us: us.db\r\nqueries: {}\r\n"},
		"add to braces":               {"sources: {eu: eu.db} # all\n", adding("us", "us.db"), "sources: {eu: eu.db, us: us.db} # all\n"},
		"add to braces in lines":      {"sources: {\n  eu: eu.db, # e\n  us: us.db # u\n}\n", adding("x", "x.db"), "sources: {\n  eu: eu.db, # e\n  us: us.db,\n  x: x.db # u\n}\n"},
		"add behind a last comma":     {"sources: {\n  eu: eu.db,\n}\n", adding("us", "us.db"), "sources: {\n  eu: eu.db,\n  us: us.db,\n}\n"},
		"add to empty braces":         {"sources: {}\n", adding("us", "us.db"), "sources: {us: us.db}\n"},
		"add to nothing":              {"", adding("us", "us.db"), "sources:\n  us: us.db\n"},
		"add to comments":             {"# all\n", adding("us", "us.db"), "# all\nsources:\n  us: us.db\n"},
		"add to a key without value":  {"version: 1\nsources: # none yet\nqueries:\n    q: select 1\n", adding("us", "us.db"), "version: 1\nsources: # none yet\n    us: us.db\nqueries:\n    q: select 1\n"},
		"add where there is no key":   {"version: 1\nqueries:\n   q: |\n      select 1\n\n# end\n", adding("us", "us.db"), "version: 1\nqueries:\n   q: |\n      select 1\nsources:\n   us: us.db\n\n# end\n"},
		"add to JSON":                 {`{"sources": {"eu": "eu.db"}}` + "\n", adding("us", "us.db"), `{"sources": {"eu": "eu.db", us: us.db}}` + "\n"},
		"add to JSON without sources": {"{version: 1}\n", adding("us", "us.db"), "{version: 1, sources: {us: us.db}}\n"},
		"add what needs quotes":       {"sources: {eu: eu.db}\n", adding("us", "pg://u:${env:PW}@h/d?a=b"), `sources: {eu: eu.db, us: "pg://u:${env:PW}@h/d?a=b"}` + "\n"},
		"add a connection string":     {"sources:\n  eu: eu.db\n", adding("us", `host=h dbname=d password='a "\\ b'`), "sources:\n  eu: eu.db\n  us: \"host=h dbname=d password='a \\\"\\\\\\\\ b'\"\n"},
		"add behind a BOM":            {"\ufeffsources: {eu: eu.db}\n", adding("us", "us.db"), "\ufeffsources: {eu: eu.db, us: us.db}\n"},
		"add beside an anchor":        {"sources: &all\n  eu: eu.db\n", adding("us", "us.db"), "sources: &all\n  eu: eu.db\n  us: us.db\n"},

		"remove a line":                          {"sources:\n  # both\n  eu: eu.db # e\n  us: us.db # u\n", removing("eu"), "sources:\n  # both\n  us: us.db # u\n"},
		"remove lines":                           {"sources:\n  eu:\n    # inside\n    url: eu.db\n\n    tags:\n    - a\n\n  # next\n  us: us.db\n", removing("eu"), "sources:\n\n  # next\n  us: us.db\n"},
		"remove a multi-line flow":               {"sources:\n  eu: {\n    url: eu.db,\n  }\n  us: us.db\n", removing("eu"), "sources:\n  us: us.db\n"},
		"remove a block scalar":                  {"sources:\n  eu:\n    url: pg://u@h/d\n    password_command: |\n      # not a comment\n      cat x\n  us: us.db\n", removing("eu"), "sources:\n  us: us.db\n"},
		"remove the last":                        {"sources:\n  eu: eu.db\n  us: us.db\n# end\nqueries: {}\n", removing("us"), "sources:\n  eu: eu.db\n# end\nqueries: {}\n"},
		"remove the last at the end":             {"sources:\n  eu: eu.db\n  us: us.db", removing("us"), "sources:\n  eu: eu.db\n"},
		"remove the only one":                    {"sources:\n  eu: eu.db\nqueries: {}\n", removing("eu"), "sources:\nqueries: {}\n"},
		"remove with CRLF":                       {"sources:\r\n  eu: eu.db\r\n  us: us.db\r\n", removing("eu"), "sources:\r\n  us: us.db\r\n"},
		"remove the first in braces":             {"sources: {eu: eu.db, us: us.db}\n", removing("eu"), "sources: {us: us.db}\n"},
		"remove the last in braces":              {"sources: {eu: eu.db, us: us.db }\n", removing("us"), "sources: {eu: eu.db }\n"},
		"remove the only one in braces":          {"sources: {eu: eu.db}\n", removing("eu"), "sources: {}\n"},
		"remove a line in braces":                {"sources: {\n  eu: eu.db, # e\n  us: us.db\n}\n", removing("us"), "sources: {\n  eu: eu.db, # e\n}\n"},
		"remove with commas in it":               {"sources: {eu: {url: eu.db, tags: [a, b]}, us: {url: us.db, tags: [c, d]}}\n", removing("eu"), "sources: {us: {url: us.db, tags: [c, d]}}\n"},
		"remove a key with quotes":               {"sources:\n  \"eu\": eu.db\n  us: us.db\n", removing("eu"), "sources:\n  us: us.db\n"},
		"remove a pattern":                       {"sources:\n  shards: sqlite:shards/*.db\n  us: us.db\n", removing("shards"), "sources:\n  us: us.db\n"},
		"remove a wrong one":                     {"sources:\n  eu: what\n  us: us.db\n", removing("eu"), "sources:\n  us: us.db\n"},
		"remove a source that a pattern matches": {"sources:\n  eu: eu.db\n  us: us.db\nqueries: {q: {sql: select 1, sources: 'e*'}}\n", removing("eu"), "sources:\n  us: us.db\nqueries: {q: {sql: select 1, sources: 'e*'}}\n"},

		"rename":                              {"sources:\n  eu: eu.db # eu\n", renaming("eu", "x/y"), "sources:\n  x/y: eu.db # eu\n"},
		"rename with quotes":                  {"sources: {'eu': eu.db, us: us.db}\n", renaming("eu", "x"), "sources: {'x': eu.db, us: us.db}\n"},
		"rename a source that is referred to": {"queries: {q: {sql: select 1, sources: [us, '!eu', \"eu,us\", eu/1, europe, 'eu-*', tag:eu]}}\nsources: {eu: eu.db, us: us.db}\n", renaming("eu", "x"), "queries: {q: {sql: select 1, sources: [us, '!x', \"x,us\", x/1, europe, 'eu-*', tag:eu]}}\nsources: {x: eu.db, us: us.db}\n"},
		"rename in a block list":              {"sources: {eu: eu.db}\nqueries:\n  q:\n    sql: select 1\n    sources:\n      - eu # here\n    variants: {eu: select 2, mysql: select 3}\n", renaming("eu", "x"), "sources: {x: eu.db}\nqueries:\n  q:\n    sql: select 1\n    sources:\n      - x # here\n    variants: {x: select 2, mysql: select 3}\n"},
		"rename in several":                   {"sources: {eu: eu.db}\nqueries:\n  q: {reduce: select 1, queries: {a: {sql: select 1, sources: eu}, eu: select 2}}\n", renaming("eu", "x"), "sources: {x: eu.db}\nqueries:\n  q: {reduce: select 1, queries: {a: {sql: select 1, sources: x}, eu: select 2}}\n"},
		"rename in checks": {
			"sources: {eu: eu.db, us: us.db}\nchecks:\n  a: {sql: select 1, agree: {key: n, baseline: eu}, sources: [eu, us]}\n  b: {schema: eu}\n  c: {schema: {baseline: eu}}\n", renaming("eu", "x"),
			"sources: {x: eu.db, us: us.db}\nchecks:\n  a: {sql: select 1, agree: {key: n, baseline: x}, sources: [x, us]}\n  b: {schema: x}\n  c: {schema: {baseline: x}}\n",
		},
		"rename in tables and lists": {
			"sources: {eu: pg://h/x_*, us: us.db}\nsources_from: {query: select 1, on: us}\ntables: {t: {sql: select 1, variants: {us: select 2, 'eu/*': select 3, tag:us: select 4}}}\n", renaming("us", "x"),
			"sources: {eu: pg://h/x_*, x: us.db}\nsources_from: {query: select 1, on: x}\ntables: {t: {sql: select 1, variants: {x: select 2, 'eu/*': select 3, tag:us: select 4}}}\n",
		},
		"rename a pattern":                 {"sources: {eu: {url: pg://h/x_*, exclude: [eu/test]}}\nqueries: {q: {sql: select 1, sources: [eu, 'eu/*', eu/a]}}\n", renaming("eu", "x"), "sources: {x: {url: pg://h/x_*, exclude: [x/test]}}\nqueries: {q: {sql: select 1, sources: [x, 'x/*', x/a]}}\n"},
		"rename what an alias is for":      {"x-e: &e eu\nsources: {eu: eu.db}\nqueries: {q: {sql: select 1, sources: *e}}\n", renaming("eu", "x"), "x-e: &e x\nsources: {x: eu.db}\nqueries: {q: {sql: select 1, sources: *e}}\n"},
		"a dialect's name is the dialect":  {"sources: {mysql: us.db}\nqueries: {q: {variants: {mysql: select 1}, sources: mysql}}\n", renaming("mysql", "x"), "sources: {x: us.db}\nqueries: {q: {variants: {mysql: select 1}, sources: x}}\n"},
		"rename after characters of bytes": {"queries: {é: {sql: \"select 'ü'\", sources: [eu]}}\nsources: {eu: eu.db}\n", renaming("eu", "größe"), "queries: {é: {sql: \"select 'ü'\", sources: [größe]}}\nsources: {größe: eu.db}\n"},
	} {
		t.Run(what, func(t *testing.T) {
			got, err := edited(t, c.text, c.change)
			if err != nil || got != c.want {
				t.Errorf("%v\n%q\nwant\n%q", err, got, c.want)
			}
		})
	}
}

func TestEditsThatAreRefused(t *testing.T) {
	const two = "sources: {eu: eu.db, us: us.db}\n"
	for what, c := range map[string]struct {
		text   string
		change func(*Editor) error
		want   string
	}{
		"a wrong name":              {two, adding("a b", "x.db"), `source "a b": a name has letters`},
		"a name that is used":       {two, adding("eu", "x.db"), "source eu is in the config already: fanql.yaml:1:11"},
		"a wrong URL":               {two, adding("x", "pg:/h"), "source x: no // after the scheme: write postgres://host/database"},
		"a URL with a secret":       {two, adding("x", "pg://u:se cret@h/d"), "source x: a space or a control character: write a space as %20"},
		"a wrong tag":               {two, adding("x", "x.db", "a,b"), "tag (not shown: it may hold a password): a tag has letters"},
		"a newline":                 {two, adding("x", "sqlite:a\nb.db"), "source x: a control character cannot be in it"},
		"a list's name":             {two + "sources_from: {file: x.csv, name: x}\n", adding("x", "x.db"), "source x cannot be written into fanql.yaml: the config would be wrong: fanql.yaml:2:15: sources_from: another source is called x already: change it by hand"},
		"a {port} without a tunnel": {two, adding("x", "pg://h:{port}/d"), "source x cannot be written into fanql.yaml: the config would be wrong: fanql.yaml:1:36: source x: {port} stands for the port of a tunnel"},
		"an alias":                  {"x-s: &s {eu: eu.db}\nsources: *s\n", adding("us", "us.db"), "source us cannot be written into fanql.yaml: that would change something else as well: change it by hand"},
		"no mapping":                {"sources: [x]\n", adding("us", "us.db"), "source us cannot be written into fanql.yaml: it is written in a way that cannot be changed here (an alias, an escape, or several lines): change it by hand"},
		"null":                      {"sources: null\n", adding("us", "us.db"), "source us cannot be written into fanql.yaml: "},

		"nobody":                              {two, removing("asia"), `unknown source "asia": known are eu, us`},
		"nearly":                              {two, removing("eur"), `unknown source "eur": did you mean "eu"?`},
		"none":                                {"", removing("eu"), `unknown source "eu": fanql.yaml has none`},
		"remove a source that is referred to": {two + "queries: {q: {sql: select 1, sources: [us, eu]}}\n", removing("eu"), "source eu is still named: fanql.yaml:2:44: query q: sources: change that first, or give force"},
		"remove a merged source":              {"x-s: &s {eu: eu.db}\nsources: {<<: *s, us: us.db}\n", removing("eu"), "source eu cannot be removed from fanql.yaml: it is written in a way that cannot be changed here"},
		"an anchor":                           {"sources:\n  eu: &eu {url: eu.db}\n  us: {<<: *eu, url: us.db}\n", removing("eu"), "source eu cannot be removed from fanql.yaml: an alias for nothing: no anchor before it has the name: change it by hand"},
		"the last of a tag":                   {"sources: {eu: {url: eu.db, tags: [a]}, us: us.db}\ntags: {a: {columns: {x: y}}}\n", removing("eu"), "source eu cannot be removed from fanql.yaml: the config would be wrong: fanql.yaml:2:8: tag a: no source has it: there are no tags: change it by hand"},

		"to a wrong name":          {two, renaming("eu", "-x"), `source "-x": a name has letters`},
		"rename to another's name": {two, renaming("eu", "us"), "source us is in the config already: fanql.yaml:1:22"},
		"rename an unknown source": {two, renaming("asia", "x"), `unknown source "asia": known are eu, us`},
		"through an alias":         {"x-e: &e eu\nsources: {eu: eu.db}\nqueries: {q: {sql: select 1, sources: [*e]}}\n", renaming("eu", "x"), "source eu cannot be renamed in fanql.yaml: fanql.yaml:3:40: it is written in a way that cannot be changed here"},
		"with an escape":           {"sources: {eu: eu.db}\nqueries: {q: {sql: select 1, sources: \"e\\u0075\"}}\n", renaming("eu", "x"), "source eu cannot be renamed in fanql.yaml: fanql.yaml:2:39: it is written"},
		"a file of one":            {"sources: {eu: sqlite:*.db}\n", removing("eu/1"), "source eu/1 is one that the pattern eu finds: exclude: there leaves it out"},
		"not YAML":                 {"sources: {eu\n", removing("eu"), "fanql.yaml:1:11: not YAML"},
		"a newer format":           {"version: 9\nsources: {eu: eu.db}\n", removing("asia"), `unknown source "asia": known are eu`},
		"a wrong other name":       {"sources: {eu: eu.db, 'a b': x.db}\n", adding("a b", "x.db"), `source "a b": a name`},
	} {
		t.Run(what, func(t *testing.T) {
			_, err := edited(t, c.text, func(e *Editor) error {
				if what == "a file of one" {
					if err := os.WriteFile("1.db", nil, 0o600); err != nil {
						t.Fatal(err)
					}
					e, err := Edit("fanql.yaml", known, os.Getenv, true)
					return errors.Join(err, c.change(e))
				}
				return c.change(e)
			})
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "cret") {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
}

// A source, and whatever refers to it, may be in files that the config includes.
func TestEditsOfIncludedFiles(t *testing.T) {
	write(t, map[string]string{
		"fanql.yaml": "include: more.yaml\nqueries: {q: {sql: select 1, sources: eu}}\n",
		"more.yaml":  "sources: {eu: eu.db}\nchecks: {c: {sql: \"select 'eu'\", expect: n > 0, sources: [eu, 'e*']}}\n",
	})
	e, err := Edit("fanql.yaml", known, os.Getenv, true)
	if err != nil {
		t.Fatal(err)
	}
	warnings, err := e.Rename("eu", "x")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"more.yaml:2:63: check c: sources: \"e*\" no longer means the source",
		"more.yaml:2:19: this text has 'eu', which stays",
	}
	if !slices.Equal(warnings, want) {
		t.Errorf("%q, want %q", warnings, want)
	}
	got := map[string]string{}
	for _, r := range e.Revisions() {
		got[r.Path] = string(r.New)
	}
	if got["fanql.yaml"] != "include: more.yaml\nqueries: {q: {sql: select 1, sources: x}}\n" || got["more.yaml"] != "sources: {x: eu.db}\nchecks: {c: {sql: \"select 'eu'\", expect: n > 0, sources: [x, 'e*']}}\n" {
		t.Errorf("%q", got)
	}
	if e, err = Edit("fanql.yaml", known, os.Getenv, true); err != nil {
		t.Fatal(err)
	}
	var still *Referenced
	if _, err := e.Remove("eu", false); !errors.As(err, &still) || len(still.At) != 2 {
		t.Errorf("%v", err)
	}
	if warnings, err := e.Remove("eu", true); err != nil || len(warnings) != 2 || len(e.Revisions()) != 1 || string(e.Revisions()[0].New) != "sources: {}\nchecks: {c: {sql: \"select 'eu'\", expect: n > 0, sources: [eu, 'e*']}}\n" {
		t.Errorf("%v, %q", err, e.Revisions())
	}
}

// randomConfig returns a config with sources in random styles, and other keys around them.
func randomConfig(r *rand.Rand, names []string) string {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	indent := pick("  ", "    ", " ")
	comment := func() string { return pick("", "", " # note: {x, y} 'z'", "   # é") }
	lines := func(b *strings.Builder) {
		for range r.IntN(3) {
			b.WriteString(pick("\n", "# a comment: with {braces\n", indent+"# indented, 'quote\n", "   \n"))
		}
	}
	quote := func(s string) string { return pick(s, `"`+s+`"`, "'"+s+"'") }
	flow := func(name string) string {
		return pick("{url: "+name+".db}", "{ url: "+quote(name+".db")+" , tags: [ a, b ] }", "{tags: [\"a\"], url: "+name+".db, timeout: 5s}", "{<<: *base, url: "+name+".db}")
	}
	var b strings.Builder
	b.WriteString(pick("", "\ufeff", "# yaml-language-server: $schema=x\n", "---\n"))
	lines(&b)
	b.WriteString("x-base: &base {timeout: 5s, tags: [a]}" + comment() + "\n")
	if r.IntN(2) == 0 {
		b.WriteString("queries:\n  one: |\n    select '# no comment'\n\n    from x\n  two: {sql: select 1, sources: [" + quote(names[0]) + ", tag:a]}\n")
	}
	lines(&b)
	switch r.IntN(3) {
	case 0:
		var all []string
		for _, n := range names {
			all = append(all, quote(n)+": "+pick(quote(n+".db"), flow(n)))
		}
		between := pick(", ", " , ", ",\n  ", ", # one\n  ")
		b.WriteString("sources: {" + pick("", " ", "\n  ") + strings.Join(all, between) + pick("", " ", "\n", ",\n") + "}" + comment() + "\n")
	default:
		b.WriteString("sources:" + comment() + "\n")
		for _, n := range names {
			if r.IntN(2) == 0 {
				lines(&b)
			}
			b.WriteString(indent + quote(n) + ":")
			switch r.IntN(4) {
			case 0:
				b.WriteString(" " + quote(n+".db") + comment() + "\n")
			case 1:
				b.WriteString(" " + flow(n) + comment() + "\n")
			case 2:
				b.WriteString(comment() + "\n" + indent + indent + "url: " + n + ".db" + comment() + "\n" + pick("", "\n", indent+indent+"# inside\n") + indent + indent + "tags:\n" + indent + indent + "- a\n" + indent + indent + "- b\n")
			case 3:
				b.WriteString("\n" + indent + indent + "<<: [*base]\n" + indent + indent + "url: >-\n" + indent + indent + "  " + n + ".db\n" + pick("", "\n\n"))
			}
		}
	}
	lines(&b)
	b.WriteString(pick("", "defaults: {timeout: 3s}\n", "checks:\n  c:\n    sql: select 1\n    expect: n > 0\n    sources:\n    - "+quote(names[len(names)-1])+comment()+"\n"))
	lines(&b)
	text := b.String()
	if r.IntN(3) == 0 {
		text = strings.TrimRight(text, "\n ")
	}
	if r.IntN(3) == 0 {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}

// An edit of a random config leaves all other bytes as they are. Reading the new text gives
// what the old text had, with the change.
func TestEditsOfRandomConfigs(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	t.Chdir(t.TempDir())
	sources := func(text string) (all []string) {
		c, err := Parse("fanql.yaml", []byte(text), known, os.Getenv)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		for _, s := range c.Sources {
			all = append(all, fmt.Sprint(s.Name, " ", s.Path, " ", s.Tags, " ", s.Timeout != nil))
		}
		for _, q := range c.Queries {
			all = append(all, fmt.Sprint(q.Name, " ", q.SQL, " ", q.Sources))
		}
		for _, k := range c.Checks {
			all = append(all, fmt.Sprint(k.Name, " ", k.Sources))
		}
		return all
	}
	var done [3]int
	for range randomEdits() {
		names := []string{"alpha", "beta/x", "gamma-1", "d.elta"}[:1+r.IntN(4)]
		text := randomConfig(r, names)
		before := sources(text)
		if err := os.WriteFile("fanql.yaml", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		e, err := Edit("fanql.yaml", known, os.Getenv, true)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		at := r.IntN(len(names))
		kind := r.IntN(3)
		want := slices.Clone(before)
		switch kind {
		case 0:
			err = e.Add("new", "pg://u:${env:X}@h/d", []string{"t"})
			want = slices.Insert(want, len(names), "new  [t] false")
		case 1:
			_, err = e.Remove(names[at], true)
			want = slices.Delete(want, at, at+1)
		case 2:
			_, err = e.Rename(names[at], "new")
			for i, line := range want {
				if name, rest, _ := strings.Cut(line, " "); name == names[at] && i < len(names) {
					want[i] = "new " + rest
				} else if i >= len(names) {
					want[i] = strings.ReplaceAll(line, names[at], "new")
				}
			}
		}
		if err != nil {
			t.Errorf("seed %d: %v\n%s", seed, err, text)
			continue
		}
		got := string(e.Revisions()[0].New)
		if after := sources(got); !slices.Equal(after, want) {
			t.Errorf("seed %d: read as %q, want %q\n%q\n%q", seed, after, want, text, got)
		}
		long, short := got, text
		if kind == 1 {
			long, short = text, got
		}
		if kind == 2 {
			if plain := strings.NewReplacer(names[at]+".db", names[at]+".db", names[at], "new").Replace(text); got != plain {
				t.Errorf("seed %d: renamed\n%q\nin\n%q", seed, got, text)
			}
		} else if head := common(long, short); !strings.HasSuffix(long, short[head:]) {
			t.Errorf("seed %d: more than one place differs:\n%q\n%q", seed, text, got)
		}
		done[kind]++
	}
	if slices.Min(done[:]) < randomEdits()/10 {
		t.Errorf("too few of some kind: %v", done)
	}
}

// randomEdits returns how many configs are edited. `make nightly` sets a larger number.
func randomEdits() int {
	if n, err := strconv.Atoi(os.Getenv("FANQL_TEST_EDITS")); err == nil {
		return n
	}
	return 100
}

// common returns the length of the common prefix of two texts, in bytes.
func common(a, b string) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}
