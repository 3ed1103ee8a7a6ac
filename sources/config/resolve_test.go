// Selection: each selector with the sources that it selects.

package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/option"
)

// shownText returns the text of an error as the command line shows it.
func shownText(err error) string {
	return option.Text(err, func(o option.Option) string { return "--" + string(o) })
}

const shops = `sources:
  eu:     {url: pg://eu.db/shop, tags: prod}
  eu-2:   {url: pg://eu2.db/shop, tags: [prod, new]}
  eu-3:   {url: pg://eu3.db/shop, tags: old}
  us:     {url: my://us.db/shop, tags: prod}
  shards: {url: "sqlite:shards/*.db", tags: archive}
  later:  {url: "sqlite:later/*.db", tags: future}
`

func resolve(c *Config, selectors string) (string, error) {
	list, err := c.Resolve(strings.Fields(selectors))
	var names []string
	for _, s := range list {
		names = append(names, s.Name)
	}
	return strings.Join(names, " "), err
}

func TestResolveFromTheConfig(t *testing.T) {
	c := mustLoad(t, shops, "conf/shards/2024.db", "conf/shards/2025.db", "us.db", "eu/x")
	for _, x := range []struct{ what, selectors, want string }{
		{"a name", "us", "us"},
		{"a name counts before a folder called so", "eu", "eu"},
		{"names in the config's order", "us eu", "eu us"},
		{"a name twice", "us us", "us"},
		{"a list", "us,eu", "eu us"},
		{"a pattern of names", "eu-*", "eu-2 eu-3"},
		{"a class of characters", "eu-[^3]", "eu-2"},
		{"a pattern's name", "shards", "shards/2024 shards/2025"},
		{"one of its files", "shards/2025", "shards/2025"},
		{"a pattern of its files", "shards/*", "shards/2024 shards/2025"},
		{"a * that crosses the slash", "s*5", "shards/2025"},
		{"a tag", "tag:prod", "eu eu-2 us"},
		{"a pattern of tags", "tag:?e?", "eu-2"},
		{"an exclusion", "eu-* !eu-3", "eu-2"},
		{"an exclusion that comes first", "!eu-3 eu-*", "eu-2"},
		{"exclusions only", "!tag:old !shards !later", "eu eu-2 us"},
		{"a list of exclusions", "!eu-3,later,shards", "eu eu-2 us"},
		{"an exclusion in a list", "tag:prod,!us", "eu eu-2"},
		{"config sources before ad hoc ones", "us.db us", "us us-2"},
	} {
		t.Run(x.what, func(t *testing.T) {
			if got, err := resolve(c, x.selectors); got != x.want || err != nil {
				t.Errorf("%s: %s, %v", x.selectors, got, err)
			}
		})
	}
}

