// The page about expressions is correct.

package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks/expression"
)

// Every expression in the page's table is valid, and the SQL to its left is not.
func TestThePageOfExpressionsIsCorrect(t *testing.T) {
	page, err := helpFiles.ReadFile("help/expressions.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "| SQL | here |\n|---|---|\n")
	table, _, ended := strings.Cut(table, "\n\n")
	if !found || !ended {
		t.Fatal("the page has no table of SQL")
	}
	now, code := time.Now(), regexp.MustCompile("`([^`]+)`")
	reads := func(text string) error {
		condition := text
		if !regexp.MustCompile(`==|!=|\bin\b|>=|startsWith|endsWith|contains|matches`).MatchString(text) && text != "a ? b : c" {
			condition = text + " == nil"
		}
		_, err := expression.Row(condition, now)
		if err != nil {
			_, merged := expression.Merged(condition, now)
			if merged == nil {
				return nil
			}
		}
		return err
	}
	n := 0
	for line := range strings.Lines(table) {
		line = strings.ReplaceAll(line, `\|`, "¦")
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if len(cells) != 2 {
			t.Fatalf("%q", line)
		}
		for _, m := range code.FindAllStringSubmatch(cells[1], -1) {
			n++
			if err := reads(strings.ReplaceAll(m[1], "¦", "|")); err != nil {
				t.Errorf("%s: %v", m[1], err)
			}
		}
		for i, m := range code.FindAllStringSubmatch(cells[0], -1) {
			text := strings.ReplaceAll(m[1], "¦", "|")
			if i > 0 && strings.HasPrefix(text, "'") || text == "avg(a)" { // a part of an expression, or the name of a function
				continue
			}
			if text == "a || b" { // in fanql's language || is "or"
				continue
			}
			if _, err := expression.Row(text, now); err == nil {
				t.Errorf("%s can be read", text)
			}
		}
	}
	if n < 15 {
		t.Errorf("only %d expressions", n)
	}
}
