// For any URL with a pattern, the URLs that are found for it have no pattern.

package config

import (
	"strings"
	"testing"
)

func FuzzWhatAPatternFindsIsAPlainURL(f *testing.F) {
	for _, url := range []string{
		"postgres://u:p@h/shop_*?a=b", "postgres://h:1,g/a[bc]?schema=t_*", "postgres://${env:U}@h/*", "mysql://h/%2A*", "host=h dbname='a*' schema = 't?'",
		"postgres://h/a?schema=*&schema=b", "dbname=* host=h dbname=c", "postgres://h/?schema=*", "postgres://h?schema=%2a*", `host=h dbname='a\\'*'`,
	} {
		f.Add(url, "shop_a")
		f.Add(url, "a b/%*'\\\"ü")
	}
	f.Fuzz(func(t *testing.T, url, name string) {
		all, err := Source{Name: "s"}.at(url, kinds(listing))
		if err != nil || len(all) != 1 || all[0].Discovery == nil || name == "" || strings.ContainsAny(name, "\x00") {
			return
		}
		s := all[0]
		for _, asked := range s.DiscoverySources() {
			second, err := (Source{}).at(asked.URL, kinds(listing))
			if err != nil || len(second) != 1 || second[0].Discovery != nil {
				t.Fatalf("%q is listed by %q: %v", url, asked.URL, err)
			}
		}
		two := s.Discovery.Databases != "" && s.Discovery.Schemas != ""
		any := *s.Discovery
		if any.Databases != "" {
			any.Databases = "*"
		} else {
			any.Schemas = "*"
		}
		s.Discovery = &any
		found, err := s.Match([]string{name})
		if err != nil || len(found) != 1 {
			t.Fatalf("%q finds no %q: %v", url, name, err)
		}
		second, err := (Source{}).at(found[0].URL, kinds(listing))
		if err != nil || len(second) != 1 {
			t.Fatalf("%q makes %q: %v", url, found[0].URL, err)
		}
		if pair := strings.Contains(url, "://"); pair && (second[0].Discovery != nil) != two {
			t.Fatalf("%q makes %q, which is a pattern: %+v", url, found[0].URL, second[0].Discovery)
		}
	})
}
