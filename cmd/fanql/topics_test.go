package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// helpOutput runs the program, which must succeed, and returns its stdout.
func helpOutput(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := command(t.Context(), args, strings.NewReader(""), &stdout, &stderr); status != 0 {
		t.Fatalf("fanql %q: exit status %d\n%s", args, status, &stderr)
	}
	return stdout.String()
}

// measured matches the lines that make bench writes.
var measured = regexp.MustCompile(`rows of 8 columns in each source|^By a run of their own`)

func TestEveryHelpPageIsListedAndShown(t *testing.T) {
	files, err := filepath.Glob("help/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	listed, offered := helpOutput(t, "help"), helpOutput(t, "__complete", "help", "")
	manual := t.TempDir()
	helpOutput(t, "man", manual)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".md")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		title, body, _ := strings.Cut(string(text), "\n")
		if !strings.HasPrefix(title, "# ") || len(strings.TrimSpace(body)) < 100 {
			t.Errorf("%s: it needs a title such as %q, and text below it", file, "# What fanql sets")
		}
		if !regexp.MustCompile(`(?m)^  ` + name + ` +` + regexp.QuoteMeta(title[2:]) + `$`).MatchString(listed) {
			t.Errorf("fanql help does not list %s:\n%s", name, listed)
		}
		if got := helpOutput(t, "help", name); !strings.HasPrefix(got, title+"\n") || strings.Contains(got, "```") || strings.Contains(got, "|---") {
			t.Errorf("fanql help %s shows\n%s", name, got)
		}
		if !strings.Contains(offered, name+"\t"+title[2:]) {
			t.Errorf("the completion of fanql help does not offer %s:\n%s", name, offered)
		}
		page := "fanql-" + name + ".7"
		if name == "config" {
			page = "fanql.yaml.5"
		}
		if _, err := os.Stat(filepath.Join(manual, page)); err != nil {
			t.Error(err)
		}
		code := false
		for i, line := range strings.Split(string(text), "\n") {
			if strings.HasPrefix(line, "```") {
				code = !code
			}
			if utf8.RuneCountInString(line) > 100 && !strings.HasPrefix(line, "|") && !code && !measured.MatchString(line) {
				t.Errorf("%s:%d: a terminal would break this line: wrap the text at 96 columns", file, i+1)
			}
		}
	}
}

func TestTheHelpPagesThatAreReferredToExist(t *testing.T) {
	documents, err := filepath.Glob("help/*.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range append(append(documents, code...), "../../README.md", "../../CHANGELOG.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range regexp.MustCompile(`fanql help ([a-z][a-z-]+)`).FindAllStringSubmatch(string(text), -1) {
			if strings.HasSuffix(file, "topics_test.go") {
				continue
			}
			found++
			if _, err := os.Stat("help/" + ref[1] + ".md"); err != nil {
				t.Errorf("%s refers to %s, and there is no such page", file, ref[0])
			}
		}
	}
	if found == 0 {
		t.Error("nothing refers to a page")
	}
}

func TestAPageComesBeforeACommandOfItsName(t *testing.T) {
	for _, name := range []string{"sql", "sources", "diff", "config"} {
		page, flags := helpOutput(t, "help", name), helpOutput(t, name, "--help")
		if strings.Contains(page, "\nFlags:\n") || !strings.HasPrefix(page, "# ") {
			t.Errorf("fanql help %s is no page:\n%s", name, page)
		}
		if !strings.Contains(flags, "\nFlags:\n") {
			t.Errorf("fanql %s --help has no flags:\n%s", name, flags)
		}
	}
	if text := helpOutput(t, "help", "config", "check"); !strings.Contains(text, "fanql config check [flags]") {
		t.Errorf("fanql help config check:\n%s", text)
	}
}

// Each part of the page must fit on one screen.
func TestThePageAboutSQLHasOneScreenForEachPart(t *testing.T) {
	parts := strings.Split(helpOutput(t, "help", "sql"), "\n## ")
	if len(parts) != 4 {
		t.Fatalf("%d parts, want the title and three", len(parts))
	}
	for _, part := range parts[1:] {
		title, _, _ := strings.Cut(part, "\n")
		if n := strings.Count(strings.TrimSpace(part), "\n") + 1; n > 40 {
			t.Errorf("%q has %d lines", title, n)
		}
	}
}
