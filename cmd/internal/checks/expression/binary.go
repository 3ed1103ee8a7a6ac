// Operators with two sides.

package expression

import (
	"fmt"

	"github.com/expr-lang/expr/ast"
)

// binaries are the operators, by their name in the text.
var binaries = map[string]struct {
	function string
	gives    kind // reckoned: it depends on the sides
}{
	"==": {"$eq", boolean}, "!=": {"$ne", boolean},
	"<": {"$lt", boolean}, "<=": {"$le", boolean}, ">": {"$gt", boolean}, ">=": {"$ge", boolean},
	"+": {"$add", reckoned}, "-": {"$subtract", reckoned}, "*": {"$multiply", reckoned}, "/": {"$divide", reckoned},
	"%": {"$modulo", number}, "**": {"$power", number}, "^": {"$power", number},
	"contains": {"$contains", boolean}, "startsWith": {"$startsWith", boolean}, "endsWith": {"$endsWith", boolean},
	"matches": {"$matches", boolean},
}

func (t *translator) binary(n *ast.BinaryNode) (ast.Node, kind, error) {
	switch n.Operator {
	case "&&", "and":
		return t.both(n, "$false", "$and")
	case "||", "or":
		return t.both(n, "$true", "$or")
	case "in":
		return t.in(n)
	}
	left, a, err := t.node(n.Left)
	if err != nil {
		return n, unknown, err
	}
	if n.Operator == "matches" {
		re, err := t.pattern(n.Right)
		return call("$matches", n, left, re), boolean, err
	}
	right, b, err := t.node(n.Right)
	if err != nil {
		return n, unknown, err
	}
	if n.Operator == "??" {
		if a != b {
			a = unknown
		}
		return placed(&ast.BinaryNode{Operator: "??", Left: left, Right: right}, n), a, nil
	}
	op, ok := binaries[n.Operator]
	if !ok {
		return n, unknown, t.fault(n.Location(), "%s is not for expressions over rows", n.Operator)
	}
	if (a == null || b == null) && (n.Operator == "==" || n.Operator == "!=") {
		if a == null {
			left = right
		}
		return call(map[string]string{"==": "$isNull", "!=": "$isNotNull"}[n.Operator], n, left), boolean, nil
	}
	gives := op.gives
	switch {
	case gives == boolean && comparable(a, b), open(a) || open(b):
	case gives == boolean:
		err = t.fault(n.Location(), "%s and %s cannot be compared", a, b)
	case a == number && b == number:
		gives = number
	case a == text && b == text && n.Operator == "+":
		gives = text
	case a == instant && b == instant && n.Operator == "-":
		gives = duration
	case (a == instant || a == duration) && b == duration && (n.Operator == "+" || n.Operator == "-"):
		gives = a
	case a == duration && b == instant && n.Operator == "+":
		gives = instant
	case a == duration && b == number && (n.Operator == "*" || n.Operator == "/"):
		gives = duration
	case a == duration && b == duration && n.Operator == "/":
		gives = number
	default:
		err = t.fault(n.Location(), "%s %s %s: there is no such thing", a, n.Operator, b)
	}
	return call(op.function, n, left, right), gives, err
}

// comparable reports whether values of two kinds may be compared. Text may be
// compared with an instant that it stands for, and a boolean with 0 and 1.
func comparable(a, b kind) bool {
	switch {
	case open(a) || open(b) || a == b:
		return true
	case a == text || b == text:
		return a == instant || b == instant
	}
	return (a == number || a == boolean) && (b == number || b == boolean)
}

// open reports whether a value may turn out to be of several kinds.
func open(k kind) bool { return k == unknown || k == reckoned || k == null }

// both translates && and ||: where the left side decides, the right one is not
// looked at.
func (t *translator) both(n *ast.BinaryNode, decides, joins string) (ast.Node, kind, error) {
	left, err := t.condition(n.Left)
	if err != nil {
		return n, boolean, err
	}
	right, err := t.condition(n.Right)
	if err != nil {
		return n, boolean, err
	}
	t.variables++
	name := fmt.Sprintf("$%d", t.variables)
	variable := func() ast.Node { return placed(&ast.IdentifierNode{Value: name}, n) }
	return placed(&ast.VariableDeclaratorNode{Name: name, Value: left, Expr: placed(&ast.ConditionalNode{
		Cond: call(decides, n, variable()), Exp1: variable(), Exp2: call(joins, n, variable(), right),
	}, n)}, n), boolean, nil
}

// in is a list of values, or a range of numbers with both its ends.
func (t *translator) in(n *ast.BinaryNode) (ast.Node, kind, error) {
	left, a, err := t.node(n.Left)
	if err != nil {
		return n, boolean, err
	}
	args := []ast.Node{left}
	members, name := []ast.Node(nil), "$in"
	switch right := n.Right.(type) {
	case *ast.ArrayNode:
		members = right.Nodes
	case *ast.BinaryNode:
		if right.Operator == ".." {
			members, name = []ast.Node{right.Left, right.Right}, "$between"
		}
	}
	if members == nil {
		return n, boolean, t.fault(begin(n.Right), "in wants a list, as in status in [\"new\", \"paid\"], or a range, as in n in 1..5")
	}
	for _, m := range members {
		out, b, err := t.node(m)
		if err == nil && !comparable(a, b) {
			err = t.fault(begin(m), "%s and %s cannot be compared", a, b)
		}
		if err != nil {
			return n, boolean, err
		}
		args = append(args, out)
	}
	return call(name, n, args...), boolean, nil
}
