// Merge keys: which values take precedence, and the positions of errors.

package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestMergeKeys(t *testing.T) {
	for what, c := range map[string]struct{ text, want string }{
		"an alias":             {"x-d: &d {timeout: 5s, tags: [a]}\nsources:\n  eu:\n    <<: *d\n    url: x.db\n", "5s [a] x.db"},
		"in braces":            {"x-d: &d {timeout: 5s, tags: [a]}\nsources: {eu: {<<: *d, url: x.db}}\n", "5s [a] x.db"},
		"after the own keys":   {"x-d: &d {timeout: 5s, tags: [a]}\nsources:\n  eu:\n    url: x.db\n    timeout: 1s\n    <<: *d\n", "1s [a] x.db"},
		"the own keys win":     {"x-d: &d {timeout: 5s, url: y.db}\nsources: {eu: {<<: *d, url: x.db, tags: b}}\n", "5s [b] x.db"},
		"a list":               {"x-d: &d {timeout: 5s}\nx-e: &e {timeout: 6s, tags: [e]}\nsources: {eu: {<<: [*d, *e], url: x.db}}\n", "5s [e] x.db"},
		"a list in lines":      {"x-d: &d {timeout: 5s}\nx-e: &e {timeout: 6s, tags: [e]}\nsources:\n  eu:\n    <<:\n      - *e\n      - *d\n    url: x.db\n", "6s [e] x.db"},
		"a mapping":            {"sources: {eu: {<<: {timeout: 5s, tags: [a]}, url: x.db}}\n", "5s [a] x.db"},
		"of what merges":       {"x-d: &d {timeout: 5s, tags: [d]}\nx-e: &e {<<: *d, tags: [e]}\nsources: {eu: {<<: *e, url: x.db}}\n", "5s [e] x.db"},
		"another source":       {"sources:\n  us: &us {url: y.db, timeout: 5s, tags: [a]}\n  eu: {<<: *us, url: x.db}\n", "5s [a] x.db"},
		"in sources itself":    {"x-all: &all\n  eu: {url: x.db, timeout: 5s}\nsources:\n  <<: *all\n", "5s [] x.db"},
		"in the config itself": {"x-all: &all\n  sources: {eu: {url: x.db, timeout: 5s}}\n<<: *all\n", "5s [] x.db"},
		"an empty one":         {"x-d: &d {}\nsources: {eu: {<<: *d, url: x.db, timeout: 5s}}\n", "5s [] x.db"},
	} {
		c2 := mustLoad(t, c.text)
		var got string
		for _, s := range c2.Sources {
			if s.Name == "eu" {
				got = fmt.Sprint(*s.Timeout, " ", s.Tags, " ", strings.TrimPrefix(s.Path, "conf/"))
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", what, got, c.want)
		}
	}
}

func TestMergeKeysThatAreWrong(t *testing.T) {
	var doubling strings.Builder
	doubling.WriteString("x-0: &a0 {k: 1}\n")
	for i := range 60 {
		fmt.Fprintf(&doubling, "x-%d: &a%d {<<: [*a%d, *a%d]}\n", i+1, i+1, i, i)
	}
	for what, c := range map[string]struct{ text, want string }{
		"an unknown key":   {"x-d: &d\n  tmeout: 5s\nsources: {eu: {<<: *d, url: x.db}}\n", `2:3: source eu: unknown key "tmeout": did you mean "timeout"?`},
		"a wrong value":    {"x-d: &d\n  timeout: 5\nsources: {eu: {<<: *d, url: x.db}}\n", `2:12: source eu: timeout: "5" has no unit: write 5s`},
		"a text":           {"sources: {eu: {<<: x, url: x.db}}\n", "1:20: source eu: <<: it stands for the keys of other mappings: write <<: *NAME, or a list of such names"},
		"nothing":          {"sources:\n  eu:\n    <<:\n    url: x.db\n", "source eu: <<: it stands for the keys of other mappings"},
		"a list with text": {"sources: {eu: {<<: [x], url: x.db}}\n", "1:21: source eu: <<: it stands for"},
		"itself":           {"sources:\n  eu: &eu\n    url: x.db\n    <<: *eu\n", "4:9: source eu: <<: a mapping cannot be merged into itself"},
		"no anchor":        {"sources: {eu: {<<: *d, url: x.db}}\n", "1:20: an alias for nothing: no anchor before it has the name"},
		"twice":            {"x-d: &d {}\nsources:\n  eu:\n    <<: *d\n    <<: *d\n    url: x.db\n", "5:5: source eu: "},
		"too many":         {doubling.String() + "sources: {eu: {<<: *a60, url: x.db}}\n", "more than 100000 keys are merged by <<: no config has as many"},
	} {
		_, err := load(t, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "conf/fanql.yaml:") {
			t.Errorf("%s: %v\nwant %s", what, err, c.want)
		}
	}
}
