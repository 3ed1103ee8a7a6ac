// Whatever the file contains, reading it returns a config, or errors with their
// positions.

package config

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func FuzzLoad(f *testing.F) {
	f.Add(shops)
	f.Add("queries:\n  q:\n    sql: |\n      select 1\n    params: {p: {type: int, default: 1.50}}\n")
	f.Add("sources: &x\n  a: *x\n  ? b\n  : {<<: *x, url: !!str x}\n")
	f.Add("sources:\n  a: {url: \"postgres://h/x_*?schema=t_*\", exclude: [y, z*], columns: {a: b, c: d}, tags: [t]}\ntags: {t: {columns: {e: f}}}\n")
	f.Add("sources: {a: a.db}\nsources_from:\n  - {query: select 1, on: a, name: l, timeout: 1s}\n  - {command: [x, y], exclude: z}\n  - {file: l.csv}\n")
	f.Add("include: ['*.yaml', x]\nx-a: &a {<<: *b, timeout: 1}\nx-b: &b {<<: [*a, *b]}\nsources: {<<: *b, a: {<<: [*a, {tags: x}], url: a.db}}\n")
	f.Add("a: [1, {b: c\n---\n%YAML 1.2\n'\"\t\r\n")
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(folder, strconv.Itoa(os.Getpid())+".yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path, known, os.Getenv)
		if err == nil {
			return
		}
		var joined interface{ Unwrap() []error }
		if !errors.As(err, &joined) {
			t.Fatalf("not joined: %v", err)
		}
		lines := strings.Count(strings.ReplaceAll(text, "\r", "\n"), "\n") + 1
		for _, err := range joined.Unwrap() {
			var e *Error
			if errors.As(err, &e) && e.Pos.File != path {
				continue // an error of an included file
			}
			if !errors.As(err, &e) || e.Pos.Line < 1 || e.Pos.Line > lines || e.Pos.Col < 1 || strings.Contains(e.Text, "\n") {
				t.Errorf("%#v", err)
			}
		}
	})
}
