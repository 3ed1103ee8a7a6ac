// From the library's tree to one of our own operators, with what is wrong in it
// found on the way.

package expression

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"

	"github.com/fanql/fanql/sources/nearest"
)

// A kind is what is known of a value before there is one.
type kind string

const (
	unknown  kind = ""
	boolean  kind = "true or false"
	number   kind = "a number"
	instant  kind = "an instant"
	duration kind = "a duration"
	text     kind = "text"
	null     kind = "nil"
	// reckoned is what + makes of a column: anything but true or false.
	reckoned kind = "a calculated value"
)

type translator struct {
	source     []rune
	now        time.Time
	merged     bool // over many rows
	within     bool // an aggregate
	columns    []string
	aggregates []aggregate
	variables  int
}

// condition translates a node that has to be true or false.
func (t *translator) condition(n ast.Node) (ast.Node, error) {
	out, k, err := t.node(n)
	if err == nil && k != boolean && k != unknown {
		err = t.fault(begin(n), "it is %s, and not true or false", k)
	}
	return call("$truth", n, out), err
}

// begin is where the text of a node begins: an operator stands in its midst.
func begin(n ast.Node) file.Location {
	at := n.Location()
	switch n := n.(type) {
	case *ast.BinaryNode:
		return begin(n.Left)
	case *ast.ConditionalNode:
		return begin(n.Cond)
	}
	return at
}

// node translates a node, and says what kind of value it has.
func (t *translator) node(n ast.Node) (ast.Node, kind, error) {
	switch n := n.(type) {
	case *ast.NilNode:
		return n, null, nil
	case *ast.BoolNode:
		return n, boolean, nil
	case *ast.StringNode:
		return n, text, nil
	case *ast.IntegerNode:
		return constant(n, int64(n.Value)), number, nil
	case *ast.FloatNode:
		v, err := t.decimal(n)
		return constant(n, v), number, err
	case *ast.IdentifierNode:
		return t.identifier(n, n.Value)
	case *ast.MemberNode:
		env, ok := n.Node.(*ast.IdentifierNode)
		name, named := n.Property.(*ast.StringNode)
		if !ok || env.Value != "$env" || !named {
			return n, unknown, t.fault(n.Location(), `a value has no parts: a column of any name is $env["its name"]`)
		}
		return t.identifier(n, name.Value)
	case *ast.UnaryNode:
		return t.unary(n)
	case *ast.BinaryNode:
		return t.binary(n)
	case *ast.ConditionalNode:
		return t.conditional(n)
	case *ast.CallNode:
		return t.call(n)
	case *ast.BuiltinNode:
		return n, unknown, t.unknownFunction(n.Location(), n.Name)
	case *ast.ArrayNode:
		return n, unknown, t.fault(n.Location(), "a list goes with in, as in status in [\"new\", \"paid\"]")
	}
	return n, unknown, t.fault(n.Location(), "this is not for expressions over rows")
}

// decimal is the number that stands in the text; the library's own has passed
// through a float.
func (t *translator) decimal(n ast.Node) (*big.Rat, error) {
	at := n.Location()
	digits := strings.ReplaceAll(string(t.source[at.From:at.To]), "_", "")
	if v, ok := rational(digits); ok {
		return v, nil
	}
	return nil, t.fault(at, "%s is not a number that can be calculated with", digits)
}

// identifier is a column. NULL is nil, as SQL has it.
func (t *translator) identifier(n ast.Node, name string) (ast.Node, kind, error) {
	if strings.EqualFold(name, "null") {
		return constant(n, nil), null, nil
	}
	if t.merged && !t.within {
		return n, unknown, t.fault(n.Location(), "column %s stands for many rows: use sum, count, min, max or distinct", name)
	}
	if !slices.Contains(t.columns, name) {
		t.columns = append(t.columns, name)
	}
	return placed(&ast.IdentifierNode{Value: name}, n), unknown, nil
}

