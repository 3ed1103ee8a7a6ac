// The linked libraries, and their licences.

package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// `make notice` writes NOTICE.
func TestNoticeHasTheLicenceOfEveryModule(t *testing.T) {
	notice, err := os.ReadFile("../../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	linked, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]bool{
		"go": true, "github.com/mattn/go-sqlite3": true, // Go's library, and the copy in sources/sqlite
		"gnu.org/glibc": true, "gnu.org/gcc": true, // linked into a static program
	}
	for _, module := range strings.Fields(string(linked)) {
		modules[module] = true
	}
	for module := range modules {
		if !strings.Contains(string(notice), "\n==== "+module+"/") {
			t.Errorf("NOTICE lacks the licence of %s: run make notice", module)
		}
	}
	inside, err := os.ReadFile("../../sources/duckdb/THIRD_PARTY.txt")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(notice), "\n==== github.com/duckdb/duckdb/NOTICE\n\n"+string(inside)) {
		t.Error("NOTICE lacks the licences of other people's code in DuckDB's library: run make notice")
	}
	if len(modules) < 10 {
		t.Errorf("only %d modules are linked: the list must be wrong", len(modules))
	}
}
