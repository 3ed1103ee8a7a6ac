// Translation of the library's tree into our own. It reports the errors in the expression.

package expression

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"

	"github.com/fanql/fanql/sources/nearest"
)

// A kind is what is known about a value before it is evaluated.
type kind string

const (
	unknown  kind = ""
	boolean  kind = "true or false"
	number   kind = "a number"
	instant  kind = "an instant"
	duration kind = "a duration"
	text     kind = "text"
	null     kind = "nil"
	// reckoned is the kind of a calculation with a column: anything except a boolean.
	reckoned kind = "a calculated value"
)

type translator struct {
	source     []rune
	now        time.Time
	merged     bool // the expression is over many rows
	within     bool // inside the argument of an aggregate
	columns    []string
	places     []*Error // the places of the columns
	aggregates []aggregate
	past       []past
}

// condition translates a node that has to be true or false.
func (t *translator) condition(n ast.Node) (*node, error) {
	out, err := t.node(n)
	if err != nil {
		return nil, err
	}
	if out.kind != boolean && out.kind != unknown {
		return nil, t.fault(begin(n), "it is %s, and not true or false", out.kind)
	}
	return condition(out), nil
}

// begin returns where the text of a node begins. The location of an operator's node is in
// the middle of its text.
func begin(n ast.Node) file.Location {
	at := n.Location()
	switch n := n.(type) {
	case *ast.BinaryNode:
		return begin(n.Left)
	case *ast.ConditionalNode:
		return begin(n.Cond)
	case *ast.MemberNode:
		return begin(n.Node)
	}
	return at
}

// node translates a node.
func (t *translator) node(n ast.Node) (*node, error) {
	switch n := n.(type) {
	case *ast.NilNode:
		return given(nil, null, "nil"), nil
	case *ast.BoolNode:
		return given(n.Value, boolean, strconv.FormatBool(n.Value)), nil
	case *ast.StringNode:
		return given(n.Value, text, strconv.Quote(n.Value)), nil
	case *ast.IntegerNode:
		return given(int64(n.Value), number, strconv.Itoa(n.Value)), nil
	case *ast.FloatNode:
		return t.decimal(n)
	case *ast.IdentifierNode:
		if strings.EqualFold(n.Value, "null") { // as in SQL
			return given(nil, null, n.Value), nil
		}
		if word := strings.ToLower(n.Value); word == "true" || word == "false" {
			return nil, t.fault(n.Location(), "%s is written %s here; a column of that name is $env[%q]", n.Value, word, n.Value)
		}
		return t.column(n, n.Value)
	case *ast.MemberNode:
		if out, ok, err := t.member(n); ok {
			return out, err
		}
		env, ok := n.Node.(*ast.IdentifierNode)
		name, named := n.Property.(*ast.StringNode)
		if !ok || env.Value != "$env" || !named {
			return nil, t.fault(n.Location(), `a value has no parts: a column of any name is $env["its name"]`)
		}
		return t.column(n, name.Value)
	case *ast.UnaryNode:
		return t.unary(n)
	case *ast.BinaryNode:
		return t.binary(n)
	case *ast.ConditionalNode:
		return t.conditional(n)
	case *ast.CallNode:
		return t.call(n)
	case *ast.BuiltinNode:
		return nil, t.unknownFunction(n.Location(), n.Name)
	case *ast.ArrayNode:
		return nil, t.fault(n.Location(), "a list goes with in, as in status in [\"new\", \"paid\"]")
	}
	return nil, t.fault(n.Location(), "this is not for expressions over rows")
}

// decimal translates a number. It reads the number from the text, because the library's
// value was converted to a float, or replaces a number that is too long for the library.
func (t *translator) decimal(n ast.Node) (*node, error) {
	at := n.Location()
	written := string(t.source[at.From:at.To])
	digits := strings.ReplaceAll(written, "_", "")
	if strings.HasPrefix(digits, "0") && len(digits) > 1 && strings.ContainsAny(digits[1:2], "xXoObB") {
		if v, ok := new(big.Int).SetString(digits, 0); ok {
			return given(reduced(new(big.Rat).SetInt(v)), number, written), nil
		}
	}
	if v, ok := rational(digits); ok {
		return given(reduced(v), number, written), nil
	}
	return nil, t.fault(at, "%s is not a number that can be calculated with", shorten(digits))
}

// column translates a column by its name.
func (t *translator) column(n ast.Node, name string) (*node, error) {
	if t.merged && !t.within {
		return nil, t.fault(n.Location(), "column %s stands for many rows: use sum, count, min, max or distinct", name)
	}
	at := slices.Index(t.columns, name)
	if at < 0 {
		at = len(t.columns)
		t.columns, t.places = append(t.columns, name), append(t.places, placed(t.source, n.Location().From, ""))
	}
	return &node{text: columnText(name), form: column, place: at + 1, eval: func(s *scope) (any, error) { return s.columns[at], nil }}, nil
}

