// Private words of an older style must not come back. Names and sentences use the field's terms.
// The tables of words and exceptions are in tables_test.go.
package words_test

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// root is the path of the repository's root from this package.
const root = "../.."

// A finding is one private word in one place.
type finding struct {
	file, word string
	line       int
	text, term string
}

func TestPrivateWordsDoNotOccur(t *testing.T) {
	used := make([]bool, len(exceptions))
	for _, file := range files(t) {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range find(file, string(text)) {
			at := slices.IndexFunc(exceptions, func(e exception) bool { return e.allows(f) })
			if at < 0 {
				t.Errorf("%s:%d: %s: %s: say %s", f.file, f.line, f.word, f.text, f.term)
				continue
			}
			used[at] = true
		}
	}
	for i, e := range exceptions {
		if !used[i] {
			t.Errorf("the exception for %q in %s is not needed any more: %s", e.word, e.files, e.reason)
		}
	}
}

// The test must find each kind of private word, but not the same letters within other words.
func TestFindings(t *testing.T) {
	for text, want := range map[string][]string{
		"package p\n\ntype Question struct{}\n":                           {"question"},
		"package p\n\nfunc f() { patience := 1; _ = patience }\n":         {"patience"},
		"package p\n\ntype runningBoard int\n":                            {"board"},
		"package p\n\ntype keyboard int\n":                                nil,
		"package p\n\nfunc askOn() {}\n":                                  {"ask"},
		"package p\n\nfunc mask() {}\n":                                   nil,
		"package p\n\nfunc together() {}\n":                               {"together"},
		"package p\n\nfunc f() { together := 1; _ = together }\n":         nil,
		"package p\n\nvar again = 1\n":                                    {"again"},
		"package p\n\n// Once it is said of the source.\nvar x = 1\n":     {"is said"},
		"package p\n\n// Once it is\n// said of the source.\nvar x = 1\n": {"is said"},
		"package p\n\nvar x = \"the wait takes of the deadline\"\n":       {"takes of"},
		"package p\n\n// It reports the question.\nvar x = 1\n":           {"question"},
		"package p\n\nfunc f(told int) {}\n":                              {"told"},
		"package p\n\ntype toldPeak int\n":                                {"told"},
		"package p\n\n// All are read but\n// for the last.\nvar x = 1\n": {"but for"},
		"package p\n\n// It is there, but formatted.\nvar x = 1\n":        nil,
		"package p\n\n// room is of so many bytes.\nvar x = 1\n":          {"of so many"},
		"package p\n\n// So many sources failed.\nvar x = 1\n":            nil,
		"package p\n\nvar x = \"a port that is none\"\n":                  {"that is none"},
		"package p\n\n// A port that is nonetheless open.\nvar x = 1\n":   nil,
	} {
		var got []string
		for _, f := range find("p.go", text) {
			got = append(got, f.word)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := find("p.md", "Looking takes of the deadline,\nand the board shows it.\n"); len(got) != 2 {
		t.Errorf("in a page: %v", got)
	}
}

func (e exception) allows(f finding) bool {
	if e.word != f.word && e.word != "*" {
		return false
	}
	if strings.HasSuffix(e.files, "/") {
		return strings.HasPrefix(f.file, e.files)
	}
	ok, err := path.Match(e.files, f.file)
	return ok && err == nil && (e.text == "" || strings.Contains(f.text, e.text))
}

// files returns the files of the repository that people read, with slashes.
func files(t *testing.T) (all []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir() && (rel != "." && strings.HasPrefix(d.Name(), ".") || slices.Contains(foreign, rel)):
			return filepath.SkipDir
		case d.Type().IsRegular() && (slices.Contains([]string{".go", ".md", ".txtar", ".yaml"}, path.Ext(rel)) || rel == "Makefile"):
			all = append(all, rel)
		}
		return nil
	})
	if err != nil || len(all) < 500 {
		t.Fatalf("%d files to read: %v", len(all), err)
	}
	return all
}

// find returns the private words of a text. In Go it searches declared names, comments and strings.
// In other files it searches the whole text.
func find(file, text string) (found []finding) {
	if path.Ext(file) != ".go" {
		return inProse(file, text, 1)
	}
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, text, parser.SkipObjectResolution)
	if err != nil {
		return []finding{{file: file, word: "not Go", text: err.Error()}}
	}
	for id, function := range declared(parsed) {
		for _, n := range names {
			if n.matches(id.Name, function) {
				found = append(found, finding{file, n.word, fset.Position(id.Pos()).Line, id.Name, n.term})
			}
		}
	}
	f := fset.AddFile(file, -1, len(text))
	var s scanner.Scanner
	s.Init(f, []byte(text), nil, scanner.ScanComments)
	comment, from, last := "", 0, 0 // the comment lines that form one comment
	flush := func() {
		found = append(found, inProse(file, comment, from)...)
		comment = ""
	}
	for {
		pos, tok, lit := s.Scan()
		line := f.Line(pos)
		switch {
		case tok == token.COMMENT && strings.HasPrefix(lit, "//"):
			if comment == "" || line != last+1 {
				flush()
				from = line
			}
			comment += strings.TrimPrefix(lit, "//") + "\n"
			last = line
		case tok == token.COMMENT, tok == token.STRING:
			flush()
			found = append(found, inProse(file, lit, line)...)
		case tok == token.EOF:
			flush()
			return found
		}
	}
}

// declared returns the names that a file declares. The value is true for names of functions.
func declared(file *ast.File) map[*ast.Ident]bool {
	all := map[*ast.Ident]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			all[n.Name] = true
		case *ast.TypeSpec:
			all[n.Name] = false
		case *ast.ValueSpec:
			for _, name := range n.Names {
				all[name] = false
			}
		case *ast.Field:
			for _, name := range n.Names {
				all[name] = false
			}
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if name, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE {
					all[name] = false
				}
			}
		}
		return true
	})
	return all
}

// matches reports whether the word is one of the words of a declared name, or the whole name.
func (n name) matches(id string, function bool) bool {
	if n.functions && !function {
		return false
	}
	if n.whole {
		return strings.EqualFold(id, n.word)
	}
	return slices.Contains(parts(id), n.word)
}

// parts splits a name before its capital letters, and returns the words in lower case.
func parts(id string) (all []string) {
	from := 0
	for i, r := range id {
		if i > from && (unicode.IsUpper(r) || r == '_') {
			all, from = append(all, strings.ToLower(strings.Trim(id[from:i], "_"))), i
		}
	}
	return append(all, strings.ToLower(strings.Trim(id[from:], "_")))
}

// inProse finds phrases in a text, even if they cross the ends of lines.
func inProse(file, text string, line int) (found []finding) {
	for _, at := range pattern.FindAllStringIndex(text, -1) {
		words := strings.ToLower(strings.Join(strings.Fields(text[at[0]:at[1]]), " "))
		i := slices.IndexFunc(phrases, func(p phrase) bool { return p.words == words })
		begin := strings.LastIndexByte(text[:at[0]], '\n') + 1
		end := len(text)
		if next := strings.IndexByte(text[at[1]:], '\n'); next >= 0 {
			end = at[1] + next
		}
		shown := strings.Join(strings.Fields(text[begin:end]), " ")
		found = append(found, finding{file, words, line + strings.Count(text[:at[0]], "\n"), shown, phrases[i].term})
	}
	return found
}
