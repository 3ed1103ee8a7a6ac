package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Several runs, each of a single check, merge their numbers into one file at the same time. No
// number is lost.
func TestRunsOfSingleChecksIntoOneFileLoseNothing(t *testing.T) {
	const n = 8
	dir := t.TempDir()
	sqliteExec(t, filepath.Join(dir, "a.db"), "create table o (id integer)")
	var conf strings.Builder
	fmt.Fprintf(&conf, "sources: {a: %q}\nchecks:\n", filepath.Join(dir, "a.db"))
	for i := range n {
		fmt.Fprintf(&conf, "  c%d: {sql: select %d as n, expect: n >= 0}\n", i, i)
	}
	path, out := filepath.Join(dir, "fanql.yaml"), filepath.Join(dir, "out.prom")
	if err := os.WriteFile(path, []byte(conf.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				cmd := programAt(t, plainProgram(t), "check", "-q", "--config", path, "--format", "prometheus", "--only", fmt.Sprintf("c%d", i), "-o", out)
				if text, err := cmd.CombinedOutput(); err != nil || len(text) > 0 {
					t.Errorf("c%d: %v\n%s", i, err, text)
				}
			})
		}
		all.Wait()
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if !strings.Contains(string(text), fmt.Sprintf(`fanql_check_value{check="c%d"`, i)) && !strings.Contains(string(text), fmt.Sprintf(`check="c%d",source="a",column="n"} %d`, i, i)) {
				t.Errorf("the number of c%d is missing:\n%s", i, text)
			}
		}
		wantFiles(t, dir, "a.db", "fanql.yaml", "out.prom")
		if err := os.Remove(out); err != nil {
			t.Fatal(err)
		}
	}
}