// columnText returns a column as it is written.
func columnText(name string) string {
	if plain(name) {
		return name
	}
	return "$env[" + strconv.Quote(name) + "]"
}

func (t *translator) unary(n *ast.UnaryNode) (*node, error) {
	if n.Operator == "!" || n.Operator == "not" {
		out, err := t.condition(n.Node)
		if err != nil {
			return nil, err
		}
		return not(out), nil
	}
	out, err := t.node(n.Node)
	switch {
	case err != nil:
		return nil, err
	case !open(out.kind) && out.kind != number && out.kind != duration && out.kind != boolean:
		return nil, t.fault(n.Location(), "%s has no sign", out.kind)
	}
	signed := negated(out)
	if n.Operator != "-" {
		signed = called("+", out.kind, func(v []any) (any, error) { return positive(v[0]) }, out)
		signed.text, signed.operator = "+"+out.wrapped(), "sign"
	}
	if signed.kind == boolean {
		signed.kind = number
	}
	return signed, nil
}

func (t *translator) conditional(n *ast.ConditionalNode) (*node, error) {
	cond, err := t.condition(n.Cond)
	if err != nil {
		return nil, err
	}
	yes, err := t.node(n.Exp1)
	if err != nil {
		return nil, err
	}
	no, err := t.node(n.Exp2)
	if err != nil {
		return nil, err
	}
	return chosen(cond, yes, no, shared(yes, no)), nil
}

// shared returns the kind of a value that may be any of several nodes.
func shared(nodes ...*node) kind {
	k := nodes[0].kind
	for _, n := range nodes[1:] {
		if n.kind != k {
			return unknown
		}
	}
	return k
}

func (t *translator) call(n *ast.CallNode) (*node, error) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return nil, t.fault(n.Location(), "a value has no methods")
	}
	name := callee.Value
	if name == "history" {
		if _, err := t.history(n); err != nil {
			return nil, err
		}
		return nil, t.fault(n.Location(), "a history is many numbers: write history(...).median, or one of %s", strings.Join(summaryNames[1:], ", "))
	}
	if slices.Contains(aggregateNames, name) {
		return t.aggregate(n, name)
	}
	f, ok := functions[name]
	if !ok {
		return nil, t.unknownFunction(n.Location(), name)
	}
	if len(n.Arguments) < f.least || len(n.Arguments) > f.most {
		return nil, t.fault(n.Location(), "%s takes %s", name, f.arguments)
	}
	if name == "now" {
		out := given(t.now, instant, "now()")
		out.form = other
		return out, nil
	}
	args := make([]*node, len(n.Arguments))
	for i, arg := range n.Arguments {
		var err error
		if args[i], err = t.node(arg); err != nil {
			return nil, err
		}
	}
	if name == "coalesce" {
		return firstOf(called(name, unknown, nil, args...).text, "", shared(args...), args...), nil
	}
	out := called(name, f.gives, func(v []any) (any, error) { return f.call(v[0]) }, args...)
	if args[0].constant && f.folds { // its errors are reported now
		v, err := out.eval(nil)
		if err != nil {
			return nil, t.fault(begin(n.Arguments[0]), "%v", err)
		}
		return given(v, f.gives, out.text), nil
	}
	return out, nil
}

func (t *translator) unknownFunction(at file.Location, name string) error {
	if cure, ok := functionsOfSQL[strings.ToLower(name)]; ok {
		return t.fault(at, "%s is not of this language: %s", name, cure)
	}
	known := functionNames()
	if t.merged {
		known = append(known, aggregateNames...)
	}
	if near, ok := nearest.Name(name, known); ok {
		return t.fault(at, "unknown function %s: did you mean %s?", name, near)
	}
	return t.fault(at, "unknown function %s: there are %s", name, strings.Join(known, ", "))
}

// pattern compiles the regular expression after matches.
func (t *translator) pattern(n ast.Node) (*regexp.Regexp, error) {
	s, ok := n.(*ast.StringNode)
	if !ok {
		return nil, t.fault(begin(n), "matches wants a pattern in quotes")
	}
	re, err := regexp.Compile(s.Value)
	if err != nil {
		return nil, t.fault(n.Location(), "%v", err)
	}
	return re, nil
}

// fault returns an error at a place of the text.
func (t *translator) fault(at file.Location, format string, args ...any) error {
	return placed(t.source, at.From, fmt.Sprintf(format, args...))
}

// placed returns an error at a character of the text.
func placed(source []rune, at int, text string) *Error {
	e := &Error{Line: 1, Col: 1, Text: text}
	for _, r := range source[:min(at, len(source))] {
		if e.Col++; r == '\n' {
			e.Line, e.Col = e.Line+1, 1
		}
	}
	return e
}