func (t *translator) unary(n *ast.UnaryNode) (ast.Node, kind, error) {
	if n.Operator == "!" || n.Operator == "not" {
		out, err := t.condition(n.Node)
		return call("$not", n, out), boolean, err
	}
	out, k, err := t.node(n.Node)
	switch {
	case err != nil:
		return n, k, err
	case k != unknown && k != reckoned && k != number && k != duration && k != null:
		return n, k, t.fault(n.Location(), "%s has no sign", k)
	case n.Operator == "-":
		out = call("$negative", n, out)
	}
	return out, k, nil
}

func (t *translator) conditional(n *ast.ConditionalNode) (ast.Node, kind, error) {
	cond, err := t.condition(n.Cond)
	if err != nil {
		return n, unknown, err
	}
	yes, a, err := t.node(n.Exp1)
	if err != nil {
		return n, unknown, err
	}
	no, b, err := t.node(n.Exp2)
	if a != b {
		a = unknown
	}
	return placed(&ast.ConditionalNode{Cond: call("$certain", n, cond), Exp1: yes, Exp2: no}, n), a, err
}

func (t *translator) call(n *ast.CallNode) (ast.Node, kind, error) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return n, unknown, t.fault(n.Location(), "a value has no methods")
	}
	if slices.Contains(aggregateNames, callee.Value) {
		return t.aggregate(n, callee.Value)
	}
	f, ok := functions[callee.Value]
	if !ok {
		return n, unknown, t.unknownFunction(n.Location(), callee.Value)
	}
	if len(n.Arguments) < f.least || len(n.Arguments) > f.most {
		return n, unknown, t.fault(n.Location(), "%s takes %s", callee.Value, f.arguments)
	}
	if callee.Value == "now" {
		return constant(n, t.now), instant, nil
	}
	args := make([]ast.Node, len(n.Arguments))
	for i, arg := range n.Arguments {
		var err error
		if args[i], _, err = t.node(arg); err != nil {
			return n, unknown, err
		}
	}
	if len(args) == 1 {
		if given, ok := literal(args[0]); ok && f.folds { // what is wrong with it is found now
			v, err := f.call(given)
			if err != nil {
				return n, f.gives, t.fault(begin(n.Arguments[0]), "%v", err)
			}
			return constant(n, v), f.gives, nil
		}
	}
	return call(callee.Value, n, args...), f.gives, nil
}

func (t *translator) unknownFunction(at file.Location, name string) error {
	known := functionNames()
	if t.merged {
		known = append(known, aggregateNames...)
	}
	if near, ok := nearest.Name(name, known); ok {
		return t.fault(at, "unknown function %s: did you mean %s?", name, near)
	}
	return t.fault(at, "unknown function %s: there are %s", name, strings.Join(known, ", "))
}

// pattern compiles what stands after matches.
func (t *translator) pattern(n ast.Node) (ast.Node, error) {
	s, ok := n.(*ast.StringNode)
	if !ok {
		return n, t.fault(begin(n), "matches wants a pattern in quotes")
	}
	re, err := regexp.Compile(s.Value)
	if err != nil {
		return n, t.fault(n.Location(), "%v", err)
	}
	return constant(n, re), nil
}

// literal is the value of a node that is one.
func literal(n ast.Node) (any, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.BoolNode:
		return n.Value, true
	case *ast.ConstantNode:
		return n.Value, true
	}
	return nil, false
}

// placed gives a new node the place of an old one.
func placed(n, at ast.Node) ast.Node {
	n.SetLocation(at.Location())
	return n
}

func constant(at ast.Node, v any) ast.Node {
	if v == nil {
		return placed(&ast.NilNode{}, at)
	}
	return placed(&ast.ConstantNode{Value: v}, at)
}

func call(name string, at ast.Node, args ...ast.Node) ast.Node {
	return placed(&ast.CallNode{Callee: placed(&ast.IdentifierNode{Value: name}, at), Arguments: args}, at)
}
