// Any text in every format: the text is shown, and it does not change the structure.

package checkformat

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fanql/fanql/cmd/internal/checks"
)

var (
	tag    = regexp.MustCompile(`<[^>]*>`)
	quoted = regexp.MustCompile(`"[^"]*"`)
)

// htmlShape returns the elements of a page with the names of their attributes, without any text.
func htmlShape(text string) string {
	return quoted.ReplaceAllString(strings.Join(tag.FindAllString(text, -1), "\n"), `""`)
}

// FuzzFormats checks that the output of each format is valid, and that it has the same elements for
// any texts in a report.
func FuzzFormats(f *testing.F) {
	for _, s := range []string{"", nasty, "\\", "\\#", " # TODO", "\r\n  ...\n", "`` `", "</style></script>-->", "{{.}}", "\ufffd\ufffe\U0001f600\u2028\u200b", strings.Repeat("é", 400)} {
		f.Add(s)
	}
	report := func(s string) *checks.Report { // a report with one check; every text in it is s
		r := hostileReport("x" + s + "x")
		r.Checks = r.Checks[:1]
		r.Conclude(130)
		return r
	}
	shape := htmlShape(shown(f, "html", report(""), Options{Past: hostilePast("xx")}))
	markdown, err := markdownShape(shown(f, "markdown", report(""), Options{}))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := report(s)
		if err := validJUnit(shown(t, "junit", r, Options{})); err != nil {
			t.Errorf("junit: %v", err)
		}
		if points, _, err := readTAP(shown(t, "tap", r, Options{})); err != nil {
			t.Errorf("tap: %v", err)
		} else if got := fmt.Sprint(points[1].yaml(t)["describe"]); utf8.ValidString(s) && got != r.Checks[0].Describe {
			t.Errorf("tap: %q became %q", r.Checks[0].Describe, got)
		}
		if _, err := readNagios(shown(t, "nagios", r, Options{})); err != nil {
			t.Errorf("nagios: %v", err)
		}
		if _, problems, err := readPrometheus(shown(t, "prometheus", r, Options{})); err != nil || len(problems) > 0 {
			t.Errorf("prometheus: %v, %q", err, problems)
		}
		if got, err := markdownShape(shown(t, "markdown", r, Options{})); err != nil || got != markdown {
			t.Errorf("markdown: %v\n%s\nwant\n%s", err, got, markdown)
		}
		if got := htmlShape(shown(t, "html", r, Options{Past: hostilePast("x" + s + "x")})); got != shape {
			t.Errorf("html:\n%s\nwant\n%s", got, shape)
		}
	})
}
