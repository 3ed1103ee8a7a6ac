package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// said is an output of go test -json. It has two tests, one of them with subtests, and the cells
// that they report.
const said = `{"Action":"attr","Test":"TestCuts","Key":"cell","Value":"cut at a byte | MySQL | passed"}
{"Action":"attr","Test":"TestCuts","Key":"cell","Value":"cut at a byte | MySQL | failed"}
{"Action":"output","Test":"TestCuts","Output":"=== ATTR  TestCuts\n"}
{"Action":"output","Test":"TestCuts","Output":"byte 7: it is ok\n"}
{"Action":"fail","Test":"TestCuts"}
{"Action":"output","Test":"TestDisk/full","Output":"all is well\n"}
{"Action":"pass","Test":"TestDisk/full"}
{"Action":"skip","Test":"TestDisk/gone"}
{"Action":"pass","Test":"TestDiskette"}
{"Action":"pass","Test":"TestDisk"}
{"Action":"fail","Package":"example/faults","Elapsed":1.5}
`

func TestCellsAreCountedWhereTheyBelong(t *testing.T) {
	var out strings.Builder
	r := newResults(func(s string) { out.WriteString(s) })
	if err := r.read(strings.NewReader(said)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(r.leaves("TestDisk"), " "); got != "TestDisk/full TestDisk/gone" {
		t.Errorf("below TestDisk are %s", got)
	}
	if got := r.leaves("TestNoMore"); got != nil {
		t.Errorf("an unknown test has the subtests %q", got)
	}
	var m matrix
	if err := m.addAll(faults, r); err != nil {
		t.Fatal(err)
	}
	out.WriteString(m.String())
	for _, want := range []string{"byte 7: it is ok\n", "fail  example/faults  1.5s\n", "cut at a byte ", " 1/2 ", "1 of 2 cells passed\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "all is well") || strings.Contains(out.String(), "===") {
		t.Errorf("more than the failures is shown:\n%s", &out)
	}
	if err := m.addAll(budget, r); err == nil || !strings.Contains(err.Error(), "query has no test ") {
		t.Errorf("a line whose test did not run: %v", err)
	}
}

// If a test was renamed, its line would make the nightly run fail.
func TestTheTestsOfTheLinesExist(t *testing.T) {
	code := map[string]string{}
	for _, l := range lines {
		if code[l.pkg] == "" {
			files, err := filepath.Glob(filepath.Join("../..", l.pkg, "*_test.go"))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range files {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				code[l.pkg] += string(text)
			}
		}
		if top, _, _ := strings.Cut(l.test, "/"); !strings.Contains(code[l.pkg], "\nfunc "+top+"(") {
			t.Errorf("%s has no test %s, which represents %q", l.pkg, top, l.fault)
		}
	}
}
