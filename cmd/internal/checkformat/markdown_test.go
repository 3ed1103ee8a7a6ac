// Markdown: no part of a value acts as markup.

package checkformat

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// markdownShape removes what the texts of a report can contribute: escaped characters, code, and
// characters without a meaning in Markdown. The rest must not depend on these texts.
func markdownShape(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", fmt.Errorf("no UTF-8: %.200q", text)
	}
	var shape strings.Builder
	for line := range strings.Lines(text) {
		for i := 0; i < len(line); i++ {
			switch ch := line[i]; ch {
			case '\\':
				i++ // the escaped character belongs to a text
			case '`':
				fence := line[i : len(line)-len(strings.TrimLeft(line[i:], "`"))]
				end := strings.Index(line[i+len(fence):], fence)
				if end < 0 || strings.HasPrefix(line[i+2*len(fence)+end:], "`") {
					return "", fmt.Errorf("code does not end: %.200q", line[i:])
				}
				i += 2*len(fence) + end - 1
				shape.WriteByte('`')
			case '|', '*', '_', '[', ']', '<', '>', '#', '~', '&', '!', '$', '\n':
				shape.WriteByte(ch)
			}
		}
	}
	return shape.String(), nil
}

func TestMarkdownOfAnyTextHasTheSameShape(t *testing.T) {
	want, err := markdownShape(shown(t, "markdown", hostileReport("x"), Options{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{nasty, "``", "`", " ", "- x", "\n\n# y", "a\\", "x `", strings.Repeat("ab|<", 5000), strings.Repeat("`a", 200)} {
		got, err := markdownShape(shown(t, "markdown", hostileReport("x"+s+"x"), Options{}))
		if err != nil || got != want {
			t.Errorf("%.100q: %v\n%s\nwant\n%s", s, err, got, want)
		}
	}
}

// The owner and the link are printed with a check that did not pass, a snooze with its check, and a
// disabled check in the table.
func TestMarkdownSaysWhomItConcerns(t *testing.T) {
	text := shown(t, "markdown", fullReport(), Options{})
	for _, want := range []string{
		"\nOwner: Data Team \\<data@shop.example\\>. Link: [https://wiki.example/orders?a=b\\&c](<https://wiki.example/orders?a=b\\&c>)\n",
		"| ❌ failed | orders-fresh | 2 | 1 of 2 sources failed: us (snoozed until 2026-02-01T08:00Z) |",
		"\n| 💤 disabled | resting | | | |\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s in\n%s", want, text)
		}
	}
	for address, want := range map[string]string{
		"https://wiki.example/a b":           "(<https://wiki.example/a%20b>)",
		"https://wiki.example/a>)[x](http:y": "(<https://wiki.example/a%3E)\\[x\\](http:y>)",
		"https://wiki.example/ü\\`|":         "(<https://wiki.example/%C3%BC%5C%60%7C>)",
		"https://wiki.example/a_b*c#d&e!~$":  `(<https://wiki.example/a\_b\*c\#d\&e\!\~\$>)`,
	} {
		if got := markdownLink(address); !strings.HasSuffix(got, "]"+want) {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

func TestMarkdownFitsAPage(t *testing.T) {
	r := manyChecks(7000)
	text := shown(t, "markdown", r, Options{})
	if len(text) > 1<<20 || !strings.HasSuffix(text, " are left out, since they are too long for a page.\n") {
		t.Errorf("%d bytes, ends with %q", len(text), text[len(text)-200:])
	}
	if n := strings.Count(text, "\n| "); n < len(r.Checks)+1 {
		t.Errorf("%d rows for %d checks", n, len(r.Checks))
	}
	if strings.Contains(shown(t, "markdown", manyChecks(100), Options{}), "left out") {
		t.Error("the details of 100 checks are left out")
	}
}
