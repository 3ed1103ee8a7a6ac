package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The help page about the config has exactly the keys that the file may have.
func TestTheHelpPageNamesEveryKey(t *testing.T) {
	page, err := os.ReadFile("../../cmd/fanql/help/config.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	section := func(title string) string {
		_, text, found := strings.Cut(text, "\n## "+title+"\n")
		if !found {
			t.Fatalf("there is no section %q", title)
		}
		text, _, _ = strings.Cut(text, "\n## ")
		return text
	}
	for title, keys := range map[string][]string{
		"sources":  sourceKeys,
		"defaults": defaultKeys,
		"tunnels":  tunnelKeys,
		"tables":   tableKeys,
		"queries":  queryKeys,
		"checks":   slices.Concat(checkKeys, expectKeys, agreeKeys, unchangedKeys, schemaKeys),
	} {
		words := regexp.MustCompile("`([^`]*)`").FindAllString(section(title), -1)
		for _, key := range keys {
			if !slices.Contains(words, "`"+key+"`") {
				t.Errorf("section %s does not name %s", title, key)
			}
		}
	}
	for _, key := range append(slices.Clone(rootKeys), listKeys...) {
		if !strings.Contains(text, key) {
			t.Errorf("the page does not name %s", key)
		}
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)`").FindAllStringSubmatch(text, -1) {
		known := slices.Concat(sourceKeys, queryKeys, checkKeys)
		if !slices.Contains(known, row[1]) {
			t.Errorf("there is no key %s", row[1])
		}
	}
}
