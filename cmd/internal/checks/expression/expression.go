// Package expression judges rows by expressions such as
//
//	amount >= 0 && (paid || amount < 10000)
//
// [Row] reads one over a single row, [Merged] one over many, in which columns stand
// within sum, count, min, max and distinct. Both find all that can be known to be
// wrong with it before a row is there; [Expression.Bind] finds its columns in an
// answer.
//
// Syntax and evaluation are those of github.com/expr-lang/expr; what values are, and
// what operators make of them, is ours:
//
//   - Numbers are exact: an integer, a decimal and the literal 0.1 are compared and
//     calculated with as fractions. A float is the decimal that is printed for it. A
//     boolean is 1 or 0 beside a number, and a number of 0 or 1 is a boolean where
//     one is wanted, since MySQL and SQLite have no other.
//   - Dates and timestamps are instants, a date that of its midnight; what has no
//     zone is taken for UTC. now() is the same at every place of a run. Text beside
//     an instant is read as one, since SQLite has no other.
//   - NULL is unknown, as in SQL: what is made of it is NULL, but for false && NULL
//     and true || NULL. x == nil, x != nil and x ?? y tell. An expression that comes
//     to NULL is not true.
//   - Text is compared by its bytes. Values of different classes are never equal nor
//     unequal: they are an error.
package expression

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// An Error is something wrong in the text of an expression.
type Error struct {
	Line, Col int // in it, both from 1, columns in characters
	Text      string
}

func (e *Error) Error() string { return e.Text }

// An Expression is one that was read.
type Expression struct {
	text       string
	program    *vm.Program
	columns    []string    // that it names, each once
	aggregates []aggregate // that it is made of, where it is over many rows
}

// String is the text as it was written.
func (e *Expression) String() string { return e.text }

// Row reads an expression over one row. Now is what now() gives.
func Row(text string, now time.Time) (*Expression, error) {
	return read(text, &translator{now: now})
}

// Merged reads an expression over many rows.
func Merged(text string, now time.Time) (*Expression, error) {
	e, err := read(text, &translator{now: now, merged: true})
	if err == nil && len(e.aggregates) == 0 {
		return nil, &Error{1, 1, "it looks at no row: use sum, count, min, max or distinct"}
	}
	return e, err
}

func read(text string, t *translator) (*Expression, error) {
	if strings.TrimSpace(text) == "" {
		return nil, &Error{1, 1, "the expression is empty"}
	}
	config := settings()
	tree, err := parser.ParseWithConfig(text, config)
	if err != nil {
		return nil, syntax(err)
	}
	t.source = []rune(text)
	root, err := t.condition(tree.Node)
	if err != nil {
		return nil, err
	}
	program, err := compile(root, text)
	if err != nil {
		return nil, err
	}
	return &Expression{text: text, program: program, columns: t.columns, aggregates: t.aggregates}, nil
}

// settings are those of the library: our functions, and none of its own.
func settings() *conf.Config {
	config := conf.CreateNew()
	for _, option := range []expr.Option{expr.Env(map[string]any{}), expr.AllowUndefinedVariables(), expr.Optimize(false)} {
		option(config)
	}
	for name, f := range operators {
		expr.Function(name, f)(config)
	}
	for name, f := range functions {
		expr.Function(name, f.call)(config)
	}
	for _, name := range aggregateNames { // parsed as calls of functions, and then translated
		expr.Function(name, func(...any) (any, error) { return nil, errors.New("not translated") })(config)
	}
	return config
}

func compile(root ast.Node, text string) (*vm.Program, error) {
	config := settings()
	tree := &parser.Tree{Node: root, Source: file.NewSource(text)}
	if _, err := checker.Check(tree, config); err != nil {
		return nil, syntax(err)
	}
	program, err := compiler.Compile(tree, config)
	if err != nil {
		return nil, syntax(err)
	}
	return program, nil
}

// syntax is an error of the library as ours.
func syntax(err error) error {
	if e, ok := errors.AsType[*file.Error](err); ok {
		return &Error{max(e.Line, 1), e.Column + 1, e.Message}
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return &Error{1, 1, first}
}

// run evaluates a program; its error is that of the function that failed.
func run(m *vm.VM, program *vm.Program, env map[string]any) (any, error) {
	v, err := m.Run(program, env)
	if e, ok := errors.AsType[*file.Error](err); ok {
		if e.Prev != nil {
			return nil, e.Prev
		}
		return nil, errors.New(e.Message)
	}
	return v, err
}

// fault is an error at a place of the text.
func (t *translator) fault(at file.Location, format string, args ...any) error {
	e := &Error{Line: 1, Col: 1, Text: fmt.Sprintf(format, args...)}
	for _, r := range t.source[:min(at.From, len(t.source))] {
		if e.Col++; r == '\n' {
			e.Line, e.Col = e.Line+1, 1
		}
	}
	return e
}
