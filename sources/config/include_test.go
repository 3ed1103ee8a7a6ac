// Files that the config includes: what they may contain, and the positions of their errors.

package config

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIncludedFiles(t *testing.T) {
	write(t, map[string]string{
		"conf/fanql.yaml": `include: [more/*.yaml, "*/b.yaml", ../beside.yml]
sources: {eu: eu.db}
tags: {old: {columns: {total: amount}}}
tunnels: {bastion: {command: [ssh, -L, "{port}:db:5432", gate]}}
queries: {one: select 1}
`,
		"conf/more/b.yaml": "checks: {b: {query: two, expect: n > 0}}\n",
		"conf/more/a.yaml": `version: 1
x-base: &base {tags: [old]}
sources: {us: {<<: *base, url: us.db}, pg: {url: "pg://localhost:{port}/d", tunnel: bastion}}
tables: {orders: {sql: select 1, variants: {us: select 2}}}
checks: {a: {file: a.sql, expect: n > 0}}
`,
		"beside.yml": "queries: {two: {file: two.sql}}\n",
	})
	c, err := Load("conf/fanql.yaml", known, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range c.Sources {
		got = append(got, fmt.Sprint("source ", s.Name, " ", s.Path, " ", s.Tags, " ", s.Tunnel != nil, " ", s.Pos))
	}
	for _, q := range c.Queries {
		got = append(got, fmt.Sprint("query ", q.Name, " ", q.File, " ", q.Pos))
	}
	for _, k := range c.Checks {
		got = append(got, fmt.Sprint("check ", k.Name, " ", k.Query.File, " ", k.Pos))
	}
	for _, x := range c.Tables {
		got = append(got, fmt.Sprint("table ", x.Name, " ", x.Variants[0].Pos))
	}
	want := []string{
		"source eu conf/eu.db [] false conf/fanql.yaml:2:11",
		"source us conf/more/us.db [old] false conf/more/a.yaml:3:11",
		"source pg  [] true conf/more/a.yaml:3:40",
		"query one  conf/fanql.yaml:5:11",
		"query two two.sql beside.yml:1:11",
		"check a conf/more/a.sql conf/more/a.yaml:5:10",
		"check b  conf/more/b.yaml:1:10",
		"table orders conf/more/a.yaml:4:45",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"conf/fanql.yaml", "conf/more/a.yaml", "conf/more/b.yaml", "beside.yml"}, c.Files); d != "" {
		t.Error(d)
	}
	if wrong := c.TableFaults(); len(wrong) > 0 {
		t.Error(wrong)
	}
	before := c.Digest
	if err := os.WriteFile("beside.yml", []byte("queries: {two: {file: 2.sql}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := Load("conf/fanql.yaml", known, os.Getenv); err != nil || c.Digest == before {
		t.Errorf("the digest is the same: %v", err)
	}
}

func TestIncludedFilesThatAreWrong(t *testing.T) {
	const fine = "queries: {q: select 1}\n"
	for what, c := range map[string]struct {
		include string
		files   map[string]string
		want    string
	}{
		"no such file":                         {"a.yaml", nil, "conf/fanql.yaml:1:10: include: conf/a.yaml: no such file or directory"},
		"no file matches":                      {"more/*.yaml", nil, `conf/fanql.yaml:1:10: include: no file matches "more/*.yaml"`},
		"no pattern":                           {`"[a.yaml"`, nil, "conf/fanql.yaml:1:10: include: not a pattern: a [ is without its ]"},
		"nothing":                              {`""`, nil, "conf/fanql.yaml:1:10: include: it names no file"},
		"no value":                             {"", nil, "conf/fanql.yaml:1:1: include: it has no value: write one, or leave the key out"},
		"no list":                              {"{a: b}", nil, "conf/fanql.yaml:1:10: include: not a single value: write one text or number, in quotes if need be"},
		"a folder":                             {"more", map[string]string{"conf/more/a.yaml": fine}, "conf/fanql.yaml:1:10: include: conf/more: is a directory"},
		"itself":                               {`"*.yaml"`, nil, "conf/fanql.yaml:1:10: include: conf/fanql.yaml is this file itself"},
		"no YAML":                              {"a.yaml", map[string]string{"conf/a.yaml": "queries: {q: [\n"}, "conf/a.yaml:1:14: not YAML: "},
		"not UTF-8":                            {"a.yaml", map[string]string{"conf/a.yaml": "\n\xff"}, "conf/a.yaml:2:1: not UTF-8 text: save the file in UTF-8"},
		"a newer format":                       {"a.yaml", map[string]string{"conf/a.yaml": "version: 2\nshops: 1\n"}, "conf/a.yaml:1:10: version: the file is of format 2, and this fanql reads format 1: use a newer fanql"},
		"an unknown key":                       {"a.yaml", map[string]string{"conf/a.yaml": "querys: {}\n"}, `conf/a.yaml:1:1: the file: unknown key "querys": did you mean "queries"?`},
		"a nested include":                     {"a.yaml", map[string]string{"conf/a.yaml": "include: b.yaml\n"}, "conf/a.yaml:1:1: include: a file that conf/fanql.yaml includes cannot include others: name them there"},
		"defaults, which hold for all sources": {"a.yaml", map[string]string{"conf/a.yaml": "defaults: {timeout: 1s}\n"}, "conf/a.yaml:1:1: defaults: this file is included, and has sources, tables, queries and checks: write it into conf/fanql.yaml"},
		"a wrong value":                        {"a.yaml", map[string]string{"conf/a.yaml": "sources:\n  us: {url: us.db, timeout: 1}\n"}, `conf/a.yaml:2:29: source us: timeout: "1" has no unit: write 1s`},
		"a query again":                        {"a.yaml", map[string]string{"conf/a.yaml": "queries:\n  own: select 2\n"}, "conf/a.yaml:2:3: query own: another one has the name already: conf/fanql.yaml:2:11"},
		"a source again":                       {"a.yaml", map[string]string{"conf/a.yaml": "sources:\n  eu: x.db\n"}, "conf/a.yaml:2:3: source eu: another one has the name already: conf/fanql.yaml:3:11"},
		"a table again":                        {"a.yaml", map[string]string{"conf/a.yaml": "tables:\n  T: select 2\n"}, "conf/a.yaml:2:3: table T: another one has the name already: conf/fanql.yaml:4:10"},
		"a check in two": {
			"[a.yaml, b.yaml]",
			map[string]string{"conf/a.yaml": "checks: {c: {sql: select 1, expect: n > 0}}\n", "conf/b.yaml": "\nchecks: {c: {sql: select 1, expect: n > 0}}\n"},
			"conf/b.yaml:2:10: check c: another one has the name already: conf/a.yaml:1:10",
		},
		"a pattern again":   {"a.yaml", map[string]string{"conf/a.yaml": "sources: {eu: sqlite:more/*.db}\n", "conf/more/1.db": "", "conf/more/2.db": ""}, "conf/a.yaml:1:11: source eu: another one has the name already: conf/fanql.yaml:3:11"},
		"an unknown tunnel": {"a.yaml", map[string]string{"conf/a.yaml": "sources: {pg: {url: \"pg://h:{port}/d\", tunnel: gate}}\n"}, "conf/a.yaml:1:40: source pg: tunnel \"gate\": there are no tunnels"},
	} {
		t.Run(what, func(t *testing.T) {
			files := map[string]string{"conf/fanql.yaml": "include: " + c.include + "\nqueries: {own: select 1}\nsources: {eu: eu.db}\ntables: {t: select 1}\n"}
			for name, text := range c.files {
				files[name] = text
			}
			write(t, files)
			_, err := Load("conf/fanql.yaml", known, os.Getenv)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Count(err.Error(), "\n") > 0 {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
}

// The errors of one file are next to each other. Those of the config come first.
func TestErrorsInSeveralFilesAreInOrder(t *testing.T) {
	write(t, map[string]string{
		"fanql.yaml": "include: [b.yaml, a.yaml]\nqueries: {bad: ''}\ntags: {none: {}}\n",
		"a.yaml":     "queries: {x: ''}\n",
		"b.yaml":     "x: 1\nqueries: {y: ''}\n",
	})
	_, err := Load("fanql.yaml", known, os.Getenv)
	var got []string
	for _, err := range Each(err) {
		got = append(got, strings.Join(strings.SplitN(err.Error(), ":", 3)[:2], ":"))
	}
	if d := cmp.Diff([]string{"fanql.yaml:2", "b.yaml:1", "b.yaml:2", "a.yaml:1"}, got); d != "" {
		t.Error(d)
	}
}

// A password in an included file that others can read gets a warning that names the file.
func TestAnIncludedPasswordIsWarnedOf(t *testing.T) {
	write(t, map[string]string{"fanql.yaml": "include: a.yaml\n", "a.yaml": "sources: {eu: pg://u:secret@h/d}\n"})
	if err := os.Chmod("a.yaml", 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Load("fanql.yaml", known, os.Getenv)
	if err != nil || len(c.Warnings) != 1 || !strings.HasPrefix(c.Warnings[0], "a.yaml holds the password of source eu and others can read it (mode 0644)") {
		t.Errorf("%v, %v", c.Warnings, err)
	}
}
