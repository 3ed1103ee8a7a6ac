// No package below this one knows flags. Their errors name options, and this package replaces them
// by the names of flags. See package option.

package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagForm matches a flag in a text: any long flag, and the short flags that exist.
func flagForm(t *testing.T) *regexp.Regexp {
	shorts := ""
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { shorts += f.Shorthand })
		for _, c := range cmd.Commands() {
			visit(c)
		}
	}
	visit((&app{getenv: func(string) string { return "" }}).rootCommand())
	if !strings.ContainsAny(shorts, "so") {
		t.Fatalf("the short flags are %q", shorts)
	}
	return regexp.MustCompile(`(^|[^\w-])(--[a-z]|-[` + shorts + `]([ =,;:]|$))`)
}

// notOurs has texts that look like a flag of fanql but are of other programs, by file.
var notOurs = map[string]string{
	"cmd/internal/pager/command.go": "--header=%d %s\n--version\n-c",
	"sources/config/command.go":     "-c",
	"sources/config/keyring.go":     "security add-generic-password -s \nsecret-tool store --label=",
	"sources/postgres/settings.go":  "-c",
	"cmd/internal/run/admission.go": `only %d files may be open at once, and %d are needed at least: raise the limit, as with ulimit -n 1024
at most %d %s at once, as more would have too many files open: ulimit -n`,
}

func TestNoTextBelowTheCommandLineNamesAFlag(t *testing.T) {
	form, root := flagForm(t), filepath.Join("..", "..")
	for text, flagged := range map[string]bool{
		"raise --memory": true, "--key: x": true, "use -o": true, "as in -s NAME=URL": true,
		"a - b": false, "-- a comment": false, "x --> y": false, "eu-s 1": false,
	} {
		if form.MatchString(text) != flagged {
			t.Fatalf("flagForm must match the texts with a flag, and only those: it is wrong about %q", text)
		}
	}
	texts := 0
	for _, folder := range []string{"merge", "query", "sources", "cmd/internal"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "sqlite3": // a copy of other people's code
				return fs.SkipDir
			case d.IsDir() && d.Name() == "usage": // its errors are about command lines, so they name flags
				return fs.SkipDir
			case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			source, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, source, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if field, ok := n.(*ast.Field); ok && field.Tag != nil {
					return false // a struct tag is not a message
				}
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Errorf("%s: %v", set.Position(lit.Pos()), err)
				}
				texts++
				name, _ := filepath.Rel(root, path)
				if form.MatchString(text) && !strings.Contains(notOurs[filepath.ToSlash(name)], text) {
					t.Errorf("%s: %q names a flag: use option.Errorf, or other words", set.Position(lit.Pos()), text)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if texts < 1000 {
		t.Errorf("only %d texts were checked", texts)
	}
}
