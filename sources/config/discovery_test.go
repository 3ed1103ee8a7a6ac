// Patterns of databases and schemas in URLs: how they are recognised, which URLs list the
// names, and which sources they become.

package config

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

// listing has dialects that can list their databases; pg lists schemas, too.
var listing = driver.Dialects{
	{
		Name: "postgres", Products: []string{"PostgreSQL"}, Location: driver.Location{Schemes: []string{"postgres"}, ConnectionStrings: true},
		Discovery: &driver.Discovery{
			Databases: driver.Listing{SQL: "databases", From: []string{"postgres", "template1"}},
			Schemas:   driver.Listing{SQL: "schemas"},
			Schema:    "pg_catalog",
		},
	},
	{
		Name: "mysql", Products: []string{"MySQL"}, Location: driver.Location{Schemes: []string{"mysql"}},
		Discovery: &driver.Discovery{Databases: driver.Listing{SQL: "databases", From: []string{""}}},
	},
	{Name: "sqlite", Products: []string{"SQLite"}, Location: driver.Location{Schemes: []string{"sqlite"}, File: true, Suffixes: []string{".db"}}},
}

func TestAPatternInAURLIsADiscovery(t *testing.T) {
	for _, c := range []struct {
		url                string
		databases, schemas string
		asked              string // the URLs that list the names, separated by blanks
		found              string // the URL for the name "a b%"
	}{
		{"postgres://u:p@h/shop_*", "shop_*", "", "postgres://u:p@h/postgres postgres://u:p@h/template1", "postgres://u:p@h/a%20b%25"},
		{"postgres://u:p@h:1,g:2/*?sslmode=require", "*", "", "postgres://u:p@h:1,g:2/postgres?sslmode=require postgres://u:p@h:1,g:2/template1?sslmode=require", "postgres://u:p@h:1,g:2/a%20b%25?sslmode=require"},
		{"postgres://u:${env:PW}@${env:HOST}/shop_[ab]", "shop_[ab]", "", "postgres://u:${env:PW}@${env:HOST}/postgres postgres://u:${env:PW}@${env:HOST}/template1", "postgres://u:${env:PW}@${env:HOST}/a%20b%25"},
		{"postgres://h/shop%2A_*", `shop\*_*`, "", "postgres://h/postgres postgres://h/template1", "postgres://h/a%20b%25"},
		{"postgres://h/app?schema=t_?", "", "t_?", "postgres://h/app?schema=pg_catalog", "postgres://h/app?schema=a%20b%25"},
		{"postgres://h/app?a=1&schema=t_*&b=2", "", "t_*", "postgres://h/app?a=1&schema=pg_catalog&b=2", "postgres://h/app?a=1&schema=a%20b%25&b=2"},
		{"postgres://h/app_*?schema=t_*&b=2", "app_*", "t_*", "postgres://h/postgres?schema=pg_catalog&b=2 postgres://h/template1?schema=pg_catalog&b=2", "postgres://h/a%20b%25?schema=t_*&b=2"},
		{"mysql://u@h/shop_*", "shop_*", "", "mysql://u@h/", "mysql://u@h/a%20b%25"},
		{"host=h dbname=shop_*", "shop_*", "", "host=h dbname=postgres host=h dbname=template1", `host=h dbname=a\ b%`},
		{"host=h dbname='shop_*' user=u", "shop_*", "", "host=h dbname='postgres' user=u host=h dbname='template1' user=u", `host=h dbname='a\ b%' user=u`},
		{"host=h dbname=app schema=t_*", "", "t_*", "host=h dbname=app schema=pg_catalog", `host=h dbname=app schema=a\ b%`},
		{"postgres://h/shop", "", "", "", ""},
		{"postgres://h/shop%2A", "", "", "", ""},
		{"postgres://h/app?schema=t", "", "", "", ""},
		{"postgres://h/app?options=-c%20x=*", "", "", "", ""},
		{"mysql://h/app?schema=t_*", "", "", "", ""},
		{"mysql://u:a*b@h/app", "", "", "", ""},
		{"sqlite:nothing*.db", "", "", "", ""},
	} {
		all, err := Source{Name: "s"}.at(c.url, kinds(listing))
		if err != nil || len(all) != 1 {
			t.Fatalf("%s: %v, %v", c.url, all, err)
		}
		s := all[0]
		if s.Discovery == nil {
			if c.databases+c.schemas != "" {
				t.Errorf("%s: no discovery", c.url)
			}
			continue
		}
		if s.Discovery.Databases != c.databases || s.Discovery.Schemas != c.schemas {
			t.Errorf("%s: %+v", c.url, s.Discovery)
			continue
		}
		var asked []string
		for _, a := range s.DiscoverySources() {
			asked = append(asked, a.URL)
			if a.Discovery != nil {
				t.Errorf("%s: a URL that lists names has a pattern, too", c.url)
			}
		}
		if got := strings.Join(asked, " "); got != c.asked {
			t.Errorf("%s: names are listed by %q, want %q", c.url, got, c.asked)
		}
		s.Discovery = &Discovery{Databases: strings.Repeat("*", min(len(c.databases), 1)), Schemas: c.schemas}
		if c.databases == "" {
			s.Discovery.Schemas = "*"
		}
		found, err := s.Match([]string{"a b%"})
		if err != nil || len(found) != 1 || found[0].URL != c.found || found[0].Name != "s/a_b_" {
			t.Errorf("%s: found %+v, %v", c.url, found, err)
		}
		if both := c.databases != "" && c.schemas != ""; len(found) == 1 && (found[0].Discovery != nil) != both {
			t.Errorf("%s: the source that was found has the discovery %+v", c.url, found[0].Discovery)
		}
	}
	for url, want := range map[string]string{
		"postgres://h/shop_[a":               "not a pattern",
		"postgres://h/shop_${env:A}_*":       "a pattern of databases cannot hold a reference",
		"postgres://h/app?schema=${env:A}_*": "a pattern of schemas cannot hold a reference",
	} {
		if _, err := (Source{}).at(url, kinds(listing)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestWhatMatchesIsSortedAndLeftOut(t *testing.T) {
	all, err := Source{Name: "shops", Tags: []string{"prod"}, exclude: []string{"*_test", "shops/shop_z"}}.at("postgres://h/shop_*", kinds(listing))
	if err != nil {
		t.Fatal(err)
	}
	s := all[0]
	found, err := s.Match([]string{"shop_z", "shop_b", "postgres", "shop_a", "shop_x_test", "SHOP_A", "shop_a", "shop_é ü", "shop_é_ü"})
	var names []string
	for _, f := range found {
		names = append(names, f.Name)
		if f.Group != "shops" || !f.Found || !slices.Equal(f.Tags, []string{"prod"}) {
			t.Errorf("%+v", f)
		}
	}
	if want := []string{"shops/shop_a", "shops/shop_b", "shops/shop_é_ü", "shops/shop_é_ü-2"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("got %q, %v, want %q", names, err, want)
	}
	for listed, want := range map[string]string{
		"other":       `no database matches "shop_*", among those that this account may use`,
		"shop_a_test": `every database that matches "shop_*" is excluded`,
	} {
		_, err := s.Match([]string{listed})
		if _, none := errors.AsType[Nothing](err); !none || err.Error() != want {
			t.Errorf("%s: %v", listed, err)
		}
	}
}

func TestOnlyWhatCanBeMeantIsLookedFor(t *testing.T) {
	pattern := func(name, url string, tags ...string) Source {
		all, err := Source{Name: name, Tags: tags}.at(url, kinds(listing))
		if err != nil {
			t.Fatal(err)
		}
		return all[0]
	}
	c := &Config{Dialects: listing, Sources: []Source{
		{Name: "eu", Tags: []string{"prod"}},
		pattern("shops", "postgres://h/shop_*", "prod"), pattern("stores", "mysql://h/shop_*"),
		{Name: "fleet", Discovery: &Discovery{List: &List{File: "x"}}},
	}}
	for _, x := range []struct {
		selectors []string
		want      string
	}{
		{nil, "shops stores fleet"},
		{[]string{"eu"}, ""},
		{[]string{"tag:prod"}, "shops fleet"},
		{[]string{"tag:other"}, "fleet"},
		{[]string{"shops"}, "shops"},
		{[]string{"shops/shop_a"}, "shops"},
		{[]string{"shops/*"}, "shops fleet"},
		{[]string{"s*"}, "shops stores fleet"},
		{[]string{"sh*_a"}, "shops fleet"},
		{[]string{"unknown"}, "fleet"},
		{[]string{"x=y.db"}, ""},
		{[]string{"z.db"}, ""},
		{[]string{"postgres://h/x"}, ""},
		{[]string{"!shops"}, "stores fleet"},
		{[]string{"!shops/shop_a"}, "shops stores fleet"},
		{[]string{"!tag:prod"}, "stores fleet"},
		{[]string{"eu", "!fleet"}, ""},
		{[]string{"postgres://h/x_*", "eu"}, "postgres://h/x_*"},
		{[]string{"live=mysql://h/x_*"}, "live"},
		{[]string{"postgres://h/x?schema=t_?"}, "postgres://h/x?schema=t_?"},
		{[]string{"postgres://h/x?schema=t&sslmode=disable"}, ""},
		{[]string{"postgres://h/x_[ab]?sslmode=disable"}, "postgres://h/x_[ab]?sslmode=disable"},
	} {
		var got []string
		for _, s := range c.Wanted(x.selectors) {
			if s.Name == "" {
				s.Name = s.URL
			}
			got = append(got, s.Name)
		}
		if all := strings.Join(got, " "); all != x.want {
			t.Errorf("%q needs %q, want %q", x.selectors, all, x.want)
		}
	}
	// If the pattern was not found, a selected name below it selects the pattern itself,
	// which is then missing.
	chosen, err := c.Resolve([]string{"shops/shop_a"})
	if err != nil || len(chosen) != 1 || chosen[0].Name != "shops" {
		t.Errorf("%v, %v", chosen, err)
	}
	if _, err := c.Resolve([]string{"eu", "!shops/shop_a"}); err != nil {
		t.Error(err)
	}
	if _, err := c.Resolve([]string{"eux"}); err != nil { // a discovered list may contain this name
		t.Error(err)
	}
}

// A user may give thousands of URLs, of which hardly any has a pattern. Only a URL that may
// have one is parsed as a pattern, which takes six times as many allocations.
func TestAURLWithoutAPatternIsNotReadForOne(t *testing.T) {
	c := &Config{Dialects: listing}
	of := func(url string) float64 {
		selectors := slices.Repeat([]string{url}, 100)
		return testing.AllocsPerRun(5, func() { c.Wanted(selectors) }) / 100
	}
	plain, pattern := of("postgres://u@h:5432/shop?sslmode=disable"), of("postgres://u@h:5432/shop_?sslmode=disable&x=?")
	if 3*plain > pattern {
		t.Errorf("%.1f allocations for a URL, %.1f for one that may be a pattern", plain, pattern)
	}
	t.Logf("%.1f allocations for a URL, %.1f for one that may be a pattern", plain, pattern)
}

func TestListsAreJSONOrCSV(t *testing.T) {
	want := []Listed{{"a", "postgres://u:p,w@h/a", []string{"gold", "eu"}}, {"b", "b.db", nil}}
	for name, text := range map[string]string{
		"an array":      `[{"name":"a","url":"postgres://u:p,w@h/a","tags":["gold","eu"],"id":7},{"name":"b","url":"b.db"}]`,
		"objects":       "{\"name\":\"a\",\"url\":\"postgres://u:p,w@h/a\",\"tags\":\"gold eu\"}\n{\"Name\":\"b\",\"URL\":\"b.db\",\"tags\":null}\n",
		"CSV":           "\ufeffName, url,tags\na,\"postgres://u:p,w@h/a\",\"gold,eu\"\nb,b.db,\n",
		"another order": "id,tags,url,name\n1,{gold;eu},\"postgres://u:p,w@h/a\",a\n# none\n2,,b.db,b",
		"tabs":          "name\turl\ttags\na\tpostgres://u:p,w@h/a\tgold,eu\nb\tb.db\n",
		"blanks around": "\n\n  [ {\"name\":\"a\",\"url\":\"postgres://u:p,w@h/a\",\"tags\":[\"gold\",\"eu\"]}, {\"name\":\"b\",\"url\":\"b.db\",\"tags\":[]} ]\n\n",
	} {
		got, err := ParseList([]byte(text))
		if err != nil || len(got) != 2 {
			t.Errorf("%s: %v, %v", name, got, err)
			continue
		}
		for i := range want {
			if got[i].Name != want[i].Name || got[i].URL != want[i].URL || !slices.Equal(got[i].Tags, want[i].Tags) {
				t.Errorf("%s: %+v, want %+v", name, got[i], want[i])
			}
		}
	}
	for text, want := range map[string]string{
		"":                       "the list is empty",
		"name\nx":                "it has no column url",
		"url\nx":                 "it has no column name",
		`[{"name": 1}]`:          "not JSON",
		`{"name": "secret"`:      "not JSON",
		"name,url\n\"sec\"ret,x": "neither JSON nor CSV",
	} {
		if _, err := ParseList([]byte(text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestTwoSourcesOfOneNameAreAnError(t *testing.T) {
	pattern, err := Source{Name: "shops", url: Pos{3, 9, "f.yaml"}}.at("postgres://h/shop_*", kinds(listing))
	if err != nil {
		t.Fatal(err)
	}
	found, err := pattern[0].Match([]string{"shop_a"})
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range [][]Source{{{Name: "shops/shop_a"}, pattern[0]}, {pattern[0], {Name: "shops/shop_a"}}} {
		c := &Config{Sources: order}
		_, err := c.With([]Finding{{Of: pattern[0], Found: found}})
		if want := "f.yaml:3:9: source shops: it finds shops/shop_a, and another source has the name already: use exclude, or another name"; err == nil || err.Error() != want {
			t.Errorf("%v", err)
		}
	}
}