func TestResolveWithoutSelectorsIsAll(t *testing.T) {
	c := mustLoad(t, "sources:\n  b: pg://b/d\n  a: pg://a/d\n")
	if got, err := resolve(c, ""); got != "b a" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

func TestResolveAdHoc(t *testing.T) {
	write(t, map[string]string{
		"shop.db": "", "old/shop.db": "", "plain": "", "a,b.db": "", "my shop.db": "",
		"shards/2024.db": "", "shards/2025.db": "", "shards/2025.db-wal": "",
		"deep/a/main.db": "", "deep/b/main.db": "", "both/x.db": "", "both/x.sqlite": "",
		"c:d.db": "",
	})
	for _, x := range []struct {
		what, selectors, names, places string
	}{
		{"a URL, called after database and host", "postgres://u:pw@eu.db:5433/shop?sslmode=require", "shop@eu.db", "eu.db:5433/shop"},
		{"a URL without a database", "mysql://u@eu.db", "eu.db", "eu.db"},
		{"a URL without a host", "pg:///shop", "shop@local", "/shop"},
		{"an IPv6 address", "pg://[::1]:5432/shop", "shop@_::1_", "[::1]:5432/shop"},
		{"several hosts", "pg://a:1,b:2/shop", "shop@a", "a:1,b:2/shop"},
		{"the same database on two ports", "pg://h:1/d pg://h:2/d", "d@h d@h:2", "h:1/d h:2/d"},
		{"the same place for two users", "pg://a@h/d pg://b@h/d", "d@h d@h-2", "h/d h/d"},
		{"the same URL twice", "pg://h/d pg://h/d", "d@h", "h/d"},
		{"a name", "live=postgres://h/d", "live", "h/d"},
		{"a name for a file", "live=shop.db", "live", "shop.db"},
		{"a name with a scheme for a file", "live=sqlite:shop.db", "live", "shop.db"},
		{"sqlite with slashes", "sqlite3://old/shop.db", "shop", "old/shop.db"},
		{"an absolute path", "file:///data/shop.db", "shop", "/data/shop.db"},
		{"a file", "shop.db", "shop", "shop.db"},
		{"a file that is missing is found out later", "gone.sqlite3", "gone", "gone.sqlite3"},
		{"a file without a suffix", "plain", "plain", "plain"},
		{"a file with a comma", "a,b.db", "a_b", "a,b.db"},
		{"a file with a colon", "c:d.db", "c:d", "c:d.db"},
		{"two files of one name", "shop.db old/shop.db", "shop old/shop", "shop.db old/shop.db"},
		{"one file twice", "shop.db ./shop.db", "shop", "shop.db"},
		{"a given name counts before a made one", "shop.db shop=plain", "shop-2 shop", "shop.db plain"},
		{"a list of files", "shop.db,plain", "shop plain", "shop.db plain"},
		{"a pattern of files", "shards/*.db", "2024 2025", "shards/2024.db shards/2025.db"},
		{"a pattern of all files leaves out SQLite's own files", "shards/*", "2024 2025", "shards/2024.db shards/2025.db"},
		{"a pattern with a name", "s=shards/*.db", "s/2024 s/2025", "shards/2024.db shards/2025.db"},
		{"an exclusion from a pattern", "s=sqlite:shards/*.db !s/2024", "s/2025", "shards/2025.db"},
		{"a pattern of folders", "deep/*/main.db", "a/main b/main", "deep/a/main.db deep/b/main.db"},
		{"names that differ by the suffix only", "both/*", "x.db x.sqlite", "both/x.db both/x.sqlite"},
		{"a reference for all", "x=${env:URL}", "x", "${env:URL}"},
	} {
		t.Run(x.what, func(t *testing.T) {
			list, err := blank().Resolve(strings.Fields(x.selectors))
			if err != nil {
				t.Fatal(err)
			}
			var names, places []string
			for _, s := range list {
				names, places = append(names, s.Name), append(places, s.Place())
			}
			if got := strings.Join(names, " "); got != x.names {
				t.Errorf("names %s, want %s", got, x.names)
			}
			if got := strings.Join(places, " "); got != x.places {
				t.Errorf("places %s, want %s", got, x.places)
			}
		})
	}
	if list, err := blank().Resolve([]string{"my shop.db"}); err != nil || list[0].Name != "my_shop" || list[0].Path != "my shop.db" {
		t.Errorf("a file with a space: %+v, %v", list, err)
	}
}

func TestResolvePatternsBelowFoldersWithSpecialNames(t *testing.T) {
	write(t, map[string]string{"[x]*/fanql.yaml": "sources:\n  s: sqlite:s/*.db\n", "[x]*/s/1.db": "", "x/s/2.db": ""})
	c, err := Load("[x]*/fanql.yaml", known, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sources) != 1 || c.Sources[0].Path != "[x]*/s/1.db" || c.Sources[0].Name != "s/1" {
		t.Errorf("%+v", c.Sources)
	}
}

func TestResolveKnowsTheHome(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	list, err := blank().Resolve([]string{"sqlite:~/shop.db"})
	if err != nil || list[0].Path != filepath.Join(home, "shop.db") {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestResolveErrors(t *testing.T) {
	c := mustLoad(t, shops+"  asia/1: pg://asia.db/shop\n", "conf/shards/2024.db", "x.db")
	empty := &Config{Dialects: known, Path: "conf/fanql.yaml"}
	for _, x := range []struct {
		what            string
		config          *Config
		selectors, want string
	}{
		{"nothing at all", blank(), "", "no sources: give at least one --source, or a config file"},
		{"only exclusions of nothing", blank(), "!eu", "no sources: give at least one --source, or a config file"},
		{"an unknown name", c, "ue", `unknown source "ue": did you mean "eu"?`},
		{"an unknown name far from all", c, "warehouse", `unknown source "warehouse": known are eu, eu-2, eu-3, us, shards, shards/2024, later, asia/1`},
		{"an unknown name without a config", blank(), "eu", `unknown source "eu": no config names any; neither a database URL nor a SQLite file: write postgres://host/database, mysql://host/database or sqlite:FILE`},
		{"an unknown name in a list", c, "us,eus", `unknown source "eus": did you mean "eu"?`},
		{"an unknown exclusion", c, "!ue", `unknown source "ue": did you mean "eu"?`},
		{"an unknown tag", c, "tag:prd", `no source has the tag "prd": did you mean "prod"?`},
		{"an unknown tag without tags", blank(), "tag:prd", `no source has the tag "prd": there are no tags`},
		{"an unknown excluded tag", c, "!tag:prd", `no source has the tag "prd": did you mean "prod"?`},
		{"a pattern of nothing", c, "asia-*", `no source and no file matches "asia-*"`},
		{"a pattern of no files", c, "asia-*.db", `--source, number 1: no file matches asia-*.db`},
		{"a bad pattern", c, "eu-[", `--source, number 1: not a pattern: a [ is without its ]`},
		{"an exclusion of all", c, "eu !eu", "no sources are left: all that were chosen are excluded"},
		{"a name that the config has", c, "eu=x.db", "two sources are called eu: choose another name"},
		{"a name twice", c, "q=x.db q=pg://h/d", "two sources are called q: choose another name"},
		{"an unknown scheme", c, "us posgres://u:pw@h/d", `--source, number 2: unknown kind of database "posgres": did you mean "postgres"?`},
		{"an unknown scheme with a name", c, "x=posgres://u:pw@h/d", `source x: unknown kind of database "posgres": did you mean "postgres"?`},
		{"a mistyped URL", c, "postgres//u:pw@h/x.db", "a --source that is neither a database URL nor a SQLite file: write postgres://host/database, mysql://host/database or sqlite:FILE"},
		{"nothing in the config", empty, "", "no sources: conf/fanql.yaml has none: give at least one --source"},
		{"an unknown name with nothing in the config", empty, "eu", `unknown source "eu": conf/fanql.yaml names none; neither a database URL nor a SQLite file: write postgres://host/database, mysql://host/database or sqlite:FILE`},
		{"the first part of a name", c, "asia", `unknown source "asia": did you mean "asia/*"?`},
		{"the first part of an ad hoc name", blank(), "lite/a=x.db !lite", `unknown source "lite": did you mean "lite/*"?`},
		{"a mistyped URL with a name", c, "x=postgres//u:pw@h/x.db", "source x: neither a database URL nor a SQLite file: write postgres://host/database, mysql://host/database or sqlite:FILE"},
		{"a name for nothing", c, "x=gone", "source x: there is no file gone, and it is neither a database URL nor a SQLite file: write postgres://host/database, mysql://host/database or sqlite:FILE"},
		{"a reference without a name", c, "${env:URL}", "--source, number 1: a URL that is a reference needs a name: write name=${env:URL}"},
	} {
		t.Run(x.what, func(t *testing.T) {
			if got, err := resolve(x.config, x.selectors); err == nil || shownText(err) != x.want {
				t.Errorf("%s, %v\nwant %s", got, err, x.want)
			}
		})
	}
	if _, err := c.Resolve([]string{""}); err == nil || shownText(err) != "an empty --source: give a name, a URL or a file" {
		t.Errorf("an empty selector: %v", err)
	}
}

// A folder that is not mounted must not prevent the query of the other sources.
func TestAConfiguredPatternOfNoFilesIsASourceThatCannotBeOpened(t *testing.T) {
	c := mustLoad(t, shops, "conf/shards/2024.db")
	list, err := c.Resolve([]string{"eu", "later"})
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	if _, err := list[1].Expand(known, os.Getenv); err == nil || err.Error() != "no file matches later/*.db" {
		t.Errorf("%s: %v", list[1].Name, err)
	}
}
