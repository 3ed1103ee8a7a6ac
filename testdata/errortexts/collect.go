// Package errortexts lists the texts of all errors of the program. A table then has, for each text,
// its exit status and what the user does about it.
package errortexts

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// makers are the functions that make an error from a text, by package. Functions of all packages
// have the empty name.
var makers = map[string][]string{
	"":                               {"errors.New", "fmt.Errorf", "option.New", "option.Errorf"},
	"cmd/internal/checks":            {"Fault", "fault"},
	"cmd/internal/checks/expression": {"fault"},
	"query/dialect":                  {"refuse"},
	"cmd/internal/notify":            {"fail"},
	"query/federate":                 {"refuse", "invalid", "of"},
	"query/statement":                {"fault"},
	"sources/config":                 {"add", "wrong", "Nothing", "Fault"},
	"sources/mysql":                  {"columnError", "needed", "refusal"},
}

// structs are types of errors that have their text as a literal in a composite literal.
var structs = map[string][]string{
	"sources/postgres": {"rewordedError", "excess"},
	"sources/sqlite":   {"hints"},
}

// notMakers are functions with a format that do not make errors.
var notMakers = []string{"cmd/fanql say", "cmd/internal/run line"}

// A Texts has the sorted error texts of each package.
type Texts map[string][]string

// Collect reads the program below a folder. It excludes tests, and the binding of SQLite, which is
// another project.
func Collect(root string) (Texts, error) {
	all := Texts{}
	err := files(root, func(name string, file *ast.File) { all[name] = append(all[name], ofFile(name, file)...) })
	if err != nil {
		return nil, err
	}
	for name, texts := range all {
		slices.Sort(texts)
		if all[name] = slices.Compact(texts); len(texts) == 0 {
			delete(all, name)
		}
	}
	return all, nil
}

// files parses the files of the program, and calls give for each with the path of its package.
func files(root string, give func(name string, file *ast.File)) error {
	for _, top := range []string{"cmd", "merge", "query", "sources"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || d.Name() == "sqlite3"):
				return filepath.SkipDir
			case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, filepath.Dir(path))
			give(filepath.ToSlash(rel), file)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ofFile returns the error texts of a file.
func ofFile(name string, file *ast.File) (texts []string) {
	constants := constantsOf(file)
	add := func(e ast.Expr) bool {
		text, whole := textOf(e, constants)
		switch {
		case text == "", strings.HasPrefix(text, "^"): // a pattern is followed by the text
			return false
		case !whole && strings.Trim(text, "… :;,%swv") == "":
			return false
		}
		texts = append(texts, text)
		return true
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if !makes(name, n.Fun) {
				return true
			}
			for _, arg := range n.Args {
				if isText(arg, constants) && add(arg) {
					break // the values follow
				}
			}
		case *ast.CompositeLit:
			if !slices.Contains(structs[name], lastName(n.Type)) {
				return true
			}
			for _, e := range n.Elts {
				if pair, ok := e.(*ast.KeyValueExpr); ok {
					e = pair.Value
				}
				if isText(e, constants) {
					add(e)
				}
			}
		}
		return true
	})
	return texts
}

// makes reports whether the function makes an error.
func makes(name string, f ast.Expr) bool {
	if s, ok := f.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok && slices.Contains(makers[""], x.Name+"."+s.Sel.Name) {
			return true
		}
	}
	return slices.Contains(makers[name], lastName(f))
}

// lastName returns the name of a function or type, without a package or receiver.
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.StarExpr:
		return lastName(e.X)
	}
	return ""
}

// constantsOf returns the texts that are constants of the file.
func constantsOf(file *ast.File) map[string]string {
	all := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if d, ok := n.(*ast.ValueSpec); ok {
			for i, value := range d.Values {
				if text, whole := textOf(value, nil); whole && i < len(d.Names) {
					all[d.Names[i].Name] = text
				}
			}
		}
		return true
	})
	return all
}

// isText reports whether an expression is a text, at least partly.
func isText(e ast.Expr, constants map[string]string) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.BinaryExpr:
		return e.Op == token.ADD && (isText(e.X, constants) || isText(e.Y, constants))
	case *ast.ParenExpr:
		return isText(e.X, constants)
	case *ast.Ident:
		return constants[e.Name] != ""
	case *ast.CallExpr: // fmt.Sprintf("...", x)
		return lastName(e.Fun) == "Sprintf" && len(e.Args) > 0 && isText(e.Args[0], constants)
	}
	return false
}

// textOf returns a text. An ellipsis replaces the parts that are known only at run time.
func textOf(e ast.Expr, constants map[string]string) (text string, whole bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text, true
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			x, wholeX := textOf(e.X, constants)
			y, wholeY := textOf(e.Y, constants)
			return x + y, wholeX && wholeY
		}
	case *ast.ParenExpr:
		return textOf(e.X, constants)
	case *ast.Ident:
		if text, ok := constants[e.Name]; ok {
			return text, true
		}
	case *ast.CallExpr:
		if lastName(e.Fun) == "Sprintf" && len(e.Args) > 0 {
			return textOf(e.Args[0], constants)
		}
	}
	return "…", false
}

// Formatting returns the functions whose last parameters are a format and its values, sorted, in
// the form "PACKAGE FUNCTION".
func Formatting(root string) (found []string, err error) {
	err = files(root, func(name string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if formats(n.Type) {
					found = append(found, name+" "+n.Name.Name)
				}
			case *ast.AssignStmt: // line := func(format string, args ...any) { ... }
				if f, ok := n.Rhs[0].(*ast.FuncLit); ok && formats(f.Type) {
					found = append(found, name+" "+lastName(n.Lhs[0]))
				}
			}
			return true
		})
	})
	slices.Sort(found)
	return slices.Compact(found), err
}

// formats reports whether the last parameters of a function are a format and its values.
func formats(f *ast.FuncType) bool {
	list := f.Params.List
	if len(list) < 2 {
		return false
	}
	_, variadic := list[len(list)-1].Type.(*ast.Ellipsis)
	before := list[len(list)-2]
	return variadic && slices.ContainsFunc(before.Names, func(name *ast.Ident) bool { return name.Name == "format" })
}
