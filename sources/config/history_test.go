package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheHistoryOfChecks(t *testing.T) {
	t.Setenv("KEEP", "12w")
	for _, c := range []struct {
		yaml, file string
		keep       time.Duration
	}{
		{"history: runs.db\n", "runs.db", -1},
		{"history: {file: a/runs.db, keep: 90d}\n", "a/runs.db", 90 * 24 * time.Hour},
		{"history: {file: /var/runs.db, keep: 0}\n", "/var/runs.db", 0},
		{"history:\n  file: runs.db\n  keep: ${env:KEEP}\n", "runs.db", 12 * 7 * 24 * time.Hour},
	} {
		path := filepath.Join(t.TempDir(), "fanql.yaml")
		if err := os.WriteFile(path, []byte(c.yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path, known, os.Getenv)
		if err != nil {
			t.Fatal(err)
		}
		want := c.file
		if !filepath.IsAbs(want) {
			want = filepath.Join(filepath.Dir(path), want)
		}
		keep := time.Duration(-1)
		if got.History.Keep != nil {
			keep = *got.History.Keep
		}
		if got.History.File != want || keep != c.keep || got.Digest == "" {
			t.Errorf("%s: %+v, keep %v", c.yaml, got.History, keep)
		}
	}
	for yaml, want := range map[string]string{
		"history:\n":                              `1:1: history: it has no value: write one, or leave the key out`,
		"history: ''\n":                           `1:10: history: it names no file`,
		"history: {keep: 90d}\n":                  `1:10: history: it names no file: write file: history.db`,
		"history: {file: a.db, keep: 90}\n":       `1:29: history: keep: "90" has no unit: write 90d`,
		"history: {file: a.db, keep: -1d}\n":      `1:29: history: keep: "-1d" is not a time such as 90d, 12w or 36h`,
		"history: {file: a.db, keep: 30m}\n":      `1:29: history: keep: "30m" is less than an hour: write a time such as 90d, 12w or 36h`,
		"history: {file: a.db, keep: 9999999d}\n": `1:29: history: keep: "9999999d" is not a time such as 90d, 12w or 36h`,
		"history: {path: a.db}\n":                 `1:11: history: unknown key "path": known are file, keep`,
		"history: [a.db]\n":                       `1:10: history: not a single value: write one text or number, in quotes if need be`,
	} {
		write(t, map[string]string{"fanql.yaml": yaml})
		_, err := Load("fanql.yaml", known, os.Getenv)
		if got := strings.TrimPrefix(fmt.Sprint(err), "fanql.yaml:"); got != want {
			t.Errorf("%s: %s\nwant %s", yaml, got, want)
		}
	}
}
