// Package expression judges rows by expressions such as
//
//	amount >= 0 && (paid || amount < 10000)
//
// [Row] reads an expression over a single row. [Merged] reads one over many rows, in which
// columns are arguments of sum, count, min, max and distinct. Both report all errors that
// can be found without a row. [Expression.Bind] finds the columns in an answer.
//
// The syntax is that of github.com/expr-lang/expr. The values and the operators are our
// own:
//
//   - Numbers are exact: an integer, a decimal and the literal 0.1 are compared and
//     calculated with as fractions. A float is the decimal that is printed for it. A
//     boolean is 1 or 0 beside a number and in calculations, and a number of 0 or 1 is a
//     boolean where one is wanted, since MySQL and SQLite have no other.
//   - Dates and timestamps are instants, a date that of its midnight; what has no
//     zone is taken for UTC. now() is the same at every place of a run. Text beside
//     an instant is read as one, since SQLite has no other.
//   - A duration is one of nanoseconds. Text that is compared with one is read as an
//     interval in ISO 8601 or as a time, which is that since midnight: databases have
//     both, and duration(x) reads them elsewhere.
//   - NULL is unknown, as in SQL: an operation with NULL is NULL, except false && NULL
//     and true || NULL. x == nil, x != nil and x ?? y test for NULL. An expression that
//     is NULL is not true.
//   - Text is compared by its bytes. Values of different classes are never equal nor
//     unequal: they are an error.
package expression

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/parser/lexer"
)

// An Error is an error in the text of an expression.
type Error struct {
	Line, Col int // the place in the text, both from 1, columns in characters
	Text      string
}

func (e *Error) Error() string { return e.Text }

// An Expression is a parsed expression.
type Expression struct {
	text       string
	now        time.Time
	root       *node
	columns    []string    // the columns that it names, each once
	places     []*Error    // the first place of each column, as errors without a text
	aggregates []aggregate // its aggregates, if it is over many rows
	past       []past      // the numbers of earlier runs that it uses
}

// String returns the text as it was written.
func (e *Expression) String() string { return e.text }

// Not returns the negated expression, with the same text. NULL stays NULL.
func (e *Expression) Not() *Expression {
	other := *e
	other.root = not(e.root)
	return &other
}

// Columns returns the names of the columns that the expression uses.
func (e *Expression) Columns() []string { return slices.Clone(e.columns) }

// Row reads an expression over one row. Now is the value of now().
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

// mostText bounds the text of an expression, in bytes, so that nested brackets cannot
// exhaust the stack.
const mostText = 32 << 10

func read(text string, t *translator) (e *Expression, err error) {
	defer Contain(strconv.Quote(text), &err)
	switch {
	case strings.TrimSpace(text) == "":
		return nil, &Error{1, 1, "the expression is empty"}
	case len(text) > mostText:
		return nil, &Error{1, 1, fmt.Sprintf("the expression is too long: at most %d KiB are read", mostText>>10)}
	}
	t.source = []rune(text)
	tree, err := parser.ParseWithConfig(parsable(text, t.source), settings())
	if err != nil {
		if habit := t.habit(); habit != nil {
			return nil, habit
		}
		return nil, syntax(err)
	}
	root, err := t.condition(tree.Node)
	if err != nil {
		return nil, err
	}
	return &Expression{text: text, now: t.now, root: root, columns: t.columns, places: t.places, aggregates: t.aggregates, past: t.past}, nil
}

// settings returns the configuration of the library: our functions, and none of its own.
func settings() *conf.Config {
	config := conf.CreateNew()
	for _, option := range []expr.Option{expr.Env(map[string]any{}), expr.AllowUndefinedVariables()} {
		option(config)
	}
	none := func(...any) (any, error) { return nil, errors.New("it is only parsed") }
	for name := range functions {
		expr.Function(name, none)(config)
	}
	for _, name := range append([]string{"history"}, aggregateNames...) {
		expr.Function(name, none)(config)
	}
	return config
}

// parsable returns the text for the library. Numbers that the library cannot hold are
// replaced by other numbers of the same length; their values are later read from the
// source.
func parsable(text string, source []rune) string {
	tokens, err := lexer.Lex(file.NewSource(text))
	if err != nil {
		return text // the parser reports the error
	}
	out := []rune(nil)
	for _, token := range tokens {
		if token.Kind != lexer.Number || token.To-token.From < 3 {
			continue
		}
		digits := strings.ReplaceAll(token.Value, "_", "")
		if n, ok := new(big.Int).SetString(digits, 0); ok && n.IsInt64() {
			continue
		}
		if out == nil {
			out = append(out, source...)
		}
		for i := token.From; i < token.To; i++ {
			out[i] = '0'
		}
		out[token.From], out[token.From+1] = '1', 'e'
	}
	if out == nil {
		return text
	}
	return string(out)
}

// syntax converts an error of the library into an [Error].
func syntax(err error) error {
	if e, ok := errors.AsType[*file.Error](err); ok {
		return &Error{max(e.Line, 1), e.Column + 1, e.Message}
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return &Error{1, 1, first}
}
