// Sources that are not parsed: the outline finds the same names and tags as a complete
// parse.

package config

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bothWays returns the sources of a config by a complete parse and by its outline, each as
// name, group and tags. The folder must have the files eu.db, shards/1.db and shards/2.db.
// parsed is the number of sources that the YAML library has read for the outline.
func bothWays(text string) (whole, outlined []string, parsed int, err error) {
	list := func(c *Config) (all []string) {
		if c == nil {
			return nil
		}
		for _, s := range c.Sources {
			all = append(all, fmt.Sprintf("%s %q %q %d:%d", s.Name, s.Group, s.Tags, s.Pos.Line, s.Pos.Col))
			if s.URL != "" || s.Kind != nil {
				parsed++
			}
		}
		return all
	}
	l := loading{path: "fanql.yaml", known: known, getenv: func(string) string { return "x" }, named: true}
	l.read = func(string) ([]byte, fs.FileInfo, error) { return []byte(text), nil, nil }
	c, err := l.load()
	whole, parsed = list(c), 0
	l.wanted = []string{"sources"}
	part, _ := l.load()
	return whole, list(part), parsed, err
}

func shardsFolder(t testing.TB) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "shards"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"eu.db", "shards/1.db", "shards/2.db"} {
		if err := os.WriteFile(filepath.Join(dir, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

// forms are texts of a source, and whether each is plain.
var forms = []struct {
	text  string
	plain bool
}{
	{"postgres://r@h/db", true},
	{"postgres://r:${env:PW}@h:5432/db?sslmode=disable # with a comment", true},
	{"host=db user=reader dbname=shop", true},
	{"'mysql://r@h/db'", true},
	{`"${env:URL}"`, true},
	{"postgres://h/shop_*", true},
	{"eu.db", true},
	{"sqlite:eu.db   ", true},
	{"{url: eu.db, tags: [prod, 'eu-1', \"x\"], timeout: 10s}", true},
	{"{url: 'postgres://r:a,b@h/db', tags: prod, per_server: 4} # c", true},
	{"{url: eu.db, tags: []}", true},
	{"{<<: *base, url: eu.db}", true},
	{"{<<: *base, url: eu.db, tags: [own]}", true},
	{"{url: eu.db, <<: *base, tags: []}", true},
	{"{urls: [postgres://a/db, 'postgres://b/db'], hedge: 1s, tags: [2024, _x, true]}", false},
	{"{urls: ['postgres://a/db', 'postgres://b/db'], hedge: 1s, tags: [2024, _x, true]}", true},
	{"\n    url: postgres://h/db\n    tags: [a]\n", true},
	{"\n    # a comment\n    tags:\n      - a # b\n      - 'c'\n\n    url: eu.db\n", true},
	{"\n    tags:\n    - a\n    - b-2\n    url: eu.db", true},
	{"\n    <<: *base\n    url: 'eu.db'", true},
	{"\n    urls:\n      - postgres://a/db\n      - postgres://b/db", true},
	{"\n    url: eu.db\n    tags: 0x1F", true},
	{"\n    url: eu.db\n    tags: [tag:prod]", false},
	{"shards/*.db", false},
	{"{url: 'sqlite:shards/*.db', tags: [old], exclude: ['2']}", false},
	{"&here postgres://h/db", false},
	{"{url: &u eu.db, tags: &t [a, b]}", false},
	{"{url: *u, tags: *t}", false},
	{"!!str eu.db", false},
	{">-\n    eu.db\n", false},
	{"\n    postgres://h/\n    db", false},
	{"postgres://h/d\n     b", false},
	{"{url: eu.db,\n     tags: [a]}", false},
	{"\n    {url: eu.db}", false},
	{`"postgres://h/d\x62"`, false},
	{"'it''s.db'", false},
	{"{? url : eu.db}", false},
	{"{url: eu.db, tags: [a, [b]]}", false},
	{"{url: eu.db, tags: [null]}", false},
	{"\n    url: eu.db\n    url: postgres://h/db", false},
	{"\n    url:\n    tags: [a]", false},
	{"", false},
	{"{}", false},
	{"~", false},
	{"[eu.db]", false},
}

func TestEachFormOfASource(t *testing.T) {
	shardsFolder(t)
	const around = "x-base: &base {tags: [merged, m2], timeout: 1s}\nx-more: {a: &u eu.db, b: &t [b]}\nsources:\n"
	for _, f := range forms {
		text := around + "  us: postgres://us/db\n  eu: " + f.text + "\n  a-b.c/d: eu.db\nqueries:\n  q: select 1\n"
		whole, outlined, parsed, err := bothWays(text)
		if diff := cmp.Diff(whole, outlined); err == nil && diff != "" {
			t.Errorf("%q: (-whole +outlined)\n%s", f.text, diff)
		}
		if plain := parsed == 0; err == nil && plain != f.plain {
			t.Errorf("%q: plain is %v, want %v", f.text, plain, f.plain)
		}
		if len(outlined) < len(whole) {
			t.Errorf("%q: with the error %v, the outline is %v, not %v", f.text, err, outlined, whole)
		}
	}
}

// TestRandomConfigsReadBothWays mixes the forms with what may stand around them.
func TestRandomConfigsReadBothWays(t *testing.T) {
	shardsFolder(t)
	r := rand.New(rand.NewPCG(22, 7))
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	right, unparsed := 0, 0
	for n := range 3000 {
		var b strings.Builder
		b.WriteString(pick("", "version: 1\n", "# first\n", "---\n", "\ufeff"))
		b.WriteString("x-base: &base {tags: [merged]}\nx-more: {a: &u eu.db, b: &t [b], c: &all {zz: eu.db, s1: {url: eu.db, tags: [all]}}}\n")
		b.WriteString(pick("sources:\n", "sources: # these\n", "sources:   \n\n", "sources: &every\n", "sources:\n  <<: *all\n"))
		for i := range r.IntN(5) {
			f := forms[r.IntN(len(forms))]
			for f.plain != (r.IntN(4) > 0) {
				f = forms[r.IntN(len(forms))]
			}
			fmt.Fprintf(&b, "  %s: %s\n%s", pick("s1", "s2", "e-u", fmt.Sprint("n", i), "n1", "'q1'", "7x"), f.text, pick("", "", "\n", "# c\n", "  # d\n", "      # e\n"))
		}
		b.WriteString(pick("", "queries:\n  q: select 1\n", "defaults: {timeout: 1s}\n", "include: []\n", "...\n", "tags: {prod: {}}"))
		text := b.String()
		if r.IntN(8) == 0 {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		whole, outlined, parsed, err := bothWays(text)
		if err != nil {
			continue
		}
		right++
		if len(outlined) > parsed {
			unparsed++
		}
		if diff := cmp.Diff(whole, outlined); diff != "" {
			t.Fatalf("%d: (-whole +outlined)\n%s\n%s", n, diff, text)
		}
	}
	if right < 500 || unparsed < 300 {
		t.Errorf("only %d configs were right, and %d of them had plain sources", right, unparsed)
	}
}

// The outline empties the lines of plain sources. Such a line may have ended the text
// before it.
func TestWhatStandsBeforeAPlainSource(t *testing.T) {
	shardsFolder(t)
	for _, between := range []string{"", "  ", "   ", "#", "  #", "    x", "\t", "  \t"} {
		for _, value := range []string{"eu.db", "'eu.db", "\"eu.db", ">", "|", "|-\n    eu.db", "{url: eu.db,", "eu.db #"} {
			for _, end := range []string{"", "\n", "'", "\"", "\n'", " }", "\n}"} {
				text := "sources:\n  0: " + value + "\n" + between + "\n  A0: eu.db" + end
				whole, outlined, _, err := bothWays(text)
				if diff := cmp.Diff(whole, outlined); err == nil && diff != "" {
					t.Errorf("%q: (-whole +outlined)\n%s", text, diff)
				}
			}
		}
	}
}

func TestAFaultElsewhereKeepsPlainNames(t *testing.T) {
	shardsFolder(t)
	for _, fault := range []string{"queries: [", "queries: {q: {sql: }", "sources_from: {file: none.csv, x: y}", "x: *nothing"} {
		_, outlined, _, err := bothWays("sources:\n  eu: eu.db\n  us: {url: postgres://us/db, tags: [prod]}\n" + fault + "\n")
		if err == nil {
			t.Errorf("%q is no fault", fault)
		}
		if want := []string{`eu "" [] 2:3`, `us "" ["prod"] 3:3`}; !cmp.Equal(outlined, want) {
			t.Errorf("%q: got %q", fault, outlined)
		}
	}
}

func TestPlainSourcesOfIncludes(t *testing.T) {
	shardsFolder(t)
	for file, text := range map[string]string{
		"fanql.yaml":  "include: [more/*.yaml]\nsources:\n  eu: {url: eu.db, tags: [a]}\n  old: {url: 'sqlite:shards/*.db'}\n",
		"more/a.yaml": "x-b: &b {tags: [b]}\nsources:\n  us: {<<: *b, url: postgres://us/db}\n  eu: {url: postgres://other/db, tags: [c]}\n",
		"more/b.yaml": "sources:\n  jp: postgres://jp/db\nqueries:\n  q: [\n",
	} {
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, _ := LoadSections("fanql.yaml", known, os.Getenv, "sources")
	var got []string
	for _, s := range c.Sources {
		got = append(got, fmt.Sprint(s.Name, " ", s.Group, " ", s.Tags))
	}
	want := []string{"eu  [a]", "old/1 old []", "old/2 old []", "us  [b]", "jp  []"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func FuzzPlainSources(f *testing.F) {
	shardsFolder(f)
	for _, form := range forms {
		f.Add("x: &base {tags: [m]}\nsources:\n  eu: " + form.text + "\n  us: eu.db\n")
	}
	f.Fuzz(func(t *testing.T, text string) {
		whole, outlined, _, err := bothWays(text[:min(len(text), 2000)]) // longer texts have no further forms
		if diff := cmp.Diff(whole, outlined); err == nil && diff != "" {
			t.Errorf("%q: (-whole +outlined)\n%s", text, diff)
		}
	})
}

func BenchmarkNamesOfThousandSources(b *testing.B) {
	var large strings.Builder
	large.WriteString("sources:\n")
	for i := range 1000 {
		fmt.Fprintf(&large, "  shop-%d: {url: 'postgres://reader@db%d.example/shop_%d', tags: [prod, 'region_%d']}\n", i, i%50, i, i%7)
	}
	l := loading{path: "fanql.yaml", known: known, getenv: os.Getenv, wanted: []string{"sources"}}
	l.read = func(string) ([]byte, fs.FileInfo, error) { return []byte(large.String()), nil, nil }
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(256 << 20))
	b.ReportAllocs()
	for b.Loop() {
		if c, err := l.load(); err != nil || len(c.Sources) != 1000 {
			b.Fatal(err)
		}
	}
}
