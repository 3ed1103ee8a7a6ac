package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

func TestSections(t *testing.T) {
	const sources, queries = "sources:\n  eu: sqlite:eu.db # a: b\n\n  us:\n    url: sqlite:us.db\n", "queries:\n  q: {sql: 'select 1'}\n"
	for text, want := range map[string]string{
		"version: 1\n" + sources + queries:      "\n\n\n\n\n\n" + queries,
		queries + sources:                       queries + "\n\n\n\n\n",
		"# first\n" + sources:                   "# first\n\n\n\n\n\n",
		"{sources: {eu: x}, queries: {q: y}}\n": "{sources: {eu: x}, queries: {q: y}}\n",
		"sources: {eu: &a x}\n" + queries:       "sources: {eu: &a x}\n" + queries,
		"sources: {eu: x}":                      "",
		"":                                      "",
	} {
		if got := string(sections([]byte(text), []string{"queries"})); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	path := filepath.Join(t.TempDir(), "fanql.yaml")
	if err := os.WriteFile(path, []byte(sources+queries), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := LoadSections(path, driver.Dialects{}, os.Getenv, "queries", "tables")
	if err != nil || len(c.Sources) > 0 || len(c.Queries) != 1 || c.Queries[0].Pos.Line != 7 {
		t.Errorf("got %+v, %v", c, err)
	}
}
