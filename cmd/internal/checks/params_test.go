package checks

import "testing"

func TestRunsAreNamedAfterTheirFiles(t *testing.T) {
	for path, want := range map[string]string{"/etc/shop/fanql.yaml": "shop", "/etc/shop/nightly.yaml": "nightly", "/home/u/.config/fanql/config.yaml": "fanql", "/fanql.yaml": "fanql", "/a/.yaml": ".yaml", "/a/b.c.yaml": "b.c"} {
		if got := configName(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
