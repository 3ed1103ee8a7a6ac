// JUnit is checked against a schema: by xmllint if it is installed, and always by the rules below.

package checkformat

import (
	"encoding/xml"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/cmd/internal/checks"
)

// reports returns the reports that every format must write validly.
func reports() map[string]*checks.Report {
	long := strings.Repeat("ab|<", 5_000)
	return map[string]*checks.Report{"everything": fullReport(), "empty": emptyReport(), "hostile": hostileReport(nasty), "nameless": hostileReport(""), "long": hostileReport(long), "many": manyChecks(100)}
}

func TestJUnitIsValidByItsSchema(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Log("only the check by hand: for that of the schema as well, apt-get install libxml2-utils")
	}
	for name, r := range reports() {
		text := shown(t, "junit", r, Options{})
		if err := validJUnit(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if xmllint == "" {
			continue
		}
		cmd := exec.Command(xmllint, "--noout", "--schema", "testdata/junit.xsd", "-")
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %.2000s", name, err, out)
		}
	}
}

func TestJUnitCountsAreThoseOfItsCases(t *testing.T) {
	for name, r := range reports() {
		var all junitSuites
		if err := xml.Unmarshal([]byte(shown(t, "junit", r, Options{})), &all); err != nil {
			t.Fatal(name, err)
		}
		tests, failures, errs := 0, 0, 0
		seen := map[string]bool{}
		for _, s := range all.Suites {
			f, e, k := 0, 0, 0
			for _, c := range s.Cases {
				switch {
				case c.Failure != nil:
					f++
				case c.Error != nil:
					e++
				case c.Skipped != nil:
					k++
				}
				if seen[c.Classname+"\x00"+c.Name] {
					t.Errorf("%s: two cases have the name %q", name, c.Name)
				}
				seen[c.Classname+"\x00"+c.Name] = true
			}
			if s.Tests != len(s.Cases) || s.Failures != f || s.Errors != e || s.Skipped != k {
				t.Errorf("%s: suite %.50q counts %d %d %d %d, has %d %d %d %d", name, s.Name, s.Tests, s.Failures, s.Errors, s.Skipped, len(s.Cases), f, e, k)
			}
			tests, failures, errs = tests+len(s.Cases), failures+f, errs+e
		}
		if all.Tests != tests || all.Failures != failures || all.Errors != errs {
			t.Errorf("%s: the sums are %d %d %d, want %d %d %d", name, all.Tests, all.Failures, all.Errors, tests, failures, errs)
		}
		if red := failures+errs > 0; red != (r.ExitStatus != 0) {
			t.Errorf("%s: exit status %d, but JUnit has %d failures and %d errors", name, r.ExitStatus, failures, errs)
		}
	}
}

// junitElements has the elements, what each may contain, and its attributes.
var junitElements = map[string]struct {
	within     string
	attributes []string
	text       bool
}{
	"testsuites": {"", []string{"name", "tests", "failures", "errors", "time"}, false},
	"testsuite":  {"testsuites", []string{"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}, false},
	"properties": {"testsuite", nil, false},
	"property":   {"properties", []string{"name", "value"}, false},
	"testcase":   {"testsuite", []string{"name", "classname", "time"}, false},
	"failure":    {"testcase", []string{"message", "type"}, true},
	"error":      {"testcase", []string{"message", "type"}, true},
	"skipped":    {"testcase", []string{"message", "type"}, true},
	"system-out": {"testcase", nil, true},
}

var junitForms = map[string]*regexp.Regexp{
	"time": regexp.MustCompile(`^\d+\.\d{3}$`), "timestamp": regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`),
	"tests": regexp.MustCompile(`^\d+$`), "failures": regexp.MustCompile(`^\d+$`), "errors": regexp.MustCompile(`^\d+$`), "skipped": regexp.MustCompile(`^\d+$`),
	"name": regexp.MustCompile(`.`), "classname": regexp.MustCompile(`.`), "type": regexp.MustCompile(`.`),
}

// validJUnit checks a text against the rules of testdata/junit.xsd, but does not check the order of
// elements.
func validJUnit(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	path, last := []string{""}, ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		in := path[len(path)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e, ok := junitElements[token.Name.Local]
			if !ok || e.within != in {
				return &xml.SyntaxError{Msg: "element " + token.Name.Local + " in " + in}
			}
			var names []string
			for _, a := range token.Attr {
				names = append(names, a.Name.Local)
				if form := junitForms[a.Name.Local]; form != nil && !form.MatchString(a.Value) {
					return &xml.SyntaxError{Msg: token.Name.Local + " has " + a.Name.Local + " " + a.Value}
				}
			}
			if !slices.Equal(names, e.attributes) {
				return &xml.SyntaxError{Msg: token.Name.Local + " has attributes " + strings.Join(names, " ")}
			}
			path, last = append(path, token.Name.Local), token.Name.Local
		case xml.EndElement:
			if last == token.Name.Local && (last == "properties" || last == "testsuite") {
				return &xml.SyntaxError{Msg: last + " is empty"}
			}
			last = ""
			path = path[:len(path)-1]
		case xml.CharData:
			if strings.TrimSpace(string(token)) != "" && !junitElements[in].text {
				return &xml.SyntaxError{Msg: "text in " + in}
			}
		}
	}
}

func TestJUnitShowsWarningsAndExcusedSourcesAsSkipped(t *testing.T) {
	r := hostileReport("x")
	r.Checks, r.Error = r.Checks[2:4], nil // one has warned; the other passed although a source that is not required failed
	r.Conclude(0)
	got := shown(t, "junit", r, Options{})
	for _, want := range []string{
		`<skipped message="warned: expected x: x" type="warned">`,
		`<skipped message="not evaluated, and not required: failed: query: x [x]" type="excused">`,
		`failures="0" errors="0"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}
